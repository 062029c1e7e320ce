"""Guides are read as they are written, and what people look for in them is found, however they type it."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.web.guides.reading import Guide, Guides, read_guide, size_of
from conference.web.guides.rules import LONGEST_QUERY, place, search, snippet, stems
from conference.web.guides.view import help_of

PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 640, 480)
TEXT = """# Leitfaden *für* alle

Zwei Sätze
davor.

## Personen {#people}

Mit **Prüfen** und [dort](moderator.md#hands), [hier](#end), [englisch](../en/operator.md), [außen](https://example.org/a),
[Datei](../../README.md), [Post](mailto:a@example.org).

![Eine Liste](../pictures/de/people.png)

### Tabellen

| a | b |
|---|---|
| <b>1</b> | 2 |

### Mit Anker {#people-import}

```
a <b>
```

## Schluss {#end}

- eins
- zwei
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "de").mkdir(parents=True)
    (tmp_path / "de" / "people.png").write_bytes(PNG)
    return tmp_path


def read(folder: Path, text: str = TEXT) -> Guide:
    return read_guide("organiser", text, folder, "/pictures")


def test_a_guide_has_a_title_a_lead_and_sections_with_anchors(folder: Path) -> None:
    guide = read(folder)
    assert (guide.name, guide.title, guide.lead) == ("organiser", "Leitfaden für alle", "Zwei Sätze davor.")
    assert [(each.anchor, each.title, each.level) for each in guide.sections] == [
        ("people", "Personen", 2), ("people-import", "Mit Anker", 3), ("end", "Schluss", 2),
    ]  # fmt: skip
    assert guide.sections[0].html.startswith('<h2 id="people">Personen</h2>')
    assert guide.sections[0].text.endswith("Tabellen a · b · <b>1</b> · 2")
    assert guide.sections[2].text == "eins zwei"


def test_links_lead_where_the_program_has_something_and_are_text_elsewhere(folder: Path) -> None:
    html = read(folder).sections[0].html
    for expected in (
        '<a href="moderator#hands">dort</a>', '<a href="#end">hier</a>', '<a href="operator">englisch</a>',
        '<a href="https://example.org/a" rel="external">außen</a>', "<span>Datei</span>",
        '<a href="mailto:a@example.org">Post</a>',
    ):  # fmt: skip
        assert expected in html


def test_nothing_in_a_guide_is_html_of_its_own(folder: Path) -> None:
    html = read(folder).sections[0].html
    assert "<b>" not in html
    assert "&lt;b&gt;1&lt;/b&gt;" in html
    assert 'role="region" tabindex="0" aria-label="Personen"' in html
    assert '<pre tabindex="0"><code>a &lt;b&gt;\n</code></pre>' in read(folder).sections[1].html


def test_pictures_bring_their_size_and_their_words_and_are_left_out_where_there_is_none(folder: Path) -> None:
    html = read(folder).sections[0].html
    assert (
        '<img src="/pictures/de/people.png" alt="Eine Liste" width="640" height="480" loading="lazy" decoding="async" />' in html
    )
    assert '<a class="picture" href="/pictures/de/people.png"><img' in html
    assert "<img" not in read(folder, TEXT.replace("people.png", "gone.png")).sections[0].html
    assert "<img" not in read(folder, TEXT.replace("../pictures/de/people.png", "https://example.org/x.png")).sections[0].html


def test_what_is_no_guide_and_no_picture_is_said(folder: Path) -> None:
    with pytest.raises(ValueError, match="begins with its title"):
        read(folder, "Ohne Titel")
    for png in (b"GIF89a" + bytes(30), PNG[:20]):
        with pytest.raises(ValueError, match="not a PNG"):
            size_of(png)


def test_guides_are_read_once_and_only_those_that_there_are(tmp_path: Path) -> None:
    (tmp_path / "de").mkdir()
    (tmp_path / "de" / "moderator.md").write_text("# Karte\n\n## Wort {#hands}\n\nText", encoding="utf-8")
    (tmp_path / "de" / "secret.md").write_text("# Nein", encoding="utf-8")
    guides = Guides(tmp_path, pictures="/pictures")
    first = guides.guide("moderator", "de")
    assert first is guides.guide("moderator", "de") is not None
    assert [guides.guide(name, "de") for name in ("organiser", "secret", "../de/moderator")] == [None, None, None]
    assert guides.guide("moderator", "en") is None
    assert guides.of(("organiser", "moderator"), "de") == [first]


PLACES = [
    place("organiser", "people", "Personen", "Eine Liste einlesen und prüfen. Wer zurückkehrt, bekommt einen Link."),
    place("organiser", "letters", "Anschreiben", "Einladungen an alle Personen verschicken; Erinnerungen kommen von selbst."),
    place("moderator", "hands", "Das Wort", "Wort erteilen und entziehen. " * 30 + "Zum Schluss die Umfrage."),
    place("attendee", "join", "Rückkehr in den Raum", "Öffnen Sie den Link."),
]


@pytest.mark.parametrize(
    ("query", "anchors"),
    [
        ("Personen", ["people", "letters"]),  # headings before texts
        ("einladung", ["letters"]),
        ("EINLADEN", ["letters"]),
        ("Wie kann ich eine Liste einlesen?", ["people"]),  # the small words of a question do not count
        ("rueckkehr", ["join", "people"]),
        ("rückkehren", ["join", "people"]),
        ("ruckkehrt", ["people"]),
        ("schreiben", ["letters"]),  # within a word that is put together
        ("Link Raum", ["join", "people"]),  # all words before some
        ("Umfrage Elefant", ["hands"]),  # where none has all, those that have most
        ("Elefant", []),
        ("wie und a ?", []),
        ("", []),
    ],
)
def test_what_is_looked_for_is_found(query: str, anchors: list[str]) -> None:
    assert [found.place.anchor for found in search(PLACES, query)] == anchors


def test_a_piece_of_the_text_shows_the_words_in_their_place() -> None:
    (found,) = search(PLACES, "umfrage")
    assert found.snippet[0] == ("… ", False)
    assert ("Umfrage", True) in found.snippet
    assert found.snippet[-1] == (".", False)
    assert "".join(text for text, _ in found.snippet).endswith("Zum Schluss die Umfrage.")
    assert snippet("kurz", ["nichts"]) == (("kurz", False),)
    assert snippet("wort " * 100, ["nichts"], 12) == (("wort wort ", False), ("…", False))
    assert snippet("x" * 50, ["nichts"], 12) == (("…", False),)


@given(st.text(max_size=300))
def test_nothing_that_is_typed_breaks_the_search(query: str) -> None:
    assert len(stems(query)) <= 6
    for found in search(PLACES, query):
        pieces = "".join(text for text, _ in found.snippet).removeprefix("… ").removesuffix("…").strip()
        assert pieces in found.place.text


def test_the_page_says_what_was_asked_for_in_one_line(folder: Path) -> None:
    guide = read(folder)
    nothing = help_of([guide], "/desk/x/help", "  ")
    assert (nothing["query"], nothing["found"]) == ("", None)
    asked = help_of([guide], "/desk/x/help", " eins \n" + "a" * 200)
    assert len(asked["query"]) <= LONGEST_QUERY
    (found,) = asked["found"]
    assert (found["href"], found["title"], found["guide"]) == ("/desk/x/help/organiser#end", "Schluss", "Leitfaden für alle")
