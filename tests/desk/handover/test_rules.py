"""How pages of the pack find each other."""

from __future__ import annotations

from conference.desk.handover.rules import Here, digest_of, key_of, languages_of, page_path, shows

BOTH, GERMAN = frozenset({"de", "en"}), frozenset({"de"})
LANGUAGES = {"index.html": BOTH, "sessions/forum-1.html": BOTH, "sessions/pause.html": GERMAN}


def test_links_are_relative_and_stay_in_the_language_where_they_can() -> None:
    german = Here("sessions/forum-1.html", "de", LANGUAGES)
    assert german.to("index.html") == 'href="../index.html"'
    assert german.to("sessions/pause.html") == 'href="pause.html"'
    assert german.other("en") == "../en/sessions/forum-1.html"
    assert german.file("photos/1.jpg") == "../photos/1.jpg"
    english = Here("index.html", "en", LANGUAGES)
    assert english.path == page_path("index.html", "en") == "en/index.html"
    assert english.to("sessions/forum-1.html") == 'href="sessions/forum-1.html"'
    assert english.to("sessions/pause.html") == 'href="../sessions/pause.html" hreflang="de"'
    assert english.file("assets/css/base.css") == "../assets/css/base.css"
    assert Here("sessions/pause.html", "de", LANGUAGES).other("en") is None


def test_a_page_is_there_in_each_language_that_something_is_written_in() -> None:
    assert languages_of({"de": "a"}, {}, None) == GERMAN
    assert languages_of({"de": "a"}, {"de": "b", "en": "c"}) == BOTH
    assert languages_of() == GERMAN


def test_a_name_in_the_store_says_what_the_pack_shows() -> None:
    one = digest_of({"a.html": "x"}, [("b.pdf", "key")])
    assert one != digest_of({"a.html": "y"}, [("b.pdf", "key")])
    assert one != digest_of({"a.html": "x"}, [("b.pdf", "other")])
    assert shows(key_of(one, "secret"), one)
    assert not shows(key_of(one, "secret"), one[:-1] + "-")
