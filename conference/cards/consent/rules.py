"""What was agreed to, whether it is enough, and what follows from it: pure."""

from __future__ import annotations

from collections.abc import Iterable

from conference.cards.consent.texts import current
from conference.cards.model import Card, CardConsent, CardFilm, CardState, ConsentKind, FilmState

NEEDED = (ConsentKind.LICENCE, ConsentKind.PEOPLE, ConsentKind.PLATFORM)
"""Without these a card is not published."""
FROM_FILE = "conference file"
"""by_name of what a conference file says: it was agreed to outside of the platform, where the organisers hold the proof."""
LONGEST_NAME = 120


def in_force(consents: Iterable[CardConsent]) -> dict[ConsentKind, CardConsent]:
    """Of consents in order of time the one of each kind that counts; a newer wording alone ends none."""
    return {consent.kind: consent for consent in consents if consent.ended is None}


def covers(consent: CardConsent, film: CardFilm | None) -> bool:
    """Whether it holds for this film: the people shown agreed to the film that there was, not to any later one."""
    return consent.kind is not ConsentKind.PEOPLE or film is None or consent.given >= film.begun


def missing_for_publishing(card: Card, film: CardFilm | None, consents: Iterable[CardConsent]) -> list[ConsentKind]:
    """What must still be agreed to before this film may be published on this card; empty when nothing."""
    held = in_force(consents)
    if card.state is CardState.WITHDRAWN:
        return list(NEEDED)
    return [kind for kind in NEEDED if kind not in held or not covers(held[kind], film)]


def film_in_question(films: Iterable[CardFilm]) -> CardFilm | None:
    """Of films with the newest first the one that people agree to: what was refused is none."""
    return next((film for film in films if film.state is not FilmState.REFUSED), None)


def to_ask(film: CardFilm | None, consents: Iterable[CardConsent]) -> list[ConsentKind]:
    """What the owner's page asks: what was never agreed to or was taken back, what has a newer wording, and the people shown
    whenever there is another film; without a film nobody is shown."""
    held = in_force(consents)
    open_to = [kind for kind in ConsentKind if film is not None or kind is not ConsentKind.PEOPLE]
    return [kind for kind in open_to if kind not in held or is_outdated(held[kind]) or not covers(held[kind], film)]


def is_outdated(consent: CardConsent) -> bool:
    """The wording has changed since; 0 was none of ours. The consent counts until it is given anew or taken back."""
    return 0 < consent.version < current(consent.kind).version


def was_taken_back(kind: ConsentKind, consents: Iterable[CardConsent]) -> bool:
    """It was agreed to once, and the owner's last word was no."""
    ended = [consent.ended is not None for consent in consents if consent.kind is kind]
    return bool(ended) and all(ended)


def stays_when_purged(card: Card, consents: Iterable[CardConsent]) -> bool:
    """What the hosts may keep: a published card whose owner agreed to its staying, as long as the licence and the people shown
    hold as well."""
    held = in_force(consents)
    agreed = {ConsentKind.REMAINS, ConsentKind.LICENCE, ConsentKind.PEOPLE} <= held.keys()
    return card.state is CardState.PUBLISHED and card.remains and agreed
