"""The third page of the settings: who hosts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from conference.access.actions import change_settings
from conference.access.model import Conference
from conference.base.errors import Conflict, Invalid
from conference.base.words import LANGUAGES
from conference.desk.editions import changed_meanwhile
from conference.desk.settings.tabs import NOT_STORED, tabs
from conference.doors.visit import Visit, by_of
from conference.initiatives.file import is_web_address
from conference.results.text import clean
from conference.web.errors import explain
from conference.web.render import rendered

MOST_HOSTS = 30
MOST_FIELDS = 5 * MOST_HOSTS + 2
LONGEST = {"name-de": 150, "name-en": 150, "short": 30, "url": 500}
BLANK = dict.fromkeys(LONGEST, "")


async def hosts(request: Request, visit: Visit) -> Response:
    """GET shows the hosts and a line for one more; POST keeps them in the order of their numbers. An empty line goes."""
    if request.method != "POST":
        return await _page(request, visit, [*_entered_of(visit.conference), BLANK], {})
    sent = await request.form(max_files=0, max_fields=MOST_FIELDS, max_part_size=16 * 1024)
    form = {name: value for name, value in sent.items() if isinstance(value, str)}
    entered = _entered(form)
    values, errors = _read(visit, entered, visit.conference)
    if errors:
        return await _page(request, visit, entered, errors, version=form.get("version"))
    try:
        async with visit.services.db.work() as work:
            await change_settings(
                work, visit.services.outbox, visit.conference.id, {"hosts": values}, seen=form.get("version"), by=by_of(visit)
            )
    except Conflict as error:
        async with visit.services.db.read() as session:
            sentence = await changed_meanwhile(session, visit, error)
            now = await session.get(Conference, visit.conference.id)
        theirs = [each["name-de"] for each in _entered_of(now)] if now else []
        return await _page(request, visit, entered, {}, version=error.facts["version"], clash=sentence, theirs=theirs)
    return RedirectResponse(f"{request.url.path}?saved", 303)


def _entered(form: Mapping[str, str]) -> list[dict[str, str]]:
    """The lines of the form, in the order of the places that they were given. Who moved comes to stand where the form says."""
    lines = []
    for number in range(MOST_HOSTS):
        if f"name-de-{number}" not in form:
            continue
        said = form.get(f"place-{number}", "")
        place = int(said) if said.isascii() and said.isdigit() and len(said) < 4 else number + 1
        moved = (place > number + 1) - (place < number + 1)
        lines.append(((place, moved, number), {name: form.get(f"{name}-{number}", "") for name in LONGEST}))
    return [line for _, line in sorted(lines, key=lambda line: line[0])]


def _entered_of(conference: Conference) -> list[dict[str, str]]:
    return [
        {f"name-{code}": host["name"].get(code, "") for code in LANGUAGES}
        | {"short": host.get("short") or "", "url": host.get("url") or ""}
        for host in conference.hosts
    ]


def _read(visit: Visit, entered: list[dict[str, str]], conference: Conference) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Hosts as a conference keeps them, and field -> sentence. A logo stays with the host of the same name."""
    language = visit.services.texts[visit.language]
    _ = language.gettext
    logos = {host["name"].get("de"): host["logo"] for host in conference.hosts if "logo" in host}
    errors: dict[str, str] = {}
    values: list[dict[str, Any]] = []
    for number, line in enumerate(entered):
        if not any(text.strip() for text in line.values()):
            continue
        read: dict[str, str] = {}
        for name, most in LONGEST.items():
            try:
                read[name] = clean(line[name], most, needed=name == "name-de")
            except Invalid as error:
                errors[f"{name}-{number}"] = explain(error, language)
        if read.get("url") and not is_web_address(read["url"]):
            errors[f"url-{number}"] = _("Please enter a web address that begins with https://.")
        if not errors:
            names = {code: read[f"name-{code}"] for code in LANGUAGES if read[f"name-{code}"]}
            host = {"name": names, "short": read["short"], "url": read["url"] or None}
            values.append(host | ({"logo": logos[names["de"]]} if names["de"] in logos else {}))
    return values, errors


async def _page(
    request: Request,
    visit: Visit,
    entered: list[dict[str, str]],
    errors: Mapping[str, str],
    *,
    version: int | str | None = None,
    clash: str | None = None,
    theirs: list[str] | None = None,
) -> Response:
    _ = visit.services.texts[visit.language].gettext
    return await rendered(
        request,
        "desk/settings_hosts.html",
        status=409 if clash else 422 if errors else 200,
        title=_("Settings"),
        headers=NOT_STORED,
        flash=_("The hosts are saved.") if "saved" in request.query_params else None,
        tabs=tabs(visit, "hosts"),
        action=request.url.path,
        version=version if version is not None else visit.conference.version,
        hosts=entered[:MOST_HOSTS],
        longest=LONGEST,
        clash=clash,
        theirs=[(_("Hosts"), ", ".join(theirs or []))] if clash else [],
        errors=dict(errors),
    )
