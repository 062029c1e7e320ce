"""One's own attendance: the times, agreeing to a proof, the proof itself, taking it back."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.base.errors import NotFound, SignInNeeded
from conference.base.words import LANGUAGES
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.visit import Visit
from conference.keeping.attendance.actions import agree, take_back
from conference.keeping.attendance.proof import length, presence, set_proof, total
from conference.keeping.attendance.store import Present, consent_of, present_one
from conference.people.model import Person
from conference.web.render import rendered

NOT_STORED = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
PROOFS_PER_MINUTE = 10


async def attendance(request: Request, visit: Visit) -> Response:
    """GET says what is known; POST agrees, or (do=end) takes it back."""
    person = _somebody(visit)
    if request.method == "POST":
        return await _decide(request, visit, person)
    async with visit.services.db.read() as session:
        present = await present_one(session, visit.conference, person.id, visit.now)
        consent = await consent_of(session, person.id)
    words = visit.services.texts[visit.language]
    base = f"/{visit.conference.slug}/attendance"
    return await rendered(
        request,
        "keeping/attendance.html",
        title=words.gettext("Proof of attendance"),
        headers=NOT_STORED,
        attendance={
            "days": shown_days(visit, present),
            "together": length(total(present.days)) if present and len(present.days) > 1 else None,
            "agreed": visit.local(consent.given) if consent else None,
            "done": _done(visit, request.query_params.get("done", "")),
            "action": request.url.path,
            "pdfs": [{"href": f"{base}.pdf?lang={code}", "code": code, "label": _pdf_label(visit, code)} for code in LANGUAGES],
            "privacy": f"/{visit.conference.slug}/legal/privacy",
        },
    )


def _done(visit: Visit, what: str) -> str | None:
    _ = visit.services.texts[visit.language].gettext
    return {"agreed": _("You agree. Your proof is below."), "ended": _("You have taken it back.")}.get(what)


def _pdf_label(visit: Visit, code: str) -> str:
    _ = visit.services.texts[visit.language].gettext
    return {"de": _("Proof in German (PDF)"), "en": _("Proof in English (PDF)")}[code]


def shown_days(visit: Visit, present: Present | None) -> list[dict[str, Any]]:
    """[{date (datetime), text}], a line for each day."""
    words = visit.services.texts[visit.language]
    return [{"date": day.begins, "text": presence(words, day)} for day in present.days] if present else []


async def _decide(request: Request, visit: Visit, person: Person) -> Response:
    form = await form_of(request)
    if form.get("do") == "end":
        async with visit.services.db.work() as work:
            await take_back(work, person.id)
        return RedirectResponse(f"{request.url.path}?done=ended", 303)
    async with visit.services.db.work() as work:
        await agree(work, visit.services, person.id, language=visit.language)
    return RedirectResponse(f"{request.url.path}?done=agreed", 303)


async def proof(request: Request, visit: Visit) -> Response:
    """One's own. Raises NotFound for who was not there or has not agreed."""
    person = _somebody(visit)
    visit.services.limits.check("attendance proof", person.id, per_minute=PROOFS_PER_MINUTE)
    return await proof_of(request, visit, person.id)


async def proof_of(request: Request, visit: Visit, person_id: str) -> Response:
    """The PDF in the language that is asked for (`lang`), or else the visitor's. Raises NotFound."""
    async with visit.services.db.read() as session:
        present = await present_one(session, visit.conference, person_id, visit.now)
        consent = await consent_of(session, person_id)
    if present is None or consent is None:
        raise NotFound("attendance")
    asked = request.query_params.get("lang", "")
    code = asked if asked in LANGUAGES else visit.language
    data = await set_proof(visit.services, visit.conference, present, code, visit.now)
    name = {"de": "Teilnahmebestaetigung.pdf", "en": "attendance.pdf"}[code]
    headers = {**NOT_STORED, "Content-Disposition": f'attachment; filename="{name}"', "Content-Language": code}
    return Response(data, media_type="application/pdf", headers=headers)


def _somebody(visit: Visit) -> Person:
    """Raises SignInNeeded for who is nobody in this conference, as organisers of the installation are."""
    person = visit.viewer.person
    if person is None or person.conference_id != visit.conference.id:
        raise SignInNeeded("sign_in")
    return person


def attendance_line(visit: Visit) -> dict[str, str] | None:
    """For the start page afterwards: the way to one's proof."""
    person = visit.viewer.person
    if person is None or person.conference_id != visit.conference.id or not person.email:
        return None
    _ = visit.services.texts[visit.language].gettext
    href = f"/{visit.conference.slug}/attendance"
    return {"href": href, "label": _("Proof of attendance"), "icon": "badge-check"}


routes: list[Route] = [
    page("/{c}/attendance", "attendance", attendance, ("GET", "POST")),
    page("/{c}/attendance.pdf", "attendance.pdf", proof),
]
