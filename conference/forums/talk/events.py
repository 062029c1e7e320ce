"""The live events of the talk. What changed, each web process looks up and tells its browsers in the words for each."""

from __future__ import annotations

from collections.abc import Iterable

from conference.base.db import Work
from conference.forums.events import session_topic
from conference.forums.talk.model import Talk
from conference.live.outbox import Outbox

TALK_CHANGED = "talk.changed"
TALK_GONE = "talk.gone"
ANNOUNCED = "announcement.changed"
A_ROW = 100  # ids in one row


def tell_changed(outbox: Outbox, work: Work, talk: Talk) -> None:
    """Something was said. No conference is named: no page that is kept shows anything of it."""
    topic = session_topic(talk.session_id)
    outbox.tell(work, topic, TALK_CHANGED, conference_id=None, session=talk.session_id, change=talk.changes)


def tell_gone(outbox: Outbox, work: Work, talk: Talk, questions: Iterable[str], lines: Iterable[str]) -> None:
    """These were deleted, with whoever said them: no row of theirs is left that could tell of it."""
    for name, ids in (("questions", list(questions)), ("lines", list(lines))):
        for begin in range(0, len(ids), A_ROW):
            facts = {name: " ".join(ids[begin : begin + A_ROW])}
            topic = session_topic(talk.session_id)
            outbox.tell(work, topic, TALK_GONE, conference_id=None, session=talk.session_id, change=talk.changes, **facts)


def tell_announced(outbox: Outbox, work: Work, conference_id: str) -> None:
    """The desk said something to all rooms, or took it back."""
    topic = f"conference:{conference_id}"
    outbox.tell(work, topic, ANNOUNCED, conference_id=None, conference=conference_id)
