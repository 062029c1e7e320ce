"""Questions: asking, unnamed too; waiting for approval; votes; the moderation's decisions; the one on the stage."""

from __future__ import annotations

from typing import Any

import pytest

from conference.people.model import Role, RoleHeld
from tests.forums.house import Browser, House
from tests.forums.talk.reading import Reader


async def came(rooms: House, name: str, role: Role = Role.ATTENDEE, session: str = "forum", **more: Any) -> Reader:
    """Somebody in the room who has opened the talk."""
    browser, _ = await rooms.joined(name, role, session, **more)
    reader = Reader(browser)
    await reader.open()
    return reader


async def asks(reader: Reader, text: str, client: str = "c1", **more: Any) -> str:
    answer = await reader.browser.ask("question.ask", text=text, client=client, **more)
    return str(answer["question"])


async def again(rooms: House, reader: Reader, session: str = "forum") -> Browser:
    """Another socket of the same person, in the room."""
    fresh = rooms.browser(reader.browser.socket.viewer.visit.viewer.person)  # type: ignore[attr-defined]
    await fresh.enter(session)
    return fresh


async def test_in_a_discussion_a_question_is_there_for_all_at_once(rooms_on_both: House) -> None:
    rooms = rooms_on_both
    anna, jo = await came(rooms, "anna"), await came(rooms, "jo")
    assert anna.settings["approval"] is False
    question = await asks(anna, "  Wie  geht es weiter?\r\n\r\n\r\n\r\nUnd wann? ")
    seen = await jo.until(lambda page: page.seen("questions").get(question))
    assert seen["text"] == "Wie  geht es weiter?\n\nUnd wann?"
    assert (seen["name"], seen["own"], seen["state"], seen["votes"]) == ("Anna", False, "approved", 0)
    assert (await anna.until(lambda page: page.seen("questions").get(question)))["own"] is True


async def test_names_travel_by_consent_and_never_with_an_unnamed_question(rooms: House) -> None:
    mo, jo = await came(rooms, "mo", Role.MODERATOR), await came(rooms, "jo")
    shy = await came(rooms, "anna", shows_name=False)
    named = await came(rooms, "kim")
    first, second = await asks(shy, "Erste?"), await asks(named, "Zweite?", unnamed=True)
    for page in (mo, jo):
        await page.until(lambda page: page.seen("questions").keys() >= {first, second})
        assert [page.seen("questions")[one]["name"] for one in (first, second)] == [None, None]
        assert "Kim" not in str(page.browser.frames[-1]["questions"])  # its seat neither
    assert page.seen("questions")[second]["unnamed"] is True


async def test_on_a_stage_a_question_waits_and_only_its_author_and_the_moderation_see_it(rooms: House) -> None:
    mo, jo = await came(rooms, "mo", Role.MODERATOR, "stage"), await came(rooms, "jo", session="stage")
    anna = await came(rooms, "anna", session="stage")
    question = await asks(anna, "Darf ich?")
    assert (await mo.until(lambda page: page.seen("questions").get(question)))["state"] == "pending"
    assert (await anna.until(lambda page: page.seen("questions").get(question)))["state"] == "pending"
    late = await came(rooms, "late", session="stage")
    jo.read()
    assert jo.things["questions"] == late.things["questions"] == {}
    assert not any(frame.get("questions") for frame in jo.browser.frames)
    assert await jo.browser.refusal("question.vote", question=question, up=True) == "question"
    await mo.browser.ask("question.judge", question=question, state="approved")
    assert (await jo.until(lambda page: page.seen("questions").get(question)))["text"] == "Darf ich?"


async def test_a_declined_question_tells_its_author_why_and_nobody_else(rooms: House) -> None:
    mo, jo, anna = await came(rooms, "mo", Role.MODERATOR), await came(rooms, "jo"), await came(rooms, "anna")
    question = await asks(anna, "Wer zahlt das?")
    await jo.until(lambda page: page.seen("questions"))
    await mo.browser.ask("question.judge", question=question, state="declined", reason="Kommt in Forum 2")
    assert (await anna.until(lambda page: page.seen("questions")[question]["reason"])) == "Kommt in Forum 2"
    await jo.until(lambda page: not page.seen("questions"))
    assert "Forum 2" not in str(jo.browser.frames)
    back = Reader(await again(rooms, jo))
    await back.open()
    assert back.seen("questions") == {}


async def test_one_vote_each_that_can_be_taken_back(rooms_on_both: House) -> None:
    rooms = rooms_on_both
    anna, jo, kim = [await came(rooms, name) for name in ("anna", "jo", "kim")]
    question = await asks(anna, "Wie geht es weiter?")
    for _ in range(3):
        assert (await jo.browser.ask("question.vote", question=question, up=True))["votes"] == 1
    assert (await kim.browser.ask("question.vote", question=question, up=True))["votes"] == 2
    await anna.until(lambda page: page.seen("questions")[question]["votes"] == 2)
    assert (await jo.browser.ask("question.vote", question=question, up=False))["votes"] == 1
    assert (await jo.browser.ask("question.vote", question=question, up=False))["votes"] == 1
    assert (await Reader(await again(rooms, kim)).open())["votes"] == [question]
    assert (await Reader(await again(rooms, jo)).open())["votes"] == []


async def test_answered_questions_take_no_votes_and_leave_the_stage(rooms: House) -> None:
    mo, anna = await came(rooms, "mo", Role.MODERATOR), await came(rooms, "anna")
    question, other = await asks(anna, "Eins?"), await asks(anna, "Zwei?", "c2")
    await mo.browser.ask("question.judge", question=other, state="pinned")
    await mo.browser.ask("question.project", question=question)
    await anna.until(lambda page: page.settings["projected"] == question)
    await mo.browser.ask("question.project", question=other)
    await anna.until(lambda page: page.settings["projected"] == other)  # one at a time
    await mo.browser.ask("question.judge", question=other, state="answered")
    await anna.until(lambda page: page.settings["projected"] is None)
    assert await anna.browser.refusal("question.vote", question=other, up=True) == "question_answered"
    assert await mo.browser.refusal("question.judge", question=other, state="pending") == "question_state"


async def test_what_is_not_for_all_is_not_put_on_the_stage(rooms: House) -> None:
    mo, anna = await came(rooms, "mo", Role.MODERATOR, "stage"), await came(rooms, "anna", session="stage")
    question = await asks(anna, "Darf ich?")
    assert await mo.browser.refusal("question.project", question=question) == "question_hidden"
    await mo.browser.ask("question.judge", question=question, state="approved")
    await mo.browser.ask("question.project", question=question)
    await mo.browser.ask("question.judge", question=question, state="declined")
    await anna.until(lambda page: page.settings["projected"] is None)


async def test_the_moderation_says_whether_questions_wait(rooms: House) -> None:
    mo, anna = await came(rooms, "mo", Role.MODERATOR), await came(rooms, "anna")
    await mo.browser.ask("talk.set", approval=True)
    await anna.until(lambda page: page.settings["approval"])
    assert (await anna.browser.ask("question.ask", text="Wann?", client="a"))["state"] == "pending"
    await mo.browser.ask("talk.set", approval=False)
    assert (await anna.browser.ask("question.ask", text="Wo?", client="b"))["state"] == "approved"
    assert await mo.browser.refusal("talk.set", keeps_chat=True) == "organisers_only"
    assert await anna.browser.refusal("talk.set", approval=True) == "moderators_only"
    assert await mo.browser.refusal("talk.set", approval="yes") == "field"
    olga = await came(rooms, "olga", Role.ORGANISER)
    await olga.browser.ask("talk.set", keeps_chat=True)
    await anna.until(lambda page: page.settings["keeps_chat"])


async def test_the_same_question_sent_twice_is_one(rooms_on_both: House) -> None:
    anna = await came(rooms_on_both, "anna")
    assert await asks(anna, "Wann?", "x") == await asks(anna, "Wann?", "x")
    assert await asks(anna, "Wann?", "y") != await asks(anna, "Wann?", "x")


async def test_too_many_questions_are_refused_by_rate(rooms: House) -> None:
    anna = await came(rooms, "anna")
    for number in range(4):
        await asks(anna, "Noch eine?", str(number))
    assert await anna.browser.refusal("question.ask", text="Noch eine?", client="5") == "rate"
    assert await asks(anna, "Noch eine?", "3")  # a second try is no question
    rooms.clock.advance(seconds=20)
    await asks(anna, "Noch eine?", "5")


@pytest.mark.parametrize("text", [None, 5, "", "  \n ", "\u202e", "x" * 501, ["x"]])
async def test_what_is_no_question(rooms: House, text: Any) -> None:
    anna = await came(rooms, "anna")
    assert await anna.browser.refusal("question.ask", text=text, client="c") == "question_text"


async def test_what_was_missed_comes_once(rooms_on_both: House) -> None:
    rooms = rooms_on_both
    anna, jo = await came(rooms, "anna"), await came(rooms, "jo")
    first = await asks(anna, "Eins?", "1")
    await jo.until(lambda page: page.seen("questions"))
    await jo.browser.close()
    second = await asks(anna, "Zwei?", "2")
    await anna.browser.ask("question.vote", question=first, up=True)
    opened = await jo.back(await again(rooms, jo))
    assert (opened["whole"], {one["id"]: one["votes"] for one in opened["questions"]}) == (False, {first: 1, second: 0})
    assert (await jo.open())["questions"] == []
    third = await asks(anna, "Drei?", "3")
    await jo.until(lambda page: list(page.seen("questions")) == [first, second, third])


async def test_a_number_that_never_was_gets_everything(rooms: House) -> None:
    anna = await came(rooms, "anna")
    await asks(anna, "Eins?")
    anna.last = 999
    assert (await anna.open())["whole"] is True
    assert anna.texts() == ["Eins?"]
    assert await anna.browser.refusal("talk.open", last="1") == "field"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("question.judge", {"state": "approved"}),
        ("question.judge", {"state": "declined"}),
        ("question.project", {}),
    ],
)
async def test_only_moderators_decide_and_only_in_their_own_room(rooms: House, kind: str, fields: dict[str, Any]) -> None:
    anna, elsewhere = await came(rooms, "anna"), await came(rooms, "jo", session="stage")
    here, there = await asks(anna, "Hier?"), await asks(elsewhere, "Dort?")
    mo = await came(rooms, "mo", Role.MODERATOR)
    assert await anna.browser.refusal(kind, question=here, **fields) == "moderators_only"
    for stranger in (there, "nothing"):
        assert await mo.browser.refusal(kind, question=stranger, **fields) == "question"
    assert await mo.browser.refusal(kind, question=["x"], **fields) == "field"
    assert await elsewhere.browser.refusal("question.vote", question=here, up=True) == "question"


async def test_who_is_not_in_the_room_says_and_hears_nothing(rooms: House) -> None:
    mo, anna = await came(rooms, "mo", Role.MODERATOR), await came(rooms, "anna")
    outside = rooms.browser(await rooms.person("kim"))
    for kind in ("talk.open", "talk.set", "question.ask", "question.vote", "question.judge", "question.project"):
        fields = {"text": "x", "client": "c", "question": "q", "state": "approved"}
        assert await outside.refusal(kind, **fields) == "not_in_room", kind
    seat = (await anna.browser.enter())["you"]["seat"]
    await mo.browser.ask("room.remove", seat=seat)
    await anna.browser.hear_kind("room.removed")
    anna.browser.frames.clear()
    question = await asks(mo, "Sind alle da?")
    await mo.until(lambda page: page.seen("questions").get(question))
    assert anna.browser.frames == []
    assert await anna.browser.refusal("question.ask", text="Ich?", client="c") == "not_in_room"


async def test_a_moderator_of_another_session_sees_nothing_that_waits(rooms: House) -> None:
    anna = await came(rooms, "anna", session="stage")
    await asks(anna, "Darf ich?")
    person = await rooms.person("mo", Role.MODERATOR, session="forum")
    mo = rooms.browser(person)
    await mo.enter("stage")
    page = Reader(mo)
    await page.open()
    assert page.things["questions"] == {}


async def test_a_role_taken_away_holds_for_the_next_question(rooms: House) -> None:
    mo, anna = await came(rooms, "mo", Role.MODERATOR, "stage"), await came(rooms, "anna", session="stage")
    async with rooms.services.db.work() as work:
        await work.session.delete(await work.session.get(RoleHeld, "mo-moderator"))
    question = await asks(anna, "Darf ich?")
    await anna.until(lambda page: page.seen("questions").get(question))
    mo.read()
    assert mo.things["questions"] == {}
