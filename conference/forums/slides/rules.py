"""Who may show and fetch decks and clips, and what makes acceptable ones. Pure: values in, values out."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime

from conference.access.model import State
from conference.doors.table import Standing
from conference.forums.rules import MODERATING
from conference.forums.slides.model import Piece, PieceKind
from conference.people.model import Role

LARGEST_DECK = 30 * 1024 * 1024
LARGEST_CLIP = 150 * 1024 * 1024
MOST_PAGES = 200
LONGEST_CLIP = 30 * 60  # seconds
MOST_PIECES = 20
TITLE_LENGTH = 120
WORDS_LENGTH = 600
LANGUAGES = ("de", "en", "")  # of captions; "": another one
NAMES = {"application/pdf": "deck.pdf", "video/mp4": "clip.mp4", "video/webm": "clip.webm"}

PRESENTING = MODERATING | {Role.SPEAKER}
AFTER_IT_WAS_SHOWN = frozenset({State.DOORS, State.LIVE, State.ARCHIVE})


def may_present(role: Role) -> bool:
    """Whether one may bring decks and clips, put them on the stage, turn and play them."""
    return role in PRESENTING


def may_know(piece: Piece, on_stage: bool, presents: bool) -> bool:
    """Whether somebody in the room learns of a piece: the audience of what is on the stage, or was and may be kept."""
    return presents or on_stage or may_keep(piece)


def may_keep(piece: Piece) -> bool:
    """Whether the audience may save it as a file: its owner has said so, and it was on the stage."""
    return piece.download and piece.shown is not None


def may_fetch(piece: Piece, *, on_stage: bool, inside: bool, presents: bool, state: State, standing: Standing) -> bool:
    """Whether a viewer gets the file now. inside: has a seat in the room and is in it.

    What was shown and may be kept, everybody with a link gets until the conference closes.
    """
    if presents or standing is Standing.ORGANISER or (inside and on_stage):
        return True
    return may_keep(piece) and state in AFTER_IT_WAS_SHOWN and (inside or standing is Standing.PERSON)


def moment_of(at: float, since: datetime | None, seconds: float, now: datetime) -> float:
    """Where a clip stands at `now`, in seconds from its beginning; it stops at its end."""
    gone = max(0.0, (now - since).total_seconds()) if since is not None else 0.0
    return round(min(at + gone, seconds), 3)


def moved(order: Sequence[str], piece: str, up: bool) -> list[str]:
    """The order with one piece one place further up or down."""
    at = order.index(piece)
    to = min(max(at + (-1 if up else 1), 0), len(order) - 1)
    rest = [each for each in order if each != piece]
    return [*rest[:to], piece, *rest[to:]]


def line(text: object, longest: int) -> str:
    """A text on one line, without control characters, cut to `longest`; empty for what is none."""
    if not isinstance(text, str):
        return ""
    kept = "".join(" " if unicodedata.category(letter) in ("Cc", "Cs", "Co", "Cn", "Cf") else letter for letter in text)
    return " ".join(kept.split())[:longest].rstrip()


def title_of(entered: object, filename: str | None) -> str:
    """The title as entered, or else the name of the file without its ending."""
    stem = (filename or "").replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or filename or ""
    return line(entered, TITLE_LENGTH) or line(stem.replace("_", " "), TITLE_LENGTH) or "…"


def words_of(entered: Mapping[str, object], pages: int) -> dict[str, str]:
    """Descriptions by page number, empty ones left out. entered: fields named by the page's number."""
    cleaned = {str(page): line(entered.get(str(page)), WORDS_LENGTH) for page in range(1, pages + 1)}
    return {page: text for page, text in cleaned.items() if text}


def kind_of(head: bytes) -> PieceKind | None:
    """What a file claims to be by its first bytes (at least 1024), whatever its name says; None: neither."""
    if b"%PDF-" in head[:1024]:
        return PieceKind.DECK
    film = head[4:8] == b"ftyp" or (head[:4] == b"\x1aE\xdf\xa3" and b"webm" in head[:64])
    return PieceKind.CLIP if film else None
