"""What somebody said in rooms goes when the person is deleted: lines, questions, votes. Open rooms are told at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import col, func, select

from conference.base.db import Work
from conference.forums.model import Seat
from conference.forums.talk import rules, store
from conference.forums.talk.events import tell_changed, tell_gone
from conference.forums.talk.model import Ballot, ChatLine, Poll, PollState, Question, Talk, Upvote
from conference.live.outbox import Outbox

SAID = (Question, ChatLine, Upvote, Ballot)


async def forget_said(work: Work, outbox: Outbox, seats: Collection[str]) -> None:
    """Delete what these seats said, asked and chose. Counts of closed polls stay: they lead to nobody."""
    spoken: set[str] = set()
    for table in SAID:
        query = select(Seat.session_id).join(table, col(table.seat_id) == Seat.id).where(col(Seat.id).in_(seats))
        spoken |= set(await work.session.exec(query.distinct()))
    for session_id in sorted(spoken):
        talk = await store.talk_for_change(work, session_id)
        talk.cleared = talk.changes  # who comes back later than this reads everything anew
        questions = await _forget_questions(work, talk, seats)
        lines = await _forget_lines(work, talk, seats)
        await _forget_votes(work, talk, seats)
        await _forget_ballots(work, talk, seats)
        tell_gone(outbox, work, talk, questions, lines)
        tell_changed(outbox, work, talk)


async def _forget_questions(work: Work, talk: Talk, seats: Collection[str]) -> Sequence[str]:
    query = select(Question.id).where(Question.session_id == talk.session_id, col(Question.seat_id).in_(seats))
    gone = list(await work.session.exec(query))
    if talk.projected in gone:
        talk.projected = None
    await _delete(work, Upvote, col(Upvote.question_id).in_(gone))
    await _delete(work, Question, col(Question.id).in_(gone))
    return gone


async def _forget_lines(work: Work, talk: Talk, seats: Collection[str]) -> Sequence[str]:
    query = select(ChatLine.id).where(ChatLine.session_id == talk.session_id, col(ChatLine.seat_id).in_(seats))
    gone = list(await work.session.exec(query))
    replies = update(ChatLine).where(col(ChatLine.session_id) == talk.session_id, col(ChatLine.reply_to).in_(gone))
    await work.session.exec(replies.values(reply_to=None))
    await _delete(work, ChatLine, col(ChatLine.id).in_(gone))
    return gone


async def _forget_votes(work: Work, talk: Talk, seats: Collection[str]) -> None:
    given = select(Upvote.question_id).where(col(Upvote.seat_id).in_(seats))
    query = select(Question).where(Question.session_id == talk.session_id, col(Question.id).in_(given))
    voted = list(await work.session.exec(query))
    await _delete(work, Upvote, col(Upvote.seat_id).in_(seats), col(Upvote.question_id).in_([each.id for each in voted]))
    for question in voted:
        count = select(func.count()).where(Upvote.question_id == question.id)
        question.votes, question.change = (await work.session.exec(count)).one(), talk.changes
        work.session.add(question)


async def _forget_ballots(work: Work, talk: Talk, seats: Collection[str]) -> None:
    cast = select(Ballot.poll_id).where(col(Ballot.seat_id).in_(seats))
    polls = list(await work.session.exec(select(Poll).where(Poll.session_id == talk.session_id, col(Poll.id).in_(cast))))
    await _delete(work, Ballot, col(Ballot.seat_id).in_(seats), col(Ballot.poll_id).in_([each.id for each in polls]))
    for poll in polls:
        if poll.state is PollState.OPEN:
            ballots = await store.ballots_of(work.session, poll.id)
            poll.counts, poll.voters = rules.tally((each.choices for each in ballots), len(poll.options)), len(ballots)
            poll.change = talk.changes
            work.session.add(poll)


async def _delete(work: Work, table: Any, *which: Any) -> None:
    await work.session.exec(delete(table).where(*which))
