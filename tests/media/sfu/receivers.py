"""A receiver around a Forum: what each slot got, and a browser's way to ask for more and to estimate its connection."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from media.gateway import SlotsChanged, SlotState
from media.rtp.ntp import middle
from media.rtp.packet import Packet, read_packet, unwrap_rtx
from media.rtp.rtcp import Nack, ReceiverReport, Remb, Report, ReportBlock, SenderReport, write_compound
from media.rtp.sequence import extend
from media.rtp.vp8 import read_descriptor
from media.sfu.layout import ReceiveLayout, ReceiveSection
from media.sfu.messages import RtcpArrived
from tests.media.sfu.sources import origin

if TYPE_CHECKING:
    from tests.media.sfu.harness import Stand, Wire

MID_DOWN, TIME_DOWN = 3, 2
HEARD = 4000  # datagrams that are remembered


@dataclass
class Incoming:
    """What one slot received, in order of arrival, retransmissions put back. at: when each came."""

    packets: list[Packet] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    retransmitted: int = 0
    missing: set[int] = field(default_factory=set)
    asked: dict[int, int] = field(default_factory=dict)
    highest: int | None = None
    received: int = 0

    @property
    def sequences(self) -> list[int]:
        return [packet.sequence for packet in self.packets]

    def in_order(self) -> list[Packet]:
        """Packets by extended sequence number."""
        reference = self.packets[0].sequence if self.packets else 0
        found: dict[int, Packet] = {}
        for packet in self.packets:
            number = extend(reference, packet.sequence)
            found.setdefault(number, packet)
            reference = max(reference, number)
        return [found[number] for number in sorted(found)]

    def pictures(self) -> list[int]:
        """Picture ids in order of sequence, one per frame."""
        ids = [read_descriptor(packet.payload).picture_id for packet in self.in_order()]
        return [picture for picture, _ in itertools.groupby(picture for picture in ids if picture is not None)]

    def origins(self) -> list[tuple[str, int]]:
        """(rid, frame) in order of sequence, one per frame."""
        return [found for found, _ in itertools.groupby(origin(packet.payload) for packet in self.in_order() if packet.payload)]

    def layers(self) -> list[str]:
        """The layers in the order in which they were seen."""
        return [rid for rid, _ in itertools.groupby(rid for rid, _ in self.origins())]

    def count(self, sequence: int, again: bool) -> None:
        """Keep the book of what is missing. again: it came in the stream of retransmissions."""
        self.received += not again
        if self.highest is None:
            self.highest = sequence
            return
        number = extend(self.highest, sequence)
        self.missing |= set(range(self.highest + 1, number))
        self.missing.discard(number)
        self.highest = max(self.highest, number)


class FakeReceiver:
    def __init__(self, stand: Stand, connection: str, peer: str, layout: ReceiveLayout, wire: Wire) -> None:
        self.stand, self.connection, self.peer, self.wire = stand, connection, peer, wire
        self.layout = layout
        self.slots = {section.mid: Incoming() for section in layout.sections}
        self.reports: list[Report] = []
        self.left = False
        self.offered = 0  # datagrams that were sent to it
        self.octets = 0
        self._sections = {section.ssrc: section for section in layout.sections}
        self._rtx_of = {section.rtx_ssrc: section for section in layout.sections}
        self._heard: dict[tuple[int, int], bytes] = {}
        self._estimate = 0.0
        self._before: dict[str, tuple[int, int]] = {}
        self._began: dict[str, tuple[int, int]] = {}
        self._octets_before = 0
        self._last_report: dict[int, tuple[int, float]] = {}

    # -- hearing -----------------------------------------------------------------------------------------------------

    def hear(self, data: bytes) -> None:
        packet = read_packet(data)
        # Two packets of one number would be encrypted with one nonce (RFC 7714 section 8.4).
        assert self._heard.setdefault((packet.ssrc, packet.sequence), data) == data, "a number was used twice"
        if len(self._heard) > HEARD:
            del self._heard[next(iter(self._heard))]
        self.octets += len(data)
        section = self._rtx_of.get(packet.ssrc)
        again = section is not None
        if section is not None:
            assert packet.payload_type in [each.rtx for each in section.formats.values()]
            packet.sequence, packet.payload = unwrap_rtx(packet.payload)
            self.slots[section.mid].retransmitted += 1
        else:
            section = self._sections[packet.ssrc]
            assert packet.payload_type in [each.payload_type for each in section.formats.values()]
        self._check_extensions(section, packet)
        slot = self.slots[section.mid]
        slot.packets.append(packet)
        slot.at.append(self.stand.now)
        slot.count(packet.sequence, again)

    def _check_extensions(self, section: ReceiveSection, packet: Packet) -> None:
        ids = {self.layout.mid_extension: section.mid.encode()} if self.layout.mid_extension is not None else {}
        found = dict(packet.extensions)
        if self.layout.send_time_extension is not None:
            assert len(found.pop(self.layout.send_time_extension)) == 3
        assert found == ids

    def hear_reports(self, reports: Iterable[Report]) -> None:
        for report in reports:
            self.reports.append(report)
            if isinstance(report, SenderReport):
                self._last_report[report.ssrc] = middle(report.ntp), self.stand.now

    # -- asking ------------------------------------------------------------------------------------------------------

    def report(self, *reports: Report) -> None:
        self.stand.give(RtcpArrived(self.connection, write_compound(reports)))

    def ask_again(self, every: float = 0.08) -> None:
        """From now on, ask for what is missing among the last 500 packets of each slot, ten times each."""
        if self.left:
            return
        for mid, slot in self.slots.items():
            wanted = [number for number in sorted(slot.missing) if number > (slot.highest or 0) - 500]
            wanted = [number for number in wanted if slot.asked.get(number, 0) < 10][:100]
            if wanted:
                slot.asked.update({number: slot.asked.get(number, 0) + 1 for number in wanted})
                self.report(Nack(1, self.ssrc(mid), tuple(number & 0xFFFF for number in wanted)))
        self.stand.at(self.stand.now + every, lambda: self.ask_again(every))

    def estimate(self) -> None:
        """From now on, report loss and the estimated bandwidth every second, about as browsers do."""
        if self.left:
            return
        received = 8.0 * (self.octets - self._octets_before)
        self._octets_before = self.octets
        if self.wire.behind > 0.1:
            self._estimate = 0.85 * received
        else:
            self._estimate = max(self._estimate, min(1.08 * self._estimate, 1.5 * received + 10_000), received)
        self.report(ReceiverReport(1, tuple(self._blocks())), Remb(1, int(self._estimate or 300_000), ()))
        self.stand.at(self.stand.now + 1.0, self.estimate)

    def _blocks(self) -> Iterable[ReportBlock]:
        for mid, slot in self.slots.items():
            if slot.highest is None:
                continue
            highest, received = self._before.get(mid, (slot.highest, slot.received))
            self._before[mid] = slot.highest, slot.received
            expected, got = slot.highest - highest, slot.received - received
            fraction = max(0, expected - got) * 256 // expected if expected else 0
            first, received = self._began.setdefault(mid, (slot.highest, slot.received))
            # As browsers count: what comes again as a retransmission was lost all the same.
            lost = slot.highest - first - (slot.received - received)
            last, at = self._last_report.get(self.ssrc(mid), (0, 0.0))
            delay = int((self.stand.now - at) * 65536) if last else 0
            yield ReportBlock(self.ssrc(mid), min(255, fraction), lost, slot.highest, 0, last, delay)

    # -- what is seen ------------------------------------------------------------------------------------------------

    def ssrc(self, mid: str) -> int:
        return next(section.ssrc for section in self.layout.sections if section.mid == mid)

    def _assignment(self) -> SlotsChanged:
        told = [event for event in self.stand.events if isinstance(event, SlotsChanged) and event.connection == self.connection]
        return told[-1]

    def shows(self) -> dict[str, str]:
        """mid -> "peer/source" by the last assignment told."""
        return {slot.mid: f"{slot.peer}/{slot.source}" for slot in self._assignment().slots if slot.peer}

    def seen(self) -> set[str]:
        """Whose pictures have a place."""
        return {name.partition("/")[0] for mid, name in self.shows().items() if mid[0] == "v"}

    def heard(self) -> set[str]:
        """Whose voices have a place."""
        return {name.partition("/")[0] for mid, name in self.shows().items() if mid[0] == "a"}

    def state(self, peer: str) -> SlotState:
        """Of the slot with this peer's picture."""
        [found] = [slot.state for slot in self._assignment().slots if slot.peer == peer and slot.mid[0] == "v"]
        return found

    def picture_of(self, peer: str) -> Incoming:
        """The slot with this peer's picture."""
        [mid] = [slot.mid for slot in self._assignment().slots if slot.peer == peer and slot.mid[0] == "v"]
        return self.slots[mid]

    def reports_of(self, mid: str) -> list[SenderReport]:
        return [report for report in self.reports if isinstance(report, SenderReport) and report.ssrc == self.ssrc(mid)]
