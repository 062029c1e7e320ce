"""The live events of the talk. What changed, each web process looks up and tells its browsers in the words for each."""

from __future__ import annotations

from conference.base.db import Work
from conference.forums.events import session_topic
from conference.forums.talk.model import Talk
from conference.live.outbox import Outbox

TALK_CHANGED = "talk.changed"


def tell_changed(outbox: Outbox, work: Work, talk: Talk) -> None:
    """Something was said. No conference is named: no page that is kept shows anything of it."""
    topic = session_topic(talk.session_id)
    outbox.tell(work, topic, TALK_CHANGED, conference_id=None, session=talk.session_id, change=talk.changes)
