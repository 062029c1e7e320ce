"""A small house around `/live` for these tests: a gate whose rules can be changed, a web process, browsers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import ClientConnection, connect

from conference.base.clock import SystemClock
from conference.base.db import Database, metadata, open_database
from conference.base.errors import ConferenceError, NotAllowed, OutsideWindow
from conference.live.audience import LiveSocket
from conference.live.bus import Bus, MemoryBus
from conference.live.hub import LiveHub
from conference.live.limits import Limits
from conference.live.outbox import Outbox
from conference.live.server import uvicorn_options
from conference.live.socket import LiveEndpoint

TOPIC = "conference:c1"


@dataclass(frozen=True)
class Viewer:
    person_id: str | None
    conference_id: str | None = "c1"
    language: str = "de"
    role: str = "attendee"


@dataclass
class Gate:
    """`?person=anna` says who it is; the sets say who may not."""

    banned: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    deaf: set[tuple[str | None, str]] = field(default_factory=set)

    async def enter(self, websocket: WebSocket) -> Viewer:
        query = websocket.query_params
        viewer = Viewer(query.get("person"), query.get("conference", "c1"), role=query.get("role", "attendee"))
        found: Viewer = await self.again(viewer)
        return found

    async def again(self, viewer: Any) -> Any:
        if viewer.person_id in self.banned:
            raise NotAllowed("banned")
        if viewer.conference_id in self.closed and viewer.role != "organiser":
            raise OutsideWindow("closed", state="closed")
        return viewer

    async def may_hear(self, viewer: Any, topic: str) -> bool:
        await asyncio.sleep(0)
        return (viewer.person_id, topic) not in self.deaf and not topic.startswith("secret:")


async def note(facts: Mapping[str, Any], language: str) -> dict[str, Any]:
    return {"text": f"{language} {facts['n']}"}


async def broken(facts: Mapping[str, Any], language: str) -> dict[str, Any]:
    raise RuntimeError("a template is broken")


async def nothing(facts: Mapping[str, Any], language: str) -> None:
    return None


async def echo(socket: LiveSocket, message: dict[str, Any]) -> dict[str, Any]:
    return {"said": message.get("text")}


async def crash(socket: LiveSocket, message: dict[str, Any]) -> None:
    raise RuntimeError("a handler is broken")


async def deny(socket: LiveSocket, message: dict[str, Any]) -> None:
    raise NotAllowed("not_yours")


async def state_of(topic: str, viewer: Any, language: str) -> list[dict[str, Any]]:
    return [{"here": topic}]


async def broken_state(topic: str, viewer: Any, language: str) -> list[dict[str, Any]]:
    raise RuntimeError("a snapshot is broken")


def explain(error: ConferenceError, language: str) -> str:
    return f"{language}: {error.code}"


@dataclass
class Web:
    """One web process with its browsers."""

    port: int
    db: Database
    bus: Bus
    outbox: Outbox
    hub: LiveHub
    gate: Gate
    endpoint: LiveEndpoint
    server: uvicorn.Server

    async def tell(self, number: int, topic: str = TOPIC, kind: str = "note") -> None:
        async with self.db.work() as work:
            self.outbox.tell(work, topic, kind, conference_id="c1", n=number)

    def url(self, query: str = "") -> str:
        return f"ws://127.0.0.1:{self.port}/live{query}"

    @asynccontextmanager
    async def open(self, query: str = "", **options: Any) -> AsyncIterator[ClientConnection]:
        """A connection with the right origin that has not said hello."""
        options = {"origin": f"http://127.0.0.1:{self.port}", "compression": None, "ping_interval": None, **options}
        async with connect(self.url(query), **options) as connection:
            yield connection

    @asynccontextmanager
    async def browser(
        self, *topics: str, last: int | None = None, lang: str = "de", query: str = "", **options: Any
    ) -> AsyncIterator[Browser]:
        async with self.open(query, **options) as connection:
            browser = Browser(connection)
            await browser.say({"type": "hello", "topics": list(topics), "last": last, "lang": lang})
            browser.welcome = await browser.hear()
            yield browser


class Browser:
    """A connection that has said hello, and what it heard."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.welcome: dict[str, Any] = {}

    async def say(self, message: Any) -> None:
        await self.connection.send(message if isinstance(message, str | bytes) else json.dumps(message))

    async def hear(self, within: float = 5) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(await asyncio.wait_for(self.connection.recv(), within))
        return message

    async def hear_until(self, kind: str, within: float = 5) -> list[dict[str, Any]]:
        """Everything up to the first message of the type `kind`, that one included."""
        messages: list[dict[str, Any]] = []
        async with asyncio.timeout(within):
            while not messages or messages[-1]["type"] != kind:
                messages.append(await self.hear(within))
        return messages

    async def ask(self, message: dict[str, Any]) -> dict[str, Any]:
        await self.say(message)
        return await self.hear()

    async def silence(self) -> None:
        """Nothing is on its way: the answer to a ping is the next message."""
        assert (await self.ask({"type": "ping"}))["type"] == "pong"

    async def closed(self, within: float = 8) -> int:
        """Wait for the end; its code."""
        await asyncio.wait_for(self.connection.wait_closed(), within)
        code = self.connection.close_code
        assert code is not None
        return code


async def create_outbox(db: Database) -> None:
    async with db.engine.begin() as connection:
        await connection.run_sync(metadata.tables["outbox"].create)


@asynccontextmanager
async def serving(
    url: str, *, bus: Bus | None = None, limits: Limits | None = None, create: bool = True, port: int = 0, **options: Any
) -> AsyncIterator[Web]:
    """A real uvicorn server on the loopback, in this loop. `options` go to the endpoint."""
    clock = SystemClock()
    db = open_database(url, clock)
    if create:
        await create_outbox(db)
    bus = bus or MemoryBus()
    hub = LiveHub(db, clock, bus, {"note": note, "broken": broken, "nothing": nothing})
    gate = Gate()
    options = {"base_url": "http://127.0.0.1:1", "limits": limits, **options}
    endpoint = LiveEndpoint(
        hub,
        gate,
        {"echo": echo, "crash": crash, "deny": deny},
        {"session": state_of, "shaky": broken_state},
        explain,
        **options,
    )
    app = Starlette(routes=[WebSocketRoute("/live", endpoint)])
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="off", **uvicorn_options())
    server = uvicorn.Server(config)
    await hub.start()
    serve = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(10):
            while not server.started:
                await asyncio.sleep(0.01)
            await hub.ready.wait()
        bound = server.servers[0].sockets[0].getsockname()[1]
        yield Web(bound, db, bus, Outbox(bus, clock), hub, gate, endpoint, server)
    finally:
        server.should_exit = True
        await asyncio.wait_for(serve, 15)
        await hub.aclose()
        await bus.aclose()
        await db.aclose()


def now() -> datetime:
    return datetime.now(UTC)
