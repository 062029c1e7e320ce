# ruff: noqa: E501  (tables are easier to read in one line)
"""Cards come in out of a file, again and again, and never leave anything behind."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select

from conference.base.errors import Conflict, Invalid, Unavailable
from conference.base.ids import RandomIds
from conference.cards.actions import NewFile, publish_card, store_card
from conference.cards.file import CardFacts
from conference.cards.model import Card, CardFile, CardState, FileRole
from conference.cards.store import card_of
from conference.cards.sweeping import wanted_objects
from conference.initiatives.model import Initiative, Participation
from conference.initiatives.store import initiative_in
from tests.results.house import House, conference_yaml, small_film

FACTS = CardFacts(video="cards/x.mp4", seconds=0.5, published=True)
FILM = NewFile(FileRole.RENDITION, small_film(140))


async def rows_of(house: House) -> list[str]:
    async with house.services.db.read() as db:
        found = [row for table in (Initiative, Participation, Card, CardFile) for row in await db.exec(select(table))]
    return sorted(repr(row.model_dump()) for row in found)


async def id_of(house: House, slug: str) -> str:
    async with house.services.db.read() as db:
        found = await initiative_in(db, house.conference.id, slug)
    assert found is not None
    return found.id


async def test_the_same_file_again_changes_nothing(any_house: House) -> None:
    before = await rows_of(any_house), await any_house.keys()
    any_house.clock.advance(hours=1)
    await any_house.again()
    assert (await rows_of(any_house), await any_house.keys()) == before


async def test_only_what_changed_is_stored_anew(any_house: House) -> None:
    before = set(await any_house.keys())
    (any_house.folder / "cards/heimat.mp4").write_bytes(small_film(200))
    await any_house.again()
    await any_house.work_off_jobs()
    after = set(await any_house.keys())
    assert len(before - after) == len(after - before) == 1
    address = (await any_house.get("/cards/heimat/media/video.mp4")).headers["location"]
    assert (await any_house.get("/" + address)).content == small_film(200)


async def test_an_initiative_that_left_the_file_takes_its_card_along(any_house: House) -> None:
    document = conference_yaml()
    document["initiatives"] = [
        {**document["initiatives"][1], "card": None}, {**document["initiatives"][2], "name": "Wendland neu", "land": "HH"}
    ]  # fmt: skip
    await any_house.again(document)
    await any_house.work_off_jobs()
    async with any_house.services.db.read() as db:
        assert await wanted_objects(db) == {}
    assert [key for key in await any_house.keys() if key.startswith("cards/")] == []
    text = (await any_house.get("/cards")).text
    assert "Wendland neu" in text
    assert "Hamburg" in text
    assert (await any_house.get("/cards/heimat")).status_code == 404
    await any_house.again(conference_yaml())
    assert (await any_house.get("/cards/heimat/media/video.mp4")).status_code == 302


async def test_a_card_needs_a_film(house: House) -> None:
    before = await rows_of(house), await house.keys()
    initiative = await id_of(house, "wendland")
    for files in (
        [],
        [NewFile(FileRole.POSTER, b"\xff\xd8\xff")],
        [NewFile(FileRole.RENDITION, b"<html>")],
        [FILM, NewFile(FileRole.CAPTIONS, b"no")],
    ):
        with pytest.raises(Invalid):
            await store_card(house.services, house.conference.id, initiative, FACTS, files)
    assert (await rows_of(house), await house.keys()) == before


async def test_a_store_that_fails_halfway_leaves_no_card(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    before, initiative = await rows_of(house), await id_of(house, "wendland")
    put, calls = house.services.storage.put, []

    async def failing(*args: Any, **options: Any) -> Any:
        calls.append(args)
        if len(calls) == 2:
            raise Unavailable("store")
        return await put(*args, **options)

    monkeypatch.setattr(house.services.storage, "put", failing)
    files = [FILM, NewFile(FileRole.CAPTIONS, b"WEBVTT\n\n00:00.000 --> 00:01.000\nx", language="de")]
    with pytest.raises(Unavailable):
        await store_card(house.services, house.conference.id, initiative, FACTS, files)
    assert await rows_of(house) == before


class WhereMade(RandomIds):
    """Remembers which thread asks for the names of objects: the one that reads the files."""

    def __init__(self) -> None:
        self.threads: set[int] = set()

    def secret(self) -> str:
        self.threads.add(threading.get_ident())
        return super().secret()


async def test_films_are_read_beside_the_event_loop(house: House) -> None:
    """The digest of some hundred megabytes would hold every room for a second."""
    ids = WhereMade()
    services = replace(house.services, ids=ids)
    await store_card(services, house.conference.id, await id_of(house, "wendland"), FACTS, [FILM])
    assert ids.threads
    assert threading.get_ident() not in ids.threads


async def test_a_failing_database_leaves_no_object(house: House) -> None:
    before, initiative = await house.keys(), await id_of(house, "wendland")
    broken = FACTS.model_copy(update={"words": object()})
    with pytest.raises(Exception, match="JSON serializable"):
        await store_card(house.services, house.conference.id, initiative, broken, [FILM])
    assert await house.keys() == before


@pytest.mark.parametrize("state", sorted(set(CardState) - {CardState.READY, CardState.PUBLISHED}))
async def test_only_a_ready_card_is_published(house: House, state: CardState) -> None:
    initiative = await id_of(house, "werkbank")
    async with house.services.db.work() as work:
        card = await card_of(work.session, house.conference.id, initiative)
        assert card is not None
        card.state = state
        work.session.add(card)
    async with house.services.db.work() as work:
        with pytest.raises(Conflict):
            await publish_card(house.services, work, card.id, by=None)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda i: i[0].update(land="XX"), "initiatives[0].land: must be one of BB, BE, BW, BY, HB, HE, HH, MV, NI, NW, RP, SH, SL, SN, ST, TH"),
        (lambda i: i[1].update(slug="heimat"), "initiatives[1].slug: heimat is there twice"),
        (lambda i: i[0].pop("name"), "initiatives[0].name: is missing"),
        (lambda i: i[2].update(url="javascript:alert(1)"), "initiatives[2].url: must be a web address that begins with https://"),
        (lambda i: i[0]["card"].update(video="cards/../../secret.mp4"), "initiatives[0].card.video: must be the path of a file beside the conference file, such as results/forum-1.pdf"),
        (lambda i: i[0]["card"].update(seconds=0), "initiatives[0].card.seconds: must be more than 0"),
        (lambda i: i[0]["card"].update(seconds="long"), "initiatives[0].card.seconds: must be a number"),
        (lambda i: i[0]["card"]["captions"][1].update(language="de"), "initiatives[0].card.captions[1].language: de is there twice"),
        (lambda i: i[0]["card"]["captions"][1].update(language="Deutsch"), "initiatives[0].card.captions[1].language: must be the short name of a language, such as de"),
        (lambda i: i[0].update(card="film.mp4"), "initiatives[0].card: must have names and values"),
    ],
)  # fmt: skip
async def test_faults_are_told_in_plain_words(house: House, change: Callable[[list[dict[str, Any]]], object], fault: str) -> None:
    document, before = conference_yaml(), await rows_of(house)
    change(document["initiatives"])
    with pytest.raises(Invalid) as refused:
        await house.again(document)
    assert refused.value.facts["faults"] == [fault]
    assert await rows_of(house) == before
