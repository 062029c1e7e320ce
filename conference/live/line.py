"""The way out to one browser: never blocks, never grows without bound, costs next to nothing while the browser reads."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Generator, Mapping, MutableMapping
from typing import Any, NamedTuple

import websockets.frames
from websockets.frames import Opcode

from conference.live.limits import Limits

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Steps = Generator[Any, Any, Any]


class Frame(NamedTuple):
    """A live message, serialised once and shared by all sockets that get it: for an ASGI `send`, and as on the wire."""

    event: dict[str, Any]
    wire: bytes


class Shared(list[Any]):
    """A list that is part of many messages, as one of their fields: its JSON is written once. Not to be changed."""

    _text: str | None = None

    def json(self) -> str:
        if self._text is None:
            self._text = _json(list(self))
        return self._text

    def plus(self, one: Any) -> Shared:
        """This list and one more."""
        more = Shared([*self, one])
        more._text = f"{self.json()[:-1]}{',' if self else ''}{_json(one)}]"
        return more


def frame(message: Mapping[str, Any]) -> Frame:
    """Serialise `message`. Raises TypeError or ValueError for what JSON cannot say."""
    shared = [(name, value) for name, value in message.items() if isinstance(value, Shared)]
    if shared:
        text = _json({name: value for name, value in message.items() if not isinstance(value, Shared)})
        text = text[:-1] + "".join(f",{_json(name)}:{value.json()}" for name, value in shared) + "}"
    else:
        text = _json(message)
    wire = websockets.frames.Frame(Opcode.TEXT, text.encode()).serialize(mask=False)
    return Frame({"type": "websocket.send", "text": text}, wire)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


class Line:
    """Sends frames in order, from the loop's thread, without awaiting.

    While the browser reads, a frame is written to the connection as it is (`write`, see `server.Wire`). When that is not
    possible, an ASGI `send` is the way; it waits only while the connection's buffer is full. So its coroutine is started by
    hand: mostly it runs to its end at once, and no task or queue is needed. If it does wait, the browser lags: a task takes
    over the rest of that coroutine, and a bounded queue what comes next. A browser that lets it overflow is dropped with 1013.
    """

    def __init__(
        self, send: Send, abort: Callable[[], object], limits: Limits, write: Callable[[bytes], bool] = lambda _: False
    ) -> None:
        self._send = send
        self._write = write
        self._abort = abort
        self._limits = limits
        self._queue: deque[Frame] = deque()
        self._bytes = 0
        self._lagging: asyncio.Task[None] | None = None
        self._last_words: dict[str, Any] | None = None
        self.closed = False
        self.code: int | None = None

    def offer(self, frame: Frame) -> None:
        """Send `frame`, now or as soon as the browser has read what is before it. Does nothing on a closed line."""
        if self.closed:
            return
        if self._lagging is not None:
            self._queue.append(frame)
            self._bytes += len(frame.wire)
            if len(self._queue) > self._limits.waiting_frames or self._bytes > self._limits.waiting_bytes:
                self._queue.clear()
                self.close(1013, "too slow")
        elif not self._write(frame.wire):
            self._start(frame.event)

    def close(self, code: int, reason: str = "") -> None:
        """Close after what is waiting already; a browser that does not read it within some seconds is cut off."""
        if self.closed:
            return
        self.closed = True
        self.code = code
        event = {"type": "websocket.close", "code": code, "reason": reason}
        if self._lagging is not None:
            self._last_words = event
        else:
            self._start(event)
        asyncio.get_running_loop().call_later(self._limits.last_words, self._abort)

    async def flushed(self) -> None:
        """Wait until the browser has caught up or is gone."""
        if self._lagging is not None:
            await asyncio.wait({self._lagging})

    def gone(self) -> None:
        """The connection is over: forget what was waiting."""
        self.closed = True
        self._queue.clear()
        if self._lagging is not None:
            self._lagging.cancel()

    def _start(self, event: dict[str, Any]) -> None:
        steps: Steps = self._send(event).__await__()
        try:
            waiting = next(steps)
        except StopIteration:
            return
        except Exception:  # the server's own kinds (gone, already closed): each means that nothing can be sent any more
            self.gone()
            return
        self._lagging = asyncio.get_running_loop().create_task(self._catch_up(_Rest(waiting, steps)))

    async def _catch_up(self, rest: _Rest) -> None:
        try:
            await rest
            while self._queue:
                frame = self._queue.popleft()
                self._bytes -= len(frame.wire)
                await self._send(frame.event)
            if self._last_words is not None:
                await self._send(self._last_words)
        except Exception:  # as above
            self._lagging = None
            self.gone()
        finally:
            self._lagging = None


class _Rest:
    """What is left of an awaitable whose first step was taken by hand and now waits for `waiting`."""

    def __init__(self, waiting: Any, steps: Steps) -> None:
        self._waiting = waiting
        self._steps = steps

    def __await__(self) -> Steps:
        try:
            yield self._waiting
        except BaseException as error:  # cancelled while waiting: the coroutine inside must know
            self._steps.throw(error)
            raise
        yield from self._steps
