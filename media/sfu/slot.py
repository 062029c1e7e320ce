"""A fixed receiving place: its own SSRC for ever, whatever source stands behind it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from media.rtp.extensions import extension_block
from media.rtp.packet import Packet, write_header
from media.rtp.rtcp import SenderReport
from media.rtp.sequence import extend
from media.rtp.vp8 import rewrite_descriptor
from media.sfu.layout import CLOCKS, Kind, ReceiveSection

if TYPE_CHECKING:
    from media.sfu.track import Track

RESEND_AFTER, RESEND_TRIES, RESEND_MEMORY = 0.07, 3, 512
_NTP_EPOCH = 2_208_988_800  # seconds from 1900 to 1970; our seconds may start anywhere (RFC 3550 section 4)


class Slot:
    """Forwards one source at a time and keeps sequence, time, picture id and TL0 running on when it changes.

    The steps are constant between two switches, so a lost packet can be made again from the source's memory.
    """

    def __init__(self, connection: str, section: ReceiveSection, mid_extension: int | None) -> None:
        self.connection = connection
        self.section = section
        self.kind = section.kind
        self._format = next(iter(section.formats.values()))
        self.track: Track | None = None
        self.packets = 0
        self.octets = 0
        self._block = extension_block({} if mid_extension is None else {mid_extension: section.mid.encode()})
        self._running = False  # the present source has been switched in
        self._first = 0  # first extended sequence number of the present source that is forwarded
        self._steps = (0, 0, 0, 0)  # sequence, timestamp, picture id, TL0
        self._last_sequence = section.first_sequence - 1
        self._last_timestamp = 0
        self._last_picture = self._last_tl0 = 0
        self._last_at = 0.0
        self._resent: dict[int, tuple[float, int]] = {}
        self._rtx_sequence = section.first_sequence

    def show(self, track: Track | None) -> None:
        """Put another source (or none) behind this place. Video begins with its next keyframe."""
        if self.track is not None:
            self.track.slots.remove(self)
        self.track = track
        self._running = False
        self._resent.clear()
        if track is not None:
            track.slots.append(self)
            if self.kind is Kind.VIDEO:
                track.keyframe_wanted = True

    def forward(self, packet: Packet, now: float) -> bytes | None:
        """The packet as this receiver must see it, or None: waiting for a keyframe, or from before the switch."""
        if not self._running:
            descriptor = packet.descriptor
            if descriptor is not None and not (descriptor.keyframe and self._is_newest(packet)):
                return None
            self._switch(packet, now)
            marker = packet.marker or descriptor is None  # a talkspurt begins (RFC 3551 section 4.1)
        elif packet.sequence < self._first:
            return None
        else:
            marker = packet.marker
        sequence_step, timestamp_step, picture_step, tl0_step = self._steps
        sequence = packet.sequence + sequence_step
        if sequence > self._last_sequence:
            self._last_sequence = sequence
            self._last_timestamp = packet.timestamp + timestamp_step
            self._last_at = now
            descriptor = packet.descriptor
            if descriptor is not None:
                self._last_picture = (descriptor.picture_id or 0) + picture_step
                self._last_tl0 = (descriptor.tl0 or 0) + tl0_step
        self.packets += 1
        self.octets += len(packet.payload)
        section = self.section
        return self._write(packet, self._format.payload_type, marker, sequence, section.ssrc, b"")

    def _is_newest(self, packet: Packet) -> bool:
        """A keyframe that comes late (retransmitted) begins nothing: what followed it has been let go by already."""
        return self.track is not None and self.track.newest(packet)

    def _switch(self, packet: Packet, now: float) -> None:
        """Steps that let this packet follow the last one that was sent."""
        descriptor = packet.descriptor
        picture = tl0 = timestamp = 0
        if self.packets:
            passed = max(1, round((now - self._last_at) * CLOCKS[self.kind]))
            timestamp = self._last_timestamp + passed - packet.timestamp
            if descriptor is not None:
                picture = self._last_picture + 1 - (descriptor.picture_id or 0)
                tl0 = self._last_tl0 + 1 - (descriptor.tl0 or 0)
        self._steps = (self._last_sequence + 1 - packet.sequence, timestamp, picture, tl0)
        self._first = packet.sequence
        self._running = True

    def _write(self, packet: Packet, payload_type: int, marker: bool, sequence: int, ssrc: int, before_payload: bytes) -> bytes:
        _, timestamp_step, picture_step, tl0_step = self._steps
        header = write_header(payload_type, marker, sequence, packet.timestamp + timestamp_step, ssrc, self._block)
        payload, descriptor = packet.payload, packet.descriptor
        if descriptor is not None and (picture_step or tl0_step):
            head = rewrite_descriptor(payload, descriptor, picture_step, tl0_step)
            return header + before_payload + head + payload[descriptor.size :]
        return header + before_payload + payload

    def resend(self, sequence: int, now: float) -> bytes | None:
        """A lost packet again (RFC 4588 when negotiated), or None: too old, from before the switch, or asked for too
        often. `sequence` is the 16-bit number that the receiver names."""
        if self.track is None or not self._running:
            return None
        outgoing = extend(self._last_sequence, sequence)
        original = outgoing - self._steps[0]
        packet = self.track.remembered(original) if original >= self._first else None
        if packet is None:
            return None
        at, times = self._resent.get(outgoing, (-math.inf, 0))
        if times >= RESEND_TRIES or now - at < RESEND_AFTER:
            return None
        if len(self._resent) >= RESEND_MEMORY:
            self._resent.clear()
        self._resent[outgoing] = (now, times + 1)
        section = self.section
        if self._format.rtx is None:
            return self._write(packet, self._format.payload_type, packet.marker, outgoing, section.ssrc, b"")
        self._rtx_sequence += 1
        number = (outgoing & 0xFFFF).to_bytes(2, "big")
        return self._write(packet, self._format.rtx, packet.marker, self._rtx_sequence, section.rtx_ssrc, number)

    def report(self, now: float) -> SenderReport | None:
        """Own sender report: the slot's time at `now`, carried on from the last packet. None before the first."""
        if not self.packets:
            return None
        timestamp = self._last_timestamp + round((now - self._last_at) * CLOCKS[self.kind])
        return SenderReport(
            ssrc=self.section.ssrc,
            ntp=int((now + _NTP_EPOCH) * (1 << 32)) & 0xFFFFFFFFFFFFFFFF,
            timestamp=timestamp & 0xFFFFFFFF,
            packets=self.packets & 0xFFFFFFFF,
            octets=self.octets & 0xFFFFFFFF,
        )
