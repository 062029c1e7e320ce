"""The port: what the platform asks of an object store, and the words for it. Knows no implementation.

Keys are made by the callers, out of `ids.secret()` where a key must not be guessed; no text that people typed goes into
one. Every operation may raise Unavailable("store") (the store does not answer, or its disk is full).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, Self
from urllib.parse import quote

CHUNK = 256 * 1024
LONGEST_ADDRESS = 7 * 24 * 3600
"""Seconds; S3 signs nothing for longer."""
LONGEST_KEY = 512
LONGEST_NAME = 200
MOST_PARTS = 10_000

_SEGMENT = re.compile(rf"[A-Za-z0-9._-]{{1,{LONGEST_NAME}}}")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\"\\/]")


@dataclass(frozen=True)
class ObjectFacts:
    """size: bytes; etag: opaque, without quotes, another one after each change; modified: real time, whole seconds."""

    size: int
    content_type: str
    etag: str
    modified: datetime


@dataclass(frozen=True)
class Part:
    """number: 1..10000; size: bytes."""

    number: int
    size: int
    etag: str


@dataclass(frozen=True)
class OpenUpload:
    """An upload in parts that was begun and neither completed nor aborted. begun: real time."""

    key: str
    upload_id: str
    begun: datetime


class Chunks(AsyncIterator[bytes]):
    """The bytes of an object, read in a thread. Ends by itself; who stops early closes it (`contextlib.aclosing`).

    at_once: reads on without waiting, or says None, when only a thread can.
    """

    def __init__(
        self,
        read: Callable[[int], bytes],
        close: Callable[[], Any],
        length: int | None = None,
        threads: Executor | None = None,
        at_once: Callable[[int], bytes | None] = lambda _size: None,
    ) -> None:
        self._read = read
        self._close = close
        self._left = length
        self._threads = threads
        self._at_once = at_once
        self._open = True

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        wanted = CHUNK if self._left is None else min(CHUNK, self._left)
        if not self._open:
            raise StopAsyncIteration
        try:
            data = self._at_once(wanted) if wanted else b""
            if data is None:
                data = await asyncio.get_running_loop().run_in_executor(self._threads, self._read, wanted)
        except BaseException:
            await self.aclose()
            raise
        if not data:
            await self.aclose()
            raise StopAsyncIteration
        if self._left is not None:
            self._left -= len(data)
        return data

    async def aclose(self) -> None:
        if self._open:
            self._open = False
            with suppress(OSError):
                self._close()

    async def all(self) -> bytes:
        return b"".join([data async for data in self])


class ObjectStorage(Protocol):
    """What every store can do. Wrong keys, prefixes and durations are our bugs: ValueError."""

    @property
    def public_origin(self) -> str:
        """Where signed addresses lead, for the pages' content policy; empty when that is our own origin."""
        ...

    async def put(self, key: str, data: bytes | Path, content_type: str, *, if_absent: bool = False) -> ObjectFacts:
        """Store under `key`, wholly or not at all, durably. Raises Conflict("object_exists") when `if_absent` and taken."""
        ...

    async def get(self, key: str) -> bytes:
        """The whole object; for small ones. Raises NotFound("object")."""
        ...

    async def open_range(self, key: str, start: int = 0, end: int | None = None) -> tuple[ObjectFacts, Chunks]:
        """Bytes start..end-1 (Python's way; without `end` to the last; a large `end` is cut). The facts are the whole object's.

        Raises NotFound("object"); Invalid("range", size=...) when `start` lies behind the last byte.
        """
        ...

    async def head(self, key: str) -> ObjectFacts:
        """Raises NotFound("object")."""
        ...

    async def delete(self, key: str) -> None:
        """Gone afterwards; it need not have existed."""
        ...

    def list(self, prefix: str = "") -> AsyncIterator[str]:
        """Keys that begin so, in order."""
        ...

    def sign_get(self, key: str, seconds: float, *, filename: str | None = None, content_type: str | None = None) -> str:
        """An address that reads this object for `seconds` (1..LONGEST_ADDRESS) of real time, whoever holds it.

        With `filename` browsers save it under that name, otherwise they show it. `content_type` replaces the stored one.
        Made locally; nothing is asked whether the object exists.
        """
        ...

    async def begin_parts(self, key: str, content_type: str) -> str:
        """Begin an upload in parts: its id. All parts but the last have at least 5 MiB."""
        ...

    def sign_part(self, key: str, upload_id: str, number: int, seconds: float) -> str:
        """An address that takes this one part by PUT."""
        ...

    async def put_part(self, key: str, upload_id: str, number: int, data: bytes | Path) -> Part:
        """Store a part, replacing one of the same number. Raises NotFound("upload")."""
        ...

    async def list_parts(self, key: str, upload_id: str) -> Sequence[Part]:
        """The parts that have arrived, by number. Raises NotFound("upload")."""
        ...

    async def complete_parts(self, key: str, upload_id: str, parts: Sequence[Part]) -> ObjectFacts:
        """Make the object out of these parts. Raises NotFound("upload"); Conflict("part") when one is another by now."""
        ...

    async def abort_parts(self, key: str, upload_id: str) -> None:
        """Drop the upload and its parts; it need not have existed."""
        ...

    async def list_open_parts(self, prefix: str = "") -> Sequence[OpenUpload]:
        """Uploads nobody finished, of keys that begin so."""
        ...

    async def ping(self) -> None:
        """Raises Unavailable("store")."""
        ...

    async def aclose(self) -> None: ...


def check_key(key: str) -> str:
    """`key`, when it is one: segments of A-Z a-z 0-9 . _ - between slashes, none of them empty, `.` or `..`."""
    if len(key) > LONGEST_KEY or not all(_SEGMENT.fullmatch(part) and part.strip(".") for part in key.split("/")):
        raise ValueError("not a key of an object")
    return key


def check_prefix(prefix: str) -> str:
    folder, slash, rest = prefix.rpartition("/")
    if slash:
        check_key(folder)
    if rest and not _SEGMENT.fullmatch(rest):
        raise ValueError("not a prefix of keys")
    return prefix


def check_range(start: int, end: int | None) -> None:
    if start < 0 or (end is not None and end <= start):
        raise ValueError("not a range of bytes")


def check_seconds(seconds: float) -> int:
    """Whole seconds, rounded down: an address never outlives what it was asked for."""
    whole = int(seconds)
    if not 1 <= whole <= LONGEST_ADDRESS:
        raise ValueError("an address is signed for one second to seven days")
    return whole


def check_part(number: int) -> int:
    if not 1 <= number <= MOST_PARTS:
        raise ValueError("parts are counted from 1 to 10000")
    return number


def disposition(filename: str | None) -> str:
    """The Content-Disposition that shows (None) or saves an object under this name (RFC 6266, RFC 8187)."""
    if filename is None:
        return "inline"
    name = _UNPRINTABLE.sub("_", filename).strip() or "file"
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
