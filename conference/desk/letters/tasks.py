"""What of the letters needs the organisers: those of which nobody knows whether they went out."""

from __future__ import annotations

from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from conference.desk.letters.view import real_now
from conference.doors.visit import Visit
from conference.mailing.store import uncertain_in


async def uncertain_letters(session: AsyncSession, visit: Visit) -> list[dict[str, Any]]:
    """One line for each mailing that has some, in one query."""
    words = visit.services.texts[visit.language]
    _ = words.gettext
    return [
        {
            "urgency": "soon",
            "text": words.ngettext(
                "Of {n} letter nobody knows whether it arrived.", "Of {n} letters nobody knows whether they arrived.", count
            ).format(n=count),
            "detail": _("The connection broke at the very last moment. You can send once more, or let it be."),
            "href": f"/desk/{visit.conference.slug}/letters/{mailing_id}?show=uncertain",
            "label": _("Look"),
        }
        for mailing_id, count in (await uncertain_in(session, visit.conference.id, real_now(visit.services))).items()
    ]
