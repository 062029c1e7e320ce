"""The desk's editor of the report: its text in both languages, which figures it shows, its photos, and when it is public."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.access.model import State
from conference.base.errors import ConferenceError, Conflict, Invalid, NotFound, TooMany
from conference.base.words import LANGUAGES
from conference.desk.figures import Figure, figures_of
from conference.doors.guard import page
from conference.doors.visit import Visit
from conference.results.model import Report, ReportPhoto
from conference.results.publishing.reach import report_badge
from conference.results.report import actions, rules
from conference.results.report.actions import Said, Text
from conference.results.report.pages import figure_shown, photo_shown
from conference.results.report.store import photos_of
from conference.results.rules import is_public
from conference.results.store import report_of
from conference.web.errors import explain
from conference.web.render import rendered

BROUGHT_PER_MINUTE = 20
FIELDS = 60
NOT_STORED = {"Cache-Control": "no-store"}
FIELD_OF = {"report_title": "title-de", "report_body": "body-de"}
"""Where a refusal belongs; the others stand above the form."""


async def report(request: Request, visit: Visit) -> Response:
    """GET shows the editor; POST keeps the text, and `do` (publish, unpublish) what becomes of it."""
    if request.method != "POST":
        return await _page(request, visit)
    async with request.form(max_files=0, max_fields=FIELDS, max_part_size=256 * 1024) as form:
        entered = _fields(form)
    person = visit.viewer.person
    by = person.id if person else None
    chosen = await _chosen(visit, entered)
    try:
        async with visit.services.db.work() as work:
            await actions.save_report(visit.services, work, visit.conference.id, _text(entered, chosen))
            if entered.get("do") == "publish":
                await actions.publish_report(visit.services, work, visit.conference.id, by=by)
            elif entered.get("do") == "unpublish":
                await actions.unpublish_report(visit.services, work, visit.conference.id, by=by)
    except (Invalid, Conflict) as error:
        return await _page(request, visit, entered=entered, error=error)
    return RedirectResponse(f"{request.url.path}?done={entered.get('do', 'save')}", 303)


def _fields(form: FormData, photo: str = "") -> dict[str, str]:
    """Texts by name; of the figures, which share a name, those that are ticked. photo: what the names of its form end with, since
    a page has many of them."""
    fields = {name.removesuffix(f"-{photo}"): value for name, value in form.items() if isinstance(value, str)}
    return fields | {"figures": " ".join(str(value) for value in form.getlist("figure"))}


def _text(entered: Mapping[str, str], chosen: list[Figure]) -> Text:
    change = entered.get("change", "")
    return Text(
        title=_in_languages(entered, "title"),
        body=_in_languages(entered, "body"),
        remains=entered.get("remains") == "yes",
        change=int(change) if change.isdecimal() and len(change) < 10 else 0,
        figures=chosen,
    )


def _in_languages(entered: Mapping[str, str], name: str) -> dict[str, str]:
    return {code: entered.get(f"{name}-{code}", "") for code in LANGUAGES}


async def _chosen(visit: Visit, entered: Mapping[str, str]) -> list[Figure]:
    wanted = entered["figures"].split()
    return [figure for figure in await _figures(visit) if figure["key"] in wanted]


async def _figures(visit: Visit) -> list[Figure]:
    """What can be told now; once the conference is purged what the report has kept."""
    async with visit.services.db.read() as db:
        if visit.state is State.PURGED:
            kept = await report_of(db, visit.conference.id)
            return list(kept.figures or []) if kept else []
        return await figures_of(db, visit.conference, visit.now, visit.services.texts)


async def photos(request: Request, visit: Visit) -> Response:
    """Brings one photo with what is said of it. It is looked at in a process of its own."""
    person = visit.viewer.person
    visit.services.limits.check("photos", person.id if person else "", per_minute=BROUGHT_PER_MINUTE)
    async with request.form(max_files=1, max_fields=FIELDS, max_part_size=16 * 1024) as form:
        entered, file = _fields(form, "new"), form.get("photo-new")
        try:
            if not isinstance(file, UploadFile) or not file.filename:
                raise Invalid("photo_type")
            with tempfile.NamedTemporaryFile(prefix="meetingpoint-photo-") as kept:
                await asyncio.to_thread(_copy, file, kept)
                await actions.bring_photo(visit.services, visit.conference.id, Path(kept.name), _said(entered))
        except (Invalid, TooMany) as error:
            return await _page(request, visit, entered=entered, error=error, photo="new")
    return RedirectResponse(f"{_base(visit)}?done=photo#photos", 303)


def _copy(file: UploadFile, kept: Any) -> None:
    shutil.copyfileobj(file.file, kept)
    kept.flush()


def _said(entered: Mapping[str, str]) -> Said:
    return Said(entered.get("credit", ""), _in_languages(entered, "alt"), _in_languages(entered, "caption"))


async def photo(request: Request, visit: Visit) -> Response:
    """One photo: `do` is describe, up, down or remove."""
    services, conference_id, photo_id = visit.services, visit.conference.id, request.path_params["photo"]
    async with request.form(max_files=0, max_fields=FIELDS, max_part_size=16 * 1024) as form:
        entered = _fields(form, photo_id)
    do = entered.get("do", "")
    try:
        async with services.db.work() as work:
            if do == "describe":
                await actions.describe_photo(services, work, conference_id, photo_id, _said(entered))
            elif do in ("up", "down"):
                await actions.move_photo(services, work, conference_id, photo_id, do == "up")
            elif do == "remove":
                await actions.remove_photo(services, work, conference_id, photo_id)
            else:
                raise NotFound("page")
    except Invalid as error:
        return await _page(request, visit, entered=entered, error=error, photo=photo_id)
    place = "photos" if do == "remove" else f"photo-{photo_id}"
    return RedirectResponse(f"{_base(visit)}?done={do}#{place}", 303)


async def _page(
    request: Request,
    visit: Visit,
    *,
    entered: dict[str, str] | None = None,
    error: ConferenceError | None = None,
    photo: str = "",
) -> Response:
    """photo: which one's form came back ("new": that of another one); "": the text's."""
    _ = visit.services.texts[visit.language].gettext
    async with visit.services.db.read() as db:
        found = await report_of(db, visit.conference.id)
        pictures = await photos_of(db, visit.conference.id)
    figures = await _figures(visit)
    sentence = explain(error, visit.services.texts[visit.language]) if error else ""
    theirs = found if isinstance(error, Conflict) else None
    return await rendered(
        request,
        "desk/report.html",
        status=(409 if theirs else 422) if error else 200,
        title=_("Report"),
        headers=NOT_STORED,
        report={
            "desk": f"/desk/{visit.conference.slug}",
            "action": _base(visit),
            "public": f"/{visit.conference.slug}/report" if found else None,
            "published": found is not None and is_public(found, visit.now),
            "badge": report_badge(visit, found),
            "reach": _reach(visit, found),
            "done": _done(visit, request.query_params.get("done", "")),
            "change": _change(found, entered if isinstance(error, Invalid) and not photo else None),
            "figures": [_figure(visit, figure, found, entered if not photo else None) for figure in figures],
            "photos": [_photo(visit, each, entered if photo == each.id else None) for each in pictures],
            "photos_action": f"{_base(visit)}/photos",
            "room": len(pictures) < rules.MOST_PHOTOS,
            "theirs": {"title": theirs.title, "body": theirs.body} if theirs else None,
        },
        limits={name: getattr(rules, name) for name in vars(rules) if name.startswith(("LONGEST", "MOST", "LARGEST"))},
        text=_entered_text(found, entered if not photo else None),
        fresh=_entered_photo(entered if photo == "new" else None),
        errors=_errors(error, sentence, photo) | (_lacking(visit, entered or {}, photo) if error is not None and photo else {}),
        where=photo,
    )


def _reach(visit: Visit, found: Report | None) -> str:
    """From when on it can be read, while that is still to come."""
    words = visit.services.texts[visit.language]
    _ = words.gettext
    if found is None or not is_public(found, visit.now) or visit.now >= visit.times.archive:
        return ""
    begins = words.moment(visit.local(visit.times.archive))
    return _("For everybody from {moment}, when the public archive begins. Until then only the organisers can read it.").format(
        moment=begins
    )


def _change(found: Report | None, entered: Mapping[str, str] | None) -> str:
    """The number of the text that the form goes out from. What came back for another reason is still as old as it was."""
    return entered.get("change", "") if entered is not None else str(found.change if found else 0)


def _lacking(visit: Visit, entered: Mapping[str, str], photo: str) -> dict[str, str]:
    """Everything that is to be said of a photo and is missing, so that nobody learns of one after the other."""
    words = visit.services.texts[visit.language]
    lacking = {"credit": Invalid("photo_credit"), "alt-de": Invalid("photo_alt")}
    return {f"{name}-{photo}": explain(error, words) for name, error in lacking.items() if not entered.get(name, "").strip()}


def _errors(error: ConferenceError | None, sentence: str, photo: str) -> dict[str, str]:
    """Field -> sentence. Those of a photo carry its name, as its fields do."""
    if error is None:
        return {}
    if photo:
        field = {"photo_credit": "credit", "photo_alt": "alt-de"}.get(error.code, "photo" if photo == "new" else "credit")
        return {f"{field}-{photo}": sentence}
    return {FIELD_OF.get(error.code, "text"): sentence}


def _entered_text(found: Report | None, entered: Mapping[str, str] | None) -> dict[str, Any]:
    if entered is not None:
        said = {f"{name}_{code}": entered.get(f"{name}-{code}", "") for name in ("title", "body") for code in LANGUAGES}
        return said | {"remains": entered.get("remains") == "yes"}
    kept = {"title": found.title if found else {}, "body": found.body if found else {}}
    said = {f"{name}_{code}": words.get(code, "") for name, words in kept.items() for code in LANGUAGES}
    return said | {"remains": found.remains if found else True}


def _entered_photo(entered: Mapping[str, str] | None) -> dict[str, str]:
    names = ("credit", *(f"{name}-{code}" for name in ("alt", "caption") for code in LANGUAGES))
    return {name.replace("-", "_"): (entered or {}).get(name, "") for name in names}


def _photo(visit: Visit, found: ReportPhoto, entered: Mapping[str, str] | None) -> dict[str, Any]:
    said = {"credit": found.credit}
    said |= {f"{name}_{code}": getattr(found, name).get(code, "") for name in ("alt", "caption") for code in LANGUAGES}
    return {
        **photo_shown(visit, found, f"/{visit.conference.slug}/report/photos"),
        "action": f"{_base(visit)}/photos/{found.id}",
        "said": _entered_photo(entered) if entered is not None else said,
    }


def _figure(visit: Visit, figure: Figure, found: Report | None, entered: Mapping[str, str] | None) -> dict[str, Any]:
    """With nothing kept yet, all are proposed."""
    kept = [each["key"] for each in found.figures or []] if found is not None and found.figures is not None else None
    chosen = entered["figures"].split() if entered is not None else kept
    return {**figure_shown(visit, figure), "chosen": chosen is None or figure["key"] in chosen}


def _done(visit: Visit, what: str) -> str | None:
    _ = visit.services.texts[visit.language].gettext
    return {
        "save": _("The report is saved."),
        "publish": _("The report is published."),
        "unpublish": _("The report is not public any more. Its text is kept."),
        "photo": _("The photo is in the report. Place and time of taking and all else that the camera wrote are removed."),
        "describe": _("What is said of the photo is saved."),
        "up": _("The photo has moved."),
        "down": _("The photo has moved."),
        "remove": _("The photo is deleted."),
    }.get(what)


def _base(visit: Visit) -> str:
    return f"/desk/{visit.conference.slug}/report"


routes: list[Route] = [
    page("/desk/{c}/report", "desk.report", report, ("GET", "POST")),
    page("/desk/{c}/report/photos", "desk.report.photos", photos, ("POST",)),
    page("/desk/{c}/report/photos/{photo}", "desk.report.photo", photo, ("POST",)),
]
