"""After the day of deletion: what nobody agreed to keep is gone, rows and objects; what stays is the film that was shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlmodel import select

from conference.access.model import State
from conference.base.audit import AuditEntry
from conference.base.db import metadata
from conference.cards.actions import publish_card
from conference.cards.consent.actions import agree, take_back
from conference.cards.model import Card, CardPlays, CardTerms, ConsentKind, FilmState
from conference.cards.purge import forget_purged_cards
from conference.cards.reconcile import FRESH
from conference.cards.store import cards_in, films_of
from conference.cards.sweeping import wanted_objects
from conference.worker import COMPARE_EVERY, forget_old
from tests.cards.keeping import add_film, all_consents, card_named, work_off
from tests.results.house import House


async def acts(house: House) -> list[dict[str, object]]:
    async with house.services.db.read() as db:
        return [entry.facts for entry in await db.exec(select(AuditEntry).where(AuditEntry.act == "cards purged"))]


async def rows_of_cards(house: House) -> int:
    tables = [table for table in metadata.sorted_tables if table.name.startswith("card")]
    async with house.services.db.read() as db:
        return sum([len(list(await db.exec(select(table)))) for table in tables])  # type: ignore[call-overload, misc]


async def test_before_nothing_goes(house: House) -> None:
    before = await house.keys(), await rows_of_cards(house)
    for state in State:
        if state is not State.PURGED:
            house.at(state)
            assert await forget_purged_cards(house.services) == 0
            assert (await house.keys(), await rows_of_cards(house)) == before


async def test_what_nobody_agreed_to_keep_goes_wholly(any_house: House) -> None:
    house = any_house
    async with house.services.db.work() as work:
        work.session.add(CardTerms(conference_id=house.conference.id))
        await take_back(house.services, work, (await card_named(house, "heimat")).id, ConsentKind.REMAINS, by=None)
    await add_film(house, (await card_named(house, "werkbank")).id)
    house.at(State.PURGED)
    assert await forget_purged_cards(house.services) == 2
    await work_off(house)
    assert [key for key in await house.keys() if key.startswith(("cards/", "incoming/"))] == []
    assert await house.services.storage.list_open_parts() == []
    assert await rows_of_cards(house) == 0
    assert await acts(house) == [{"cards": 2, "films": 3, "kept": 0}]
    assert await forget_purged_cards(house.services) == 0
    assert len(await acts(house)) == 1


async def test_what_stays_is_the_film_the_words_and_the_proof(any_house: House) -> None:
    house = any_house
    card = await card_named(house, "heimat")
    async with house.services.db.read() as db:
        (shown,) = await films_of(db, card.id)
    await add_film(house, card.id, state=FilmState.WAITING)
    async with house.services.db.work() as work:
        work.session.add(CardPlays(card_id=card.id, day=work.now.date(), plays=1))
    house.at(State.PURGED)
    assert await forget_purged_cards(house.services) == 1
    assert await acts(house) == [{"cards": 1, "films": 2, "kept": 1}]
    await work_off(house)
    async with house.services.db.read() as db:
        assert [one.id for one in await cards_in(db, house.conference.id)] == [card.id]
        assert [film.id for film in await films_of(db, card.id)] == [shown.id]
        keys = sorted(await wanted_objects(db))
        assert (await db.exec(select(CardPlays))).all() == []
    assert [key for key in await house.keys() if key.startswith(("cards/", "incoming/"))] == keys
    assert len(keys) == 4
    kept = await card_named(house, "heimat")
    assert (kept.words, kept.remains) == (card.words, True)
    assert len(await all_consents(house, card.id)) == 4
    before = await rows_of_cards(house)
    assert await forget_purged_cards(house.services) == 0
    assert await rows_of_cards(house) == before


async def test_proof_stays_without_links_to_persons(house: House) -> None:
    card = await card_named(house, "werkbank")
    async with house.services.db.work() as work:
        person = (await work.session.exec(select(Card.initiative_id).where(Card.id == card.id))).one()
        assert person
        await agree(house.services, work, card.id, list(ConsentKind), name="Mara Beispiel", language="de", by=None)
        await publish_card(house.services, work, card.id, by=None)
    house.at(State.PURGED)
    await forget_purged_cards(house.services)
    consents = await all_consents(house, card.id)
    assert {(one.by, one.by_name) for one in consents} == {(None, "Mara Beispiel")}
    assert len(consents) == 6


async def test_the_worker_does_it(house: House) -> None:
    house.at(State.PURGED)
    await forget_old(house.services)
    assert len(await acts(house)) == 1


async def test_a_demo_forgets_nothing(house: House) -> None:
    house.at(State.PURGED)
    demo = replace(house.services, settings=house.services.settings.model_copy(update={"demo": True}))
    assert await forget_purged_cards(demo) == 0
    assert await acts(house) == []


def test_what_nobody_names_is_gone_within_the_hour() -> None:
    assert FRESH + timedelta(seconds=COMPARE_EVERY) < timedelta(hours=1)
