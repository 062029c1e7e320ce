"""One contract for all buses; what is special about each wire."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import stat
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from conference.base.errors import SettingsError
from conference.live.bus import CATCH_UP, LARGEST, Bus, Heard, MemoryBus, open_bus, unpack
from conference.live.redis_bus import RedisBus
from conference.live.unix_bus import UnixBus, UnixHub
from conference.live.wired_bus import WiredBus
from tests.services import child, free_ports, skip_or_fail, wait_for_port


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    (port,) = free_ports()
    with redis_server(port, tmp_path_factory.mktemp("redis")):
        yield f"redis://127.0.0.1:{port}/3"


@contextmanager
def redis_server(port: int, folder: Path) -> Iterator[None]:
    server = shutil.which("redis-server")
    if server is None:
        skip_or_fail("redis-server is not installed")
    argv = [str(server), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with child(argv, folder / "log") as process:
        wait_for_port(port, process, folder / "log")
        yield


@pytest.fixture
async def hub(tmp_path: Path) -> AsyncIterator[UnixHub]:
    hub = UnixHub(tmp_path / "run" / "bus.sock")
    await hub.start()
    yield hub
    await hub.aclose()


@pytest.fixture(params=["memory", "unix", "redis"])
async def pair(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Bus, Bus]]:
    """Two processes' ends of a bus (of the memory bus there is only one)."""
    if request.param == "memory":
        one = other = open_bus("memory:")
    elif request.param == "unix":
        hub = UnixHub(tmp_path / "bus.sock")
        await hub.start()
        one, other = (open_bus(f"unix:{hub.path}") for _ in range(2))
    else:
        url = request.getfixturevalue("redis_url")
        one, other = open_bus(url), open_bus(url)
    for bus in (one, other):
        if isinstance(bus, WiredBus):
            bus.subscribe("nothing")
            await asyncio.wait_for(bus.connected.wait(), 5)
    yield one, other
    await one.aclose()
    await other.aclose()
    if request.param == "unix":
        await hub.aclose()


async def heard(signals: AsyncIterator[Heard], number: int, within: float = 5) -> list[Heard]:
    """The next signals that are no CATCH_UP."""
    found: list[Heard] = []
    async with asyncio.timeout(within):
        while len(found) < number:
            one = await anext(signals)
            if one.channel != CATCH_UP:
                found.append(one)
    return found


async def test_everybody_hears_each_signal_once_and_in_order(pair: tuple[Bus, Bus]) -> None:
    one, other = pair
    here, there, else_ = one.subscribe("a", "b"), other.subscribe("a"), other.subscribe("c")
    for number in range(50):
        one.publish("a", b"%d\0\xff" % number)
    one.publish("b", b"")
    one.publish("c", b"end")
    expected = [Heard("a", b"%d\0\xff" % number) for number in range(50)]
    assert await heard(here, 51) == [*expected, Heard("b", b"")]
    assert await heard(there, 50) == expected
    assert await heard(else_, 1) == [Heard("c", b"end")]


async def test_the_other_way_round_too(pair: tuple[Bus, Bus]) -> None:
    one, other = pair
    here = one.subscribe("a")
    other.publish("a", b"1")
    one.publish("a", b"2")
    assert {signal.data for signal in await heard(here, 2)} == {b"1", b"2"}


async def test_closing_ends_the_subscriptions(pair: tuple[Bus, Bus]) -> None:
    one, _ = pair
    signals = one.subscribe("a")
    await one.aclose()
    async with asyncio.timeout(5):
        assert [signal async for signal in signals if signal.channel != CATCH_UP] == []
    one.publish("a", b"nobody listens")


async def test_a_listener_that_falls_behind_is_told_to_catch_up() -> None:
    bus = MemoryBus()
    signals = bus.subscribe("a")
    for number in range(1500):
        bus.publish("a", b"%d" % number)
    first = await anext(signals)
    assert first == Heard(CATCH_UP, b"")
    assert (await anext(signals)).data == b"1001"


def test_what_is_no_signal_is_none() -> None:
    assert unpack(b"") is None
    assert unpack(b"no zero") is None
    assert unpack(b"\xff\0x") is None
    assert unpack(b"a\0b\0c") == Heard("a", b"b\0c")


def test_there_is_no_bus_for_other_schemes() -> None:
    with pytest.raises(ValueError, match="no bus for http"):
        open_bus("http://x")


async def test_redis_that_comes_back_makes_all_catch_up(tmp_path: Path) -> None:
    (port,) = free_ports()
    one, other = (RedisBus(f"redis://127.0.0.1:{port}") for _ in range(2))
    signals = one.subscribe("a")
    other.publish("a", b"nobody is there")
    for turn in (b"1", b"2"):
        with redis_server(port, tmp_path):
            assert await asyncio.wait_for(anext(signals), 10) == Heard(CATCH_UP, b"")
            await asyncio.wait_for(other.connected.wait(), 10)
            other.publish("a", turn)
            async with asyncio.timeout(10):
                while (await anext(signals)).data != turn:
                    pass
        async with asyncio.timeout(10):
            while one.connected.is_set() or other.connected.is_set():
                other.publish("b", b"is lost")
                await asyncio.sleep(0.05)
    await one.aclose()
    await other.aclose()


# The Unix hub


async def test_the_socket_is_for_the_owner_alone(hub: UnixHub) -> None:
    assert stat.S_IMODE(os.stat(hub.path).st_mode) == 0o600


async def test_a_second_supervisor_is_refused_and_a_killed_one_replaced(tmp_path: Path) -> None:
    path = tmp_path / "bus.sock"
    first, second = UnixHub(path), UnixHub(path)
    await first.start()
    with pytest.raises(SettingsError, match="in use"):
        await second.start()
    assert first._server is not None
    first._server.close()  # as a kill does: the file stays
    assert path.exists()
    await second.start()
    await second.aclose()
    assert not path.exists()


async def test_a_path_that_is_too_long_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="longer than 107 bytes"):
        await UnixHub(tmp_path / ("x" * 120)).start()


async def test_a_hub_that_comes_back_makes_all_catch_up(hub: UnixHub) -> None:
    one, other = UnixBus(str(hub.path)), UnixBus(str(hub.path))
    signals = one.subscribe("a")
    assert await asyncio.wait_for(anext(signals), 5) == Heard(CATCH_UP, b"")
    other.publish("a", b"1")
    assert (await asyncio.wait_for(anext(signals), 5)).data == b"1"
    await hub.aclose()
    async with asyncio.timeout(5):
        while one.connected.is_set() or other.connected.is_set():
            await asyncio.sleep(0.01)
    await hub.start()
    assert await asyncio.wait_for(anext(signals), 5) == Heard(CATCH_UP, b"")
    await asyncio.wait_for(other.connected.wait(), 5)
    other.publish("a", b"2")
    assert (await asyncio.wait_for(anext(signals), 5)).data == b"2"
    await one.aclose()
    await other.aclose()


async def test_published_before_the_hub_is_there_arrives_later(tmp_path: Path) -> None:
    hub = UnixHub(tmp_path / "bus.sock")
    one, other = UnixBus(str(hub.path)), UnixBus(str(hub.path))
    signals = other.subscribe("a")
    one.publish("a", b"early")
    await asyncio.sleep(0.1)
    await hub.start()
    assert (await asyncio.wait_for(anext(signals), 5)).channel == CATCH_UP
    one.publish("a", b"late")
    assert (await heard(signals, 1))[0].data in (b"early", b"late")
    await one.aclose()
    await other.aclose()
    await hub.aclose()


async def test_nonsense_harms_nobody(hub: UnixHub) -> None:
    good, listener = UnixBus(str(hub.path)), UnixBus(str(hub.path))
    signals = listener.subscribe("a")
    assert (await asyncio.wait_for(anext(signals), 5)).channel == CATCH_UP
    rng = random.Random(7)
    for turn in range(300):
        _, writer = await asyncio.open_unix_connection(str(hub.path))
        if turn % 3 == 0:
            writer.write(rng.randbytes(rng.randrange(1, 200)))
        elif turn % 3 == 1:
            writer.write(struct.pack("!I", rng.choice([0, LARGEST + 1, 2**32 - 1])) + b"x")
        else:
            body = rng.randbytes(rng.randrange(1, 50))
            writer.write(struct.pack("!I", len(body)) + body)
        with suppress(OSError):
            await writer.drain()
        writer.transport.abort()
    good.publish("a", b"still here")
    assert (await heard(signals, 1))[0].data == b"still here"
    await good.aclose()
    await listener.aclose()


async def test_a_process_that_does_not_read_is_cut_off(hub: UnixHub) -> None:
    _, writer = await asyncio.open_unix_connection(str(hub.path))
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    good, listener = UnixBus(str(hub.path)), UnixBus(str(hub.path))
    signals = listener.subscribe("a")
    assert (await asyncio.wait_for(anext(signals), 5)).channel == CATCH_UP
    for _ in range(60):
        good.publish("a", bytes(200_000))
        assert len((await heard(signals, 1))[0].data) == 200_000
    assert len(hub._writers) == 2
    writer.transport.abort()
    await good.aclose()
    await listener.aclose()
