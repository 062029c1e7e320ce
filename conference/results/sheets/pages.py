"""The editor of a session's sheet: one form, saved as it is filled in; without scripts by its buttons."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from conference.base.errors import ConferenceError, Invalid, NotFound
from conference.doors.guard import page
from conference.doors.visit import Visit
from conference.results.collecting.events import findings_topic
from conference.results.publishing.view import publishing_of
from conference.results.setting.drawing import occasion_of
from conference.results.setting.press import set_pictures, set_sheet
from conference.results.setting.shape import Look, Occasion
from conference.results.setting.store import look_of
from conference.results.sheets import review_pages
from conference.results.sheets.acting import act
from conference.results.sheets.fields import FIELDS
from conference.results.sheets.files import docx, markdown
from conference.results.sheets.opening import Opened, opened
from conference.results.sheets.outline import Outline, outline_of
from conference.results.sheets.rules import stand_of
from conference.results.sheets.saving import MOST_CHANGES, Change, Form, Saved, save
from conference.results.sheets.store import approvals_of, comments_of, names_of
from conference.results.sheets.view import FILES, form_of, frame_of, head_of, in_language, page_of, preview_of, roles_of
from conference.web.errors import explain, wants_json
from conference.web.render import rendered

NOT_STORED = {"Cache-Control": "private, no-store"}
LARGEST_BODY = 2 * 1024 * 1024
SAVED_PER_MINUTE = 240
SET_PER_MINUTE = 120


async def editor(request: Request, visit: Visit) -> Response:
    """The form; `?part`: its fields alone, for a page that has it and heard of a change. POST takes a whole form and then one act
    (`do`, see `acting.py`)."""
    slug = request.path_params["s"]
    sheet = await opened(visit, slug, editing=True)
    if request.method == "POST":
        return await _post(request, visit, sheet)
    return await _show(request, visit, sheet)


async def _show(
    request: Request,
    visit: Visit,
    sheet: Opened,
    *,
    saved: Sequence[Saved] = (),
    entered: Mapping[str, str] | None = None,
    said: str = "",
) -> Response:
    """entered: what a form brought that is not stored, by field."""
    part = "part" in request.query_params
    errors, conflicts = await _faults(visit, saved)
    async with visit.services.db.read() as db:
        publishing = None if part else await publishing_of(db, visit, sheet.draft.session)
        approvals = await approvals_of(db, sheet.draft.session.id)
        comments = await comments_of(db, sheet.draft.session.id)
    status = 409 if conflicts else 422 if errors or said else 200
    return await rendered(
        request,
        "results/_editor_fields.html" if part else "results/editor.html",
        status=status,
        title=visit.services.texts[visit.language].gettext("Results sheet"),
        headers=NOT_STORED,
        sheet=frame_of(visit, sheet, "edit"),
        form=form_of(visit, sheet, english="english" in request.query_params),
        draft=preview_of(visit, sheet.draft),
        publishing=publishing,
        approvers=[(person.name, stand_of(one, sheet.draft.sheet.changes).value) for one, person in approvals],
        open_comments=sum(one.settled is None for one, _name in comments),
        errors=errors,
        conflicts=conflicts,
        entered=entered or {},
        said=said,
        saved="saved" in request.query_params and not errors and not conflicts,
        undo=_number(request.query_params.get("undo", "")),
        live={"topics": findings_topic(sheet.draft.session.id), "last": request.state.live_last},
    )


async def _faults(visit: Visit, saved: Sequence[Saved]) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Field -> sentence; field -> what stands there now and who wrote it."""
    words = visit.services.texts[visit.language]
    async with visit.services.db.read() as db:
        names = await names_of(db, [one.by for one in saved])
    errors = {one.field: explain(one.error, words) for one in saved if one.error is not None}
    conflicts = {one.field: {"text": one.text, "by": names.get(one.by or "", "")} for one in saved if one.result == "conflict"}
    return errors, conflicts


async def _post(request: Request, visit: Visit, sheet: Opened) -> Response:
    _not_too_often(visit, sheet)
    async with request.form(max_files=0, max_fields=4 * MOST_CHANGES, max_part_size=64 * 1024) as form:
        changes, do = _changes(form), str(form.get("do", ""))
        values = {name: str(value) for name, value in form.items()}
        chosen = [str(value) for value in form.getlist("chosen")]
    _changes_now, saved = await save(visit.services, sheet.draft.session, changes, _form(visit, sheet))
    held = {one.field for one in saved if one.result in ("conflict", "refused")}
    if held:
        fresh = await opened(visit, sheet.draft.session.slug, editing=True)
        kept = {name: value for name, value in values.items() if name in held or name.startswith("new.")}
        return await _show(request, visit, fresh, saved=saved, entered=kept)
    try:
        done = await act(visit.services, sheet.draft.session, do, values, chosen, by=sheet.person.id, language=visit.language)
    except ConferenceError as error:
        if wants_json(request):
            raise
        sentence = explain(error, visit.services.texts[visit.language])
        kept = {name: value for name, value in values.items() if name.startswith("new.")}
        fresh = await opened(visit, sheet.draft.session.slug, editing=True)
        return await _show(request, visit, fresh, entered=kept, said=sentence)
    if wants_json(request):
        return JSONResponse({"change": done.change, "line": done.line}, headers=NOT_STORED)
    place = f"#line-{done.line}" if done.line else ""
    return RedirectResponse(f"{request.url.path}?saved{f'&undo={done.change}' if done.undoable else ''}{place}", 303)


def _changes(form: FormData) -> list[Change]:
    """Every field of a form that says something else than the page knew (`was.FIELD`)."""
    changes = []
    for name, value in form.items():
        if name in FIELDS or name.startswith("line."):
            text, base = str(value).replace("\r\n", "\n"), str(form.get(f"was.{name}", "")).replace("\r\n", "\n")
            if text != base:
                changes.append(Change(name, text, base))
    return changes


async def autosave(request: Request, visit: Visit) -> Response:
    """POST {"changes": [{field, text, base}]} -> {"changes": number, "saved": [{field, result, text, by, error}]}. Raises
    Invalid."""
    sheet = await opened(visit, request.path_params["s"], editing=True)
    _not_too_often(visit, sheet)
    changes = _read(await _body(request))
    number, saved = await save(visit.services, sheet.draft.session, changes, _form(visit, sheet))
    words = visit.services.texts[visit.language]
    async with visit.services.db.read() as db:
        names = await names_of(db, [one.by for one in saved])
    told = [
        {
            "field": one.field,
            "result": one.result,
            "text": one.text,
            "by": names.get(one.by or "", ""),
            "error": explain(one.error, words) if one.error is not None else "",
        }
        for one in saved
    ]
    return JSONResponse({"changes": number, "saved": told}, headers=NOT_STORED)


async def _body(request: Request) -> bytes:
    """Raises Invalid for one that no page of ours sends."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise Invalid("field", field="changes")
    return bytes(body)


def _read(body: bytes) -> list[Change]:
    """Raises Invalid."""
    try:
        sent = json.loads(body)["changes"]
        found = [Change(one["field"], one["text"], one["base"]) for one in sent]
        "".join(text for one in found for text in (one.field, one.text, one.base)).encode()  # texts, and no halves of letters
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Invalid("field", field="changes") from None
    return found


def _form(visit: Visit, sheet: Opened) -> Form:
    return Form(sheet.person.id, page_of(visit), roles_of(visit))


def _not_too_often(visit: Visit, sheet: Opened) -> None:
    visit.services.limits.check("sheet saved", sheet.person.id, per_minute=SAVED_PER_MINUTE, burst=60)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


async def preview(request: Request, visit: Visit) -> Response:
    """The sheet as the public will read it; `?part`: without the page around it."""
    sheet = await opened(visit, request.path_params["s"])
    part = "part" in request.query_params
    return await rendered(
        request,
        "results/_preview.html" if part else "results/preview.html",
        title=visit.services.texts[visit.language].gettext("Preview"),
        headers=NOT_STORED,
        sheet=frame_of(visit, sheet, "preview"),
        draft=preview_of(visit, sheet.draft),
    )


async def pictures(request: Request, visit: Visit) -> Response:
    """The pages of the draft's PDF as {"changes": number, "pages": [address of a PNG, "data:..."]}. Raises as `set_pictures`."""
    sheet = await opened(visit, request.path_params["s"])
    visit.services.limits.check("sheet set", sheet.person.id, per_minute=SET_PER_MINUTE)
    occasion, look = await _dress(visit, sheet)
    pages = await set_pictures(visit.services, sheet.draft.content, occasion, look)
    shown = [f"data:image/png;base64,{base64.b64encode(one).decode()}" for one in pages]
    return JSONResponse({"changes": sheet.draft.sheet.changes, "pages": shown}, headers=NOT_STORED)


async def _dress(visit: Visit, sheet: Opened) -> tuple[Occasion, Look]:
    """What the PDF says beside the content, and how it looks, in the visit's language."""
    words = visit.services.texts[visit.language]
    occasion = occasion_of(visit.conference, sheet.draft.session, words, made=visit.now, draft=True)
    async with visit.services.db.read() as db:
        return occasion, await look_of(db, visit.services.storage, visit.conference.id, visit.language)


async def export(request: Request, visit: Visit) -> Response:
    """The draft as a file: pdf, docx, md or html. Raises NotFound, NotAllowed; Invalid and Unavailable as the setting does."""
    kind = request.path_params["kind"]
    if kind not in FILES:
        raise NotFound("page")
    sheet = await opened(visit, request.path_params["s"])
    visit.services.limits.check("sheet exported", sheet.person.id, per_minute=SET_PER_MINUTE)
    spoken = in_language(visit, request.query_params.get("language", ""))
    if kind == "pdf":
        occasion, look = await _dress(spoken, sheet)
        data = (await set_sheet(visit.services, sheet.draft.content, occasion, look)).data
        content_type = "application/pdf"
    else:
        outline = outline_of(sheet.draft.content, head_of(spoken, sheet.draft))
        data, content_type = await _file(request, visit, outline, kind)
    word = spoken.services.texts[spoken.language].gettext("results")
    name = f"{visit.conference.slug}-{sheet.draft.session.slug}-{word}.{kind}"
    headers = {**NOT_STORED, "Content-Disposition": f'attachment; filename="{name}"', "Content-Language": spoken.language}
    return Response(data, media_type=content_type, headers=headers)


async def _file(request: Request, visit: Visit, outline: Outline, kind: str) -> tuple[bytes, str]:
    if kind == "md":
        return markdown(outline).encode(), "text/markdown; charset=utf-8"
    if kind == "docx":
        made = await asyncio.to_thread(docx, outline, visit.now)
        return made, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    context: dict[str, Any] = {"outline": outline, "blocks": [(type(one).__name__, one) for one in outline.blocks]}
    html = request.app.state.rendering.html("results/export.html", outline.head.language, **context)
    return html.encode(), "text/html; charset=utf-8"


routes: list[Route] = [
    page("/{c}/sessions/{s}/sheet/save", "sheet", autosave, ("POST",)),
    page("/{c}/sessions/{s}/sheet/preview", "sheet", preview),
    page("/{c}/sessions/{s}/sheet/preview.json", "sheet", pictures),
    page("/{c}/sessions/{s}/sheet/export.{kind}", "sheet", export),
    *review_pages.routes,
]
