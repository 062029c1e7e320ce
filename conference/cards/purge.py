"""What is left of cards once their conference is purged: nothing, but for those whose owners agreed to their staying."""

from __future__ import annotations

from conference.access.store import purged_conferences
from conference.base import audit
from conference.base.db import Work
from conference.base.jobs import enqueue
from conference.base.log import logger
from conference.cards.actions import FORGET, forget_film, remove_card
from conference.cards.consent.rules import stays_when_purged
from conference.cards.model import Card, CardTerms
from conference.cards.store import cards_in, consents_of, films_of, plays_of
from conference.web.services import Services

log = logger("cards")


async def forget_purged_cards(services: Services) -> int:
    """Delete the cards of purged conferences with all their objects; how many rows of cards. May be repeated.

    Of those that remain stay the shown film's files, the card's texts and the proof of consent, without links to persons.
    A demo forgets nothing: its clock is moved back again.
    """
    if services.settings.demo:
        return 0
    async with services.db.read() as db:
        purged = await purged_conferences(db, services.clock.now())
    forgotten = 0
    for conference_id in purged:
        async with services.db.work() as work:
            forgotten += await _forget(services, work, conference_id)
    return forgotten


async def _forget(services: Services, work: Work, conference_id: str) -> int:
    deleted = films = kept = 0
    for card in await cards_in(work.session, conference_id):
        if stays_when_purged(card, await consents_of(work.session, card.id)):
            films += await _keep_what_is_shown(work, card)
            kept += 1
            continue
        films += len(await films_of(work.session, card.id))
        await remove_card(services, work, card)
        deleted += 1
    terms = await work.session.get(CardTerms, conference_id)
    if terms is not None:
        await work.session.delete(terms)
    if deleted or films:
        audit.record(work, "cards purged", conference_id=conference_id, cards=deleted, films=films, kept=kept)
        log.info("cards_purged", conference=conference_id, cards=deleted, films=films, kept=kept)
    return deleted


async def _keep_what_is_shown(work: Work, card: Card) -> int:
    """How many films were forgotten."""
    forgotten = 0
    for film in await films_of(work.session, card.id):
        if not film.shown:
            await forget_film(work, film)
            forgotten += 1
            continue
        if film.key is not None:
            await enqueue(work, FORGET, {"key": film.key, "upload_id": film.upload_id})
        film.key, film.upload_id, film.by, film.name = None, None, None, ""
        work.session.add(film)
    for consent in await consents_of(work.session, card.id):
        consent.by = None
        work.session.add(consent)
    for plays in await plays_of(work.session, card.id):
        await work.session.delete(plays)
    card.change = ""
    work.session.add(card)
    return forgotten
