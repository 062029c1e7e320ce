"""The page on which findings are added and put in order: plain forms, each of which a script may send as well (JSON wanted).

GET: the page; `part=panel`: the panel alone, for the room; `since=N`: what has changed after that change, as JSON.
POST: one act, named by `do`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any

import segno
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from conference.base.errors import ConferenceError, Conflict, Invalid, NotAllowed, NotFound, TooMany
from conference.doors.guard import page
from conference.doors.visit import Visit
from conference.results.collecting import acts, guests, store, view
from conference.results.collecting.acts import Came, Entered
from conference.results.collecting.settings import Heading
from conference.results.collecting.view import Gathering
from conference.web.errors import explain, status_of, wants_json
from conference.web.render import Rendering, rendered

NOT_STORED = {"Cache-Control": "private, no-store"}
ADDED_PER_MINUTE, EDITED_PER_MINUTE, EDITED_AT_ONCE = 30, 240, 120  # whoever moderates stars and sorts with two clicks a second
FORM_BYTES = 1024 * 1024  # far more than fits, so that whoever pasted a whole document gets it back with the reason
MOST_FIELDS = 1100
MOST_DIGITS = 9  # of a number, so that it fits into a database's
_KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")


async def findings(request: Request, visit: Visit) -> Response:
    """What is being collected in a session. POST: one act. The front has the address, and asks the room's moderation first."""
    async with visit.services.db.read() as db:
        session = await view.session_that_collects(db, visit, request.path_params["s"])
        if guests.may_come(visit, session) and not wants_json(request):
            return await guests.door(request, visit, session)
        found = await view.gathering_for_viewing(db, visit, session)
    if request.method == "POST":
        return await _act(request, visit, found)
    if (since := request.query_params.get("since", "")).isdecimal():
        return await _newer(request, visit, found, int(since[:MOST_DIGITS]))
    return await _page(request, visit, found, Came(**_said(request)))


async def code(request: Request, visit: Visit) -> Response:
    """The page's address as a QR code, for people who sit in a room together: dark on light in both themes."""
    async with visit.services.db.read() as db:
        session = await view.session_that_collects(db, visit, request.path_params["s"])
        found = await view.gathering_for_viewing(db, visit, session)
    address = visit.services.settings.base_url + view.address_of(visit.conference.slug, found.session)
    drawn = segno.make(address, micro=False, error="m").svg_inline(scale=8, border=4, light="#fff", dark="#000")
    svg = drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return Response(svg, media_type="image/svg+xml", headers={"Cache-Control": "private, max-age=600"})


async def _act(request: Request, visit: Visit, found: Gathering) -> Response:
    async with request.form(max_files=0, max_fields=MOST_FIELDS, max_part_size=FORM_BYTES) as form:
        entered = _entered(form, script=wants_json(request))
    limit, burst = (EDITED_PER_MINUTE, EDITED_AT_ONCE) if found.edits else (ADDED_PER_MINUTE, ADDED_PER_MINUTE)
    try:
        visit.services.limits.check("finding", found.person_id or "organiser", per_minute=limit, burst=burst)
        done = await acts.do(visit, found, entered)
    except (Invalid, TooMany, Conflict, NotAllowed, NotFound) as error:
        if wants_json(request):
            raise
        return await _page(request, visit, found, _refused(visit, entered, error))
    if wants_json(request):
        return JSONResponse(await _answer(request, visit, found, done), 409 if done.conflict else 200, NOT_STORED)
    if done.conflict:
        edit = done.line.id if done.line and entered.do == "change" else ""
        came = Came(conflict=done.line.id if done.line else "", edit=edit, text=entered.text, status=409)
        return await _page(request, visit, found, came)
    said = f"?done={entered.do}" + (f"&undo={done.undo}" if done.undo and found.edits else "")
    return RedirectResponse(f"{request.url.path}{said}#{_place(done, entered)}", 303)


def _place(done: acts.Did, entered: Entered) -> str:
    if entered.do == "add" or done.line is None:
        return "findings"
    if done.line.gone is not None:
        return f"findings-{done.line.heading}"
    return f"finding-{done.line.id}"


def _refused(visit: Visit, entered: Entered, error: ConferenceError) -> Came:
    sentence = explain(error, visit.services.texts[visit.language])
    return Came(
        error=sentence,
        where=entered.do,
        edit=entered.line if entered.do == "change" else "",
        text=entered.text,
        heading=entered.heading,
        status=status_of(error),
    )


async def _answer(request: Request, visit: Visit, found: Gathering, done: acts.Did) -> dict[str, Any]:
    """To a script: what the live event tells, of this line alone, and the number that undoes the act."""
    rendering: Rendering = request.app.state.rendering
    async with visit.services.db.read() as db:
        lines = [done.line] if done.line is not None else []
        names = await store.names_of(db, lines)

    def draw(line: Mapping[str, Any]) -> str:
        return rendering.html("results/_finding_alone.html", visit.language, line=line)

    told = view.told(done.sheet, found.session.id, done.change, lines, names, visit.language, draw)
    answer = {**told, "conflict": done.conflict, "undo": done.undo if found.edits else 0}
    if done.conflict:
        answer["text"] = explain(Conflict("finding_changed"), visit.services.texts[visit.language])
    return answer


async def _newer(request: Request, visit: Visit, found: Gathering, since: int) -> Response:
    rendering: Rendering = request.app.state.rendering
    async with visit.services.db.read() as db:
        lines = await store.lines_newer_than(db, found.session.id, since)
        names = await store.names_of(db, lines)

    def draw(line: Mapping[str, Any]) -> str:
        return rendering.html("results/_finding_alone.html", visit.language, line=line)

    change = max([since, *(line.change for line in lines), found.sheet.changes if found.sheet else 0])
    told = view.told(found.sheet, found.session.id, change, lines, names, visit.language, draw)
    return JSONResponse({**told, "adds": found.adds}, headers=NOT_STORED)


async def _page(request: Request, visit: Visit, found: Gathering, came: Came) -> Response:
    _ = visit.services.texts[visit.language].gettext
    async with visit.services.db.read() as db:
        shown = await view.panel(db, visit, found, visit.services.ids.new())
    if request.query_params.get("part") == "panel":
        rendering: Rendering = request.app.state.rendering
        html = rendering.html("results/_findings.html", visit.language, findings=shown, came=came)
        return HTMLResponse(html, headers={**NOT_STORED, "Content-Language": visit.language})
    session = await view.page_head(visit, found)
    return await rendered(
        request,
        "results/findings.html",
        status=came.status,
        title=_("Findings: {title}").format(title=session["title"]),
        headers=NOT_STORED,
        session=session,
        findings=shown,
        came=came,
        live={"topics": _topics(visit, found), "last": request.state.live_last},
    )


def _topics(visit: Visit, found: Gathering) -> str:
    """Before it begins the page also hears of the program's moments, at each of which it loads anew. It never hears of the
    conference: nobody who writes here shall lose the page because results of another session have been published."""
    topics = f"findings:{found.session.id}"
    return topics if found.begun else f"{topics} timeline:{visit.conference.id}"


def _said(request: Request) -> dict[str, Any]:
    """What the page says at first, after a form came through."""
    undo = request.query_params.get("undo", "")
    said = {name: request.query_params.get(name, "") for name in ("done", "edit")}
    return {**said, "undo": int(undo[:MOST_DIGITS]) if undo.isdecimal() else 0}


def _entered(form: FormData, script: bool) -> Entered:
    def text(name: str) -> str:
        value = form.get(name)
        return value if isinstance(value, str) else ""

    def key(value: str) -> str:
        return value if _KEY.fullmatch(value) else ""

    def number(name: str) -> int | None:
        return int(text(name)[:MOST_DIGITS]) if text(name).isdecimal() else None

    act, _, line = text("do").partition(" ")  # a button outside of a line's own form names the line as well
    return Entered(
        do=act,
        line=key(line or text("finding")),
        text=text("text"),
        heading=key(text("heading")),
        client=_client(key(text("client")), text("heading"), text("text"), script),
        person=text("person") if "person" in form else None,
        named=text("named") == "yes",
        round=number("round"),
        seen=number("seen"),
        undo=number("undo"),
        chosen=[key(value) for value in _all(form, "chosen")],
        who=text("who"),
        headings=_headings(form),
    )


def _headings(form: FormData) -> list[Heading]:
    """German titles, and English ones where the form has fields for them."""
    english = _all(form, "heading-title-en")
    found: list[Heading] = []
    for at, (key, title) in enumerate(zip(_all(form, "heading-key"), _all(form, "heading-title"), strict=False)):
        found.append((key, {"de": title, "en": english[at]} if at < len(english) else {"de": title}))
    return found


def _client(client: str, heading: str, text: str, script: bool) -> str:
    """A script names each finding anew. A form to which somebody has gone back names the finding before: another text is another
    one."""
    if script or not client:
        return client
    return f"{client}-{hashlib.sha256(f'{heading} {text}'.encode()).hexdigest()[:8]}"


def _all(form: FormData, name: str) -> list[str]:
    return [value for value in form.getlist(name) if isinstance(value, str)]


routes = [
    page("/{c}/sessions/{s}/findings/code.svg", "findings.code", code),
]
