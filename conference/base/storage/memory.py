"""A store in memory, for tests: one process sees it, and it ends with that process."""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from conference.base.clock import Clock
from conference.base.errors import Conflict, Invalid, NotFound
from conference.base.ids import RandomIds
from conference.base.storage.local import Addresses
from conference.base.storage.port import (
    Chunks,
    ObjectFacts,
    OpenUpload,
    Part,
    check_key,
    check_part,
    check_prefix,
    check_range,
)


@dataclass
class _Upload:
    key: str
    content_type: str
    begun: datetime
    parts: dict[int, bytes] = field(default_factory=dict)


class MemoryStorage(Addresses):
    """Implements LocalStorage."""

    def __init__(self, key: bytes, clock: Clock) -> None:
        super().__init__(key, clock)
        self._objects: dict[str, tuple[ObjectFacts, bytes]] = {}
        self._uploads: dict[str, _Upload] = {}

    async def put(self, key: str, data: bytes | Path, content_type: str, *, if_absent: bool = False) -> ObjectFacts:
        content = await _content(data)
        if if_absent and check_key(key) in self._objects:
            raise Conflict("object_exists")
        facts = ObjectFacts(len(content), content_type, _etag(content), self._now())
        self._objects[check_key(key)] = (facts, content)
        return facts

    async def get(self, key: str) -> bytes:
        return self._object(key)[1]

    async def open_range(self, key: str, start: int = 0, end: int | None = None) -> tuple[ObjectFacts, Chunks]:
        check_range(start, end)
        facts, content = self._object(key)
        if start >= facts.size and (start, end) != (0, None):
            raise Invalid("range", size=facts.size)
        stream = io.BytesIO(content[start:end])
        return facts, Chunks(stream.read, stream.close)

    async def head(self, key: str) -> ObjectFacts:
        return self._object(key)[0]

    async def delete(self, key: str) -> None:
        self._objects.pop(check_key(key), None)

    async def list(self, prefix: str = "") -> AsyncIterator[str]:
        check_prefix(prefix)
        for key in sorted(key for key in self._objects if key.startswith(prefix)):
            yield key

    async def begin_parts(self, key: str, content_type: str) -> str:
        upload_id = RandomIds().secret()
        self._uploads[upload_id] = _Upload(check_key(key), content_type, self._now())
        return upload_id

    async def put_part(self, key: str, upload_id: str, number: int, data: bytes | Path) -> Part:
        content = await _content(data)
        self._upload(key, upload_id).parts[check_part(number)] = content
        return Part(number, len(content), _etag(content))

    async def take_part(self, key: str, upload_id: str, number: int, pieces: AsyncIterator[bytes]) -> Part:
        return await self.put_part(key, upload_id, number, b"".join([piece async for piece in pieces]))

    async def list_parts(self, key: str, upload_id: str) -> Sequence[Part]:
        parts = self._upload(key, upload_id).parts
        return [Part(number, len(parts[number]), _etag(parts[number])) for number in sorted(parts)]

    async def complete_parts(self, key: str, upload_id: str, parts: Sequence[Part]) -> ObjectFacts:
        upload = self._upload(key, upload_id)
        there = set(await self.list_parts(key, upload_id))
        if not parts or not there.issuperset(parts):
            raise Conflict("part")
        content = b"".join(upload.parts[part.number] for part in sorted(parts, key=lambda part: part.number))
        facts = await self.put(key, content, upload.content_type)
        del self._uploads[upload_id]
        return facts

    async def abort_parts(self, key: str, upload_id: str) -> None:
        self._uploads.pop(upload_id, None)

    async def list_open_parts(self, prefix: str = "") -> Sequence[OpenUpload]:
        check_prefix(prefix)
        return [
            OpenUpload(upload.key, upload_id, upload.begun)
            for upload_id, upload in self._uploads.items()
            if upload.key.startswith(prefix)
        ]

    async def ping(self) -> None:
        return None

    async def aclose(self) -> None:
        return None

    def _object(self, key: str) -> tuple[ObjectFacts, bytes]:
        if check_key(key) not in self._objects:
            raise NotFound("object")
        return self._objects[key]

    def _upload(self, key: str, upload_id: str) -> _Upload:
        upload = self._uploads.get(upload_id)
        if upload is None or upload.key != check_key(key):
            raise NotFound("upload")
        return upload

    def _now(self) -> datetime:
        return datetime.fromtimestamp(int(self._clock.real()), UTC)


async def _content(data: bytes | Path) -> bytes:
    return data if isinstance(data, bytes) else await asyncio.to_thread(data.read_bytes)


def _etag(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
