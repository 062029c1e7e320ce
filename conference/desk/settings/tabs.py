"""What the pages of the settings share: the row of links on top of each, and what they say when somebody else was faster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from conference.access.model import Conference
from conference.base.errors import Conflict
from conference.desk.editions import changed_meanwhile
from conference.doors.visit import Visit
from conference.web.render import rendered

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


@dataclass(frozen=True)
class Clash:
    """Somebody else was faster: the sentence that says so, the conference as it is now (None: gone) and its edition."""

    sentence: str
    now: Conference | None
    version: int


async def clash_of(visit: Visit, error: Conflict) -> Clash:
    async with visit.services.db.read() as session:
        sentence = await changed_meanwhile(session, visit, error)
        return Clash(sentence, await session.get(Conference, visit.conference.id), error.facts["version"])


async def settings_page(
    request: Request, visit: Visit, template: str, errors: Mapping[str, str], *, tab: str, saved: str,
    version: str | None = None, clash: Clash | None = None, **shown: Any,
) -> Response:  # fmt: skip
    """One of them. saved: what it says after saving; version: of what was entered, if it comes back."""
    return await rendered(
        request,
        template,
        status=409 if clash else 422 if errors else 200,
        title=visit.services.texts[visit.language].gettext("Settings"),
        headers=NOT_STORED,
        flash=saved if "saved" in request.query_params else None,
        tabs=tabs(visit, tab),
        action=request.url.path,
        version=clash.version if clash else version if version is not None else visit.conference.version,
        clash=clash.sentence if clash else None,
        errors=dict(errors),
        **shown,
    )
