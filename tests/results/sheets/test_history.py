"""The history of a sheet says what happened, not each key that was pressed."""

from __future__ import annotations

import pytest

from conference.results.history import events_of, note
from conference.results.store import sheet_for_change
from tests.results.house import House


async def changed(house: House, before: str, after: str, by: str | None = None, about: str = "summary") -> None:
    session = await house.session("forum-1")
    async with house.services.db.work() as work:
        sheet = await sheet_for_change(work, session)
        await note(work, house.services.ids, sheet, "field_changed", by, about=about, before=before, after=after)


async def lines(house: House) -> list[tuple[str, str]]:
    session = await house.session("forum-1")
    async with house.services.db.read() as db:
        events = [event for event in await events_of(db, session.id) if event.what == "field_changed"]
    return [(event.facts["before"], event.facts["after"]) for event in events]


async def test_what_is_typed_in_one_go_is_one_line(house: House) -> None:
    for before, after in [("", "N"), ("N", "Nä"), ("Nä", "Nähe")]:
        await changed(house, before, after)
    assert await lines(house) == [("", "Nähe")]
    house.clock.advance(minutes=11)
    await changed(house, "Nähe", "Nähe zählt")
    assert await lines(house) == [("Nähe", "Nähe zählt"), ("", "Nähe")]


async def test_what_is_taken_back_at_once_has_not_happened(house: House) -> None:
    await changed(house, "eins", "zwei")
    await changed(house, "zwei", "eins")
    assert await lines(house) == []


async def test_another_thing_is_another_line(house: House) -> None:
    await changed(house, "a", "b")
    await changed(house, "c", "d", about="people")
    await changed(house, "b", "e")
    assert sorted(await lines(house)) == [("a", "e"), ("c", "d")]


async def test_an_unknown_word_is_our_bug(house: House) -> None:
    session = await house.session("forum-1")
    async with house.services.db.work() as work:
        sheet = await sheet_for_change(work, session)
        with pytest.raises(ValueError, match="invented"):
            await note(work, house.services.ids, sheet, "invented", None)
