"""The gallery, one initiative with its card, and the card's files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from babel import Locale, UnknownLocaleError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from conference.access.model import State
from conference.access.rules import signed_seconds
from conference.cards.model import CardFile, CardState, FileRole
from conference.cards.rules import hidden, length_text, neighbours, order_of_day, public_name
from conference.cards.store import Exhibit, file_for_viewing, gallery_for_viewing
from conference.doors.guard import page
from conference.doors.table import Standing
from conference.doors.visit import Visit, standing_of
from conference.initiatives.model import LAENDER
from conference.people.model import Role
from conference.web.objects import send_object
from conference.web.render import rendered

POSTER_SECONDS = 300
NOT_STORED = {"Cache-Control": "private, no-cache"}


async def cards(request: Request, visit: Visit) -> Response:
    """All initiatives as tiles, filtered by Land with plain links."""
    _ = visit.services.texts[visit.language].gettext
    exhibits = await exhibits_of_day(visit)
    land = request.query_params.get("land", "")
    land = land if any(exhibit.initiative.land == land for exhibit in exhibits) else ""
    chosen = [exhibit for exhibit in exhibits if not land or exhibit.initiative.land == land]
    gallery = {
        "tiles": tiles(visit, chosen),
        "count": len(chosen),
        "films": sum(exhibit.card is not None for exhibit in chosen),
        "filters": _filters(visit, exhibits, land),
        "land": LAENDER.get(land),
        "opens": visit.local(visit.times.archive) if _films_come_later(visit) else None,
    }
    return await rendered(request, "cards/gallery.html", title=_("Video cards"), headers=NOT_STORED, gallery=gallery)


async def card(request: Request, visit: Visit) -> Response:
    """One initiative: its film with words and captions, its facts, its neighbours."""
    slug = request.path_params["initiative"]
    exhibits = await exhibits_of_day(visit)
    exhibit = next((each for each in exhibits if each.slug == slug), None)
    if exhibit is None:
        raise hidden(visit.state, visit.conference.slug)
    before, after = neighbours(exhibits, slug)
    shown = {
        **tiles(visit, [exhibit])[0],
        "about": visit.say(exhibit.initiative.about),
        "url": exhibit.initiative.url,
        "film": _film(visit, exhibit),
        "unpublished": exhibit.card is not None and exhibit.card.state is not CardState.PUBLISHED,
        "opens": visit.local(visit.times.archive) if _films_come_later(visit) else None,
        "before": _neighbour(visit, before),
        "after": _neighbour(visit, after),
        "gallery_href": f"/{visit.conference.slug}/cards",
    }
    return await rendered(request, "cards/card.html", title=exhibit.initiative.name, headers=NOT_STORED, card=shown)


async def card_media(request: Request, visit: Visit) -> Response:
    """A file of a card, decided now. Films answer with a short-lived address of the store, small files come through the app."""
    slug, name = request.path_params["initiative"], request.path_params["file"]
    async with visit.services.db.read() as db:
        file = await file_for_viewing(db, visit.conference, visit.state, standing_of(visit.viewer), _own(visit), slug, name)
    seconds = signed_seconds(visit.times, visit.now)
    storage = visit.services.storage
    if file.role is FileRole.RENDITION and seconds >= 1:
        address = storage.sign_get(file.key, seconds, content_type=file.content_type)
        return RedirectResponse(address, 302, {"Cache-Control": "no-store"})
    # From here on small files, and films for organisers after closing, when nothing is signed any more.
    headers = dict(NOT_STORED)
    if file.role is FileRole.POSTER and seconds:
        headers["Cache-Control"] = f"private, max-age={min(POSTER_SECONDS, seconds)}"
    text = "text/vtt; charset=utf-8" if file.role is FileRole.CAPTIONS else None
    return await send_object(request, storage, file.key, content_type=text, headers=headers)


async def exhibits_of_day(visit: Visit) -> list[Exhibit]:
    """What this viewer may see, in today's order. Three queries, however many there are."""
    async with visit.services.db.read() as db:
        found = await gallery_for_viewing(db, visit.conference, visit.state, standing_of(visit.viewer), _own(visit))
    return order_of_day(found, visit.local(visit.now).date())


def tiles(visit: Visit, exhibits: Sequence[Exhibit]) -> list[dict[str, Any]]:
    """Initiatives as parts/card.html draws them."""
    return [
        {
            "name": exhibit.initiative.name,
            "href": f"/{visit.conference.slug}/cards/{exhibit.slug}",
            "land": LAENDER[exhibit.initiative.land],
            "aim": visit.say(exhibit.initiative.aim) or None,
            "poster": next((_address(visit, exhibit, file) for file in exhibit.of(FileRole.POSTER)), None),
            "length": length_text(exhibit.card.seconds) if exhibit.card else None,
            "captions": bool(exhibit.of(FileRole.CAPTIONS)),
            "signed": False,
            "example": exhibit.initiative.example,
        }
        for exhibit in exhibits
    ]


def _film(visit: Visit, exhibit: Exhibit) -> dict[str, Any] | None:
    films = exhibit.of(FileRole.RENDITION)
    if exhibit.card is None or not films:
        return None
    return {
        "sources": [{"src": _address(visit, exhibit, file), "type": file.content_type} for file in films[:1]],
        "seconds": round(exhibit.card.seconds, 1),
        "words": visit.say(exhibit.card.words),
        "tracks": [
            {"src": _address(visit, exhibit, file), "language": file.language, "label": _language_name(file.language)}
            for file in sorted(exhibit.of(FileRole.CAPTIONS), key=lambda file: file.language != visit.language)
        ],
    }


def _filters(visit: Visit, exhibits: Sequence[Exhibit], land: str) -> list[dict[str, Any]]:
    _ = visit.services.texts[visit.language].gettext
    base = f"/{visit.conference.slug}/cards"
    counts = Counter(exhibit.initiative.land for exhibit in exhibits)
    everything = {"href": base, "label": _("All Länder"), "count": len(exhibits), "current": not land}
    return [everything] + [
        {"href": f"{base}?land={code}", "label": LAENDER[code], "count": counts[code], "current": code == land}
        for code in sorted(counts, key=lambda code: LAENDER[code])
    ]


def _neighbour(visit: Visit, exhibit: Exhibit | None) -> dict[str, str] | None:
    if exhibit is None:
        return None
    return {"href": f"/{visit.conference.slug}/cards/{exhibit.slug}", "name": exhibit.initiative.name}


def _address(visit: Visit, exhibit: Exhibit, file: CardFile) -> str:
    """The digest makes a replaced file a new address for browsers that keep posters for a while."""
    name = quote(public_name(file) or "")
    return f"/{visit.conference.slug}/cards/{exhibit.slug}/media/{name}?v={file.etag[:8]}"


def _films_come_later(visit: Visit) -> bool:
    return standing_of(visit.viewer) is Standing.STRANGER and visit.state in (State.ANNOUNCED, State.DOORS, State.LIVE)


def _own(visit: Visit) -> str | None:
    person = visit.viewer.person
    return person.initiative_id if person and visit.viewer.holds(Role.INITIATIVE) else None


def _language_name(code: str) -> str:
    try:
        name = Locale(code).get_language_name(code)
    except UnknownLocaleError:
        return code
    return (name[:1].upper() + name[1:]) if name else code


routes = [
    page("/{c}/cards", "cards", cards),
    page("/{c}/cards/{initiative}", "card", card),
    page("/{c}/cards/{initiative}/media/{file}", "card.media", card_media, methods=("GET", "HEAD")),
]
