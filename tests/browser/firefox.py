"""Firefox beside the tests, in a network of its own.

Firefox sends no media to a loopback address, and gives camera and microphone only to https or localhost. So it runs in
a network namespace: the site answers there on 127.0.0.1 (a forwarder carries it out to the real server), and media goes
over a pair of virtual interfaces to `network.host_address`, which the node must announce.

    network = stack.enter_context(open_network())        # or pytest.skip(why_no_firefox())
    ... start the media node with hosts=["127.0.0.1", network.host_address], start the site on 127.0.0.1:PORT ...
    async with network.forwarding(PORT), open_firefox(network) as firefox:
        page = await firefox.open(f"http://127.0.0.1:{PORT}/")
        await page.wait_for("document.querySelector('video')?.videoWidth > 0")

puppeteer-core is installed once into a cache folder outside the checkout (MEETINGPOINT_TEST_CACHE, default ~/.cache).
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import itertools
import json
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.npm import folder_with

PUPPETEER = "puppeteer-core@24"
FIREFOX = "/usr/bin/firefox-esr"
SCRIPT = Path(__file__).with_name("firefox.mjs")
_CLONE_NEWNET = 0x40000000


def why_no_firefox() -> str | None:
    """The reason why Firefox cannot be driven here, or None. Installs puppeteer-core on first use."""
    if not Path(FIREFOX).exists():
        return "firefox-esr is not installed"
    for tool in ("node", "npm", "ip"):
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    if os.geteuid() != 0:
        return "a network namespace needs root"
    try:
        folder_with(PUPPETEER)
    except FileNotFoundError as error:
        return str(error)
    return None


@dataclass(frozen=True)
class Network:
    """name: of the namespace. host_address: the host's end of the pair; Firefox reaches nothing else."""

    name: str
    host_address: str
    inner_address: str

    def listen(self, port: int) -> socket.socket:
        """A TCP socket that listens on 127.0.0.1:port inside the namespace. Raises OSError."""
        made: list[socket.socket | OSError] = []

        def make() -> None:  # a thread of its own: entering a namespace concerns the calling thread only
            try:
                _enter(f"/run/netns/{self.name}")
                made.append(socket.create_server(("127.0.0.1", port)))
            except OSError as error:
                made.append(error)

        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        if isinstance(made[0], OSError):
            raise made[0]
        return made[0]

    @contextlib.asynccontextmanager
    async def forwarding(self, port: int) -> AsyncIterator[None]:
        """While open, 127.0.0.1:port inside the namespace is the host's 127.0.0.1:port."""
        lines: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        over = False

        def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if over:  # the browser called in the very moment of the end: nobody would hold this line
                writer.transport.abort()
                return
            task = asyncio.get_running_loop().create_task(_join(reader, writer, port))
            lines[task] = writer
            task.add_done_callback(lines.pop)

        server = await asyncio.start_server(accepted, sock=self.listen(port))
        try:
            yield
        finally:
            over = True
            server.close()
            left = dict(lines)
            for line in left:
                line.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            for writer in left.values():
                writer.close()


async def _join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    with contextlib.suppress(OSError, asyncio.CancelledError):
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        copies = [
            asyncio.create_task(_copy(reader, inner_writer)),
            asyncio.create_task(_copy(inner_reader, writer)),
        ]
        try:
            await asyncio.wait(copies)
        finally:
            for copy in copies:
                copy.cancel()
            await asyncio.gather(*copies, return_exceptions=True)
            inner_writer.close()
    writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()


def _enter(path: str) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    with open(path, "rb") as namespace:
        if library.setns(namespace.fileno(), _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "cannot enter the network namespace")


@contextlib.contextmanager
def open_network() -> Iterator[Network]:
    """A namespace with one pair of interfaces and no other way out. Raises OSError or CalledProcessError."""
    number = os.getpid() % 16384
    name = f"mp{number:x}-{next(_COUNTER)}"
    third, fourth = number // 64 % 256, number % 64 * 4
    host, inner = f"10.213.{third}.{fourth + 1}", f"10.213.{third}.{fourth + 2}"
    _ip("netns", "add", name)
    try:
        _ip("link", "add", f"{name}h", "type", "veth", "peer", "name", f"{name}i")
        _ip("link", "set", f"{name}i", "netns", name)
        _ip("addr", "add", f"{host}/30", "dev", f"{name}h")
        _ip("link", "set", f"{name}h", "up")
        for command in (
            ["addr", "add", f"{inner}/30", "dev", f"{name}i"],
            ["link", "set", f"{name}i", "up"],
            ["link", "set", "lo", "up"],
            # Firefox finds its own addresses by a default route; nothing answers behind it.
            ["route", "add", "default", "via", host],
        ):
            _ip("-n", name, *command)
        yield Network(name, host, inner)
    finally:
        subprocess.run(["ip", "link", "del", f"{name}h"], capture_output=True, check=False)
        subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)


_COUNTER = itertools.count(1)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


class FirefoxError(Exception):
    """What the driver or the page said."""


class FirefoxPage:
    """One page in a context (cookie jar) of its own."""

    def __init__(self, firefox: Firefox, number: int) -> None:
        self._firefox = firefox
        self._number = number

    async def goto(self, url: str) -> None:
        await self._firefox.ask("goto", page=self._number, url=url)

    async def evaluate(self, expression: str) -> Any:
        """Value of a JavaScript expression; promises are awaited."""
        return await self._firefox.ask("evaluate", page=self._number, expression=expression)

    async def wait_for(self, expression: str, within: float = 15.0) -> Any:
        """Ask until the expression is true. Raises FirefoxError with the page's log."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while True:
                    value = await self.evaluate(expression)
                    if value:
                        return value
                    await asyncio.sleep(0.1)
        raise FirefoxError(f"not within {within} s: {expression}; log: {await self.log()}")

    async def to_front(self) -> None:
        """Of several pages only the one in front draws, and so can be clicked."""
        await self._firefox.ask("front", page=self._number)

    async def click(self, selector: str) -> None:
        await self._firefox.ask("click", page=self._number, selector=selector)

    async def fill(self, selector: str, text: str) -> None:
        await self._firefox.ask("fill", page=self._number, selector=selector, text=text)

    async def screenshot(self, path: Path) -> None:
        await self._firefox.ask("screenshot", page=self._number, path=str(path))

    async def log(self) -> list[str]:
        lines: list[str] = await self._firefox.ask("log", page=self._number)
        return lines

    async def close(self) -> None:
        await self._firefox.ask("close", page=self._number)


class Firefox:
    """The driver process; requests may overlap."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {0: asyncio.get_running_loop().create_future()}
        self._reading = asyncio.create_task(self._read())

    async def started(self) -> str:
        """The browser's version, once it runs."""
        async with asyncio.timeout(90):
            version: str = await self._waiting[0]
        return version

    async def open(self, url: str, width: int = 1280, height: int = 800) -> FirefoxPage:
        return FirefoxPage(self, await self.ask("open", url=url, width=width, height=height))

    async def ask(self, do: str, **facts: Any) -> Any:
        number = next(self._numbers)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"id": number, "do": do, **facts}).encode() + b"\n")
        try:
            async with asyncio.timeout(45):
                return await self._waiting[number]
        finally:
            del self._waiting[number]

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            answer = json.loads(line)
            future = self._waiting.get(answer["id"])
            if future is None or future.done():
                continue
            if "error" in answer:
                future.set_exception(FirefoxError(answer["error"]))
            else:
                future.set_result(answer["value"])
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(FirefoxError("the driver has ended"))

    async def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(10):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)


@contextlib.asynccontextmanager
async def open_firefox(network: Network) -> AsyncIterator[Firefox]:
    """A headless Firefox inside the namespace, with fake camera and microphone."""
    command = ["ip", "netns", "exec", network.name, "node", str(SCRIPT), str(folder_with(PUPPETEER)), FIREFOX]
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 24
    )
    firefox = Firefox(process)
    try:
        await firefox.started()
        yield firefox
    finally:
        await firefox.close()
