"""A sheet is worked at in the same way on SQLite and on PostgreSQL, also by two at the same moment."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import text

from conference.access.model import State
from conference.people.model import Role
from conference.results.collecting import actions as collecting
from conference.results.model import Decision
from conference.results.sheets import review
from conference.results.sheets.acting import act
from conference.results.sheets.purge import forget_purged_sheet_work
from tests.results.house import House, house_at
from tests.results.sheets.test_review import REVIEW, stands
from tests.results.sheets.writing import lines, person, post, sheet, typed
from tests.services import Postgres

WAITING = text("select count(*) from pg_locks where not granted")
ADDRESSES = ("", "/review", "/history", "/preview", "/export.md")


async def test_writing_review_history_and_purge(database_url: str, tmp_path: Path) -> None:
    async with house_at(tmp_path, database_url=database_url) as house:
        services, conference, session = house.services, house.conference, await house.session("forum-1")
        mona = await person(house, "Mona", [(Role.MODERATOR, "forum-1")])
        first = (await sheet(house)).changes
        line = (await lines(house))[0]
        # Eight at the same moment, each in another place: nothing is lost and each change has its number.
        saved = await asyncio.gather(
            typed(house, "summary.de", "Kurz", by=mona), typed(house, "summary.en", "Short"), typed(house, "initiatives", "7"),
            typed(house, "expected", "2021-05-12"), typed(house, f"line.{line.id}.de", "Neu", line.text["de"], by=mona),
            *(typed(house, f"line.{line.id}.en", "One calendar", "One calendar") for _ in range(3)),
        )  # fmt: skip
        assert [one.result for one in saved] == ["saved"] * 5 + ["same"] * 3
        assert (await sheet(house)).changes == first + 5
        assert (await lines(house))[0].text == {"de": "Neu", "en": "One calendar"}
        amt = await review.name_approver(services, conference, session, "Amt", "amt@example.org", by=mona)
        await review.ask_review(services, conference, session, by=mona)
        await review.decide(services, conference, session, amt.id, Decision.APPROVED, first + 5, "Gut so")
        assert {name: stand.value for name, stand in (await stands(house)).items()} == {"Amt": "approved"}
        assert (await post(house, REVIEW, "Mona", {"do": "comment", "line": line.id, "text": "Genauer"})).status_code == 303
        for address in ADDRESSES:
            assert (await house.get(f"/sessions/forum-1/sheet{address}", "Mona")).status_code == 200, address
        await nothing_there_is_refused(house, line.id)
        house.at(State.PURGED)
        assert await forget_purged_sheet_work(services) > 5


async def nothing_there_is_refused(house: House, line: str) -> None:
    """What no page of ours sends: PostgreSQL has no NUL in its texts, and a number has an end."""
    sheet_page = REVIEW.removesuffix("/review")
    for do in ("star:a\0b", "to:a\0b:x", f"to:a\0b:{line}", "remove:\0", f"undo:{'9' * 5000}"):
        assert (await post(house, sheet_page, "Mona", {"do": do})).status_code == 422, do
    assert (await post(house, sheet_page, "Mona", {"do": "merge", "chosen": "a\0b"})).status_code == 422
    assert (await post(house, sheet_page, "Mona", {"do": "add:ideas", "new.ideas": "x", "client": "\0"})).status_code == 422
    for field in ("line.a\0.de", f"line.{'x' * 41}.de", "line.ä.de"):
        sent = {"changes": [{"field": field, "text": "", "base": ""}]}
        assert (await post(house, f"{sheet_page}/save", "Mona", json=sent)).status_code == 422


async def test_what_is_corrected_meanwhile_stays_in_a_merge(postgres: Postgres, tmp_path: Path) -> None:
    """Only there two works are open at once. Each act that reads lines waits for the one that writes them."""
    async with house_at(tmp_path, database_url=postgres.create()) as house:
        session = await house.session("forum-1")
        mona = await person(house, "Mona", [(Role.MODERATOR, "forum-1")])
        first, second = await lines(house)
        async with house.services.db.work() as work:
            await collecting.change_text(house.services, work, session, first.id, {"de": "Berichtigt"}, by=mona)
            merging = asyncio.create_task(
                act(house.services, session, "merge", {}, [first.id, second.id], by=mona, language="de")
            )  # fmt: skip
            async with asyncio.timeout(5):
                while not (await work.session.exec(WAITING)).one()[0]:  # type: ignore[call-overload]
                    await asyncio.sleep(0.01)
        await merging
        assert "Berichtigt" in (await lines(house))[0].text["de"]
