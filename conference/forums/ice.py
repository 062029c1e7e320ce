"""The TURN servers that browsers may lean on, with credentials that end by themselves."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Any

from conference.base.settings import Settings

LONGEST = 12 * 3600.0
GRACE = 300.0  # seconds that credentials outlive their room, for a program that is extended at the last moment


def ice_servers(settings: Settings, seat: str, real_now: float, real_end: float) -> list[dict[str, Any]]:
    """RTCIceServer dictionaries; none unless the installation has a TURN server of its own.

    real_now, real_end: unix seconds; real_end is when the room closes. Time-limited credentials as coturn's
    `use-auth-secret` checks them (draft-uberti-behave-turn-rest-00, section 2.2): the user name is "expiry:seat", the
    password its HMAC-SHA-1 under the shared secret.
    """
    if not settings.turn_urls:
        return []
    expiry = min(real_now + LONGEST, real_end + GRACE)
    name, password = turn_credentials(settings.turn_secret.get_secret_value(), expiry, seat)
    return [{"urls": settings.turn_urls, "username": name, "credential": password}]


def turn_credentials(secret: str, expiry: float, seat: str) -> tuple[str, str]:
    """User name and password for a TURN server that shares `secret`, good until the unix time `expiry`."""
    name = f"{int(expiry)}:{seat}"
    mac = hmac.new(secret.encode(), name.encode(), hashlib.sha1)
    return name, base64.b64encode(mac.digest()).decode()


def link_headers(servers: Iterable[Mapping[str, Any]]) -> list[str]:
    """Values of Link headers that announce RTCIceServer dictionaries to WHIP and WHEP clients (RFC 9725 section 4.6):
    one for each address."""
    return [_link(url, server) for server in servers for url in server["urls"]]


def _link(url: str, server: Mapping[str, Any]) -> str:
    link = f'<{url}>; rel="ice-server"'
    if "username" not in server:
        return link
    return f'{link}; username="{server["username"]}"; credential="{server["credential"]}"; credential-type="password"'
