"""One SSRC of a publisher as it arrives: numbering, loss, recent packets, keyframes; and the lanes that lead away from it."""

from __future__ import annotations

import bisect
import math
from typing import TYPE_CHECKING

from media.gateway import Source
from media.rtp import h264, vp8
from media.rtp.errors import Malformed
from media.rtp.packet import Packet
from media.rtp.sequence import extend, lost_between
from media.sfu.flow import Flow, calm
from media.sfu.lane import Lanes
from media.sfu.layout import CLOCKS, Codec, Kind, PublishSection
from media.sfu.reception import Losses, Rate, Reception, SenderTime, WallClock

if TYPE_CHECKING:
    from media.sfu.slot import Slot

RING = {Kind.AUDIO: 128, Kind.VIDEO: 1024}
KEYFRAME_INTERVAL = {Source.CAMERA: 0.5, Source.SCREEN: 1.0}  # seconds between two requests to one source
GROUP_LIMIT = 1024  # packets of a group of pictures that is remembered from its keyframe on
GROUP_SHORT = 40  # packets that may be sent to a late joiner at once instead of asking for a keyframe
GROUP_AFTER = 0.6  # seconds without an answer to a keyframe request, after which a longer group is sent as well
LATE_KEYFRAME = GROUP_SHORT  # packets that may have come before the retransmitted first one of a keyframe
ABSORBED_LIMIT = 64
# Packets and bytes per second that one stream may bring; what is more is dropped. Several times what browsers send.
MOST = {Kind.AUDIO: (400, 75_000), Kind.VIDEO: (2_000, 1_250_000)}
LATE, STRAYS = 3_000, 20  # numbers so far behind are strays; so many of them in a row are a sender that began anew
FLOWING = {Source.SCREEN: 5.0}  # a still screen may send one frame a second
FLOWING_ELSE = 0.6


class Stream:
    """`lanes` belong to `slots`, in the same order, and are never changed: another list takes their place. `waiting` slots
    begin here with the next keyframe (audio: packet).

    Packets that carry nothing (padding, probes) are absorbed: numbers of what is kept have no gaps where they were. One
    that comes late has its number already, and is forwarded as it is.
    """

    def __init__(self, section: PublishSection, ssrc: int, rid: str, first: int, wall: WallClock, now: float) -> None:
        clock = CLOCKS[section.kind]
        self.section = section
        self.sound = section.kind is Kind.AUDIO
        self.ssrc = ssrc
        self.rid = rid
        self.lanes = Lanes()
        self.slots: list[Slot] = []
        self.waiting: list[Slot] = []
        self.newest: Packet | None = None
        self.last_at = now
        self.size: tuple[int, int] | None = None  # width and height in pixels, once a keyframe said so
        self.packets = self.octets = 0  # kept ones, and the bytes of their payloads
        self.turn = 0  # grows with every packet that does not go by a flow: a flow is good until then
        self.keyframe_wanted = False
        self.wanted_since = -math.inf
        self.losses = Losses()
        self.reception = Reception(clock, first)
        self.time = SenderTime(clock, wall)
        self.rate = Rate(now)
        self._flowing = FLOWING.get(section.source, FLOWING_ELSE)
        self._asked_at = -math.inf
        self._highest = first - 1
        self._ring: list[Packet | None] = [None] * RING[section.kind]
        self._group: list[Packet] | None = None
        self._absorbed: list[int] = []  # extended numbers as they came on the wire
        self._absorbed_before = 0  # how many were forgotten again
        self._forgotten: float = -math.inf  # the last one of these
        self._strays = 0
        self._most = MOST[section.kind]
        self._renewed_at = now + 1.0
        self._most_packets, self._most_octets = self._most  # that may be kept until then

    # -- packets -----------------------------------------------------------------------------------------------------

    def receive(self, packet: Packet, now: float, passed: bool = False) -> bool:
        """Number, remember and count a packet. False: a repetition, or nothing worth forwarding. passed: it has gone out
        already, by a flow that counted what was allowed."""
        if not passed:
            self.turn += 1
        if now >= self._renewed_at:
            self._renewed_at = now + 1.0
            self._most_packets, self._most_octets = self.packets + self._most[0], self.octets + self._most[1]
        elif not passed and (self.packets >= self._most_packets or self.octets >= self._most_octets):
            return False
        wire = self._highest + 1
        if packet.sequence != wire & 0xFFFF:
            return not self._strayed(packet) and self._receive_out_of_turn(packet, now)
        self._strays = 0
        self._highest = wire
        return self._keep(packet, wire, wire - self._absorbed_before - len(self._absorbed), True, now)

    def flow(self, connection: str, packet: Packet) -> Flow | None:
        """How the packets after this one, which was just received, may go; None: each needs a look."""
        if packet is not self.newest or not calm(self) or not (self.sound or packet.descriptor is not None):
            return None
        left = self._most_packets - self.packets, self._most_octets - self.octets
        wire = self._highest
        return Flow(
            connection,
            self,
            self.lanes,
            self.ssrc,
            packet.payload_type,
            wire + 1 & 0xFFFF,
            wire - packet.sequence,
            not self.sound,
            *left,
            self.turn,
        )

    def _receive_out_of_turn(self, packet: Packet, now: float) -> bool:
        """A packet that is not the next one: after a loss, late, or again."""
        highest = self._highest
        wire = extend(highest, packet.sequence)
        before = bisect.bisect_left(self._absorbed, wire)
        if wire <= self._forgotten or self._absorbed[before : before + 1] == [wire]:
            return False  # from before what is remembered of absorbed ones, or one of these again
        number = wire - self._absorbed_before - before
        known = self._ring[number % len(self._ring)]
        if known is not None and known.sequence >= number:
            return False  # repeated, or older than all that is remembered
        if wire > highest:
            self._highest = wire
            self._note_losses(lost_between(highest, wire))
        else:
            self.losses.found(wire)
        return self._keep(packet, wire, number, wire > highest, now)

    def _keep(self, packet: Packet, wire: int, number: int, ahead: bool, now: float) -> bool:
        """Remember and count a packet. wire: its number as it came, extended; number: without the absorbed ones before it."""
        self.reception.count(wire, packet.timestamp, now)
        if ahead and not packet.payload:
            self._absorb(wire)
            return False
        packet.sequence = number
        packet.sound = self.sound
        if not self.sound and not self._understand(packet):
            return False
        self._ring[number % len(self._ring)] = packet
        self.last_at = packet.at = now
        self.packets += 1
        self.octets += len(packet.payload)
        if self.newest is None or number > self.newest.sequence:
            self.newest = packet
        if not self.sound:
            self._remember_group(packet)
        return True

    def _strayed(self, packet: Packet) -> bool:
        """A packet from far behind. A sender that goes on there has jumped: after a few its numbers are taken for new."""
        if extend(self._highest, packet.sequence) >= self._highest - LATE:
            self._strays = 0
            return False
        self._strays += 1
        if self._strays < STRAYS:
            return True
        step = packet.sequence - 1 - self._highest & 0xFFFF
        self._highest = self._forgotten = self._highest + step
        self._absorbed_before += step + len(self._absorbed)  # for receivers the numbers go on without a jump
        self._absorbed.clear()
        self.reception.jumped(step)
        self._strays = 0
        self.losses.forget()
        self._group = None
        return False

    def pass_over(self, packet: Packet, now: float) -> None:
        """Count a packet that may not be seen, so that it is neither missed nor asked for when the grant returns."""
        self.turn += 1
        wire = extend(self._highest, packet.sequence)
        self._highest = max(self._highest, wire)
        self.losses.forget()
        self._group = None
        self.reception.count(wire, packet.timestamp, now)

    def _absorb(self, wire: int) -> None:
        self._absorbed.append(wire)
        if len(self._absorbed) > ABSORBED_LIMIT:
            half = len(self._absorbed) // 2
            self._absorbed_before += half
            self._forgotten = self._absorbed[half - 1]
            del self._absorbed[:half]

    def _understand(self, packet: Packet) -> bool:
        """What a packet of a picture says of itself. False: nothing that can be understood."""
        if not packet.payload:
            return True
        if self.section.codec is Codec.VP8:
            try:
                packet.descriptor = vp8.read_descriptor(packet.payload)
            except Malformed:
                return False
            packet.keyframe = packet.descriptor.keyframe
        else:  # H264: parameter sets and the first slice may both look like a beginning
            packet.keyframe = h264.starts_keyframe(packet.payload) and not self._in_group_of(packet.timestamp)
        return True

    def _in_group_of(self, timestamp: int) -> bool:
        return bool(self._group) and self._group is not None and self._group[0].timestamp == timestamp

    def remembered(self, number: int) -> Packet | None:
        """A recent packet by its number."""
        packet = self._ring[number % len(self._ring)]
        return packet if packet is not None and packet.sequence == number else None

    def lanes_for(self, packet: Packet) -> Lanes:
        """Where a packet goes: everywhere, but a late one not to slots that have begun after it."""
        if packet is self.newest:
            return self.lanes
        pairs = zip(self.lanes, self.slots, strict=True)
        return Lanes(lane for lane, slot in pairs if slot.first <= packet.sequence)

    # -- groups of pictures ------------------------------------------------------------------------------------------

    def _remember_group(self, packet: Packet) -> None:
        if packet.keyframe:
            if packet is self.newest:
                self._group = [packet]
                self.keyframe_wanted = False
                self._measure(packet)
            elif self.newest is not None and self.newest.sequence - packet.sequence < LATE_KEYFRAME:
                later = range(packet.sequence, self.newest.sequence + 1)
                self._group = [each for number in later if (each := self.remembered(number)) is not None]
                self.keyframe_wanted = self.keyframe_wanted and not _complete(self._group)
                self._measure(packet)
        elif self._group is not None:
            if len(self._group) < GROUP_LIMIT:
                self._group.append(packet)
            else:
                self._group = None

    def _measure(self, packet: Packet) -> None:
        if packet.descriptor is not None:
            self.size = vp8.frame_size(packet.payload, packet.descriptor) or self.size
        else:
            self.size = h264.frame_size(packet.payload) or self.size

    def group(self, now: float) -> list[Packet]:
        """Packets from the last keyframe on, in order, when sending them is better than waiting for the next keyframe:
        they are few, or the source does not answer requests; and none is missing. Empty otherwise."""
        group = self._group
        if not group or now - self.last_at > self._flowing:
            return []
        if len(group) > GROUP_SHORT and not (self.keyframe_wanted and now - self.wanted_since >= GROUP_AFTER):
            return []
        group = sorted(group, key=lambda packet: packet.sequence)
        return group if _complete(group) else []

    # -- asking the publisher ----------------------------------------------------------------------------------------

    def want_keyframe(self, now: float) -> None:
        if not self.keyframe_wanted:
            self.keyframe_wanted = True
            self.wanted_since = now

    def keyframe_due(self, now: float) -> bool:
        """Whether a PLI must go out now; counts as sent. One per interval until a keyframe arrives."""
        if not self.keyframe_wanted or now - self._asked_at < KEYFRAME_INTERVAL.get(self.section.source, 0.5):
            return False
        self._asked_at = now
        return True

    def _note_losses(self, lost: range) -> None:
        if lost and self.section.nack and not self.losses.note(lost):
            self._give_up()

    def _give_up(self) -> None:
        if self.section.kind is Kind.VIDEO and (self.slots or self.waiting):
            self.want_keyframe(self.last_at)

    def losses_due(self, now: float) -> list[int]:
        """Sequence numbers (16 bits) to ask for again now; counts as asked."""
        due, in_vain = self.losses.due(now)
        if in_vain:
            self._give_up()
        return due

    # -- what others ask ---------------------------------------------------------------------------------------------

    @property
    def highest(self) -> int:
        """Highest extended sequence number on the wire."""
        return self._highest

    @property
    def shown(self) -> str:
        """What it shows: the size of the picture, or the layer's name until a keyframe told."""
        return f"{self.size[0]} x {self.size[1]}" if self.size is not None else self.rid

    def flows(self, now: float) -> bool:
        return self.newest is not None and now - self.last_at <= self._flowing


def _complete(group: list[Packet]) -> bool:
    """Whether nothing is missing in a group of pictures, in order of sequence."""
    return group[-1].sequence - group[0].sequence == len(group) - 1
