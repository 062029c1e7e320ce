"""A tiny site around a gateway: one page per peer that publishes and listens with the real MediaSession."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from media.gateway import (
    CapacityReached,
    Direction,
    Grant,
    MediaGateway,
    NodeBack,
    NodeUnavailable,
    PeerFault,
    SlotsChanged,
    Source,
)

SCRIPTS = Path(__file__).parents[2] / "conference" / "static" / "js"
FORUM = "forum"

HTML = """<!doctype html><meta charset="utf-8"><title>media</title><div id="tiles"></div>
<script type="module" src="/page.js"></script>"""

SCRIPT = """
import { NativeMediaSession } from "/js/media/session.js";
const peer = location.pathname.split("/").pop();
const slots = Number(new URLSearchParams(location.search).get("video") ?? 4);
const session = new NativeMediaSession({ whip: `/whip/${peer}`, whep: `/whep/${peer}`, slots: { video: slots, audio: 3 } });
const tiles = new Map();
const room = { session, tiles, states: [], firstFrame: {} };
window.room = room;
session.addEventListener("state", ({ detail }) => room.states.push(`${detail.direction} ${detail.state}`));
session.addEventListener("track", ({ detail: { peer, source, track } }) => {
  const key = `${peer}/${source}`;
  tiles.get(key)?.remove();
  tiles.delete(key);
  if (!track) return;
  const tile = document.createElement(track.kind);
  tile.autoplay = true;
  tile.playsInline = true;
  tile.srcObject = new MediaStream([track]);
  document.getElementById("tiles").append(tile);
  tiles.set(key, tile);
  if (track.kind === "video") {
    tile.muted = true;
    tile.requestVideoFrameCallback?.(() => (room.firstFrame[key] ??= performance.now()));
  }
  tile.play().catch(() => {});
});
const socket = new WebSocket(`ws://${location.host}/live/${peer}`);
socket.onmessage = ({ data }) => {
  const news = JSON.parse(data);
  if (news.rejoin) void session.rejoin();
  else session.assign(news.connection, news.slots);
};
room.publish = async () => {
  room.stream ??= await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 640, height: 360 } });
  await session.publish("microphone", room.stream.getAudioTracks()[0]);
  await session.publish("camera", room.stream.getVideoTracks()[0]);
};
room.facts = async () => {
  const { receive } = await session.stats();
  const facts = { frames: 0, energy: 0, width: 0, keyframes: 0, byMid: {}, sent: 0 };
  receive?.forEach((each) => {
    if (each.type !== "inbound-rtp") return;
    if (each.kind === "video") {
      facts.frames += each.framesDecoded ?? 0;
      facts.byMid[each.mid] = each.framesDecoded ?? 0;
      facts.width = Math.max(facts.width, each.frameWidth ?? 0);
      facts.keyframes += each.keyFramesDecoded ?? 0;
    } else facts.energy += each.totalAudioEnergy ?? 0;
  });
  facts.shown = [...tiles.keys()].sort();
  return facts;
};
session.listen();
room.ready = true;
"""


def build_site(gateway: MediaGateway, refused: set[str]) -> Starlette:
    """The site; every peer may publish everything for ten minutes, unless he is in `refused` (410)."""

    async def page(request: Request) -> Response:
        return HTMLResponse(HTML)

    async def script(request: Request) -> Response:
        return Response(SCRIPT, media_type="text/javascript")

    async def connect(request: Request, direction: Direction) -> Response:
        grant = Grant(frozenset(Source), time.time() + 600)
        offer = (await request.body()).decode()
        if request.path_params["peer"] in refused:
            return Response("closed", 410)
        try:
            answer = await gateway.connect(FORUM, request.path_params["peer"], direction, offer, grant)
        except PeerFault as fault:
            return Response(str(fault), 422)
        except (CapacityReached, NodeUnavailable) as fault:
            return Response(str(fault), 503)
        headers = {"Location": f"/connections/{answer.connection}"}
        return Response(answer.sdp, 201, headers, media_type="application/sdp")

    async def whip(request: Request) -> Response:
        return await connect(request, Direction.PUBLISH)

    async def whep(request: Request) -> Response:
        return await connect(request, Direction.RECEIVE)

    async def leave(request: Request) -> Response:
        known = await gateway.leave(request.path_params["connection"])
        return JSONResponse({}, 200 if known else 404)

    async def live(socket: WebSocket) -> None:
        await socket.accept()
        peer = socket.path_params["peer"]
        telling = asyncio.create_task(tell(socket, peer))
        with contextlib.suppress(WebSocketDisconnect):
            await socket.receive_text()
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)

    async def tell(socket: WebSocket, peer: str) -> None:
        async for event in gateway.events():
            if isinstance(event, NodeBack):
                await socket.send_json({"rejoin": True})
            elif isinstance(event, SlotsChanged) and event.peer == peer:
                slots = [{"mid": each.mid, "peer": each.peer, "source": each.source} for each in event.slots]
                await socket.send_json({"connection": event.connection, "slots": slots})

    return Starlette(
        routes=[
            Route("/room/{peer}", page),
            Route("/page.js", script),
            Route("/favicon.ico", lambda request: Response(status_code=204)),
            Mount("/js", StaticFiles(directory=SCRIPTS)),
            Route("/whip/{peer}", whip, methods=["POST"]),
            Route("/whep/{peer}", whep, methods=["POST"]),
            Route("/connections/{connection}", leave, methods=["DELETE"]),
            WebSocketRoute("/live/{peer}", live),
        ]
    )


@contextlib.asynccontextmanager
async def serving(gateway: MediaGateway, host: str = "127.0.0.1", refused: set[str] | None = None) -> AsyncIterator[str]:
    """Run the site on a free port; gives its address."""
    sock = socket.create_server((host, 0))
    config = uvicorn.Config(
        build_site(gateway, refused if refused is not None else set()),
        log_level="warning",
        ws="websockets-sansio",
        timeout_graceful_shutdown=1,
        lifespan="off",
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve([sock]))
    try:
        while not server.started:
            await asyncio.sleep(0.01)
        yield f"http://{host}:{sock.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
