"""People on a stage for tests of a node: whoever publishes and whoever counts, over any gateway."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from media.gateway import Direction, Grant, MediaEvent, MediaGateway, Source
from media.playing import PlayingPublisher
from media.rtc.counting import CountingReceiver
from media.rtc.dtls import Identity
from tests.media import clips

ALL = frozenset(Source)


def grant(sources: frozenset[Source] = ALL, seconds: float = 600.0, priority: int = 0) -> Grant:
    return Grant(sources, time.time() + seconds, priority)


@dataclass
class Stage:
    """Everybody in one forum; `events` is all that the gateway has told since the stage was opened."""

    gateway: MediaGateway
    forum: str = "forum"
    events: list[MediaEvent] = field(default_factory=list)
    identity: Identity = field(default_factory=Identity)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _people: list[PlayingPublisher | CountingReceiver] = field(default_factory=list)

    async def publish(self, peer: str, setup: str = "actpass", level: int = 30, **terms: Any) -> PlayingPublisher:
        publisher = PlayingPublisher(clips.video(), clips.audio(level=level), self.identity, setup=setup)
        self._people.append(publisher)
        answer = await self.gateway.connect(self.forum, peer, Direction.PUBLISH, publisher.client.offer(), grant(**terms))
        await publisher.client.connect(answer.sdp, within=15.0)
        self._tasks.append(asyncio.create_task(publisher.play()))
        return publisher

    async def listen(self, peer: str, audio: int = 2, video: int = 2, **terms: Any) -> CountingReceiver:
        receiver = CountingReceiver(audio, video, identity=self.identity)
        self._people.append(receiver)
        answer = await self.gateway.connect(self.forum, peer, Direction.RECEIVE, receiver.client.offer(), grant(**terms))
        await receiver.connect(answer.sdp, within=15.0)
        return receiver

    async def follow(self) -> None:
        async for event in self.gateway.events():
            self.events.append(event)

    def told(self, kind: type, **facts: object) -> list[Any]:
        return [
            event
            for event in self.events
            if isinstance(event, kind) and all(getattr(event, name) == value for name, value in facts.items())
        ]

    async def until(self, condition: Callable[[], object], within: float = 15.0) -> None:
        async with asyncio.timeout(within):
            while not condition():
                await asyncio.sleep(0.02)

    async def clear(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for person in self._people:
            await (person.client.close() if isinstance(person, PlayingPublisher) else person.close())


@contextlib.asynccontextmanager
async def open_stage(gateway: MediaGateway) -> AsyncIterator[Stage]:
    """The stage; people leave and the gateway closes at the end."""
    stage = Stage(gateway)
    following = asyncio.create_task(stage.follow())
    await asyncio.sleep(0)
    try:
        yield stage
    finally:
        await stage.clear()
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await gateway.aclose()
