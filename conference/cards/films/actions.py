"""What an owner does with films: begin, bring in parts, finish, break off, try again, choose a poster.

Nothing is asked of the store within a unit of work, so each step bears being done twice and by two browsers at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conference.base import audit
from conference.base.db import Work
from conference.base.errors import Conflict, Invalid, NotFound, OutsideWindow, Unavailable
from conference.base.jobs import enqueue
from conference.base.storage import Part
from conference.cards.actions import FORGET, forget_film, tell_card
from conference.cards.begin import begin_card
from conference.cards.films import rules
from conference.cards.films.rules import Offer
from conference.cards.films.store import (
    POSTER,
    PREPARE,
    arriving_film,
    film_for_change,
    film_of_card,
    poster_key,
    prepare_key,
    waiting_for,
)
from conference.cards.model import Card, CardFilm, CardState, FilmState
from conference.cards.store import card_of, films_of, terms_of
from conference.web.services import Services

SOURCE_TYPE = "application/octet-stream"
ENDED = frozenset({FilmState.REFUSED, FilmState.FAILED})
ON_ITS_WAY = frozenset({FilmState.WAITING, FilmState.PREPARING})


@dataclass(frozen=True)
class Bringing:
    """Who brings a film for which card. by: the person's id; organiser: may do so after the deadline."""

    conference_id: str
    initiative_id: str
    by: str | None
    organiser: bool = False


@dataclass(frozen=True)
class Arrived:
    """How far an upload has come. sizes: of all parts; there: numbers of those that have arrived wholly."""

    film: CardFilm
    sizes: Sequence[int]
    there: list[int]


async def begin(services: Services, bringing: Bringing, offer: Offer, *, replace: bool = False) -> CardFilm:
    """The upload of this file: the unfinished one when it is of the same file, else a new one.

    replace: another unfinished upload of this card is broken off. Raises Invalid (film_type, film_empty, film_too_large),
    Conflict (film_deadline; film_under_way with name and size of the unfinished one), Unavailable.
    """
    async with services.db.read() as db:
        terms = await terms_of(db, bringing.conference_id)
        card = await card_of(db, bringing.conference_id, bringing.initiative_id)
        before = await arriving_film(db, card.id) if card else None
    rules.check_offer(offer, terms)
    rules.check_deadline(terms, services.clock.now(), organiser=bringing.organiser)
    dead = None
    if before is not None and rules.is_same(before, offer):
        if await _is_open(services, before):
            return before
        dead = before
    return await _begin_anew(services, bringing, offer, dead, replace=replace)


async def begin_unsized(services: Services, bringing: Bringing, name: str) -> CardFilm:
    """A new upload of a file whose size is known at its end; an unfinished one is broken off. Raises Conflict, Unavailable."""
    async with services.db.read() as db:
        terms = await terms_of(db, bringing.conference_id)
    rules.check_deadline(terms, services.clock.now(), organiser=bringing.organiser)
    return await _begin_anew(services, bringing, Offer(name, 0), None, replace=True)


async def _begin_anew(services: Services, bringing: Bringing, offer: Offer, dead: CardFilm | None, *, replace: bool) -> CardFilm:
    """dead: an upload of this file that the store no longer knows."""
    key = f"incoming/{services.ids.secret()}"
    upload_id = await services.storage.begin_parts(key, SOURCE_TYPE)
    film = CardFilm(
        id=services.ids.new(), card_id="", state=FilmState.UPLOADING, key=key, upload_id=upload_id,
        name=rules.plain_name(offer.name), size=offer.size, part_size=rules.PART_SIZE, begun=services.clock.now(),
        by=bringing.by, facts={"modified": offer.modified},
    )  # fmt: skip
    try:
        async with services.db.work() as work:
            return await _record_begun(services, work, bringing, offer, film, dead, replace=replace)
    except Unavailable:
        raise  # whether it was committed is unknown: an open upload that no film names is swept within the hour
    except Exception:
        await services.storage.abort_parts(key, upload_id)
        raise


async def _record_begun(
    services: Services, work: Work, bringing: Bringing, offer: Offer, film: CardFilm, dead: CardFilm | None, *, replace: bool
) -> CardFilm:
    card = await begin_card(services, work, bringing.conference_id, bringing.initiative_id)
    if card.state is CardState.WITHDRAWN:  # anew by hand; the consents have ended and are asked for again
        card.state = CardState.BEGUN
        work.session.add(card)
    other = await arriving_film(work.session, card.id)
    if other is not None and (dead is None or other.id != dead.id):
        if offer.size and rules.is_same(other, offer):  # the same file from another window, this very moment
            await enqueue(work, FORGET, {"key": film.key, "upload_id": film.upload_id})
            return other
        if not replace:
            raise Conflict("film_under_way", name=other.name, size=other.size)
    if other is not None:
        await forget_film(work, other)
    film.card_id = card.id
    work.session.add(film)
    return film


async def _is_open(services: Services, film: CardFilm) -> bool:
    """Whether the store still knows the upload, or the object that was already made of it."""
    assert film.key is not None
    assert film.upload_id is not None
    try:
        await services.storage.list_parts(film.key, film.upload_id)
    except NotFound:
        return await _object_size(services, film) is not None
    return True


async def _object_size(services: Services, film: CardFilm) -> int | None:
    """Of the source when all of its parts have become one object; None when there is none."""
    try:
        return (await services.storage.head(film.key or "gone")).size
    except NotFound:
        return None


async def arrived(services: Services, bringing: Bringing, film_id: str) -> Arrived:
    """What has arrived of an upload. Of a film that is further on: everything. Raises NotFound, Conflict (film_gone)."""
    film = await _film(services, bringing, film_id)
    sizes = rules.part_sizes(film.size, film.part_size or rules.PART_SIZE)
    if film.state is not FilmState.UPLOADING or film.key is None or film.upload_id is None:
        return Arrived(film, sizes, list(range(1, len(sizes) + 1)))
    try:
        parts = await services.storage.list_parts(film.key, film.upload_id)
    except NotFound:
        if await _object_size(services, film) is None:
            raise Conflict("film_gone") from None
        return Arrived(film, sizes, list(range(1, len(sizes) + 1)))  # finished in the store, not yet in our database
    lacking = set(rules.missing(parts, sizes))
    return Arrived(film, sizes, [number for number in range(1, len(sizes) + 1) if number not in lacking])


async def sign_parts(
    services: Services, bringing: Bringing, film_id: str, numbers: Sequence[int], seconds: int
) -> dict[int, str]:
    """Addresses that take these parts, good for `seconds`. Raises NotFound, Conflict (film_arrived), Invalid, OutsideWindow."""
    film = await _film(services, bringing, film_id)
    if film.state is not FilmState.UPLOADING or film.key is None or film.upload_id is None:
        raise Conflict("film_arrived")
    if seconds < 1:
        raise OutsideWindow("closed")
    count = len(rules.part_sizes(film.size, film.part_size))
    if len(numbers) > rules.SIGNED_AT_ONCE or not all(1 <= number <= count for number in numbers):
        raise Invalid("film_parts")
    return {number: services.storage.sign_part(film.key, film.upload_id, number, seconds) for number in numbers}


async def complete(services: Services, bringing: Bringing, film_id: str) -> CardFilm:
    """All parts are there: the film waits for its preparation. Once more does no harm.

    Raises NotFound; Conflict (parts_missing with their numbers; film_gone); Unavailable. What is larger than it was
    promised or may be is thrown away, and the film that is returned is refused.
    """
    film = await _film(services, bringing, film_id)
    if film.state is not FilmState.UPLOADING or film.key is None or film.upload_id is None:
        return film
    async with services.db.read() as db:
        limit = (await terms_of(db, bringing.conference_id)).most_bytes
    size = await _object_size(services, film)
    if size is None:
        parts = await _parts(services, film)
        sizes = rules.part_sizes(film.size, film.part_size)
        size = sum(part.size for part in parts)
        if size > limit or rules.too_much(parts, sizes):
            return await _refuse_arrived(services, film, size, limit)
        if lacking := rules.missing(parts, sizes):
            raise Conflict("parts_missing", parts=lacking)
        size = await _join(services, film, parts)
    if size > limit or size != film.size:  # a part was put anew between looking and joining
        return await _refuse_arrived(services, film, size, limit)
    return await _record_arrived(services, film, size)


async def _parts(services: Services, film: CardFilm) -> Sequence[Part]:
    assert film.key is not None
    assert film.upload_id is not None
    try:
        return await services.storage.list_parts(film.key, film.upload_id)
    except NotFound:
        raise Conflict("film_gone") from None


async def _join(services: Services, film: CardFilm, parts: Sequence[Part]) -> int:
    assert film.key is not None
    assert film.upload_id is not None
    try:
        return (await services.storage.complete_parts(film.key, film.upload_id, parts)).size
    except (NotFound, Conflict, Unavailable) as error:  # perhaps only because another window was faster
        size = await _object_size(services, film)
        if size is not None:
            return size
        if isinstance(error, NotFound):
            raise Conflict("film_gone") from None
        raise


async def complete_unsized(services: Services, film: CardFilm, parts: Sequence[Part]) -> CardFilm:
    """As `complete`, for a file whose size is that of the parts."""
    size = await _join(services, film, parts)
    return await _record_arrived(services, film, size)


async def _record_arrived(services: Services, film: CardFilm, size: int) -> CardFilm:
    async with services.db.work() as work:
        found = await film_for_change(work, film.id)
        if found is None:  # broken off meanwhile; what that deleted may have been there only after it
            await enqueue(work, FORGET, {"key": film.key})
            return film
        card, film = found
        if film.state is not FilmState.UPLOADING:
            return film
        film.state, film.upload_id, film.arrived, film.size = FilmState.WAITING, None, work.now, size
        film.facts, film.refusal = {}, None
        work.session.add(film)
        await _forget(work, await films_of(work.session, card.id), but=film.id, states=ENDED | ON_ITS_WAY)
        await enqueue(work, PREPARE, {"film": film.id}, unique_key=prepare_key(film.id))
        audit.record(work, "film brought", conference_id=card.conference_id, person_id=film.by, card=card.id)
        tell_card(services, work, card)
        return film


async def _refuse_arrived(services: Services, film: CardFilm, size: int, limit: int) -> CardFilm:
    async with services.db.work() as work:
        found = await film_for_change(work, film.id)
        if found is None or found[1].state is not FilmState.UPLOADING:
            return found[1] if found else film
        card, film = found
        await refuse(work, film, "film_too_large", {"size": size, "limit": min(limit, film.size or limit)})
        tell_card(services, work, card)
        return film


async def refuse(work: Work, film: CardFilm, code: str, facts: dict[str, object]) -> None:
    """No card can be made of it; what was brought is deleted after the commit."""
    if film.key is not None:
        await enqueue(work, FORGET, {"key": film.key, "upload_id": film.upload_id})
    film.state, film.refusal, film.facts = FilmState.REFUSED, code, facts
    film.key, film.upload_id, film.stage, film.progress = None, None, "", 0.0
    work.session.add(film)


async def _forget(work: Work, films: Iterable[CardFilm], *, but: str, states: frozenset[FilmState]) -> None:
    for film in films:
        if film.id != but and film.state in states:
            await forget_film(work, film)


async def break_off(services: Services, bringing: Bringing, film_id: str) -> None:
    """A film that is not shown goes, however far it has come; one that is gone already stays so. Raises NotFound, Conflict."""
    async with services.db.work() as work:
        found = await _changing(work, bringing, film_id)
        if found is None:
            return
        card, film = found
        if film.shown:
            raise Conflict("film_shown")
        await forget_film(work, film)
        tell_card(services, work, card)


async def try_again(services: Services, bringing: Bringing, film_id: str) -> None:
    """Prepare anew what failed through no fault of the film, or what nobody works on. Raises NotFound, Conflict."""
    async with services.db.work() as work:
        found = await _changing(work, bringing, film_id)
        if found is None:
            raise NotFound("film")
        card, film = found
        if film.state not in ON_ITS_WAY | {FilmState.FAILED} or film.key is None:
            raise Conflict("film_state")
        if await waiting_for(work.session, prepare_key(film.id)) is None:
            film.state, film.stage, film.progress, film.refusal = FilmState.WAITING, "", 0.0, None
            work.session.add(film)
            await enqueue(work, PREPARE, {"film": film.id}, unique_key=prepare_key(film.id))
            tell_card(services, work, card)


async def choose_poster(services: Services, bringing: Bringing, film_id: str, at: float) -> None:
    """Have the stills taken at another moment of the film. Raises NotFound, Conflict, Invalid."""
    async with services.db.work() as work:
        found = await _changing(work, bringing, film_id)
        if found is None or found[1].state is not FilmState.READY:
            raise Conflict("film_state")
        film = found[1]
        if not 0 <= at <= film.seconds:
            raise Invalid("film_poster", limit=film.seconds)
        await enqueue(work, POSTER, {"film": film.id, "at": round(at, 2)}, unique_key=poster_key(film.id))


async def _film(services: Services, bringing: Bringing, film_id: str) -> CardFilm:
    async with services.db.read() as db:
        return await film_of_card(db, bringing.conference_id, bringing.initiative_id, film_id)


async def _changing(work: Work, bringing: Bringing, film_id: str) -> tuple[Card, CardFilm] | None:
    """Locked; None when the film is gone. Raises NotFound for another card's."""
    found = await film_for_change(work, film_id)
    if found is not None and (found[0].conference_id, found[0].initiative_id) != (bringing.conference_id, bringing.initiative_id):
        raise NotFound("film")
    return found


async def drop_cut_off(services: Services, film: CardFilm) -> None:
    """An upload that nobody can go on with goes, also while its request is being cancelled."""
    await asyncio.shield(_drop(services, film.id))


async def _drop(services: Services, film_id: str) -> None:
    async with services.db.work() as work:
        found = await film_for_change(work, film_id)
        if found is not None and found[1].state is FilmState.UPLOADING:
            await forget_film(work, found[1])
