"""What goes into a Forum and what comes out."""

from __future__ import annotations

from dataclasses import dataclass, field

from media.gateway import Grant, MediaEvent, View
from media.sfu.layout import PublishLayout, ReceiveLayout


@dataclass(frozen=True, slots=True)
class PublisherJoined:
    """A publishing connection is up."""

    connection: str
    peer: str
    layout: PublishLayout
    grant: Grant


@dataclass(frozen=True, slots=True)
class ReceiverJoined:
    """A receiving connection is up."""

    connection: str
    peer: str
    layout: ReceiveLayout
    grant: Grant


@dataclass(frozen=True, slots=True)
class ConnectionLeft:
    connection: str


@dataclass(frozen=True, slots=True)
class GrantChanged:
    peer: str
    grant: Grant


@dataclass(frozen=True, slots=True)
class ViewChanged:
    """What the receiver of this peer looks at from now on."""

    peer: str
    view: View


@dataclass(frozen=True, slots=True)
class RtpArrived:
    """A decrypted RTP packet."""

    connection: str
    data: bytes


@dataclass(frozen=True, slots=True)
class RtcpArrived:
    """A decrypted RTCP packet."""

    connection: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed. Wanted about every 50 ms."""


Input = PublisherJoined | ReceiverJoined | ConnectionLeft | GrantChanged | ViewChanged | RtpArrived | RtcpArrived | Tick


@dataclass(slots=True)
class Outputs:
    """Everything that must be performed before the next input: plain packets by connection, and events.

    Plain tuples, because a packet for two hundred receivers makes two hundred of them.
    """

    rtp: list[tuple[str, bytes]] = field(default_factory=list)
    rtcp: list[tuple[str, bytes]] = field(default_factory=list)
    events: list[MediaEvent] = field(default_factory=list)
