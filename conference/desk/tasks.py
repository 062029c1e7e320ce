"""What needs the organisers, most urgent first: before the day what the readiness list finds, afterwards what waits for them."""

from __future__ import annotations

from typing import Any

from conference.access.model import State
from conference.desk.readiness.rules import Found, in_the_way
from conference.desk.readiness.shapes import Severity
from conference.doors.visit import Visit

PREPARING = (State.DRAFT, State.ANNOUNCED)
MOST = 10


def tasks_before(visit: Visit, found: list[Found]) -> list[dict[str, Any]]:
    """One line for each kind of thing that is missing, what is needed first; the rest stands on the list itself."""
    words = visit.services.texts[visit.language]
    _ = words.gettext
    ready = f"/desk/{visit.conference.slug}/ready"
    ordered = sorted((each for each in found if each.open), key=lambda each: each.severity is not Severity.RED)
    tasks = [_task(visit, each, ready) for each in ordered[:MOST]]
    if visit.state is State.DRAFT and not in_the_way(found):
        text = _("Nothing stands in the way. You can publish the conference.")
        tasks.insert(0, {"urgency": "now", "mark": None, "text": text, "detail": None, "href": ready, "label": _("Publish")})
    if more := sum(len(each.open) for each in ordered[MOST:]):
        text = words.ngettext("{n} more point stands on the list.", "{n} more points stand on the list.", more).format(n=more)
        tasks.append({"urgency": "later", "text": text, "detail": None, "href": ready, "label": _("See them all")})
    return tasks


def _task(visit: Visit, found: Found, ready: str) -> dict[str, Any]:
    """The first of a kind, and how many more there are; several are mended from the list."""
    words = visit.services.texts[visit.language]
    _ = words.gettext
    first, more = found.open[0], len(found.open) - 1
    red = found.severity is Severity.RED
    alike = words.ngettext("{n} more of this kind.", "{n} more of this kind.", more).format(n=more) if more else None
    return {
        "urgency": "now" if red else "soon",
        "mark": (_("needed"), "bad") if red else (_("advice"), "warn"),
        "text": first.sentence,
        "detail": alike or first.detail or None,
        "href": f"{ready}#{found.rule.key}" if more else first.href,
        "label": _("See them") if more else _("Mend"),
    }


def tasks_since(visit: Visit, waiting: int) -> list[dict[str, Any]]:
    """From the doors on. waiting: cards that wait for the organisers."""
    words = visit.services.texts[visit.language]
    if not waiting:
        return []
    text = words.ngettext("{n} video card waits for you.", "{n} video cards wait for you.", waiting).format(n=waiting)
    detail = words.gettext("Nobody sees them before you publish them.")
    href = f"/desk/{visit.conference.slug}/cards?show=waits"
    return [{"urgency": "soon", "text": text, "detail": detail, "href": href, "label": words.gettext("Look")}]
