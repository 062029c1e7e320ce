"""What of the letters needs the organisers: those of which nobody knows whether they went out."""

from __future__ import annotations

from typing import Any

from conference.doors.visit import Visit
from conference.web.texts import Language


def uncertain_sentence(language: Language, count: int) -> str:
    return language.ngettext(
        "Of {n} letter nobody knows whether it arrived.", "Of {n} letters nobody knows whether they arrived.", count
    ).format(n=count)


def uncertain_detail(language: Language) -> str:
    return language.gettext("The connection broke at the very last moment. You can send once more, or let it be.")


def uncertain_task(visit: Visit, count: int) -> list[dict[str, Any]]:
    """A line of the office's first page, where there are any."""
    words = visit.services.texts[visit.language]
    href = f"/desk/{visit.conference.slug}/letters"
    text, detail = uncertain_sentence(words, count), uncertain_detail(words)
    return [{"urgency": "soon", "text": text, "detail": detail, "href": href, "label": words.gettext("Look")}] if count else []
