"""What publishers and receivers are told by RTCP, and what is known of their connections."""

from __future__ import annotations

from media.gateway import Source
from media.rtp.rtcp import Description, ReceiverReport, Remb, ReportBlock, SenderReport
from tests.media.sfu.harness import Stand, play


def test_reports_to_publishers() -> None:
    stand = Stand()
    speaker = stand.publish("a", sources=frozenset({Source.CAMERA}))
    stand.run(0.06)
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
    stand.run(0.1)
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
