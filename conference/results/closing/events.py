"""The live event of a closing plenary's slides. Each web process looks up what is shown, and tells its pages."""

from __future__ import annotations

from conference.base.db import Work
from conference.live.outbox import Outbox

CLOSING_CHANGED = "closing.changed"


def closing_topic(plenary_id: str) -> str:
    return f"closing:{plenary_id}"


def tell_changed(outbox: Outbox, work: Work, plenary_id: str) -> None:
    """Another slide or light. No conference is named: no page that is kept shows anything of it."""
    outbox.tell(work, closing_topic(plenary_id), CLOSING_CHANGED, conference_id=None, session=plenary_id)
