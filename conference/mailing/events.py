"""What open pages of the desk hear of mailings."""

from __future__ import annotations

from conference.base.db import Work
from conference.web.services import Services

MAILING_CHANGED = "mailing.changed"


def tell_mailing(services: Services, work: Work, mailing_id: str) -> None:
    """Something of the mailing is another than before. The row names no conference: only the desk's pages show it, which are not
    kept, and a thousand letters would empty the page cache a thousand times."""
    services.outbox.tell(work, f"mailing:{mailing_id}", MAILING_CHANGED, conference_id=None, mailing=mailing_id)
