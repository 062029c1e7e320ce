"""One initiative with its card, and the card's files."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from conference.access.rules import signed_seconds
from conference.cards.fitting import old_captions, old_texts
from conference.cards.gallery.pages import Entry, dimension_label, entry_of, intro
from conference.cards.gallery.rules import DIMENSIONS, Wish, beginning, related
from conference.cards.model import CardState, FileRole
from conference.cards.rules import hidden, may_see_film, needs_captions, neighbours
from conference.cards.shown import address_of, exhibits_of_day, film_of, films_come_later, tiles
from conference.cards.steps import own_initiative
from conference.cards.store import Exhibit, file_for_viewing
from conference.doors.guard import page
from conference.doors.preview import Preview, preview_of
from conference.doors.table import PUBLIC, Standing
from conference.doors.visit import Visit, standing_of
from conference.people.store import people_of_initiatives
from conference.web.objects import send_object
from conference.web.render import rendered

OTHERS = 3
POSTER_SECONDS = 300
NOT_STORED = {"Cache-Control": "private, no-cache"}


async def card(request: Request, visit: Visit) -> Response:
    """One initiative: its film with words and captions, its facts, who is like it, its neighbours."""
    slug = request.path_params["initiative"]
    exhibits = await exhibits_of_day(visit)
    exhibit = next((each for each in exhibits if each.slug == slug), None)
    if exhibit is None:
        raise hidden(visit.state, visit.conference.slug)
    entries = [entry_of(visit, each) for each in exhibits]
    alike = {each.slug: each for each in exhibits}
    before, after = neighbours(exhibits, slug)
    shown = {
        **tiles(visit, [exhibit])[0],
        **_told(visit, exhibit),
        "film": film_of(visit, exhibit),
        "facts": _facts(visit, next(entry for entry in entries if entry.slug == slug)),
        **await _ways(visit, exhibit),
        "opens": visit.local(visit.times.archive) if films_come_later(visit) else None,
        "others": tiles(visit, [alike[name] for name in related(entries, slug, OTHERS)]),
        "notes": _notes(visit, exhibit),
        "before": _neighbour(visit, before),
        "after": _neighbour(visit, after),
        "gallery_href": f"/{visit.conference.slug}/cards",
    }
    return await rendered(
        request,
        "cards/card.html",
        title=exhibit.initiative.name,
        headers=NOT_STORED,
        card=shown,
        preview=_preview(visit, exhibit),
    )


async def card_media(request: Request, visit: Visit) -> Response:
    """A file of a card, decided now. Films answer with a short-lived address of the store, small files come through the app."""
    slug, name = request.path_params["initiative"], request.path_params["file"]
    async with visit.services.db.read() as db:
        file = await file_for_viewing(
            db, visit.conference, visit.state, standing_of(visit.viewer), own_initiative(visit), slug, name
        )
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


def _told(visit: Visit, exhibit: Exhibit) -> dict[str, Any]:
    """What stands beside the film, in the visitor's language."""
    card = exhibit.card
    return {
        "about": visit.say(exhibit.initiative.about),
        "url": exhibit.initiative.url,
        "words": visit.say(card.words) if card else "",
        "seen": visit.say(card.seen) if card else "",
        "unpublished": card is not None and card.state is not CardState.PUBLISHED,
    }


def _notes(visit: Visit, exhibit: Exhibit) -> list[str]:
    """What its people and the organisers must know of a card, beside what everybody sees."""
    card, film = exhibit.card, exhibit.film
    own = visit.viewer.organiser or own_initiative(visit) == exhibit.initiative.id
    if card is None or film is None or not own:
        return []
    _ = visit.services.texts[visit.language].gettext
    notes = []
    if needs_captions(card, film) and not exhibit.of(FileRole.CAPTIONS):
        notes.append(_("Captions are missing. Until they come, visitors see the picture and the facts, and not the film."))
    if old_captions(film, exhibit.files):
        notes.append(_("The captions were taken over from the earlier film. Please look whether they fit."))
    if old_texts(film, card):
        notes.append(_("The texts were written for the earlier film. Please look whether they fit."))
    return notes


def _facts(visit: Visit, entry: Entry) -> list[dict[str, Any]]:
    """What the gallery filters by, each with the link to all that have it in common."""
    _ = visit.services.texts[visit.language].gettext
    base = f"/{visit.conference.slug}/cards"
    facts = []
    for dimension in DIMENSIONS:
        found = [(key, label) for (name, key), label in entry.labels if name == dimension]
        links = [{"href": Wish({dimension: key}).address(base), "label": label or _("Yes")} for key, label in found]
        if links:
            facts.append({"label": dimension_label(visit, dimension), "links": links})
    return facts


async def _ways(visit: Visit, exhibit: Exhibit) -> dict[str, str | None]:
    """Where this visitor can write to the initiative, and work on its card; where a playing is counted."""
    base = f"/{visit.conference.slug}/cards/{exhibit.slug}"
    initiative = exhibit.initiative
    written = False
    if initiative.reachable and visit.state in PUBLIC:
        async with visit.services.db.read() as db:
            written = bool(await people_of_initiatives(db, visit.conference.id, initiative.id))
    own = visit.viewer.organiser or own_initiative(visit) == initiative.id
    return {
        "contact_href": f"{base}/contact" if written else None,
        "own_href": f"{base}/own" if own else None,
        "plays_href": None if own else f"{base}/plays",
    }


def _preview(visit: Visit, exhibit: Exhibit) -> Preview | None:
    """The poster stands in it only where strangers see it, whoever looks now; as JPEG, which every program knows."""
    initiative = exhibit.initiative
    text = beginning(visit.say(initiative.aim) or visit.say(initiative.about) or intro(visit))
    posters = exhibit.of(FileRole.POSTER)
    poster = next((file for file in posters if file.content_type == "image/jpeg"), next(iter(posters), None))
    public = exhibit.card is not None and may_see_film(exhibit.card, visit.state, Standing.STRANGER)
    picture = address_of(visit, exhibit, poster) if public and poster else None
    return preview_of(visit, f"/cards/{exhibit.slug}", initiative.name, text, picture)


def _neighbour(visit: Visit, exhibit: Exhibit | None) -> dict[str, str] | None:
    if exhibit is None:
        return None
    return {"href": f"/{visit.conference.slug}/cards/{exhibit.slug}", "name": exhibit.initiative.name}


routes = [
    page("/{c}/cards/{initiative}", "card", card),
    page("/{c}/cards/{initiative}/media/{file}", "card.media", card_media, methods=("GET", "HEAD")),
]
