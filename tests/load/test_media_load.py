"""The load tool itself: a measurement is worth no more than what it is made with."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import pytest
from aioice import stun

from media.clip import read_audio, read_video
from media.rtc.dtls import Identity
from tests.load import media_clip, media_servers, media_stun, media_wire
from tests.load.bench_media import fit, run_load
from tests.load.media_intake import Intake, Receiver
from tests.load.soak_media import Sample, slope


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return media_clip.write(tmp_path_factory.mktemp("clip") / "clip.webm")


def test_the_clip_is_what_is_said_of_it(clip: Path) -> None:
    video, audio = read_video(str(clip)), read_audio(str(clip))
    bitrate = 8 * sum(len(frame.data) for frame in video.frames) / video.length
    assert 500_000 < bitrate < 700_000
    assert [index for index, frame in enumerate(video.frames) if frame.keyframe] == [0]
    assert round(audio.length / len(audio.frames), 4) == 0.02
    assert max(frame.level for frame in audio.frames) < 35  # somebody speaks


def _run(receivers: int, packets: float, sent: float) -> dict[str, float]:
    cpu = 0.0004 * receivers + 3e-6 * packets + 9e-5 * sent
    return {
        "publishers": 1,
        "receivers": receivers,
        "delivered": 6 * packets,
        "sent": 6 * sent,
        "seconds": 6,
        "server_cpu": 6 * cpu,
    }


def test_the_fit_finds_what_was_put_in() -> None:
    runs = [_run(10, 1250, 125), _run(100, 12500, 125), _run(200, 100_000, 500), _run(50, 25_000, 500)]
    found, rest = fit(runs, "receivers", "delivered", "sent")
    assert found == pytest.approx([0.0004, 3e-6, 9e-5])
    assert all(abs(share) < 1e-3 for share in rest.values())


def test_the_slope_of_memory_is_in_mebibytes_per_minute() -> None:
    samples = [Sample(minutes / 10, 100 + 0.05 * minutes, 10, 1) for minutes in range(60)]
    assert slope(samples) == pytest.approx(0.5)


async def test_holes_late_packets_and_wraps_are_counted_as_they_are() -> None:
    intake = Intake()
    receiver = Receiver(intake, Identity(), "127.0.0.1")
    with media_wire.udp("127.0.0.1") as sender:
        sender.connect(receiver.peer.socket.getsockname())
        for sequence in (65533, 65534, 0, 65535, 1, 5):  # one late, three missing, all around the wrap
            sender.send(struct.pack("!BBHII", 0x80, 96, sequence, 0, 7) + bytes(20))
        for sequence in (9, 10):
            sender.send(struct.pack("!BBHII", 0x80, 97, sequence, 0, 8) + bytes(20))
        receiver.retransmissions = frozenset({97})
        receiver.announced = {7}
        intake.drain(receiver)
    assert receiver.counts() == (6, 3, 2)
    assert receiver.foreign == 2
    assert receiver.first_at > 0
    receiver.peer.abandon()


def test_a_check_is_signed_as_the_standard_wants() -> None:
    """RFC 5769 has no vector with these attributes; a foreign reader says whether it holds."""
    data = media_stun.request("theirs:ours", "secret of theirs", 12345)
    message = stun.parse_message(data)
    assert message.check_message_integrity(b"secret of theirs")
    assert not message.check_message_integrity(b"ours")
    assert message.attributes["USERNAME"] == "theirs:ours"
    answer = stun.parse_message(media_stun.success(data, "ours", ("192.0.2.7", 4711)))
    assert answer.check_message_integrity(b"ours")
    assert answer.attributes["XOR-MAPPED-ADDRESS"] == ("192.0.2.7", 4711)
    assert answer.transaction_id == message.transaction_id


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["node"] if media_servers.janus_missing() else ["node", "janus"])  # a reference, not our own
def test_everything_arrives_at_a_few_receivers(clip: Path, kind: str) -> None:
    with media_servers.node() if kind == "node" else media_servers.janus() as server:
        result = run_load(server, clip, (2, 3), seconds=1.5, warm=1.0)
    assert (result["lost"], result["foreign"], result["gone"]) == (0, 0, 0)
    assert result["got_each"][0] == pytest.approx(result["expected_each"], rel=0.05)
    assert result["first_packet_s"]["got"] == 3
    assert result["delay_ms"]["samples"] > 20
    assert all("_GCM" in profile for profile in result["srtp"])
    assert kind == "janus" or result["srtp"] == ["SRTP_AEAD_AES_128_GCM"]


def test_a_client_without_a_server_says_so(clip: Path) -> None:
    """A run that broke off is no run in which nothing was lost."""
    done = subprocess.run([sys.executable, "-m", "tests.load.media_load", "{}"], capture_output=True, text=True, timeout=30)
    assert done.returncode
    assert not done.stdout
