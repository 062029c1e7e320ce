"""Files of video cards that the store lacks, as a task of the desk."""

from __future__ import annotations

from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from conference.cards.sweeping import missing_files, names_of
from conference.doors.visit import Visit


async def missing_card_files(session: AsyncSession, visit: Visit) -> list[dict[str, Any]]:
    """The task when files are missing, else none. What the worker's last comparison of store and database found."""
    entry = (await missing_files(session)).get(visit.conference.id)
    if entry is None:
        return []
    _ = visit.services.texts[visit.language].gettext
    names = await names_of(session, set(entry.facts["initiatives"].split()))
    return [
        {
            "urgency": "now",
            "text": _("Files of video cards are missing in the store: {n}.").format(n=entry.facts["missing"]),
            "detail": _(
                "Affected: {names}. The operator may bring them back from a backup; otherwise please ask for the film again."
            ).format(names=", ".join(names)),
            "href": f"/{visit.conference.slug}/cards",
            "label": _("Look"),
        }
    ]
