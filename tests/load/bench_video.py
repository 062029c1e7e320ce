"""A film made into a card: our preparation against the ffmpeg command line that does the same work, in turns.

    python -m tests.load.bench_video [--seconds 20] [--rounds 3]

Both look at every packet, measure the loudness of the whole film, make both renditions in one run (the same filters, preset,
rate control and niceness; as many threads as each thinks best) and take a still as WebP and JPEG. Both are timed from start to
end of all their processes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from media.video import Limits, prepare

MOST = 1.1
SECONDS = 20
ROUNDS = 3
THREADS = min(4, len(os.sched_getaffinity(0)))
STEREO = "aresample=48000:async=1:first_pts=0,aformat=sample_fmts=fltp:channel_layouts=stereo"


def film(path: Path, seconds: int) -> Path:
    """1080p30 with motion, noise and sound, as a phone writes it (H.264, AAC)."""
    picture = f"testsrc2=s=1920x1080:r=30:d={seconds},noise=alls=8:allf=t"
    argv = [
        "ffmpeg",
        "-v",
        "error",
        "-y",
        "-f",
        "lavfi",
        "-i",
        picture,
        "-f",
        "lavfi",
        "-t",
        str(seconds),
        "-i",
        "anoisesrc=c=pink:a=0.1",
    ]
    argv += ["-c:v", "libx264", "-preset", "veryfast", "-b:v", "17M", "-pix_fmt", "yuv420p", "-c:a", "aac", "-ac", "2", str(path)]
    subprocess.run(argv, check=True)
    return path


def command(source: Path, folder: Path, gain: str) -> list[str]:
    """The reference: one run of ffmpeg for both renditions."""
    graph = (
        "[0:v]fps=30,scale=1920:1080:flags=bicubic,format=yuv420p,split[best][more];[more]scale=640:360:flags=bicubic[saving];"
        f"[0:a]{STEREO},volume={gain}dB,asplit[one][two]"
    )
    argv = ["ffmpeg", "-v", "error", "-y", "-filter_complex_threads", str(THREADS)]
    argv += ["-i", str(source), "-filter_complex", graph]
    for picture, sound, crf, most, sound_rate in (("best", "one", "23", "5M", "128k"), ("saving", "two", "25", "900k", "96k")):
        buffer = {"5M": "10M", "900k": "1800k"}[most]
        argv += ["-map", f"[{picture}]", "-map", f"[{sound}]", "-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high"]
        argv += ["-crf", crf, "-maxrate", most, "-bufsize", buffer, "-g", "60"]
        argv += ["-c:a", "aac", "-b:a", sound_rate, "-movflags", "+faststart", str(folder / f"{picture}.mp4")]
    return argv


def by_command(source: Path, folder: Path) -> None:
    nice = ["nice", "-n", "10"]
    look = ["ffprobe", "-v", "error", "-show_streams", "-show_packets", "-of", "compact", str(source)]
    subprocess.run([*nice, *look], check=True, stdout=subprocess.DEVNULL)
    measure = ["ffmpeg", "-nostats", "-i", str(source), "-vn", "-af", f"{STEREO},ebur128=framelog=verbose", "-f", "null", "-"]
    said = subprocess.run([*nice, *measure], check=True, capture_output=True, text=True).stderr
    loud = float(re.findall(r"I:\s+(-?[\d.]+) LUFS", said)[-1])
    subprocess.run([*nice, *command(source, folder, f"{-16 - loud:.2f}")], check=True)
    still = ["ffmpeg", "-v", "error", "-y", "-ss", "5", "-i", str(folder / "best.mp4")]
    for codec, options, name in (("libwebp", ("-quality", "78"), "still.webp"), ("mjpeg", ("-q:v", "3"), "still.jpg")):
        still += ["-frames:v", "1", "-vf", "scale=1280:-2", "-c:v", codec, *options, "-update", "1", str(folder / name)]
    subprocess.run([*nice, *still], check=True)


def by_us(source: Path, folder: Path) -> None:
    asyncio.run(prepare(source, folder, Limits(), lambda *_: None))


def timed(work: Callable[[], None]) -> tuple[float, float, float]:
    """Seconds: of the clock, of CPU by the processes that `work` starts, and of CPU by everybody else meanwhile."""
    before, busy, began = resource.getrusage(resource.RUSAGE_CHILDREN), _busy(), time.monotonic()
    work()
    wall, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    own = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, own, max(0.0, _busy() - busy - own)


def _busy() -> float:
    """CPU seconds of the whole machine since it started (proc(5): /proc/stat; idle and waiting left out)."""
    user, nice, system, _idle, _wait, *rest = map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9])
    return (user + nice + system + sum(rest)) / os.sysconf("SC_CLK_TCK")


def run(seconds: int = SECONDS, rounds: int = ROUNDS) -> list[dict[str, Any]]:
    """The best round of each side, for whatever else runs only adds to it; the bar is on the time that one waits. `others_cpu_s`
    says how far a round was alone."""
    with tempfile.TemporaryDirectory(prefix="video-bench-") as name:
        folder = Path(name)
        source = film(folder / "film.mp4", seconds)
        ours, theirs = [], []
        for _ in range(rounds):
            theirs.append(timed(lambda: by_command(source, folder)))
            ours.append(timed(lambda: by_us(source, folder)))
        sizes = {path.name: path.stat().st_size for path in sorted(folder.rglob("*.mp4"))}
    wall = min(own[0] for own in ours) / min(other[0] for other in theirs)
    return [
        {
            "name": f"video: {seconds} s of 1080p30 to a card, time as part of ffmpeg's",
            "ours_s": [round(own[0], 2) for own in ours],
            "ffmpeg_s": [round(other[0], 2) for other in theirs],
            "others_cpu_s": {"ours": [round(own[2], 1) for own in ours], "ffmpeg": [round(other[2], 1) for other in theirs]},
            "cpu_ratio": round(median(own[1] / other[1] for own, other in zip(ours, theirs, strict=True)), 3),
            "bytes": sizes,
            "ratio": round(wall, 3),
            "limit": MOST,
            "passed": wall <= MOST,
        }
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=SECONDS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    print(json.dumps(run(**vars(parser.parse_args())), indent=1))
