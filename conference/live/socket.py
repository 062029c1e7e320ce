"""The one WebSocket, `/live`. The protocol is described in PROTOCOL.md; features bring their own message types."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from conference.base.errors import ConferenceError, Invalid, TooMany, Unavailable
from conference.base.log import logger
from conference.live.audience import Explain, Gate, LiveSocket, Viewer, address_group, hears
from conference.live.hub import RELOAD_WITHIN, RENDER_WITHIN, LiveHub
from conference.live.limits import Allowance, Limits
from conference.live.line import Line, frame
from conference.live.messages import last_of, parse, ref_of, topics_of
from conference.live.origin import own_origin
from conference.live.server import WIRE

Message = dict[str, Any]
Handler = Callable[[LiveSocket, Message], Awaitable[Mapping[str, Any] | None]]
Snapshot = Callable[[str, Viewer, str], Awaitable[Sequence[Mapping[str, Any]]]]

_log = logger(__name__)
READY_WITHIN = 5
RESTART_WITHIN = 20


class LiveEndpoint:
    """An ASGI application for `WebSocketRoute("/live", LiveEndpoint(...))`."""

    def __init__(
        self,
        hub: LiveHub,
        gate: Gate,
        handlers: Mapping[str, Handler],
        snapshots: Mapping[str, Snapshot],
        explain: Explain,
        *,
        base_url: str,
        demo: bool = False,
        languages: Sequence[str] = ("de", "en"),
        limits: Limits | None = None,
    ) -> None:
        """handlers: message type -> `async (socket, message) -> answer | None`, may raise ConferenceError;
        snapshots: topic up to its colon -> `async (topic, viewer, language) -> states`; explain: the sentence for an error.
        """
        self._hub = hub
        self._gate = gate
        self._snapshots = snapshots
        self._explain = explain
        self._base_url = base_url
        self._demo = demo
        self._languages = tuple(languages)
        self._limits = limits or Limits()
        own: dict[str, Handler] = {"ping": self._ping, "subscribe": self._subscribe_later, "unsubscribe": self._unsubscribe}
        if doubled := (own.keys() | {"hello"}) & handlers.keys():
            raise ValueError(f"message types of live itself: {sorted(doubled)}")
        self._handlers = {**own, **handlers}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        websocket = WebSocket(scope, receive, send)
        origins, hosts = websocket.headers.getlist("origin"), websocket.headers.getlist("host")
        if not own_origin(origins, hosts, self._base_url, demo=self._demo):
            await websocket.receive()
            await websocket.send_denial_response(PlainTextResponse("foreign origin\n", status_code=403))
            return
        task = asyncio.current_task()
        wire = scope.get("extensions", {}).get(WIRE)
        running, cut_off = True, False

        def cancel() -> None:
            nonlocal cut_off
            if running and task is not None:
                cut_off = True
                task.cancel()

        line = Line(send, wire.abort, self._limits, wire.write) if wire else Line(send, cancel, self._limits)
        try:
            await self._admit(websocket, line)
        except asyncio.CancelledError:
            if not cut_off or task is None:
                raise
            task.uncancel()
        finally:
            running = False

    async def _admit(self, websocket: WebSocket, line: Line) -> None:
        """Let the viewer in, or accept only to say why not: pages cannot read the answer to a refused handshake."""
        address = address_group(websocket.client.host if websocket.client else "")
        refusal: ConferenceError | None = None
        viewer: Viewer = _Nobody(self._languages[0])
        checks = self._hub.checks
        try:
            await asyncio.wait_for(self._hub.ready.wait(), READY_WITHIN)
            viewer = await self._gate.enter(websocket)
            self._check_room(viewer, address)
        except TimeoutError:
            refusal = Unavailable("database")
        except ConferenceError as error:
            refusal = error
        await websocket.accept()
        socket = LiveSocket(viewer, address, line, self._limits, self._explain)
        if refusal is not None:
            socket.refuse(refusal)
            return
        wire = websocket.scope.get("extensions", {}).get(WIRE)
        if wire:
            wire.farewell = json.dumps({"type": "restart", "within": RESTART_WITHIN})
        self._join(socket)
        try:
            if self._hub.checks != checks:  # it was asked who may stay while this one was on its way in
                await self._hub.recheck(self._gate, lambda one: one is socket)
            await self._converse(socket, websocket.receive)
        finally:
            self._hub.audience.leave(socket)
            await socket.ended()

    def _check_room(self, viewer: Viewer, address: str) -> None:
        audience = self._hub.audience
        if len(audience.sockets) >= self._limits.sockets:
            raise TooMany("too_many_sockets", retry_after=30)
        if viewer.person_id is None and audience.strangers_at(address) >= self._limits.strangers_per_address:
            raise TooMany("too_many_sockets", retry_after=30)

    def _join(self, socket: LiveSocket) -> None:
        audience = self._hub.audience
        audience.join(socket)
        if socket.viewer.person_id is not None:
            for oldest in audience.sockets_of(socket.viewer.person_id)[: -self._limits.sockets_per_person]:
                oldest.close(4409, {"type": "replaced"})
                audience.leave(oldest)

    async def _converse(self, socket: LiveSocket, receive: Receive) -> None:
        monotonic = self._hub.clock.monotonic
        allowance = Allowance(self._limits.messages_per_second, self._limits.burst, monotonic())
        try:
            async with asyncio.timeout(self._limits.hello_within):
                text = await self._next(socket, receive)
        except TimeoutError:
            socket.close(4408, socket.error(Invalid("hello_expected")))
            return
        if text is None or not await self._hello(socket, text):
            return
        while (text := await self._next(socket, receive)) is not None:
            if not allowance.take(monotonic()):
                socket.refuse(TooMany("too_many_messages", retry_after=1))
                return
            await self._answer(socket, text)

    async def _next(self, socket: LiveSocket, receive: Receive) -> str | None:
        """The next text frame; None when the connection is over or has to be."""
        if socket.line.closed:
            return None
        event = await receive()
        if event["type"] == "websocket.disconnect" or socket.line.closed:
            return None
        text: str | None = event.get("text")
        if text is None:
            socket.close(1003)
        elif len(text) > self._limits.frame or len(text.encode(errors="surrogatepass")) > self._limits.frame:
            socket.close(1009)
            return None
        return text

    async def _hello(self, socket: LiveSocket, text: str) -> bool:
        try:
            message = parse(text, self._limits)
            if message["type"] != "hello":
                raise Invalid("hello_expected")
            topics, last = topics_of(message, self._limits), last_of(message)
            if message.get("lang") in self._languages:
                socket.language = message["lang"]
            await self._subscribe(socket, topics, last, {"type": "welcome", "now": self._now()})
        except ConferenceError as error:
            socket.refuse(error)
            return False
        return True

    async def _answer(self, socket: LiveSocket, text: str) -> None:
        ref = None
        try:
            message = parse(text, self._limits)
            ref = ref_of(message)
            handler = self._handlers.get(message["type"])
            if handler is None:
                raise Invalid("unknown_type")
            async with asyncio.timeout(self._limits.answer_within):
                answer = await handler(socket, message)
            if ref is not None or answer is not None:
                socket.send({"type": "ok", **({} if ref is None else {"ref": ref}), **(answer or {})})
        except ConferenceError as error:
            socket.send(socket.error(error, ref))
        except TimeoutError:
            socket.send(socket.error(Unavailable("too_slow"), ref))
        except Exception as error:  # our own fault in one answer; the socket and everybody else go on
            _log.error("live_answer_failed", exc_info=error)
            socket.send(socket.error(Unavailable("internal"), ref))

    async def _ping(self, _socket: LiveSocket, _message: dict[str, Any]) -> Mapping[str, Any]:
        return {"type": "pong", "now": self._now()}

    async def _unsubscribe(self, socket: LiveSocket, message: dict[str, Any]) -> None:
        self._hub.audience.unsubscribe(socket, topics_of(message, self._limits))

    async def _subscribe_later(self, socket: LiveSocket, message: dict[str, Any]) -> None:
        topics, last = topics_of(message, self._limits), last_of(message)
        if len(socket.topics | set(topics)) > self._limits.topics:
            raise Invalid("bad_topics", limit=self._limits.topics)
        await self._subscribe(socket, topics, last, {"type": "subscribed"})

    async def _subscribe(self, socket: LiveSocket, topics: list[str], last: int | None, head: dict[str, Any]) -> None:
        """Check and register; then say the head, what was missed, the state as of now, and what came meanwhile.

        Nothing is lost or doubled on the way. If it fails, the topics are not subscribed to. Raises ConferenceError.
        """
        hub = self._hub
        async with socket.subscribing:
            heard = [topic for topic in topics if await hears(self._gate, socket.viewer, topic)]
            if last is not None and last > hub.last:
                await hub.catch_up()  # another web process was quicker to tell
            # No await from here to `upto`: rows up to it are replayed, later ones are delivered and held back.
            fresh = [topic for topic in heard if topic not in socket.topics]
            hub.audience.subscribe(socket, heard)
            socket.hold()
            upto = hub.last
        refused = [topic for topic in topics if topic not in heard]
        try:
            await socket.overtake([frame({**head, "last": upto, "topics": heard, "refused": refused})])
            if last is not None and heard:
                missed = await hub.missed(heard, last, upto, socket.language, self._limits.replayed_rows)
                if missed is None:
                    missed = [frame({"type": "reload", "topics": heard, "within": RELOAD_WITHIN})]
                await socket.overtake(missed)
            for topic in heard:
                await socket.overtake([frame(state) for state in await self._states(socket, topic)])
        except BaseException:
            hub.audience.unsubscribe(socket, fresh)
            raise
        finally:
            await socket.let_go()

    async def _states(self, socket: LiveSocket, topic: str) -> list[dict[str, Any]]:
        snapshot = self._snapshots.get(topic.partition(":")[0])
        if snapshot is None:
            return []
        try:
            async with asyncio.timeout(RENDER_WITHIN):
                states = await snapshot(topic, socket.viewer, socket.language)
        except Unavailable:
            raise
        except ConferenceError:
            return []  # gone meanwhile, or nothing for this viewer
        except Exception as error:  # a feature's fault: its page loads anew
            _log.error("live_snapshot_failed", topic=topic.partition(":")[0], exc_info=error)
            return [{"type": "reload", "topics": [topic], "within": RELOAD_WITHIN}]
        return [{"type": "state", "topic": topic, "data": state} for state in states]

    def _now(self) -> str:
        return self._hub.clock.now().isoformat()


class _Nobody:
    """Somebody who was refused before it was known who it is."""

    person_id: str | None = None
    conference_id: str | None = None

    def __init__(self, language: str) -> None:
        self.language = language
