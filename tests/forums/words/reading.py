"""What the tests of words share."""

from __future__ import annotations

from conference.base.errors import TooMany
from conference.web.services import Services


def spend(services: Services, name: str, key: str) -> None:
    """Use up all that a writer may send at this moment."""
    while True:
        try:
            services.limits.check(name, key, per_minute=600, burst=60)
        except TooMany:
            return
