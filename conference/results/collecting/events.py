"""The live event of collecting: lines of a session's sheet have changed."""

from __future__ import annotations

from typing import Final

from conference.base.db import Work
from conference.live.outbox import Outbox
from conference.program.model import Session

FINDINGS_CHANGED: Final = "findings.changed"
"""Topic findings:SESSION; facts: session, change. Lines, headings or who may add; pages get the lines with that number."""


def findings_topic(session_id: str) -> str:
    """Heard by all who may see what is being collected there."""
    return f"findings:{session_id}"


def tell_findings(outbox: Outbox, work: Work, session: Session, change: int) -> None:
    """Something of the sheet changed. No conference is named: no page that is kept shows a sheet before it is published."""
    outbox.tell(work, findings_topic(session.id), FINDINGS_CHANGED, conference_id=None, session=session.id, change=change)
