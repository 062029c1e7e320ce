"""What the owner's page shows of the films of a card, and what its script is told while one is on its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from conference.cards.films import refusals, rules
from conference.cards.films.store import Waiting, poster_key, prepare_key, waiting_for
from conference.cards.model import CardFile, CardFilm, CardState, CardTerms, FileRole, FilmState
from conference.cards.review.rules import Reviewed, deadline_of, last_minute
from conference.cards.rules import length_text, public_name
from conference.cards.steps import Own, newest_ready
from conference.cards.store import files_of_film, films_of, terms_of
from conference.doors.visit import Visit

# Where each stage of the preparation lies on one bar.
STAGES = {"fetch": (0.0, 0.05), "probe": (0.05, 0.1), "transcode": (0.1, 0.9), "poster": (0.9, 0.95), "store": (0.95, 1.0)}


@dataclass(frozen=True)
class Films:
    """The films of a card as its owner needs them. arriving: its upload is unfinished; worked: arrived, and not ready (yet);
    ready: the newest ready one. waiting: the job of `worked`; drawing: new stills are being taken; change: what the organisers
    ask for, "" for nothing."""

    terms: CardTerms
    arriving: CardFilm | None = None
    worked: CardFilm | None = None
    waiting: Waiting | None = None
    ready: CardFilm | None = None
    files: Sequence[CardFile] = ()
    drawing: bool = False
    change: str = ""


async def films_for(visit: Visit, own: Own) -> Films:
    async with visit.services.db.read() as db:
        terms = await terms_of(db, visit.conference.id)
        films = await films_of(db, own.card.id) if own.card is not None else []
        arriving = next((film for film in films if film.state is FilmState.UPLOADING), None)
        ready = newest_ready(films)
        worked = next((film for film in films if film.state not in (FilmState.UPLOADING, FilmState.READY)), None)
        return Films(
            terms,
            arriving,
            worked,
            await waiting_for(db, prepare_key(worked.id)) if worked else None,
            ready,
            await files_of_film(db, ready.id) if ready else (),
            ready is not None and await waiting_for(db, poster_key(ready.id)) is not None,
            Reviewed(own.initiative, own.card, films).change,
        )


def page_of(visit: Visit, own: Own, films: Films) -> dict[str, Any]:
    """For templates/cards/own.html."""
    base = base_of(visit, own)
    language = visit.services.texts[visit.language]
    late = rules.is_late(films.terms, visit.now)
    return {
        "action": f"{base}/own/film",
        "upload": f"{base}/own/upload",
        "limits": refusals.limits_text(films.terms, language),
        "length": refusals.duration(films.terms.most_seconds, language),
        "most_seconds": films.terms.most_seconds,
        "deadline": _deadline(visit, films.terms),
        "over": late and not visit.viewer.organiser,
        "change": films.change,
        "withdrawn": own.card is not None and own.card.state is CardState.WITHDRAWN,
        "arriving": _arriving(base, films.arriving),
        "worked": _worked(visit, base, films),
        "ready": _ready(visit, base, own, films),
        "accept": "video/*," + ",".join(f".{ending}" for ending in rules.ENDINGS),
    }


def status_of(visit: Visit, own: Own, films: Films) -> dict[str, Any]:
    """For the script of that page: how it stands, and a word that changes when the page must be drawn anew."""
    worked = _worked(visit, base_of(visit, own), films)
    parts = (films.arriving, films.worked, films.ready)
    marks = [f"{film.id}.{film.state.value}.{film.poster_at}" for film in parts if film is not None]
    state = worked["state"] if worked else "quiet"
    return {"mark": f"{'-'.join(marks)}-{state}-{films.drawing}", "working": bool(worked and worked["moves"]) or films.drawing,
            "text": worked["text"] if worked else "", "percent": worked["percent"] if worked else 0}  # fmt: skip


def island_of(visit: Visit, own: Own, films: Films) -> dict[str, Any]:
    """Facts for the script; its words stand beside them in the template."""
    base = base_of(visit, own)
    terms = films.terms
    return {
        "page": f"{base}/own", "status": f"{base}/own/film", "upload": f"{base}/own/upload",
        "mark": status_of(visit, own, films)["mark"], "working": status_of(visit, own, films)["working"],
        "most_bytes": terms.most_bytes, "most_seconds": terms.most_seconds, "least_height": terms.least_height,
        "endings": list(rules.ENDINGS),
    }  # fmt: skip


def upload_of(visit: Visit, own: Own, film: CardFilm, there: Sequence[int]) -> dict[str, Any]:
    """An upload for the script that sends its parts."""
    return {
        "film": film.id, "href": f"{base_of(visit, own)}/own/films/{film.id}", "state": film.state.value, "size": film.size,
        "part_size": film.part_size, "there": list(there),
    }  # fmt: skip


def base_of(visit: Visit, own: Own) -> str:
    return f"/{visit.conference.slug}/cards/{own.initiative.slug}"


def _deadline(visit: Visit, terms: CardTerms) -> datetime | None:
    """Until when films are taken, for people to read; None for organisers once it is over, who may go on."""
    until = deadline_of(terms, visit.conference.closes)
    if visit.viewer.organiser and visit.now >= until:
        return None
    return last_minute(visit.local(until))


def _arriving(base: str, film: CardFilm | None) -> dict[str, Any] | None:
    if film is None:
        return None
    size = refusals.megabytes(film.size) if film.size else ""
    return {"href": f"{base}/own/films/{film.id}", "name": film.name, "size": size}


def _worked(visit: Visit, base: str, films: Films) -> dict[str, Any] | None:
    """The newest film that is neither arriving nor ready: where it stands, in words. moves: it gets on by itself."""
    film, language = films.worked, visit.services.texts[visit.language]
    if film is None:
        return None
    _ = language.gettext
    shown = {"href": f"{base}/own/films/{film.id}", "name": film.name, "percent": 0, "moves": False, "retry": False}
    if film.state is FilmState.REFUSED:
        return {**shown, "state": "refused", "text": refusals.sentence(film.refusal or "", film.facts, language)}
    if film.state is FilmState.FAILED or films.waiting is None:  # without a job nobody works on it: its worker died too often
        return {**shown, "state": "failed", "text": refusals.sentence("film_failed", {}, language), "retry": film.key is not None}
    if film.state is FilmState.WAITING or film.stage not in STAGES:
        before = films.waiting.place - 1
        text = _("The film has arrived. Its preparation begins in a moment.")
        if before:
            text = language.ngettext(
                "The film has arrived. One other is prepared before it.",
                "The film has arrived. {n} others are prepared before it.",
                before,
            ).format(n=before)
        return {**shown, "state": "waiting", "moves": True, "text": text}
    begins, ends = STAGES[film.stage]
    percent = round(100 * (begins + (ends - begins) * min(max(film.progress, 0.0), 1.0)))
    said = {
        "fetch": _("The film is being fetched."),
        "probe": _("The film is being checked."),
        "transcode": _("The film is being converted, so that it plays everywhere."),
        "poster": _("Pictures are being taken from the film."),
        "store": _("The film is being put into its place."),
    }
    return {**shown, "state": "preparing", "moves": True, "percent": percent, "text": said[film.stage]}


def _ready(visit: Visit, base: str, own: Own, films: Films) -> dict[str, Any] | None:
    film = films.ready
    if film is None:
        return None

    def address(file: CardFile) -> str:
        return f"{base}/films/{film.id}/{quote(public_name(file) or '')}?v={file.etag[:8]}"

    def of(role: FileRole) -> list[CardFile]:
        return [file for file in films.files if file.role is role]

    _ = visit.services.texts[visit.language].gettext
    names = {"de": _("German"), "en": _("English")}
    tracks = [
        {"src": address(file), "language": file.language, "label": names.get(file.language, file.language)}
        for file in of(FileRole.CAPTIONS)
    ]
    return {
        "href": f"{base}/own/films/{film.id}",
        "name": film.name,
        "sources": [{"src": address(file), "type": file.content_type} for file in of(FileRole.RENDITION)[:1]],
        "poster": next((address(file) for file in of(FileRole.POSTER)), None),
        "posters": [{"src": address(file), "type": file.content_type} for file in of(FileRole.POSTER)],
        "tracks": tracks,
        "length": length_text(film.seconds),
        "seconds": round(film.seconds, 1),
        "width": film.width or 640,
        "height": film.height or 360,
        "sound": film.sound,
        "poster_at": round(film.poster_at, 1),
        "poster_at_text": length_text(film.poster_at),
        "moments": [{"at": round(film.seconds * part, 1), "text": length_text(film.seconds * part)} for part in (0.1, 0.5, 0.85)],
        "drawing": films.drawing,
        "waits": own.card is not None and own.card.state is CardState.PUBLISHED and not film.shown,
    }
