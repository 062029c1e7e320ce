"""Who is connected to this process and hears what."""

from __future__ import annotations

import asyncio
import ipaddress
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Any, Protocol

from starlette.websockets import WebSocket

from conference.base.errors import ConferenceError, NotAllowed, NotFound, OutsideWindow, SignInNeeded, TooMany, Unavailable
from conference.live.limits import Limits
from conference.live.line import Frame, Line, frame


class Viewer(Protocol):
    """Who looks through a socket. Features may put more into their viewers; live needs no more than this."""

    @property
    def person_id(self) -> str | None:
        """None for a stranger."""
        ...

    @property
    def conference_id(self) -> str | None:
        """The conference whose closing ends the socket; None when none does."""
        ...

    @property
    def language(self) -> str: ...


class Gate(Protocol):
    """The one who knows who people are and what they may hear."""

    async def enter(self, websocket: WebSocket) -> Viewer:
        """Who is connecting. Raises ConferenceError for those who may not connect at all."""
        ...

    async def again(self, viewer: Viewer) -> Viewer:
        """The same viewer as of now. Raises ConferenceError for those who may not stay."""
        ...

    async def may_hear(self, viewer: Viewer, topic: str) -> bool:
        """Whether `topic` exists and this viewer may hear it now."""
        ...


Explain = Callable[[ConferenceError, str], str]

CLOSE_CODES: Mapping[type[ConferenceError], int] = {
    SignInNeeded: 4401,
    NotAllowed: 4403,
    OutsideWindow: 4403,
    NotFound: 4404,
    TooMany: 4429,
    Unavailable: 1013,
}


async def hears(gate: Gate, viewer: Viewer, topic: str) -> bool:
    """`gate.may_hear`, where a refusal by exception is a refusal too. Raises Unavailable."""
    try:
        return await gate.may_hear(viewer, topic)
    except Unavailable:
        raise
    except ConferenceError:
        return False


class LiveSocket:
    """One browser's open connection, as message handlers see it."""

    def __init__(self, viewer: Viewer, address: str, line: Line, limits: Limits, explain: Explain) -> None:
        self.viewer = viewer
        self.language = viewer.language
        self.address = address
        self.topics: set[str] = set()
        self.state: dict[str, Any] = {}
        self.line = line
        self.subscribing = asyncio.Lock()
        self._limits = limits
        self._explain = explain
        self._held: deque[Frame] | None = None
        self._on_close: list[Callable[[], Awaitable[None]]] = []

    def send(self, message: Mapping[str, Any]) -> None:
        """Send to this browser alone, after whatever is on its way already."""
        self.deliver(frame(message))

    def on_close(self, call: Callable[[], Awaitable[None]]) -> None:
        """Call `call` once when the connection has ended, however it ended."""
        self._on_close.append(call)

    def close(self, code: int, message: Mapping[str, Any] | None = None) -> None:
        """Say `message` (at once, not after a replay that is going on) and close."""
        self._held = None
        if message is not None:
            self.line.offer(frame(message))
        self.line.close(code)

    def refuse(self, error: ConferenceError) -> None:
        """Say why and close: this viewer may not be connected (any more)."""
        for kind, code in CLOSE_CODES.items():
            if isinstance(error, kind):
                return self.close(code, self.error(error))
        return self.close(4400, self.error(error))

    def error(self, error: ConferenceError, ref: str | int | None = None) -> dict[str, Any]:
        """The message that tells of `error`, in the language of the socket."""
        message: dict[str, Any] = {"type": "error", "code": error.code, "text": self._explain(error, self.language)}
        if ref is not None:
            message["ref"] = ref
        if isinstance(wait := error.facts.get("retry_after"), int | float):
            message["retry_after"] = wait
        return message

    def deliver(self, frame: Frame) -> None:
        if self._held is None:
            self.line.offer(frame)
        elif len(self._held) < self._limits.held_frames:
            self._held.append(frame)
        else:
            self._held = None
            self.line.close(1013, "too slow")

    def hold(self) -> None:
        """Keep back what is delivered from now on, until `let_go`; a replay goes before it with `overtake`."""
        self._held = deque()

    async def overtake(self, frames: Iterable[Frame]) -> None:
        """Send before what is held back, no faster than the browser reads."""
        for one in frames:
            await self.line.flushed()
            self.line.offer(one)

    async def let_go(self) -> None:
        """Send what was held back, no faster than the browser reads, and hold back no more."""
        while self._held:
            await self.line.flushed()
            if self._held:
                self.line.offer(self._held.popleft())
        self._held = None

    async def ended(self) -> None:
        self.line.gone()
        calls, self._on_close = self._on_close, []
        for call in calls:
            await call()


def address_group(host: str) -> str:
    """What counts as one address: an IPv4 address, the /64 of an IPv6 address, or the text itself when it is neither."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
    return str(address)


class Audience:
    """The open sockets by topic and language, person and address. Not a word about what is sent."""

    def __init__(self) -> None:
        self.sockets: dict[LiveSocket, None] = {}
        self._hearing: defaultdict[str, dict[str, dict[LiveSocket, None]]] = defaultdict(dict)
        self._by_person: defaultdict[str, list[LiveSocket]] = defaultdict(list)
        self._strangers: Counter[str] = Counter()

    def strangers_at(self, address: str) -> int:
        return self._strangers[address]

    def join(self, socket: LiveSocket) -> None:
        self.sockets[socket] = None
        if socket.viewer.person_id is None:
            self._strangers[socket.address] += 1
        else:
            self._by_person[socket.viewer.person_id].append(socket)

    def leave(self, socket: LiveSocket) -> None:
        """Forget `socket`; nothing happens when it was forgotten before."""
        if socket not in self.sockets:
            return
        self.unsubscribe(socket, list(socket.topics))
        del self.sockets[socket]
        person = socket.viewer.person_id
        if person is None:
            self._strangers[socket.address] -= 1
            if not self._strangers[socket.address]:
                del self._strangers[socket.address]
        else:
            self._by_person[person].remove(socket)
            if not self._by_person[person]:
                del self._by_person[person]

    def sockets_of(self, person_id: str) -> list[LiveSocket]:
        """A person's sockets, oldest first."""
        return list(self._by_person.get(person_id, ()))

    def subscribe(self, socket: LiveSocket, topics: Iterable[str]) -> None:
        if socket not in self.sockets:
            return  # it left while its right to hear was being checked
        for topic in topics:
            socket.topics.add(topic)
            self._hearing[topic].setdefault(socket.language, {})[socket] = None

    def unsubscribe(self, socket: LiveSocket, topics: Iterable[str]) -> None:
        for topic in topics:
            if topic not in socket.topics:
                continue
            socket.topics.discard(topic)
            languages = self._hearing[topic]
            del languages[socket.language][socket]
            if not languages[socket.language]:
                del languages[socket.language]
            if not languages:
                del self._hearing[topic]

    def languages(self, topic: str) -> Collection[str]:
        """Languages that somebody hears `topic` in."""
        return list(self._hearing.get(topic, ()))

    def hearing(self, topic: str, language: str | None = None) -> list[LiveSocket]:
        """Those who hear `topic`, in `language` or in all."""
        by_language = self._hearing.get(topic, {})
        if language is not None:
            return list(by_language.get(language, ()))
        return [socket for sockets in by_language.values() for socket in sockets]
