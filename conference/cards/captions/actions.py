"""What is done with the words of a card: captions put, taken over and removed, texts saved.

Captions are written anew as canonical WebVTT under a fresh key each time; the object before is forgotten with the commit.
`etag`: the one of the captions that whoever writes has seen ("" for none), so that nobody overwrites what somebody else has
saved meanwhile; None: whatever is there. `mark` is the same for the texts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from conference.base.captions import Cue, read_captions, webvtt
from conference.base.db import Work
from conference.base.errors import Conflict, Invalid, NotFound, Unavailable
from conference.base.jobs import enqueue
from conference.cards.actions import FORGET, tell_card
from conference.cards.captions.rules import Texts, is_language, too_long
from conference.cards.fitting import came_before, keep_texts, texts_for, they_fit
from conference.cards.model import Card, CardFile, CardFilm, CardState, FileRole, FilmState
from conference.cards.review.actions import answer_change
from conference.cards.store import card_for_decision, files_of_film, film_by_id, films_of, shown_film
from conference.web.services import Services


async def put_captions(
    services: Services, film_id: str, language: str, cues: Sequence[Cue], *, etag: str | None = None
) -> CardFile:
    """Let these be the film's captions in a language. The same again changes nothing. A card of which the organisers asked a
    change is ready for them again. Opens its own unit of work.

    Raises Invalid (no such language, no cue), NotFound, Conflict (captions_changed: facts etag; card_withdrawn; film_not_ready),
    Unavailable; then nothing has changed.
    """
    if not is_language(language) or not cues:
        raise Invalid("field", field="language" if cues else "captions")
    data = webvtt(cues).encode()
    new = CardFile(
        id=services.ids.new(), card_id="", film_id=film_id, role=FileRole.CAPTIONS, key=f"cards/{services.ids.secret()}.vtt",
        content_type="text/vtt", size=len(data), etag=hashlib.sha256(data).hexdigest(), language=language,
    )  # fmt: skip
    await services.storage.put(new.key, data, new.content_type)
    try:
        async with services.db.work() as work:
            kept = await _replace(services, work, new, etag)
    except Unavailable:
        raise  # whether it was committed is unknown: rather an object too many than one too few
    except Exception:
        await services.storage.delete(new.key)
        raise
    if kept is not new:
        await services.storage.delete(new.key)
    return kept


async def _replace(services: Services, work: Work, new: CardFile, etag: str | None) -> CardFile:
    """The row in the place of the one before, or that one when it holds the same."""
    card, film = await _writing(work, new.film_id)
    captions = [file for file in await files_of_film(work.session, film.id) if file.role is FileRole.CAPTIONS]
    before = next((file for file in captions if file.language == new.language), None)
    if before is not None and before.etag == new.etag:
        return before
    _check(before, etag)
    new.card_id = card.id
    new.position = before.position if before else max((file.position for file in captions), default=-1) + 1
    if before is not None:
        await _forget(work, before)
    work.session.add(new)
    answer_change(work, card, await films_of(work.session, card.id))
    tell_card(services, work, card)
    return new


async def remove_captions(services: Services, film_id: str, language: str, *, etag: str | None = None) -> None:
    """The film has none in this language any more. Removing what is not there changes nothing. Raises NotFound, Conflict."""
    async with services.db.work() as work:
        card, film = await _writing(work, film_id)
        for file in await files_of_film(work.session, film.id):
            if file.role is FileRole.CAPTIONS and file.language == language:
                _check(file, etag)
                await _forget(work, file)
                tell_card(services, work, card)


async def take_over_captions(services: Services, film_id: str) -> list[str]:
    """Give a film that waits beside the shown one that one's captions, in each language in which it has none. Cues that begin
    after its end stay behind. The languages. Opens its own units of work. Raises NotFound, Conflict, Unavailable."""
    async with services.db.read() as db:
        film = await film_by_id(db, film_id)
        shown = await shown_film(db, film.card_id)
        theirs = await files_of_film(db, shown.id) if shown is not None and shown.id != film.id else []
        own = {file.language for file in await files_of_film(db, film.id) if file.role is FileRole.CAPTIONS}
    taken: dict[str, str] = {}
    for file in theirs:
        if file.role is FileRole.CAPTIONS and file.language not in own:
            cues = read_captions(await services.storage.get(file.key)).cues
            fitting = [cue for cue in cues if cue.start < film.seconds * 1000]
            if fitting:
                put = await put_captions(services, film.id, file.language, fitting, etag="")
                taken[file.language] = put.etag
    if taken:
        async with services.db.work() as work:
            card, film = await _writing(work, film_id)
            came_before(film, card, taken)
            work.session.add(film)
    return list(taken)


async def confirm_words(services: Services, film_id: str) -> None:
    """Captions and texts that came from the film before fit this one as well. Raises NotFound, Conflict."""
    async with services.db.work() as work:
        card, film = await _writing(work, film_id)
        they_fit(film)
        work.session.add(film)
        tell_card(services, work, card)


async def save_texts(
    services: Services, work: Work, card_id: str, texts: Texts, *, mark: str | None = None, film_id: str | None = None
) -> Card:
    """What is said, what only the picture tells, in which language. The same again tells nobody; what is new answers organisers
    who asked for a change, as captions do. film_id: the film that they are about; beside a public one they wait with it.

    Raises Invalid (card_words: facts fields; field), NotFound, Conflict (card_withdrawn, texts_changed; card_other_film: that
    one is there no more).
    """
    if fields := too_long(texts):
        raise Invalid("card_words", fields=fields)
    if not is_language(texts.language):
        raise Invalid("field", field="language")
    card = await card_for_decision(work, card_id)
    if card.state is CardState.WITHDRAWN:
        raise Conflict("card_withdrawn")
    films = await films_of(work.session, card.id)
    film = next((film for film in films if film.id == film_id and film.state is FilmState.READY), None)
    if film_id is not None and film is None:
        raise Conflict("card_other_film")
    now = texts_for(card, film)
    if texts == now:
        return card
    if mark is not None and mark != now.mark:
        raise Conflict("texts_changed")
    if film is not None and not film.shown:
        keep_texts(film, texts)
        work.session.add(film)
    else:
        card.words, card.seen = dict(texts.words), dict(texts.seen)
        card.language, card.unspoken, card.signed = texts.language, texts.unspoken, texts.signed
        work.session.add(card)
    answer_change(work, card, films)
    tell_card(services, work, card)
    return card


async def _writing(work: Work, film_id: str) -> tuple[Card, CardFilm]:
    """A card and its film. The card is locked, so that whoever else changes it comes before or after."""
    card = await card_for_decision(work, (await film_by_id(work.session, film_id)).card_id)
    film = await work.session.get(CardFilm, film_id, populate_existing=True)
    if film is None:
        raise NotFound("film")
    if card.state is CardState.WITHDRAWN:
        raise Conflict("card_withdrawn")
    if film.state is not FilmState.READY:
        raise Conflict("film_not_ready", state=film.state.value)
    return card, film


def _check(before: CardFile | None, etag: str | None) -> None:
    now = before.etag if before is not None else ""
    if etag is not None and etag != now:
        raise Conflict("captions_changed", etag=now)


async def _forget(work: Work, file: CardFile) -> None:
    await enqueue(work, FORGET, {"key": file.key})
    await work.session.delete(file)
    await work.session.flush()
