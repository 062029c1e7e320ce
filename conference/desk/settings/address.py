"""The address of a conference, and its end: renaming and deleting are typed, once others may know of it."""

from __future__ import annotations

from collections.abc import Mapping

from sqlmodel import col, select
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from conference.access.actions import change_settings
from conference.access.model import Conference, State
from conference.base.errors import Conflict
from conference.desk.creating.rules import LONGEST_SLUG, slug_fault
from conference.desk.creating.who import creator_of, desks_of
from conference.desk.settings.deleting import MAY_GO, counts_of, delete_conference
from conference.desk.settings.tabs import NOT_STORED, clash_of, tabs
from conference.doors.pages import form_of
from conference.doors.visit import Visit, by_of
from conference.web.render import rendered
from conference.web.typed import Asked, typed_fault


async def address(request: Request, visit: Visit) -> Response:
    """GET shows the address; POST gives the conference another one."""
    if request.method != "POST":
        return await _page(request, visit, visit.conference.slug, {})
    form = await form_of(request)
    slug = form.get("slug", "").strip().lower()
    errors = await _faults(visit, slug, form)
    if errors:
        return await _page(request, visit, slug, errors)
    try:
        async with visit.services.db.work() as work:
            await change_settings(
                work, visit.services.outbox, visit.conference.id, {"slug": slug}, seen=form.get("version"), by=by_of(visit)
            )
    except Conflict as error:
        clash = await clash_of(visit, error)
        return await _page(request, visit, slug, {"slug": clash.sentence}, version=clash.version)
    return RedirectResponse(f"/desk/{slug}/settings/address?saved", 303)


async def _faults(visit: Visit, slug: str, form: Mapping[str, str]) -> dict[str, str]:
    language = visit.services.texts[visit.language]
    _ = language.gettext
    async with visit.services.db.read() as session:
        query = select(Conference.slug).where(Conference.slug == slug, col(Conference.id) != visit.conference.id)
        taken = set(await session.exec(query))
    errors = {}
    fault = slug_fault(slug, taken)
    if fault is not None:
        errors["slug"] = {
            "form": _("Please use small letters, digits and single hyphens, at most {n} in all.").format(n=LONGEST_SLUG),
            "kept": _("The platform itself needs this word."),
            "taken": _("Another conference stands there."),
        }[fault]
    if visit.state is not State.DRAFT and (typed := typed_fault(form, visit.conference.slug, language)):
        errors["typed"] = typed
    return errors


async def _page(request: Request, visit: Visit, slug: str, errors: Mapping[str, str], *, version: int | None = None) -> Response:
    _ = visit.services.texts[visit.language].gettext
    everywhere, _organised = await desks_of(request)
    return await rendered(
        request,
        "desk/settings_address.html",
        status=422 if errors else 200,
        title=_("Settings"),
        headers=NOT_STORED,
        flash=_("The conference stands at its new address.") if "saved" in request.query_params else None,
        tabs=tabs(visit, "address"),
        address={
            "action": request.url.path,
            "origin": visit.services.settings.base_url,
            "present": visit.conference.slug,
            "public": visit.state is not State.DRAFT,
            "version": version or visit.conference.version,
            "longest": LONGEST_SLUG,
            "may_delete": everywhere is not None,
            "delete": f"/desk/{visit.conference.slug}/delete",
        },
        form={"entered": {"slug": slug}, "errors": dict(errors)},
    )


async def delete(request: Request, visit: Visit) -> Response:
    """GET names what goes; POST deletes when the address was typed. Raises NotAllowed for organisers of this conference alone."""
    person = await creator_of(request)
    language = visit.services.texts[visit.language]
    if request.method != "POST":
        return await _ask(request, visit, None)
    if fault := typed_fault(await form_of(request), visit.conference.slug, language):
        return await _ask(request, visit, fault)
    async with visit.services.db.work() as work:
        await delete_conference(work, visit.services.outbox, visit.conference.id, by=person.id)
    return RedirectResponse("/desk?deleted", 303)


async def _ask(request: Request, visit: Visit, error: str | None) -> Response:
    words = visit.services.texts[visit.language]
    _ = words.gettext
    async with visit.services.db.read() as session:
        counts = await counts_of(session, visit.conference.id)
    goes = [
        _("The conference “{title}” with all its pages.").format(title=visit.say(visit.conference.title)),
        words.ngettext("{n} session.", "{n} sessions.", counts["sessions"]).format(n=counts["sessions"]),
        words.ngettext("{n} person with their links.", "{n} people with their links.", counts["people"]).format(
            n=counts["people"]
        ),
        words.ngettext("{n} video card with its films.", "{n} video cards with their films.", counts["cards"]).format(
            n=counts["cards"]
        ),
    ]
    base = f"/desk/{visit.conference.slug}"
    return await rendered(
        request,
        "desk/delete.html",
        status=422 if error else 200,
        title=_("Delete the conference"),
        headers=NOT_STORED,
        asked=Asked(
            action=request.url.path, word=visit.conference.slug, label=_("Delete for good"), back=f"{base}/settings/address",
            goes=goes,
            stays=[_("Initiatives that other conferences may know as well."), _("That it was deleted, when and by whom.")],
        ),
        may_go=visit.state in MAY_GO,
        closing=f"{base}/closing",
        error=error,
    )  # fmt: skip
