"""Clips: read from files, and played into a forum over WHIP by the command."""

from __future__ import annotations

import asyncio
import json
import sys
from fractions import Fraction
from pathlib import Path

import av
import pytest

from media.clip import read_audio, read_video
from media.gateway import Connected, Disconnected, Source, SpeakersChanged, TracksChanged
from media.local import LocalGateway
from media.play import read_plan
from tests.media.page import serving
from tests.media.stage import open_stage


def write_video(path: Path, seconds: int = 2) -> None:
    """Grey pictures at 10 per second in VP8."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libvpx", rate=10, options={"deadline": "realtime", "g": "10"})
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        for index in range(10 * seconds):
            frame = av.VideoFrame(160, 90, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([index * 12 % 256]) * plane.buffer_size)
            frame.pts, frame.time_base = index, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def write_audio(path: Path, seconds: int = 2) -> None:
    """One second of a loud square wave, one of silence, and so on, in Opus."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libopus", rate=48_000, layout="mono")
        for index in range(50 * seconds):
            frame = av.AudioFrame("s16", "mono", 960)
            wave = (b"\x00\x20" * 48 + b"\x00\xe0" * 48) * 10 if index % 100 < 50 else bytes(1920)
            frame.planes[0].update(wave)
            frame.sample_rate, frame.pts, frame.time_base = 48_000, index * 960, Fraction(1, 48_000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.mark.parametrize(("video", "audio"), [("clip.ivf", "clip.ogg"), ("clip.webm", "sound.webm")])
def test_clips_say_what_is_in_them(tmp_path: Path, video: str, audio: str) -> None:
    write_video(tmp_path / video)
    write_audio(tmp_path / audio)
    pictures, sound = read_video(str(tmp_path / video)), read_audio(str(tmp_path / audio))
    assert len(pictures.frames) == 20
    assert pictures.frames[0].keyframe
    assert pictures.length == pytest.approx(2.0, abs=0.05)
    assert sound.length == pytest.approx(2.0, abs=0.1)
    loud = [frame.level for frame in sound.frames if 0.1 < frame.time < 0.9]
    silent = [frame.level for frame in sound.frames if 1.2 < frame.time < 1.9]
    assert max(loud) < 25  # a square wave at a quarter of full scale: -12 dBov
    assert min(silent) > 60


def test_files_that_cannot_be_played(tmp_path: Path) -> None:
    write_video(tmp_path / "clip.ivf")
    write_audio(tmp_path / "clip.ogg")
    with pytest.raises(ValueError, match="no VP8"):
        read_video(str(tmp_path / "clip.ogg"))
    with pytest.raises(ValueError, match="no Opus"):
        read_audio(str(tmp_path / "clip.ivf"))
    with pytest.raises(OSError, match="missing"):
        read_video(str(tmp_path / "missing.ivf"))


def test_a_plan_reads_each_file_once(tmp_path: Path) -> None:
    write_audio(tmp_path / "clip.ogg")
    stream = {"whip": "http://127.0.0.1:1/whip", "token": "t", "video": None, "audio": "clip.ogg"}
    (tmp_path / "plan.json").write_text(json.dumps({"streams": [stream, stream]}))
    one, two = read_plan(tmp_path / "plan.json")
    assert one.audio is two.audio
    assert one.video is None


async def test_the_command_plays_and_comes_back(tmp_path: Path) -> None:
    write_video(tmp_path / "clip.ivf")
    write_audio(tmp_path / "clip.ogg")
    async with open_stage(await LocalGateway.open(["127.0.0.1"])) as stage, serving(stage.gateway) as url:
        streams = [
            {"whip": f"{url}/whip/panel", "token": "secret", "video": "clip.ivf", "audio": "clip.ogg"},
            {"whip": f"{url}/whip/slides", "token": "secret", "video": "clip.ivf", "screen": True},
            {"whip": f"{url}/nowhere", "token": "secret", "audio": "clip.ogg"},
        ]
        (tmp_path / "plan.json").write_text(json.dumps({"streams": streams}))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "media.play", "--plan", str(tmp_path / "plan.json"), "--follow-parent",
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            listener = await stage.listen("listener", audio=1, video=2)
            camera = frozenset({Source.CAMERA, Source.MICROPHONE})
            await stage.until(lambda: stage.told(TracksChanged, peer="panel", sources=camera))
            await stage.until(lambda: stage.told(TracksChanged, peer="slides", sources=frozenset({Source.SCREEN})))
            await stage.until(lambda: stage.told(SpeakersChanged, peers=("panel",)))
            await stage.until(lambda: stage.told(SpeakersChanged, peers=()))  # the silent second of the clip
            await stage.until(lambda: listener.of("v0").frames > 30)  # beyond the end of the clip
            assert listener.gaps == 0
            [name] = [event.connection for event in stage.told(Connected, peer="panel")]
            assert await stage.gateway.leave(name)
            await stage.until(lambda: len(stage.told(Connected, peer="panel")) == 2)
        finally:
            process.terminate()
            _, errors = await asyncio.wait_for(process.communicate(), 15)
        assert b"Traceback" not in errors, errors.decode()
        assert b"secret" not in errors
        await stage.until(lambda: len(stage.told(Disconnected, peer="panel")) == 2)


async def test_a_plan_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text("{}")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "media.play", "--plan", str(tmp_path / "plan.json"), stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert len(errors.decode().splitlines()) == 1
