"""Objects as files in a folder of this machine, for installations without an object store.

`folder_files.py` says how an object lies there, `folder_writing.py` how bytes come in. Our own two folders end in `=`,
which neither a key nor an object's name does.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from errno import EDQUOT, ENOSPC, errorcode
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from conference.base.clock import Clock
from conference.base.errors import Conflict, Invalid, NotFound, Unavailable
from conference.base.ids import RandomIds
from conference.base.storage.folder_before import adopt
from conference.base.storage.folder_files import DIRECTORY_MODE, MARK, keys, newest, opened, place, remove, sync
from conference.base.storage.folder_reading import Reading
from conference.base.storage.folder_writing import Source, Writing, written
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

FORGOTTEN_SECONDS = 45 * 60
"""A file that nobody has written to for so long is of a process that was killed."""
PIECE = 128 * 1024
"""What comes from a browser is written in pieces of this size: each costs a hop to a thread, and memory while it waits."""
THREADS = 4
"""Of our own: who waits for the disk here keeps nobody waiting elsewhere, such as for a commit."""
NICENESS = 10
_UPLOAD_ID = re.compile(r"[A-Za-z0-9_-]{43}")

Value = TypeVar("Value")


class FolderStorage(Addresses):
    """Implements LocalStorage. Several processes of one machine may share the folder.

    accel: where a web server in front reads this folder (`/accel/`); empty when none does.
    """

    def __init__(self, root: Path, key: bytes, clock: Clock, accel: str = "") -> None:
        super().__init__(key, clock)
        self.accel = accel
        self._root = root
        self._fresh = root / "fresh="
        self._uploads = root / "uploads="
        self._threads = ThreadPoolExecutor(THREADS, "store", _be_patient)
        for folder in (self._fresh, self._uploads):
            folder.mkdir(parents=True, exist_ok=True)
        if accel and root.stat().st_mode & 0o050 != 0o050:
            root.chmod(DIRECTORY_MODE)
        adopt(root, self._fresh)
        self._forget_unfinished()

    async def put(self, key: str, data: bytes | Path, content_type: str, *, if_absent: bool = False) -> ObjectFacts:
        path = self._path(key)
        return await self._threaded(lambda: self._store(path, data, content_type, if_absent))

    async def get(self, key: str) -> bytes:
        _facts, chunks = await self.open_range(key)
        return await chunks.all()

    async def open_range(self, key: str, start: int = 0, end: int | None = None) -> tuple[ObjectFacts, Chunks]:
        check_range(start, end)
        path = self._path(key)

        def begun() -> tuple[ObjectFacts, Reading]:
            name, file = opened(path)
            if start >= name.size and (start, end) != (0, None):
                file.close()
                raise Invalid("range", size=name.size)
            return name.facts, Reading(file, start)

        facts, reading = await self._threaded(begun)
        length = min(facts.size, end or facts.size) - start
        return facts, Chunks(reading.read, reading.close, length, self._threads, reading.at_once)

    async def head(self, key: str) -> ObjectFacts:
        path = self._path(key)
        return await self._threaded(lambda: newest(path).facts)

    async def located(self, key: str) -> tuple[ObjectFacts, str]:
        """The facts, and the address under which the web server in front reads the bytes. Raises NotFound("object")."""
        path = self._path(key)
        name = await self._threaded(lambda: newest(path))
        return name.facts, f"{self.accel}{key}{MARK}/{name}"

    async def delete(self, key: str) -> None:
        path = self._path(key)
        await self._threaded(lambda: remove(path, self._root))

    async def list(self, prefix: str = "") -> AsyncIterator[str]:
        for key in await self._threaded(lambda: keys(self._root, check_prefix(prefix))):
            yield key

    async def begin_parts(self, key: str, content_type: str) -> str:
        upload_id = RandomIds().secret()
        facts = json.dumps({"key": check_key(key), "type": content_type, "begun": int(self._clock.real())})

        def begin() -> None:
            fresh = self._fresh / upload_id
            fresh.mkdir()
            (fresh / "facts").write_text(facts)
            fresh.rename(self._uploads / upload_id)

        await self._threaded(begin)
        return upload_id

    async def put_part(self, key: str, upload_id: str, number: int, data: bytes | Path) -> Part:
        check_part(number)

        def store() -> Part:
            folder, _upload = self._upload(key, upload_id)
            with written(self._fresh, data) as writing:
                return _keep(writing, folder, number)

        return await self._threaded(store)

    async def take_part(self, key: str, upload_id: str, number: int, pieces: AsyncIterator[bytes]) -> Part:
        """A part as it comes from a browser. Whatever breaks it off, nothing of it is kept. Raises NotFound("upload")."""
        check_part(number)
        folder, _upload = await self._threaded(lambda: self._upload(key, upload_id))
        writing = await self._threaded(lambda: Writing(self._fresh))
        try:
            waiting = bytearray()
            async for piece in pieces:
                waiting += piece
                if len(waiting) >= PIECE:
                    whole, waiting = waiting, bytearray()
                    await self._threaded(partial(writing.write, whole))
            await self._threaded(partial(writing.write, waiting))
            await self._threaded(writing.finish)
            return await self._threaded(partial(_keep, writing, folder, number))
        finally:
            await self._threaded(writing.discard)

    async def list_parts(self, key: str, upload_id: str) -> Sequence[Part]:
        return await self._threaded(lambda: _parts(self._upload(key, upload_id)[0]))

    async def complete_parts(self, key: str, upload_id: str, parts: Sequence[Part]) -> ObjectFacts:
        path = self._path(key)

        def complete() -> ObjectFacts:
            folder, upload = self._upload(key, upload_id)
            if not parts or not set(_parts(folder)).issuperset(parts):
                raise Conflict("part")
            ordered = sorted(parts, key=lambda part: part.number)
            facts = self._store(path, [folder / _part_name(part) for part in ordered], upload["type"], False)
            self._drop(folder)
            return facts

        return await self._threaded(complete)

    async def abort_parts(self, key: str, upload_id: str) -> None:
        def abort() -> None:
            with suppress(NotFound):
                self._drop(self._upload(key, upload_id)[0])

        await self._threaded(abort)

    async def list_open_parts(self, prefix: str = "") -> Sequence[OpenUpload]:
        check_prefix(prefix)

        def uploads() -> Iterator[OpenUpload]:
            self._forget_unfinished()
            for folder in sorted(self._uploads.iterdir()):
                with suppress(FileNotFoundError):
                    facts = json.loads((folder / "facts").read_text())
                    if facts["key"].startswith(prefix):
                        yield OpenUpload(facts["key"], folder.name, datetime.fromtimestamp(facts["begun"], UTC))

        return await self._threaded(lambda: list(uploads()))

    async def ping(self) -> None:
        def write() -> None:
            with written(self._fresh, b""):
                pass

        await self._threaded(write)

    async def aclose(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _path(self, key: str) -> Path:
        return self._root / (check_key(key) + MARK)

    async def _threaded(self, call: Callable[[], Value]) -> Value:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, call)
        except OSError as error:
            code = "store_full" if error.errno in (ENOSPC, EDQUOT) else "store"
            raise Unavailable(code, reason=errorcode.get(error.errno or 0, "OSError")) from error

    def _store(self, path: Path, data: Source, content_type: str, if_absent: bool) -> ObjectFacts:
        now = int(self._clock.real())
        with written(self._fresh, data) as writing:
            facts = ObjectFacts(writing.size, content_type, writing.etag, datetime.fromtimestamp(now, UTC))
            place(writing.path, path, facts, self._root, if_absent=if_absent)
        return facts

    def _upload(self, key: str, upload_id: str) -> tuple[Path, dict[str, Any]]:
        folder = self._uploads / upload_id
        with suppress(FileNotFoundError):
            if _UPLOAD_ID.fullmatch(upload_id):
                facts: dict[str, Any] = json.loads((folder / "facts").read_text())
                if facts["key"] == check_key(key):
                    return folder, facts
        raise NotFound("upload")

    def _drop(self, folder: Path) -> None:
        """All parts of an upload go at once, for whoever looks."""
        with suppress(FileNotFoundError):
            gone = folder.rename(self._fresh / RandomIds().secret())
            shutil.rmtree(gone, ignore_errors=True)

    def _forget_unfinished(self) -> None:
        """Remove what a killed process left in the folder of unfinished files."""
        for left in self._fresh.iterdir():
            with suppress(FileNotFoundError):
                last = max(each.stat().st_mtime for each in (left, *(left.iterdir() if left.is_dir() else ())))
                if self._clock.real() - last > FORGOTTEN_SECONDS:
                    shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink()


def _be_patient() -> None:
    """To copy films takes a core; on Linux each thread has a niceness of its own, and pages come first."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, 0) + NICENESS)


def _keep(writing: Writing, folder: Path, number: int) -> Part:
    """A part that is written becomes one of the upload, instead of an older one of its number."""
    part = Part(number, writing.size, writing.etag)
    writing.path.rename(folder / _part_name(part))
    sync(folder)
    for other in folder.glob(f"{number:05}-*"):
        if other.name != _part_name(part):
            other.unlink(missing_ok=True)
    return part


def _part_name(part: Part) -> str:
    return f"{part.number:05}-{part.size}-{part.etag}"


def _parts(folder: Path) -> list[Part]:
    parts = [path.name.split("-") for path in folder.glob("?????-*-*")]
    return sorted((Part(int(number), int(size), etag) for number, size, etag in parts), key=lambda part: part.number)
