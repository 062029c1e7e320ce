"""A node behind relays, the site that leads browsers to it, and whoever is there."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from media.gateway import Answer, Direction, Grant, PeerFault, Restarted, SlotAssignment, SlotsChanged, Source, Tile, View
from media.local import LocalGateway
from media.node import Node
from tests.media.rig.layers import LayeredPublisher, tone
from tests.media.rig.people import Browsers, Person
from tests.media.rig.relay import Relay, until
from tests.media.rig.wire import Condition
from tests.media.stage import Stage, grant

SCRIPT = Path(__file__).with_name("page.js")
FORUM = "forum"
HTML = """<!doctype html><meta charset="utf-8"><title>rig</title>
<style>video { width: 160px; height: 90px }</style><script src="/page.js" defer></script>"""


class RelayedGateway(LocalGateway):
    """Every connection goes through a relay of its own. weather: (peer, direction) -> the condition from the first packet on."""

    def __init__(self, node: Node, hosts: Sequence[str]) -> None:
        super().__init__(node)
        self.relays: dict[tuple[str, Direction], Relay] = {}
        self.weather: dict[tuple[str, Direction], Condition] = {}
        self.offered: dict[str, float] = {}
        self._hosts = tuple(hosts)
        self._of: dict[str, Relay] = {}

    async def connect(self, forum: str, peer: str, direction: Direction, offer: str, grant: Grant) -> Answer:
        answer = await super().connect(forum, peer, direction, offer, grant)
        older = self.relays.get((peer, direction))
        if older is not None:
            older.close()
        # Firefox refuses to be told in an answered check that it comes from a loopback address.
        relay = Relay((self._hosts[-1], self.node.port), seed=len(self._of) + 1, hosts=self._hosts)
        relay.both(self.weather.get((peer, direction), Condition()))
        self.relays[peer, direction] = self._of[answer.connection] = relay
        return Answer(answer.connection, relay.lead(answer.sdp))

    async def restart(self, connection: str, ufrag: str, password: str) -> Restarted | None:
        restarted = await super().restart(connection, ufrag, password)
        if restarted is None:
            return None
        return Restarted(restarted.ufrag, restarted.password, tuple(self._of[connection].candidates()))

    async def aclose(self) -> None:
        await super().aclose()
        for relay in self._of.values():
            relay.close()


class Rig(Stage):
    """The stage with browsers on it: `enter` opens a page. Peers of our own (`publish`, `listen`) go through relays, too."""

    gateway: RelayedGateway
    url: str = ""
    browsers: Browsers
    pages: AsyncExitStack

    def __init__(self, gateway: RelayedGateway, browsers: Browsers) -> None:
        super().__init__(gateway)
        self.browsers = browsers
        self.performers: list[LayeredPublisher] = []

    def relay(self, peer: str, direction: Direction = Direction.RECEIVE) -> Relay:
        return self.gateway.relays[peer, direction]

    async def enter(self, peer: str, browser: str = "chromium") -> Person:
        """A page of that browser, in a cookie jar of its own."""
        return await self.pages.enter_async_context(self.browsers.page(browser, f"{self.url}/rig/{peer}", peer))

    async def perform(self, peer: str, rids: str = "qhf", sound: bool = True, **wishes: Any) -> LayeredPublisher:
        """A publisher of our own with layers."""
        publisher = LayeredPublisher(rids, tone() if sound else None, self.identity, **wishes)
        self.performers.append(publisher)
        answer = await self.gateway.connect(self.forum, peer, Direction.PUBLISH, publisher.offer(), grant())
        await publisher.client.connect(answer.sdp, within=15.0)
        self._tasks.append(asyncio.create_task(publisher.play()))
        return publisher

    async def clear(self) -> None:
        await super().clear()
        for performer in self.performers:
            await performer.close()

    def slots(self, peer: str) -> list[SlotAssignment]:
        """What the slots of a receiver carry, as told last."""
        told = self.told(SlotsChanged, peer=peer)
        return list(told[-1].slots) if told else []

    def mid_of(self, receiver: str, peer: str, source: Source = Source.CAMERA) -> str | None:
        """The section that carries it now."""
        return next((slot.mid for slot in self.slots(receiver) if (slot.peer, slot.source) == (peer, source)), None)

    async def sitting(self, receiver: str, peer: str, source: Source = Source.CAMERA, within: float = 15.0) -> str:
        """Wait until a source has a slot at a receiver: its mid."""
        await until(lambda: self.mid_of(receiver, peer, source), within, f"{receiver} has a slot for {source} of {peer}")
        return self.mid_of(receiver, peer, source) or ""

    async def look(self, receiver: str, *tiles: tuple[str, int, int], pinned: Sequence[str] = ()) -> None:
        """The receiver shows cameras at these sizes (peer, width, height)."""
        view = View(tuple(Tile(peer, Source.CAMERA, width, height) for peer, width, height in tiles), tuple(pinned))
        await self.gateway.view(self.forum, receiver, view)


def build_site(gateway: RelayedGateway) -> Starlette:
    """Everybody may publish everything for ten minutes."""

    async def page(request: Request) -> Response:
        return HTMLResponse(HTML)

    async def script(request: Request) -> Response:
        return Response(SCRIPT.read_text(), media_type="text/javascript")

    async def connect(request: Request, direction: Direction) -> Response:
        grant = Grant(frozenset(Source), time.time() + 600)
        try:
            answer = await gateway.connect(FORUM, request.path_params["peer"], direction, (await request.body()).decode(), grant)
        except PeerFault as fault:
            return Response(str(fault), 422)
        return Response(answer.sdp, 201, {"Location": f"/connections/{answer.connection}"}, media_type="application/sdp")

    async def whip(request: Request) -> Response:
        return await connect(request, Direction.PUBLISH)

    async def whep(request: Request) -> Response:
        return await connect(request, Direction.RECEIVE)

    async def restart(request: Request) -> Response:
        said = json.loads(await request.body())
        try:
            restarted = await gateway.restart(request.path_params["connection"], said["ufrag"], said["password"])
        except PeerFault as fault:
            return Response(str(fault), 422)
        if restarted is None:
            return Response("not known", 404)
        return JSONResponse({"ufrag": restarted.ufrag, "password": restarted.password})

    async def leave(request: Request) -> Response:
        known = await gateway.leave(request.path_params["connection"])
        return JSONResponse({}, 200 if known else 404)

    return Starlette(
        routes=[
            Route("/rig/{peer}", page),
            Route("/page.js", script),
            Route("/favicon.ico", lambda request: Response(status_code=204)),
            Route("/whip/{peer}", whip, methods=["POST"]),
            Route("/whep/{peer}", whep, methods=["POST"]),
            Route("/restart/{connection}", restart, methods=["POST"]),
            Route("/connections/{connection}", leave, methods=["DELETE"]),
        ]
    )


@contextlib.asynccontextmanager
async def _serving(gateway: RelayedGateway) -> AsyncIterator[int]:
    """The site on a free port of the loopback."""
    sock = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(build_site(gateway), log_level="warning", timeout_graceful_shutdown=1, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve([sock]))
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        yield int(sock.getsockname()[1])
    finally:
        server.should_exit = True
        await task


@contextlib.asynccontextmanager
async def open_rig(browsers: Browsers) -> AsyncIterator[Rig]:
    """A fresh node with its site. Pages are closed at the end, and none of them may have raised an error."""
    hosts = browsers.hosts
    node = Node(hosts)
    await node.open(0)
    gateway = RelayedGateway(node, hosts)
    rig = Rig(gateway, browsers)
    following = asyncio.create_task(rig.follow())
    try:
        async with _serving(gateway) as port, browsers.reaching(port), AsyncExitStack() as rig.pages:
            rig.url = f"http://127.0.0.1:{port}"
            yield rig
    finally:
        await rig.clear()
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await gateway.aclose()


async def measured(ask: Callable[[], Any], seconds: float) -> tuple[Any, Any, float]:
    """A reading, another one some seconds later, and how many there really were between them."""
    loop = asyncio.get_running_loop()
    start, first = loop.time(), await ask()
    await asyncio.sleep(seconds)
    second = await ask()
    return first, second, loop.time() - start
