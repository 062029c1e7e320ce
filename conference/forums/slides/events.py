"""The live event of decks and clips. What is on the stage, each web process looks up and tells its browsers."""

from __future__ import annotations

from conference.base.db import Work
from conference.forums.events import session_topic
from conference.live.outbox import Outbox

SLIDES_CHANGED = "slides.changed"


def tell_changed(outbox: Outbox, work: Work, session_id: str) -> None:
    """The list or the stage is another. No conference is named: no page that is kept shows anything of it."""
    outbox.tell(work, session_topic(session_id), SLIDES_CHANGED, conference_id=None, session=session_id)
