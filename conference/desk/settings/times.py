"""The second page of the settings: when doors open, when it begins and ends, when everything is deleted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from conference.access.actions import change_settings
from conference.access.model import Conference, State
from conference.base.errors import Conflict, Invalid
from conference.desk.creating.copying import move_sessions
from conference.desk.creating.rules import midnight_after
from conference.desk.editions import changed_meanwhile
from conference.desk.settings.tabs import NOT_STORED, tabs
from conference.doors.entered import entered_instant
from conference.doors.pages import form_of
from conference.doors.visit import Visit, by_of
from conference.program.actions import tell_program
from conference.web.render import rendered

INSTANTS = ("doors", "live", "archive")


async def times(request: Request, visit: Visit) -> Response:
    """GET shows the times; POST keeps others. While it is a draft, the program may move along with the day."""
    if request.method != "POST":
        return await _page(request, visit, _entered_of(visit, visit.conference), {})
    form = await form_of(request)
    entered = {name: form.get(name, "") for name in (*INSTANTS, "purge")} | {"along": form.get("along", "")}
    values, errors = _read(visit, entered)
    if errors:
        return await _page(request, visit, entered, errors, version=form.get("version"))
    try:
        await _keep(visit, values, form.get("version"), along=entered["along"] == "yes")
    except Invalid as error:
        errors = {error.facts["later"]: _order_words(visit).get(error.facts["later"], "")}
        return await _page(request, visit, entered, errors, version=form.get("version"))
    except Conflict as error:
        async with visit.services.db.read() as session:
            sentence = await changed_meanwhile(session, visit, error)
            now = await session.get(Conference, visit.conference.id)
        theirs = _entered_of(visit, now) if now else {}
        return await _page(request, visit, entered, {}, version=error.facts["version"], clash=sentence, theirs=theirs)
    return RedirectResponse(f"{request.url.path}?saved", 303)


async def _keep(visit: Visit, values: Mapping[str, datetime], seen: str | None, *, along: bool) -> None:
    """The closing date has a page of its own, since it needs a reason; while it is a draft it keeps its distance from the day."""
    before = visit.conference
    draft = visit.state is State.DRAFT
    moved = dict(values)
    if draft and values["archive"] != before.archive:
        zone = ZoneInfo(before.zone)
        days = visit.local(values["archive"]).date() - visit.local(before.archive).date()
        for name in ("closes", "purge"):
            if name == "closes" or values["purge"] == before.purge:
                moved[name] = _days_later(getattr(before, name), days, zone)
    async with visit.services.db.work() as work:
        changed = await change_settings(work, visit.services.outbox, before.id, moved, seen=seen, by=by_of(visit))
        if draft and along and changed.live != before.live:
            await move_sessions(work, before.id, ZoneInfo(before.zone), before.live, changed.live, by=by_of(visit))
            tell_program(work, visit.services.outbox, before.id)


def _days_later(instant: datetime, days: timedelta, zone: ZoneInfo) -> datetime:
    """The same wall time some days later."""
    return (instant.astimezone(zone).replace(tzinfo=None) + days).replace(tzinfo=zone)


def _read(visit: Visit, entered: Mapping[str, str]) -> tuple[dict[str, datetime], dict[str, str]]:
    _ = visit.services.texts[visit.language].gettext
    values: dict[str, datetime] = {}
    errors: dict[str, str] = {}
    for name in INSTANTS:
        instant = entered_instant(entered[name], visit)
        if instant is None:
            errors[name] = _("Please enter a date and a time that exist in the conference's zone.")
        else:
            values[name] = instant
    try:
        values["purge"] = midnight_after(date.fromisoformat(entered["purge"]), ZoneInfo(visit.conference.zone))
    except (ValueError, OverflowError):
        errors["purge"] = _("Please enter a day.")
    return values, errors


def _order_words(visit: Visit) -> dict[str, str]:
    """What stands before what, by the later one of two that are the wrong way round."""
    _ = visit.services.texts[visit.language].gettext
    return {
        "doors": _("The doors cannot open before the conference is announced."),
        "live": _("It cannot begin before the doors open."),
        "archive": _("It cannot end before it begins."),
        "closes": _("It cannot end after the pages close. Please move the closing date first."),
        "purge": _("Nothing is deleted before the pages close."),
    }


def _entered_of(visit: Visit, conference: Conference) -> dict[str, str]:
    entered = {name: visit.local(getattr(conference, name)).strftime("%Y-%m-%dT%H:%M") for name in INSTANTS}
    last_day = visit.local(conference.purge - timedelta(minutes=1)).date()
    return entered | {"purge": last_day.isoformat(), "along": "yes"}


async def _page(
    request: Request,
    visit: Visit,
    entered: Mapping[str, str],
    errors: Mapping[str, str],
    *,
    version: int | str | None = None,
    clash: str | None = None,
    theirs: Mapping[str, str] | None = None,
) -> Response:
    _ = visit.services.texts[visit.language].gettext
    # An order that another field broke is said where the closing date can be moved.
    errors = {"archive" if name == "closes" else name: sentence for name, sentence in errors.items()}
    labels: dict[str, Any] = {
        "doors": _("Doors open"),
        "live": _("Begins"),
        "archive": _("Ends"),
        "purge": _("Last day before everything is deleted"),
    }
    return await rendered(
        request,
        "desk/settings_times.html",
        status=409 if clash else 422 if errors else 200,
        title=_("Settings"),
        headers=NOT_STORED,
        flash=_("The times are saved.") if "saved" in request.query_params else None,
        tabs=tabs(visit, "times"),
        action=request.url.path,
        version=version if version is not None else visit.conference.version,
        labels=labels,
        times={
            "draft": visit.state is State.DRAFT,
            "announced": visit.local(visit.conference.announced) if visit.conference.announced else None,
            "closes": visit.local(visit.conference.closes),
            "closing": f"/desk/{visit.conference.slug}/closing",
            "zone": visit.conference.zone,
        },
        clash=clash,
        theirs=[(labels[name], said) for name, said in (theirs or {}).items() if name in labels and said != entered.get(name)],
        form={"entered": dict(entered), "errors": errors},
    )
