"""Bytes on their way into the folder: a file that no reader sees yet, alone in a folder of its own."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from conference.base.ids import RandomIds
from conference.base.storage.folder_files import FILE_MODE, make_folder
from conference.base.storage.port import CHUNK

Source = bytes | Path | Sequence[Path]


class Writing:
    """Raises OSError everywhere. size: bytes so far; path: the file, which whoever keeps it renames."""

    def __init__(self, fresh: Path) -> None:
        self.path = make_folder(fresh / RandomIds().secret()) / "data"
        self.size = 0
        self._sha = hashlib.sha256()
        try:
            self._file = self.path.open("xb", buffering=0)
            self.path.chmod(FILE_MODE)
        except BaseException:
            self._forget()
            raise

    @property
    def etag(self) -> str:
        return self._sha.hexdigest()[:32]

    def write(self, block: bytes | bytearray) -> None:
        self._sha.update(block)
        left = memoryview(block)
        while left:  # a disk that fills up takes a part of it, then nothing
            written = self._file.write(left)
            left = left[written:]
        self.size += len(block)

    def finish(self) -> None:
        """Durable from now on."""
        os.fsync(self._file.fileno())
        self._file.close()

    def discard(self) -> None:
        """Forget what was not kept; nothing happens to what was."""
        self._file.close()
        self._forget()

    def _forget(self) -> None:
        shutil.rmtree(self.path.parent, ignore_errors=True)


@contextmanager
def written(fresh: Path, data: Source) -> Iterator[Writing]:
    """All of `data` in a durable file, for the block to keep."""
    writing = Writing(fresh)
    try:
        for block in _blocks(data):
            writing.write(block)
        writing.finish()
        yield writing
    finally:
        writing.discard()


def _blocks(data: Source) -> Iterator[bytes]:
    if isinstance(data, bytes):
        yield data
        return
    for path in [data] if isinstance(data, Path) else data:
        with path.open("rb") as file:
            while block := file.read(CHUNK):
                yield block
