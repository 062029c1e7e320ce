"""The bus of several machines: publish and subscribe of a Redis server."""

from __future__ import annotations

import secrets
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from conference.live.bus import unpack
from conference.live.wired_bus import WiredBus

SECONDS = 2.0
_SENDER = 8


class RedisBus(WiredBus):
    """All signals of an installation go over one Redis channel, named after the database number: Redis itself does not keep
    publications of different databases apart. Each is led by the sender's mark, so that the own echo is not heard."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._redis = Redis.from_url(url, socket_connect_timeout=SECONDS, health_check_interval=10, retry=None)
        self._channel = f"meetingpoint:{self._redis.connection_pool.connection_kwargs.get('db') or 0}"
        self._mark = secrets.token_bytes(_SENDER)
        self._pubsub: Any = None

    async def aclose(self) -> None:
        await super().aclose()
        await self._redis.aclose()

    async def _connect(self) -> None:
        self._pubsub = self._redis.pubsub(ignore_subscribe_messages=True)
        try:
            await self._pubsub.subscribe(self._channel)
        except RedisError as error:
            raise ConnectionError(str(error)) from error

    async def _disconnect(self) -> None:
        pubsub, self._pubsub = self._pubsub, None
        if pubsub is not None:
            try:
                await pubsub.aclose()
            except (RedisError, OSError):
                return  # it was broken already

    async def _send(self, packed: bytes) -> None:
        try:
            await self._redis.publish(self._channel, self._mark + packed)
        except RedisError as error:
            raise ConnectionError(str(error)) from error

    async def _hear_on(self) -> None:
        while True:
            try:
                message = await self._pubsub.get_message(timeout=SECONDS)
            except RedisError as error:
                raise ConnectionError(str(error)) from error
            data = message["data"] if message else b""
            heard = unpack(data[_SENDER:]) if data[:_SENDER] != self._mark else None
            if heard is not None:
                self._hear(heard)
