"""Where a sheet stands on its way to the public, as the panel `results/_publish.html` and the desk show it."""

from __future__ import annotations

from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.doors.table import Standing
from conference.doors.visit import Visit
from conference.program.model import Session
from conference.results.model import ResultsSheet, SheetApproval
from conference.results.pages import document_shown, sheet_address, title_of_pdf, versions_shown
from conference.results.publishing.actions import LONGEST_NOTE
from conference.results.publishing.pdf import LANGUAGE
from conference.results.publishing.reach import reach_badge, reach_said, readable
from conference.results.publishing.rules import Lack, Position, Stand, lacks_of, may_publish, position_of
from conference.results.rules import may_see
from conference.results.sheets.rules import approving
from conference.results.store import SET_PDF, documents_of, draft_of, sheet_of, versions_of


async def publishing_of(db: AsyncSession, visit: Visit, session: Session) -> dict[str, Any]:
    """What `results/_publish.html` needs as `publishing`; it says what everything is."""
    sheet, versions = await sheet_of(db, session.id), await versions_of(db, session.id)
    draft = await draft_of(db, session, sheet)
    position = position_of(sheet, versions, draft, visit.now)
    asked = list(await db.exec(select(SheetApproval).where(SheetApproval.session_id == session.id)))
    approved = approving(asked, sheet.changes if sheet else 0)
    base = f"/{visit.conference.slug}/sessions/{session.slug}/sheet"
    brought = await documents_of(db, session.id)
    documents = [
        {
            **document_shown(visit, session, one),
            "name": one.document,
            "readable": readable(visit, one),
            "badge": reach_badge(visit, one),
        }
        for one in brought
    ]
    public = [one for one in (sheet, *brought) if one is not None and one.published is not None]
    come = [version for version in versions if version.public_from <= visit.now]
    return {
        "action": f"{base}/publish",
        "may": may_publish(visit.viewer.organiser, visit.viewer.held_in(session.id)),
        "stand": position.stand.value,
        "badge": badge_of(visit, position, sheet),
        "reach": reach_said(visit, sheet) if sheet and position.shown else "",
        "planned": visit.local(position.planned) if position.planned else None,
        "differs": position.differs,
        "correction": bool(come),
        "lacks": [word_of(visit, lack) for lack in lacks_of(draft, len(asked), approved)],
        "page": sheet_address(visit, session) if sheet and position.shown and readable(visit, sheet) else None,
        "pdf": pdf_of(visit, session, position, sheet) if not any(_replaces(one["href"]) for one in documents) else None,
        "documents": documents,
        "own": f"{base}/document",
        "versions": versions_shown(visit, come) if position.stand is Stand.PUBLIC else [],
        "zone": visit.conference.zone,
        "soonest": visit.local(visit.now).strftime("%Y-%m-%dT%H:%M"),
        "longest_note": LONGEST_NOTE,
        "remains": any(one.remains for one in public) if public else sheet is None or sheet.remains,
        "keeping": bool(public),
        "keeps": bool(public) and visit.viewer.organiser,
        "instead": any(_replaces(one["href"]) and not one["unpublished"] for one in documents),
    }


def pdf_of(visit: Visit, session: Session, position: Position, sheet: ResultsSheet | None) -> dict[str, Any] | None:
    """The link to the PDF of the public version, with what one wants to know of it. readable: it leads this visitor to it."""
    version = position.shown
    if sheet is None or version is None or version.size is None:
        return None
    return {
        "href": f"{sheet_address(visit, session)}/{SET_PDF}.pdf",
        "title": title_of_pdf(visit, session),
        "kind": "PDF",
        "bytes": version.size,
        "pages": version.pages,
        "language": LANGUAGE,
        "unpublished": False,
        "readable": readable(visit, sheet),
    }


def badge_of(visit: Visit, position: Position, sheet: ResultsSheet | None) -> dict[str, str]:
    """{label, tone} as parts/badge.html takes them: when it was published, once everybody can read it."""
    _ = visit.services.texts[visit.language].gettext
    words = visit.services.texts[visit.language]
    if position.stand is Stand.NOTHING:
        return {"label": _("Nothing yet"), "tone": ""}
    if position.stand is Stand.PLANNED and position.planned is not None:
        moment = words.moment(visit.local(position.planned))
        return {"label": _("Planned for {moment}").format(moment=moment), "tone": "warn"}
    if position.stand is Stand.PUBLIC and position.shown is not None and sheet is not None:
        if not may_see(sheet, visit.state, Standing.STRANGER, visit.now):
            return reach_badge(visit, sheet)
        day = words.date(visit.local(position.shown.public_from))
        said = _("Published (corrected on {day})") if position.shown.number > 1 else _("Published on {day}")
        return {"label": said.format(day=day), "tone": "ok"}
    return {"label": _("Draft"), "tone": ""}


def word_of(visit: Visit, lack: Lack) -> str:
    _ = visit.services.texts[visit.language].gettext
    return {
        Lack.STARS: _("No key finding is starred, so the closing plenary has nothing to show."),
        Lack.INITIATIVES: _("How many initiatives took part is not said."),
        Lack.APPROVAL: _("Not everybody who was asked has approved the sheet."),
    }[lack]


def _replaces(href: str) -> bool:
    """Whether a document that was brought stands at the address of the one that was set."""
    return href.endswith(f"/{SET_PDF}.pdf")
