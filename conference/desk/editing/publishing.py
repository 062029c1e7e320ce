"""Publishing what was planned, what was published so far, and moving the day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.base.db import Work
from conference.base.errors import Conflict, Invalid
from conference.base.words import LANGUAGES, Words
from conference.desk.editing.pages import NO_STORE
from conference.desk.editing.settling import program_work
from conference.desk.editions import changed_meanwhile
from conference.doors.entered import entered_instant
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.table import ROOMS
from conference.doors.visit import Visit, by_of
from conference.forums.events import DeskChanged, RoomChanged
from conference.people.model import Person
from conference.program.changes import changes_between
from conference.program.drafts import edition_of, program_planned
from conference.program.model import Kind, Place, ProgramVersion
from conference.program.publishing import contents, publish, shown_so_far, versions_of
from conference.program.shifting import EARLIEST, LATEST, shift_program
from conference.program.store import sessions_of
from conference.program.versions import changes_shown
from conference.web.errors import explain
from conference.web.render import rendered

NOTE = 500  # characters
USUAL = 5  # minutes


async def publishing(request: Request, visit: Visit) -> Response:
    """GET shows what readers would learn; POST publishes it."""
    if request.method != "POST":
        return await _publishing(request, visit, {}, {})
    form = await form_of(request)
    _ = visit.services.texts[visit.language].gettext
    entered = {f"note_{language}": form.get(f"note_{language}", "").strip() for language in LANGUAGES}
    errors = {name: _("At most {n} characters.").format(n=NOTE) for name, text in entered.items() if len(text) > NOTE}
    if errors:
        return await _publishing(request, visit, entered, errors, status=422)
    note: Words = {language: entered[f"note_{language}"] for language in LANGUAGES if entered[f"note_{language}"]}
    try:
        async with program_work(visit, publishes=True) as work:
            await publish(work, visit.services, visit.conference, note, seen=form.get("edition", ""), by=by_of(visit))
            await tell_rooms(work, visit)
    except Conflict as error:
        async with visit.services.db.read() as db:
            fault = (
                await changed_meanwhile(db, visit, error)
                if error.code == "changed_meanwhile"
                else explain(error, visit.services.texts[visit.language])
            )
        return await _publishing(request, visit, entered, {}, status=409, fault=fault)
    return RedirectResponse(f"/desk/{visit.conference.slug}/program?published", 303)


async def _publishing(
    request: Request,
    visit: Visit,
    entered: dict[str, str],
    errors: dict[str, str],
    *,
    status: int = 200,
    fault: str | None = None,
) -> Response:
    async with visit.services.db.read() as db:
        planned = await program_planned(db, visit.conference.id)
        before = await shown_so_far(db, planned)
    changes = changes_between(before, contents([each.plan for each in planned]))
    drafted = [each for each in planned if each.drafted]
    _ = visit.services.texts[visit.language].gettext
    shown: dict[str, Any] = {
        "action": request.url.path,
        "base": f"/desk/{visit.conference.slug}/program",
        "edition": edition_of(planned),
        "changes": changes_shown(visit, changes) if drafted else [],
        "waiting": len(drafted),
        "fault": fault,
    }
    return await rendered(
        request, "desk/program_publish.html", status=status, title=_("Publish the program"), headers=NO_STORE, publishing=shown,
        form={"entered": {"note_de": "", "note_en": ""} | entered, "errors": errors},
    )  # fmt: skip


async def versions(request: Request, visit: Visit) -> Response:
    async with visit.services.db.read() as db:
        found = await versions_of(db, visit.conference.id)
        names = {each.made_by: person.name for each in found if each.made_by and (person := await db.get(Person, each.made_by))}
    _ = visit.services.texts[visit.language].gettext
    return await rendered(
        request, "desk/program_versions.html", title=_("Versions of the program"), headers=NO_STORE,
        versions=[_version(visit, each, names) for each in found], base=f"/desk/{visit.conference.slug}/program",
        public=f"/{visit.conference.slug}/program/changes",
    )  # fmt: skip


def _version(visit: Visit, version: ProgramVersion, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "number": version.number,
        "made": visit.local(version.made),
        "by": names.get(version.made_by or "", ""),
        "note": visit.say(version.note),
        "changes": changes_shown(visit, version.changes),
    }


async def shift(request: Request, visit: Visit) -> Response:
    """Everything from a moment on some minutes later, at once."""
    usual = max(visit.now, visit.conference.doors) if visit.now < visit.conference.archive else visit.conference.doors
    entered = {"minutes": str(USUAL), "from": visit.local(usual).strftime("%Y-%m-%dT%H:%M"), "edition": ""}
    if request.method != "POST":
        return await _shift(request, visit, entered, {})
    form = await form_of(request)
    _ = visit.services.texts[visit.language].gettext
    entered = {name: form.get(name, "").strip() for name in entered}
    errors: dict[str, str] = {}
    from_, minutes = entered_instant(entered["from"], visit), _minutes(entered["minutes"])
    if minutes is None:
        errors["minutes"] = _("A number of minutes from {least} to {most}, and not 0.").format(least=EARLIEST, most=LATEST)
    if from_ is None:
        errors["from"] = _("Please enter a date and a time that exist in the conference's zone.")
    if minutes is None or from_ is None:
        return await _shift(request, visit, entered, errors, status=422)
    try:
        await shift_day(visit, minutes, from_, seen=entered["edition"])
    except Invalid as error:
        return await _shift(request, visit, entered, {"minutes": _refused(visit, error)}, status=422)
    except Conflict as error:
        async with visit.services.db.read() as db:
            fault = await changed_meanwhile(db, visit, error)
        return await _shift(request, visit, entered | {"edition": ""}, {}, status=409, fault=fault)
    return RedirectResponse(f"/desk/{visit.conference.slug}/program?shifted", 303)


async def shift_day(visit: Visit, minutes: int, from_: datetime, *, seen: str) -> None:
    """As `program.shifting.shift_program`, by whoever visits; open rooms learn it as well.

    Raises Invalid("shift"), Conflict("changed_meanwhile").
    """
    async with program_work(visit, publishes=True) as work:
        await shift_program(work, visit.services, visit.conference, minutes, from_, by=by_of(visit), seen=seen)
        await tell_rooms(work, visit)


async def tell_rooms(work: Work, visit: Visit) -> None:
    """Clocks of rooms and what the node was told of their ends follow the program; before the doors nobody is in them."""
    if visit.state not in ROOMS:
        return
    for session in await sessions_of(work.session, visit.conference.id):
        if session.place is not Place.ON_SITE and session.kind is not Kind.BREAK:
            RoomChanged(session.id, visit.conference.id).tell(visit.services.outbox, work)
    DeskChanged(visit.conference.id).tell(visit.services.outbox, work)


def _minutes(text: str) -> int | None:
    try:
        minutes = int(text)
    except ValueError:
        return None
    return minutes if EARLIEST <= minutes <= LATEST and minutes else None


def _refused(visit: Visit, error: Invalid) -> str:
    _ = visit.services.texts[visit.language].gettext
    sentences = {
        "none": _("From that moment on nothing takes place that could be moved."),
        "past": _("A session would begin or end before that moment. Please choose fewer minutes or another moment."),
        "late": _("A session would end after the conference closes. Please move the closing date first."),
        "early": _("The conference would begin before it is announced. Please choose fewer minutes."),
    }
    return sentences.get(error.facts.get("why", ""), explain(error, visit.services.texts[visit.language]))


async def _shift(
    request: Request,
    visit: Visit,
    entered: dict[str, str],
    errors: dict[str, str],
    *,
    status: int = 200,
    fault: str | None = None,
) -> Response:
    """entered["edition"]: what the form was shown with; "": it is shown anew."""
    if not entered["edition"]:
        async with visit.services.db.read() as db:
            entered = entered | {"edition": str(edition_of(await program_planned(db, visit.conference.id)))}
    _ = visit.services.texts[visit.language].gettext
    shown = {"action": request.url.path, "base": f"/desk/{visit.conference.slug}/program", "zone": visit.conference.zone,
             "least": EARLIEST, "most": LATEST, "fault": fault}  # fmt: skip
    return await rendered(
        request, "desk/program_shift.html", status=status, title=_("Move the day"), headers=NO_STORE, shift=shown,
        form={"entered": entered, "errors": errors},
    )  # fmt: skip


routes: list[Route] = [
    page("/desk/{c}/program/publish", "desk.program.publish", publishing, ("GET", "POST")),
    page("/desk/{c}/program/versions", "desk.program.versions", versions),
    page("/desk/{c}/program/shift", "desk.program.shift", shift, ("GET", "POST")),
]
