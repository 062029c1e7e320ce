"""The street door of the media plane: the one port that the conference calls.

`MediaGateway` has three implementations: `media.local.LocalGateway` (a node in this process), `media.remote.RemoteGateway`
(a node in another process, over a Unix or TCP socket) and the fake of the tests. Grants map one to one onto the
claims of LiveKit's video grant, so that a second kind of node can stand behind the same door later.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Source(StrEnum):
    """What a published track shows. The order of sections in a publishing offer decides: first audio = microphone,
    second audio = screen sound, first video = camera, second video = screen."""

    MICROPHONE = "microphone"
    CAMERA = "camera"
    SCREEN = "screen"
    SCREEN_SOUND = "screen_sound"


class Direction(StrEnum):
    PUBLISH = "publish"  # WHIP: the offer's sections are sendonly
    RECEIVE = "receive"  # WHEP: the offer's sections are recvonly; each is one slot


@dataclass(frozen=True, slots=True)
class Grant:
    """What one peer may publish and until when. The node enforces it alone, even while the web process is down. To mute
    somebody is to grant the rest.

    sources: what is forwarded; packets of any other source are dropped (and the track counts as not published).
    not_after: Unix seconds; the node ends the connection at that second, whatever else happens.
    priority: higher comes first when slots are short (0 attendee, 1 speaker or moderator, 2 interpreter).
    """

    sources: frozenset[Source]
    not_after: float
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """The node's reply to an offer. `connection` is unguessable (>= 128 bits) and names the connection afterwards."""

    connection: str
    sdp: str


class SlotState(StrEnum):
    """Why a slot shows something, or nothing."""

    LIVE = "live"
    HIDDEN = "hidden"  # the page said that nobody looks at it
    PAUSED = "paused"  # the receiver's connection is too slow for its smallest layer
    CODEC = "codec"  # the receiver cannot decode what the source sends


@dataclass(frozen=True, slots=True)
class SlotAssignment:
    """Section `mid` of the receiver's offer carries `source` of `peer` now; `peer` None: the slot is empty."""

    mid: str
    peer: str | None
    source: Source | None
    state: SlotState = SlotState.LIVE


@dataclass(frozen=True, slots=True)
class Tile:
    """How large a page shows one source, in device pixels. 0 x 0: it is hidden or scrolled away, and costs nothing."""

    peer: str
    source: Source
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class View:
    """What one receiver looks at. The first tiles get a slot first when there are too few; sources that no tile names
    come after them at a middle size. pinned: peers that this receiver wants to see before everybody else."""

    tiles: tuple[Tile, ...] = ()
    pinned: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Restarted:
    """New ICE credentials of a connection, after an ICE restart (RFC 8445 section 9). candidates: the values of the
    a=candidate lines."""

    ufrag: str
    password: str
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PeerHealth:
    """One connection as the node sees it, for moderators and for finding faults. No names and no addresses.

    transport: "udp", "tcp" or "" before anything came. loss: share of packets lost on the way to or from the peer in the
    last report, 0-1. round_trip: seconds. bitrate: bit/s received from or sent to it over the last seconds. budget: bit/s
    that the node thinks this receiver's connection can take. layers: mid -> "width x height" or rid that flows.
    first_frame: seconds from the offer to the first picture (sent or arrived); first_packet: to the first packet.
    Unknown figures are None.
    """

    forum: str
    peer: str
    connection: str
    direction: Direction
    transport: str = ""
    loss: float | None = None
    round_trip: float | None = None
    bitrate: float = 0.0
    budget: float | None = None
    first_packet: float | None = None
    first_frame: float | None = None
    layers: dict[str, str] = field(default_factory=dict)


# -- events: what the conference must learn from a node --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Connected:
    """DTLS is up: media flows."""

    forum: str
    peer: str
    connection: str
    direction: Direction


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The connection is over. reason: left, replaced, expired, lost, failed, closed, shutdown."""

    forum: str
    peer: str
    connection: str
    direction: Direction
    reason: str


@dataclass(frozen=True, slots=True)
class TracksChanged:
    """The sources of `peer` that packets arrive from and that its grant allows."""

    forum: str
    peer: str
    sources: frozenset[Source]


@dataclass(frozen=True, slots=True)
class SlotsChanged:
    """What the slots of one receiving connection carry now (all of them)."""

    forum: str
    peer: str
    connection: str
    slots: tuple[SlotAssignment, ...]


@dataclass(frozen=True, slots=True)
class SpeakersChanged:
    """Peers that speak now, loudest first."""

    forum: str
    peers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LayersWanted:
    """The simulcast layers (rids) of a source that anybody looks at; the publisher may let the others sleep. Told when it
    changes, and only for sources with layers; the smallest is always wanted."""

    forum: str
    peer: str
    connection: str
    source: Source
    rids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NodeLost:
    """The node's process is gone: every connection of these forums with it. The pages must offer again."""

    forums: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NodeBack:
    """The node answers again (a new process knows nothing of what was before)."""

    forums: tuple[str, ...]


MediaEvent = Connected | Disconnected | TracksChanged | SlotsChanged | SpeakersChanged | LayersWanted | NodeLost | NodeBack


# -- errors: by blame ---------------------------------------------------------------------------------------------------


class MediaError(Exception):
    """Base of what the gateway raises."""


class PeerFault(MediaError):
    """The other side sent something that cannot be: a bad or too large offer. Nothing was created."""


class Unsupported(PeerFault):
    """The offer is well formed, but asks for what the node does not do (codec, DTLS role, number of sections)."""


class CapacityReached(MediaError):
    """The node, the forum or the person has as many connections as are allowed."""


class NodeUnavailable(MediaError):
    """No node answers in time. Try again: the supervisor brings it back within two seconds."""


class MediaGateway(Protocol):
    """Forums are opened by their first `connect`; an empty one is forgotten by the node itself.

    `forum` and `peer` are opaque ids of the caller. A peer has at most one connection per direction: a new one
    replaces the older (which ends with reason "replaced").
    """

    async def connect(self, forum: str, peer: str, direction: Direction, offer: str, grant: Grant) -> Answer:
        """Answer an SDP offer. Raises PeerFault, Unsupported, CapacityReached, NodeUnavailable."""
        ...

    async def grant(self, forum: str, peer: str, grant: Grant) -> None:
        """Replace the grant of all connections of a peer. Takes effect with the next packet."""
        ...

    async def view(self, forum: str, peer: str, view: View) -> None:
        """Say what a receiver looks at now; the whole view each time. Forgotten with its connection."""
        ...

    async def restart(self, connection: str, ufrag: str, password: str) -> Restarted | None:
        """Restart ICE with the peer's new credentials, without new DTLS; the older ones stay good until the first check
        with the new ones. For credentials that the peer has already, and for empty ones, nothing changes: what is in force
        comes back. None when the connection is not known (any more). Raises PeerFault."""
        ...

    async def leave(self, connection: str) -> bool:
        """End one connection; False when it is not known (any more)."""
        ...

    async def revoke(self, forum: str, peer: str) -> None:
        """End all connections of a peer."""
        ...

    async def close(self, forum: str) -> None:
        """End all connections of a forum."""
        ...

    def events(self) -> AsyncIterator[MediaEvent]:
        """All events from now on, after a snapshot of the state in the form of the same events. One reader per call;
        ends with `aclose`."""
        ...

    async def peers(self, forum: str) -> list[PeerHealth]:
        """How the connections of a forum are doing. Raises NodeUnavailable."""
        ...

    async def health(self) -> dict[str, float]:
        """Counters and gauges of the node(s) for /metrics and /readyz. Raises NodeUnavailable."""
        ...

    async def aclose(self) -> None: ...


def open_gateway(controls: Sequence[str]) -> MediaGateway:
    """The gateway to one or several nodes in other processes, inside a running event loop.

    controls: "unix:/path/of/socket" or "tcp:host:port", one for each node. The nodes need not be up yet: calls raise
    NodeUnavailable until they are, and connections are made again by themselves. Raises ValueError (bad address).
    """
    from media.pool import PooledGateway
    from media.remote import RemoteGateway

    gateways = [RemoteGateway.open(control) for control in controls]
    if not gateways:
        raise ValueError("no media node is named")
    return gateways[0] if len(gateways) == 1 else PooledGateway(gateways)
