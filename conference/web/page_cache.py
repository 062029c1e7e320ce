"""Public pages kept as bytes: what hundreds of strangers read at once is rendered once.

A page is kept only when its endpoint said until when it is true (`keep_until`), and only for requests without any cookie.
It is dropped the moment the conference changes (a live event in this process, the bus or the half-second look of the hub
for changes made elsewhere), when its time is over, and when the clock was shifted. So nobody reads what is older than
the last commit by more than that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conference.base.clock import Clock
from conference.web.texts import preferred_language

LARGEST = 512 * 1024
MOST = 2000


@dataclass(frozen=True, slots=True)
class _Kept:
    conference_id: str
    since: datetime
    until: datetime
    start: Message
    body: Message


def keep_until(request: Request, conference_id: str, until: datetime | None) -> None:
    """Say that this page looks the same for all strangers until `until` (None: until the conference changes)."""
    now = request.app.state.services.clock.now()
    request.state.keep = (conference_id, now, min(until or now + timedelta(hours=1), now + timedelta(hours=1)))


class PageCache:
    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self._app = app
        self._clock = clock
        self._pages: dict[tuple[str, str, bytes], _Kept] = {}
        self._languages: dict[bytes, str] = {}
        self._generation = 0

    def drop(self, conference_id: str | None) -> None:
        """Forget the pages of a conference (None: of all)."""
        self._generation += 1
        if conference_id is None:
            self._pages.clear()
        else:
            for key in [key for key, kept in self._pages.items() if kept.conference_id == conference_id]:
                del self._pages[key]

    def conference_changed(self, conference_id: str | None) -> None:
        """For what concerns no conference (a browser that signs out), nothing is forgotten."""
        if conference_id is not None:
            self.drop(conference_id)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or scope["query_string"]:
            await self._app(scope, receive, send)
            return
        accept = host = b""
        for name, value in scope["headers"]:
            if name == b"accept-language":
                accept = value
            elif name == b"host" and not host:
                host = value
            elif name in (b"cookie", b"authorization", b"range", b"host"):  # a second host is refused further in
                await self._app(scope, receive, send)
                return
        key = (scope["path"], self._language(accept), host)
        kept = self._pages.get(key)
        if kept is not None and kept.since <= self._clock.now() < kept.until:
            await send(kept.start)
            await send(kept.body)
            return
        await self._fill(key, scope, receive, send)

    async def _fill(self, key: tuple[str, str, bytes], scope: Scope, receive: Receive, send: Send) -> None:
        generation = self._generation
        state = scope.setdefault("state", {})
        start: Message | None = None

        async def watch(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
            elif start is not None and message["type"] == "http.response.body":
                keep: tuple[str, datetime, datetime] | None = state.get("keep")
                whole = not message.get("more_body") and len(message.get("body", b"")) <= LARGEST
                room = generation == self._generation and len(self._pages) < MOST
                if keep and whole and room and start["status"] == 200 and not _sets_cookie(start):
                    self._pages[key] = _Kept(keep[0], keep[1], keep[2], _public(start), message)
                start = None
            await send(message)

        await self._app(scope, receive, watch)

    def _language(self, accept: bytes) -> str:
        language = self._languages.get(accept)
        if language is None:
            language = preferred_language(accept.decode("latin-1"))
            if len(self._languages) < MOST:
                self._languages[accept] = language
        return language


def _sets_cookie(start: Message) -> bool:
    return any(name.lower() == b"set-cookie" for name, _ in start["headers"])


def _public(start: Message) -> Message:
    """The head without what names one request."""
    return {**start, "headers": [header for header in start["headers"] if header[0].lower() != b"x-request-id"]}
