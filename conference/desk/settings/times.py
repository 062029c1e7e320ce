"""The second page of the settings: when doors open, when it begins and ends, when everything is deleted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from conference.access.actions import change_settings
from conference.access.model import Conference, State
from conference.base.errors import Conflict, Invalid
from conference.desk.creating.copying import distance, move_sessions
from conference.desk.creating.copying import moved as later
from conference.desk.creating.rules import ZONES, midnight_after, zones_offered
from conference.desk.legal.saving import follow_times
from conference.desk.settings.tabs import Clash, clash_of, settings_page
from conference.doors.entered import entered_instant
from conference.doors.pages import form_of
from conference.doors.visit import Visit, by_of
from conference.program.actions import tell_program

INSTANTS = ("doors", "live", "archive")


async def times(request: Request, visit: Visit) -> Response:
    """GET shows the times; POST keeps others. While it is a draft, the program may move along with the day."""
    if request.method != "POST":
        return await _page(request, visit, _entered_of(visit.conference), {})
    form = await form_of(request)
    entered = {name: form.get(name, "") for name in (*INSTANTS, "purge", "along")}
    entered["zone"] = form.get("zone") or visit.conference.zone
    values, errors = _read(visit, entered)
    if errors:
        return await _page(request, visit, entered, errors, version=form.get("version"))
    try:
        await _keep(visit, values, form.get("version"), along=entered["along"] == "yes")
    except Invalid as error:
        _ = visit.services.texts[visit.language].gettext
        over = {"purge": _("The time in which this conference could be extended is over.")}
        errors = over if error.code == "purged" else {error.facts["later"]: _order_words(visit).get(error.facts["later"], "")}
        return await _page(request, visit, entered, errors, version=form.get("version"))
    except Conflict as error:
        return await _page(request, visit, entered, {}, clash=await clash_of(visit, error))
    return RedirectResponse(f"{request.url.path}?saved", 303)


async def _keep(visit: Visit, values: Mapping[str, Any], seen: str | None, *, along: bool) -> None:
    """The closing date has a page of its own, since it needs a reason; while it is a draft it keeps its distance from the day."""
    before = visit.conference
    draft = visit.state is State.DRAFT
    moved = dict(values)
    zones = ZoneInfo(before.zone), ZoneInfo(values["zone"])
    if draft and (values["archive"] != before.archive or values["zone"] != before.zone):
        days = values["archive"].astimezone(zones[1]).date() - before.archive.astimezone(zones[0]).date()
        purge_stays = distance(before.purge, values["purge"], *zones) == timedelta(0)
        for name in ("closes", "purge") if purge_stays else ("closes",):
            moved[name] = later(getattr(before, name), days, *zones)
    async with visit.services.db.work() as work:
        changed = await change_settings(work, visit.services.outbox, before.id, moved, seen=seen, by=by_of(visit))
        await follow_times(visit.services, work, changed, by_of(visit))
        if draft and along and changed.live != before.live:
            await move_sessions(work, before.id, zones, before.live, changed.live, by=by_of(visit))
            tell_program(work, visit.services.outbox, before.id)


def _read(visit: Visit, entered: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Columns of Conference, and field -> sentence. The zone is chosen while nobody else knows the times."""
    _ = visit.services.texts[visit.language].gettext
    here = visit.conference.zone
    values: dict[str, Any] = {"zone": entered["zone"] if visit.state is State.DRAFT else here}
    errors: dict[str, str] = {}
    if values["zone"] not in (*ZONES, here):
        values["zone"], errors["zone"] = here, _("Please choose one of the time zones.")
    zone = ZoneInfo(values["zone"])
    for name in INSTANTS:
        instant = entered_instant(entered[name], visit, zone)
        if instant is None:
            errors[name] = _("Please enter a date and a time that exist in the conference's zone.")
        else:
            values[name] = instant
    try:
        values["purge"] = midnight_after(date.fromisoformat(entered["purge"]), zone)
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


def _entered_of(conference: Conference) -> dict[str, str]:
    zone = ZoneInfo(conference.zone)
    entered = {name: getattr(conference, name).astimezone(zone).strftime("%Y-%m-%dT%H:%M") for name in INSTANTS}
    last_day = (conference.purge - timedelta(minutes=1)).astimezone(zone).date()
    return entered | {"purge": last_day.isoformat(), "along": "yes", "zone": conference.zone}


async def _page(
    request: Request,
    visit: Visit,
    entered: Mapping[str, str],
    errors: Mapping[str, str],
    *,
    version: str | None = None,
    clash: Clash | None = None,
) -> Response:
    _ = visit.services.texts[visit.language].gettext
    # An order that another field broke is said where the closing date can be moved.
    errors = {"archive" if name == "closes" else name: sentence for name, sentence in errors.items()}
    labels: dict[str, Any] = {
        "doors": _("Doors open"),
        "live": _("Begins"),
        "archive": _("Ends"),
        "purge": _("Last day before everything is deleted"),
        "zone": _("Time zone"),
    }
    theirs = _entered_of(clash.now) if clash and clash.now else {}
    return await settings_page(
        request,
        visit,
        "desk/settings_times.html",
        errors,
        tab="times",
        saved=_("The times are saved."),
        version=version,
        clash=clash,
        labels=labels,
        times={
            "draft": visit.state is State.DRAFT,
            "announced": visit.local(visit.conference.announced) if visit.conference.announced else None,
            "closes": visit.local(visit.conference.closes),
            "closing": f"/desk/{visit.conference.slug}/closing",
            "zone": visit.conference.zone,
            "zones": zones_offered(visit.conference.zone),
        },
        theirs=[(labels[name], said) for name, said in theirs.items() if name in labels and said != entered.get(name)],
        form={"entered": dict(entered), "errors": errors},
    )
