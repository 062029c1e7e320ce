"""The pages of the settings, as the row of links on top of each of them."""

from __future__ import annotations

from typing import Any

from conference.doors.visit import Visit

NOT_STORED = {"Cache-Control": "no-store"}


def tabs(visit: Visit, current: str) -> list[dict[str, Any]]:
    """[{href, label, current}]; current: "words", "times", "hosts" or "address"."""
    _ = visit.services.texts[visit.language].gettext
    base = f"/desk/{visit.conference.slug}/settings"
    pages = [
        ("words", base, _("Title and contact")),
        ("times", f"{base}/times", _("Times")),
        ("hosts", f"{base}/hosts", _("Hosts")),
        ("address", f"{base}/address", _("Address")),
    ]
    return [{"href": href, "label": label, "current": key == current} for key, href, label in pages]
