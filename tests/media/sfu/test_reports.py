"""What publishers and receivers are told by RTCP, and what is known of their connections."""

from __future__ import annotations

import struct

import pytest

from media.gateway import Source
from media.rtp.ntp import from_ntp
from media.rtp.rtcp import Description, ReceiverReport, Remb, ReportBlock, SenderReport
from tests.media.sfu.harness import TICK, Stand, Wire, play
from tests.media.sfu.sources import origin


def test_reports_to_publishers() -> None:
    stand = Stand()
    speaker = stand.publish("a", sources=frozenset({Source.CAMERA}))
    stand.run(TICK + 0.01)
    assert [report.bitrate for report in speaker.reports if isinstance(report, Remb)] == [1_500_000]
    play(stand, speaker, frames=10, keyframe=True)
    speaker.report(SenderReport(speaker.tracks["c"].ssrc, 0x1234_5678_9ABC_DEF0, 1, 2, 3))
    speaker.report(SenderReport(4711, 1, 1, 2, 3))
    speaker.repairs = ""
    speaker.tracks["c"].sequence += 2
    speaker.picture(packets=2)
    stand.run(0.5)
    [block] = [each for each in speaker.reports if isinstance(each, ReceiverReport)][-1].blocks
    assert isinstance(block, ReportBlock)
    assert (block.ssrc, block.lost, block.last_sr) == (speaker.tracks["c"].ssrc, 2, 0x56789ABC)
    assert block.fraction_lost > 0
    assert 0 < block.delay < 65536
    stand.run(0.5)
    [block] = [each for each in speaker.reports if isinstance(each, ReceiverReport)][-1].blocks
    assert block.fraction_lost == 0
    assert len(speaker.asked(Remb)) == 3
    idle = stand.publish("idle", sources=frozenset())
    stand.run(TICK + 0.01)
    assert [report.bitrate for report in idle.reports if isinstance(report, Remb)] == [150_000]


def test_a_wrap_of_the_timestamp_is_no_jitter() -> None:
    stand = Stand()
    speaker = stand.publish("a")
    speaker.tracks["c"].timestamp = 0xFFFFFFFF - 4000
    play(stand, speaker, frames=10, keyframe=True)
    stand.run(0.5)
    [block] = [each for each in speaker.reports if isinstance(each, ReceiverReport)][-1].blocks[:1]
    assert block.jitter < 100


def test_sender_reports_of_slots_follow_their_time() -> None:
    stand = Stand()
    listener = stand.listen("b")
    stand.run(1.0)
    assert listener.reports == []
    speaker = stand.publish("a")
    play(stand, speaker, frames=30, keyframe=True)
    reports = [report for report in listener.reports if isinstance(report, SenderReport)]
    of_video = [report for report in reports if report.ssrc == listener.ssrc("v0")]
    last = listener.slots["v0"].packets[-1].timestamp
    assert abs(last - of_video[-1].timestamp) < 90_000
    names = [report for report in listener.reports if isinstance(report, Description)][-1]
    assert names.names == ((listener.ssrc("a0"), "node"), (listener.ssrc("v0"), "node"))
    assert of_video[-1].packets <= 60
    before = len(listener.reports)
    play(stand, speaker, frames=300)
    assert 3 * 9 <= len(listener.reports) - before <= 3 * 14


@pytest.mark.parametrize("wraps", [False, True])
def test_sound_and_picture_of_one_publisher_keep_together(wraps: bool) -> None:
    """Sender reports of a receiver's slots: the same moment of a publisher has the same NTP time in both."""
    stand = Stand()
    listener = stand.listen("b", audio=1, video=1, first=77)
    speaker = stand.publish("a", simulcast=True, wire=Wire(1, delay=0.03, jitter=0.01))
    if wraps:
        speaker.tracks["m"].timestamp = (1 << 32) - 48_000 * 3
        for rid in ("q", "h", "f"):
            speaker.tracks[f"c/{rid}"].timestamp = (1 << 32) - 90_000 * 4
    began = stand.now
    base = {name: (track.timestamp, stand.now) for name, track in speaker.tracks.items()}
    for index in range(30 * 12):
        for name, track in speaker.tracks.items():
            clock = 48_000 if name == "m" else 90_000
            track.timestamp = base[name][0] + round((stand.now - base[name][1]) * clock)
        if index % 30 == 5:
            speaker.tell_time()
        if index % 100 == 50:
            stand.view("b", ("a", (180, 720, 360)[index // 100 % 3]))
        speaker.picture(index == 0)
        speaker.sound(payload=struct.pack("!d", stand.now))
        stand.run(1 / 30)
    ahead = {}
    for mid, clock, step in (("a0", 48_000, 960), ("v0", 90_000, 3000)):
        last = listener.slots[mid].in_order()[-1]
        report = listener.reports_of(mid)[-1]
        since = (report.timestamp - (last.timestamp - step) + 0x80000000 & 0xFFFFFFFF) - 0x80000000
        captured = struct.unpack("!d", last.payload)[0] if mid == "a0" else began + (origin(last.payload)[1] - 1) / 30
        ahead[mid] = from_ntp(report.ntp) - since / clock - captured
    assert abs(ahead["a0"] - ahead["v0"]) < 0.002
    assert abs(ahead["a0"]) < 0.002


def test_loss_and_round_trip_of_a_receiver() -> None:
    stand = Stand()
    listener = stand.listen("b", audio=1, video=1, estimates=True, wire=Wire(2, loss=0.2))
    speaker = stand.publish("a")
    assert stand.health(listener).loss is None
    assert stand.health(listener).round_trip is None
    for index in range(150):
        speaker.picture(index == 0, full=True)
        speaker.sound()
        stand.run(1 / 30)
    health = stand.health(listener)
    assert health.loss is not None
    assert 0.05 < health.loss < 0.5
    assert health.round_trip is not None
    assert health.round_trip < 0.001
    assert 300_000 < health.bitrate < 1_000_000
    assert health.budget is not None
    last = listener.reports_of("v0")[-1]
    stand.run(0.05)
    block = ReportBlock(listener.ssrc("v0"), 0, 0, 0, 0, last.ntp >> 16 & 0xFFFFFFFF, 0)
    sent_at = from_ntp(last.ntp)
    listener.report(ReceiverReport(1, (block,)))
    found = stand.health(listener).round_trip
    assert found is not None
    assert abs(found - (stand.now - sent_at)) < 0.001
    listener.report(ReceiverReport(1, (ReportBlock(4711, 255, 0, 0, 0, 0, 0),)))  # of nobody we know
    assert stand.health(listener).round_trip == found


def test_times_to_the_first_packet_and_the_first_picture() -> None:
    stand = Stand()
    listener = stand.listen("b")
    speaker = stand.publish("a")
    stand.run(0.4)
    speaker.sound()
    stand.run(0.2)
    speaker.picture(keyframe=True)
    stand.run(0.1)
    up, down = stand.health(speaker), stand.health(listener)
    assert [up.first_packet, down.first_packet] == pytest.approx([0.4, 0.4])
    assert [up.first_frame, down.first_frame] == pytest.approx([0.6, 0.6])
    assert up.loss == 0.0
    assert up.layers == {"c": "640 x 360"}
    stand.run(3.0)
    assert stand.health(speaker).layers == {}
