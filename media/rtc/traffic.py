"""Counters of everything that goes in and out of a node."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Traffic:
    """Packets and bytes of all sockets, and why packets were dropped. bytes_out of batches is counted with a header of
    average length."""

    packets_in: int = 0
    packets_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    send_drops: int = 0
    unknown_source: int = 0
    bad_stun: int = 0
    bad_srtp: int = 0
    other: int = 0
    reroutes: int = 0  # how often a connection got another address, or ended
