"""What is done with decks and clips. Each is one unit of work that tells the room.

Who acts is a seat's id, which the caller knows from the socket, or a person, whom the caller knows from the cookie; never
from a message or a form.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from conference.base.captions import read_captions, webvtt
from conference.base.db import Work
from conference.base.errors import Conflict, Invalid, TooMany, Unavailable
from conference.base.jobs import Handler, Job, enqueue
from conference.base.storage import ObjectStorage
from conference.forums import store as rooms
from conference.forums.slides import rules, store
from conference.forums.slides.checking import check_file
from conference.forums.slides.events import tell_changed
from conference.forums.slides.model import Piece, PieceKind, Screening
from conference.people.model import Person
from conference.web.services import Services

FORGET = "slides.forget"
"""Kind of the job that deletes a stored object no piece refers to any more. facts: key."""
TURNS_PER_MINUTE, TURNS_AT_ONCE = 240, 40

Who = str | Person


@dataclass(frozen=True)
class Brought:
    """A file as it comes. captions: the bytes of a WebVTT or SRT file, for clips."""

    path: Path
    filename: str
    title: str = ""
    download: bool = False
    captions: bytes | None = None
    language: str = ""


def handlers(storage: ObjectStorage) -> dict[str, Handler]:
    """The jobs of this feature, for the worker."""

    async def delete(job: Job) -> None:
        await storage.delete(job.facts["key"])

    return {FORGET: delete}


async def bring(services: Services, session_id: str, person: Person | None, brought: Brought) -> Piece:
    """Add a deck or a clip at the end of the session's list, once it has been looked at. Opens its own units of work.
    person None: it comes out of a conference file.

    Raises NotAllowed, Invalid (a code for each reason), TooMany, Unavailable; then nothing has changed.
    """
    captions = captions_to_keep(brought.captions, brought.language) if brought.captions is not None else None
    async with services.looking:  # each look may take a processor and much memory; whoever comes later waits
        checked = await check_file(brought.path)
    if captions is not None and checked.kind is not PieceKind.CLIP:
        raise Invalid("captions_of_clips")
    title = rules.title_of(brought.title, brought.filename)
    ending = rules.NAMES[checked.content_type].rpartition(".")[2]
    etag = await asyncio.to_thread(_digest, brought.path)
    piece = Piece(
        id=services.ids.new(), conference_id="", session_id=session_id, kind=checked.kind, title=title, position=0,
        key=f"slides/{services.ids.secret()}.{ending}", content_type=checked.content_type, size=checked.size, etag=etag,
        pages=checked.pages, seconds=checked.seconds, width=checked.width, height=checked.height, download=brought.download,
        added=services.clock.now(),
    )  # fmt: skip
    if captions is not None:
        piece.captions_key, piece.captions_language = f"slides/{services.ids.secret()}.vtt", brought.language
    put: list[str] = []
    try:
        await services.storage.put(piece.key, brought.path, piece.content_type)
        put.append(piece.key)
        if captions is not None and piece.captions_key is not None:
            await services.storage.put(piece.captions_key, captions, "text/vtt")
            put.append(piece.captions_key)
        async with services.db.work() as work:
            return await _add(services, work, person, piece)
    except Unavailable:
        raise  # whether it was committed is unknown: rather an object too many than one too few
    except Exception:
        for key in put:
            await services.storage.delete(key)
        raise


async def _add(services: Services, work: Work, person: Person | None, piece: Piece) -> Piece:
    piece.by = await store.presenting(work.session, piece.session_id, person) if person is not None else None
    room = await rooms.room_of(work.session, piece.session_id)
    await store.screening_for_change(work, piece.session_id)
    present = await store.pieces_of(work.session, piece.session_id)
    if len(present) >= rules.MOST_PIECES:
        raise TooMany("pieces", most=rules.MOST_PIECES)
    piece.conference_id = room.session.conference_id
    piece.position = max((each.position for each in present), default=-1) + 1
    work.session.add(piece)
    tell_changed(services.outbox, work, piece.session_id)
    return piece


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def captions_to_keep(data: bytes, language: str) -> bytes:
    """As they are stored. Raises Invalid("captions_type"; fault: what is wrong with the first of them that is)."""
    reading = read_captions(data)
    if reading.faults:
        raise Invalid("captions_type", fault=asdict(reading.faults[0]))
    if language not in rules.LANGUAGES:
        raise Invalid("field", field="language")
    return webvtt(reading.cues).encode()


async def describe(
    services: Services, session_id: str, who: Who, piece_id: str, *, title: str, download: bool, words: Mapping[str, object]
) -> None:
    """Set title, whether it may be kept, and what its pages show (fields by page number). Raises NotAllowed, NotFound."""
    async with services.db.work() as work:
        _, piece = await _changing(work, session_id, who, piece_id)
        piece.title = rules.line(title, rules.TITLE_LENGTH) or piece.title
        piece.download = download
        piece.words = rules.words_of(words, piece.pages)
        _write(services, work, piece)


async def remove(services: Services, session_id: str, who: Who, piece_id: str) -> None:
    """Forget a piece, also from the stage; its objects are deleted after the commit. Raises NotAllowed, NotFound."""
    async with services.db.work() as work:
        screening, piece = await _changing(work, session_id, who, piece_id)
        if screening.piece == piece.id:
            screening.piece = None
        await forget(work, piece)
        tell_changed(services.outbox, work, session_id)


async def move(services: Services, session_id: str, who: Who, piece_id: str, up: bool) -> None:
    """Move a piece one place up or down in the list. Raises NotAllowed, NotFound."""
    async with services.db.work() as work:
        await _changing(work, session_id, who, piece_id)
        pieces = {piece.id: piece for piece in await store.pieces_of(work.session, session_id)}
        for position, name in enumerate(rules.moved(list(pieces), piece_id, up)):
            pieces[name].position = position
            work.session.add(pieces[name])
        tell_changed(services.outbox, work, session_id)


async def show(services: Services, session_id: str, who: Who, piece_id: str | None) -> None:
    """Put a piece on the stage where it stands, or (None) clear the stage. Raises NotAllowed, NotFound."""
    async with services.db.work() as work:
        await store.presenting(work.session, session_id, who)
        screening = await store.screening_for_change(work, session_id)
        if screening.piece is not None and screening.piece != piece_id:
            before = await store.piece_in(work.session, session_id, screening.piece)
            _hold(services, before)
            work.session.add(before)
        if piece_id is not None:
            piece = await store.piece_in(work.session, session_id, piece_id)
            piece.shown = piece.shown or work.now
            work.session.add(piece)
        screening.piece = piece_id
        tell_changed(services.outbox, work, session_id)


async def turn(services: Services, session_id: str, who: Who, piece_id: str, page: int) -> int:
    """Turn the deck on the stage to a page, the nearest that there is; which one. Raises NotAllowed, NotFound, Conflict."""
    _not_too_often(services, who)
    async with services.db.work() as work:
        screening, piece = await _changing(work, session_id, who, piece_id)
        if screening.piece != piece.id or piece.kind is not PieceKind.DECK:
            raise Conflict("not_on_stage")
        piece.page = min(max(page, 1), piece.pages)
        _write(services, work, piece)
        return piece.page


async def play(services: Services, session_id: str, who: Who, piece_id: str, playing: bool, at: float | None) -> None:
    """Set the clip on the stage going or hold it, at a moment (seconds; None: where it stands). At its end it begins anew.

    Raises NotAllowed, NotFound, Conflict.
    """
    _not_too_often(services, who)
    async with services.db.work() as work:
        screening, piece = await _changing(work, session_id, who, piece_id)
        if screening.piece != piece.id or piece.kind is not PieceKind.CLIP:
            raise Conflict("not_on_stage")
        _hold(services, piece)
        if at is not None:
            piece.at = min(max(at, 0.0), piece.seconds)
        if playing:
            piece.at = 0.0 if piece.at >= piece.seconds else piece.at
            piece.since = real_now(services)
        _write(services, work, piece)


def real_now(services: Services) -> datetime:
    """A clip runs by real time, whatever a demo's clock says."""
    return datetime.fromtimestamp(services.clock.real(), UTC)


def _hold(services: Services, piece: Piece) -> None:
    piece.at = rules.moment_of(piece.at, piece.since, piece.seconds, real_now(services))
    piece.since = None


async def forget_purged(services: Services) -> int:
    """Delete the pieces of conferences whose time to be forgotten has come; how many."""
    async with services.db.read() as session:
        sessions = await store.sessions_to_purge(session, services.clock.now())
    forgotten = 0
    for name in sessions:
        async with services.db.work() as work:
            screening = await store.screening_for_change(work, name)
            screening.piece = None
            for piece in await store.pieces_of(work.session, name):
                await forget(work, piece)
                forgotten += 1
    return forgotten


async def _changing(work: Work, session_id: str, who: Who, piece_id: str) -> tuple[Screening, Piece]:
    """The locked stage and a piece, for somebody who may. Raises NotAllowed, NotFound."""
    await store.presenting(work.session, session_id, who)
    screening = await store.screening_for_change(work, session_id)
    return screening, await store.piece_in(work.session, session_id, piece_id)


async def forget(work: Work, piece: Piece) -> None:
    """Delete a piece, and its objects once that is committed."""
    for key in (piece.key, piece.captions_key):
        if key is not None:
            await enqueue(work, FORGET, {"key": key})
    await work.session.delete(piece)


def _not_too_often(services: Services, who: Who) -> None:
    key = who.id if isinstance(who, Person) else who
    services.limits.check("slides", key, per_minute=TURNS_PER_MINUTE, burst=TURNS_AT_ONCE)


def _write(services: Services, work: Work, piece: Piece) -> None:
    work.session.add(piece)
    tell_changed(services.outbox, work, piece.session_id)
