"""Every message type of a plenary, without the right, with ids of strangers or with nonsense: refused, and nobody is touched."""

from __future__ import annotations

import random

import pytest

from conference.base.errors import ConferenceError
from conference.people.model import Role
from conference.program.model import Billing, Kind
from tests.forums.house import House, session_row
from tests.forums.message_cases import PLENARY_CASES, Scene, strangers_messages
from tests.forums.plenary.cast import BEFORE, words
from tests.forums.test_strangers import everything, foreign_rows, odd_messages


async def play(rooms: House, session: str, conference: str = "c1") -> Scene:
    """An organiser and two speakers behind the curtain of a plenary, who are billed for it."""
    rooms.clock.jump_to(BEFORE)
    await rooms.add(session_row(session, conference=conference, kind=Kind.PLENARY))
    for place in range(2):
        name = f"{session}-{place}"
        billing = Billing(
            id=name, session_id=session, position=place, name=name, role="panel", title=words("A"), affiliation=words("B")
        )
        await rooms.add(billing)
    boss, _ = await rooms.joined(f"{session}-boss", Role.ORGANISER, session, conference_id=conference)
    await boss.ask("plenary.curtain", closed=True, text="", minutes=None)
    _, seat = await rooms.joined(f"{session}-seat", Role.SPEAKER, session, conference_id=conference)
    things = {"@seat": seat, "@greeting": f"{session}-0", "@before": f"{session}-1", "@question": session}
    return Scene(boss, things)


async def test_each_case_is_right_but_for_what_is_not_there(rooms: House) -> None:
    own = await play(rooms, "own")
    there_is_none = {"plenary.feed": "no_feed"}
    for kind, case in PLENARY_CASES.items():
        assert await own.boss.refusal(kind, **own.message(case)) == there_is_none.get(kind, "none"), kind


async def test_ids_of_strangers_are_refused(rooms: House) -> None:
    own, near, far = await play(rooms, "own"), await play(rooms, "near"), await play(rooms, "far", "c2")
    before = await everything(rooms)
    for kind, case in PLENARY_CASES.items():
        for field, place, message in strangers_messages(case, own, {"near": near, "far": far}):
            code = await own.boss.refusal(kind, **message)
            assert code in ("seat", "greeting", "not_behind"), (kind, field, place, code)
        assert await everything(rooms) == before, kind


@pytest.mark.parametrize("role", [Role.ATTENDEE, Role.SPEAKER, Role.INTERPRETER, Role.CAPTIONER])
async def test_without_the_right_nothing_happens(rooms: House, role: Role) -> None:
    own = await play(rooms, "own")
    actor, _ = await rooms.joined("actor", role, "own")
    before = await everything(rooms)
    for kind, case in PLENARY_CASES.items():
        if case.who == "stage_only" and role in (Role.SPEAKER, Role.INTERPRETER):
            continue
        assert await actor.refusal(kind, **own.message(case)) == case.who, kind
    assert await actor.refusal("plenary.place", seat=None, behind=False) == "moderators_only"
    assert await actor.refusal("plenary.place", behind=False) == "field"
    assert await everything(rooms) == before


async def test_elsewhere_than_in_a_plenary_there_is_none(rooms: House) -> None:
    own = await play(rooms, "own")
    boss, seat = await rooms.joined("boss", Role.ORGANISER)
    before = await everything(rooms)
    for kind, case in PLENARY_CASES.items():
        message = {**own.message(case), **({"seat": seat} if "seat" in case.fields else {})}
        assert await boss.refusal(kind, **message) == "no_plenary", kind
    assert await everything(rooms) == before
    assert (await boss.enter())["plenary"] is None


async def test_who_is_not_inside_can_do_nothing(rooms: House) -> None:
    own = await play(rooms, "own")
    actor = rooms.browser(await rooms.person("late", Role.ORGANISER), frozenset({Role.ORGANISER}))
    for kind, case in PLENARY_CASES.items():
        assert await actor.refusal(kind, **own.message(case)) == "not_in_room", kind


async def test_odd_fields_are_refused_in_peace(rooms: House) -> None:
    own, near = await play(rooms, "own"), await play(rooms, "near")
    dice = random.Random(7)
    before = await foreign_rows(rooms, {"near": near})
    for kind, case in PLENARY_CASES.items():
        for message in odd_messages(own.message(case), dice):
            try:
                await own.boss.ask(kind, **message)
            except ConferenceError as error:
                assert error.code  # noqa: PT017
    assert await foreign_rows(rooms, {"near": near}) == before
