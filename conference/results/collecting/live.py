"""What the app needs for collecting live: who hears of it, and who draws its event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conference.base.errors import ConferenceError
from conference.doors.visit import Visit
from conference.live.hub import Renderer
from conference.program.model import Session
from conference.program.store import session_by_id
from conference.results.collecting import store, view
from conference.results.collecting.events import FINDINGS_CHANGED
from conference.results.store import sheet_of
from conference.web.render import Rendering
from conference.web.services import Services


async def hears_findings(visit: Visit, name: str) -> bool:
    """Whether this viewer may follow what is collected in the session of that id, as far as results know."""
    async with visit.services.db.read() as db:
        try:
            view.welcome(visit, await session_by_id(db, visit.conference.id, name))
        except ConferenceError:
            return False
    return True


def renderers_of(services: Services, rendering: Rendering) -> dict[str, Renderer]:
    """The lines that a change touched last, as everybody may see them. What was changed again comes with that change."""

    async def render(facts: Mapping[str, Any], language: str) -> dict[str, Any] | None:
        session_id, change = facts["session"], facts["change"]
        async with services.db.read() as db:
            session = await db.get(Session, session_id)
            if session is None:
                return None
            sheet = await sheet_of(db, session_id)
            lines = await store.lines_changed_by(db, session_id, change)
            names = await store.names_of(db, lines)

        def draw(line: Mapping[str, Any]) -> str:
            return rendering.html("results/_finding_alone.html", language, line=line)

        return view.told(sheet, session_id, change, lines, names, language, draw)

    return {FINDINGS_CHANGED: render}
