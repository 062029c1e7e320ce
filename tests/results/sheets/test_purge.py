"""After the purge nobody finds out who worked at a sheet; what it says is still there."""

from __future__ import annotations

from sqlmodel import SQLModel, func, select

from conference.access.model import State
from conference.people.model import Role
from conference.results.collecting import actions as collecting
from conference.results.model import Finding, SheetApproval, SheetComment, SheetEvent, SheetVersion
from conference.results.sheets import review
from conference.results.sheets.purge import forget_purged_sheet_work
from tests.results.house import House
from tests.results.sheets.writing import lines, person


async def count(house: House, table: type[SQLModel]) -> int:
    async with house.services.db.read() as db:
        return (await db.exec(select(func.count()).select_from(table))).one()


async def test_who_worked_at_a_sheet_is_forgotten(house: House) -> None:
    services, session = house.services, await house.session("forum-1")
    mona = await person(house, "Mona", [(Role.MODERATOR, "forum-1")])
    await review.name_person(services, house.conference, session, mona, by=mona)
    await review.comment(services, session, mona, "Gut so", (await lines(house))[0].id)
    async with services.db.work() as work:
        new = collecting.New("ideas", {"de": "Meins"}, client="c", person_id=mona, named=True)
        await collecting.add(services, work, session, new)
        await collecting.take_out(services, work, session, (await lines(house))[1].id, by=mona)
    assert await forget_purged_sheet_work(services) == 0
    house.at(State.PURGED)
    assert await forget_purged_sheet_work(services) > 3
    assert await forget_purged_sheet_work(services) == 0
    assert [await count(house, table) for table in (SheetEvent, SheetComment, SheetApproval)] == [0, 0, 0]
    left = await lines(house)
    assert [(one.text["de"], one.person_id, one.named, one.client) for one in left][-1] == ("Meins", None, False, None)
    async with services.db.read() as db:
        assert (await db.exec(select(Finding).where(Finding.gone.is_not(None)))).all() == []  # type: ignore[union-attr]
        assert {version.person_id for version in await db.exec(select(SheetVersion))} == {None}
