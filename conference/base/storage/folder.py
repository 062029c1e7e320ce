"""Objects as files in a folder of this machine, for installations without an object store.

An object is one file: its bytes, then a line of JSON with its type and etag, then that line's length. Being one file it
is replaced by one rename, so that readers and crashes see the old object or the new one, never half of either. Names
end in `=`, which no key contains: `a` and `a/b` can both exist, and nothing collides with the two folders of our own.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import shutil
import struct
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from errno import EDQUOT, ENOSPC, errorcode
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from conference.base.clock import Clock
from conference.base.errors import Conflict, Invalid, NotFound, Unavailable
from conference.base.ids import RandomIds
from conference.base.storage.local import Addresses
from conference.base.storage.port import (
    CHUNK,
    Chunks,
    ObjectFacts,
    OpenUpload,
    Part,
    check_deletable,
    check_key,
    check_part,
    check_prefix,
    check_range,
)

MARK = "="
LENGTH = struct.Struct(">I")
LONGEST_TRAILER = 4096
FORGOTTEN_SECONDS = 24 * 3600
_UPLOAD_ID = re.compile(r"[A-Za-z0-9_-]{43}")

Value = TypeVar("Value")
Source = bytes | Path | Sequence[Path]


class FolderStorage(Addresses):
    """Implements ObjectStorage. Several processes of one machine may share the folder."""

    def __init__(self, root: Path, key: bytes, clock: Clock) -> None:
        super().__init__(key, clock)
        self._root = root
        self._fresh = root / "fresh="
        self._uploads = root / "uploads="
        for folder in (self._fresh, self._uploads):
            folder.mkdir(parents=True, exist_ok=True)
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

        def opened() -> tuple[ObjectFacts, BinaryIO]:
            file = _open(path)
            try:
                facts = _facts(file)
                if start >= facts.size and (start, end) != (0, None):
                    raise Invalid("range", size=facts.size)
                file.seek(start)
            except BaseException:
                file.close()
                raise
            return facts, file

        facts, file = await self._threaded(opened)
        return facts, Chunks(file.read, file.close, min(facts.size, end or facts.size) - start)

    async def head(self, key: str) -> ObjectFacts:
        path = self._path(key)

        def looked() -> ObjectFacts:
            with _open(path) as file:
                return _facts(file)

        return await self._threaded(looked)

    async def delete(self, key: str) -> None:
        path = self._path(key)
        await self._threaded(lambda: self._remove(path))

    async def delete_prefix(self, prefix: str) -> int:
        keys = await self._threaded(lambda: self._keys(check_deletable(prefix)))
        for key in keys:
            await self.delete(key)
        for upload in await self.list_open_parts(prefix):
            await self.abort_parts(upload.key, upload.upload_id)
        return len(keys)

    async def list(self, prefix: str = "") -> AsyncIterator[str]:
        for key in await self._threaded(lambda: self._keys(check_prefix(prefix))):
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
            size, etag, fresh = self._written(data)
            with self._kept_tidy(fresh):
                fresh.rename(folder / f"{number:05}-{size}-{etag}")
            for other in folder.glob(f"{number:05}-*"):
                if other.name != f"{number:05}-{size}-{etag}":
                    other.unlink(missing_ok=True)
            return Part(number, size, etag)

        return await self._threaded(store)

    async def list_parts(self, key: str, upload_id: str) -> Sequence[Part]:
        return await self._threaded(lambda: _parts(self._upload(key, upload_id)[0]))

    async def complete_parts(self, key: str, upload_id: str, parts: Sequence[Part]) -> ObjectFacts:
        path = self._path(key)

        def complete() -> ObjectFacts:
            folder, upload = self._upload(key, upload_id)
            if not parts or not set(_parts(folder)).issuperset(parts):
                raise Conflict("part")
            ordered = sorted(parts, key=lambda part: part.number)
            files = [folder / f"{part.number:05}-{part.size}-{part.etag}" for part in ordered]
            facts = self._store(path, files, upload["type"], False)
            shutil.rmtree(folder, ignore_errors=True)
            return facts

        return await self._threaded(complete)

    async def abort_parts(self, key: str, upload_id: str) -> None:
        def abort() -> None:
            with suppress(NotFound):
                shutil.rmtree(self._upload(key, upload_id)[0], ignore_errors=True)

        await self._threaded(abort)

    async def list_open_parts(self, prefix: str = "") -> Sequence[OpenUpload]:
        check_prefix(prefix)

        def uploads() -> Iterator[OpenUpload]:
            for folder in sorted(self._uploads.iterdir()):
                with suppress(FileNotFoundError):
                    facts = json.loads((folder / "facts").read_text())
                    if facts["key"].startswith(prefix):
                        yield OpenUpload(facts["key"], folder.name, datetime.fromtimestamp(facts["begun"], UTC))

        return await self._threaded(lambda: list(uploads()))

    async def ping(self) -> None:
        def write() -> None:
            _size, _etag, fresh = self._written(b"")
            fresh.unlink()

        await self._threaded(write)

    async def aclose(self) -> None:
        return None

    def _path(self, key: str) -> Path:
        return self._root / (check_key(key) + MARK)

    async def _threaded(self, call: Callable[[], Value]) -> Value:
        try:
            return await asyncio.to_thread(call)
        except OSError as error:
            code = "store_full" if error.errno in (ENOSPC, EDQUOT) else "store"
            raise Unavailable(code, reason=errorcode.get(error.errno or 0, "OSError")) from error

    def _store(self, path: Path, data: Source, content_type: str, if_absent: bool) -> ObjectFacts:
        now = int(self._clock.real())
        size, etag, fresh = self._written(data, {"type": content_type, "modified": now})
        with self._kept_tidy(fresh):
            try:
                self._place(fresh, path, if_absent)
            except FileNotFoundError:  # the last object of that folder was deleted this very moment
                self._place(fresh, path, if_absent)
        return ObjectFacts(size, content_type, etag, datetime.fromtimestamp(now, UTC))

    def _written(self, data: Source, facts: dict[str, Any] | None = None) -> tuple[int, str, Path]:
        """A file that no reader sees yet, durable: size, etag, path. With `facts` it ends with the trailer."""
        fresh = self._fresh / RandomIds().secret()
        size, sha = 0, hashlib.sha256()
        try:
            with fresh.open("xb") as file:
                for block in _blocks(data):
                    sha.update(block)
                    size += file.write(block)
                etag = sha.hexdigest()[:32]
                if facts is not None:
                    trailer = json.dumps({**facts, "etag": etag}).encode()
                    file.write(trailer + LENGTH.pack(len(trailer)))
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
        return size, etag, fresh

    def _place(self, fresh: Path, path: Path, if_absent: bool) -> None:
        missing = [folder for folder in path.parents if folder.is_relative_to(self._root) and not folder.exists()]
        path.parent.mkdir(parents=True, exist_ok=True)
        if if_absent:
            try:
                path.hardlink_to(fresh)  # unlike a rename it fails when the name is taken
            except FileExistsError:
                raise Conflict("object_exists") from None
        else:
            fresh.replace(path)
        for folder in [path.parent, *(folder.parent for folder in missing)]:
            _sync(folder)

    @contextmanager
    def _kept_tidy(self, fresh: Path) -> Iterator[None]:
        try:
            yield
        finally:
            fresh.unlink(missing_ok=True)

    def _remove(self, path: Path) -> None:
        with suppress(FileNotFoundError):
            path.unlink()
            _sync(path.parent)
        for folder in path.parents:
            if folder == self._root:
                break
            try:
                folder.rmdir()
            except OSError:
                break

    def _keys(self, prefix: str) -> Sequence[str]:
        found = []
        for folder, folders, files in os.walk(self._root / prefix.rpartition("/")[0]):
            folders[:] = [name for name in folders if not name.endswith(MARK)]  # ours, not the keys'
            inner = Path(folder).relative_to(self._root).as_posix()
            found += [("" if inner == "." else inner + "/") + file[:-1] for file in files if file.endswith(MARK)]
        return sorted(key for key in found if key.startswith(prefix))

    def _upload(self, key: str, upload_id: str) -> tuple[Path, dict[str, Any]]:
        folder = self._uploads / upload_id
        with suppress(FileNotFoundError):
            if _UPLOAD_ID.fullmatch(upload_id):
                facts: dict[str, Any] = json.loads((folder / "facts").read_text())
                if facts["key"] == check_key(key):
                    return folder, facts
        raise NotFound("upload")

    def _forget_unfinished(self) -> None:
        """Remove what a killed process left in the folder of unfinished files."""
        for left in self._fresh.iterdir():
            with suppress(FileNotFoundError):
                if self._clock.real() - left.stat().st_mtime > FORGOTTEN_SECONDS:
                    shutil.rmtree(left) if left.is_dir() else left.unlink()


def _open(path: Path) -> BinaryIO:
    try:
        return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb")
    except FileNotFoundError:
        raise NotFound("object") from None


def _facts(file: BinaryIO) -> ObjectFacts:
    """What the trailer says; the file is not read otherwise. Raises OSError when this is no object's file."""
    whole = file.seek(0, os.SEEK_END)
    file.seek(max(0, whole - LENGTH.size))
    length = LENGTH.unpack(file.read(LENGTH.size).rjust(LENGTH.size, b"\0"))[0]
    size = whole - LENGTH.size - length
    if not 0 < length <= LONGEST_TRAILER or size < 0:
        raise OSError("this file was not written by the object store")
    file.seek(size)
    facts = json.loads(file.read(length))
    return ObjectFacts(size, facts["type"], facts["etag"], datetime.fromtimestamp(facts["modified"], UTC))


def _parts(folder: Path) -> list[Part]:
    parts = [path.name.split("-") for path in folder.glob("?????-*-*")]
    return sorted((Part(int(number), int(size), etag) for number, size, etag in parts), key=lambda part: part.number)


def _blocks(data: Source) -> Iterator[bytes]:
    if isinstance(data, bytes):
        yield data
        return
    for path in [data] if isinstance(data, Path) else data:
        with path.open("rb") as file:
            while block := file.read(CHUNK):
                yield block


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
