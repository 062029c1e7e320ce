"""Bringing decks and clips, before the session or during it, describing them, and their files."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from conference.access.rules import signed_seconds
from conference.base.captions import LARGEST as LARGEST_CAPTIONS
from conference.base.errors import Invalid, NotAllowed, NotFound, TooMany
from conference.doors.guard import page
from conference.doors.table import Standing
from conference.doors.visit import Visit, standing_of
from conference.forums import store as rooms
from conference.forums.slides import actions, rules, store, view
from conference.forums.slides.actions import Brought
from conference.forums.slides.model import Piece, PieceKind
from conference.forums.store import Room
from conference.people.model import Person
from conference.program.model import Session
from conference.web.errors import explain, wants_json
from conference.web.objects import send_object
from conference.web.render import rendered

BROUGHT_PER_MINUTE = 10
FIELDS = rules.MOST_PAGES + 20
FIELD_BYTES = 16 * 1024
NOT_STORED = {"Cache-Control": "private, no-cache"}


async def slides(request: Request, visit: Visit) -> Response:
    """The list of a session's decks and clips, for who moderates or speaks there; POST brings one more."""
    room, person = await _presenting(request, visit)
    if request.method != "POST":
        return await _list(request, visit, room, {}, {})
    visit.services.limits.check("slides brought", person.id, per_minute=BROUGHT_PER_MINUTE)
    async with _form(request) as form:
        try:
            piece = await _bring(visit, room, person, form)
        except (Invalid, TooMany) as error:
            if wants_json(request):
                raise
            entered = {name: value for name, value in form.items() if isinstance(value, str)}
            return await _list(request, visit, room, entered, {"file": explain(error, visit.services.texts[visit.language])})
    if wants_json(request):
        return JSONResponse(view.piece_for(piece), 201, {"Cache-Control": "no-store"})
    return RedirectResponse(f"{_base(visit, room)}#{piece.id}", 303)


async def _bring(visit: Visit, room: Room, person: Person, form: FormData) -> Piece:
    file, captions = _file(form, "file"), _file(form, "captions")
    if file is None:
        raise Invalid("slides_type")
    said = await captions.read(LARGEST_CAPTIONS + 1) if captions is not None else None
    with tempfile.NamedTemporaryFile(prefix="meetingpoint-slides-") as kept:
        await asyncio.to_thread(_copy, file, kept)
        brought = Brought(
            Path(kept.name),
            file.filename or "",
            _text(form, "title"),
            _text(form, "download") == "yes",
            said,
            _text(form, "language"),
        )
        return await actions.bring(visit.services, room.session.id, person, brought)


async def piece(request: Request, visit: Visit) -> Response:
    """One deck or clip: title, whether it may be kept, what its pages show; POST changes, moves or removes it."""
    room, person = await _presenting(request, visit)
    services, name = visit.services, request.path_params["piece"]
    if request.method == "POST":
        async with _form(request) as form:
            do = _text(form, "do")
            if do == "remove":
                await actions.remove(services, room.session.id, person, name)
            elif do in ("up", "down"):
                await actions.move(services, room.session.id, person, name, do == "up")
            else:
                words = {key.removeprefix("page-"): value for key, value in form.items() if key.startswith("page-")}
                title, download = _text(form, "title"), _text(form, "download") == "yes"
                await actions.describe(
                    services, room.session.id, person, name, title=title, download=download, words=words
                )  # fmt: skip
        return RedirectResponse(_base(visit, room), 303)
    async with services.db.read() as session:
        found = await store.piece_in(session, room.session.id, name)
    shown = {
        **view.piece_for(found),
        "href": f"{_base(visit, room)}/{found.id}",
        "words": found.words,
        "back": _base(visit, room),
        "longest": rules.WORDS_LENGTH,
        "longest_title": rules.TITLE_LENGTH,
    }
    return await rendered(request, "slides/piece.html", title=found.title, headers=NOT_STORED, piece=shown)


async def file(request: Request, visit: Visit) -> Response:
    """A file of a piece, decided now: the deck, captions and descriptions come through the app, a film by an address of the
    store that is good for some minutes, since players ask for it in many parts. `?save`: as a download, if it may be kept."""
    slug, piece_id, name = (request.path_params[key] for key in ("s", "piece", "file"))
    async with visit.services.db.read() as session:
        found = await store.piece_for_fetching(session, visit, slug, piece_id)
        presents = await store.presents(session, await rooms.room_by_slug(session, visit.conference.id, slug), visit.viewer)
    if name == "words.json":
        return JSONResponse(found.words, headers=NOT_STORED)
    storage, headers = visit.services.storage, dict(NOT_STORED)
    if name == "captions.vtt" and found.captions_key is not None:
        return await send_object(
            request, storage, found.captions_key, content_type="text/vtt; charset=utf-8", headers=headers
        )  # fmt: skip
    if name != rules.NAMES[found.content_type]:
        raise NotFound("piece")
    saved = None
    if "save" in request.query_params:
        if not (presents or rules.may_keep(found)):
            raise NotAllowed("slides_not_kept")
        saved = f"{found.title}.{name.rpartition('.')[2]}"
    seconds = signed_seconds(visit.times, visit.now)
    if found.kind is PieceKind.CLIP and seconds >= 1:
        address = storage.sign_get(found.key, seconds, filename=saved, content_type=found.content_type)
        return RedirectResponse(address, 302, {"Cache-Control": "no-store"})
    return await send_object(request, storage, found.key, filename=saved, content_type=found.content_type, headers=headers)


async def _list(request: Request, visit: Visit, room: Room, entered: dict[str, str], errors: dict[str, str]) -> Response:
    _ = visit.services.texts[visit.language].gettext
    async with visit.services.db.read() as session:
        programme = await store.programme_of(session, room.session.id)
    base = _base(visit, room)
    shown = {
        "action": base,
        "session": {"title": visit.say(room.session.title), "href": base.removesuffix("/slides")},
        "pieces": [
            {**view.piece_for(each), "href": f"{base}/{each.id}", "on_stage": each is programme.on_stage}
            for each in programme.pieces
        ],
        "languages": [
            {"value": "de", "label": _("German")},
            {"value": "en", "label": _("English")},
            {"value": "", "label": _("Another one")},
        ],
        "most_pages": rules.MOST_PAGES, "largest_deck": rules.LARGEST_DECK, "largest_clip": rules.LARGEST_CLIP,
        "longest_title": rules.TITLE_LENGTH,
    }  # fmt: skip
    return await rendered(
        request,
        "slides/slides.html",
        status=422 if errors else 200,
        title=_("Slides and clips"),
        headers=NOT_STORED,
        slides=shown,
        form={"entered": entered, "errors": errors},
    )


async def _presenting(request: Request, visit: Visit) -> tuple[Room, Person]:
    """Session and visitor. Raises NotAllowed for all who neither moderate nor speak there, before anything is read."""
    person = visit.viewer.person
    async with visit.services.db.read() as session:
        room = await rooms.room_by_slug(session, visit.conference.id, request.path_params["s"])
        if person is None or not await store.presents(session, room, visit.viewer):
            raise NotAllowed("presenters_only")
        await store.presenting(session, room.session.id, person)
    return room, person


@asynccontextmanager
async def _form(request: Request) -> AsyncIterator[FormData]:
    """The form with its files on disk. Raises Invalid for what is none."""
    async with request.form(max_files=2, max_fields=FIELDS, max_part_size=FIELD_BYTES) as form:
        yield form


def _file(form: FormData, name: str) -> UploadFile | None:
    value = form.get(name)
    return value if isinstance(value, UploadFile) and value.filename else None


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _copy(file: UploadFile, kept: Any) -> None:
    shutil.copyfileobj(file.file, kept)
    kept.flush()


def _base(visit: Visit, room: Room) -> str:
    return f"/{visit.conference.slug}/sessions/{room.session.slug}/slides"


async def slides_of(visit: Visit, held: Session) -> dict[str, Any]:
    """For the session's page: where pieces are brought (None for all who may not), and those that may be saved."""
    person = visit.viewer.person
    if person is None:
        return {"slides_href": None, "kept": []}
    base = f"/{visit.conference.slug}/sessions/{held.slug}/slides"
    async with visit.services.db.read() as session:
        room = await rooms.room_of(session, held.id)
        presents = await store.presents(session, room, visit.viewer)
        kept = [piece for piece in await store.pieces_of(session, held.id) if rules.may_keep(piece)]
    if standing_of(visit.viewer) is Standing.STRANGER:
        kept = []
    documents = [
        {
            "href": f"{base}/{piece.id}/{rules.NAMES[piece.content_type]}?save",
            "title": piece.title,
            "kind": rules.NAMES[piece.content_type].rpartition(".")[2].upper(),
            "bytes": piece.size,
            "language": None,
        }
        for piece in kept
    ]
    return {"slides_href": base if presents else None, "kept": documents}


routes: list[Route] = [
    page("/{c}/sessions/{s}/slides", "slides", slides, methods=("GET", "POST")),
    page("/{c}/sessions/{s}/slides/{piece}", "slides.piece", piece, methods=("GET", "POST")),
    page("/{c}/sessions/{s}/slides/{piece}/{file}", "slides.file", file, methods=("GET", "HEAD")),
]
