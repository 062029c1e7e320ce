"""The first page of the settings: what the conference is called, whom one can ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from conference.access.actions import change_settings
from conference.access.model import Conference
from conference.base.errors import Conflict, Invalid
from conference.base.letters import deliverable
from conference.base.words import LANGUAGES, Words
from conference.desk.settings.tabs import Clash, clash_of, settings_page
from conference.doors.pages import form_of
from conference.doors.visit import Visit, by_of
from conference.results.text import clean
from conference.web.errors import explain

LONGEST = {"title": 150, "motto": 120, "place": 150, "people_expected": 150, "purpose": 1000}
LONGEST_CONTACT = 120


async def words(request: Request, visit: Visit) -> Response:
    """GET shows the form; POST keeps what it says."""
    if request.method != "POST":
        return await page_of(request, visit, entered_of(visit.conference), {})
    form = await form_of(request)
    entered = {name: form.get(name, "") for name in entered_of(visit.conference)}
    values, errors = read_words(visit, entered)
    if errors:
        return await page_of(request, visit, entered, errors, version=form.get("version"))
    try:
        async with visit.services.db.work() as work:
            await change_settings(
                work, visit.services.outbox, visit.conference.id, values, seen=form.get("version"), by=by_of(visit)
            )
    except Conflict as error:
        return await page_of(request, visit, entered, {}, clash=await clash_of(visit, error))
    return RedirectResponse(f"{request.url.path}?saved", 303)


def entered_of(conference: Conference) -> dict[str, str]:
    """The form as the conference has it."""
    entered = {f"{name}-{code}": getattr(conference, name).get(code, "") for name in LONGEST for code in LANGUAGES}
    contact = conference.contact
    entered |= {f"contact-name-{code}": (contact.get("name") or {}).get(code, "") for code in LANGUAGES}
    return entered | {"contact-email": contact.get("email") or "", "contact-phone": contact.get("phone") or ""}


def read_words(visit: Visit, entered: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Columns of Conference, and field -> sentence."""
    language = visit.services.texts[visit.language]
    _ = language.gettext
    errors: dict[str, str] = {}

    def text(field: str, most: int, *, lines: bool = False, needed: bool = False) -> str:
        try:
            return clean(entered[field], most, lines=lines, needed=needed)
        except Invalid as error:
            errors[field] = explain(error, language)
            return ""

    def both(field: str, most: int, *, lines: bool = False, needed: bool = False) -> Words:
        read = {code: text(f"{field}-{code}", most, lines=lines, needed=needed and code == "de") for code in LANGUAGES}
        return {code: said for code, said in read.items() if said}

    values: dict[str, Any] = {
        name: both(name, most, lines=name == "purpose", needed=name == "title") for name, most in LONGEST.items()
    }
    email = "".join(entered["contact-email"].split())
    if email and not deliverable(email):
        errors["contact-email"] = _("Please enter a full address, such as name@example.org.")
    values["contact"] = {
        "name": both("contact-name", LONGEST_CONTACT, needed=True),
        "email": email,
        "phone": text("contact-phone", LONGEST_CONTACT),
    }
    return values, errors


async def page_of(
    request: Request,
    visit: Visit,
    entered: Mapping[str, str],
    errors: Mapping[str, str],
    *,
    version: str | None = None,
    clash: Clash | None = None,
) -> Response:
    _ = visit.services.texts[visit.language].gettext
    theirs = entered_of(clash.now) if clash and clash.now else {}
    return await settings_page(
        request,
        visit,
        "desk/settings_words.html",
        errors,
        tab="words",
        saved=_("The settings are saved."),
        version=version,
        clash=clash,
        longest={**LONGEST, "contact": LONGEST_CONTACT},
        theirs=[(_label(visit, name), said) for name, said in theirs.items() if said != entered.get(name)],
        form={"entered": dict(entered), "errors": dict(errors)},
    )


def _label(visit: Visit, field: str) -> str:
    """What the form calls a field, with its language."""
    _ = visit.services.texts[visit.language].gettext
    labels = {
        "title": _("Title"), "motto": _("Motto"), "place": _("Place"), "people_expected": _("Who is expected"),
        "purpose": _("What it is about"), "contact-name": _("Name of the office or person"),
        "contact-email": _("E-mail address"), "contact-phone": _("Telephone"),
    }  # fmt: skip
    name, _dash, code = field.rpartition("-")
    return f"{labels[name]}, {_('in German') if code == 'de' else _('in English')}" if code in LANGUAGES else labels[field]
