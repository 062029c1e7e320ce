"""A fixed receiving place: its own SSRC for ever, whatever source stands behind it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from media.gateway import SlotState
from media.rtp.extensions import send_time
from media.rtp.ntp import to_ntp
from media.rtp.packet import Packet
from media.rtp.rtcp import SenderReport
from media.rtp.sequence import extend
from media.sfu.allocation import Steps
from media.sfu.lane import Lane, Lanes, extension, write, write_again
from media.sfu.layout import CLOCKS, Format, Kind, ReceiveLayout, ReceiveSection

if TYPE_CHECKING:
    from media.sfu.stream import Stream
    from media.sfu.track import Track

RESEND_AFTER, RESEND_TRIES, RESEND_MEMORY = 0.07, 3, 512
RESEND_SHARE = 0.2  # of what is sent anyway: retransmissions must not choke a thin line
RESEND_FREE = 20_000  # bytes that may always be sent again, before the share counts
AHEAD = 0.075  # seconds that another layer may be ahead of the clock, or of what was shown, at a switch
_MASK = 0xFFFFFFFF


class Slot:
    """Shows one source at a time and keeps sequence, time, picture id and TL0 running on when it or its layer changes.

    The lane is constant between two switches: nothing is kept per packet, and a lost packet can be made again from the
    source's memory. `layer` is what is aimed at (-1: nothing), `stream` what flows, `first` its first number.
    """

    def __init__(self, wire: Any, section: ReceiveSection, layout: ReceiveLayout) -> None:
        self.wire = wire
        self.section = section
        self.kind = section.kind
        self.track: Track | None = None
        self.stream: Stream | None = None
        self.goal: Stream | None = None
        self.layer = -1
        self.steps = Steps()
        self.state = SlotState.LIVE
        self.first = 0
        self.began_at: float | None = None  # when the first packet ever went out
        self._clock = CLOCKS[section.kind]
        self._extension = extension(section.mid, layout.mid_extension, layout.send_time_extension)
        self._lane: Lane | None = None
        self._counted = (0, 0)  # packets and octets of the stream when this slot began
        self._packets = self._octets = 0
        self._last_sequence = section.first_sequence - 1
        self._last_timestamp = self._last_picture = self._last_tl0 = 0
        self._last_at = 0.0
        self._replayed: dict[int, tuple[int, int]] = {}  # number -> timestamp step and sending time of those from memory
        self._resent: dict[int, tuple[float, int]] = {}
        self._resent_octets = 0
        self._rtx_sequence = section.first_sequence

    # -- what stands behind it ---------------------------------------------------------------------------------------

    def show(self, track: Track | None, now: float) -> None:
        """Put another source (or none) behind this place; `aim` chooses its layer."""
        self.rest(SlotState.LIVE, now)
        self.steps = Steps()
        if self.track is not None:
            self.track.slots.remove(self)
        self.track = track
        if track is not None:
            track.slots.append(self)

    @property
    def format(self) -> Format | None:
        """How this receiver takes the source's codec; None: it cannot."""
        return self.section.formats.get(self.track.section.codec) if self.track is not None else None

    def rest(self, state: SlotState, now: float) -> None:
        """Forward nothing for now."""
        self.state = state
        self.layer = -1
        self._wait_for(None)
        self._stop()

    def aim(self, stream: Stream, now: float) -> list[bytes]:
        """Go over to a stream with its next keyframe; what flows goes on until then. Returns packets that must be sent
        at once: the present group of pictures for a slot that has nothing to show yet."""
        self.state = SlotState.LIVE
        if stream is self.stream:
            self._wait_for(None)
            return []
        if stream is not self.goal:
            self._wait_for(stream)
        if self.kind is Kind.VIDEO:
            stream.want_keyframe(now)
        return self.replay(now) if self.stream is None and self.kind is Kind.VIDEO else []

    def _wait_for(self, stream: Stream | None) -> None:
        if self.goal is not None:
            self.goal.waiting.remove(self)
        self.goal = stream
        if stream is not None:
            stream.waiting.append(self)

    def _stop(self) -> None:
        """Leave the stream, remembering where it ended."""
        stream, lane = self.stream, self._lane
        if stream is None or lane is None or stream.newest is None:
            return
        place = stream.slots.index(self)
        del stream.slots[place]
        stream.lanes = Lanes([*stream.lanes[:place], *stream.lanes[place + 1 :]])
        newest = stream.newest
        self._packets, self._octets = self.sent()
        self._last_sequence = newest.sequence + lane.sequence
        self._last_timestamp = newest.timestamp + lane.timestamp & _MASK
        self._last_at = stream.last_at
        if newest.descriptor is not None:
            self._last_picture = (newest.descriptor.picture_id or 0) + lane.picture
            self._last_tl0 = (newest.descriptor.tl0 or 0) + lane.tl0
        self.stream = self._lane = None
        self._resent.clear()
        self._replayed.clear()

    # -- switching ---------------------------------------------------------------------------------------------------

    def begin(self, packet: Packet, now: float) -> None:
        """The stream that was waited for has come to a keyframe (audio: to any packet): it flows from here on."""
        stream, form = self.goal, self.format
        assert stream is not None  # it waited
        assert form is not None
        step = self._timestamp_step(stream, packet, now)
        self._stop()
        self._wait_for(None)
        self._enter(stream, form, packet, step, now)
        self._counted = (stream.packets - 1, stream.octets - len(packet.payload))  # this one goes out already

    def _enter(self, stream: Stream, form: Format, first: Packet, step: int, now: float) -> None:
        picture = tl0 = 0
        if self._packets and first.descriptor is not None:
            picture = self._last_picture + 1 - (first.descriptor.picture_id or 0)
            tl0 = self._last_tl0 + 1 - (first.descriptor.tl0 or 0)
        block, time_word, mid_word = self._extension
        self._lane = Lane(
            wire=self.wire,
            second=form.payload_type,
            sequence=self._last_sequence + 1 - first.sequence,
            timestamp=step,
            ssrc=self.section.ssrc,
            time_word=time_word,
            mid_word=mid_word,
            block=block,
            picture=picture & 0x7FFF,
            tl0=tl0 & 0xFF,
        )
        self.first = first.sequence
        self.stream = stream
        self.began_at = self.began_at if self.began_at is not None else now
        self._counted = (stream.packets, stream.octets)
        stream.slots.append(self)
        stream.lanes = Lanes([*stream.lanes, self._lane])

    def _timestamp_step(self, stream: Stream, packet: Packet, now: float) -> int:
        """What is added to the new stream's timestamps. Between layers of one source their sender reports say which
        moments are the same; else the time that has passed does."""
        if not self.sent()[0]:
            return 0
        old, lane = self.stream, self._lane
        last, at = self._last_timestamp, self._last_at
        if old is not None and lane is not None and old.newest is not None:
            last, at = old.newest.timestamp + lane.timestamp, old.last_at
        passed = max(1, round((now - at) * self._clock))
        if old is not None and lane is not None and old.time.known and stream.time.known:
            mapped = old.time.timestamp(stream.time.moment(packet.timestamp)) + lane.timestamp
            ahead = (mapped - last + 0x80000000 & _MASK) - 0x80000000
            if -AHEAD * self._clock <= ahead <= passed + AHEAD * self._clock:
                passed = max(1, ahead)  # the same moment, or a little earlier, is shown again
        return last + passed - packet.timestamp & _MASK

    def replay(self, now: float) -> list[bytes]:
        """Begin with the group of pictures in the stream's memory, if that is the better way. It is sent in fast motion,
        a millisecond a frame: a receiver takes its first timestamps as the pace, and would stay behind for ever."""
        stream, form = self.goal, self.format
        group = stream.group(now) if stream is not None and form is not None else []
        if stream is None or form is None or not group:
            return []
        frames = len({packet.timestamp for packet in group})
        step = self._timestamp_step(stream, group[-1], now)
        if self.sent()[0]:
            step += self._clock // 1000 * frames
        self._stop()
        self._stop()
        self._wait_for(None)
        self._enter(stream, form, group[0], step & _MASK, now)
        lane = self._lane
        assert lane is not None  # just entered
        sent, behind, stamp, time = [], frames, -1, send_time(now)
        for packet in group:
            if packet.timestamp != stamp:
                stamp, behind = packet.timestamp, behind - 1
            moved = group[-1].timestamp + step - self._clock // 1000 * behind - stamp
            self._replayed[packet.sequence] = moved & _MASK, time
            sent.append(write(lane._replace(timestamp=moved), packet, time))
        self.first = group[-1].sequence + 1  # a repetition of what was replayed is a retransmission, with its own times
        self._packets += len(sent)
        self._octets += sum(len(packet.payload) for packet in group)
        return sent

    # -- again -------------------------------------------------------------------------------------------------------

    def resend(self, sequence: int, now: float) -> bytes | None:
        """A lost packet again (RFC 4588 when negotiated), or None: too old, from before the switch, asked for too often
        or too much. `sequence` is the 16-bit number that the receiver names."""
        stream, lane, form = self.stream, self._lane, self.format
        if stream is None or lane is None or form is None or stream.newest is None:
            return None
        outgoing = extend(stream.newest.sequence + lane.sequence, sequence)
        number = outgoing - lane.sequence
        packet = stream.remembered(number) if number >= self.first or number in self._replayed else None
        if packet is None or not self._may_resend(outgoing, len(packet.payload), now):
            return None
        time = send_time(packet.at)
        if number in self._replayed:
            step, time = self._replayed[number]
            lane = lane._replace(timestamp=step)
        if form.rtx is None:
            # To the bit as it was: another packet of the same number would give the key of AES-GCM's tag away (RFC 7714).
            return write(lane, packet, time)
        self._rtx_sequence += 1
        return write_again(lane, packet, form.rtx, self._rtx_sequence, self.section.rtx_ssrc, send_time(now))

    def _may_resend(self, outgoing: int, size: int, now: float) -> bool:
        at, times = self._resent.get(outgoing, (-math.inf, 0))
        if times >= RESEND_TRIES or now - at < RESEND_AFTER:
            return False
        if self._resent_octets + size > RESEND_FREE + RESEND_SHARE * self.sent()[1]:
            return False
        if len(self._resent) >= RESEND_MEMORY:
            self._resent.clear()
        self._resent[outgoing] = (now, times + 1)
        self._resent_octets += size
        return True

    # -- figures -----------------------------------------------------------------------------------------------------

    def sent(self) -> tuple[int, int]:
        """Packets, and bytes of their payloads, so far."""
        stream = self.stream
        if stream is None:
            return self._packets, self._octets
        return self._packets + stream.packets - self._counted[0], self._octets + stream.octets - self._counted[1]

    def report(self, now: float) -> SenderReport:
        """Own sender report of a slot that sends: which timestamp of the slot is `now`."""
        stream, lane = self.stream, self._lane
        assert stream is not None  # it sends
        assert lane is not None
        assert stream.newest is not None
        timestamp = stream.time.at(now)
        if timestamp is None:
            timestamp = stream.newest.timestamp + round((now - stream.last_at) * self._clock)
        packets, octets = self.sent()
        return SenderReport(
            ssrc=self.section.ssrc,
            ntp=to_ntp(now),
            timestamp=timestamp + lane.timestamp & _MASK,
            packets=packets & _MASK,
            octets=octets & _MASK,
        )
