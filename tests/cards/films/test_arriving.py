"""A film on its way in parts: begun, gone on with, finished, broken off; on each kind of store and database."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from conference.base.errors import Conflict, Invalid, NotFound, OutsideWindow
from conference.cards.actions import withdraw_card
from conference.cards.films import actions
from conference.cards.films.rules import PART_SIZE, Offer
from conference.cards.films.store import PREPARE
from conference.cards.model import CardState, CardTerms, FilmState
from conference.cards.store import card_by_id
from tests.cards.films.films import OFFER, TWO_PARTS, FilmHouse

OTHER = Offer("anderer.mov", 1000, "video/quicktime", 5)


async def test_a_film_arrives_in_parts_and_once(any_films: FilmHouse) -> None:
    house, bringing = any_films, await any_films.bringing()
    before = len(await house.keys())
    film = await actions.begin(house.services, bringing, OFFER)
    await house.send(bringing, film, TWO_PARTS, [2])
    assert (await actions.arrived(house.services, bringing, film.id)).there == [2]

    # another day: the same file goes on, another one asks first
    assert (await actions.begin(house.services, bringing, OFFER)).id == film.id
    with pytest.raises(Conflict, match="film_under_way") as asked:
        await actions.begin(house.services, bringing, OTHER)
    assert asked.value.facts == {"name": "heimat.mp4", "size": OFFER.size}
    with pytest.raises(Conflict, match="parts_missing") as lacking:
        await actions.complete(house.services, bringing, film.id)
    assert lacking.value.facts["parts"] == [1]

    await house.send(bringing, film, TWO_PARTS, [1])
    twice = await asyncio.gather(*(actions.complete(house.services, bringing, film.id) for _ in range(2)))
    assert [each.state for each in twice] == [FilmState.WAITING] * 2
    assert (await actions.complete(house.services, bringing, film.id)).state is FilmState.WAITING
    assert [job.facts for job in await house.jobs(PREPARE)] == [{"film": film.id}]
    assert [each.id for each in await house.films(bringing)] == [film.id]
    card = await house.card(bringing)
    assert card is not None
    assert card.state is CardState.BEGUN
    [key] = [key for key in await house.keys() if key.startswith("incoming/")]
    assert (await house.services.storage.head(key)).size == len(TWO_PARTS)
    assert len(await house.keys()) == before + 1
    assert await house.open_uploads() == []


async def test_another_film_takes_the_place_of_an_unfinished_one(any_films: FilmHouse) -> None:
    house, bringing = any_films, await any_films.bringing()
    first = await actions.begin(house.services, bringing, OFFER)
    await house.send(bringing, first, TWO_PARTS, [1])
    second = await actions.begin(house.services, bringing, OTHER, replace=True)
    assert [film.id for film in await house.films(bringing)] == [second.id]
    await house.worker(films=False).run_once()
    assert [upload.key for upload in await house.open_uploads()] == [second.key]
    for step in (
        actions.sign_parts(house.services, bringing, first.id, [1], 60),
        actions.arrived(house.services, bringing, first.id),
        actions.complete(house.services, bringing, first.id),
    ):  # the window in which the first one ran learns of it
        with pytest.raises(NotFound, match="film"):
            await step
    await actions.break_off(house.services, bringing, second.id)
    await actions.break_off(house.services, bringing, second.id)
    await house.work_off()
    assert await house.open_uploads() == []
    assert await house.films(bringing) == []


async def test_two_windows_at_the_same_moment(any_films: FilmHouse) -> None:
    house, bringing = any_films, await any_films.bringing()
    begun = await asyncio.gather(*(actions.begin(house.services, bringing, OFFER) for _ in range(3)))
    assert len({film.id for film in begun}) == 1
    heimat = await house.bringing("heimat")
    both = (actions.begin(house.services, heimat, offer) for offer in (OFFER, OTHER))
    found = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(each).__name__ for each in found) == ["CardFilm", "Conflict"]
    await house.work_off()
    assert len(await house.open_uploads()) == 2


async def test_more_than_was_promised_is_thrown_away(any_films: FilmHouse) -> None:
    house, bringing = any_films, await any_films.bringing()
    async with house.services.db.work() as work:
        work.session.add(CardTerms(conference_id=bringing.conference_id, most_bytes=len(TWO_PARTS)))
    film = await actions.begin(house.services, bringing, OFFER)
    addresses = await actions.sign_parts(house.services, bringing, film.id, [1, 2], 60)
    assert await house.put(addresses[1], TWO_PARTS[:PART_SIZE]) == 200
    assert await house.put(addresses[2], b"x" * PART_SIZE) == 200  # an address does not limit what is put there
    refused = await actions.complete(house.services, bringing, film.id)
    assert (refused.state, refused.refusal) == (FilmState.REFUSED, "film_too_large")
    assert refused.facts == {"size": 2 * PART_SIZE, "limit": len(TWO_PARTS)}
    assert refused.key is None
    await house.work_off()
    assert await house.open_uploads() == []
    assert not [key for key in await house.keys() if key.startswith("incoming/")]
    assert await house.jobs(PREPARE) == []


async def test_what_the_store_has_finished_is_not_lost(any_films: FilmHouse) -> None:
    """The server died between the store's answer and its own database; and the store forgot an upload."""
    house, bringing = any_films, await any_films.bringing()
    film = await actions.begin(house.services, bringing, OFFER)
    await house.send(bringing, film, TWO_PARTS, [1, 2])
    assert film.key is not None
    assert film.upload_id is not None
    storage = house.services.storage
    await storage.complete_parts(film.key, film.upload_id, await storage.list_parts(film.key, film.upload_id))
    again = await actions.begin(house.services, bringing, OFFER)
    assert again.id == film.id
    assert (await actions.arrived(house.services, bringing, film.id)).there == [1, 2]
    assert (await actions.complete(house.services, bringing, film.id)).state is FilmState.WAITING

    other = await actions.begin(house.services, bringing, OTHER)
    assert other.key is not None
    assert other.upload_id is not None
    await storage.abort_parts(other.key, other.upload_id)
    with pytest.raises(Conflict, match="film_gone"):
        await actions.arrived(house.services, bringing, other.id)
    fresh = await actions.begin(house.services, bringing, OTHER)
    assert fresh.id != other.id
    assert {each.id for each in await house.films(bringing)} == {film.id, fresh.id}


async def test_limits_are_checked_first(films: FilmHouse) -> None:
    for offer, code in (
        (Offer("film.pdf", 10, "application/pdf"), "film_type"),
        (Offer("film.mp4", 10, "application/pdf"), "film_type"),
        (Offer("film", 10, ""), "film_type"),
        (Offer("film.mp4", 0, "video/mp4"), "film_empty"),
        (Offer("film.mp4", -5, "video/mp4"), "film_empty"),
        (Offer("film.mp4", 500_000_001, "video/mp4"), "film_too_large"),
    ):
        with pytest.raises(Invalid) as refused:
            await actions.begin(films.services, await films.bringing(), offer)
        assert refused.value.code == code
    assert await films.card(await films.bringing()) is None
    assert await films.open_uploads() == []


async def test_the_hint_of_a_browser_is_only_a_hint(films: FilmHouse) -> None:
    for kind in ("", "video/mp4; codecs=avc1", "video/x-matroska", "application/octet-stream"):
        film = await actions.begin(films.services, await films.bringing(), Offer("C:\\Filme\\A\x00\u202eb.MKV", 5, kind))
        assert film.name == "A b.MKV"


async def test_the_deadline_is_the_owners(films: FilmHouse) -> None:
    bringing = await films.bringing()
    async with films.services.db.work() as work:
        work.session.add(CardTerms(conference_id=bringing.conference_id, until=films.services.clock.now() + timedelta(hours=1)))
    film = await actions.begin(films.services, bringing, OFFER)
    films.house.clock.advance(hours=2)
    with pytest.raises(Conflict, match="film_deadline"):
        await actions.begin(films.services, bringing, OTHER, replace=True)
    await films.send(bringing, film, TWO_PARTS, [1, 2])  # what had begun may arrive
    assert (await actions.complete(films.services, bringing, film.id)).state is FilmState.WAITING
    await actions.begin(films.services, await films.bringing(organiser=True), OTHER)


async def test_whose_film_it_is(films: FilmHouse) -> None:
    film = await actions.begin(films.services, await films.bringing(), OFFER)
    other = await films.bringing("heimat")
    for step in (
        actions.sign_parts(films.services, other, film.id, [1], 60),
        actions.arrived(films.services, other, film.id),
        actions.complete(films.services, other, film.id),
        actions.break_off(films.services, other, film.id),
        actions.try_again(films.services, other, film.id),
    ):
        with pytest.raises(NotFound, match="film"):
            await step


async def test_addresses_are_for_parts_that_there_are_and_not_for_afterwards(films: FilmHouse) -> None:
    bringing = await films.bringing()
    film = await actions.begin(films.services, bringing, OFFER)
    for numbers in ([0], [3], [1] * 13):
        with pytest.raises(Invalid, match="film_parts"):
            await actions.sign_parts(films.services, bringing, film.id, numbers, 60)
    with pytest.raises(OutsideWindow):
        await actions.sign_parts(films.services, bringing, film.id, [1], 0)
    [address] = (await actions.sign_parts(films.services, bringing, film.id, [2], 60)).values()
    films.house.clock.advance(seconds=61)
    assert await films.put(address, b"the rest") == 403


async def test_whoever_withdrew_a_card_may_begin_anew_by_hand(films: FilmHouse) -> None:
    bringing = await films.bringing()
    film = await actions.begin(films.services, bringing, OFFER)
    async with films.services.db.work() as work:
        await withdraw_card(films.services, work, film.card_id, by=None)
    again = await actions.begin(films.services, bringing, OFFER)
    assert (again.card_id, again.id != film.id) == (film.card_id, True)
    async with films.services.db.read() as db:
        card = await card_by_id(db, again.card_id)
    assert (card.state, card.words) == (CardState.BEGUN, {})
    await films.work_off()
    assert len(await films.open_uploads()) == 1
