"""What browsers must learn of cards. Rows carry ids; pages that hear of it load anew."""

from __future__ import annotations

from typing import Final

CARD_CHANGED: Final = "card.changed"
"""Topic conference:ID; facts: initiative (slug or id). A card was published, replaced or withdrawn."""
