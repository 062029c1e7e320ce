"""What the owner's page and the page for withdrawing show of consents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from conference.cards.consent.links import withdrawal_address, withdrawal_path
from conference.cards.consent.rules import FROM_FILE, NEEDED, covers, in_force, is_outdated, stays_when_purged, to_ask
from conference.cards.consent.texts import Text, current, filled, text_of
from conference.cards.model import Card, CardConsent, CardFilm, CardState, ConsentKind
from conference.doors.visit import Visit

FULL = (ConsentKind.LICENCE, ConsentKind.PEOPLE)
PLACES = (ConsentKind.PLATFORM, ConsentKind.SITE, ConsentKind.SOCIAL)


def hosts_of(visit: Visit) -> list[str]:
    return [visit.say(host["name"]) for host in visit.conference.hosts]


def questions(visit: Visit, film: CardFilm | None, consents: Sequence[CardConsent]) -> dict[str, list[dict[str, Any]]]:
    """The two texts, where the card may appear, and whether it may stay; each with what was agreed to and what is asked."""
    held, asked = in_force(consents), to_ask(film, consents)

    def of(*kinds: ConsentKind) -> list[dict[str, Any]]:
        return [_question(visit, kind, held.get(kind), film) | {"asked": kind in asked} for kind in kinds]

    return {"texts": of(*FULL), "places": of(*PLACES), "afterwards": of(ConsentKind.REMAINS)}


def _question(visit: Visit, kind: ConsentKind, held: CardConsent | None, film: CardFilm | None) -> dict[str, Any]:
    new_film = held is not None and not covers(held, film)
    outdated = held is not None and is_outdated(held)
    return {
        "kind": kind.value,
        **_wording(visit, current(kind)),
        "needed": kind in NEEDED,
        "held": _given(visit, held) if held is not None else None,
        "then": _wording(visit, text_of(kind, held.version)) if held is not None and outdated else None,
        "too_early": kind is ConsentKind.PEOPLE and film is None and held is None,
        "new_film": new_film,
        "effect": _effect_of_taking_back(visit, kind),
    }


def _wording(visit: Visit, text: Text | None) -> dict[str, Any]:
    if text is None:
        return {"title": "", "tick": "", "paragraphs": [], "version": 0}
    hosts = hosts_of(visit)
    return {
        "title": filled(text.title, visit.language, hosts),
        "tick": filled(text.tick, visit.language, hosts),
        "paragraphs": [filled(words, visit.language, hosts) for words in text.paragraphs],
        "version": text.version,
    }


def _given(visit: Visit, consent: CardConsent) -> dict[str, Any]:
    return {
        "at": visit.local(consent.given),
        "name": consent.by_name,
        "version": consent.version,
        "outside": consent.by_name == FROM_FILE and consent.version == 0,
    }


def _effect_of_taking_back(visit: Visit, kind: ConsentKind) -> str:
    _ = visit.services.texts[visit.language].gettext
    if kind in NEEDED:
        return _("The card is then not public any more, at once. To be shown again it needs your consent and a new release.")
    if kind is ConsentKind.REMAINS:
        return _("The card is then deleted on {date}, as all others are.").format(date=_date(visit, visit.conference.purge))
    return _("The hosts get a letter and have to take the card down there.")


def history(visit: Visit, consents: Sequence[CardConsent]) -> list[dict[str, Any]]:
    """Everything that was ever agreed to, the newest first."""
    hosts = hosts_of(visit)
    return [
        {
            "title": filled(current(consent.kind).title, visit.language, hosts),
            **_given(visit, consent),
            "ended": visit.local(consent.ended) if consent.ended else None,
        }
        for consent in reversed(consents)
    ]


def life(visit: Visit, card: Card | None, consents: Sequence[CardConsent]) -> dict[str, Any]:
    """What becomes of the card at closing and when the conference is purged, row by row, with the dates."""
    _ = visit.services.texts[visit.language].gettext
    stays = card is not None and stays_when_purged(card, consents)
    wanted = ConsentKind.REMAINS in in_force(consents)
    hidden, kept, deleted = _("seen by the organisers only"), _("stays with the hosts"), _("is deleted")
    last = kept if stays else _("stays with the hosts if the card was released") if wanted else deleted
    return {
        "closes": _date(visit, visit.conference.closes),
        "purge": _date(visit, visit.conference.purge),
        "rows": [
            {"what": _("Film, poster, captions and texts"), "closing": hidden, "purge": last},
            {"what": _("Your original file"), "closing": _("deleted long before, once the film is ready"), "purge": "–"},
            {"what": _("How often the film was played"), "closing": hidden, "purge": deleted},
            {"what": _("What you agreed to, with name and time"), "closing": hidden, "purge": last},
            {"what": _("The link for withdrawing"), "closing": _("works"), "purge": _("works as long as anything is there")},
        ],
    }


def withdrawal(visit: Visit, card_id: str) -> dict[str, str]:
    """href within the site, and the whole address for keeping."""
    slug = visit.conference.slug
    return {"href": withdrawal_path(visit.services, slug, card_id), "address": withdrawal_address(visit.services, slug, card_id)}


def is_open_to_consent(card: Card | None) -> bool:
    return card is not None and card.state is not CardState.WITHDRAWN


def _date(visit: Visit, instant: datetime) -> str:
    """The last day before an instant at midnight, else the day it lies in."""
    local = visit.local(instant)
    if (local.hour, local.minute) == (0, 0):
        local -= timedelta(minutes=1)
    return visit.services.texts[visit.language].date(local)
