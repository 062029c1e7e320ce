"""The TURN server that browsers may lean on, with credentials that end by themselves."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

from conference.base.settings import Settings

VALID = 12 * 3600


def ice_servers(settings: Settings, seat: str, real_now: float) -> list[dict[str, Any]]:
    """RTCIceServer dictionaries; none unless the installation has a TURN server of its own.

    Time-limited credentials as coturn's `use-auth-secret` checks them (draft-uberti-behave-turn-rest-00, section 2.2):
    the user name is "expiry:seat", the password its HMAC-SHA-1 under the shared secret.
    """
    if not settings.turn_url:
        return []
    name = f"{int(real_now) + VALID}:{seat}"
    mac = hmac.new(settings.turn_secret.get_secret_value().encode(), name.encode(), hashlib.sha1)
    return [{"urls": [settings.turn_url], "username": name, "credential": base64.b64encode(mac.digest()).decode()}]
