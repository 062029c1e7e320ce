"""Decks, clips and the stage as they travel to browsers. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from conference.forums.slides import rules
from conference.forums.slides.model import Piece, PieceKind
from conference.forums.slides.store import Programme


def told(programme: Programme, presents: bool, now: datetime) -> dict[str, Any]:
    """What somebody may know: presenters all pieces, others what is on the stage or was and may be kept. now: real time."""
    stage = programme.on_stage
    known = [piece for piece in programme.pieces if rules.may_know(piece, piece is stage, presents)]
    return {
        "change": programme.screening.changes,
        "pieces": [piece_for(piece) for piece in known],
        "stage": stage_of(stage, now) if stage is not None else None,
    }


def piece_for(piece: Piece) -> dict[str, Any]:
    shown = {
        "piece": piece.id,
        "kind": piece.kind.value,
        "title": piece.title,
        "file": rules.NAMES[piece.content_type],
        "bytes": piece.size,
        "download": piece.download,
    }
    if piece.kind is PieceKind.DECK:
        return {**shown, "pages": piece.pages, "words": bool(piece.words)}
    captions = piece.captions_language if piece.captions_key is not None else None
    return {**shown, "seconds": piece.seconds, "width": piece.width, "height": piece.height, "captions": captions}


def stage_of(piece: Piece, now: datetime) -> dict[str, Any]:
    """Where the piece on the stage stands."""
    if piece.kind is PieceKind.DECK:
        return {"piece": piece.id, "page": piece.page}
    at = rules.moment_of(piece.at, piece.since, piece.seconds, now)
    return {"piece": piece.id, "playing": piece.since is not None and at < piece.seconds, "at": at}
