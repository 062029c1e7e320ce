"""Decks and clips out of a conference file."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from conference.base.errors import Invalid
from conference.forums.slides import rules, store
from conference.forums.slides.actions import Brought, bring, captions_to_keep, forget
from conference.forums.slides.events import tell_changed
from conference.forums.slides.file import PieceFacts
from conference.forums.slides.model import Piece
from conference.program.model import Session
from conference.web.services import Services


async def import_pieces(services: Services, session: Session, facts: Sequence[PieceFacts], read: Callable[[str], bytes]) -> None:
    """Let a session have exactly these decks and clips, in this order. Doing it again changes nothing.

    read: path in the file -> bytes; raises FileNotFoundError. Opens its own units of work, so call it outside of one.
    Raises Invalid("conference_file") for one that cannot be shown; those before it are there then.
    """
    async with services.db.read() as reading:
        left = await store.pieces_of(reading, session.id)
    kept: list[str] = []
    for each in facts:
        data = await asyncio.to_thread(read, each.file)
        captions = read(each.captions.file) if each.captions is not None else None
        try:
            same = await _same(services, left, each, data, captions)
            kept.append((same or await _bring(services, session, each, data, captions)).id)
        except Invalid as fault:
            raise Invalid("conference_file", faults=[f"{each.file}: cannot be shown in a room ({fault.code})"]) from None
        left = [piece for piece in left if same is None or piece.id != same.id]
    await _settle(services, session.id, dict(zip(kept, facts, strict=True)))


async def _same(
    services: Services, present: Sequence[Piece], facts: PieceFacts, data: bytes, captions: bytes | None
) -> Piece | None:
    """The piece that is this file already, with these captions."""
    digest = hashlib.sha256(data).hexdigest()
    for piece in present:
        language = facts.captions.language if facts.captions is not None else ""
        if piece.etag != digest or (piece.captions_key is None) != (captions is None) or piece.captions_language != language:
            continue
        if captions is None or piece.captions_key is None:
            return piece
        if await services.storage.get(piece.captions_key) == captions_to_keep(captions, language):
            return piece
    return None


async def _bring(services: Services, session: Session, facts: PieceFacts, data: bytes, captions: bytes | None) -> Piece:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "piece"
        await asyncio.to_thread(path.write_bytes, data)
        language = facts.captions.language if facts.captions is not None else ""
        brought = Brought(path, facts.file, facts.title, facts.download, captions, language)
        return await bring(services, session.id, None, brought)


async def _settle(services: Services, session_id: str, wanted: dict[str, PieceFacts]) -> None:
    """Titles, words and the order as the file says; pieces that it does not name go."""
    async with services.db.work() as work:
        screening = None
        for piece in await store.pieces_of(work.session, session_id):
            facts = wanted.get(piece.id)
            values = None if facts is None else _values(piece, facts, list(wanted).index(piece.id))
            if values is not None and all(getattr(piece, name) == value for name, value in values.items()):
                continue
            screening = screening or await store.screening_for_change(work, session_id)
            if values is None:
                screening.piece = None if screening.piece == piece.id else screening.piece
                await forget(work, piece)
                continue
            for name, value in values.items():
                setattr(piece, name, value)
            work.session.add(piece)
        if screening is not None:
            tell_changed(services.outbox, work, session_id)


def _values(piece: Piece, facts: PieceFacts, position: int) -> dict[str, object]:
    return {
        "title": rules.line(facts.title, rules.TITLE_LENGTH) or piece.title,
        "download": facts.download,
        "words": rules.words_of(facts.words, piece.pages),
        "position": position,
    }
