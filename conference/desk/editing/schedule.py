"""Taking over a schedule of another program: first what it would change, cannot take and leaves out; then the act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.base import audit
from conference.base.db import Work
from conference.base.errors import Conflict, Invalid
from conference.desk.editing.pages import NO_STORE
from conference.desk.editing.settling import program_work
from conference.desk.editions import changed_meanwhile
from conference.doors.guard import page
from conference.doors.visit import Visit, by_of
from conference.program.drafts import add_plan, edition_of, lock_program, program_planned, write_plan
from conference.program.plan import Planned
from conference.program.rules import FARTHEST_YEARS, is_near
from conference.program.schedule.mapping import Brought, brought, left_out
from conference.program.schedule.reading import LARGEST, Read, read_schedule
from conference.program.schedule.shape import guid_of
from conference.web.errors import explain
from conference.web.render import rendered


@dataclass(frozen=True)
class Trial:
    """What taking a file over would do. fresh, changed: the plans that would be written."""

    read: Read
    fresh: Sequence[Brought]
    changed: Sequence[Brought]
    same: int


def trial_of(visit: Visit, data: bytes, planned: Sequence[Planned]) -> Trial:
    """Raises Invalid for a file that is no schedule."""
    read = _near(read_schedule(data, ZoneInfo(visit.conference.zone)), visit.conference.live)
    known = {each.plan.slug: each.plan for each in planned}
    own = {guid_of("session", each.session.id): each.plan.slug for each in planned}
    events = brought(read.talks, known, own)
    return Trial(
        read,
        fresh=[each for each in events if each.slug is None],
        changed=[each for each in events if each.slug is not None and each.plan != known[each.slug]],
        same=sum(each.slug is not None and each.plan == known[each.slug] for each in events),
    )


def _near(read: Read, live: datetime) -> Read:
    """Without what lies years away from the conference."""
    near = [talk for talk in read.talks if is_near(talk.starts, live)]
    far = [(talk.title, "far") for talk in read.talks if not is_near(talk.starts, live)]
    return replace(read, talks=near, faults=[*read.faults, *far])


async def take_over(work: Work, visit: Visit, data: bytes, *, seen: str, by: str | None) -> int:
    """All of it in one work; how many sessions are new or others. Sessions that the file does not name stay as they are.

    Raises Invalid, Conflict("changed_meanwhile"), Conflict("sessions").
    """
    planned = await lock_program(work, visit.conference, seen)
    trial, rows = trial_of(visit, data, planned), {each.plan.slug: each.session for each in planned}
    for each in trial.fresh:
        await add_plan(work, visit.services, visit.conference, visit.state, each.plan, by=by)
    for each in trial.changed:
        await write_plan(work, visit.services, visit.conference, visit.state, each.plan, rows[each.plan.slug], by=by)
    written = len(trial.fresh) + len(trial.changed)
    audit.record(work, "schedule brought", conference_id=visit.conference.id, person_id=by, sessions=written)
    return written


async def schedule(request: Request, visit: Visit) -> Response:
    """GET asks for a file; POST with one shows the dry run, with its text in `content` it takes it over."""
    if request.method != "POST":
        return await _page(request, visit)
    async with request.form(max_files=1, max_fields=10, max_part_size=LARGEST + 1) as form:
        file, content, edition = form.get("file"), form.get("content"), form.get("edition")
        data = await file.read(LARGEST + 1) if isinstance(file, UploadFile) else b""
    try:
        if isinstance(content, str) and content:
            async with program_work(visit) as work:
                await take_over(work, visit, content.encode(), seen=str(edition or ""), by=by_of(visit))
            return RedirectResponse(f"/desk/{visit.conference.slug}/program?taken", 303)
        text = _text(data)
        async with visit.services.db.read() as db:
            planned = await program_planned(db, visit.conference.id)
        return await _page(request, visit, trial=trial_of(visit, text.encode(), planned), text=text, edition=edition_of(planned))
    except Invalid as error:
        return await _page(request, visit, error=explain(error, visit.services.texts[visit.language]), status=422)
    except Conflict as error:
        async with visit.services.db.read() as db:
            changed = error.code == "changed_meanwhile"
            said = await changed_meanwhile(db, visit, error) if changed else explain(error, visit.services.texts[visit.language])
        return await _page(request, visit, error=said, status=409)


def _text(data: bytes) -> str:
    """As text, so that the page can carry it to the second step. Raises Invalid."""
    if not data:
        raise Invalid("schedule_file")
    if len(data) > LARGEST:
        raise Invalid("schedule_large")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid("schedule_file") from error


async def _page(
    request: Request, visit: Visit, *, trial: Trial | None = None, text: str = "", edition: int = 0, error: str | None = None,
    status: int = 200,
) -> Response:  # fmt: skip
    _ = visit.services.texts[visit.language].gettext
    shown: dict[str, Any] = {
        "action": f"/desk/{visit.conference.slug}/program/schedule",
        "base": f"/desk/{visit.conference.slug}/program",
        "exports": [f"/{visit.conference.slug}/schedule.xml", f"/{visit.conference.slug}/schedule.json"],
        "trial": _shown(visit, trial) if trial is not None else None,
        "content": text,
        "edition": edition,
    }
    return await rendered(
        request, "desk/program_schedule.html", status=status, title=_("Bring a schedule"), headers=NO_STORE, schedule=shown,
        form={"errors": {"file": error} if error else {}},
    )  # fmt: skip


def _shown(visit: Visit, trial: Trial) -> dict[str, Any]:
    _ = visit.services.texts[visit.language].gettext
    why = {
        "title": _("has no title"),
        "time": _("has no beginning or length that can be read"),
        "twice": _("is in the file twice"),
        "far": _("lies more than {n} years from the conference").format(n=FARTHEST_YEARS),
    }
    kept = left_out([talk.extras for talk in trial.read.talks])
    people = left_out([speaker.extras for talk in trial.read.talks for speaker in talk.speakers])
    names = {name: n for name, n in people.items() if name not in ("name", "public_name")}
    descriptions = sum(bool(talk.description) for talk in trial.read.talks)
    return {
        "title": trial.read.title,
        "fresh": [_row(visit, each) for each in trial.fresh],
        "changed": [_row(visit, each) for each in trial.changed],
        "same": trial.same,
        "faults": [{"title": title, "why": why[code]} for title, code in trial.read.faults],
        "left_out": [f"{name} ({n})" for name, n in trial.read.left_out.items()],
        "kept": [f"{name} ({n})" for name, n in kept.items()]
        + [f"person.{name} ({n})" for name, n in names.items()]
        + ([f"description ({descriptions})"] if descriptions else []),
    }


def _row(visit: Visit, each: Brought) -> dict[str, Any]:
    plan = each.plan
    return {
        "title": visit.say(plan.title),
        "starts": visit.local(plan.starts),
        "ends": visit.local(plan.ends),
        "room": plan.room or "",
        "people": ", ".join(named.name for named in plan.people),
    }


routes: list[Route] = [page("/desk/{c}/program/schedule", "desk.program.schedule", schedule, ("GET", "POST"))]
