"""What owners decide about their card: agree, take one thing back, withdraw all of it. Each holds from its commit on."""

from __future__ import annotations

from collections.abc import Collection

from conference.base import audit
from conference.base.db import Work
from conference.base.errors import Conflict, Invalid
from conference.cards.actions import tell_card, withdraw_card
from conference.cards.consent.letters import tell_hosts_taken_back, tell_hosts_withdrawn, tell_owners
from conference.cards.consent.rules import LONGEST_NAME, NEEDED, film_in_question, in_force, to_ask
from conference.cards.consent.store import name_of
from conference.cards.consent.texts import current
from conference.cards.model import Card, CardConsent, CardState, ConsentKind
from conference.cards.review.actions import end_publication
from conference.cards.store import card_for_decision, consents_of, films_of
from conference.web.services import Services


async def agree(
    services: Services,
    work: Work,
    card_id: str,
    kinds: Collection[ConsentKind],
    *,
    name: str,
    language: str,
    by: str | None,
    film_id: str | None = None,
) -> list[ConsentKind]:
    """Agree to today's wording of these; which of them were new. What holds already stays as it was.

    name: of the person who agrees, as typed; language: in which the wording was shown; by: the person's id; film_id: the film
    that there was then. The owners get a letter with what they agreed to and how to withdraw. Raises NotFound, Conflict
    (withdrawn; people agree to another film than there is by now), Invalid (the name).
    """
    card = await card_for_decision(work, card_id)
    if card.state is CardState.WITHDRAWN:
        raise Conflict("card_withdrawn")
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise Invalid("name")
    consents = await consents_of(work.session, card.id)
    film = film_in_question(await films_of(work.session, card.id))
    if film_id is not None and film is not None and film.id != film_id and ConsentKind.PEOPLE in kinds:
        raise Conflict("card_other_film")
    asked = to_ask(film, consents)
    fresh = [kind for kind in asked if kind in kinds]
    for kind in fresh:
        _end(work, consents, kind)
        work.session.add(
            CardConsent(
                id=services.ids.new(), card_id=card.id, kind=kind, version=current(kind).version, language=language,
                given=work.now, by_name=name, by=by,
            )
        )  # fmt: skip
    if not fresh:
        return fresh
    card.remains = card.remains or ConsentKind.REMAINS in fresh
    work.session.add(card)
    await work.session.flush()
    _note(work, "card consents given", card, fresh, by)
    await tell_owners(services, work, card, language)
    tell_card(services, work, card)
    return fresh


async def take_back(services: Services, work: Work, card_id: str, kind: ConsentKind, *, by: str | None) -> Card:
    """End a consent; the row stays as proof that there was one. Without licence, people or platform a card is public no longer.

    A film that waited beside the public one is the card's then, as whenever a card is public no more. The hosts get a letter,
    since they may have to take it down elsewhere. What does not hold is not ended. Raises NotFound.
    """
    card = await card_for_decision(work, card_id)
    consents = await consents_of(work.session, card.id)
    if kind not in in_force(consents):
        return card
    _end(work, consents, kind)
    if kind is ConsentKind.REMAINS:
        card.remains = False
    if kind in NEEDED and card.state is CardState.PUBLISHED:
        await end_publication(work, card)
    work.session.add(card)
    _note(work, "card consent taken back", card, [kind], by)
    await tell_hosts_taken_back(services, work, card, kind)
    tell_card(services, work, card)
    return card


async def withdraw_by_owner(services: Services, work: Work, card_id: str, *, by: str | None) -> Card:
    """Withdraw a card for good, by whoever holds the link to do so, and let the hosts know. Again changes nothing.

    by: the person's id when somebody is signed in. Raises NotFound.
    """
    card = await card_for_decision(work, card_id)
    if card.state is CardState.WITHDRAWN:
        return card
    await tell_hosts_withdrawn(services, work, card, await name_of(work.session, card))
    return await withdraw_card(services, work, card.id, by=by)


def _end(work: Work, consents: Collection[CardConsent], kind: ConsentKind) -> None:
    for consent in consents:
        if consent.kind is kind and consent.ended is None:
            consent.ended = work.now
            work.session.add(consent)


def _note(work: Work, act: str, card: Card, kinds: Collection[ConsentKind], by: str | None) -> None:
    named = ", ".join(kind.value for kind in kinds)
    audit.record(work, act, conference_id=card.conference_id, person_id=by, card=card.id, kinds=named)
