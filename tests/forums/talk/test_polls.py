"""Polls: drafting, one changeable ballot each, counts only after one's own, closing that forgets what each chose."""

from __future__ import annotations

from typing import Any

import pytest

from conference.base.ids import RandomIds
from conference.forums.talk import store
from conference.people.model import Role
from tests.forums.house import House
from tests.forums.talk.reading import Reader
from tests.forums.talk.test_questions import again, came

OPTIONS = ["Montag", "Dienstag", "Mittwoch"]


async def drafts(mo: Reader, multiple: bool = False, opened: bool = True) -> str:
    client = RandomIds().new()
    answer = await mo.browser.ask("poll.draft", question="Wann passt es?", options=OPTIONS, multiple=multiple, client=client)
    if opened:
        await mo.browser.ask("poll.set", poll=answer["poll"], state="open")
    return str(answer["poll"])


async def test_a_poll_from_draft_to_result(rooms_on_both: House) -> None:
    rooms = rooms_on_both
    mo, anna, jo = await came(rooms, "mo", Role.MODERATOR), await came(rooms, "anna"), await came(rooms, "jo")
    poll = await drafts(mo, opened=False)
    assert (await mo.until(lambda page: page.seen("polls").get(poll)))["state"] == "draft"
    assert await anna.browser.refusal("poll.vote", poll=poll, choices=[0]) == "poll"
    await mo.browser.ask("poll.set", poll=poll, state="open")
    seen = await jo.until(lambda page: page.seen("polls").get(poll))
    assert (seen["options"], seen["counts"], seen["voters"]) == (OPTIONS, None, 0)
    assert not any(one["state"] == "draft" for frame in jo.browser.frames for one in frame.get("polls", []))

    await anna.browser.ask("poll.vote", poll=poll, choices=[1])
    await anna.until(lambda page: page.seen("polls")[poll]["counts"] == [0, 1, 0])
    await mo.until(lambda page: page.seen("polls")[poll]["counts"] == [0, 1, 0])
    await jo.until(lambda page: page.seen("polls")[poll]["voters"] == 1)
    assert jo.seen("polls")[poll]["counts"] is None

    await anna.browser.ask("poll.vote", poll=poll, choices=[2])
    await anna.until(lambda page: page.seen("polls")[poll]["counts"] == [0, 0, 1])
    back = Reader(await again(rooms, anna))
    assert (await back.open())["ballots"] == {poll: [2]}
    assert back.seen("polls")[poll]["counts"] == [0, 0, 1]

    await mo.browser.ask("poll.set", poll=poll, state="closed")
    await jo.until(lambda page: page.seen("polls")[poll]["counts"] == [0, 0, 1])
    assert await jo.browser.refusal("poll.vote", poll=poll, choices=[0]) == "poll_closed"


async def test_closing_forgets_what_each_chose(rooms_on_both: House) -> None:
    rooms = rooms_on_both
    mo, anna = await came(rooms, "mo", Role.MODERATOR), await came(rooms, "anna")
    poll = await drafts(mo)
    await anna.browser.ask("poll.vote", poll=poll, choices=[1])
    await mo.browser.ask("poll.set", poll=poll, state="closed")
    async with rooms.services.db.read() as session:
        assert [ballot.choices for ballot in await store.ballots_of(session, poll)] == [[]]
    late = await came(rooms, "late")
    assert (late.seen("polls")[poll]["counts"], late.opened["ballots"]) == ([0, 1, 0], {})


async def test_who_voted_is_told_to_nobody(rooms: House) -> None:
    mo, anna = await came(rooms, "mo", Role.MODERATOR), await came(rooms, "anna")
    poll = await drafts(mo)
    await anna.browser.ask("poll.vote", poll=poll, choices=[1])
    await mo.until(lambda page: page.seen("polls")[poll]["voters"] == 1)
    seat = (await anna.browser.enter())["you"]["seat"]
    assert seat not in str([frame["polls"] for frame in mo.browser.frames if frame["type"] == "talk.changes"])


async def test_several_choices_where_the_poll_allows_them(rooms: House) -> None:
    mo, anna = await came(rooms, "mo", Role.MODERATOR), await came(rooms, "anna")
    single, multiple = await drafts(mo), await drafts(mo, multiple=True)
    await anna.browser.ask("poll.vote", poll=multiple, choices=[2, 0])
    await anna.until(lambda page: page.seen("polls")[multiple]["counts"] == [1, 0, 1])
    assert anna.seen("polls")[multiple]["voters"] == 1
    assert await anna.browser.refusal("poll.vote", poll=single, choices=[0, 1]) == "poll_choice"


@pytest.mark.parametrize("choices", [None, 1, [], [3], [-1], ["0"], [True], [1.0], [0, 0], {"0": 1}])
async def test_what_is_no_ballot(rooms: House, choices: Any) -> None:
    mo, anna = await came(rooms, "mo", Role.MODERATOR), await came(rooms, "anna")
    poll = await drafts(mo, multiple=True)
    assert await anna.browser.refusal("poll.vote", poll=poll, choices=choices) == "poll_choice"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"question": ""}, "poll_question"),
        ({"question": "x" * 301}, "poll_question"),
        ({"options": ["Nur eine"]}, "poll_options"),
        ({"options": [str(n) for n in range(11)]}, "poll_options"),
        ({"options": ["Gleich", " Gleich "]}, "poll_options"),
        ({"options": ["Gut", ""]}, "poll_options"),
        ({"options": ["Gut", 5]}, "poll_options"),
        ({"options": "Gut, schlecht"}, "poll_options"),
    ],
)
async def test_what_is_no_poll(rooms: House, fields: dict[str, Any], code: str) -> None:
    mo = await came(rooms, "mo", Role.MODERATOR)
    assert await mo.browser.refusal("poll.draft", **{"question": "Wann?", "options": OPTIONS, "client": "c", **fields}) == code


async def test_a_second_try_finds_the_first_draft(rooms_on_both: House) -> None:
    rooms = rooms_on_both
    mo = await came(rooms, "mo", Role.MODERATOR)
    message = {"question": "Wann?", "options": OPTIONS, "multiple": False, "client": "c1"}
    first = await mo.browser.ask("poll.draft", **message)
    back = Reader(await again(rooms, mo))  # the answer was lost with the line
    assert await back.browser.ask("poll.draft", **message) == first
    assert await back.browser.ask("poll.draft", **{**message, "client": "c2"}) != first
    await back.open()
    assert len(back.seen("polls")) == 2
    assert await back.browser.refusal("poll.draft", **{**message, "client": ""}) == "field"
    stage = await came(rooms, "lea", Role.MODERATOR, "stage")
    assert await stage.browser.ask("poll.draft", **message) != first  # another room's names are its own


async def test_a_draft_is_discarded_and_nothing_goes_back(rooms: House) -> None:
    mo, max_ = await came(rooms, "mo", Role.MODERATOR), await came(rooms, "max", Role.ORGANISER)
    poll, opened = await drafts(mo, opened=False), await drafts(mo)
    await max_.until(lambda page: poll in page.seen("polls"))
    await mo.browser.ask("poll.set", poll=poll, state="discarded")
    await max_.until(lambda page: poll not in page.seen("polls"))
    for state in ("draft", "discarded", "nonsense"):
        assert await mo.browser.refusal("poll.set", poll=opened, state=state) == "poll_state"


async def test_only_moderators_lead_and_only_in_their_own_room(rooms: House) -> None:
    mo, anna = await came(rooms, "mo", Role.MODERATOR), await came(rooms, "anna")
    elsewhere = await came(rooms, "lea", Role.MODERATOR, "stage")
    here, there = await drafts(mo), await drafts(elsewhere)
    assert await anna.browser.refusal("poll.draft", question="Ich?", options=OPTIONS, client="c") == "moderators_only"
    assert await anna.browser.refusal("poll.set", poll=here, state="closed") == "moderators_only"
    for stranger in (there, "nothing"):
        assert await mo.browser.refusal("poll.set", poll=stranger, state="closed") == "poll"
        assert await anna.browser.refusal("poll.vote", poll=stranger, choices=[0]) == "poll"
    outside = rooms.browser(await rooms.person("kim"))
    for kind in ("poll.draft", "poll.set", "poll.vote"):
        assert await outside.refusal(kind, poll=here, state="closed", question="x", choices=[0]) == "not_in_room", kind
