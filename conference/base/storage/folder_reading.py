"""Bytes on their way out of the folder: what the kernel has in memory is read at once, only a disk is waited for in a thread.

A hop to a thread and back costs about as much as reading the chunk itself.
"""

from __future__ import annotations

import os
from typing import BinaryIO

NOWAIT = getattr(os, "RWF_NOWAIT", 0)


class Reading:
    """A file from `start` on, for one reader."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        self._file = file
        self._position = start
        self._may_ask = bool(NOWAIT)

    def read(self, size: int) -> bytes:
        data = os.pread(self._file.fileno(), size, self._position)
        self._position += len(data)
        return data

    def at_once(self, size: int) -> bytes | None:
        """The next bytes, perhaps fewer; None when the disk must be waited for."""
        if not self._may_ask:
            return None
        buffer = bytearray(size)
        try:
            count = os.preadv(self._file.fileno(), [buffer], self._position, NOWAIT)
        except BlockingIOError:
            return None
        except OSError:  # not every file system can say it
            self._may_ask = False
            return None
        if count < size:
            del buffer[count:]
        self._position += count
        return buffer  # type: ignore[return-value]

    def close(self) -> None:
        self._file.close()
