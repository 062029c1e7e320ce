"""What goes into a Forum and what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from media.gateway import Grant, MediaEvent, View
from media.rtp.packet import Packet
from media.sfu.flow import Flow
from media.sfu.lane import Lanes
from media.sfu.layout import PublishLayout, ReceiveLayout


@dataclass(frozen=True, slots=True)
class PublisherJoined:
    """A publishing connection is up. offered: when its offer came, by the same clock."""

    connection: str
    peer: str
    layout: PublishLayout
    grant: Grant
    offered: float | None = None


@dataclass(frozen=True, slots=True)
class ReceiverJoined:
    """A receiving connection is up. wire: what its packets are handed out with, never looked at here (default: the
    connection)."""

    connection: str
    peer: str
    layout: ReceiveLayout
    grant: Grant
    wire: Any = None
    offered: float | None = None


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


class RtpArrived(NamedTuple):
    """A decrypted RTP packet."""

    connection: str
    data: bytes


class RtcpArrived(NamedTuple):
    """A decrypted RTCP packet. arrived: when, if that was before it is handed in."""

    connection: str
    data: bytes
    arrived: float | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed. Wanted about every 100 ms."""


Input = PublisherJoined | ReceiverJoined | ConnectionLeft | GrantChanged | ViewChanged | RtpArrived | RtcpArrived | Tick


class Outputs:
    """Everything that must be performed before the next input. Plain tuples and lists, for there are many.

    fans: a packet and the lanes that it goes out on, to be written as `lane.write` does; a list of lanes never
    changes. rtp: ready packets by wire (retransmissions, groups of pictures from memory). rtcp: by connection. flow: how the
    packets after this one may go.
    """

    __slots__ = ("events", "fans", "flow", "rtcp", "rtp")

    def __init__(self) -> None:
        self.fans: list[tuple[Packet, Lanes]] = []
        self.rtp: list[tuple[Any, bytes]] = []
        self.rtcp: list[tuple[str, bytes]] = []
        self.events: list[MediaEvent] = []
        self.flow: Flow | None = None
