"""Packets that need nobody's decision: the next ones of a stream, in order, for as long as nothing changes.

Whoever receives packets may write them out by itself while `Publisher.follows` says so, and tells the forum afterwards; the
forum then keeps its books of many at a time. What it would have done with each is what was done: the same lanes, and the
numbers of the packet moved back by `absorbed`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from media.sfu.lane import Lanes

if TYPE_CHECKING:
    from media.sfu.stream import Stream


class Flow(NamedTuple):
    """next: sequence number of the next packet on the wire, 16 bits. absorbed: how far the wire's numbers are ahead of the
    stream's own. picture: payloads are VP8, and a keyframe ends the flow; else sound. packets, octets (of payloads): more
    than these need a decision again. turn: of the stream; another one means that a packet came some other way, so that `next`
    may have been used up."""

    connection: str
    stream: Stream
    lanes: Lanes
    ssrc: int
    payload_type: int
    next: int
    absorbed: int
    picture: bool
    packets: int
    octets: int
    turn: int


def calm(stream: Stream) -> bool:
    """Whether nothing is waited for in a stream."""
    return not (stream.waiting or stream.keyframe_wanted or stream.losses.missing)
