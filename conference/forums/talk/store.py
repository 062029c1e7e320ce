"""Named queries of the talk, and their doors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.db import Work
from conference.base.errors import NotFound
from conference.forums import store as rooms
from conference.forums.model import Seat
from conference.forums.rules import MODERATING, may_moderate
from conference.forums.talk import rules
from conference.forums.talk.model import Announcement, Ballot, ChatLine, Poll, PollState, Question, Taken, Talk, Upvote
from conference.people.model import AccessToken, Person, RoleHeld
from conference.program.model import Session


@dataclass(frozen=True)
class Asked:
    """A question and the name that may be shown with it."""

    question: Question
    name: str | None


@dataclass(frozen=True)
class Said:
    """A chat line and the name that may be shown with it."""

    line: ChatLine
    name: str | None


@dataclass(frozen=True)
class News:
    """What of a session's talk is newer than some change. talk.changes: the newest change that is in it."""

    talk: Talk
    questions: list[Asked] = field(default_factory=list)
    lines: list[Said] = field(default_factory=list)
    polls: list[Poll] = field(default_factory=list)
    voters: dict[str, set[str]] = field(default_factory=dict)  # poll -> seats that have voted, of the open ones


async def talk_of(session: AsyncSession, session_id: str) -> Talk:
    """As it is; of a session in which nothing was said yet, an empty one that is not in the database."""
    return await session.get(Talk, session_id) or Talk(session_id=session_id)


async def talk_for_change(work: Work, session_id: str) -> Talk:
    """The talk with its next change's number in `changes`. Whoever else wants to change it waits until this work is done."""
    talk = await work.session.get(Talk, session_id, with_for_update=True)
    if talk is None:
        insert = (postgresql.insert if work.dialect == "postgresql" else sqlite.insert)(Talk)
        first = insert.values(session_id=session_id, changes=0, keeps_chat=False, cleared=0)
        await work.session.exec(first.on_conflict_do_nothing())
        talk = await work.session.get(Talk, session_id, with_for_update=True)
        assert talk is not None
    talk.changes += 1
    work.session.add(talk)
    return talk


async def news_since(session: AsyncSession, session_id: str, change: int) -> News:
    """Everything that changed after `change`. Read `talk` first: what is committed meanwhile is told again, never missed."""
    talk = await talk_of(session, session_id)
    questions = await questions_since(session, session_id, change)
    lines = await lines_since(session, session_id, change)
    polls = await polls_since(session, session_id, change)
    return News(talk, questions, lines, polls, await voters_of(session, polls))


async def everything(session: AsyncSession, session_id: str) -> News:
    """For who comes in: all questions and polls, the last lines of the chat."""
    talk = await talk_of(session, session_id)
    questions = await questions_since(session, session_id, 0)
    lines = await lines_before(session, session_id, None)
    polls = await polls_since(session, session_id, 0)
    return News(talk, questions, lines, polls, await voters_of(session, polls))


# -- questions -----------------------------------------------------------------------------------------------------------


async def questions_since(session: AsyncSession, session_id: str, change: int) -> list[Asked]:
    """Oldest first."""
    query = (
        select(Question, Person, AccessToken)
        .join(Seat, col(Seat.id) == Question.seat_id)
        .outerjoin(Person, col(Person.id) == Seat.person_id)
        .outerjoin(AccessToken, col(AccessToken.digest) == Seat.token)
        .where(Question.session_id == session_id, col(Question.change) > change)
        .order_by(col(Question.asked), col(Question.id))
    )
    rows = (await session.exec(query)).all()
    return [Asked(question, None if question.unnamed else shown_name(person, token)) for question, person, token in rows]


async def question_in(session: AsyncSession, session_id: str, question_id: str) -> Question:
    """Raises NotFound for questions of other sessions and for none."""
    found = await session.get(Question, question_id)
    if found is None or found.session_id != session_id:
        raise NotFound("question")
    return found


async def question_for_voting(session: AsyncSession, session_id: str, question_id: str) -> Question:
    """A question that all see. Raises NotFound for every other, so that nobody learns what waits for approval."""
    found = await question_in(session, session_id, question_id)
    if found.state not in rules.PUBLIC:
        raise NotFound("question")
    return found


async def question_by_client(session: AsyncSession, seat_id: str, client: str) -> Question | None:
    """What was asked from a seat under the page's own name for it."""
    return (await session.exec(select(Question).where(Question.seat_id == seat_id, Question.client == client))).first()


async def questions_of_seat(session: AsyncSession, seat_id: str) -> int:
    return (await session.exec(select(func.count()).where(Question.seat_id == seat_id))).one()


async def votes_for(session: AsyncSession, question_id: str) -> int:
    return (await session.exec(select(func.count()).where(Upvote.question_id == question_id))).one()


async def upvoted_by(session: AsyncSession, session_id: str, seat_id: str) -> list[str]:
    """The questions that a seat has upvoted."""
    query = (
        select(Upvote.question_id)
        .join(Question, col(Question.id) == Upvote.question_id)
        .where(Question.session_id == session_id, Upvote.seat_id == seat_id)
        .order_by(Upvote.question_id)
    )
    return list((await session.exec(query)).all())


# -- chat ------------------------------------------------------------------------------------------------------------------


def _lines(session_id: str) -> Any:
    return (
        select(ChatLine, Person, AccessToken)
        .join(Seat, col(Seat.id) == ChatLine.seat_id)
        .outerjoin(Person, col(Person.id) == Seat.person_id)
        .outerjoin(AccessToken, col(AccessToken.digest) == Seat.token)
        .where(ChatLine.session_id == session_id)
    )


async def _said(session: AsyncSession, query: Any) -> list[Said]:
    return [Said(line, shown_name(person, token)) for line, person, token in (await session.exec(query)).all()]


async def lines_since(session: AsyncSession, session_id: str, change: int) -> list[Said]:
    """Lines that are new or were taken back after `change`, in the order of the chat."""
    return await _said(session, _lines(session_id).where(col(ChatLine.change) > change).order_by(col(ChatLine.number)))


async def lines_before(session: AsyncSession, session_id: str, number: int | None) -> list[Said]:
    """The last `HISTORY` lines before a place (None: the end) that were not taken back by their authors, in order."""
    query = _lines(session_id).where(or_(col(ChatLine.taken).is_(None), ChatLine.taken != Taken.AUTHOR))
    if number is not None:
        query = query.where(col(ChatLine.number) < number)
    return (await _said(session, query.order_by(col(ChatLine.number).desc()).limit(rules.HISTORY)))[::-1]


async def all_lines(session: AsyncSession, session_id: str) -> list[Said]:
    """What is left of the chat, in order."""
    return await _said(session, _lines(session_id).where(col(ChatLine.taken).is_(None)).order_by(col(ChatLine.number)))


async def line_in(session: AsyncSession, session_id: str, line_id: str) -> ChatLine:
    """Raises NotFound for lines of other sessions and for none."""
    found = await session.get(ChatLine, line_id)
    if found is None or found.session_id != session_id:
        raise NotFound("line")
    return found


async def line_by_client(session: AsyncSession, seat_id: str, client: str) -> ChatLine | None:
    """What was said from a seat under the page's own name for it."""
    return (await session.exec(select(ChatLine).where(ChatLine.seat_id == seat_id, ChatLine.client == client))).first()


async def missed_lines(session: AsyncSession, session_id: str, change: int) -> int:
    """How many lines changed after `change`."""
    query = select(func.count()).where(ChatLine.session_id == session_id, col(ChatLine.change) > change)
    return (await session.exec(query)).one()


async def sessions_with_passing_chat(session: AsyncSession) -> list[str]:
    """Sessions that have a chat which nobody decided to keep."""
    spoken = select(ChatLine.session_id).distinct()
    query = select(Talk.session_id).where(col(Talk.keeps_chat).is_(False), col(Talk.session_id).in_(spoken))
    return list((await session.exec(query)).all())


async def delete_lines(session: AsyncSession, session_id: str) -> int:
    return int((await session.exec(delete(ChatLine).where(col(ChatLine.session_id) == session_id))).rowcount)


# -- polls -----------------------------------------------------------------------------------------------------------------


async def polls_since(session: AsyncSession, session_id: str, change: int) -> list[Poll]:
    """In the order in which they were written."""
    query = select(Poll).where(Poll.session_id == session_id, col(Poll.change) > change).order_by(col(Poll.number))
    return list((await session.exec(query)).all())


async def voters_of(session: AsyncSession, polls: Sequence[Poll]) -> dict[str, set[str]]:
    """Which seats have voted in the open ones of these polls."""
    voters: dict[str, set[str]] = {poll.id: set() for poll in polls if poll.state is PollState.OPEN}
    if voters:
        for ballot in await session.exec(select(Ballot).where(col(Ballot.poll_id).in_(voters))):
            voters[ballot.poll_id].add(ballot.seat_id)
    return voters


async def poll_by_client(session: AsyncSession, session_id: str, client: str) -> Poll | None:
    """What was drafted in a session under a page's own name for it."""
    return (await session.exec(select(Poll).where(Poll.session_id == session_id, Poll.client == client))).first()


async def poll_in(session: AsyncSession, session_id: str, poll_id: str) -> Poll:
    """Raises NotFound for polls of other sessions and for none."""
    found = await session.get(Poll, poll_id)
    if found is None or found.session_id != session_id:
        raise NotFound("poll")
    return found


async def poll_for_voting(session: AsyncSession, session_id: str, poll_id: str) -> Poll:
    """A poll that all see. Raises NotFound for every other, so that nobody learns what is being prepared."""
    found = await poll_in(session, session_id, poll_id)
    if found.state not in rules.SHOWN_POLLS:
        raise NotFound("poll")
    return found


async def ballots_of(session: AsyncSession, poll_id: str) -> list[Ballot]:
    return list((await session.exec(select(Ballot).where(Ballot.poll_id == poll_id))).all())


async def ballots_by(session: AsyncSession, session_id: str, seat_id: str) -> dict[str, list[int]]:
    """What a seat chose in the open polls."""
    query = (
        select(Ballot)
        .join(Poll, col(Poll.id) == Ballot.poll_id)
        .where(Poll.session_id == session_id, Poll.state == PollState.OPEN, Ballot.seat_id == seat_id)
    )
    return {ballot.poll_id: ballot.choices for ballot in (await session.exec(query)).all()}


async def forget_choices(session: AsyncSession, poll_id: str) -> None:
    """Keep who voted, and no longer what."""
    await session.exec(update(Ballot).where(col(Ballot.poll_id) == poll_id).values(choices=[]))


# -- announcements -----------------------------------------------------------------------------------------------------------


async def announcements_of(session: AsyncSession, conference_id: str) -> list[Announcement]:
    """Those that stand, oldest first."""
    query = select(Announcement).where(Announcement.conference_id == conference_id, col(Announcement.withdrawn).is_(None))
    return list((await session.exec(query.order_by(col(Announcement.at), col(Announcement.id)))).all())


async def session_ids_of(session: AsyncSession, conference_id: str) -> set[str]:
    return set((await session.exec(select(Session.id).where(Session.conference_id == conference_id))).all())


# -- people ----------------------------------------------------------------------------------------------------------------


def shown_name(person: Person | None, token: AccessToken | None) -> str | None:
    """The name that others may read: with the person's consent, or a token's label."""
    if person is None:
        return (token.label or None) if token is not None else None
    return person.name if person.shows_name else None


async def moderating_seats(session: AsyncSession, session_id: str) -> set[str]:
    """The seats of a room that moderate it, as of now."""
    here = or_(col(RoleHeld.session_id).is_(None), RoleHeld.session_id == session_id)
    moderating = select(RoleHeld.person_id).where(col(RoleHeld.role).in_(MODERATING), here)
    query = (
        select(Seat.id)
        .join(Person, col(Person.id) == Seat.person_id)
        .where(Seat.session_id == session_id, or_(col(Person.id).in_(moderating), col(Person.conference_id).is_(None)))
    )
    candidates = set((await session.exec(query)).all())
    if not candidates:
        return set()
    # The role somebody has in a room is the first of several; only the room itself knows that order.
    seated = await rooms.seated_in(session, session_id, *candidates)
    return {each.seat.id for each in seated if may_moderate(each.role)}
