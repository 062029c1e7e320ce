"""The owner's page over HTTP: who may, what it says in both languages, the way without JavaScript."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from conference.access.model import State
from conference.cards.films.rules import PART_SIZE
from conference.cards.model import CardState, CardTerms, FilmState
from conference.cards.review.rules import CHANGE_ASKED
from tests.cards.films.films import OWN, TWO_PARTS, FilmHouse
from tests.cards.reviewing import card_at, changed, film_beside
from tests.results.house import SLUG

MESSAGE = {"name": "heimat.mp4", "size": len(TWO_PARTS), "type": "video/mp4", "modified": 7}


async def test_whose_page_it_is(films: FilmHouse) -> None:
    expected = {"stranger": 401, "attendee": 403, "initiative": 200, "organiser": 200}
    for who, status in expected.items():
        async with films.client(who) as client:
            assert (await client.get(OWN)).status_code == status, who
            assert (await client.get(OWN.replace("werkbank", "heimat"))).status_code == (
                status if who != "initiative" else 403
            ), who
        told = {"accept": "application/json"}
        async with films.client(who, **told) as client:
            assert (await client.get(f"{OWN}/film")).status_code == status, who
        assert (await films.ask(f"{OWN}/upload", MESSAGE, who)).status_code == status, who
    async with films.client() as client:
        there = await client.get(f"/{SLUG}/my-card")
        assert (there.status_code, there.headers["location"]) == (303, OWN)
        films.house.at(State.CLOSED)
        assert (await client.get(OWN)).status_code == 410


async def test_the_way_of_the_script(films: FilmHouse) -> None:
    begun = (await films.ask(f"{OWN}/upload", MESSAGE)).json()
    assert (begun["state"], begun["size"], begun["part_size"], begun["there"]) == ("uploading", len(TWO_PARTS), PART_SIZE, [])
    assert begun["href"] == f"{OWN}/films/{begun['film']}"
    async with films.client() as client:
        page = (await client.get(OWN)).text
    assert "Ein Upload ist unfertig" in page
    assert "heimat.mp4" in page

    signed = (await films.ask(begun["href"], {"do": "sign", "parts": [1, 2]})).json()
    assert 0 < signed["seconds"] <= 900
    for number, address in signed["addresses"].items():
        start = (int(number) - 1) * PART_SIZE
        assert await films.put(address, TWO_PARTS[start : start + PART_SIZE]) == 200
    assert (await films.ask(f"{OWN}/upload", MESSAGE)).json()["there"] == [1, 2]
    done = await films.ask(begun["href"], {"do": "complete"})
    assert done.json()["state"] == "waiting"
    async with films.client(accept="application/json") as client:
        status = (await client.get(f"{OWN}/film")).json()
    assert status["working"] is True
    assert status["text"] == "Der Film ist angekommen. Gleich beginnt seine Aufbereitung."
    assert begun["film"] in status["mark"]


async def test_refusals_name_limit_value_and_remedy(films: FilmHouse) -> None:
    large = {**MESSAGE, "size": 612_000_000}
    answer = await films.ask(f"{OWN}/upload", large)
    assert answer.status_code == 422
    assert answer.json()["text"] == (
        "Der Film hat 612 MB, höchstens 500 MB sind möglich. "
        "Bitte exportieren Sie ihn kleiner, etwa in 1080p, oder kürzen Sie ihn."
    )
    english = (await films.ask(f"{OWN}/upload", large, language="en")).json()["text"]
    assert english.startswith("The film has 612 MB, and at most 500 MB are possible.")
    assert (await films.ask(f"{OWN}/upload", MESSAGE)).status_code == 200
    answer = await films.ask(f"{OWN}/upload", {**MESSAGE, "name": "anderer.mp4"})
    assert (answer.status_code, answer.json()["code"]) == (409, "film_under_way")
    assert answer.json()["text"] == "Es gibt einen unfertigen Upload von „heimat.mp4“. Soll dieser Film an seine Stelle treten?"
    assert (await films.ask(f"{OWN}/upload", {**MESSAGE, "name": "anderer.mp4", "replace": True})).status_code == 200


async def test_what_no_page_of_ours_says_is_refused(films: FilmHouse) -> None:
    bodies: tuple[object, ...] = ([], "x", {"size": "viel"}, {"name": 3, "size": -1}, {"name": "a.mp4", "size": [1]})
    for body in bodies:
        answer = await films.ask(f"{OWN}/upload", body)
        assert answer.status_code == 422
    for wrong in ({"do": "dance"}, {"do": "sign", "parts": "1"}, {"do": "poster", "at": "x"}, {}):
        assert (await films.ask(f"{OWN}/films/nothing", wrong)).status_code in (404, 409, 422)


async def test_a_plain_form_brings_a_film_too(films: FilmHouse) -> None:
    await films.ask(f"{OWN}/upload", {**MESSAGE, "name": "früher.mp4"})
    async with films.client() as client:
        answer = await client.post(f"{OWN}/film", files={"film": ("Über uns.mp4", TWO_PARTS, "video/mp4")})
        assert (answer.status_code, answer.headers["location"]) == (303, f"{OWN}#own-film")
        text = (await client.get(OWN)).text
    assert "Über uns.mp4" in text
    assert "Der Film ist angekommen." in text
    assert "früher.mp4" not in text
    [film] = [film for film in await films.films(await films.bringing("werkbank")) if film.state is FilmState.WAITING]
    assert (film.name, film.size) == ("Über uns.mp4", len(TWO_PARTS))
    assert film.key is not None
    assert await films.services.storage.get(film.key) == TWO_PARTS
    await films.worker(films=False).run_once()
    assert await films.open_uploads() == []


async def test_a_plain_form_is_told_the_limits(films: FilmHouse) -> None:
    bringing = await films.bringing("werkbank")
    async with films.services.db.work() as work:
        work.session.add(CardTerms(conference_id=bringing.conference_id, most_bytes=5_000_000))
    for sent, says in (
        (("brief.pdf", b"%PDF-", "application/pdf"), "Diese Datei ist kein Film"),
        (("film.mp4", b"", "video/mp4"), "Diese Datei ist leer."),
        (("film.mp4", TWO_PARTS, "video/mp4"), "höchstens 5 MB sind möglich"),
        (("film.mp4", TWO_PARTS[:5_030_000], "video/mp4"), "höchstens 5 MB sind möglich"),
    ):
        async with films.client() as client:
            answer = await client.post(f"{OWN}/film", files={"film": sent})
        assert answer.status_code == 422
        assert says in answer.text
        assert 'aria-invalid="true"' in answer.text
    await films.work_off()
    assert await films.open_uploads() == []
    assert not [film for film in await films.films(bringing) if film.state is not FilmState.READY]


async def test_a_form_that_breaks_off_leaves_nothing(films: FilmHouse) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="film"; filename="a.mp4"\r\nContent-Type: video/mp4\r\n\r\n'
        yield TWO_PARTS
        raise ConnectionError("the browser went away")

    async with films.client(**{"content-type": "multipart/form-data; boundary=x"}) as client:
        with pytest.raises(ConnectionError):
            await client.post(f"{OWN}/film", content=body())
    await films.work_off()
    assert await films.open_uploads() == []


async def test_after_the_deadline_owners_are_told_whom_to_write_to(films: FilmHouse) -> None:
    bringing = await films.bringing("werkbank")
    async with films.services.db.work() as work:
        work.session.add(CardTerms(conference_id=bringing.conference_id, until=films.services.clock.now() - timedelta(hours=1)))
    async with films.client() as client:
        text = (await client.get(OWN)).text
    assert "schreiben Sie bitte den Veranstaltenden" in text
    assert 'name="film"' not in text
    answer = await films.ask(f"{OWN}/upload", MESSAGE)
    assert answer.json()["code"] == "film_deadline"
    async with films.client("organiser", "en") as client:
        assert 'name="film"' in (await client.get(OWN)).text
    assert (await films.ask(f"{OWN}/upload", MESSAGE, "organiser")).status_code == 200


async def test_a_deadline_at_midnight_is_told_as_the_last_minute_of_its_day(films: FilmHouse) -> None:
    midnight = films.services.clock.now().astimezone(ZoneInfo("Europe/Berlin")).replace(hour=0, minute=0, second=0, microsecond=0)
    async with films.services.db.work() as work:
        work.session.add(CardTerms(conference_id=films.house.conference.id, until=midnight + timedelta(days=1)))
    async with films.client(language="en") as client:
        assert f"until {midnight.day} {midnight:%B %Y}, 23:59" in (await client.get(OWN)).text


async def test_the_deadline_is_told_as_the_last_minute_before_it(films: FilmHouse) -> None:
    bringing = await films.bringing("werkbank")
    async with films.client() as client:
        assert "Sie können Filme bis 17. Mai 2021, 23:59 Uhr hochladen" in (await client.get(OWN)).text  # it closes then
        async with films.services.db.work() as work:
            until = datetime(2021, 5, 13, tzinfo=ZoneInfo("Europe/Berlin"))
            work.session.add(CardTerms(conference_id=bringing.conference_id, until=until))
        assert "Sie können Filme bis 12. Mai 2021, 23:59 Uhr hochladen" in (await client.get(OWN)).text
        films.house.clock.jump_to(until)
        assert "Filme konnten bis 12. Mai 2021, 23:59 Uhr hochgeladen werden." in (await client.get(OWN)).text


async def test_the_owner_reads_what_is_asked_of_a_card_and_of_a_film_that_waits(films: FilmHouse) -> None:
    """A public card whose new version was sent back as well, and it leads to the numbers."""
    card = await card_at(films.house, "werkbank")
    page = {}
    for state in (CardState.CHANGE_ASKED, CardState.PUBLISHED):
        await changed(films.house, card, state=state, change="Bitte lauter.")
        if state is CardState.PUBLISHED:
            await film_beside(films.house, card, facts={CHANGE_ASKED: True})
        async with films.client() as client:
            page[state] = (await client.get(OWN)).text
        assert "Bitte lauter." in page[state]
        assert f'href="{OWN}/numbers"' in page[state]
    assert "Zum neuen Film bitten die Veranstaltenden um eine Änderung." in page[CardState.PUBLISHED]
    assert "wartet auf Freigabe" not in page[CardState.PUBLISHED]


async def test_a_preview_is_the_owners_and_the_organisers(films: FilmHouse) -> None:
    async with films.client() as client:
        page = (await client.get(OWN)).text
        found = re.search(r'<source src="([^"]+)" type="video/mp4">', page)
        assert found
        answer = await client.get(found[1])
        assert answer.status_code == 302
        assert answer.headers["cache-control"] == "no-store"
        assert (await client.get(answer.headers["location"])).headers["content-type"] == "video/mp4"
        assert (await client.get(found[1].replace("video.mp4", "source.mp4"))).status_code == 404
    for who, status in {"stranger": 401, "attendee": 403, "organiser": 302}.items():
        async with films.client(who) as client:
            assert (await client.get(found[1])).status_code == status, who
    films.house.at(State.CLOSED)
    async with films.client("organiser") as client:
        assert (await client.get(found[1])).status_code == 200
