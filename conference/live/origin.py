"""Whose pages may open a socket: browsers send cookies along with any page's WebSocket, so its Origin must be ours."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_DEFAULT_PORTS = {"http": 80, "https": 443}


def own_origin(origins: Sequence[str], hosts: Sequence[str], base_url: str, *, demo: bool = False) -> bool:
    """Whether a handshake with these Origin and Host header values comes from a page of ours.

    Exactly one Origin, letter for letter the base URL's as browsers write it (RFC 6454 section 6.2). A demo, or an
    installation whose base URL is the own machine, is also reached by other names and ports of it (a forwarded port): there
    a loopback Origin that equals the Host will do. A foreign page cannot have such an Origin, whatever its name resolves to.
    """
    if len(origins) != 1 or len(hosts) != 1:
        return False
    origin, base = origins[0], urlsplit(base_url)
    port = "" if base.port in (None, _DEFAULT_PORTS.get(base.scheme)) else f":{base.port}"
    name = f"[{base.hostname}]" if ":" in (base.hostname or "") else base.hostname
    if origin == f"{base.scheme}://{name}{port}":
        return True
    if not demo and base.hostname not in _LOOPBACK:
        return False
    try:
        return urlsplit(origin).hostname in _LOOPBACK and origin in (f"http://{hosts[0]}", f"https://{hosts[0]}")
    except ValueError:
        return False
