# ruff: noqa: E501  (tables are easier to read in one line)
"""The owner's page of a card's words, with and without its script, for the right people only."""

from __future__ import annotations

import re

import pytest

from conference.access.model import State
from conference.base.captions import LARGEST, Cue, read_captions
from conference.cards.captions.actions import put_captions
from conference.cards.model import CardState, FilmState
from tests.cards.captions.places import SRT, VTT, WORDS, become, captions_at, card_at, film_at, post, successor, without_films
from tests.results.house import House

CAPTIONS = f"{WORDS}/captions"


async def saving(house: House, film: str | None = None, **more: str) -> dict[str, str]:
    return {"do": "save", "film": film or (await film_at(house)).id, "language": "de", "etag": "", **more}


async def test_what_is_missing_is_said(house: House) -> None:
    text = (await house.get(WORDS, "initiative")).text
    assert "Untertitel fehlen: Ohne sie wird der Film nicht öffentlich gezeigt." in text
    assert "Der Text des Gesagten fehlt." in text
    assert 'aria-current="step"' in text
    assert re.search(r'<source src="/treffen/cards/werkbank/films/[\w-]+/video.mp4', text)
    sent = {"words_de": "Guten Tag", "seen_de": "Eine Werkbank", "language": "de"}
    answer = await post(house, WORDS, sent)
    assert (answer.status_code, answer.headers["location"]) == (303, "/treffen/cards/werkbank/own/words?saved=texts#texts")
    await post(house, CAPTIONS, await saving(house), ("film.srt", SRT.encode("cp1252")))
    text = (await house.get(WORDS, "initiative")).text
    assert "Hier fehlt nichts." in text
    assert "Guten Tag</textarea>" in text
    english = await house.get(WORDS, "initiative", accept_language="en")
    assert "Nothing is missing here." in english.text


async def test_a_file_becomes_captions(any_house: House) -> None:
    film = await film_at(any_house)
    answer = await post(any_house, CAPTIONS, await saving(any_house), ("film.srt", SRT.encode("cp1252")))
    assert answer.headers["location"] == f"/treffen{WORDS}?film={film.id}&language=de&saved=captions#captions"
    stored = (await captions_at(any_house, film.id))["de"]
    assert await any_house.services.storage.get(stored.key) == VTT.encode()
    media = await any_house.get("/cards/werkbank/media/captions.de.vtt", "organiser")
    assert (media.content, media.headers["content-type"]) == (VTT.encode(), "text/vtt; charset=utf-8")
    page = (await any_house.get(f"{WORDS}?film={film.id}&language=de&saved=captions", "initiative")).text
    assert "Die Untertitel sind gespeichert." in page
    assert f'"etag": "{stored.etag}"' in page
    assert "Kommen Sie vorbei.\n</textarea>" in page


async def test_a_fault_is_named_and_mended_in_the_page(house: House) -> None:
    film = await film_at(house)
    wrong = SRT.replace("00:00:05,000", "00:00:99,000")
    answer = await post(house, CAPTIONS, await saving(house), ("film.srt", wrong.encode()))
    assert answer.status_code == 422
    assert "Zeile 6: Die Zeiten „00:00:99,000 --&gt; 00:00:07,500“ lassen sich nicht lesen." in answer.text
    assert 'data-line="6"' in answer.text
    text = re.search(r'<textarea id="captions-text".*?>\n(.*?)</textarea>', answer.text, re.DOTALL)
    assert text is not None
    assert "00:00:99,000" in text[1]
    assert 'id="captions-data"' not in answer.text  # the editor waits until there is nothing to mend
    mended = text[1].replace("&gt;", ">").replace("99,000", "05,000").replace("\n", "\r\n")
    assert (await post(house, CAPTIONS, await saving(house, captions=mended))).status_code == 303
    assert set(await captions_at(house, film.id)) == {"de"}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "Noch steht in keinem Untertitel ein Text."), (b"x" * (LARGEST + 1), "Diese Datei hat 513 KB, Untertitel höchstens 512 KB."),
        (b"PK\x03\x04" + bytes(90), "Das ist kein einfacher Text."), (b"<script>alert(1)</script>", "In diesem Text stehen keine Zeiten."),
        (b"0:01 --> 0:02\n<script>x\n\n2:00 --> 2:01\ny", "„y“ liegt nach 01:01, wo der Film zu Ende ist."),
        (b"0:01 --> 0:02\nx\n\n<script>alert(1)</script>", "Zeile 4: „&lt;script&gt;alert(1)&lt;/script&gt;“ steht ohne Zeiten da."),
    ],
    ids=["empty", "large", "zip", "html", "late", "stray"],
)  # fmt: skip
async def test_other_files_are_refused_in_words(house: House, data: bytes, sentence: str) -> None:
    answer = await post(house, CAPTIONS, await saving(house), ("a.vtt", data))
    assert (answer.status_code, sentence in answer.text) == (422, True), answer.text
    assert "<script>alert" not in answer.text
    assert await captions_at(house, (await film_at(house)).id) == {}


async def test_the_editor_saves_through_the_same_door(house: House) -> None:
    film = await film_at(house)
    answer = await post(house, CAPTIONS, await saving(house, captions=VTT), accept="application/json")
    stored = (await captions_at(house, film.id))["de"]
    assert (answer.status_code, answer.json()) == (200, {"etag": stored.etag, "cues": 2})
    wrong = VTT.replace("00:00:07.500", "00:00:04.500")
    answer = await post(house, CAPTIONS, await saving(house, captions=wrong, etag=stored.etag), accept="application/json")
    told = answer.json()
    assert (answer.status_code, told["code"]) == (422, "captions")
    assert [(fault["line"], fault["cue"], fault["text"][:31]) for fault in told["faults"]] == [
        (6, 2, "Der Untertitel endet, bevor er ")
    ]
    other = VTT.replace("Sachsen", "Hamburg")
    answer = await post(house, CAPTIONS, await saving(house, captions=other), accept="application/json")
    told = answer.json()
    assert (answer.status_code, told["code"], told["etag"]) == (409, "captions_changed", stored.etag)
    assert told["text"].startswith("Inzwischen hat jemand anderes Untertitel gespeichert.")
    answer = await post(house, CAPTIONS, await saving(house, captions=other, etag=told["etag"]), accept="application/json")
    assert answer.status_code == 200


async def test_a_form_that_came_too_late_keeps_what_was_written(house: House) -> None:
    await post(house, CAPTIONS, await saving(house, captions=VTT))
    answer = await post(house, CAPTIONS, await saving(house, captions=VTT.replace("Sachsen", "Hamburg")))
    assert answer.status_code == 409
    assert "Inzwischen hat jemand anderes" in answer.text
    assert "Grüße aus Hamburg." in answer.text
    etag = re.search(r'id="captions-form".*?name="etag" value="(\w+)"', answer.text, re.DOTALL)
    assert etag is not None
    again = await post(house, CAPTIONS, await saving(house, captions=VTT.replace("Sachsen", "Hamburg"), etag=etag[1]))
    assert again.status_code == 303
    removed = await post(house, CAPTIONS, {**await saving(house, etag=etag[1]), "do": "remove"})
    assert removed.status_code == 409
    film = await film_at(house)
    stored = (await captions_at(house, film.id))["de"]
    removed = await post(house, CAPTIONS, {**await saving(house, etag=stored.etag), "do": "remove"})
    assert "saved=removed" in removed.headers["location"]
    assert await captions_at(house, film.id) == {}


async def test_without_a_film_the_page_says_what_comes_first(house: House) -> None:
    await without_films(house)
    text = (await house.get(WORDS, "initiative")).text
    assert "Zuerst braucht es den Film." in text
    assert 'id="captions-form"' not in text
    assert 'name="words_de"' in text  # what is said can be written already
    await successor(house, state=FilmState.PREPARING)
    assert 'id="captions-form"' not in (await house.get(WORDS, "initiative")).text
    answer = await post(house, CAPTIONS, {"do": "save", "film": "x", "language": "de", "captions": VTT})
    assert answer.status_code == 409
    text = (await house.get("/cards/wendland/own/words", "organiser")).text
    assert "Zuerst braucht es den Film." in text
    assert 'name="words_de"' not in text
    assert (await post(house, "/cards/wendland/own/words", {"language": "de"}, who="organiser")).status_code == 409


async def test_a_film_that_waits_has_captions_of_its_own(house: House) -> None:
    services, shown = house.services, await film_at(house, "heimat")
    new = await successor(house, "heimat")
    path = "/cards/heimat/own/words"
    text = (await house.get(path, "organiser")).text
    assert "Der neue Film, der auf die Freigabe wartet" in text
    assert "Der jetzt freigegebene Film hat Untertitel: Deutsch, Englisch." in text
    answer = await post(house, f"{path}/captions", {"do": "take-over", "film": new.id}, who="organiser")
    assert answer.status_code == 303
    assert set(await captions_at(house, new.id)) == {"de", "en"}
    await put_captions(services, new.id, "de", [Cue(0, 900, "Neu")])
    old = (await captions_at(house, shown.id))["de"]
    assert read_captions(await services.storage.get(old.key)).cues[0].text == "Guten Tag aus dem Beispieltal."
    older = (await house.get(f"{path}?film={shown.id}", "organiser")).text
    assert "Guten Tag aus dem Beispieltal." in older
    assert (
        await post(house, f"{path}/captions", await saving(house, "nobody", captions=VTT), who="organiser")
    ).status_code == 404


async def test_what_is_said_comes_out_of_the_captions(house: House) -> None:
    await post(house, CAPTIONS, await saving(house, captions=VTT))
    assert 'name="take" value="de"' in (await house.get(WORDS, "initiative")).text
    sent = {"language": "de", "seen_de": "Eine Werkbank", "take": "de"}
    assert (await post(house, WORDS, sent)).status_code == 303
    card = await card_at(house)
    assert (card.words, card.seen) == ({"de": "Grüße aus Sachsen.\nKommen Sie vorbei."}, {"de": "Eine Werkbank"})
    assert 'name="take"' not in (await house.get(WORDS, "initiative")).text
    for taken in ("de", "en", "xx"):  # nothing that was written is replaced, and nothing comes from nowhere
        await post(house, WORDS, {"language": "de", "words_de": "Guten Tag", "take": taken})
    assert (await card_at(house)).words == {"de": "Guten Tag"}


async def test_of_two_who_write_texts_the_second_is_told(house: House) -> None:
    def seen(page: str) -> str:
        return re.findall(r'name="mark" value="(\w+)"', page)[0]

    mark = seen((await house.get(WORDS, "initiative")).text)
    mine, theirs = {"words_de": "Meins", "language": "de"}, {"words_de": "Ihres", "language": "de"}
    assert (await post(house, WORDS, {**theirs, "mark": mark}, who="organiser")).status_code == 303
    answer = await post(house, WORDS, {**mine, "mark": mark})
    assert answer.status_code == 409
    assert "Inzwischen hat jemand anderes diese Texte geändert." in answer.text
    assert "Meins" in answer.text
    assert '<a href="#texts">' in answer.text
    assert (await card_at(house)).words == {"de": "Ihres"}
    assert (await post(house, WORDS, {**mine, "mark": seen(answer.text)})).status_code == 303
    assert (await card_at(house)).words == {"de": "Meins"}


async def test_wrong_texts_come_back(house: House) -> None:
    answer = await post(house, WORDS, {"words_de": "x" * 10_001, "language": "de", "signed": "yes"})
    assert answer.status_code == 422
    assert "Dieser Text ist zu lang: höchstens 10.000 Zeichen." in answer.text
    assert "x" * 10_001 in answer.text
    assert re.search(r'id="signed"[^>]* checked', answer.text)
    assert (await post(house, WORDS, {"language": "x"})).status_code == 422
    assert (await card_at(house)).signed is False


@pytest.mark.parametrize(
    ("who", "expected"), [("stranger", "4____11"), ("attendee", "fffff11"), ("initiative", "xxxxx11"), ("organiser", "xxxxxx1")]
)
async def test_who_may_write_when(house: House, who: str, expected: str) -> None:
    found = ""
    for state in (State.DRAFT, State.ANNOUNCED, State.DOORS, State.LIVE, State.ARCHIVE, State.CLOSED, State.PURGED):
        house.at(state)
        status = (await house.get(WORDS, who)).status_code
        found += {200: "x", 401: "_", 403: "f", 404: "4", 410: "1"}.get(status, f"<{status}>")
        sent = await post(house, CAPTIONS, {"do": "take-over", "film": (await film_at(house)).id}, who=who)
        assert (sent.status_code == 303) == (status == 200)
    assert found == expected


async def test_others_may_not(house: House) -> None:
    assert (await house.get("/cards/heimat/own/words", "initiative")).status_code == 403
    film = await film_at(house, "heimat")
    for fields in (
        {"do": "save", "film": film.id, "language": "de", "captions": VTT},
        {"do": "remove", "film": film.id, "language": "de"},
    ):
        assert (await post(house, "/cards/heimat/own/words/captions", fields)).status_code == 403
        assert (await post(house, CAPTIONS, fields)).status_code == 404  # a film of another card
    assert set(await captions_at(house, film.id)) == {"de", "en"}
    await become(house, CardState.WITHDRAWN)
    text = (await house.get(WORDS, "initiative")).text
    assert 'name="words_de"' not in text
    assert (await post(house, WORDS, {"language": "de"})).status_code == 409
