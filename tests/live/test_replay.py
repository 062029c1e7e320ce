"""Page before + events = page after: across reconnections, restarts, bad databases and slow browsers."""

from __future__ import annotations

import asyncio
import random
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from websockets.exceptions import ConnectionClosed

from conference.base.errors import Unavailable
from conference.live.limits import Limits
from tests.live.house import TOPIC, Browser, Web, now, serving


async def test_the_gap_is_replayed_in_order_before_what_is_new(web_on_both: Web) -> None:
    web = web_on_both
    for number in range(5):
        await web.tell(number, TOPIC if number != 2 else "session:s")
    await web.hub.catch_up()
    async with web.browser(TOPIC, last=1) as browser:
        assert (browser.welcome["type"], browser.welcome["last"]) == ("welcome", 5)
        assert [(await browser.hear())["id"] for _ in range(3)] == [2, 4, 5]
        await web.tell(9)
        assert (await browser.hear())["id"] == 6
    async with web.browser(TOPIC, last=6) as browser:
        await browser.silence()


async def test_another_process_was_quicker_to_tell(web_on_both: Web) -> None:
    """`last` is ahead of this process, but not of the database."""
    web = web_on_both
    for task in web.hub._tasks:
        task.cancel()
    for number in range(3):
        await web.tell(number)
    assert web.hub.last == 0
    async with web.browser(TOPIC, last=2) as browser:
        assert browser.welcome["last"] == 3
        assert (await browser.hear())["id"] == 3


@pytest.mark.parametrize("case", ["future", "dropped", "too many"])
async def test_an_unknown_gap_is_a_reload(web_on_both: Web, case: str) -> None:
    web = web_on_both
    async with web.db.work() as work:
        for number in range(260):
            web.outbox.tell(work, TOPIC, "note", conference_id="c1", n=number)
    await web.hub.catch_up()
    last = {"future": 1000, "dropped": 90, "too many": 50}[case]
    if case == "dropped":
        async with web.db.work() as work:
            await work.session.exec(text("DELETE FROM outbox WHERE id <= 100"))  # type: ignore[call-overload]
    async with web.browser(TOPIC, last=last) as browser:
        assert browser.welcome["last"] == 260
        assert await browser.hear() == {"type": "reload", "topics": [TOPIC], "within": 5}
        await web.tell(300)
        assert (await browser.hear())["id"] == 261
    async with web.browser(TOPIC, last=100) as browser:
        assert [(await browser.hear())["id"] for _ in range(160)] == [*range(101, 261)]


async def test_replayed_rows_are_rendered_as_of_now_and_once(web: Web) -> None:
    texts, asked = {1: "first"}, []

    async def note(facts: dict[str, int], language: str) -> dict[str, Any] | None:
        asked.append(facts["n"])
        return {"text": texts[facts["n"]]} if facts["n"] in texts else None

    web.hub._renderers = {"note": note, "removed": note}  # type: ignore[dict-item]
    await web.tell(1)
    await web.hub.catch_up()
    for _ in range(3):
        async with web.browser(TOPIC, last=0) as browser:
            assert (await browser.hear())["data"] == {"text": "first"}
    assert asked == [1]
    del texts[1]
    await web.tell(1, kind="removed")
    await web.hub.catch_up()
    async with web.browser(TOPIC, last=0) as browser:
        await browser.silence()


async def test_what_happens_during_a_replay_comes_after_it(web: Web) -> None:
    rendering, go_on = asyncio.Event(), asyncio.Event()

    async def note(facts: dict[str, int], language: str) -> dict[str, int]:
        if facts["n"] == 1 and not go_on.is_set():
            rendering.set()
            await go_on.wait()
        return {}

    await web.tell(1)
    await web.hub.catch_up()
    web.hub._renderers = {"note": note}  # type: ignore[dict-item]
    async with web.open() as connection:
        browser = Browser(connection)
        await browser.say({"type": "hello", "topics": [TOPIC], "last": 0})
        assert (await browser.hear())["last"] == 1
        await rendering.wait()
        await web.tell(2)
        await web.hub.catch_up()
        web.hub.pass_on(TOPIC, {"fact": 1})
        go_on.set()
        assert [(await browser.hear())["type"] for _ in range(3)] == ["event", "event", "fact"]


async def test_a_replay_that_fails_subscribes_to_nothing(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    async def missed(*_: object) -> None:
        raise Unavailable("database")

    async with web.browser(TOPIC) as browser:
        monkeypatch.setattr(web.hub, "missed", missed)
        await browser.say({"type": "subscribe", "topics": ["session:s"], "last": 0, "ref": 1})
        assert (await browser.hear_until("error"))[-1]["code"] == "database"
        await web.tell(1, "session:s")
        await web.tell(2)
        assert (await browser.hear())["id"] == 2
    async with web.open() as connection:
        browser = Browser(connection)
        await browser.say({"type": "hello", "topics": [TOPIC], "last": 0})
        assert (await browser.hear_until("error"))[-1]["code"] == "database"
        assert await browser.closed() == 1013


async def test_nothing_is_lost_or_doubled_across_reconnections(web_on_both: Web) -> None:
    """Browsers that come and go, orderly or not, while rows are written: each sees each row exactly once, in order."""
    web, rng, rows = web_on_both, random.Random(5), 150
    written = asyncio.Event()

    async def write() -> None:
        for number in range(rows):
            await web.tell(number)
            await asyncio.sleep(rng.choice([0, 0, 0.003, 0.01]))
        written.set()

    async def browse(seed: int) -> list[int]:
        rng, last = random.Random(seed), 0
        seen: list[int] = []
        while len(seen) < rows:
            async with web.browser(TOPIC, last=last) as browser:
                for _ in range(rng.randrange(40)):
                    try:
                        message = await browser.hear(within=0.2)
                    except (TimeoutError, ConnectionClosed):
                        break
                    assert message["type"] == "event"
                    last = message["id"]
                    seen.append(last)
                if rng.random() < 0.5:
                    browser.connection.transport.abort()
        return seen

    async with asyncio.timeout(60):
        results = await asyncio.gather(write(), *(browse(seed) for seed in range(8)))
    for seen in results[1:]:
        assert seen == [*range(1, rows + 1)]


async def test_a_socket_that_stays_hears_the_same(web_on_both: Web) -> None:
    web = web_on_both
    async with web.browser(TOPIC) as browser:
        await asyncio.gather(*(web.tell(number) for number in range(60)))
        assert [(await browser.hear())["id"] for _ in range(60)] == [*range(1, 61)]


async def test_rows_that_were_dropped_unread_reload_all(web: Web) -> None:
    async with web.browser(TOPIC) as browser:
        async with web.hub._reading:
            for number in range(3):
                await web.tell(number)
            async with web.db.work() as work:
                await work.session.exec(text("DELETE FROM outbox WHERE id < 3"))  # type: ignore[call-overload]
        assert await browser.hear() == {"type": "reload", "within": 5}
        await web.tell(4)
        assert (await browser.hear())["id"] == 4


async def test_an_older_database_put_in_place_reloads_all(web: Web) -> None:
    async with web.browser(TOPIC) as browser:
        await web.tell(1)
        await web.tell(2)
        assert [(await browser.hear())["id"] for _ in range(2)] == [1, 2]
        async with web.db.work() as work:
            for statement in ("DELETE FROM outbox WHERE id > 1", "UPDATE sqlite_sequence SET seq = 1 WHERE name = 'outbox'"):
                await work.session.exec(text(statement))  # type: ignore[call-overload]
        assert await browser.hear() == {"type": "reload", "within": 5}
        await web.tell(3)
        assert (await browser.hear())["id"] == 2


async def test_a_gap_of_a_rolled_back_id_is_none(web: Web) -> None:
    """PostgreSQL does not give back ids of transactions that failed."""
    async with web.browser(TOPIC) as browser:
        await web.tell(1)
        async with web.db.work() as work:
            statement = "INSERT INTO outbox (id, topic, kind, facts, at) VALUES (7, :topic, 'note', '{\"n\": 7}', :at)"
            at = (now() - timedelta(seconds=1)).replace(tzinfo=None).isoformat(" ")
            await work.session.exec(text(statement), params={"topic": TOPIC, "at": at})  # type: ignore[call-overload]
        assert [(await browser.hear())["id"] for _ in range(2)] == [1, 7]


async def test_without_a_wake_the_hub_looks_by_itself(web: Web) -> None:
    async with web.browser(TOPIC) as browser:
        web.bus.publish = lambda channel, data: None  # type: ignore[method-assign]
        await web.tell(1)
        assert (await browser.hear())["id"] == 1


async def test_listeners_hear_each_row_before_the_browsers(web: Web) -> None:
    heard: list[int | None] = []

    async def slowly(row: Any) -> None:
        await asyncio.sleep(0.01)
        heard.append(row.id)

    def broken(row: Any) -> None:
        raise RuntimeError("a listener is broken")

    web.hub.on_row(broken)
    web.hub.on_row(slowly)
    async with web.browser(TOPIC) as browser:
        await web.tell(1)
        await web.tell(2, "nobody:hears")
        await web.tell(3)
        assert (await browser.hear())["id"] == 1
        assert heard[0] == 1
        assert (await browser.hear())["id"] == 3
        assert heard == [1, 2, 3]


async def test_a_database_that_is_away_for_a_while(web: Web) -> None:
    """Sockets stay; what was told meanwhile by others comes when the database is back."""
    read, failing = web.db.read, asyncio.Event()

    def unavailable() -> Any:
        if failing.is_set():
            raise Unavailable("database")
        return read()

    web.db.read = unavailable  # type: ignore[method-assign]
    async with web.browser(TOPIC) as browser:
        failing.set()
        await web.tell(1)
        await asyncio.sleep(0.1)
        await browser.silence()
        failing.clear()
        assert (await browser.hear())["id"] == 1


# Slow browsers


async def deaf_browser(web: Web, topic: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection with a tiny receive buffer that says hello and then reads nothing."""
    pipe = socket.socket()
    pipe.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    pipe.setblocking(False)
    await asyncio.get_running_loop().sock_connect(pipe, ("127.0.0.1", web.port))
    reader, writer = await asyncio.open_connection(sock=pipe, limit=256)
    writer.write(
        b"GET /live?person=deaf HTTP/1.1\r\nHost: x\r\nOrigin: http://127.0.0.1:1\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    hello = b'{"type":"hello","topics":["%s"]}' % topic.encode()
    writer.write(bytes([0x81, 0x80 | len(hello), 0, 0, 0, 0]) + hello)
    await reader.readexactly(2)
    return reader, writer


async def big(facts: dict[str, int], language: str) -> dict[str, str]:
    return {"text": "x" * 60_000}


@pytest.mark.parametrize("wire", [True, False])
async def test_who_never_reads_is_dropped_and_delays_nobody(tmp_path: Path, wire: bool) -> None:
    limits = Limits(last_words=0.5)
    async with serving(f"sqlite:///{tmp_path / 'x.sqlite3'}", limits=limits) as web:
        web.hub._renderers = {"note": big}  # type: ignore[dict-item]
        if not wire:
            web.server.config.loaded_app = without_wire(web.server.config.loaded_app)
        _, writer = await deaf_browser(web, TOPIC)
        async with web.browser(TOPIC) as quick:
            (deaf,) = [one for one in web.hub.audience.sockets if one.viewer.person_id == "deaf"]
            number, started = 0, asyncio.get_running_loop().time()
            while not deaf.line.closed:
                await web.tell(number := number + 1)
                assert (await quick.hear())["id"] == number
                assert number < 500
            assert deaf.line.code == 1013
            assert asyncio.get_running_loop().time() - started < 20
            async with asyncio.timeout(5):
                while deaf in web.hub.audience.sockets:
                    await asyncio.sleep(0.02)
                if not wire:  # plain ASGI can end the conversation, but leaves the rest to the browser
                    writer.transport.abort()
                while len(web.server.server_state.connections) > 1:
                    await asyncio.sleep(0.02)
            await web.tell(number + 1)
            assert (await quick.hear())["id"] == number + 1
        writer.transport.abort()


def without_wire(app: Any) -> Any:
    async def plain(scope: Any, receive: Any, send: Any) -> None:
        scope["extensions"].pop("meetingpoint.wire", None)
        await app(scope, receive, send)

    return plain


async def test_who_reads_slowly_gets_everything(web: Web) -> None:
    """Behind, but within the bounds: the queue carries it, in order, and the line is direct again afterwards."""
    web.hub._renderers = {"note": big}  # type: ignore[dict-item]
    reader, writer = await deaf_browser(web, TOPIC)
    (socket_,) = web.hub.audience.sockets
    number = 0
    while socket_.line._lagging is None:
        await web.tell(number := number + 1)
        await web.hub.catch_up()
        assert number < 300
    for _ in range(5):
        await web.tell(number := number + 1)
    found, tail = 0, b""
    async with asyncio.timeout(20):
        while found < number:
            data = tail + await reader.read(65536)
            found += data.count(b'"type":"event"')
            tail = data[-13:]
    assert socket_.line._lagging is None
    assert not socket_.line.closed
    await web.tell(number + 1)
    async with asyncio.timeout(5):
        while b'"type":"event"' not in tail:
            tail += await reader.read(65536)
    writer.transport.abort()


async def test_a_long_replay_waits_for_a_slow_browser(tmp_path: Path) -> None:
    """A replay larger than all buffers does not drop who reads it."""
    async with serving(f"sqlite:///{tmp_path / 'x.sqlite3'}") as web:
        web.hub._renderers = {"note": big}  # type: ignore[dict-item]
        async with web.db.work() as work:
            for number in range(200):
                web.outbox.tell(work, TOPIC, "note", conference_id="c1", n=number)
        await web.hub.catch_up()
        async with web.browser(TOPIC, last=0, max_queue=1) as browser:
            await asyncio.sleep(0.3)
            assert [(await browser.hear())["id"] for _ in range(200)] == [*range(1, 201)]
