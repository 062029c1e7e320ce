"""Bytes on their way into the folder: a file that no reader sees yet, alone in a folder of its own."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from conference.base.ids import RandomIds
from conference.base.storage.folder_files import FILE_MODE, make_folder

Source = bytes | Path | Sequence[Path]
COPIED = 8 * 1024 * 1024


class Writing:
    """Raises OSError everywhere. size: bytes so far; path: the file, which whoever keeps it renames; etag: of this writing alone,
    since to digest the bytes of many uploads at once would keep all of the machine's cores from the pages."""

    def __init__(self, fresh: Path) -> None:
        self.path = make_folder(fresh / RandomIds().secret()) / "data"
        self.size = 0
        self.etag = secrets.token_hex(16)
        try:
            self._file = self.path.open("xb", buffering=0)
            self.path.chmod(FILE_MODE)
        except BaseException:
            self._forget()
            raise

    def write(self, block: bytes | bytearray) -> None:
        left = memoryview(block)
        while left:  # a disk that fills up takes a part of it, then nothing
            written = self._file.write(left)
            left = left[written:]
        self.size += len(block)

    def append(self, path: Path) -> None:
        """All of a file, which the kernel copies."""
        with path.open("rb", buffering=0) as file:
            while count := os.sendfile(self._file.fileno(), file.fileno(), None, COPIED):
                self.size += count

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
        if isinstance(data, bytes):
            writing.write(data)
        else:
            for path in [data] if isinstance(data, Path) else data:
                writing.append(path)
        writing.finish()
        yield writing
    finally:
        writing.discard()
