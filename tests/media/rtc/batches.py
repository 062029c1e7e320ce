"""Packets and lanes of all shapes, and receivers of both families that are sent to in batches."""

from __future__ import annotations

from dataclasses import dataclass

from media.rtc.fanout import Batch, Fanout
from media.rtc.traffic import Traffic
from media.rtp.packet import Packet
from media.rtp.vp8 import read_descriptor
from media.sfu.lane import Lane, extension
from tests.media.rtc.receiving import Receiver


@dataclass
class Rig:
    traffic: Traffic
    fanout: Fanout
    receivers: list[Receiver]
    batches: list[Batch]


Shape = tuple[str, int | None, int | None]


def lane(receiver: Receiver, ssrc: int, shape: Shape = ("v0", 4, 3), **steps: int) -> Lane:
    """shape: MID, the ids of its extension and of the sending time."""
    block, time_word, mid_word = extension(*shape)
    given = {"sequence": 100, "timestamp": 5000, "picture": 0, "tl0": 0} | steps
    return Lane(
        wire=receiver,
        second=96,
        sequence=given["sequence"],
        timestamp=given["timestamp"],
        ssrc=ssrc,
        time_word=time_word,
        mid_word=mid_word,
        block=block,
        picture=given["picture"],
        tl0=given["tl0"],
    )


def picture(payload: bytes, sequence: int = 7, marker: bool = False) -> Packet:
    packet = Packet(96, marker, sequence, 0xFFFFF000, 1, payload)
    packet.descriptor = read_descriptor(payload)
    packet.at = 1.0
    return packet


def sound(size: int = 80, sequence: int = 7) -> Packet:
    packet = Packet(111, False, sequence, 960, 1, bytes(size))
    packet.sound = True
    packet.at = 1.0
    return packet
