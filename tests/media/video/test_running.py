"""The child: whose fault its end is, and that nothing of it stays behind."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from media.video import Broken, Limits, Refused, prepare
from media.video.running import Budget, MiB, run
from tests.media.video.fixtures import BT709, H264, ffmpeg

SMALL = Budget(resident=256 * MiB, room=184 * MiB, cpu=8, wall=40)


def children() -> list[psutil.Process]:
    return [one for one in psutil.Process().children() if "media.video.child" in " ".join(one.cmdline())]


@pytest.fixture(scope="module")
def long_film(films: Path) -> Path:
    """One that takes some seconds to make."""
    path = films / "long.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=640x360:r=30:d=30", *BT709, *H264, str(path))
    return path


class Moment:
    """A place to wait until the preparation has come this far."""

    def __init__(self, stage: str) -> None:
        self.stage = stage
        self.come = asyncio.Event()

    def __call__(self, stage: str, part: float) -> None:
        if stage == self.stage and (part > 0 or stage == "probe"):
            self.come.set()


@asynccontextmanager
async def preparing(film: Path, workdir: Path, stage: str) -> AsyncIterator[asyncio.Task[object]]:
    moment = Moment(stage)
    task: asyncio.Task[object] = asyncio.create_task(prepare(film, workdir, Limits(), moment))
    async with asyncio.timeout(30):
        await moment.come.wait()
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert children() == []
        assert list(workdir.iterdir()) == []


async def test_cancelling_ends_everything(long_film: Path, tmp_path: Path) -> None:
    async with preparing(long_film, tmp_path, "transcode") as task:
        assert len(children()) == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


@pytest.mark.parametrize(
    ("number", "error"),
    [(signal.SIGKILL, Broken), (signal.SIGTERM, Broken), (signal.SIGSEGV, Refused), (signal.SIGXCPU, Refused)],
)
async def test_a_child_that_is_killed_is_not_the_films_fault(
    number: int, error: type[Exception], long_film: Path, tmp_path: Path
) -> None:
    async with preparing(long_film, tmp_path, "transcode") as task:
        children()[0].send_signal(number)
        with pytest.raises(error):
            await task


async def test_a_disk_without_room_is_not_the_films_fault(long_film: Path, tmp_path: Path) -> None:
    with pytest.raises(Broken):
        await run({"do": "posters", "source": str(long_film), "folder": "/dev/full", "at": 0.0}, SMALL, lambda _: None)


async def test_a_film_that_is_not_there_is_our_fault(tmp_path: Path) -> None:
    with pytest.raises(Broken):
        await prepare(tmp_path / "none.mp4", tmp_path, Limits(), lambda *_: None)


async def test_what_needs_too_much_is_too_heavy(long_film: Path, tmp_path: Path) -> None:
    job = {"do": "posters", "source": str(long_film), "folder": str(tmp_path), "at": 19.0}
    for budget in (
        Budget(resident=20 * MiB, room=512 * MiB, cpu=60, wall=60),
        Budget(resident=512 * MiB, room=2 * MiB, cpu=60, wall=60),
    ):
        with pytest.raises(Refused) as refused:
            await run(job, budget, lambda _: None)
        assert refused.value.code in ("film_too_heavy", "film_damaged")


async def test_the_limit_of_time_says_that_it_was_the_limit() -> None:
    """A plain kill would be ours: tried again, and again."""
    script = "from media.video.child import confine\nconfine(2**30, 1)\nwhile True: pass"
    endless = await asyncio.create_subprocess_exec(sys.executable, "-c", script)
    async with asyncio.timeout(30):
        assert await endless.wait() == -signal.SIGXCPU


async def test_what_takes_too_long_is_ours(long_film: Path, tmp_path: Path) -> None:
    with pytest.raises(Broken):
        await run(
            {"do": "posters", "source": str(long_film), "folder": str(tmp_path), "at": 19.0},
            Budget(512 * MiB, 512 * MiB, 60, 0.05),
            print,
        )
    assert children() == []


async def test_the_child_dies_with_its_parent(long_film: Path, tmp_path: Path) -> None:
    """A worker that is killed leaves nobody who goes on with its film."""
    script = (
        "import asyncio, sys; from pathlib import Path\n"
        "from media.video import Limits, prepare\n"
        "told = lambda *said: print(*said, flush=True)\n"
        "asyncio.run(prepare(Path(sys.argv[1]), Path(sys.argv[2]), Limits(), told))\n"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(long_film), str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    async with asyncio.timeout(30):
        while (line := await parent.stdout.readline()) == b"transcode 0.0\n" or not line.startswith(b"transcode"):
            pass
        (child,) = psutil.Process(parent.pid).children()
        os.kill(parent.pid, signal.SIGKILL)
        await parent.wait()
        await asyncio.to_thread(psutil.wait_procs, [child], 10)
    assert not child.is_running()
