"""The owner's page of a card's words: captions brought as a file or written beside the film, and what the texts say."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from conference.base.captions import LARGEST, Fault, text_of
from conference.base.errors import Conflict, Invalid, NotFound
from conference.base.words import LANGUAGES as INTERFACE
from conference.cards.captions import actions, view
from conference.cards.captions.rules import Texts, film_for_words, read_for, words_from
from conference.cards.model import Card, CardFilm, CardState
from conference.cards.steps import Own, own_card, steps_of
from conference.cards.store import films_of
from conference.doors.guard import page
from conference.doors.visit import Visit
from conference.web.caption_faults import fault_sentence
from conference.web.errors import explain, wants_json
from conference.web.render import rendered

SAVED_PER_MINUTE = 40
FORM_BYTES = LARGEST + 64 * 1024
NOT_STORED = {"Cache-Control": "private, no-store"}


@dataclass(frozen=True)
class Came:
    """What a form brought that could not be taken. text: of the captions; texts: of the other form; errors: field -> sentence;
    faults: of the captions."""

    language: str = ""
    text: str | None = None
    texts: Texts | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    status: int = 422


async def words(request: Request, visit: Visit) -> Response:
    """Captions and texts of a card; POST saves the texts (`take`: what is said in that language comes out of the captions)."""
    own = await own_card(visit, request.path_params["initiative"])
    if request.method != "POST":
        return await _page(request, visit, own)
    card = _card(own)
    async with request.form(max_files=0, max_fields=20, max_part_size=FORM_BYTES) as form:
        texts = _texts(form)
        taken, mark, film_id = _text(form, "take"), _text(form, "mark") or None, _text(form, "film") or None
    _not_too_often(visit)
    if taken in INTERFACE and taken not in texts.words and (said := await view.said_in(visit, card, taken, film_id or "")):
        texts = replace(texts, words={**texts.words, taken: said})
    try:
        async with visit.services.db.work() as work:
            await actions.save_texts(visit.services, work, card.id, texts, mark=mark, film_id=film_id)
    except Conflict as error:
        if error.code not in ("texts_changed", "card_other_film"):
            raise
        sentence = explain(error, visit.services.texts[visit.language])
        return await _page(request, visit, own, Came(texts=texts, errors={"texts": sentence}, status=409))
    except Invalid as error:
        sentence = explain(error, visit.services.texts[visit.language])
        errors = dict.fromkeys(error.facts.get("fields", ["language"]), sentence)
        return await _page(request, visit, own, Came(texts=texts, errors=errors))
    of_film = f"film={film_id}&" if film_id else ""
    return RedirectResponse(f"{_base(visit, own)}?{of_film}saved=texts#texts", 303)


async def captions(request: Request, visit: Visit) -> Response:
    """Save, remove or take over captions, or say that what came from the film before fits. From the editor (JSON wanted) with the
    etag and the faults as the answer, from a form with the page."""
    own = await own_card(visit, request.path_params["initiative"])
    _not_too_often(visit)
    async with request.form(max_files=1, max_fields=20, max_part_size=FORM_BYTES) as form:
        film = await _film(visit, _card(own), _text(form, "film"))
        language, etag, do = _text(form, "language"), _text(form, "etag"), _text(form, "do")
        data = await _data(form)
    if do == "take-over":
        await actions.take_over_captions(visit.services, film.id)
        return RedirectResponse(f"{_base(visit, own)}?film={film.id}&saved=captions#captions", 303)
    if do == "fits":
        await actions.confirm_words(visit.services, film.id)
        return RedirectResponse(f"{_base(visit, own)}?film={film.id}", 303)
    try:
        if do == "remove":
            await actions.remove_captions(visit.services, film.id, language, etag=etag)
            return RedirectResponse(f"{_base(visit, own)}?film={film.id}&saved=removed#captions", 303)
        return await _save(request, visit, own, film, language, etag, data)
    except Conflict as error:
        if error.code != "captions_changed":
            raise
        return await _changed(request, visit, own, film, language, data, error)


async def _save(request: Request, visit: Visit, own: Own, film: CardFilm, language: str, etag: str, data: bytes) -> Response:
    speech = visit.services.texts[visit.language]
    reading = await asyncio.to_thread(read_for, film, data)  # half a megabyte takes a while
    if reading.faults:
        if wants_json(request):
            told = [view.fault_for(fault, speech) for fault in reading.faults]
            return JSONResponse({"code": "captions", "text": told[0]["text"], "faults": told}, 422, NOT_STORED)
        text = text_of(data) or None
        errors = {"captions-text" if text else "captions-file": fault_sentence(reading.faults[0], speech)}
        return await _page(request, visit, own, Came(language, text, errors=errors, faults=reading.faults), film)
    saved = await actions.put_captions(visit.services, film.id, language, reading.cues, etag=etag)
    if wants_json(request):
        return JSONResponse({"etag": saved.etag, "cues": len(reading.cues)}, headers=NOT_STORED)
    return RedirectResponse(f"{_base(visit, own)}?film={film.id}&language={language}&saved=captions#captions", 303)


async def _changed(
    request: Request, visit: Visit, own: Own, film: CardFilm, language: str, data: bytes, error: Conflict
) -> Response:
    """Somebody else has saved meanwhile: what was sent stays in the form, and sending it once more puts it in their place."""
    sentence = explain(error, visit.services.texts[visit.language])
    if wants_json(request):
        told = {"code": error.code, "text": sentence, "etag": error.facts["etag"]}
        return JSONResponse(told, 409, NOT_STORED)
    text = text_of(data) or None
    errors = {"captions-text" if text else "captions": sentence}
    return await _page(request, visit, own, Came(language, text, errors=errors, status=409), film)


async def _page(request: Request, visit: Visit, own: Own, came: Came | None = None, film: CardFilm | None = None) -> Response:
    _ = visit.services.texts[visit.language].gettext
    shown = await view.words_page(
        visit,
        own,
        _base(visit, own),
        film=film.id if film else request.query_params.get("film", ""),
        language=came.language if came else request.query_params.get("language", ""),
        text=came.text if came else None,
        texts=came.texts if came else None,
        faults=came.faults if came else (),
    )
    return await rendered(
        request,
        "cards/words.html",
        status=came.status if came else 200,
        title=_("Captions and text"),
        headers=NOT_STORED,
        steps=await steps_of(visit, own, "words"),
        words=shown,
        saved=request.query_params.get("saved", ""),
        errors=came.errors if came else {},
    )


def _card(own: Own) -> Card:
    """Raises Conflict where there is nothing yet to say words about, or nothing any more."""
    if own.card is None:
        raise Conflict("film_first")
    if own.card.state is CardState.WITHDRAWN:
        raise Conflict("card_withdrawn")
    return own.card


async def _film(visit: Visit, card: Card, chosen: str) -> CardFilm:
    async with visit.services.db.read() as db:
        films = await films_of(db, card.id)
    film = film_for_words(films, chosen)
    if film is None:
        raise Conflict("film_first")
    if film.id != chosen:
        raise NotFound("film")  # words for one film must not end up at another
    return film


async def _data(form: FormData) -> bytes:
    """Of the file, or else of the text."""
    file = form.get("file")
    if isinstance(file, UploadFile) and file.filename:
        return await file.read(LARGEST + 1)
    return _text(form, "captions").encode("utf-8", "replace")


def _texts(form: FormData) -> Texts:
    entered = {name: value for name, value in form.items() if isinstance(value, str)}
    return Texts(
        words=words_from(entered, "words"),
        seen=words_from(entered, "seen"),
        language=entered.get("language", ""),
        unspoken=entered.get("unspoken") == "yes",
        signed=entered.get("signed") == "yes",
    )


def _not_too_often(visit: Visit) -> None:
    person = visit.viewer.person
    visit.services.limits.check("card words", person.id if person else "", per_minute=SAVED_PER_MINUTE)


def _text(form: FormData, name: str) -> str:
    value: Any = form.get(name)
    return value if isinstance(value, str) else ""


def _base(visit: Visit, own: Own) -> str:
    return f"/{visit.conference.slug}/cards/{own.initiative.slug}/own/words"


routes = [
    page("/{c}/cards/{initiative}/own/words", "card.words", words, methods=("GET", "POST")),
    page("/{c}/cards/{initiative}/own/words/captions", "card.captions", captions, methods=("POST",)),
]
