"""The little of Janus's API that the comparison needs: one session, VideoRoom handles, over its Unix datagram socket.

https://janus.conf.meetecho.com/docs/rest.html and .../videoroom: the same JSON on every transport.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import socket
import tempfile
from typing import Any

ROOM = 1234
TIMEOUT = 10.0
LARGEST = 1 << 18


class Janus:
    """Requests are answered by transaction; events of a plugin carry the transaction of the request that caused them."""

    def __init__(self, path: str) -> None:
        self._numbers = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._folder = tempfile.TemporaryDirectory(prefix="janus-client-")
        self._socket.bind(os.path.join(self._folder.name, "client"))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LARGEST)
        self._socket.connect(path)
        self._up: dict[int, asyncio.Event] = {}
        self._session: asyncio.Future[int] | None = None
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._read)

    async def aclose(self) -> None:
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()
        self._folder.cleanup()

    async def publish(self, offer: str) -> tuple[int, int, str]:
        """(handle, feed, SDP answer) of a new publisher."""
        handle = await self._attach()
        body = {"request": "joinandconfigure", "ptype": "publisher", "room": ROOM}
        reply = await self._message(handle, body, {"type": "offer", "sdp": offer})
        return handle, int(reply["plugindata"]["data"]["id"]), str(reply["jsep"]["sdp"])

    async def up(self, handle: int) -> None:
        """Until its connection stands: before that nobody can subscribe to a feed."""
        async with asyncio.timeout(TIMEOUT):
            await self._up.setdefault(handle, asyncio.Event()).wait()

    async def subscribe(self, feeds: list[int]) -> tuple[int, str]:
        """(handle, SDP offer): all streams of these feeds in one connection."""
        handle = await self._attach()
        body = {"request": "join", "ptype": "subscriber", "room": ROOM, "streams": [{"feed": feed} for feed in feeds]}
        reply = await self._message(handle, body)
        return handle, str(reply["jsep"]["sdp"])

    async def start(self, handle: int, answer: str) -> None:
        await self._message(handle, {"request": "start"}, {"type": "answer", "sdp": answer})

    async def _attach(self) -> int:
        if self._session is None:
            self._session = asyncio.ensure_future(self._open())
        session = await asyncio.shield(self._session)
        reply = await self._ask({"janus": "attach", "session_id": session, "plugin": "janus.plugin.videoroom"})
        return int(reply["data"]["id"])

    async def _open(self) -> int:
        session = int((await self._ask({"janus": "create"}))["data"]["id"])
        reply = await self._ask({"janus": "attach", "session_id": session, "plugin": "janus.plugin.videoroom"})
        room = {"request": "create", "room": ROOM, "publishers": 100, "bitrate": 0, "audiocodec": "opus", "videocodec": "vp8"}
        message = {"janus": "message", "session_id": session, "handle_id": reply["data"]["id"], "body": room}
        await self._ask(message)
        return session

    async def _message(self, handle: int, body: dict[str, Any], jsep: dict[str, str] | None = None) -> dict[str, Any]:
        assert self._session is not None
        message = {"janus": "message", "session_id": self._session.result(), "handle_id": handle, "body": body}
        reply = await self._ask({**message, "jsep": jsep} if jsep else message)
        data = reply.get("plugindata", {}).get("data", {})
        if "error" in data:
            raise RuntimeError(f"Janus: {data['error']}")
        return reply

    async def _ask(self, content: dict[str, Any]) -> dict[str, Any]:
        transaction = str(next(self._numbers))
        reply: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[transaction] = reply
        data = json.dumps({**content, "transaction": transaction}).encode()
        try:
            async with asyncio.timeout(TIMEOUT):
                while not self._sent(data):
                    await asyncio.sleep(0.001)
                return await reply
        finally:
            self._waiting.pop(transaction, None)

    def _sent(self, data: bytes) -> bool:
        """False: ten datagrams wait already, which is all that a Unix socket keeps."""
        try:
            self._socket.send(data)
        except BlockingIOError:
            return False
        return True

    def _read(self) -> None:
        while True:
            try:
                content = json.loads(self._socket.recv(LARGEST))
            except BlockingIOError:
                return
            if content["janus"] == "webrtcup":
                self._up.setdefault(content["sender"], asyncio.Event()).set()
            reply = self._waiting.get(content.get("transaction", ""))
            if reply is None or reply.done() or content["janus"] == "ack":
                continue
            if content["janus"] == "error":
                reply.set_exception(RuntimeError(f"Janus: {content['error']}"))
            else:
                reply.set_result(content)
