"""What each reader may know of the talk, as it travels to browsers. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conference.forums.talk import rules
from conference.forums.talk.model import Talk
from conference.forums.talk.store import Asked, News
from conference.program.model import Floor


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads. Readers that are equal for some news get the same bytes: see `words_for`."""

    seat: str
    moderates: bool


def key_of(news: News, reader: Reader) -> tuple[object, ...]:
    """What the words for a reader depend on: equal keys, equal words."""
    own = tuple(asked.question.id for asked in news.questions if asked.question.seat_id == reader.seat)
    return reader.moderates, own


def words_for(news: News, floor: Floor, reader: Reader) -> dict[str, Any]:
    """The news as this reader may know them."""
    questions = [question_for(asked, reader) for asked in news.questions]
    return {
        "last": news.talk.changes,
        "questions": [question for question in questions if question is not None],
        **settings_of(news.talk, floor),
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
