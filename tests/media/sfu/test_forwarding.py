"""What a slot sends: numbering across switches, keyframes, loss and repair."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.gateway import Source, TracksChanged
from media.rtp.packet import Packet, write_packet
from media.rtp.rtcp import Bye, Description, Fir, Nack, Pli, ReceiverReport, Remb, ReportBlock, SenderReport
from media.rtp.vp8 import read_descriptor
from media.sfu.layout import PublishLayout
from media.sfu.messages import ConnectionLeft, RtcpArrived, RtpArrived
from tests.media.sfu.harness import CAMERA, LEVEL, MICROPHONE, MID, OPUS, RTX, VP8, FakePublisher, Stand, Wire


def play(stand: Stand, publisher: FakePublisher, frames: int, keyframe: bool = False) -> None:
    """Video at 30 and audio at 50 per second, roughly."""
    for index in range(frames):
        publisher.picture(keyframe and index == 0)
        publisher.sound()
        stand.run(1 / 30)


def steps(numbers: list[int], size: int) -> set[int]:
    return {(after - before) % size for before, after in itertools.pairwise(numbers)}


def test_packets_arrive_as_they_were_sent() -> None:
    stand = Stand()
    listener = stand.listen("b", first=500)
    speaker = stand.publish("a", start=65530)
    play(stand, speaker, 30, keyframe=True)
    picture, sound = listener.slots["v0"], listener.slots["a0"]
    assert picture.sequences == list(range(500, 560))
    assert sound.sequences == list(range(500, 530))
    assert steps([packet.timestamp for packet in picture.packets], 1 << 32) == {0, 3000}
    assert [packet.payload for packet in sound.packets] == [b"opus!"] * 30
    assert sound.packets[0].marker
    assert not sound.packets[1].marker
    assert speaker.asked(Pli) == []
    assert listener.shows() == {"a0": "a/microphone", "v0": "a/camera"}


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(1, 12)), min_size=2, max_size=8),
    st.lists(st.integers(0, 0xFFFF), min_size=3, max_size=3),
    st.integers(0, 0x7FFF),
)
def test_switching_sources_goes_on_counting(turns: list[tuple[str, int]], starts: list[int], first: int) -> None:
    stand = Stand()
    listener = stand.listen("listener", audio=0, video=1, first=first)
    speakers = {peer: stand.publish(peer, start=start) for peer, start in zip("abc", starts, strict=True)}
    for peer, frames in turns:
        for other in speakers:
            stand.grant(other, frozenset({Source.CAMERA}) if other == peer else frozenset())
        for _ in range(frames):
            for speaker in speakers.values():
                speaker.picture()
            stand.run(1 / 30)
    slot = listener.slots["v0"]
    assert steps(slot.sequences, 1 << 16) <= {1}
    assert slot.sequences[:1] in ([], [first])
    assert steps(slot.pictures(), 1 << 15) <= {1}
    ahead = steps([packet.timestamp for packet in slot.packets], 1 << 32)
    assert all(step < 90_000 * 10 for step in ahead)
    begins = [read_descriptor(packet.payload) for packet in slot.packets]
    assert not begins or begins[0].keyframe


def test_a_switch_waits_for_the_keyframe_and_forgets_what_was_before() -> None:
    stand = Stand()
    listener = stand.listen("x", video=1)
    one = stand.publish("a")
    one.keyframe_wanted = set()
    one.picture()
    stand.run(0)
    slot = listener.slots["v0"]
    assert slot.packets == []  # not a keyframe
    assert [type(report) for report in one.reports if isinstance(report, Pli)] == [Pli]
    late = one.tracks["c"].sent[one.tracks["c"].sequence]
    one.tracks["c"].sequence += 1  # a hole before the keyframe
    hole = write_packet(Packet(VP8, False, one.tracks["c"].sequence, 1, one.tracks["c"].ssrc, b"\x10\x01late", {MID: b"c"}))
    one.picture()
    stand.run(0)
    count = len(slot.packets)
    assert count == 2
    one.send(late)
    one.send(hole)
    stand.run(0)
    assert len(slot.packets) == count


def test_keyframes_are_asked_for_twice_a_second_at_most_until_one_comes() -> None:
    stand = Stand()
    speaker = stand.publish("a")
    speaker.picture(keyframe=True)
    stand.run(0.1)
    for number in range(50):
        stand.listen(f"late{number}")
        stand.run(0.04)
        speaker.keyframe_wanted.clear()  # deaf
        speaker.picture()
    assert 4 <= len(speaker.asked(Pli)) <= 5  # two seconds
    speaker.picture(keyframe=True)
    stand.run(0.1)
    before = len(speaker.asked(Pli))
    stand.run(2.0)
    assert len(speaker.asked(Pli)) == before


def test_receivers_requests_are_passed_up() -> None:
    stand = Stand()
    speaker = stand.publish("a")
    listener = stand.listen("b")
    play(stand, speaker, 5, keyframe=True)
    stand.run(0.6)
    for request in (Pli(1, listener.ssrc("v0")), Fir(1, ((listener.ssrc("v0"), 1),))):
        before = len(speaker.asked(Pli))
        listener.report(request)
        assert len(speaker.asked(Pli)) == before + 1
        play(stand, speaker, 1)
        stand.run(0.6)
    before = len(speaker.asked(Pli))
    for ssrc in (listener.ssrc("a0"), listener.ssrc("v1"), 12345):
        listener.report(Pli(1, ssrc), Nack(1, ssrc, (1, 2)), Bye((ssrc,)))
    assert len(speaker.asked(Pli)) == before


@pytest.mark.parametrize("rtx", [RTX, None])
def test_loss_downwards_is_repaired_from_memory(rtx: int | None) -> None:
    stand = Stand()
    listener = stand.listen("b", rtx=rtx, first=65000)
    speaker = stand.publish("a", start=65500)
    play(stand, speaker, 20, keyframe=True)
    slot = listener.slots["v0"]
    lost = slot.packets.pop(10)
    ssrc = listener.ssrc("v0")
    listener.report(Nack(1, ssrc, (lost.sequence, (lost.sequence + 3000) & 0xFFFF, (lost.sequence - 300) & 0xFFFF)))
    listener.report(Nack(1, ssrc, (lost.sequence,)))  # at once again: ignored
    stand.run(0.01)
    again = slot.packets[-1]
    assert (again.sequence, again.timestamp, again.payload) == (lost.sequence, lost.timestamp, lost.payload)
    assert slot.retransmitted == (1 if rtx else 0)
    for _ in range(5):
        stand.run(0.1)
        listener.report(Nack(1, ssrc, (lost.sequence,)))
    stand.run(0.1)
    assert [packet.sequence for packet in slot.packets].count(lost.sequence) == 3  # three times at most


def test_the_memory_of_repairs_is_bounded() -> None:
    stand = Stand()
    listener = stand.listen("b", audio=0)
    speaker = stand.publish("a")
    speaker.picture(keyframe=True, packets=512)
    stand.run(0.01)
    slot, ssrc = listener.slots["v0"], listener.ssrc("v0")
    assert len(slot.packets) == 512
    numbers = slot.sequences
    listener.report(Nack(1, ssrc, tuple(numbers)))
    speaker.picture()
    stand.run(0.01)
    listener.report(Nack(1, ssrc, (slot.sequences[-1],)))
    stand.run(0.01)
    assert slot.retransmitted == 513


def test_nothing_is_repeated_from_before_a_switch_or_without_a_source() -> None:
    stand = Stand()
    listener = stand.listen("x", audio=0, video=1)
    one = stand.publish("a")
    play(stand, one, 3, keyframe=True)
    before = listener.slots["v0"].sequences[-1]
    stand.leave(one)
    listener.report(Nack(1, listener.ssrc("v0"), (before,)))
    two = stand.publish("b")
    two.picture()
    listener.report(Nack(1, listener.ssrc("v0"), (before,)))  # seated, but not switched in
    play(stand, two, 3)
    listener.report(Nack(1, listener.ssrc("v0"), (before,)))
    stand.run(0.1)
    assert listener.slots["v0"].retransmitted == 0


@pytest.mark.parametrize("seed", range(5))
def test_loss_upwards_is_asked_for_again(seed: int) -> None:
    stand = Stand()
    listener = stand.listen("b", audio=0)
    speaker = stand.publish("a", wire=Wire(seed, loss=0.1, repeat=0.05, jitter=0.02, delay=0.01), start=65400)
    speaker.picture(keyframe=True, packets=1)
    while not listener.slots["v0"].packets:
        stand.run(0.1)
        speaker.picture()
    play(stand, speaker, 150)
    stand.run(1.0)
    numbers = sorted((sequence - listener.slots["v0"].sequences[0]) & 0xFFFF for sequence in listener.slots["v0"].sequences)
    assert len(numbers) == len(set(numbers))  # repetitions are not forwarded
    missing = set(range(numbers[-1])) - set(numbers)
    assert len(missing) <= 2  # what was lost last of all is not noticed
    assert speaker.asked(Nack)


def test_a_publisher_that_answers_no_nack_is_asked_for_a_keyframe() -> None:
    stand = Stand()
    stand.listen("b")
    speaker = stand.publish("a")
    speaker.answers_nacks = False
    play(stand, speaker, 5, keyframe=True)
    speaker.tracks["c"].sequence += 3
    speaker.picture()
    stand.run(2.0)
    asked = [report for report in speaker.asked(Nack) if isinstance(report, Nack)]
    assert [len(report.sequences) for report in asked] == [3] * 10
    assert len(speaker.asked(Pli)) >= 1
    speaker.tracks["c"].sequence += 1000  # too much to ask for one by one
    before = len(speaker.asked(Nack))
    speaker.picture()
    stand.run(0.5)
    assert len(speaker.asked(Nack)) == before
    speaker.tracks["m"].sequence += 5  # no NACK was negotiated for audio
    speaker.sound()
    stand.run(0.5)
    assert len(speaker.asked(Nack)) == before


def test_what_was_sent_without_a_grant_is_never_asked_for_again() -> None:
    stand = Stand()
    listener = stand.listen("b")
    speaker = stand.publish("a")
    play(stand, speaker, 5, keyframe=True)
    stand.grant("a", frozenset())
    secret = speaker.tracks["c"].sequence + 1
    play(stand, speaker, 5, keyframe=True)
    stand.grant("a")
    play(stand, speaker, 5)
    stand.run(0.5)
    play(stand, speaker, 5)
    assert speaker.asked(Nack) == []
    assert steps(listener.slots["v0"].sequences, 1 << 16) == {1}
    speaker.report(SenderReport(speaker.tracks["c"].ssrc, 1, 1, 1, 1))
    stand.grant("a", frozenset())
    probe = Packet(RTX, False, 1, 0, 778, secret.to_bytes(2, "big") + b"\x10\x00", {MID: b"c"})
    speaker.send(write_packet(probe))
    stand.run(0.1)
    reports = [each for each in speaker.reports if isinstance(each, ReceiverReport)]
    assert {block.lost for report in reports for block in report.blocks} == {0}


def test_a_late_keyframe_begins_nothing() -> None:
    stand = Stand()
    listener = stand.listen("b", audio=0)
    speaker = stand.publish("a")
    speaker.picture()
    speaker.keyframe_wanted.clear()
    speaker.wire.loss = 1.0
    speaker.picture(keyframe=True)  # lost, asked for and sent again behind the next frame
    speaker.wire.loss = 0.0
    speaker.picture()
    stand.run(0.1)
    assert speaker.asked(Nack)
    assert listener.slots["v0"].packets == []


def test_retransmissions_of_a_publisher_are_unwrapped_and_probes_absorbed() -> None:
    stand = Stand()
    listener = stand.listen("b", audio=0)
    speaker = stand.publish("a")
    track = speaker.tracks["c"]

    def rtx(payload: bytes, ssrc: int = 777) -> None:
        speaker.send(write_packet(Packet(RTX, False, 1, 0, ssrc, payload, {MID: b"c"})))
        stand.run(0)

    rtx(b"\0\1too early")
    play(stand, speaker, 3, keyframe=True)
    track.sequence += 1
    lost = track.sequence
    play(stand, speaker, 1)
    rtx(lost.to_bytes(2, "big") + b"\x10\x01found")
    rtx(b"")  # a bandwidth probe
    rtx(b"\0")  # malformed
    stand.run(0.1)
    assert [packet.payload for packet in listener.slots["v0"].packets][-1] == b"\x10\x01found"
    assert len(listener.slots["v0"].packets) == 9


def test_what_is_not_understood_is_dropped_and_counted() -> None:
    stand = Stand()
    listener = stand.listen("b")
    speaker = stand.publish("a")
    play(stand, speaker, 2, keyframe=True)
    before, count = stand.forum.dropped, len(listener.slots["v0"].packets)
    track = speaker.tracks["c"]
    bad = [
        b"short",
        write_packet(Packet(50, False, 1, 0, track.ssrc, b"\x10\0", {MID: b"c"})),  # another payload type
        write_packet(Packet(VP8, False, 1, 0, 4242, b"\x10\0", {MID: b"?"})),  # unknown section
        write_packet(Packet(51, False, 1, 0, 4243, b"\x10\0", {MID: b"c"})),  # unknown codec
        write_packet(Packet(VP8, False, 1, 0, 4244, b"\x10\0", {MID: b"c"})),  # a second stream beside a living one
        write_packet(Packet(VP8, False, track.sequence + 1, 0, track.ssrc, b"\x90\x80", {})),  # descriptor cut short
        write_packet(Packet(VP8, False, track.sequence + 2, 0, track.ssrc, b"", {})),  # padding only
    ]
    for data in bad:
        speaker.send(data)
        stand.run(0)
    assert stand.forum.dropped == before + len(bad)
    assert len(listener.slots["v0"].packets) == count
    assert stand.give(RtpArrived("nobody", bad[1])).rtp == []
    assert stand.give(RtcpArrived("nobody", b"\x81\xce\0\2" + bytes(8))).rtp == []
    stand.give(ConnectionLeft("nobody"))


def test_a_publisher_can_name_only_so_many_streams() -> None:
    stand = Stand()
    listener = stand.listen("b")
    speaker = stand.publish("a")
    for ssrc in range(100, 140):
        speaker.send(write_packet(Packet(OPUS, False, 1, 0, ssrc, b"opus!", {MID: b"x"})))
        stand.run(0)
    speaker.picture(keyframe=True)
    stand.run(0.1)
    assert listener.slots["v0"].packets == []


def test_streams_without_mid_are_told_apart_by_offer_or_payload_type() -> None:
    stand = Stand()
    listener = stand.listen("x", audio=2, video=2)
    one = stand.publish("a", layout=PublishLayout((MICROPHONE, CAMERA), ssrcs={9: "c"}))
    one.send(write_packet(Packet(VP8, True, 1, 0, 9, b"\x10\0key", {})))
    one.send(write_packet(Packet(OPUS, True, 1, 0, 8, b"opus!", {})))
    stand.run(0.1)
    assert listener.shows() == {"a0": "a/microphone", "v0": "a/camera"}
    two = stand.publish("b", layout=PublishLayout((CAMERA, CAMERA), MID, LEVEL))
    two.send(write_packet(Packet(VP8, True, 1, 0, 19, b"\x10\0key", {})))  # either of two sections
    stand.run(0.1)
    assert listener.shows() == {"a0": "a/microphone", "v0": "a/camera"}


def test_a_new_stream_takes_its_section_over_when_the_old_one_is_quiet() -> None:
    stand = Stand()
    listener = stand.listen("b", first=10)
    speaker = stand.publish("a")
    play(stand, speaker, 3, keyframe=True)
    for mid in ("c", "m"):
        speaker.tracks[mid].ssrc += 1
    play(stand, speaker, 3, keyframe=True)
    assert len(listener.slots["v0"].packets) == 6
    stand.run(0.6)
    play(stand, speaker, 3, keyframe=True)
    assert listener.slots["v0"].sequences == list(range(10, 22))
    assert listener.slots["a0"].sequences == list(range(10, 16))
    assert listener.shows() == {"a0": "a/microphone", "v0": "a/camera"}


def test_silence_and_return() -> None:
    stand = Stand()
    listener = stand.listen("b")
    speaker = stand.publish("a")
    play(stand, speaker, 3, keyframe=True)
    stand.run(3.0)
    assert listener.shows() == {}
    play(stand, speaker, 3)
    assert listener.shows() == {"a0": "a/microphone", "v0": "a/camera"}
    speaker.report(Bye((speaker.tracks["c"].ssrc,)))
    assert listener.shows() == {"a0": "a/microphone"}
    assert [event.sources for event in stand.told(TracksChanged) if isinstance(event, TracksChanged)][-1] == frozenset(
        {Source.MICROPHONE}
    )


def test_a_slot_without_mid_extension_sends_bare_headers() -> None:
    stand = Stand()
    listener = stand.listen("b", mid_extension=None)
    play(stand, stand.publish("a"), 2, keyframe=True)
    assert {len(packet.extensions) for packet in listener.slots["v0"].packets} == {0}


def test_reports_to_publishers() -> None:
    stand = Stand()
    speaker = stand.publish("a", sources=frozenset({Source.CAMERA}))
    stand.run(0.06)
    assert [report.bitrate for report in speaker.reports if isinstance(report, Remb)] == [1_500_000]
    play(stand, speaker, 10, keyframe=True)
    speaker.report(SenderReport(speaker.tracks["c"].ssrc, 0x1234_5678_9ABC_DEF0, 1, 2, 3))
    speaker.report(SenderReport(4711, 1, 1, 2, 3))
    speaker.answers_nacks = False
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
    assert [report.bitrate for report in idle.reports if isinstance(report, Remb)] == [100_000]


def test_a_wrap_of_the_timestamp_is_no_jitter() -> None:
    stand = Stand()
    speaker = stand.publish("a")
    speaker.tracks["c"].timestamp = 0xFFFFFFFF - 4000
    play(stand, speaker, 10, keyframe=True)
    stand.run(0.5)
    [block] = [each for each in speaker.reports if isinstance(each, ReceiverReport)][-1].blocks[:1]
    assert block.jitter < 100


def test_sender_reports_of_slots_follow_their_time() -> None:
    stand = Stand()
    listener = stand.listen("b")
    stand.run(1.0)
    assert listener.reports == []
    speaker = stand.publish("a")
    play(stand, speaker, 30, keyframe=True)
    reports = [report for report in listener.reports if isinstance(report, SenderReport)]
    of_video = [report for report in reports if report.ssrc == listener.ssrc("v0")]
    last = listener.slots["v0"].packets[-1].timestamp
    assert abs(last - of_video[-1].timestamp) < 90_000
    names = [report for report in listener.reports if isinstance(report, Description)][-1]
    assert names.names == ((listener.ssrc("a0"), "node"), (listener.ssrc("v0"), "node"))
    assert of_video[-1].packets <= 60
    before = len(listener.reports)
    stand.run(10.0)
    assert 3 * 9 <= len(listener.reports) - before <= 3 * 14
