"""The third page of the settings: who hosts, with their logos."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from conference.access.actions import change_settings
from conference.access.model import Conference
from conference.base.editions import locked
from conference.base.errors import Conflict, Invalid
from conference.base.logos import LARGEST_LOGO, LONGEST_ALT, kind_of_logo
from conference.base.words import LANGUAGES
from conference.desk.settings.logos import drop_logos, forget_logos, keep_logo
from conference.desk.settings.tabs import Clash, clash_of, settings_page
from conference.doors.view import logo_href
from conference.doors.visit import Visit, by_of
from conference.initiatives.file import is_web_address
from conference.results.text import clean
from conference.web.errors import explain

MOST_HOSTS = 30
NAMED = {"name-de": 150, "name-en": 150, "short": 30, "url": 500}
LONGEST = NAMED | {"alt-de": LONGEST_ALT, "alt-en": LONGEST_ALT}
MOST_FIELDS = 9 * MOST_HOSTS + 2
BLANK: dict[str, Any] = dict.fromkeys((*LONGEST, "has", "drop"), "")


async def hosts(request: Request, visit: Visit) -> Response:
    """GET shows the hosts and a line for one more; POST keeps them in the order of their numbers. An empty line goes."""
    if request.method != "POST":
        return await _page(request, visit, [*_entered_of(visit.conference), BLANK], {})
    async with request.form(max_files=MOST_HOSTS, max_fields=MOST_FIELDS, max_part_size=16 * 1024) as form:
        version = str(form.get("version", ""))
        entered = await _entered(form)
    values, errors = _read(visit, entered)
    if errors:
        return await _page(request, visit, entered, errors, version=version)
    try:
        await _save(visit, values, version)
    except Conflict as error:
        return await _page(request, visit, entered, {}, clash=await clash_of(visit, error))
    return RedirectResponse(f"{request.url.path}?saved", 303)


async def _save(visit: Visit, values: list[dict[str, Any]], version: str) -> None:
    """Raises Conflict; then a logo that came along is not kept."""
    services, new = visit.services, []
    try:
        for host in values:
            if brought := host.pop("brought", None):
                host["logo"] = await keep_logo(services, brought, host["logo"]["alt"])
                new.append(host["logo"]["key"])
        async with services.db.work() as work:
            before = (await locked(work, Conference, visit.conference.id)).hosts
            await change_settings(work, services.outbox, visit.conference.id, {"hosts": values}, seen=version, by=by_of(visit))
            await forget_logos(work, before, values)
    except BaseException as error:
        await drop_logos(services, new, error)
        raise


async def _entered(form: FormData) -> list[dict[str, Any]]:
    """The lines of the form, in the order of the places that they were given. Who moved comes to stand where the form says.
    "file": what was brought as a logo, or None."""
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    lines = []
    for number in range(MOST_HOSTS):
        if f"name-de-{number}" not in fields:
            continue
        said = fields.get(f"place-{number}", "")
        place = int(said) if said.isascii() and said.isdigit() and len(said) < 4 else number + 1
        moved = (place > number + 1) - (place < number + 1)
        line: dict[str, Any] = {name: fields.get(f"{name}-{number}", "") for name in BLANK}
        file = form.get(f"logo-{number}")
        # One byte more than may be is enough to see that it is too much.
        line["file"] = await file.read(LARGEST_LOGO + 1) if isinstance(file, UploadFile) and file.filename else None
        lines.append(((place, moved, number), line))
    return [line for _, line in sorted(lines, key=lambda line: line[0])]


def _entered_of(conference: Conference) -> list[dict[str, Any]]:
    """The lines as the conference has them. has: which logo."""
    return [
        {f"name-{code}": host["name"].get(code, "") for code in LANGUAGES}
        | {"short": host.get("short") or "", "url": host.get("url") or "", "drop": ""}
        | {f"alt-{code}": _alt(host).get(code, "") for code in LANGUAGES}
        | {"has": host["logo"]["etag"] if host.get("logo") else ""}
        for host in conference.hosts
    ]


def _alt(host: Mapping[str, Any]) -> Mapping[str, str]:
    alt: Mapping[str, str] = (host.get("logo") or {}).get("alt", {})
    return alt


def _read(visit: Visit, entered: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Hosts as a conference keeps them ("brought": the bytes of a logo that is still to be kept), and field -> sentence."""
    language = visit.services.texts[visit.language]
    _ = language.gettext
    logos = {host["logo"]["etag"]: host["logo"] for host in visit.conference.hosts if host.get("logo")}
    errors: dict[str, str] = {}
    values: list[dict[str, Any]] = []
    for number, line in enumerate(entered):
        if not any(line[name].strip() for name in NAMED) and line["file"] is None:
            continue
        read: dict[str, str] = {}
        for name, most in LONGEST.items():
            try:
                read[name] = clean(line[name], most, needed=name == "name-de")
            except Invalid as error:
                errors[f"{name}-{number}"] = explain(error, language)
        if read.get("url") and not is_web_address(read["url"]):
            errors[f"url-{number}"] = _("Please enter a web address that begins with https://.")
        logo: dict[str, Any] | None = None if line["drop"] else logos.get(line["has"])
        if line["file"] is not None:
            logo = {}
            try:
                kind_of_logo(line["file"])
            except Invalid as error:
                errors[f"logo-{number}"] = explain(error, language)
        if logo is not None and not read.get("alt-de"):
            errors.setdefault(f"alt-de-{number}", explain(Invalid("logo_alt"), language))
        if not errors:
            values.append(_host(read, logo, line["file"]))
    return values, errors


def _host(read: Mapping[str, str], logo: dict[str, Any] | None, brought: bytes | None) -> dict[str, Any]:
    names = {code: read[f"name-{code}"] for code in LANGUAGES if read[f"name-{code}"]}
    host: dict[str, Any] = {"name": names, "short": read["short"], "url": read["url"] or None}
    if logo is not None:
        host["logo"] = logo | {"alt": {code: read[f"alt-{code}"] for code in LANGUAGES if read[f"alt-{code}"]}}
    return host | ({"brought": brought} if brought is not None else {})


async def _page(
    request: Request,
    visit: Visit,
    entered: list[dict[str, Any]],
    errors: Mapping[str, str],
    *,
    version: str | None = None,
    clash: Clash | None = None,
) -> Response:
    _ = visit.services.texts[visit.language].gettext
    present = [host["logo"] for host in visit.conference.hosts if host.get("logo")]
    logos = {logo["etag"]: logo_href(visit.conference, logo) for logo in present}
    theirs = [each["name-de"] for each in _entered_of(clash.now)] if clash and clash.now else []
    return await settings_page(
        request,
        visit,
        "desk/settings_hosts.html",
        errors,
        tab="hosts",
        saved=_("The hosts are saved."),
        version=version,
        clash=clash,
        hosts=[{**line, "logo": logos.get(line["has"])} for line in entered[:MOST_HOSTS]],
        longest=LONGEST,
        largest=LARGEST_LOGO,
        theirs=[(_("Hosts"), ", ".join(theirs))] if clash else [],
    )
