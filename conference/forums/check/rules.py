"""What is tried, and what has to be open for it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

WITHIN = 60.0  # seconds that the connection of a test may last
_PREFIX = "check:"


def forum_of(conference: str) -> str:
    """The forum in which a conference's tests meet at the node: nobody publishes there, so nothing is ever heard or seen."""
    return f"{_PREFIX}{conference}"


def is_check(forum: str) -> bool:
    return forum.startswith(_PREFIX)


def ways_of(turn_urls: Sequence[str]) -> list[str]:
    """Names of the ways to the node; the n-th address of the TURN server is "relay-n"."""
    return ["udp", "tcp", *(f"relay-{number}" for number in range(len(turn_urls)))]


def named_hosts(media_host: str, port: int, nodes: int) -> dict[str, Any]:
    """Addresses and ports of the media nodes, as far as the settings name them; their answers name the addresses as well."""
    hosts = [host.strip() for host in media_host.split(",") if host.strip()]
    return {"hosts": hosts, "ports": list(range(port, port + nodes))}
