"""What needs the organisers, most urgent first: before the day what the readiness list finds, afterwards what waits for them."""

from __future__ import annotations

from typing import Any

from conference.access.model import State
from conference.desk.readiness.rules import Found, in_the_way
from conference.desk.readiness.shapes import Missing, Severity
from conference.doors.visit import Visit

PREPARING = (State.DRAFT, State.ANNOUNCED)
MOST = 10
MOST_OF_A_RULE = 3


def tasks_before(visit: Visit, found: list[Found]) -> list[dict[str, Any]]:
    """One line for each thing that is missing; where there are many, the rest stands on the list itself."""
    words = visit.services.texts[visit.language]
    _ = words.gettext
    ready = f"/desk/{visit.conference.slug}/ready"
    ordered = sorted(found, key=lambda each: each.severity is not Severity.RED)
    shown = [_task(visit, each, missing) for each in ordered for missing in each.open[:MOST_OF_A_RULE]][:MOST]
    tasks = list(shown)
    if visit.state is State.DRAFT and not in_the_way(found):
        text = _("Nothing stands in the way. You can publish the conference.")
        tasks.insert(0, {"urgency": "now", "text": text, "detail": None, "href": ready, "label": _("Announce")})
    if more := sum(len(each.open) for each in found) - len(shown):
        text = words.ngettext("{n} more point stands on the list.", "{n} more points stand on the list.", more).format(n=more)
        tasks.append({"urgency": "later", "text": text, "detail": None, "href": ready, "label": _("See them all")})
    return tasks


def _task(visit: Visit, found: Found, missing: Missing) -> dict[str, Any]:
    _ = visit.services.texts[visit.language].gettext
    urgency = "now" if found.severity is Severity.RED else "soon"
    return {
        "urgency": urgency, "text": missing.sentence, "detail": missing.detail or None, "href": missing.href, "label": _("Mend")
    }  # fmt: skip


def tasks_since(visit: Visit, waiting: int) -> list[dict[str, Any]]:
    """From the doors on. waiting: cards that wait for the organisers."""
    words = visit.services.texts[visit.language]
    if not waiting:
        return []
    text = words.ngettext("{n} video card waits for you.", "{n} video cards wait for you.", waiting).format(n=waiting)
    detail = words.gettext("Nobody sees them before you publish them.")
    href = f"/desk/{visit.conference.slug}/cards?show=waits"
    return [{"urgency": "soon", "text": text, "detail": detail, "href": href, "label": words.gettext("Look")}]
