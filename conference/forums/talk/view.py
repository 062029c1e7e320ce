"""What each reader may know of the talk, as it travels to browsers. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conference.base.words import say
from conference.forums.talk import rules
from conference.forums.talk.model import Announcement, Poll, PollState, Taken, Talk
from conference.forums.talk.store import Asked, News, Said
from conference.program.model import Floor


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads. Readers that are equal for some news get the same bytes: see `words_for`."""

    seat: str
    moderates: bool


def key_of(news: News, reader: Reader) -> tuple[object, ...]:
    """What the words for a reader depend on: equal keys, equal words."""
    if not news.questions and not news.voters:
        return (reader.moderates,)
    own = tuple(asked.question.id for asked in news.questions if asked.question.seat_id == reader.seat)
    voted = tuple(poll for poll, seats in news.voters.items() if reader.seat in seats)
    return reader.moderates, own, voted


def words_for(news: News, floor: Floor, reader: Reader) -> dict[str, Any]:
    """The news as this reader may know them."""
    questions = [question_for(asked, reader) for asked in news.questions]
    polls = [poll_for(poll, reader.seat in news.voters.get(poll.id, ()), reader) for poll in news.polls]
    return {
        "last": news.talk.changes,
        "polls": [poll for poll in polls if poll is not None],
        "questions": [question for question in questions if question is not None],
        "lines": [line_for(said) for said in news.lines],
        **settings_of(news.talk, floor),
    }


def without(words: dict[str, Any], gone: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """The same, and that these (questions, lines: id -> change) are there no more."""
    more = {name: [{"id": id_, "change": change, "gone": True} for id_, change in ids.items()] for name, ids in gone.items()}
    return words | {name: [*words[name], *told] for name, told in more.items()}


def announcements_for(rows: Sequence[Announcement], language: str, session_id: str) -> dict[str, Any]:
    """What the desk has announced to this room, or to all, oldest first."""
    own = [row for row in rows if row.session_id in (None, session_id)]
    told = [{"id": row.id, "text": say(row.text, language), "at": row.at.isoformat()} for row in own]
    return {"announcements": told}


def poll_for(poll: Poll, voted: bool, reader: Reader) -> dict[str, Any] | None:
    """None: not for this reader. Who voted is never told, only how many."""
    if poll.state not in rules.SHOWN_POLLS and not reader.moderates:
        return None
    shown = {"id": poll.id, "change": poll.change}
    if poll.state is PollState.DISCARDED:
        return {**shown, "gone": True}
    return {
        **shown,
        "number": poll.number,
        "question": poll.question,
        "options": poll.options,
        "multiple": poll.multiple,
        "state": poll.state.value,
        "voters": poll.voters,
        "counts": poll.counts if rules.may_see_counts(poll.state, voted, reader.moderates) else None,
    }


def line_for(said: Said) -> dict[str, Any]:
    """The same for all: whose it is, the page knows by the seat. What the author took back is gone, the moderation leaves a
    trace."""
    line = said.line
    shown = {"id": line.id, "change": line.change, "number": line.number}
    if line.taken is Taken.AUTHOR:
        return {**shown, "gone": True}
    return {
        **shown,
        "seat": line.seat_id,
        "name": said.name,
        "text": line.text,
        "reply_to": line.reply_to,
        "at": line.at.isoformat(),
        "taken": line.taken is Taken.MODERATION,
    }


def settings_of(talk: Talk, floor: Floor) -> dict[str, Any]:
    return {
        "projected": talk.projected,
        "approval": rules.needs_approval(floor, talk.approval),
        "keeps_chat": talk.keeps_chat,
    }


def question_for(asked: Asked, reader: Reader) -> dict[str, Any] | None:
    """None: this reader never saw it and may not; gone: was there for all, and is not any more."""
    question = asked.question
    own = question.seat_id == reader.seat
    if question.state not in rules.PUBLIC and not own and not reader.moderates:
        return {"id": question.id, "change": question.change, "gone": True} if question.shown else None
    return {
        "id": question.id,
        "change": question.change,
        "text": question.text,
        "name": asked.name,
        "unnamed": question.unnamed,
        "own": own,
        "state": question.state.value,
        "reason": question.reason if own or reader.moderates else "",
        "votes": question.votes,
        "asked": question.asked.isoformat(),
    }
