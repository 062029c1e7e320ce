"""What is shown in a room instead of a shared screen: decks (PDF) and clips, and which of them is on the stage now."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from conference.base.db import Instant, word


class PieceKind(StrEnum):
    DECK = "deck"
    CLIP = "clip"


class Piece(SQLModel, table=True):
    """One deck or clip of a session. position: its place among the others; key: unguessable, in the object store.

    pages, page: of a deck, and where it stands; words: what its pages show for those who do not see them, by page number.
    seconds, width, height: of a clip; at: where it stands, in seconds, or stood when it was set going at `since` (real time;
    None: it is paused). download: whoever was shown it may keep the file; shown: when it came to the stage first.
    captions_key: a WebVTT file, in captions_language. by: who has brought it.
    """

    id: str = Field(primary_key=True)
    conference_id: str = Field(foreign_key="conference.id", index=True)
    session_id: str = Field(foreign_key="session.id", index=True)
    kind: PieceKind = Field(sa_type=word(PieceKind))
    title: str
    position: int
    key: str = Field(unique=True)
    content_type: str
    size: int
    etag: str
    pages: int = 0
    page: int = 1
    words: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    seconds: float = 0.0
    width: int = 0
    height: int = 0
    at: float = 0.0
    since: datetime | None = Field(default=None, sa_type=Instant)
    download: bool = False
    shown: datetime | None = Field(default=None, sa_type=Instant)
    captions_key: str | None = Field(default=None, unique=True)
    captions_language: str = ""
    added: datetime = Field(sa_type=Instant)
    by: str | None = Field(default=None, foreign_key="person.id")


class Screening(SQLModel, table=True):
    """What is on the stage of a session's room. A row appears with the first piece, and is the lock that orders the changes.

    piece: on the stage now, or None; changes: how many there were.
    """

    session_id: str = Field(primary_key=True, foreign_key="session.id")
    piece: str | None = None
    changes: int = 0
