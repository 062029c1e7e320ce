"""The desk's forms of the pages that the law asks for: which are there, filling a template, own words, the yearly review."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.access.model import LegalPage, Page
from conference.base.errors import Conflict, NotFound
from conference.base.words import LANGUAGES
from conference.desk.editions import changed_meanwhile
from conference.desk.legal.defaults import beginning_of, defaults_of, own_words
from conference.desk.legal.fields import LONGEST_LINE, LONGEST_TEXT, fields_of, read_fields
from conference.desk.legal.paper_pages import papers_of
from conference.desk.legal.saving import (
    OPTIONAL,
    Written,
    composed_words,
    pages_of,
    purge_days,
    review_page,
    save_page,
    stands_by_template,
)
from conference.desk.readiness.of_pages import REVIEWED_FOR, review_due, titles, written
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.visit import Visit, by_of
from conference.web.render import rendered

NOT_STORED = {"Cache-Control": "no-store"}


async def legal(request: Request, visit: Visit) -> Response:
    """Which pages there are, and when each was looked through."""
    async with visit.services.db.read() as session:
        rows = await pages_of(session, visit.conference.id)
    language = visit.services.texts[visit.language]
    return await rendered(
        request,
        "desk/legal.html",
        title=language.gettext("Legal pages"),
        headers=NOT_STORED,
        pages=[_listed(visit, each, rows.get(each)) for each in Page],
        papers=papers_of(visit),
    )


def _listed(visit: Visit, which: Page, row: LegalPage | None) -> dict[str, Any]:
    language = visit.services.texts[visit.language]
    today = visit.local(visit.now).date()
    reviewed = row.reviewed if row else None
    return {
        "title": titles(language)[which],
        "href": f"/desk/{visit.conference.slug}/legal/{which.value}",
        "state": state_of(visit, which, row),
        "reviewed": reviewed,
        "due": reviewed + REVIEWED_FOR if reviewed else None,
        "overdue": reviewed is not None and review_due(reviewed, today),
        "shown": public_address(visit, which),
        "needed": which is not Page.NOTICE,
    }


def state_of(visit: Visit, which: Page, row: LegalPage | None) -> str:
    """ "missing", "template", "own", "film" or "reason"."""
    entry = visit.conference.legal.get(which.value) or {}
    if which in OPTIONAL:
        if row is not None and row.film_key:
            return "film"
        return "own" if written(entry.get("text")) else "reason" if written(entry.get("reason")) else "missing"
    if not written(entry):
        return "missing"
    return "template" if stands_by_template(row, visit.conference, which, visit.services) else "own"


def public_address(visit: Visit, which: Page) -> str:
    base = f"/{visit.conference.slug}"
    return f"{base}/{which.value}" if which in OPTIONAL else f"{base}/legal/{which.value}"


async def one(request: Request, visit: Visit) -> Response:
    """GET shows the form (`?own`: of own words); POST `do`: save, preview, review."""
    try:
        which = Page(request.path_params["page"])
    except ValueError:
        raise NotFound("page") from None
    if request.method != "POST":
        return await form_page(request, visit, which)
    entered = await form_of(request)
    if entered.get("do") == "review":
        return await _review(request, visit, which, entered)
    filled, errors = _read(visit, which, entered)
    if errors or entered.get("do") == "preview":
        return await form_page(request, visit, which, entered=entered, errors=errors, preview=None if errors else filled)
    try:
        async with visit.services.db.work() as work:
            await save_page(visit.services, work, visit.conference.id, filled, by_of(visit))
    except Conflict as error:
        return await _meanwhile(request, visit, which, entered, error)
    return RedirectResponse(f"{request.url.path}?done=save", 303)


async def _review(request: Request, visit: Visit, which: Page, entered: Mapping[str, str]) -> Response:
    try:
        async with visit.services.db.work() as work:
            await review_page(visit.services, work, visit.conference.id, which, entered.get("version", ""), by_of(visit))
    except Conflict as error:
        return await _meanwhile(request, visit, which, {}, error)
    return RedirectResponse(f"{request.url.path}?done=review", 303)


async def _meanwhile(request: Request, visit: Visit, which: Page, entered: Mapping[str, str], error: Conflict) -> Response:
    """Both texts: what was entered in the form, and what stands there now below it."""
    async with visit.services.db.read() as session:
        sentence = await changed_meanwhile(session, visit, error)
    fresh = {**entered, "version": str(error.facts["version"])} if entered else None
    return await form_page(request, visit, which, entered=fresh, errors={"": sentence}, status=409)


def _read(visit: Visit, which: Page, entered: Mapping[str, str]) -> tuple[Written, dict[str, str]]:
    """What was entered, and a sentence for each field that cannot be so."""
    language = visit.services.texts[visit.language]
    _ = language.gettext
    seen, own = entered.get("version", ""), entered.get("own") == "yes" or which in OPTIONAL
    if not own:
        values, errors = read_fields(which, entered, language)
        return Written(which, seen, own=False, fields=values), errors
    words = {name: {code: entered.get(f"{name}-{code}", "") for code in LANGUAGES} for name in ("text", "reason")}
    errors = {
        f"{name}-{code}": _("At most {n} characters, please.").format(n=LONGEST_TEXT)
        for name, texts in words.items() for code, text in texts.items() if len(text) > LONGEST_TEXT
    }  # fmt: skip
    if not words["text"]["de"].strip() and not (which in OPTIONAL and words["reason"]["de"].strip()):
        if which is Page.EASY:
            errors["text-de"] = _("Please write the text, or the reason why there is none.")
        elif which is not Page.SIGNED:
            errors["text-de"] = _("This is needed.")
    return Written(which, seen, own=True, **words), errors


async def form_page(
    request: Request, visit: Visit, which: Page, *, entered: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None, preview: Written | None = None, status: int = 422,
) -> Response:  # fmt: skip
    language = visit.services.texts[visit.language]
    async with visit.services.db.read() as session:
        rows = await pages_of(session, visit.conference.id)
    row = rows.get(which)
    by_template = stands_by_template(row, visit.conference, which, visit.services)
    own = which in OPTIONAL or ("own" in request.query_params if not entered else entered.get("own") == "yes")
    own = own or (not entered and not by_template and "template" not in request.query_params)
    today = visit.local(visit.now).date()
    values = dict(entered) if entered else _values(visit, which, rows, own=own)
    return await rendered(
        request,
        "desk/legal_page.html",
        status=status if errors else 200,
        title=titles(language)[which],
        headers=NOT_STORED,
        form={
            "page": which.value,
            "action": request.url.path,
            "own": own,
            "optional": which in OPTIONAL,
            "fields": [] if own else fields_of(which, language),
            "values": values,
            "version": values.get("version") or (str(row.version) if row else "0"),
            "longest": {"line": LONGEST_LINE, "text": LONGEST_TEXT},
        },
        now={
            **_listed(visit, which, row),
            "text": visit.say((visit.conference.legal.get(which.value) or {}) if which not in OPTIONAL else {}),
            "by_template": by_template,
            "film": which is Page.SIGNED and row is not None and row.film_key is not None,
            "captions": row is not None and bool(row.film_captions),
        },
        drafted=composed_words(visit.services, which, {**preview.fields, "purge_days": purge_days(visit.conference)}, today)
        if preview is not None and not preview.own
        else {code: text for code, text in preview.text.items() if text.strip()}
        if preview is not None
        else None,
        errors=dict(errors or {}),
        flash=_done(visit, request.query_params.get("done", "")),
        above=[{"label": language.gettext("Legal pages"), "href": f"/desk/{visit.conference.slug}/legal"}],
    )


def _values(visit: Visit, which: Page, rows: Mapping[Page, LegalPage], *, own: bool) -> dict[str, str]:
    """What the form begins with: what stands, or else what is known from elsewhere."""
    row = rows.get(which)
    if not own:
        others = {page: each for page, each in rows.items() if page is not which}
        return {**defaults_of(which, visit.conference, others, visit.local(visit.now).date()), **(row.fields if row else {})}
    words = own_words(which, visit.conference)
    if any(words.values()):
        return words
    day = visit.services.texts["de"].date(visit.local(visit.conference.live))
    return {**words, **{f"text-{code}": text for code, text in beginning_of(which, visit.conference, day).items()}}


def _done(visit: Visit, what: str) -> str | None:
    _ = visit.services.texts[visit.language].gettext
    sentences = {
        "save": _("Saved. Readers see it at once."),
        "review": _("Noted: looked through today."),
        "film": _("The film is there. Readers see it at once."),
        "removed": _("The film is deleted."),
    }
    return sentences.get(what)


routes: list[Route] = [
    page("/desk/{c}/legal", "desk.legal", legal),
    page("/desk/{c}/legal/{page}", "desk.legal.page", one, ("GET", "POST")),
]
