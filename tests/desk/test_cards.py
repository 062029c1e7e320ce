"""The desk's pages of video cards over HTTP: lights, queues, decisions, the reminder, the terms; and who comes in."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conference.access.model import State
from conference.cards.model import CardState, CardTerms, FilmState
from conference.cards.store import terms_of
from conference.people.model import Role
from tests.cards.reviewing import (
    DESK,
    agreed,
    all_sent,
    card_at,
    changed,
    film_beside,
    letters_waiting,
    many_more,
    person_of,
    post,
)
from tests.results.house import House, house_at


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Weeks before the day."""
    async with house_at(tmp_path) as house:
        house.at(State.ANNOUNCED)
        yield house


async def look(house: House, path: str = "", who: str = "organiser", language: str = "de") -> str:
    page = await house.get(f"/{DESK}{path}", who, accept_language=language)
    assert page.status_code == 200, page.text
    return page.text


def rows(text: str) -> list[tuple[str, str]]:
    """(slug, word of the light) of each line."""
    return re.findall(
        r'<a href="/desk/treffen/cards/([\w-]+)">[^<]+</a>.*?class="traffic \w+"><svg[^§]*?</svg><span>([^<]+)</span>', text, re.S
    )


async def terms(house: House) -> CardTerms:
    async with house.services.db.read() as db:
        return await terms_of(db, house.conference.id)


async def test_the_list_has_a_light_with_a_word_for_each_initiative(house: House) -> None:
    text = await look(house)
    assert rows(text) == [("heimat", "Freigegeben"), ("werkbank", "Einwilligung fehlt"), ("wendland", "Noch keine Karte")]
    assert "Nutzungserlaubnis der Initiative" in text
    assert "Aus dieser Initiative ist noch niemand eingeladen." in text
    english = rows(await look(house, language="en"))
    assert [word for _, word in english] == ["Published", "Consent missing", "No card yet"]
    card = await card_at(house, "werkbank")
    await agreed(house, card)
    assert rows(await look(house))[1] == ("werkbank", "Untertitel fehlen")
    await changed(house, card, unspoken=True)
    assert rows(await look(house))[1] == ("werkbank", "Wartet auf Sie")
    await changed(house, card, state=CardState.CHANGE_ASKED, change="Bitte lauter.")
    text = await look(house)
    assert rows(text)[1] == ("werkbank", "Änderung erbeten")
    assert "Bitte lauter." in text
    await film_beside(house, await card_at(house, "heimat"), FilmState.PREPARING, progress=0.42)
    assert "Wird aufbereitet, 42\u202f% geschafft." in await look(house)


async def test_queues_are_plain_links_with_counts(house: House) -> None:
    text = await look(house)
    found = re.findall(
        r'<a href="(/desk/treffen/cards[^"]*)"( aria-current="page")?>([^<]+) <span class="count">(\d+)</span>', text
    )
    assert [(label, count) for _, _, label, count in found] == [
        ("Alle Initiativen", "3"), ("Warten auf Sie", "0"), ("Untertitel fehlen", "1"), ("Einwilligung fehlt", "1"),
        ("Ohne Karte", "1"), ("Änderung erbeten", "0"), ("Seit der Freigabe geändert", "0"), ("Freigegeben", "1"),
    ]  # fmt: skip
    assert [current for _, current, _, _ in found] == [' aria-current="page"', *[""] * 7]
    for href, _, _, count in found:
        assert len(rows(await look(house, href.removeprefix(DESK)))) == int(count), href
    assert "In dieser Liste steht nichts." in await look(house, "?show=waits")
    assert len(rows(await look(house, "?show=<script>"))) == 3


async def test_as_many_queries_for_two_hundred_as_for_three(house: House) -> None:
    counts = []
    for more in (0, 200):
        await many_more(house, more)
        with house.counted() as statements:
            assert len(rows(await look(house))) == 3 + more
        assert len(statements) <= 12, statements
        counts.append(len(statements))
    assert counts[0] == counts[1]


async def test_the_desk_says_how_many_wait(house: House) -> None:
    text = (await house.get("//desk/treffen", "organiser")).text
    assert "show=waits" not in text
    assert "Video-Visitenkarte wartet auf Sie." not in text
    await agreed(house, await card_at(house, "werkbank"))
    await changed(house, await card_at(house, "werkbank"), unspoken=True)
    assert "wartet auf Ihre Freigabe" in (await house.get("//desk/treffen/ready", "organiser")).text
    house.at(State.LIVE)  # from the doors on the office's first page says what waits
    text = (await house.get("//desk/treffen", "organiser")).text
    assert "1 Video-Visitenkarte wartet auf Sie." in text
    assert 'href="/desk/treffen/cards?show=waits"' in text


async def test_a_page_of_the_list_hears_of_changes(house: House) -> None:
    assert f'data-live="conference:{house.conference.id}"' in await look(house)
    for state in State:
        house.at(state)
        assert ("data-live" in await look(house)) == (state is not State.PURGED), state


async def test_one_card_with_film_words_consents_and_where_it_came_from(house: House) -> None:
    card = await card_at(house, "werkbank")
    await changed(house, card, words={"de": "Wir <b>hämmern</b>."}, seen={"de": "Eine Werkbank."})
    await agreed(house, card)
    text = await look(house, "/werkbank")
    assert re.search(r'<source src="/treffen/cards/werkbank/media/video.mp4\?v=\w{8}" type="video/mp4">', text)
    for said in (
        "Wir &lt;b&gt;hämmern&lt;/b&gt;.",
        "Eine Werkbank.",
        "Fassung 1, Deutsch",
        "Ada Beispiel",
        "gilt",
        "„Untertitel folgen“",
    ):
        assert said in text, said
    assert 'value="publish"' in text
    assert 'value="unpublish"' not in text
    assert 'href="/treffen/cards/werkbank/own"' in text
    newer = await film_beside(house, await card_at(house, "heimat"), name="film <1>.mov", size=12_345_678)
    text = await look(house, "/heimat")
    assert text.count("<video controls") == 2
    assert f'src="/treffen/cards/heimat/films/{newer.id}/video.mp4?v=' in text
    for said in ("Gezeigte Fassung", "Neue Fassung", "film &lt;1&gt;.mov", "13 MB", "Diese Einwilligungen fehlen noch"):
        assert said in text, said
    nothing = await look(house, "/wendland")
    assert "Es gibt keinen Film anzusehen." in nothing
    assert 'name="act"' not in nothing


async def test_an_organiser_publishes_and_takes_out_again(house: House) -> None:
    card = await card_at(house, "werkbank")
    assert (await post(house, f"{DESK}/werkbank", act="publish", film="")).status_code == 409
    film = re.findall(r'name="film" value="([^"]+)"', await look(house, "/werkbank"))
    assert film == []  # consents are missing
    await agreed(house, card)
    (film_id,) = re.findall(r'name="film" value="([^"]+)"', await look(house, "/werkbank"))
    done = await post(house, f"{DESK}/werkbank", act="publish", film=film_id)
    assert (done.status_code, done.headers["location"]) == (303, f"{DESK}/werkbank?done=publish")
    assert "Die Karte ist freigegeben." in await look(house, "/werkbank?done=publish")
    house.at(State.ARCHIVE)
    assert (await house.get("/cards/werkbank/media/poster.webp")).status_code == 200
    assert (await post(house, f"{DESK}/werkbank", act="unpublish")).status_code == 303
    assert (await house.get("/cards/werkbank/media/poster.webp")).status_code == 404


async def test_a_reason_is_asked_for_and_told_to_the_initiative(house: House) -> None:
    refused = await post(house, f"{DESK}/werkbank", act="change", reason=" ")
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in refused.text
    assert 'href="#reason"' in refused.text
    assert (await post(house, f"{DESK}/werkbank", act="change", reason="Bitte lauter.")).status_code == 303
    assert [letter.to for letter in await letters_waiting(house)] == ["initiative@example.org"]
    text = await look(house, "/werkbank")
    assert "Sie haben um eine Änderung gebeten" in text
    assert 'value="publish"' not in text
    assert (await post(house, f"{DESK}/werkbank", act="unchange")).status_code == 303
    assert (await card_at(house, "werkbank")).state is CardState.READY


async def test_a_card_is_taken_down_only_when_its_name_was_typed(house: House) -> None:
    for typed in ("", "Werk", "Heimathügel"):
        refused = await post(house, f"{DESK}/werkbank", act="withdraw", name=typed)
        assert refused.status_code == 422
        assert "<details" in refused.text
        assert " open>" in refused.text
    assert (await card_at(house, "werkbank")).state is CardState.READY
    assert (await post(house, f"{DESK}/werkbank", act="withdraw", name="werkbank ")).status_code == 303
    assert (await card_at(house, "werkbank")).state is CardState.WITHDRAWN
    assert rows(await look(house))[1] == ("werkbank", "Zurückgezogen")
    assert 'name="act"' not in await look(house, "/werkbank")


@pytest.mark.parametrize("act", ["", "delete", "publish\x00"])
async def test_other_acts_lead_nowhere(house: House, act: str) -> None:
    assert (await post(house, f"{DESK}/heimat", act=act, film="x")).status_code in (404, 409)
    assert (await post(house, f"{DESK}/nobody", act="unpublish")).status_code == 404
    assert (await post(house, f"{DESK}/wendland", act="publish", film="x")).status_code == 404
    assert (await card_at(house, "heimat")).state is CardState.PUBLISHED


PAGES = ("", "/werkbank", "/terms", "/reminder")


async def test_only_organisers_come_in(house: House) -> None:
    await person_of(house, "Moni", Role.MODERATOR)
    await person_of(house, "Erika", Role.INITIATIVE, initiative="heimat")
    for path in PAGES:
        assert (await house.get(f"/{DESK}{path}", accept="text/html")).status_code == 401, path
        for who in ("attendee", "initiative", "Moni", "Erika"):
            assert (await house.get(f"/{DESK}{path}", who)).status_code == 403, (path, who)
    before = await card_at(house, "werkbank")
    for who, status in (("stranger", 401), ("initiative", 403), ("Moni", 403), ("Erika", 403)):
        for data in ({"act": "publish", "film": "x"}, {"act": "change", "reason": "x"}, {"act": "withdraw", "name": "Werkbank"}):
            assert (await post(house, f"{DESK}/werkbank", who, **data)).status_code == status
        assert (await post(house, f"{DESK}/terms", who, length="1:00", size="1", height="360")).status_code == status
        assert (await post(house, f"{DESK}/reminder", who, seen="")).status_code == status
    assert await card_at(house, "werkbank") == before
    assert await letters_waiting(house) == []


async def test_the_reminder_is_looked_at_then_sent_then_sent_again_only_on_purpose(house: House) -> None:
    assert "Es gibt niemanden zu erinnern." in await look(house, "/reminder")
    await person_of(house, "Wanda", Role.INITIATIVE, initiative="wendland")
    await person_of(house, "Wido", Role.INITIATIVE, initiative="wendland")
    text = await look(house, "/reminder")
    assert "1 Initiative hat noch keine Karte." in text
    assert "2 Personen bekommen diese E-Mail" in text
    assert "[hier steht der eigene Link jeder Person]" in text
    assert "/sign-in/" not in text
    assert await letters_waiting(house) == []
    sent = await post(house, f"{DESK}/reminder", seen="")
    assert (sent.status_code, sent.headers["location"]) == (303, f"{DESK}/reminder?sent=2")
    assert (await post(house, f"{DESK}/reminder", seen="")).status_code == 409  # pressed twice
    assert len(await all_sent(house)) == 2
    text = await look(house, "/reminder?sent=2")
    assert "2 E-Mails sind unterwegs." in text
    (seen,) = re.findall(r'name="seen" value="([^"]+)"', text)
    for typed in ("", "02.04.2021"):
        refused = await post(house, f"{DESK}/reminder", seen=seen, again=typed)
        assert refused.status_code == 422
        assert 'href="#again"' in refused.text
    assert len(await all_sent(house)) == 2
    house.clock.advance(days=3)
    assert (await post(house, f"{DESK}/reminder", seen=seen, again="1.4.2021")).status_code == 303
    assert len(await all_sent(house)) == 4
    assert "Alle ohne Karte wurden am 4. April 2021, 12:00 Uhr angeschrieben." in await look(house)


async def test_after_the_deadline_the_reminder_is_not_offered(house: House) -> None:
    await person_of(house, "Wanda", Role.INITIATIVE, initiative="wendland")
    assert (
        await post(house, f"{DESK}/terms", until="2021-04-01T11:59", length="3:00", size="500", height="360")
    ).status_code == 303
    text = await look(house, "/reminder")
    assert "Eine Erinnerung käme zu spät." in text
    assert 'name="seen"' not in text
    assert (await post(house, f"{DESK}/reminder", seen="")).status_code == 409
    assert "Filme werden nicht mehr angenommen." in await look(house)


async def test_terms_are_local_times_and_whole_numbers(house: House) -> None:
    assert 'value="3:00"' in await look(house, "/terms")
    done = await post(house, f"{DESK}/terms", until="2021-05-02T23:59", length="2:30", size="250", height="480")
    assert done.headers["location"] == f"{DESK}/terms?set"
    found = await terms(house)
    assert (found.until, found.most_seconds, found.most_bytes, found.least_height) == (
        datetime(2021, 5, 2, 21, 59, tzinfo=UTC), 150, 250_000_000, 480,
    )  # fmt: skip
    text = await look(house, "/terms?set")
    assert 'value="2021-05-02T23:59"' in text
    assert "Die Vorgaben gelten." in text
    assert "Filme werden bis 2. Mai 2021, 23:59 Uhr angenommen." in await look(house)
    good = {"until": "", "length": "2:30", "size": "250", "height": "480"}
    for field, wrong in (
        ("until", "2021-03-28T02:30"), ("until", "2021-06-01T10:00"), ("until", "bald"), ("length", "0:05"), ("length", "2:75"),
        ("size", "0"), ("size", "9999"), ("height", "10"), ("height", "hoch"),
    ):  # fmt: skip
        refused = await post(house, f"{DESK}/terms", **{**good, field: wrong})
        assert refused.status_code == 422, (field, wrong)
        assert f'href="#{field}"' in refused.text
    assert await terms(house) == found
    assert (await post(house, f"{DESK}/terms", **good)).status_code == 303
    assert (await terms(house)).until is None


async def test_a_film_that_came_to_nothing_says_why(house: House) -> None:
    card = await card_at(house, "werkbank")
    await film_beside(house, card, FilmState.FAILED)
    assert rows(await look(house))[1][0] == "werkbank"
    assert "Ein Film ist unterwegs" in await look(house, "/werkbank")
