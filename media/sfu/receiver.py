"""A receiving connection: its slots and what it reports about them."""

from __future__ import annotations

from media.gateway import SlotAssignment
from media.rtp.rtcp import Description, Fir, Nack, Pli, Report
from media.sfu.layout import Kind, ReceiveLayout
from media.sfu.slot import Slot

REPORT_EARLY, REPORT_LATER, EARLY = 0.5, 1.0, 5.0  # seconds: sender reports are denser while the receiver syncs


class Receiver:
    """`slots` in the order of the offer's sections; audio and video apart for the choice of sources."""

    def __init__(self, connection: str, peer: str, layout: ReceiveLayout, now: float) -> None:
        self.connection = connection
        self.peer = peer
        self.slots = [Slot(connection, section, layout.mid_extension) for section in layout.sections]
        self.audio = [slot for slot in self.slots if slot.kind is Kind.AUDIO]
        self.video = [slot for slot in self.slots if slot.kind is Kind.VIDEO]
        self._by_ssrc = {slot.section.ssrc: slot for slot in self.slots}
        self._cname = layout.cname
        self._joined = now
        self._reported = now

    def assignments(self) -> tuple[SlotAssignment, ...]:
        return tuple(
            SlotAssignment(slot.section.mid, slot.track.peer, slot.track.source)
            if slot.track is not None
            else SlotAssignment(slot.section.mid, None, None)
            for slot in self.slots
        )

    def empty(self) -> None:
        """Let go of all sources."""
        for slot in self.slots:
            slot.show(None)

    def reported(self, report: Report, now: float) -> list[bytes]:
        """Packets to send again, for a NACK; a PLI or FIR is passed on to the source behind the slot."""
        if isinstance(report, Nack):
            slot = self._by_ssrc.get(report.ssrc)
            if slot is None:
                return []
            return [data for number in report.sequences if (data := slot.resend(number, now)) is not None]
        if isinstance(report, Pli):
            self._want_keyframe(report.ssrc)
        elif isinstance(report, Fir):
            for ssrc, _ in report.requests:
                self._want_keyframe(ssrc)
        return []

    def _want_keyframe(self, ssrc: int) -> None:
        slot = self._by_ssrc.get(ssrc)
        if slot is not None and slot.track is not None and slot.kind is Kind.VIDEO:
            slot.track.keyframe_wanted = True

    def sender_reports(self, now: float) -> list[Report]:
        """Sender reports of all slots that have sent something, with their CNAME, when due."""
        interval = REPORT_EARLY if now - self._joined < EARLY else REPORT_LATER
        if now - self._reported < interval:
            return []
        self._reported = now
        reports: list[Report] = [report for slot in self.slots if (report := slot.report(now)) is not None]
        if reports:
            reports.append(Description(tuple((slot.section.ssrc, self._cname) for slot in self.slots if slot.packets)))
        return reports
