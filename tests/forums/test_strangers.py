"""Every message type, sent without the right, with ids of strangers or with nonsense: refused, and nobody else is touched."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any, cast

import pytest
from sqlalchemy import text

from conference.base.db import metadata
from conference.base.errors import ConferenceError
from conference.doors.gate import SocketViewer
from conference.forums import store
from conference.people.model import Person, Role
from tests.forums.house import Browser, House
from tests.forums.message_cases import (
    ALL,
    CAPTIONERS,
    CASES,
    INTERPRETERS,
    MODERATORS,
    PLENARY_CASES,
    Scene,
    play,
    strangers_messages,
)

ODD = [None, True, 0, -1, 2.5, 2**53, "", "x" * 65, "x" * 20_000, "nobody", "\u202e", [], ["a"], [[]], {}, {"seat": "a"}]
RIGHTLESS = [Role.ATTENDEE, Role.INITIATIVE, Role.SPEAKER, Role.INTERPRETER, Role.CAPTIONER, Role.NOTE_TAKER, Role.APPROVER]
NOT_THE_ID = {"none", "rate", "not_in_room", "role", "internal", "moderators_only", "organisers_only"}


async def everything(rooms: House) -> dict[str, list[Any]]:
    """All rows of all tables but the outbox."""
    async with rooms.services.db.read() as reading:
        connection = await reading.connection()
        tables = [table.name for table in metadata.sorted_tables if table.name not in ("outbox", "job")]
        return {name: sorted(map(repr, await connection.execute(text(f'SELECT * FROM "{name}"')))) for name in tables}


async def scenes(rooms: House) -> tuple[Scene, dict[str, Scene]]:
    """The room `forum`, and others that have nothing to do with it."""
    own, near, far = await play(rooms, "forum"), await play(rooms, "round"), await play(rooms, "foreign", "c2")
    return own, {"near": near, "far": far}


async def captioner(rooms: House) -> Browser:
    return (await rooms.joined("writer", Role.CAPTIONER))[0]


async def test_every_message_type_has_a_case(rooms: House) -> None:
    assert set(rooms.live.handlers) == set(CASES) | set(PLENARY_CASES), "see message_cases.py"


async def test_each_case_is_right(rooms: House) -> None:
    own = await play(rooms, "forum")
    writer = await captioner(rooms)
    for kind, case in CASES.items():
        speaker = writer if case.who == CAPTIONERS else own.boss
        assert await speaker.refusal(kind, **own.message(case)) == "none", kind


async def test_ids_of_strangers_are_refused(rooms: House) -> None:
    own, others = await scenes(rooms)
    writer = await captioner(rooms)
    before = await everything(rooms)
    for kind, case in CASES.items():
        speaker = writer if case.who == CAPTIONERS else own.boss
        for field, place, message in strangers_messages(case, own, others):
            code = await speaker.refusal(kind, **message)
            if field in case.shrugs:
                assert code == "none", (kind, field, place)
            else:
                assert code not in NOT_THE_ID, (kind, field, place, code)
        assert await everything(rooms) == before, kind


@pytest.mark.parametrize("role", RIGHTLESS)
async def test_without_the_right_nothing_happens(rooms: House, role: Role) -> None:
    own = await play(rooms, "forum")
    actor, _ = await rooms.joined("actor", role)
    before = await everything(rooms)
    for kind, case in CASES.items():
        if case.who == ALL or (case.who, role) in ((CAPTIONERS, Role.CAPTIONER), (INTERPRETERS, Role.INTERPRETER)):
            continue
        if case.who == "presenters_only" and role is Role.SPEAKER:
            continue
        expected = {case.who}
        assert await actor.refusal(kind, **own.message(case)) in expected, kind
    assert await everything(rooms) == before


@pytest.mark.parametrize("who", ["outside", "signed out", "of another conference", "removed"])
async def test_who_is_not_inside_can_do_nothing(rooms: House, who: str) -> None:
    own = await play(rooms, "forum")
    if who == "signed out":
        actor = rooms.browser(None, frozenset())
    elif who == "removed":
        actor, seat = await rooms.joined("late")
        await own.boss.ask("room.remove", seat=seat)
        await actor.hear_kind("room.removed")
    else:
        conference = "c2" if who == "of another conference" else "c1"
        role = Role.MODERATOR if who == "outside" else Role.ORGANISER
        person = await rooms.person("late", role, conference_id=conference)
        actor = rooms.browser(person, frozenset({Role.ATTENDEE, Role.CAPTIONER}))
    before = await everything(rooms)
    for kind, case in CASES.items():
        if kind == "room.enter" and who in ("outside", "removed"):
            continue
        allowed = {"person_of_another_conference", "strangers_have_no_seat", "sign_in", "role"}
        assert await actor.refusal(kind, **own.message(case)) in {"not_in_room", *allowed}, kind
    assert await everything(rooms) == before


async def test_odd_fields_are_refused_in_peace(rooms: House) -> None:
    """Whatever stands in the fields: an error of ours, never a fault; and the other rooms stay as they are."""
    own, others = await scenes(rooms)
    writer = await captioner(rooms)
    dice = random.Random(4)
    before = await foreign_rows(rooms, others)
    for kind, case in CASES.items():
        speaker = writer if case.who == CAPTIONERS else own.boss
        for message in odd_messages(own.message(case), dice):
            try:
                await speaker.ask(kind, **message)
            except ConferenceError as error:
                assert error.code  # noqa: PT017
            if kind in ("room.leave", "room.enter"):
                await speaker.enter()
    assert await foreign_rows(rooms, others) == before


def odd_messages(right: dict[str, Any], dice: random.Random) -> list[dict[str, Any]]:
    """Each field in turn with each odd value, or left out, and some in which everything is odd."""
    messages = [{**right, name: odd} for name in right for odd in ODD]
    messages += [{other: value for other, value in right.items() if other != name} for name in right]
    return messages + [dict.fromkeys(right, dice.choice(ODD)) for _ in range(3)]


async def foreign_rows(rooms: House, others: dict[str, Scene]) -> list[str]:
    """The rows that name anything of the other rooms."""
    ids = {thing for scene in others.values() for thing in scene.things.values()}
    rows = [row for table in (await everything(rooms)).values() for row in table]
    return [row for row in rows if any(repr(thing) in row for thing in ids)]


async def test_a_role_taken_away_holds_within_a_second(rooms: House) -> None:
    own = await play(rooms, "forum")
    anna, seat = await rooms.joined("anna")
    await own.boss.ask("room.promote", seat=seat, on=True)
    await anna.hear(lambda frame: frame["type"] == "room.you" and frame["moderates"])
    anna.frames.clear()
    await own.boss.ask("room.promote", seat=seat, on=False)
    assert not rooms.node.last_grant("forum", seat).sources & {"microphone", "screen"}
    await anna.hear(lambda frame: frame["type"] == "room.you" and not frame["moderates"], within=5)
    for kind, case in CASES.items():
        if case.who == MODERATORS:
            assert await anna.refusal(kind, **own.message(case)) == MODERATORS, kind


async def test_who_has_not_shown_the_factor_that_is_asked_for_takes_no_seat(rooms: House) -> None:
    """From a seat an organiser moderates, and the seat does not know by which browser."""
    boss = rooms.browser(await rooms.person("boss", Role.ORGANISER), frozenset({Role.ATTENDEE}))
    viewer = cast(SocketViewer, boss.socket.viewer)
    boss.socket.viewer = replace(viewer, visit=replace(viewer.visit, viewer=replace(viewer.visit.viewer, unverified=True)))
    assert await boss.refusal("room.enter", session="forum") == "second_factor"
    async with rooms.services.db.read() as session:
        held = await store.role_in(session, "forum", viewer.visit.viewer)
        assert held is Role.ATTENDEE
        office = replace(
            viewer.visit.viewer, person=Person(id="office", name="Office", conference_id=None, created=rooms.clock.now())
        )
        assert await store.role_in(session, "forum", office) is Role.ORGANISER
        assert await store.role_in(session, "forum", replace(office, unverified=True)) is Role.ATTENDEE
