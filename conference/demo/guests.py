"""One simulated visitor: signs in by link over HTTP, opens `/live`, enters a room. The standard library and `websockets` only."""

from __future__ import annotations

import asyncio
import http.client
import itertools
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

WITHIN = 10.0
LARGEST = 1 << 20


class Refused(Exception):
    """The other side said no: to the link, the socket or the room."""


LOST = (Refused, OSError, http.client.HTTPException, WebSocketException, TimeoutError)


class Guest:
    """A person with a link to one conference and a session to sit in. base: origin of the server."""

    def __init__(self, base: str, slug: str, link: str, session: str) -> None:
        self._base = base
        self._slug = slug
        self._link = link
        self._session = session
        self._cookie = ""

    @asynccontextmanager
    async def in_room(self) -> AsyncIterator[Room]:
        """The room, entered; the socket is closed at the end. Raises one of LOST."""
        if not self._cookie:
            self._cookie = await asyncio.to_thread(sign_in, self._base, self._link)
        address = f"{self._base.replace('http', 'ws', 1)}/live?c={self._slug}"
        try:
            async with connect(
                address,
                origin=self._base,  # type: ignore[arg-type]
                additional_headers={"Cookie": self._cookie},
                compression=None,
                open_timeout=WITHIN,
                close_timeout=1,
                max_size=LARGEST,
                proxy=None,
                user_agent_header=None,
            ) as socket:
                await socket.send(json.dumps({"type": "hello", "topics": [], "last": None, "lang": "de"}))
                room = Room(socket)
                await room.enter(self._session)
                yield room
        except Refused as refused:
            if str(refused) in ("sign_in", "strangers_have_no_seat"):  # only then the cookie is what is wrong
                self._cookie = ""
            raise


class Room:
    """An entered room. entered: the server's answer to `room.enter`."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._refs = itertools.count(1)
        self.entered: dict[str, Any] = {}

    async def enter(self, session: str) -> None:
        """Raises Refused with the server's code."""
        ref = await self.say("room.enter", session=session)
        async with asyncio.timeout(WITHIN):
            async for message in self.messages():
                if message.get("ref") == ref:
                    if message["type"] != "ok":
                        raise Refused(message.get("code"))
                    self.entered = message
                    return
        raise Refused("closed")

    async def say(self, kind: str, **fields: object) -> int:
        """Send a message; returns its ref."""
        ref = next(self._refs)
        await self._socket.send(json.dumps({"type": kind, "ref": ref, **fields}))
        return ref

    async def messages(self) -> AsyncIterator[dict[str, Any]]:
        """What the server says, until it says goodbye."""
        async for text in self._socket:
            message = json.loads(text)
            if message["type"] in ("closed", "room.removed", "room.replaced"):
                return
            yield message


def sign_in(base: str, link: str) -> str:
    """POST a personal link, as its page's button does; returns the Cookie header of the signed-in browser. Raises one of LOST."""
    status, set_cookies = _post(base, f"/sign-in/{link}", {}, {})
    if status != 303:
        raise Refused(f"sign-in answered {status}")
    cookies = SimpleCookie("; ".join(set_cookies))
    return "; ".join(f"{name}={cookie.value}" for name, cookie in cookies.items())


def send(base: str, path: str, cookie: str, fields: Mapping[str, str]) -> None:
    """POST a form as the script of its page does. Raises one of LOST."""
    status, _ = _post(base, path, fields, {"Cookie": cookie, "Accept": "application/json"})
    if status != 200:
        raise Refused(f"{path} answered {status}")


def _post(base: str, path: str, fields: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, list[str]]:
    """Status and cookies that are set."""
    parts = urlsplit(base)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=WITHIN)
    try:
        own = {"Content-Type": "application/x-www-form-urlencoded", "Origin": base}
        line.request("POST", path, urlencode(fields), {**own, **headers})
        answer = line.getresponse()
        answer.read()
        return answer.status, answer.headers.get_all("Set-Cookie") or []
    finally:
        line.close()
