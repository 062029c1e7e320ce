"""What is done with cards: stored, published, withdrawn."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from conference.base import audit
from conference.base.captions import read_captions, webvtt
from conference.base.db import Work
from conference.base.errors import Conflict, Invalid, Unavailable
from conference.base.jobs import Handler, Job, enqueue
from conference.base.storage import ObjectStorage
from conference.cards.consent.from_file import agree_as_in_file
from conference.cards.events import CARD_CHANGED
from conference.cards.file import CardFacts, InitiativeEntry
from conference.cards.fitting import note_release
from conference.cards.model import Card, CardFile, CardFilm, CardState, FileRole, FilmState
from conference.cards.rules import ENDINGS, content_type_of
from conference.cards.store import (
    card_by_id,
    card_for_decision,
    card_of,
    cards_in,
    consents_of,
    files_of,
    files_of_film,
    films_of,
    plays_of,
    shown_film,
)
from conference.initiatives.actions import keep_only, put_initiative
from conference.web.services import Services

FORGET = "cards.forget"
"""Kind of the job that deletes a stored object no card refers to any more. facts: key, upload_id (of one still open, or None)."""


@dataclass(frozen=True)
class NewFile:
    """One file of a card as it comes. language: of captions; height: of a rendition in pixels, 0 when unknown."""

    role: FileRole
    data: bytes
    language: str = ""
    height: int = 0


def handlers(storage: ObjectStorage) -> dict[str, Handler]:
    """The jobs of this feature, for the worker."""

    async def forget(job: Job) -> None:
        if upload_id := job.facts.get("upload_id"):
            await storage.abort_parts(job.facts["key"], upload_id)
        await storage.delete(job.facts["key"])

    return {FORGET: forget}


async def store_card(
    services: Services, conference_id: str, initiative_id: str, facts: CardFacts, files: Sequence[NewFile]
) -> Card:
    """Let the initiative's card consist of these files (renditions best first) and words. The same again changes nothing.

    All objects get fresh unguessable keys before the one transaction that shows them; what they replace is deleted after it.
    Opens its own unit of work. Raises Invalid (a file is not what a card can have), Conflict (its owner withdrew it),
    Unavailable; then nothing has changed.
    """
    files, rows = await asyncio.to_thread(_looked_at, services, files)
    async with services.db.read() as db:
        card = await card_of(db, conference_id, initiative_id)
        present = await files_of(db, card.id) if card else []
    known = {_identity(file): file for file in present}
    put: list[str] = []
    try:
        for row, new in zip(rows, files, strict=True):
            if _identity(row) not in known:
                await services.storage.put(row.key, new.data, row.content_type)
                put.append(row.key)
        async with services.db.work() as work:
            return await _record(services, work, conference_id, initiative_id, facts, rows, set(put))
    except Unavailable:
        raise  # whether it was committed is unknown: rather an object too many than one too few
    except Exception:
        for key in put:
            await services.storage.delete(key)
        raise


def _looked_at(services: Services, files: Sequence[NewFile]) -> tuple[list[NewFile], list[CardFile]]:
    """The files as they are stored, and their rows. Films are read from end to end for it, so never on the event loop."""
    stored = [_as_stored(file) for file in files]
    return stored, _rows(services, stored)


def _as_stored(file: NewFile) -> NewFile:
    """Captions are stored as canonical WebVTT, whatever they came as; those with faults are refused like other files."""
    reading = read_captions(file.data) if file.role is FileRole.CAPTIONS else None
    return replace(file, data=webvtt(reading.cues).encode()) if reading and not reading.faults else file


def _rows(services: Services, files: Sequence[NewFile]) -> list[CardFile]:
    if not any(file.role is FileRole.RENDITION for file in files):
        raise Invalid("card_without_film")
    counts: dict[FileRole, int] = {}
    rows = []
    for file in files:
        content_type = content_type_of(file.role, file.data)
        position = counts[file.role] = counts.get(file.role, -1) + 1
        rows.append(
            CardFile(
                id=services.ids.new(),
                card_id="",  # it and the film are known once the work has begun
                film_id="",
                role=file.role,
                key=f"cards/{services.ids.secret()}.{ENDINGS[content_type]}",
                content_type=content_type,
                size=len(file.data),
                etag=hashlib.sha256(file.data).hexdigest(),
                height=file.height,
                language=file.language,
                position=position,
            )
        )
    return rows


def _identity(file: CardFile) -> tuple[object, ...]:
    return file.role, file.position, file.language, file.content_type, file.etag


async def _record(
    services: Services, work: Work, conference_id: str, initiative_id: str, facts: CardFacts, rows: list[CardFile], put: set[str]
) -> Card:
    card = await card_of(work.session, conference_id, initiative_id)
    if card is None:
        card = Card(
            id=services.ids.new(), conference_id=conference_id, initiative_id=initiative_id, state=CardState.READY,
            seconds=facts.seconds, words=facts.words,
        )  # fmt: skip
        work.session.add(card)
        await work.session.flush()
    if card.state is CardState.WITHDRAWN:
        raise Conflict("card_withdrawn")
    film = await shown_film(work.session, card.id)
    if film is None:
        film = CardFilm(id=services.ids.new(), card_id=card.id, state=FilmState.READY, shown=True, begun=work.now, progress=1.0)
        work.session.add(film)
        await work.session.flush()
    if another := await _is_another(work, film, rows):
        _begin_anew(work, film)
    film.seconds = facts.seconds
    changed = await _replace_files(work, film, rows, put, another=another)
    for name in ("seen", "language", "unspoken", "signed"):
        changed = changed or getattr(card, name) != getattr(facts, name)
        setattr(card, name, getattr(facts, name))
    agreed = await agree_as_in_file(work, services.ids, card, film, published=facts.published, remains=facts.remains)
    state = CardState.PUBLISHED if agreed.published else CardState.READY
    if (card.state, card.seconds, card.words, card.remains) != (state, facts.seconds, facts.words, agreed.remains):
        changed = True
    card.state, card.seconds, card.words, card.remains = state, facts.seconds, facts.words, agreed.remains
    card.published = (card.published or work.now) if agreed.published else None
    work.session.add(card)
    if changed:
        if agreed.published:
            note_release(card, film, await files_of_film(work.session, film.id))
            work.session.add(film)
        tell_card(services, work, card)
    return card


async def _is_another(work: Work, film: CardFilm, rows: list[CardFile]) -> bool:
    """Whether the best rendition is another one than there was."""
    best = next(_identity(row) for row in rows if row.role is FileRole.RENDITION)
    return best not in map(_identity, await files_of_film(work.session, film.id))


def _begin_anew(work: Work, film: CardFilm) -> None:
    """What was found out about the film before, and what the people shown agreed to then, does not hold for this one."""
    film.begun, film.arrived, film.by, film.name, film.size = work.now, None, None, "", 0
    film.sound, film.width, film.height, film.poster_at = True, 0, 0, 0.0
    film.facts = {}
    work.session.add(film)


async def _replace_files(work: Work, film: CardFilm, rows: list[CardFile], put: set[str], *, another: bool) -> bool:
    """Smaller renditions that were made of the same film stay: a conference file names the best one alone."""
    wanted = {_identity(row): row for row in rows}
    renditions = sum(row.role is FileRole.RENDITION for row in rows)
    changed = False
    for file in await files_of_film(work.session, film.id):
        smaller = not another and file.role is FileRole.RENDITION and file.position >= renditions
        if wanted.pop(_identity(file), None) is None and not smaller:
            await enqueue(work, FORGET, {"key": file.key})
            await work.session.delete(file)
            changed = True
    await work.session.flush()
    for row in wanted.values():
        if row.key not in put:
            raise Conflict("card")  # it was there when we looked and was withdrawn meanwhile
        row.card_id, row.film_id = film.card_id, film.id
        work.session.add(row)
        changed = True
    return changed


async def publish_card(services: Services, work: Work, card_id: str, *, by: str | None) -> Card:
    """Make a ready card public. by: the person's id. Publishing again changes nothing. Raises NotFound, Conflict.

    Whether all have agreed to it is asked by whoever decides (cards/review/actions.py: release_card).
    """
    card = await card_by_id(work.session, card_id)
    if card.state is CardState.PUBLISHED:
        return card
    if card.state is not CardState.READY:
        raise Conflict("card_not_ready", state=card.state.value)
    card.state, card.published = CardState.PUBLISHED, work.now
    work.session.add(card)
    audit.record(work, "card published", conference_id=card.conference_id, person_id=by, card=card.id)
    tell_card(services, work, card)
    return card


async def withdraw_card(services: Services, work: Work, card_id: str, *, by: str | None) -> Card:
    """Take a card back for good: nobody sees it from the commit on, its objects are deleted right after it.

    The row stays as a trace without words, with its consents, which end. Withdrawing again changes nothing. Raises NotFound.
    """
    card = await card_for_decision(work, card_id)
    if card.state is CardState.WITHDRAWN:
        return card
    await forget_films(work, card.id)
    for consent in await consents_of(work.session, card.id):
        consent.ended = consent.ended or work.now
        work.session.add(consent)
    for plays in await plays_of(work.session, card.id):
        await work.session.delete(plays)
    card.state, card.published, card.seconds, card.remains = CardState.WITHDRAWN, None, 0.0, False
    card.words, card.seen, card.change = {}, {}, ""
    card.language, card.unspoken, card.signed = "de", False, False
    work.session.add(card)
    audit.record(work, "card withdrawn", conference_id=card.conference_id, person_id=by, card=card.id)
    tell_card(services, work, card)
    return card


async def import_initiatives(
    services: Services, conference_id: str, entries: Sequence[InitiativeEntry], read: Callable[[str], bytes]
) -> None:
    """Let exactly these initiatives take part, each with its card or none. Doing it again changes nothing.

    A card that its owner withdrew stays withdrawn, whatever the file says.
    read: path in the file -> bytes; raises FileNotFoundError. Opens its own units of work, so call it outside of one.
    """
    async with services.db.work() as work:
        rows = [
            await put_initiative(work, services.ids, conference_id, entry, position) for position, entry in enumerate(entries)
        ]
        await keep_only(work, conference_id, {row.id for row in rows})
        with_card = {row.id for row, entry in zip(rows, entries, strict=True) if entry.card}
        withdrawn = set()
        for card in await cards_in(work.session, conference_id):
            if card.state is CardState.WITHDRAWN:
                withdrawn.add(card.initiative_id)
            elif card.initiative_id not in with_card:
                await remove_card(services, work, card)
    for row, entry in zip(rows, entries, strict=True):
        if entry.card is not None and row.id not in withdrawn:
            files = await asyncio.to_thread(files_named, entry.card, read)
            await store_card(services, conference_id, row.id, entry.card, files)


async def remove_card(services: Services, work: Work, card: Card) -> None:
    """The card goes with everything that belongs to it, the proof of consent included; its objects right after the commit."""
    await forget_films(work, card.id)
    for row in [*await consents_of(work.session, card.id), *await plays_of(work.session, card.id)]:
        await work.session.delete(row)
    await work.session.flush()
    await work.session.delete(card)
    tell_card(services, work, card)


async def forget_films(work: Work, card_id: str) -> None:
    """Every film of a card goes with all its objects, those still arriving included."""
    for film in await films_of(work.session, card_id):
        await forget_film(work, film)


async def forget_film(work: Work, film: CardFilm) -> None:
    """One film goes; its objects are deleted right after the commit, an open upload is broken off."""
    for file in await files_of_film(work.session, film.id):
        await enqueue(work, FORGET, {"key": file.key})
        await work.session.delete(file)
    if film.key is not None:
        await enqueue(work, FORGET, {"key": film.key, "upload_id": film.upload_id})
    await work.session.flush()
    await work.session.delete(film)
    await work.session.flush()


def files_named(facts: CardFacts, read: Callable[[str], bytes]) -> list[NewFile]:
    """The files that a conference file names for a card."""
    posters = [NewFile(FileRole.POSTER, read(path)) for path in facts.posters]
    captions = [NewFile(FileRole.CAPTIONS, read(one.file), language=one.language) for one in facts.captions]
    return [NewFile(FileRole.RENDITION, read(facts.video)), *posters, *captions]


def tell_card(services: Services, work: Work, card: Card) -> None:
    """Pages that show the card learn that it has changed."""
    topic = f"conference:{card.conference_id}"
    services.outbox.tell(work, topic, CARD_CHANGED, conference_id=card.conference_id, initiative=card.initiative_id)
