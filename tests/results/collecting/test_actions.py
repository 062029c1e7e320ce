"""What people do with findings, on the real tables: nothing is lost, nothing doubled, everything can be taken back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlmodel import select

from conference.base.errors import ConferenceError, Conflict, Invalid, NotFound, TooMany
from conference.live.model import OutboxRow
from conference.people.actions import welcome_guest
from conference.program.model import Session
from conference.results.collecting import actions, rules
from conference.results.collecting.actions import Done, New
from conference.results.history import events_of
from conference.results.model import Finding
from conference.results.store import findings_of, sheet_of
from tests.results.collecting.at_findings import room_of_its_own
from tests.results.house import House, house_at

IDEA = New("ideas", {"de": "Ein Fahrplan für alle"}, client="1")


class Collector:
    """Acts in units of work of its own, as pages do."""

    def __init__(self, house: House, session: Session) -> None:
        self.house, self.session = house, session

    async def act(self, do: Callable[..., Awaitable[Done]], *what: Any, **more: Any) -> Done:
        async with self.house.services.db.work() as work:
            return await do(self.house.services, work, self.session, *what, **more)

    async def add(self, text: str, heading: str = "ideas", **more: Any) -> Finding:
        return (await self.act(actions.add, New(heading, {"de": text}, **more))).line

    async def texts(self) -> list[str]:
        return [line.text["de"] for line in await self.lines()]

    async def lines(self) -> list[Finding]:
        async with self.house.services.db.read() as db:
            return sorted(await findings_of(db, self.session.id), key=lambda line: (line.heading, *rules.order(line)))

    async def changes(self) -> int:
        async with self.house.services.db.read() as db:
            sheet = await sheet_of(db, self.session.id)
        return sheet.changes if sheet else 0

    async def told(self) -> list[int]:
        async with self.house.services.db.read() as db:
            rows = list(await db.exec(select(OutboxRow).order_by(OutboxRow.id)))  # type: ignore[arg-type]
        return [row.facts["change"] for row in rows if row.facts.get("session") == self.session.id]

    async def history(self) -> list[str]:
        async with self.house.services.db.read() as db:
            return [event.what for event in await events_of(db, self.session.id)]


@pytest_asyncio.fixture(scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with house_at(tmp_path_factory.mktemp("findings")) as house:
        yield house


@pytest.fixture
async def collector(shared: House) -> Collector:
    return Collector(shared, await room_of_its_own(shared))


async def test_a_second_try_finds_the_first(collector: Collector) -> None:
    tries = await asyncio.gather(*(collector.act(actions.add, IDEA) for _ in range(5)))
    assert len({done.line.id for done in tries}) == 1
    assert await collector.texts() == ["Ein Fahrplan für alle"]
    assert await collector.told() == [await collector.changes()]
    other = await collector.act(actions.add, replace(IDEA, client="2"))
    assert other.line.change == await collector.changes() == 2


async def test_nobody_ends_the_collecting_by_adding(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was taken out makes room; who only adds has a limit of their own, and those who edit have lines to themselves."""
    for name, most in (("MOST_FINDINGS", 3), ("MOST_OF_ONE", 2), ("MOST_EVER", 7), ("KEPT_FREE", 2)):
        monkeypatch.setattr(rules, name, most)
    async with collector.house.services.db.work() as work:
        people = [
            (
                await welcome_guest(work, collector.house.services.ids, collector.house.conference.id, collector.session.id, name)
            ).id
            for name in ("Anna", "Bela")
        ]

    async def refused(**more: Any) -> str | None:
        try:
            await collector.add("x", **more)
        except Conflict as error:
            return error.code
        return None

    anna, bela = ({"person_id": person, "edits": False} for person in people)
    assert [await refused(**anna) for _ in range(2)] == [None, None]
    first, second = await collector.lines()
    out = await collector.act(actions.take_out, first.id, by=None)
    assert await refused(**anna) == "findings_own"
    assert [await refused(**bela), await refused(), await refused()] == [None, None, "findings"]
    for again in ((actions.bring_back, first.id), (actions.undo, out.change)):
        with pytest.raises(Conflict):
            await collector.act(*again, by=None)
    await collector.act(actions.take_out, second.id, by=None)
    assert await refused() is None
    for line in (await collector.lines())[:2]:
        await collector.act(actions.take_out, line.id, by=None)
    assert await refused(**bela) == "findings_ever"
    assert [await refused(), await refused()] == [None, None]
    await collector.act(actions.take_out, (await collector.lines())[0].id, by=None)
    assert await refused() == "findings_ever"


async def test_what_cannot_be_is_refused_and_nothing_is_written(collector: Collector) -> None:
    line = await collector.add("Eins")
    refused: list[tuple[type[ConferenceError], Callable[..., Awaitable[Done]], tuple[Any, ...], dict[str, Any]]] = [
        (Invalid, actions.add, (New("ideas", {"de": " \u200b "}),), {}),
        (Invalid, actions.add, (New("ideas", {"fr": "Bonjour"}),), {}),
        (Invalid, actions.add, (New("ideas", {"de": "x" * 501}),), {}),
        (Invalid, actions.add, (New("elsewhere", {"de": "x"}),), {}),
        (Invalid, actions.change_text, (line.id, {"de": ""}), {"by": None}),
        (Invalid, actions.move, (line.id, "elsewhere", None), {"by": None}),
        (Invalid, actions.merge, (line.id, [line.id]), {"by": None}),
        (NotFound, actions.star, ("unknown", True), {"by": None}),
        (NotFound, actions.undo, (77,), {"by": None}),
    ]
    before = await collector.changes(), await collector.told()
    for kind, do, what, more in refused:
        with pytest.raises(kind):
            await collector.act(do, *what, **more)
    assert (await collector.changes(), await collector.told()) == before


async def test_two_who_change_the_same_line(collector: Collector) -> None:
    line = await collector.add("Ein Fahrplan")
    mine = await collector.act(actions.change_text, line.id, {"de": "Mein Fahrplan"}, by=None, seen=line.change)
    theirs = await collector.act(actions.change_text, line.id, {"de": "Ihr Fahrplan"}, by=None, seen=line.change)
    assert (mine.conflict, theirs.conflict) == (False, True)
    assert theirs.line.text == {"de": "Mein Fahrplan"}
    out = await collector.act(actions.take_out, line.id, by=None, seen=line.change)
    merged = await collector.act(
        actions.merge, line.id, [(await collector.add("Zweiter")).id], by=None, seen={line.id: line.change}
    )
    assert (out.conflict, merged.conflict) == (True, True)
    assert await collector.texts() == ["Mein Fahrplan", "Zweiter"]
    same = await collector.act(actions.change_text, line.id, {"de": "Mein  Fahrplan "}, by=None, seen=line.change)
    assert (same.conflict, same.change) == (False, 0)


async def test_at_most_five_key_findings(collector: Collector) -> None:
    lines = [await collector.add(str(number)) for number in range(6)]
    for line in lines[:5]:
        await collector.act(actions.star, line.id, True, by=None)
    with pytest.raises(TooMany):
        await collector.act(actions.star, lines[5].id, True, by=None)
    taken = await collector.act(actions.take_out, lines[0].id, by=None)
    await collector.act(actions.star, lines[5].id, True, by=None)
    with pytest.raises(TooMany):
        await collector.act(actions.undo, taken.change, by=None)
    assert [line.key for line in await collector.lines()] == [True] * 5


async def test_lines_move_and_others_keep_their_numbers(collector: Collector) -> None:
    first, second, third = [await collector.add(name) for name in ("a", "b", "c")]
    moved = await collector.act(actions.move, third.id, "ideas", first.id, by=None)
    assert await collector.texts() == ["a", "c", "b"]
    assert [line.change == moved.change for line in await collector.lines()] == [False, True, False]
    await collector.act(actions.move, third.id, "ideas", None, by=None)
    assert await collector.texts() == ["c", "a", "b"]
    await collector.act(actions.step, third.id, True, by=None)
    assert await collector.texts() == ["a", "c", "b"]
    await collector.act(actions.step, second.id, False, by=None)
    await collector.act(actions.step, second.id, False, by=None)
    at_end = await collector.act(actions.step, second.id, False, by=None)
    assert (await collector.texts(), at_end.change) == (["b", "a", "c"], 0)
    await collector.act(actions.move, first.id, "topics", None, by=None)
    assert [(line.heading, line.text["de"]) for line in await collector.lines()] == [
        ("ideas", "b"),
        ("ideas", "c"),
        ("topics", "a"),
    ]


async def test_lines_without_room_between_them_are_numbered_anew(collector: Collector) -> None:
    async with collector.house.services.db.work() as work:
        for number, name in enumerate("abcd"):
            work.session.add(
                Finding(id=name, session_id=collector.session.id, heading="ideas", text={"de": name}, position=number)
            )
    done = await collector.act(actions.move, "d", "ideas", "a", by=None)
    assert await collector.texts() == ["a", "d", "b", "c"]
    await collector.act(actions.undo, done.change, by=None)
    assert await collector.texts() == ["a", "b", "c", "d"]


async def test_several_become_one_and_are_parted_again(collector: Collector) -> None:
    first, second, third = [await collector.add(name) for name in ("Ein Plan.", "Ein Bus", "Ein Plan.")]
    await collector.act(actions.star, third.id, True, by=None)
    done = await collector.act(actions.merge, first.id, [second.id, third.id], by=None)
    assert (await collector.texts(), done.line.key) == (["Ein Plan; Ein Bus"], True)
    undone = await collector.act(actions.undo, done.change, by=None)
    assert await collector.texts() == ["Ein Plan.", "Ein Bus", "Ein Plan."]
    assert [line.key for line in await collector.lines()] == [False, False, True]
    await collector.act(actions.undo, undone.change, by=None)
    assert await collector.texts() == ["Ein Plan; Ein Bus"]
    with pytest.raises(NotFound):
        await collector.act(actions.change_text, second.id, {"de": "Ist fort"}, by=None)
    back = await collector.act(actions.bring_back, second.id, by=None)
    again = await collector.act(actions.bring_back, second.id, by=None)
    assert (back.line.merged, again.change, len(await collector.texts())) == (None, 0, 2)


async def test_every_act_can_be_undone_until_somebody_else_has_acted(collector: Collector) -> None:
    line = await collector.add("Eins")
    other = await collector.add("Zwei")
    acts: list[tuple[Callable[..., Awaitable[Done]], tuple[Any, ...]]] = [
        (actions.change_text, (line.id, {"de": "Drei"})),
        (actions.star, (line.id, True)),
        (actions.move, (line.id, "topics", None)),
        (actions.step, (line.id, True)),
        (actions.merge, (line.id, [other.id])),
        (actions.take_out, (line.id,)),
    ]
    before = [one.model_dump(exclude={"change", "changed"}) for one in await collector.lines()]
    for do, what in acts:
        done = await collector.act(do, *what, by=None)
        assert [one.model_dump(exclude={"change", "changed"}) for one in await collector.lines()] != before, do.__name__
        await collector.act(actions.undo, done.change, by=None)
        assert [one.model_dump(exclude={"change", "changed"}) for one in await collector.lines()] == before, do.__name__
    done = await collector.act(actions.star, line.id, True, by=None)
    await collector.act(actions.change_text, line.id, {"de": "Vier"}, by=None)
    with pytest.raises(Conflict):
        await collector.act(actions.undo, done.change, by=None)
    assert "line_starred" in await collector.history()


async def test_many_at_the_same_time(database_url: str, tmp_path: Path) -> None:
    """Each act has a number of its own, in the order of the commits, on either database."""
    async with house_at(tmp_path, database_url=database_url) as house:
        collector = Collector(house, await room_of_its_own(house))
        lines = await asyncio.gather(*(collector.add(str(number), client=str(number % 20)) for number in range(30)))
        assert len({line.id for line in lines}) == len(await collector.texts()) == 20
        stars = [collector.act(actions.star, line.id, True, by=None) for line in lines[:8]]
        done = await asyncio.gather(*stars, return_exceptions=True)
        assert sum(isinstance(one, TooMany) for one in done) == 3
        merged = await collector.act(actions.merge, lines[8].id, [line.id for line in lines[9:12]], by=None)
        await collector.act(actions.undo, merged.change, by=None)
        assert len(await collector.texts()) == 20
        told = await collector.told()
        assert told == sorted(set(told)) == list(range(1, 28))
