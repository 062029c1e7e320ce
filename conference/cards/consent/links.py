"""The address by which an owner withdraws a card, whoever is signed in and whatever state the conference is in."""

from __future__ import annotations

from conference.base.ids import seal, sealed_by
from conference.web.services import Services

PURPOSE = "card withdrawal"


def withdrawal_path(services: Services, slug: str, card_id: str) -> str:
    """slug: the conference's. Whoever holds it may withdraw the card; it ends only when SECRET_KEY is changed."""
    return f"/{slug}/cards/withdraw/{card_id}.{seal(services.settings.key, PURPOSE, card_id)}"


def withdrawal_address(services: Services, slug: str, card_id: str) -> str:
    """The same with the origin, for letters."""
    return services.settings.base_url + withdrawal_path(services, slug, card_id)


def is_ours(services: Services, card_id: str, mac: str) -> bool:
    return sealed_by(services.settings.key, PURPOSE, card_id, mac)
