"""Who may see what of a card when, in which order, and which files make an acceptable one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Protocol, TypeVar

from conference.access.model import State
from conference.base.captions import LARGEST as LARGEST_CAPTIONS
from conference.base.captions import read_captions
from conference.base.errors import ConferenceError, Invalid, NotFound, OutsideWindow
from conference.cards.model import Card, CardFile, CardFilm, CardState, FileRole
from conference.doors.table import OVER, PUBLIC, ROOMS, Standing

LARGEST = {
    FileRole.RENDITION: 200 * 1024 * 1024,
    FileRole.SOURCE: 500 * 1024 * 1024,
    FileRole.POSTER: 2 * 1024 * 1024,
    FileRole.CAPTIONS: LARGEST_CAPTIONS,
}
ENDINGS = {"video/mp4": "mp4", "video/webm": "webm", "image/webp": "webp", "image/jpeg": "jpg", "text/vtt": "vtt"}
OWN_TEXTS = "texts"
"""Among the facts of a film that waits beside a public one: the texts that the card gets with it (captions/rules.py: Texts)."""
RENDITIONS = ("video", "video-360")
"""The names of a film's renditions, the best first: the same for each card, whatever shape its film has."""


class Named(Protocol):
    @property
    def slug(self) -> str: ...


Item = TypeVar("Item", bound=Named)


def may_see_facts(state: State, standing: Standing) -> bool:
    """Who takes part, in words: with the announcement; a preview for people with a role; nothing after closing."""
    if standing is Standing.ORGANISER:
        return True
    return state in PUBLIC or (state is State.DRAFT and standing is Standing.PERSON)


def may_see_film(card: Card, state: State, standing: Standing, *, own: bool = False) -> bool:
    """The card itself: film, poster, captions, spoken words.

    Published ones: people with a role from doors on, strangers in the archive. Its owner (`own`) from the announcement on,
    published or not; organisers always. After closing nobody else, whatever the consent to remain was for.
    """
    if card.state is CardState.WITHDRAWN:
        return False
    if standing is Standing.ORGANISER:
        return True
    if own:
        return state in PUBLIC
    if card.state is not CardState.PUBLISHED:
        return False
    return state is State.ARCHIVE or (state in ROOMS and standing is Standing.PERSON)


def may_play(card: Card, film: CardFilm, files: Iterable[CardFile], standing: Standing, *, own: bool = False) -> bool:
    """Whether a film that may be seen may be played: one in which somebody speaks plays for the public only with captions."""
    if own or standing is Standing.ORGANISER or not needs_captions(card, film):
        return True
    return any(file.role is FileRole.CAPTIONS for file in files)


def needs_captions(card: Card, film: CardFilm) -> bool:
    unspoken = film.facts.get(OWN_TEXTS, {}).get("unspoken", card.unspoken)
    return film.sound and not unspoken


def hidden(state: State, slug: str) -> ConferenceError:
    """The refusal for what is not visible: gone with the conference, else not there."""
    if state in OVER:
        return OutsideWindow("closed", slug=slug, state=state.value)
    return NotFound("card", slug=slug)


def order_of_day(items: Iterable[Item], day: date) -> list[Item]:
    """Another order each day, the same for everybody on that day, so that nobody is always first."""
    return sorted(items, key=lambda item: hashlib.sha256(f"{day.isoformat()} {item.slug}".encode()).digest())


def neighbours(items: Sequence[Item], slug: str) -> tuple[Item | None, Item | None]:
    """The one before and the one after; None at the ends, and for a slug that is not there."""
    places = [place for place, item in enumerate(items) if item.slug == slug]
    if not places:
        return None, None
    place = places[0]
    return items[place - 1] if place else None, items[place + 1] if place + 1 < len(items) else None


def public_name(file: CardFile) -> str | None:
    """The name under which a file is asked for; None for a source, which nobody may ask for."""
    ending = ENDINGS.get(file.content_type)
    if file.role is FileRole.SOURCE or ending is None:
        return None
    if file.role is FileRole.CAPTIONS:
        return f"captions.{file.language}.{ending}"
    if file.role is FileRole.POSTER:
        return f"poster.{ending}"
    return f"{RENDITIONS[file.position]}.{ending}" if file.position < len(RENDITIONS) else None


def content_type_of(role: FileRole, data: bytes) -> str:
    """What a file is by its first bytes, whatever its name says. Raises Invalid for what a card cannot have.

    A film is only looked at here; whether it plays is known once it has been probed (in a process of its own).
    """
    limit = LARGEST[role]
    if len(data) > limit:
        raise Invalid("card_file_too_large", role=role.value, size=len(data), limit=limit)
    if role is FileRole.POSTER:
        found = _picture_type(data)
    elif role is FileRole.CAPTIONS:
        if faults := read_captions(data).faults:
            raise Invalid("card_file_type", role=role.value, line=faults[0].line, fault=faults[0].kind.value)
        found = "text/vtt"
    else:
        found = _film_type(data)
    if found is None:
        raise Invalid("card_file_type", role=role.value)
    return found


def _picture_type(data: bytes) -> str | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return "image/jpeg" if data[:3] == b"\xff\xd8\xff" else None


def _film_type(data: bytes) -> str | None:
    if data[4:8] == b"ftyp":
        return "video/mp4"
    return "video/webm" if data[:4] == b"\x1aE\xdf\xa3" and b"webm" in data[:64] else None


def length_text(seconds: float) -> str:
    """0:28, 1:05, as clocks show it; rounded to whole seconds."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02}"
