"""What people do with questions, and what the moderation sets for the talk. Each is one unit of work that tells the room.

Who acts is named by session and seat, which the caller knows from the socket, never from a message.
"""

from __future__ import annotations

from conference.base.db import Work
from conference.base.errors import Conflict, Invalid, NotAllowed, TooMany
from conference.forums import store as rooms
from conference.forums.talk import rules, store
from conference.forums.talk.events import tell_changed
from conference.forums.talk.model import Question, QuestionState, Talk, Upvote
from conference.people.model import Role
from conference.web.services import Services

QUESTIONS_OF_A_SEAT = 30
QUESTIONS_PER_MINUTE = 4
VOTES_PER_MINUTE = 60


async def set_talk(services: Services, session_id: str, by: str, approval: bool | None, keeps_chat: bool | None) -> None:
    """Say whether questions wait for approval (moderators), and whether the chat outlives the session (organisers).

    None: as before. Raises NotAllowed; Conflict in a plenary, where questions always wait.
    """
    async with services.db.work() as work:
        seated = await rooms.moderating(work.session, session_id, by)
        talk = await store.talk_for_change(work, session_id)
        if keeps_chat is not None and keeps_chat != talk.keeps_chat:
            if seated.role is not Role.ORGANISER:
                raise NotAllowed("organisers_only")
            talk.keeps_chat = keeps_chat
        if approval is not None:
            if not approval and (await rooms.room_of(work.session, session_id)).is_plenary:
                raise Conflict("plenary_approval")
            talk.approval = approval
        changed(services, work, talk)


async def ask_question(services: Services, session_id: str, seat_id: str, text: object, client: str, unnamed: bool) -> Question:
    """Ask, once: the same `client` again finds the question that is there. Raises Invalid, NotAllowed, TooMany."""
    cleaned = rules.clean(text, rules.QUESTION_LENGTH)
    if cleaned is None:
        raise Invalid("question_text", longest=rules.QUESTION_LENGTH)
    async with services.db.work() as work:
        await rooms.acting(work.session, session_id, seat_id)
        talk = await store.talk_for_change(work, session_id)
        known = await store.question_by_client(work.session, seat_id, client)
        if known is not None:
            return known
        services.limits.check("question", seat_id, per_minute=QUESTIONS_PER_MINUTE)
        if await store.questions_of_seat(work.session, seat_id) >= QUESTIONS_OF_A_SEAT:
            raise TooMany("questions", most=QUESTIONS_OF_A_SEAT)
        room = await rooms.room_of(work.session, session_id)
        waits = rules.needs_approval(room.floor, talk.approval)
        question = Question(
            id=services.ids.new(), session_id=session_id, seat_id=seat_id, client=client, text=cleaned, unnamed=unnamed,
            state=QuestionState.PENDING if waits else QuestionState.APPROVED, shown=not waits, asked=work.now,
            change=talk.changes,
        )  # fmt: skip
        work.session.add(question)
        changed(services, work, talk)
        return question


async def vote(services: Services, session_id: str, seat_id: str, question_id: str, up: bool) -> int:
    """Upvote a question, or take it back; the number of votes.

    Raises NotFound (also for what this seat may not see), NotAllowed, Conflict for what is answered.
    """
    services.limits.check("vote", seat_id, per_minute=VOTES_PER_MINUTE, burst=20)
    async with services.db.work() as work:
        await rooms.acting(work.session, session_id, seat_id)
        talk = await store.talk_for_change(work, session_id)
        question = await store.question_for_voting(work.session, session_id, question_id)
        if question.state is QuestionState.ANSWERED:
            raise Conflict("question_answered")
        given = await work.session.get(Upvote, (question_id, seat_id))
        if up and given is None:
            work.session.add(Upvote(question_id=question_id, seat_id=seat_id))
        elif not up and given is not None:
            await work.session.delete(given)
        await work.session.flush()
        question.votes = await store.votes_for(work.session, question_id)
        _write(services, work, talk, question)
        return question.votes


async def judge(services: Services, session_id: str, by: str, question_id: str, state: QuestionState, reason: object) -> None:
    """Approve, pin, mark as answered, or decline with a reason to the author. Raises NotAllowed, NotFound, Conflict, Invalid."""
    said = "" if reason is None or reason == "" else rules.clean(reason, rules.REASON_LENGTH)
    if said is None:
        raise Invalid("reason_text", longest=rules.REASON_LENGTH)
    async with services.db.work() as work:
        await rooms.moderating(work.session, session_id, by)
        talk = await store.talk_for_change(work, session_id)
        question = await store.question_in(work.session, session_id, question_id)
        if question.state is state:
            return
        if not rules.may_become(question.state, state):
            raise Conflict("question_state")
        question.state = state
        question.reason = said if state is QuestionState.DECLINED else ""
        question.shown = question.shown or state in rules.PUBLIC
        if talk.projected == question_id and state not in (QuestionState.APPROVED, QuestionState.PINNED):
            talk.projected = None
        _write(services, work, talk, question)


async def project(services: Services, session_id: str, by: str, question_id: str | None) -> None:
    """Put one question on everybody's stage, or (None) take it away. Raises NotAllowed, NotFound, Conflict."""
    async with services.db.work() as work:
        await rooms.moderating(work.session, session_id, by)
        talk = await store.talk_for_change(work, session_id)
        if question_id is not None:
            question = await store.question_in(work.session, session_id, question_id)
            if question.state not in rules.PUBLIC:
                raise Conflict("question_hidden")
        talk.projected = question_id
        changed(services, work, talk)


def state_named(name: object) -> QuestionState:
    """Raises Invalid for what is no state."""
    try:
        return QuestionState(str(name))
    except ValueError:
        raise Invalid("question_state", allowed=[state.value for state in QuestionState]) from None


def _write(services: Services, work: Work, talk: Talk, question: Question) -> None:
    question.change = talk.changes
    work.session.add(question)
    changed(services, work, talk)


def changed(services: Services, work: Work, talk: Talk) -> None:
    """Let the room know, with the transaction."""
    tell_changed(services.outbox, work, talk)
