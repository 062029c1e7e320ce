"""The cheapest thing that a server takes for a browser in a room: one connection, frames cut out of the stream, no library."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
import socket
import struct
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

WITHIN = 20.0
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class Refused(Exception):
    """The server's own word for why not: the code of an error, or of the end of the connection."""


def masked(opcode: int, payload: bytes) -> bytes:
    """A client's frame (RFC 6455 section 5.2); the mask is zero, which changes nothing."""
    size = len(payload)
    head = bytes([0x80 | opcode])
    head += bytes([0x80 | size]) if size < 126 else bytes([0xFE]) + struct.pack("!H", size)
    return head + bytes(4) + payload


def frame_at(data: bytes | bytearray, at: int) -> tuple[int, int, int] | None:
    """Opcode, begin and end of the payload of the server's frame at `at`; None when it is not whole yet."""
    if len(data) < at + 2:
        return None
    size, begin = data[at + 1] & 0x7F, at + 2
    if size >= 126:
        begin += 2 if size == 126 else 8
        if len(data) < begin:
            return None
        size = int.from_bytes(data[at + 2 : begin], "big")
    return (data[at] & 0x0F, begin, begin + size) if len(data) >= begin + size else None


@lru_cache(maxsize=256)
def _shared(payload: bytes) -> Any:
    """What all get in the same bytes is read once. Nobody changes what is in it."""
    return json.loads(payload)


def read(payload: bytes) -> Any:
    return json.loads(payload) if payload.startswith(b'{"type":"ok"') else _shared(payload)


class Visitor(asyncio.Protocol):
    """A signed-in page's socket. `heard(payload, now)` gets each text frame that is no answer; now: `time.monotonic`."""

    def __init__(
        self, port: int, slug: str, cookie: str, heard: Callable[[bytes, float], None] = lambda payload, now: None
    ) -> None:
        self.port = port
        self.code: int | None = None
        self.lost = asyncio.Event()
        self._heard = heard
        self._data = bytearray()
        self._refs = itertools.count(1)
        self._asked: dict[int, asyncio.Future[bytes]] = {}
        self._welcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._shaken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        key = base64.b64encode(os.urandom(16)).decode()
        self._handshake = (
            f"GET /live?c={slug} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
            f"Cookie: meetingpoint={cookie}\r\nAccept-Language: de\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
        ).encode()

    async def connect(self, buffer: int | None = None) -> None:
        """Shake hands and say hello. buffer: bytes of the receive buffer, for one that will not read. Raises Refused, OSError."""
        loop = asyncio.get_running_loop()
        pipe = socket.socket()
        if buffer is not None:
            pipe.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        pipe.setblocking(False)
        await loop.sock_connect(pipe, ("127.0.0.1", self.port))
        await loop.create_connection(lambda: self, sock=pipe)
        async with asyncio.timeout(WITHIN):
            await self._shaken
        self.say({"type": "hello", "topics": [], "last": None, "lang": "de"})

    async def welcomed(self) -> None:
        """Wait for the answer to hello. Raises Refused when the connection ends."""
        async with asyncio.timeout(WITHIN):
            await self._welcome

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(self._handshake)

    def say(self, message: dict[str, Any]) -> None:
        self.transport.write(masked(TEXT, json.dumps(message).encode()))

    async def ask(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The answer. Raises Refused with the error's code."""
        return self.judged(await self.ask_bytes(kind, **fields))

    async def ask_bytes(self, kind: str, **fields: Any) -> bytes:
        """The answer as it came, for those who only want to have it. Raises Refused when the connection ends."""
        ref = next(self._refs)
        answer = self._asked[ref] = asyncio.get_running_loop().create_future()
        self.say({"type": kind, "ref": ref, **fields})
        async with asyncio.timeout(WITHIN):
            return await answer

    @staticmethod
    def judged(payload: bytes) -> dict[str, Any]:
        answer: dict[str, Any] = read(payload)
        if answer["type"] != "ok":
            raise Refused(answer["code"])
        return answer

    def close(self) -> None:
        """Gone without a word, as when a network breaks."""
        self.transport.abort()

    # -- the stream -----------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        self._data += data
        at = 0
        if not self._shaken.done():
            at = self._data.find(b"\r\n\r\n") + 4
            if at < 4:
                return
            if not self._data.startswith(b"HTTP/1.1 101"):
                self._shaken.set_exception(Refused(bytes(self._data[:40]).decode(errors="replace")))
                return
            self._shaken.set_result(None)
        while (found := frame_at(self._data, at)) is not None:
            opcode, begin, end = found
            self._take(opcode, bytes(self._data[begin:end]), now)
            at = end
        del self._data[:at]

    def _take(self, opcode: int, payload: bytes, now: float) -> None:
        if opcode == TEXT:
            if payload.startswith((b'{"type":"ok"', b'{"type":"error"')) and (ref := _ref_of(payload)) in self._asked:
                answer = self._asked.pop(ref)
                if not answer.done():
                    answer.set_result(payload)
            else:
                if not self._welcome.done() and payload.startswith(b'{"type":"welcome"'):
                    self._welcome.set_result(None)
                self._heard(payload, now)
        elif opcode == PING:
            self.transport.write(masked(PONG, payload))
        elif opcode == CLOSE:
            self.code = int.from_bytes(payload[:2], "big")
            self.transport.write(masked(CLOSE, payload[:2]))

    def connection_lost(self, error: Exception | None) -> None:
        self.lost.set()
        gone = Refused(f"closed with {self.code}")
        for waiting in [self._shaken, self._welcome, *self._asked.values()]:
            if not waiting.done():
                waiting.set_exception(gone)
                waiting.exception()  # somebody who waits no longer need not take it
        self._asked.clear()


def _ref_of(payload: bytes) -> int:
    """The number behind `"ref":`; answers of the rooms carry large lists behind it, which need not be read for that."""
    at = payload.find(b'"ref":', 0, 400) if payload.startswith(b'{"type":"ok"') else payload.find(b'"ref":')
    if at < 0:
        return 0
    digits = payload[at + 6 : at + 16]
    return int(digits[: next((place for place, byte in enumerate(digits) if not 48 <= byte <= 57), len(digits))] or b"0")
