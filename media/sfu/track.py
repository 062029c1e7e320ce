"""A publisher's track as it arrives: numbering, loss, recent packets, keyframe requests."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from media.gateway import Source
from media.rtp.errors import Malformed
from media.rtp.extensions import audio_level
from media.rtp.opus import is_silence
from media.rtp.packet import Packet
from media.rtp.rtcp import ReportBlock
from media.rtp.sequence import extend, lost_between
from media.rtp.vp8 import read_descriptor
from media.sfu.layout import CLOCKS, Kind, PublishSection
from media.sfu.voice import Voice

if TYPE_CHECKING:
    from media.sfu.slot import Slot

RING = {Kind.AUDIO: 128, Kind.VIDEO: 512}
KEYFRAME_INTERVAL = 0.5  # seconds between two requests to one source
NACK_INTERVAL, NACK_TRIES, NACK_LIMIT = 0.05, 10, 200
# A camera or microphone that is silent for this long is switched off; a still screen may send one frame a second.
SILENT_AFTER = {Source.CAMERA: 2.0, Source.MICROPHONE: 2.0, Source.SCREEN: 5.0, Source.SCREEN_SOUND: 5.0}
UNKNOWN_LEVEL = 50  # assumed loudness in -dBov of a source that sends no RFC 6464 level


class Track:
    """One SSRC of one publisher, from its `first` sequence number on. `live` turns false when packets stop and true again
    with the next one."""

    def __init__(self, connection: str, peer: str, section: PublishSection, ssrc: int, first: int, now: float) -> None:
        self.connection = connection
        self.peer = peer
        self.section = section
        self.source = section.source
        self.kind = section.kind
        self.ssrc = ssrc
        self.live = False
        self.slots: list[Slot] = []
        self.voice = Voice(now)
        self.last_at = now
        self.keyframe_wanted = False
        self._asked_at = -math.inf
        self._ring: list[Packet | None] = [None] * RING[section.kind]
        self._highest = first - 1
        self._reception = Reception(CLOCKS[section.kind], first)
        self._missing: dict[int, tuple[float, int]] = {}  # extended sequence -> (asked last, times)

    def receive(self, packet: Packet, level_extension: int | None, now: float) -> bool:
        """Number, remember and count a packet. False: a repetition, or nothing worth forwarding."""
        highest = self._highest
        sequence = extend(highest, packet.sequence)
        place = sequence % len(self._ring)
        known = self._ring[place]
        if known is not None and known.sequence >= sequence:
            return False  # repeated, or older than all that is remembered
        self._reception.count(sequence, packet.timestamp, now)
        if sequence > highest:
            self._note_losses(lost_between(highest, sequence))
        else:
            self._missing.pop(sequence, None)
        self._highest = max(highest, sequence)
        packet.sequence = sequence
        if not packet.payload or not self._understand(packet, level_extension, now):
            return False
        self._ring[place] = packet
        self.last_at = now
        return True

    def pass_over(self, packet: Packet, now: float) -> None:
        """Count a packet that may not be seen, so that it is neither missed nor asked for when the grant returns."""
        sequence = extend(self._highest, packet.sequence)
        self._highest = max(self._highest, sequence)
        self._missing.clear()
        self._reception.count(sequence, packet.timestamp, now)

    def newest(self, packet: Packet) -> bool:
        """Whether nothing that was sent after this packet has arrived yet."""
        return packet.sequence == self._highest

    def _understand(self, packet: Packet, level_extension: int | None, now: float) -> bool:
        if self.kind is Kind.AUDIO:
            self.voice.hear(_level(packet, level_extension), now)
            return True
        try:
            packet.descriptor = read_descriptor(packet.payload)
        except Malformed:
            return False
        return True

    def remembered(self, sequence: int) -> Packet | None:
        """A recent packet by its extended sequence number."""
        packet = self._ring[sequence % len(self._ring)]
        return packet if packet is not None and packet.sequence == sequence else None

    # -- asking the publisher ----------------------------------------------------------------------------------------

    def keyframe_due(self, now: float) -> bool:
        """Whether a PLI must go out now; counts as sent. One per KEYFRAME_INTERVAL until a keyframe arrives."""
        if not self.keyframe_wanted or now - self._asked_at < KEYFRAME_INTERVAL:
            return False
        self._asked_at = now
        return True

    def _note_losses(self, lost: range) -> None:
        if not self.section.nack or not lost:
            return
        if len(self._missing) + len(lost) > NACK_LIMIT:
            self._give_up()
            return
        for sequence in lost:
            self._missing[sequence] = (0.0, 0)

    def _give_up(self) -> None:
        self._missing.clear()
        self.keyframe_wanted = self.kind is Kind.VIDEO

    def losses_due(self, now: float) -> list[int]:
        """Sequence numbers (16 bits) to ask for again now; counts as asked. After NACK_TRIES a keyframe is the way."""
        due: list[int] = []
        for sequence, (asked, times) in list(self._missing.items()):
            if times >= NACK_TRIES:
                self._give_up()
                return []
            if times == 0 or now - asked >= NACK_INTERVAL:
                self._missing[sequence] = (now, times + 1)
                due.append(sequence & 0xFFFF)
        return due

    def silent(self, now: float) -> bool:
        return now - self.last_at > SILENT_AFTER[self.source]

    def sender_reported(self, ntp: int, now: float) -> None:
        self._reception.sender_reported(ntp, now)

    def report(self, now: float) -> ReportBlock:
        """Reception since the last call, for the publisher."""
        return self._reception.report(self.ssrc, self._highest, now)


def _level(packet: Packet, extension: int | None) -> int:
    element = None if extension is None else packet.extensions.get(extension)
    if element is not None:
        return audio_level(element)
    return 127 if is_silence(packet.payload) else UNKNOWN_LEVEL


class Reception:
    """The receiver's bookkeeping of RFC 3550 appendix A.3 (loss) and A.8 (jitter)."""

    def __init__(self, clock: int, first: int) -> None:
        self._clock = clock
        self._first = first
        self._received = 0
        self._before = (0, 0)  # expected and received at the last report
        self._jitter = 0.0
        self._transit: float | None = None
        self._sender_report = (0, 0.0)  # middle 32 bits of its NTP time, arrival

    def count(self, sequence: int, timestamp: int, now: float) -> None:
        self._first = min(self._first, sequence)
        self._received += 1
        transit = now * self._clock - timestamp
        if self._transit is not None:
            difference = abs(transit - self._transit)
            if difference < 10 * self._clock:  # not at a wrap of the timestamp
                self._jitter += (difference - self._jitter) / 16
        self._transit = transit

    def sender_reported(self, ntp: int, now: float) -> None:
        self._sender_report = (ntp >> 16 & 0xFFFFFFFF, now)

    def report(self, ssrc: int, highest: int, now: float) -> ReportBlock:
        expected = highest - self._first + 1
        expected_now, received_now = expected - self._before[0], self._received - self._before[1]
        self._before = (expected, self._received)
        lost_now = max(0, expected_now - received_now)
        fraction = min(255, (lost_now << 8) // expected_now) if expected_now > 0 else 0
        last, at = self._sender_report
        return ReportBlock(
            ssrc=ssrc,
            fraction_lost=fraction,
            lost=max(-0x800000, min(0x7FFFFF, expected - self._received)),
            highest=highest,
            jitter=int(self._jitter),
            last_sr=last,
            delay=min(0xFFFFFFFF, int((now - at) * 65536)) if last else 0,
        )
