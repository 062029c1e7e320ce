"""Results of a session as a sheet and as PDFs, and the report. Everything here may outlive the conference, if it is to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from conference.doors.guard import page
from conference.doors.visit import Visit, standing_of
from conference.program.model import Billing, Session
from conference.program.store import billings_of
from conference.program.view import kind_word, named_of
from conference.results.model import Finding, Heading, ResultsDocument
from conference.results.rules import grouped, key_findings, language_of, stays_for_all
from conference.results.store import (
    Outcome,
    document_for_viewing,
    outcome_for_viewing,
    outcomes_for_viewing,
    report_for_viewing,
)
from conference.web.objects import send_object
from conference.web.render import rendered


async def results(request: Request, visit: Visit) -> Response:
    """The results sheet of one session."""
    async with visit.services.db.read() as db:
        outcome = await outcome_for_viewing(
            db, visit.conference, visit.state, standing_of(visit.viewer), visit.now, request.path_params["s"]
        )
        people = await billings_of(db, [outcome.session.id])
    sheet = sheet_shown(visit, outcome, people.get(outcome.session.id, []))
    headers = {"Cache-Control": "private, no-cache"}
    return await rendered(request, "results/sheet.html", title=sheet["title"], headers=headers, sheet=sheet)


async def results_pdf(request: Request, visit: Visit) -> Response:
    """A results PDF, always through the app, so that unpublishing and closing hold with the next request."""
    session_slug, name = request.path_params["s"], request.path_params["document"]
    async with visit.services.db.read() as db:
        document = await document_for_viewing(
            db, visit.conference, visit.state, standing_of(visit.viewer), visit.now, session_slug, name
        )
    filename = f"{visit.conference.slug}-{session_slug}-{name}.pdf"
    headers = {
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'inline; filename="{filename}"',
        "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
    }
    return await send_object(
        request, visit.services.storage, document.object_key, content_type="application/pdf", headers=headers
    )


async def report(request: Request, visit: Visit) -> Response:
    """The report after the conference, with the key findings and the documents of its sessions."""
    standing = standing_of(visit.viewer)
    async with visit.services.db.read() as db:
        found = await report_for_viewing(db, visit.conference, visit.state, standing)
        outcomes = await outcomes_for_viewing(db, visit.conference, visit.state, standing, visit.now)
    title = visit.say(found.title)
    shown = {
        "title": title,
        "body": visit.say(found.body),
        "photo_credit": found.photo_credit,
        "unpublished": found.published is None,
        "stays": stays_for_all(found, visit.state),
        "sessions": [outcome_shown(visit, outcome) for outcome in outcomes],
    }
    return await rendered(
        request, "report/report.html", title=title, headers={"Cache-Control": "private, no-cache"}, report=shown
    )


def sheet_shown(visit: Visit, outcome: Outcome, people: Iterable[Billing]) -> dict[str, Any]:
    """What `results/sheet.html` needs."""
    _ = visit.services.texts[visit.language].gettext
    session, sheet = outcome.session, outcome.sheet
    assert sheet is not None
    title = visit.say(session.title)
    return {
        "title": _("Results: {title}").format(title=title),
        "kind": kind_word(visit, session.kind),
        "number": session.number,
        "colour": colour_of(session),
        "name": title,
        "question": visit.say(session.question),
        "starts": visit.local(session.starts),
        "ends": visit.local(session.ends),
        "session_href": f"/{visit.conference.slug}/sessions/{session.slug}",
        "people": [named_of(visit, billing) for billing in people],
        "groups": findings_shown(visit, outcome.findings),
        "starred": any(finding.key for finding in outcome.findings),
        "documents": documents_shown(visit, session, outcome.documents),
        "example": any(document.example for document in outcome.documents),
        "unpublished": sheet.published is None,
        "stays": stays_for_all(sheet, visit.state),
    }


def outcome_shown(visit: Visit, outcome: Outcome) -> dict[str, Any]:
    """One session's results in a list of several: title, link to the sheet, key findings, documents."""
    session = outcome.session
    return {
        "kind": kind_word(visit, session.kind),
        "number": session.number,
        "colour": colour_of(session),
        "title": visit.say(session.title),
        "href": sheet_address(visit, session) if outcome.sheet else None,
        "key_findings": [visit.say(finding.text) for finding in key_findings(outcome.findings)],
        "documents": documents_shown(visit, session, outcome.documents),
    }


def findings_shown(visit: Visit, findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """[{heading, key, rounds: [{round, entries}], entries: all of them}]; entries: [{text, starred, round}]."""
    _ = visit.services.texts[visit.language].gettext
    words = {Heading.TOPICS: _("Topics"), Heading.PRACTICE: _("Best practice"), Heading.IDEAS: _("Ideas")}
    shown = []
    for heading, rounds in grouped(findings):
        parts = [{"round": number, "entries": [_entry(visit, one) for one in group]} for number, group in rounds]
        entries = [_entry(visit, one) for _number, group in rounds for one in group]
        shown.append({"heading": words[heading], "key": heading.value, "rounds": parts, "entries": entries})
    return shown


def _entry(visit: Visit, finding: Finding) -> dict[str, Any]:
    return {"text": visit.say(finding.text), "starred": finding.key, "round": finding.round}


def documents_shown(visit: Visit, session: Session, documents: Iterable[ResultsDocument]) -> list[dict[str, Any]]:
    """Links as parts/document.html draws them, "Ergebnisse von Forum 1 (PDF, 96 KB)"."""
    return [
        {
            "href": f"{sheet_address(visit, session)}/{document.document}.pdf",
            "title": visit.say(document.title),
            "kind": "PDF",
            "bytes": document.size,
            "language": language_of(document.title),
            "example": document.example,
            "unpublished": document.published is None,
        }
        for document in documents
    ]


def sheet_address(visit: Visit, session: Session) -> str:
    return f"/{visit.conference.slug}/sessions/{session.slug}/results"


def colour_of(session: Session) -> int | None:
    """Forums and theme rooms keep one of four colours."""
    return (session.number - 1) % 4 + 1 if session.number else None


routes = [
    page("/{c}/sessions/{s}/results", "results", results),
    page("/{c}/sessions/{s}/results/{document}.pdf", "results.pdf", results_pdf, methods=("GET", "HEAD")),
    page("/{c}/report", "report", report),
]
