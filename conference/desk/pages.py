"""The organisers' desk: what needs them, and the closing date."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.access.actions import move_closing
from conference.access.rules import is_open
from conference.base.audit import AuditEntry
from conference.base.errors import Invalid
from conference.desk import announcing, attendance, cards, help, report, results, results_look, studio, survey
from conference.desk.access import pages as access_pages
from conference.desk.afterwards import pages as after_pages
from conference.desk.afterwards import purge_pages as after_purge_pages
from conference.desk.afterwards.view import end_tasks
from conference.desk.audit import pages as audit_pages
from conference.desk.calls import calls_of
from conference.desk.calls import routes as calls_pages
from conference.desk.card_files import missing_card_files
from conference.desk.closing_check import routes as check_pages
from conference.desk.creating import copy_page as copying
from conference.desk.creating import files
from conference.desk.creating import pages as creating
from conference.desk.editing.routes import routes as program_pages
from conference.desk.handover import pages as handover
from conference.desk.legal import film_pages as legal_film
from conference.desk.legal import pages as legal
from conference.desk.legal import paper_pages as legal_papers
from conference.desk.letters import pages as letters_pages
from conference.desk.letters.tasks import uncertain_task
from conference.desk.people import pages as people_pages
from conference.desk.readiness import pages as readiness
from conference.desk.readiness.reading import facts_of
from conference.desk.readiness.rules import judge
from conference.desk.registering import pages as registering
from conference.desk.run import pages as run_pages
from conference.desk.settings import looking
from conference.desk.settings import pages as settings_pages
from conference.desk.store import closings_of, extensions_of, sizes_of
from conference.desk.tasks import PREPARING, tasks_before, tasks_since
from conference.doors.entered import entered_instant
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.table import OVER, ROOMS
from conference.doors.view import open_until
from conference.doors.visit import Visit
from conference.doors.words import state_word
from conference.keeping.records import record_of
from conference.people.actions import real_now
from conference.program.model import Session
from conference.program.view import item_of
from conference.web.render import rendered


async def desk(request: Request, visit: Visit) -> Response:
    """Before the day what is missing; from the doors on what the rooms tell. Never both, so that it stays quick."""
    words = visit.services.texts[visit.language]
    _ = words.gettext
    calls: list[dict[str, Any]] = []
    extensions: list[tuple[AuditEntry, str, Session | None]] = []
    async with visit.services.db.read() as session:
        tasks = await missing_card_files(session, visit)
        if visit.state in PREPARING:
            facts = await facts_of(session, visit)
            invited, sessions = facts.invited, len(facts.sessions)
            tasks += tasks_before(visit, judge(facts, words))
        else:
            invited, sessions, uncertain = await sizes_of(session, visit.conference.id, real_now(visit.services.clock))
            tasks += uncertain_task(visit, uncertain)
            extensions = await extensions_of(session, visit.conference.id)
            tasks += tasks_since(visit, await cards.waiting_cards(session, visit))
            if visit.state in ROOMS:
                calls = await calls_of(session, visit)
            else:
                tasks += end_tasks(visit, await record_of(session, visit.conference.id))
    return await rendered(
        request,
        "desk/index.html",
        title=_("Conference office"),
        headers={"Cache-Control": "no-store"},
        flash=_("The conference is made, as a draft. Below stands what comes next.") if "made" in request.query_params else None,
        desk={
            "tasks": tasks,
            "facts": _facts(visit, invited, sessions),
            "calls": calls,
            "rooms": [_extension(visit, *each) for each in extensions],
            "several": visit.viewer.person is not None and visit.viewer.person.conference_id is None,
        },
        live={"topics": f"desk:{visit.conference.id}", "last": request.state.live_last},
    )


def _facts(visit: Visit, invited: int, sessions: int) -> list[dict[str, str | None]]:
    """A few lines, each with the way to its list."""
    words = visit.services.texts[visit.language]
    _ = words.gettext
    base = f"/desk/{visit.conference.slug}"
    if visit.state in OVER:
        open_fact = _fact(_("Closed since"), words.moment(visit.local(visit.conference.closes)), f"{base}/closing")
    else:
        open_fact = _fact(_("Open until"), open_until(visit), f"{base}/closing")
    return [
        _fact(_("State"), state_word(words, visit.state)),
        _fact(_("Begins"), words.moment(visit.local(visit.conference.live)), f"{base}/settings/times"),
        open_fact,
        _fact(_("People invited"), str(invited), f"{base}/people"),
        _fact(_("Sessions"), str(sessions), f"{base}/program"),
    ]


def _fact(label: str, value: str, href: str | None = None) -> dict[str, str | None]:
    return {"label": label, "value": value, "href": href}


def _extension(visit: Visit, entry: AuditEntry, by: str, held: Session | None) -> dict[str, str]:
    """What the desk says of a session that got more minutes."""
    _ = visit.services.texts[visit.language].gettext
    until = visit.local(datetime.fromisoformat(entry.facts["after"])).strftime("%H:%M")
    text = _("{session}: extended until {time} by {name}.")
    title = item_of(visit, held).title if held is not None else _("A session")
    return {"text": text.format(session=title, time=until, name=by or _("the moderation"))}


async def closing(request: Request, visit: Visit) -> Response:
    """GET shows the date and its history; POST moves it."""
    if request.method != "POST":
        return await _closing(request, visit, {}, {}, done="moved" in request.query_params)
    form = await form_of(request)
    entered = {"until": form.get("until", ""), "reason": form.get("reason", "").strip()}
    _ = visit.services.texts[visit.language].gettext
    errors: dict[str, str] = {}
    closes = entered_instant(entered["until"], visit)
    if closes is None:
        errors["until"] = _("Please enter a date and a time that exist in the conference's zone.")
    if not entered["reason"] or len(entered["reason"]) > 300:
        errors["reason"] = _("Please say why, in at most 300 characters.")
    if errors or closes is None:
        return await _closing(request, visit, entered, errors)
    person = visit.viewer.person
    try:
        async with visit.services.db.work() as work:
            await move_closing(
                work,
                visit.services.outbox,
                visit.conference.id,
                closes,
                by=person.id if person else None,
                reason=entered["reason"],
            )
    except Invalid as error:
        errors["until"] = (
            _("The time in which this conference could be extended is over.")
            if error.code == "purged"
            else _("The conference cannot close before its day is over.")
        )
        return await _closing(request, visit, entered, errors)
    return RedirectResponse(f"{request.url.path}?moved", 303)


async def _closing(
    request: Request, visit: Visit, entered: dict[str, str], errors: dict[str, str], *, done: bool = False
) -> Response:
    _ = visit.services.texts[visit.language].gettext
    current = visit.local(visit.conference.closes)
    async with visit.services.db.read() as session:
        history = await closings_of(session, visit.conference.id)
    audit = [
        {
            "when": visit.local(entry.at),
            "who": name or _("the command line"),
            "before": visit.local(datetime.fromisoformat(entry.facts["before"])),
            "after": visit.local(datetime.fromisoformat(entry.facts["after"])),
            "reason": entry.facts.get("reason", ""),
        }
        for entry, name in history
    ]
    return await rendered(
        request,
        "desk/closing.html",
        status=422 if errors else 200,
        title=_("Closing date"),
        headers={"Cache-Control": "no-store"},
        closing={
            "current": current,
            "is_open": is_open(visit.times, visit.now),
            "zone": visit.conference.zone,
            "action": request.url.path,
            "back": f"/desk/{visit.conference.slug}",
            "done": _("The closing date was moved.") if done else None,
            "audit": audit,
        },
        form={"entered": entered or {"until": current.strftime("%Y-%m-%dT%H:%M"), "reason": ""}, "errors": errors},
    )


routes: list[Route] = [
    *creating.routes,
    *help.routes_everywhere,
    page("/desk/{c}", "desk", desk),
    page("/desk/{c}/closing", "desk.closing", closing, ("GET", "POST")),
    *access_pages.routes,
    *after_pages.routes,
    *after_purge_pages.routes,
    *settings_pages.routes,
    *copying.routes,
    *looking.routes,
    *files.routes,
    *announcing.routes,
    *attendance.routes,
    *audit_pages.routes,
    *calls_pages,
    *check_pages,
    *cards.routes,
    *handover.routes,
    *help.routes,
    *letters_pages.routes,
    *people_pages.routes,
    *registering.routes,
    *program_pages,
    *results.routes,
    *readiness.routes,
    *legal_film.routes,
    *legal_papers.routes,
    *legal.routes,
    *report.routes,
    *results_look.routes,
    *run_pages.routes,
    *studio.routes,
    *survey.routes,
]
