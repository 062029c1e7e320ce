"""The papers for the data protection officer as files of a word processor."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from conference.access.model import Page
from conference.base import audit
from conference.base.errors import NotFound
from conference.desk.legal.papers import NAMES, Known, paper, title_of
from conference.desk.legal.saving import page_of
from conference.doors.guard import page
from conference.doors.visit import Visit, by_of
from conference.people.model import Person, Role, RoleHeld
from conference.results.sheets.files import docx
from conference.web.texts import Language

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def papers_of(visit: Visit) -> list[dict[str, str]]:
    """Their names and addresses, for the page of legal pages."""
    language = visit.services.texts[visit.language]
    base = f"/desk/{visit.conference.slug}/legal/documents"
    return [{"title": title_of(name, language), "href": f"{base}/{name}.docx"} for name in NAMES]


async def document(request: Request, visit: Visit) -> Response:
    """One paper, in the reader's language, as things stand now."""
    name = request.path_params["name"]
    if name not in NAMES:
        raise NotFound("page")
    language = visit.services.texts[visit.language]
    async with visit.services.db.work() as work:
        known = await _known(work.session, visit, language)
        audit.record(work, "paper fetched", conference_id=visit.conference.id, person_id=by_of(visit), name=name)
    made = await asyncio.to_thread(docx, paper(name, known, language), visit.now)
    filename = f"{visit.conference.slug}-{name}.docx"
    headers = {"Content-Disposition": f'attachment; filename="{filename}"', "Cache-Control": "no-store"}
    return Response(made, media_type=DOCX, headers=headers)


async def _known(session: AsyncSession, visit: Visit, language: Language) -> Known:
    conference = visit.conference
    privacy = await page_of(session, conference.id, Page.PRIVACY)
    held: Any = select(func.count(func.distinct(col(RoleHeld.person_id)))).join(Person, col(Person.id) == RoleHeld.person_id)
    organisers = await session.exec(held.where(Person.conference_id == conference.id, RoleHeld.role == Role.ORGANISER))
    return Known(
        conference=conference,
        settings=visit.services.settings,
        fields=dict(privacy.fields) if privacy is not None and not privacy.own else {},
        times=_times(visit, language),
        organisers=int(organisers.one()),
        today=language.date(visit.local(visit.now)),
    )


def _times(visit: Visit, language: Language) -> list[tuple[str, datetime]]:
    _ = language.gettext
    conference = visit.conference
    moments = [
        (_("Public from"), conference.announced),
        (_("Doors open"), conference.doors),
        (_("Begins"), conference.live),
        (_("Ends"), conference.archive),
        (_("Closes"), conference.closes),
        (_("Data are deleted"), conference.purge),
    ]
    return [(name, visit.local(at)) for name, at in moments if at is not None]


routes: list[Route] = [page("/desk/{c}/legal/documents/{name}.docx", "desk.legal.paper", document)]
