"""What becomes of a film that was prepared, refused or given up, and of new stills. Each is one unit of work, for the worker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conference.base import audit
from conference.base.db import Work
from conference.base.jobs import enqueue
from conference.cards.actions import FORGET, forget_film, tell_card
from conference.cards.films import letters
from conference.cards.films.actions import ON_ITS_WAY, refuse
from conference.cards.films.store import film_for_change
from conference.cards.fitting import came_before, old_texts
from conference.cards.model import Card, CardFile, CardFilm, CardState, FileRole, FilmState
from conference.cards.review.actions import answer_change
from conference.cards.rules import OWN_TEXTS
from conference.cards.store import files_of_film, films_of
from conference.web.services import Services


async def take_up(services: Services, film_id: str) -> CardFilm | None:
    """The film, which is being prepared from now on; None when there is nothing to prepare (any more)."""
    async with services.db.work() as work:
        found = await film_for_change(work, film_id)
        if found is None or found[1].state not in ON_ITS_WAY or found[1].key is None:
            return None
        film = found[1]
        film.state, film.stage, film.progress = FilmState.PREPARING, "fetch", 0.0
        work.session.add(film)
        return film


async def note_progress(services: Services, film_id: str, stage: str, progress: float) -> None:
    async with services.db.work() as work:
        film = await work.session.get(CardFilm, film_id)
        if film is not None and film.state is FilmState.PREPARING:
            film.stage, film.progress = stage, round(progress, 3)
            work.session.add(film)


async def record_ready(services: Services, made: CardFilm, files: Sequence[CardFile]) -> bool:
    """The film and its stored files belong to the card from the commit on, all or nothing; whether they do.

    made: the film with what was found out. On a card that is not public it is shown at once; beside a public film it waits
    for the organisers, and takes the place of any that waited before. False: nobody wants it any more.
    """
    async with services.db.work() as work:
        found = await film_for_change(work, made.id)
        if found is None or found[1].state not in ON_ITS_WAY or found[0].state is CardState.WITHDRAWN:
            return False
        card, film = found
        for name in ("seconds", "width", "height", "sound", "poster_at"):
            setattr(film, name, getattr(made, name))
        film.state, film.stage, film.progress, film.refusal, film.facts = FilmState.READY, "", 1.0, None, {}
        if film.key is not None:
            await enqueue(work, FORGET, {"key": film.key})
            film.key = None
        own = {file.language for file in files if file.role is FileRole.CAPTIONS}
        taken_over = await _take_place(work, card, film, own)
        asked = taken_over or old_texts(film, card)
        for file in files:
            work.session.add(file)
        audit.record(work, "film ready", conference_id=card.conference_id, card=card.id)
        await letters.tell_ready(services, work, card, film, taken_over=asked)
        tell_card(services, work, card)
        return True


async def _take_place(work: Work, card: Card, film: CardFilm, captioned: set[str]) -> bool:
    """captioned: languages in which the film brought captions of its own. Those that were written for a film whose place it
    takes go over to it: mostly it is the same one cut a little better, and who wrote them looks whether they fit. Whether there
    were any. Texts that waited with the film before wait with this one."""
    taken: dict[str, str] = {}
    earlier = False
    public = card.state is CardState.PUBLISHED
    for other in await films_of(work.session, card.id):
        keeps = other.state is FilmState.UPLOADING or (other.shown and public)
        earlier = earlier or (other.id != film.id and other.state is FilmState.READY)
        if other.id != film.id and not keeps:
            for file in await files_of_film(work.session, other.id):
                if file.role is FileRole.CAPTIONS and file.language not in captioned:
                    captioned.add(file.language)
                    taken[file.language] = file.etag
                    file.film_id = film.id
                    work.session.add(file)
            if OWN_TEXTS in other.facts:
                film.facts = {**film.facts, OWN_TEXTS: other.facts[OWN_TEXTS]}
            await work.session.flush()
            await forget_film(work, other)
    if earlier:
        came_before(film, card, taken)
    if not public:
        film.shown, card.seconds, card.state = True, film.seconds, CardState.READY
    work.session.add(film)
    work.session.add(card)
    await work.session.flush()
    return bool(taken)


async def record_refused(services: Services, film_id: str, code: str, facts: dict[str, Any]) -> None:
    async with services.db.work() as work:
        found = await film_for_change(work, film_id)
        if found is None or found[1].state not in ON_ITS_WAY:
            return
        card, film = found
        await refuse(work, film, code, facts)
        await letters.tell_refused(services, work, card, film)
        tell_card(services, work, card)


async def record_failed(services: Services, film_id: str, reason: str) -> None:
    """The source stays, so that it can be tried again."""
    async with services.db.work() as work:
        found = await film_for_change(work, film_id)
        if found is None or found[1].state not in ON_ITS_WAY:
            return
        card, film = found
        film.state, film.refusal, film.facts = FilmState.FAILED, "film_failed", {"reason": reason}
        film.stage, film.progress = "", 0.0
        work.session.add(film)
        await letters.tell_failed(services, work, card, film)
        tell_card(services, work, card)


async def record_posters(services: Services, film_id: str, at: float, files: Sequence[CardFile]) -> bool:
    """The stills in the place of those before; whether the film is still there. They may be the change that was asked for."""
    async with services.db.work() as work:
        found = await film_for_change(work, film_id)
        if found is None or found[1].state is not FilmState.READY:
            return False
        card, film = found
        for file in await files_of_film(work.session, film.id):
            if file.role is FileRole.POSTER:
                await enqueue(work, FORGET, {"key": file.key})
                await work.session.delete(file)
        await work.session.flush()
        for file in files:
            work.session.add(file)
        film.poster_at = at
        work.session.add(film)
        answer_change(work, card, [film])
        tell_card(services, work, card)
        return True
