"""The servers under load, each in a process of its own on the first core, and how a peer of the load gets into them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from media.gateway import Direction, Grant, Source
from media.remote import RemoteGateway
from tests.load import machine
from tests.load.media_intake import Receiver
from tests.load.media_janus import Janus
from tests.load.media_sdp import RTX, read, write_answer, write_offer
from tests.load.media_source import AUDIO, VIDEO
from tests.load.media_source import Source as Publisher
from tests.load.media_wire import own_address

JANUS_LIBRARIES = "/usr/lib/{machine}-linux-gnu/janus"
FORUM = "load"


@dataclass(frozen=True, slots=True)
class Server:
    """A running one. control: what its door needs."""

    kind: str
    pid: int
    control: str
    version: str = ""


class Door(Protocol):
    """Names are those of peers; a receiver gets everything that is published, in `audio` and `video` sections."""

    async def publish(self, name: str, publisher: Publisher) -> None: ...

    async def receive(self, name: str, receiver: Receiver, audio: int, video: int) -> None: ...

    async def health(self) -> dict[str, float]: ...

    async def aclose(self) -> None: ...


class NodeDoor:
    """Our node, over its control socket, as the conference uses it."""

    def __init__(self, control: str) -> None:
        self._gateway = RemoteGateway.open(control)

    async def _connect(self, name: str, direction: Direction, offer: str) -> str:
        sources = frozenset({Source.CAMERA, Source.MICROPHONE})
        return (await self._gateway.connect(FORUM, name, direction, offer, Grant(sources, time.time() + 7200))).sdp

    async def publish(self, name: str, publisher: Publisher) -> None:
        ssrcs = {AUDIO: publisher.audio.ssrc, VIDEO: publisher.video.ssrc}
        offer = write_offer(publisher.peer.local(ssrcs), [(AUDIO, "audio"), (VIDEO, "video")], sends=True)
        remote = read(await self._connect(name, Direction.PUBLISH, offer))
        await publisher.peer.connect(remote, remote.setup)

    async def receive(self, name: str, receiver: Receiver, audio: int, video: int) -> None:
        sections = [(f"a{index}", "audio") for index in range(audio)] + [(f"v{index}", "video") for index in range(video)]
        receiver.asked_at = time.time_ns()
        receiver.retransmissions = frozenset({RTX})
        offer = write_offer(receiver.peer.local(), sections, sends=False)
        remote = read(await self._connect(name, Direction.RECEIVE, offer))
        receiver.announced = remote.ssrcs
        await receiver.peer.connect(remote, remote.setup)

    async def health(self) -> dict[str, float]:
        return await self._gateway.health()

    async def aclose(self) -> None:
        await self._gateway.aclose()


class JanusDoor:
    """Janus's VideoRoom: publishers offer, subscribers are offered all feeds of the room in one connection."""

    def __init__(self, control: str) -> None:
        self._janus = Janus(control)
        self._feeds: list[int] = []

    async def publish(self, name: str, publisher: Publisher) -> None:
        ssrcs = {AUDIO: publisher.audio.ssrc, VIDEO: publisher.video.ssrc}
        offer = write_offer(publisher.peer.local(ssrcs), [(AUDIO, "audio"), (VIDEO, "video")], sends=True)
        handle, feed, answer = await self._janus.publish(offer)
        remote = read(answer)
        await publisher.peer.connect(remote, remote.setup)
        await self._janus.up(handle)
        self._feeds.append(feed)

    async def receive(self, name: str, receiver: Receiver, audio: int, video: int) -> None:
        receiver.asked_at = time.time_ns()
        handle, offer = await self._janus.subscribe(self._feeds)
        remote = read(offer)
        receiver.announced = remote.ssrcs
        receiver.retransmissions = frozenset(int(number) for each in remote.sections for number in each.types("rtx"))
        await self._janus.start(handle, write_answer(receiver.peer.local(), remote))
        await receiver.peer.connect(remote, "passive")

    async def health(self) -> dict[str, float]:
        return {}

    async def aclose(self) -> None:
        await self._janus.aclose()


def door(kind: str, control: str) -> Door:
    """Inside a running event loop."""
    return NodeDoor(control) if kind == "node" else JanusDoor(control)


# -- starting them ----------------------------------------------------------------------------------------------------


def started(argv: list[str], **options: Any) -> subprocess.Popen[Any]:
    """A child in a session of its own, which other work on the machine disturbs less where we may say so (root): the
    scheduler shares a core between sessions first (sched(7), autogroup)."""
    process = subprocess.Popen(argv, start_new_session=True, **options)
    with suppress(OSError):
        Path(f"/proc/{process.pid}/autogroup").write_text("-20")
    return process


def _wait(path: Path, process: subprocess.Popen[Any], log: Path) -> None:
    end = time.monotonic() + 15
    while not path.exists():
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.05)  # between two looks
    time.sleep(0.3)  # the name is there a moment before somebody listens behind it


@contextmanager
def node(source: Path | None = None) -> Iterator[Server]:
    """Our node. source: another checkout to take it from, to compare."""
    with tempfile.TemporaryDirectory(prefix="media-bench-") as name:
        folder = Path(name)
        with socket.socket(type=socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        control, log = f"unix:{folder / 'control'}", folder / "log"
        argv = [*machine.pinned(0), sys.executable, "-m", "media", "--control", control, "--host", own_address()]
        with log.open("wb") as out:
            process = started(
                [*argv, "--port", str(port), "--follow-parent"], cwd=source, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        try:
            _wait(folder / "control", process, log)
            yield Server("node", process.pid, control)
        finally:
            process.kill()
            process.wait(10)


_JANUS = """general: {{
    configs_folder = "{folder}"
    plugins_folder = "{libraries}/plugins"
    transports_folder = "{libraries}/transports"
    events_folder = "{folder}/none"
    loggers_folder = "{folder}/none"
    debug_level = 2
    event_loops = 1
    session_timeout = 0
    server_name = "reference"
}}
nat: {{ ice_lite = true, ice_enforce_list = "{address}" }}
media: {{ ipv6 = false }}
plugins: {{ disable = "{plugins}" }}
transports: {{ disable = "{transports}" }}
"""


def janus_missing() -> str:
    """Why Janus cannot stand beside; empty when it can."""
    if not shutil.which("janus"):
        return "Janus is not installed (Debian: apt install janus)."
    return "Janus does not use loopback, and this machine has no other address." if own_address().startswith("127.") else ""


def _configure(folder: Path) -> None:
    libraries = JANUS_LIBRARIES.format(machine=os.uname().machine)
    others = [each.name for each in Path(libraries, "plugins").glob("*.so") if "videoroom" not in each.name]
    lines = [each.name for each in Path(libraries, "transports").glob("*.so") if "pfunix" not in each.name]
    text = _JANUS.format(
        address=own_address(), folder=folder, libraries=libraries, plugins=",".join(others), transports=",".join(lines)
    )
    (folder / "janus.jcfg").write_text(text)
    (folder / "janus.plugin.videoroom.jcfg").write_text("general: { }\n")
    unix = f'general: {{ enabled = true, json = "compact", path = "{folder}/api", type = "SOCK_DGRAM" }}\n'
    (folder / "janus.transport.pfunix.jcfg").write_text(unix)


@contextmanager
def janus() -> Iterator[Server]:
    """Debian's Janus with one event loop, configured in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="janus-bench-") as name:
        folder = Path(name)
        _configure(folder)
        process = _start_janus(folder)
        try:
            yield Server("janus", process.pid, str(folder / "api"))
        finally:
            process.kill()
            process.wait(10)


def _start_janus(folder: Path) -> subprocess.Popen[bytes]:
    """Pinned when it runs: its Unix socket transport ends itself when that thread runs before the one that starts it, as on
    one core it nearly always does. Should it happen on two, it is started again."""
    log = folder / "log"
    argv = ["janus", "--config", str(folder / "janus.jcfg"), "--configs-folder", str(folder)]
    for attempt in range(5):
        with log.open("wb") as out:
            process = started(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        try:
            _wait(folder / "api", process, log)
            for thread in os.listdir(f"/proc/{process.pid}/task"):
                os.sched_setaffinity(int(thread), machine.cores()[:1])
            return process
        except RuntimeError:
            process.kill()
            process.wait(10)
            if attempt == 4:
                raise
    raise AssertionError("not reached")
