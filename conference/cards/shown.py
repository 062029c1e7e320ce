"""Initiatives and their cards as templates show them: tiles, films with their tracks, addresses of files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from babel import Locale, UnknownLocaleError

from conference.access.model import State
from conference.cards.model import CardFile, FileRole
from conference.cards.rules import length_text, order_of_day, public_name
from conference.cards.steps import own_initiative
from conference.cards.store import Exhibit, gallery_for_viewing
from conference.doors.table import Standing
from conference.doors.visit import Visit, standing_of
from conference.initiatives.model import LAENDER


async def exhibits_of_day(visit: Visit) -> list[Exhibit]:
    """What this viewer may see, in today's order. Three queries, however many there are."""
    async with visit.services.db.read() as db:
        found = await gallery_for_viewing(db, visit.conference, visit.state, standing_of(visit.viewer), own_initiative(visit))
    return order_of_day(found, visit.local(visit.now).date())


def tiles(visit: Visit, exhibits: Sequence[Exhibit]) -> list[dict[str, Any]]:
    """Initiatives as parts/card.html draws them."""
    return [_tile(visit, exhibit) for exhibit in exhibits]


def _tile(visit: Visit, exhibit: Exhibit) -> dict[str, Any]:
    poster = next(iter(exhibit.of(FileRole.POSTER)), None)
    film = bool(exhibit.of(FileRole.RENDITION))
    return {
        "name": exhibit.initiative.name,
        "href": f"/{visit.conference.slug}/cards/{exhibit.slug}",
        "land": LAENDER[exhibit.initiative.land],
        "aim": visit.say(exhibit.initiative.aim) or None,
        "poster": address_of(visit, exhibit, poster) if poster else None,
        "poster_size": (poster.width or 640, poster.height or 360) if poster else None,
        "length": length_text(exhibit.card.seconds) if exhibit.card and film else None,
        "captions": bool(exhibit.of(FileRole.CAPTIONS)),
        "signed": exhibit.card is not None and exhibit.card.signed,
        "pending": film and not exhibit.plays,
        "example": exhibit.initiative.example,
    }


def film_of(visit: Visit, exhibit: Exhibit) -> dict[str, Any] | None:
    """What cards/_player.html plays; None where there is no film, or the viewer may not play it yet."""
    films = exhibit.of(FileRole.RENDITION)
    if exhibit.card is None or not films or not exhibit.plays:
        return None
    large, *smaller = films
    return {
        "src": address_of(visit, exhibit, large),
        "type": large.content_type,
        "small": address_of(visit, exhibit, smaller[-1]) if smaller else None,
        "tall": large.height > large.width,
        "seconds": round(exhibit.card.seconds, 1),
        "tracks": [
            {"src": address_of(visit, exhibit, file), "language": file.language, "label": language_name(file.language)}
            for file in sorted(exhibit.of(FileRole.CAPTIONS), key=lambda file: file.language != visit.language)
        ],
    }


def address_of(visit: Visit, exhibit: Exhibit, file: CardFile) -> str:
    """The digest makes a replaced file a new address for browsers that keep posters for a while."""
    name = quote(public_name(file) or "")
    return f"/{visit.conference.slug}/cards/{exhibit.slug}/media/{name}?v={file.etag[:8]}"


def films_come_later(visit: Visit) -> bool:
    return standing_of(visit.viewer) is Standing.STRANGER and visit.state in (State.ANNOUNCED, State.DOORS, State.LIVE)


def language_name(code: str) -> str:
    """A language in its own words, as those who need it look for it: "English", "Deutsch"."""
    try:
        name = Locale(code).get_language_name(code)
    except (UnknownLocaleError, ValueError):
        return code
    return (name[:1].upper() + name[1:]) if name else code
