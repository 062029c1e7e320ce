"""The program at the desk: the day as a list, one session as a form, their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.base.errors import Conflict, Invalid, NotFound
from conference.desk.editing import forms
from conference.desk.editing.one import entered_of, one_page
from conference.desk.editing.settling import program_work
from conference.desk.editing.view import Editor, context_of, editor_of, next_free, with_room
from conference.desk.editing.words import floor_words, place_words
from conference.desk.editions import changed_meanwhile
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.visit import Visit, by_of
from conference.program.drafts import add_plan, discard, lock_program, planned_by_slug, save_plan, write_plan
from conference.program.model import Kind
from conference.program.plan import Plan
from conference.program.shifting import reordered
from conference.program.view import kind_word
from conference.web.errors import explain
from conference.web.render import rendered

NO_STORE = {"Cache-Control": "no-store"}


async def program(request: Request, visit: Visit) -> Response:
    return await _program(request, visit, flash=_flash(visit, request.query_params))


async def _program(
    request: Request, visit: Visit, *, flash: str | None = None, fault: str | None = None, status: int = 200
) -> Response:
    _ = visit.services.texts[visit.language].gettext
    shown = context_of(await editor_of(visit))
    asked = request.query_params.get("out", "") if fault is None else ""
    shown |= {"fault": fault, "undo": asked if asked in {each["slug"] for each in shown["out"]} else ""}
    return await rendered(
        request, "desk/program.html", status=status, title=_("Edit the program"), headers=NO_STORE, program=shown, flash=flash
    )


async def _clash(request: Request, visit: Visit, error: Conflict) -> Response:
    """The list as it is now, with who was faster."""
    async with visit.services.db.read() as db:
        sentence = await changed_meanwhile(db, visit, error)
    return await _program(request, visit, fault=sentence, status=409)


def _flash(visit: Visit, asked: Mapping[str, str]) -> str | None:
    _ = visit.services.texts[visit.language].gettext
    done = {
        "moved": _("The order is changed. Times that follow were counted anew."),
        "back": _("The session is in the program again."),
        "published": _("The program is published."),
        "shifted": _("The program was moved. Pages and calendars show the new times."),
        "taken": _("The schedule was taken over."),
        "guests": _("Guests may come into every session with a room.")
        if asked.get("guests") == "yes"
        else _("Guests may come into no session any more."),
    }
    return next((sentence for name, sentence in done.items() if name in asked), None)


async def new(request: Request, visit: Visit) -> Response:
    editor = await editor_of(visit)
    if request.method != "POST":
        return await session_form(request, visit, forms.blank(visit, next_free(editor, visit.conference.live)), {}, None)
    read = forms.read_session(visit, await form_of(request), None, {each.plan.slug for each in editor.planned} | forms.RESERVED)
    if read.plan is None:
        return await session_form(request, visit, read.entered, read.errors, None, status=422)
    try:
        async with program_work(visit) as work:
            row = await add_plan(work, visit.services, visit.conference, visit.state, read.plan, by=by_of(visit))
    except Conflict as error:
        sentence = explain(error, visit.services.texts[visit.language])
        return await session_form(request, visit, read.entered, {"title_de": sentence}, None, status=409)
    return RedirectResponse(f"/desk/{visit.conference.slug}/program/{row.slug}?added", 303)


async def one(request: Request, visit: Visit) -> Response:
    """GET shows the form; POST does one of the acts that its buttons name."""
    slug = request.path_params["s"]
    if request.method != "POST":
        editor = await editor_of(visit)
        known = editor.one(slug)
        entered = forms.entered_from(visit, known.plan)
        return await session_form(request, visit, entered, {}, slug, version=known.session.version, editor=editor)
    async with visit.services.db.read() as db:
        known = await planned_by_slug(db, visit.conference.id, slug)
    form = await form_of(request)
    acts = {"out": _out, "back": _back, "discard": _discard}
    if (act := acts.get(form.get("act", ""))) is not None:
        return await act(request, visit, known.plan, form)
    read = forms.read_session(visit, form, known.plan)
    if read.plan is None:
        return await session_form(request, visit, read.entered, read.errors, slug, status=422, version=form.get("version", ""))
    try:
        async with program_work(visit) as work:
            await save_plan(
                work, visit.services, visit.conference, visit.state, read.plan, seen=form.get("version", ""), by=by_of(visit)
            )
    except Conflict as error:
        return await meanwhile(request, visit, error, read.entered, slug)
    return RedirectResponse(f"{request.url.path}?saved", 303)


async def meanwhile(request: Request, visit: Visit, error: Conflict, entered: dict[str, str], slug: str) -> Response:
    """Both texts: what was entered stays in the form, what stands there now is shown beside it."""
    async with visit.services.db.read() as db:
        sentence = await changed_meanwhile(db, visit, error)
        now = await planned_by_slug(db, visit.conference.id, slug)
    there = forms.entered_from(visit, now.plan)
    others = {name: text for name, text in there.items() if text != entered[name]}
    version = error.facts["version"]
    return await session_form(request, visit, entered, {}, slug, status=409, version=version, fault=sentence, others=others)


async def _out(request: Request, visit: Visit, plan: Plan, form: Mapping[str, str]) -> Response:
    return await _hide(request, visit, plan, form, hidden=True)


async def _back(request: Request, visit: Visit, plan: Plan, form: Mapping[str, str]) -> Response:
    return await _hide(request, visit, plan, form, hidden=False)


async def _hide(request: Request, visit: Visit, plan: Plan, form: Mapping[str, str], *, hidden: bool) -> Response:
    seen = form.get("version") or None
    try:
        async with program_work(visit) as work:
            plan = replace(plan, hidden=hidden)
            await save_plan(work, visit.services, visit.conference, visit.state, plan, seen=seen, by=by_of(visit))
    except Conflict as error:
        return await _clash(request, visit, error)
    done = f"out={plan.slug}" if hidden else "back"
    return RedirectResponse(f"/desk/{visit.conference.slug}/program?{done}", 303)


async def _discard(request: Request, visit: Visit, plan: Plan, form: Mapping[str, str]) -> Response:
    try:
        async with visit.services.db.work() as work:
            await discard(work, visit.conference, plan.slug, seen=form.get("version", ""), by=by_of(visit))
    except Conflict as error:
        return await meanwhile(request, visit, error, forms.entered_from(visit, plan), plan.slug)
    return RedirectResponse(f"{request.url.path}?discarded", 303)


async def session_form(
    request: Request, visit: Visit, entered: dict[str, str], errors: dict[str, str], slug: str | None, *, status: int = 200,
    version: int | str = "", fault: str | None = None, others: Mapping[str, str] | None = None,
    editor: Editor | None = None,
) -> Response:  # fmt: skip
    """The page of a session; slug None: a new one."""
    _ = visit.services.texts[visit.language].gettext
    shown: dict[str, Any] = {
        "action": f"/desk/{visit.conference.slug}/program/{slug or 'new'}",
        "base": f"/desk/{visit.conference.slug}/program",
        "slug": slug,
        "version": version,
        "fault": fault,
        "others": entered_of(visit, others or {}),
        "kinds": [{"value": kind.value, "label": kind_word(visit, kind)} for kind in Kind],
        "floors": [{"value": "", "label": _("As usual for this kind")}]
        + [{"value": floor.value, "label": label} for floor, label in floor_words(_).items()],
        "places": [{"value": place.value, "label": label} for place, label in place_words(_).items()],
        "zone": visit.conference.zone,
        "one": one_page(editor or await editor_of(visit), slug) if slug is not None else None,
    }
    title = shown["one"]["title"] if shown["one"] else _("Add a session")
    return await rendered(
        request, "desk/program_session.html", status=status, title=title, headers=NO_STORE, session=shown,
        form={"entered": entered, "errors": errors}, flash=_one_flash(visit, request.query_params) if status == 200 else None,
    )  # fmt: skip


def _one_flash(visit: Visit, asked: Mapping[str, str]) -> str | None:
    _ = visit.services.texts[visit.language].gettext
    done = {
        "saved": _("Saved."),
        "added": _("The session is added. Who takes part in it is entered below."),
        "discarded": _("The draft is gone; the session is as it was published."),
        "cast": _("The list of people is changed."),
    }
    return next((sentence for name, sentence in done.items() if name in asked), None)


async def order(request: Request, visit: Visit) -> Response:
    """Put what begins together with one session before what begins with another; times follow."""
    form = await form_of(request)
    try:
        async with program_work(visit) as work:
            planned = {each.plan.slug: each for each in await lock_program(work, visit.conference, form.get("edition") or None)}
            moved = planned.get(form.get("session", ""))
            if moved is None:
                raise NotFound("session")
            day = visit.local(moved.plan.starts).date()
            plans = [
                each.plan for each in planned.values() if not each.plan.hidden and visit.local(each.plan.starts).date() == day
            ]
            for plan in reordered(plans, moved.plan.slug, form.get("before") or None):
                row = planned[plan.slug].session
                await write_plan(work, visit.services, visit.conference, visit.state, plan, row, by=by_of(visit))
    except Conflict as error:
        return await _clash(request, visit, error)
    except Invalid as error:
        return await _program(request, visit, fault=explain(error, visit.services.texts[visit.language]), status=422)
    return RedirectResponse(f"/desk/{visit.conference.slug}/program?moved#{moved.plan.slug}", 303)


async def guests(request: Request, visit: Visit) -> Response:
    """POST: guests may come into every session that has a room, or (`guests`: no) into none."""
    form = await form_of(request)
    wanted = form.get("guests") == "yes"
    try:
        async with program_work(visit) as work:
            for each in with_room(await lock_program(work, visit.conference, form.get("edition") or None)):
                if each.plan.guests is not wanted:
                    plan = replace(each.plan, guests=wanted)
                    await write_plan(work, visit.services, visit.conference, visit.state, plan, each.session, by=by_of(visit))
    except Conflict as error:
        return await _clash(request, visit, error)
    return RedirectResponse(f"/desk/{visit.conference.slug}/program?guests={'yes' if wanted else 'no'}", 303)


routes: list[Route] = [
    page("/desk/{c}/program", "desk.program", program),
    page("/desk/{c}/program/new", "desk.program.new", new, ("GET", "POST")),
    page("/desk/{c}/program/order", "desk.program.order", order, ("POST",)),
    page("/desk/{c}/program/guests", "desk.program.guests", guests, ("POST",)),
]
last_routes: list[Route] = [page("/desk/{c}/program/{s}", "desk.program.session", one, ("GET", "POST"))]
