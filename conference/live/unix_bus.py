"""The bus of one machine: a Unix socket that the supervisor serves. Frames: four bytes of length, then the packed signal."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from contextlib import suppress
from pathlib import Path

from conference.base.errors import SettingsError
from conference.base.log import logger
from conference.live.bus import LARGEST, unpack
from conference.live.wired_bus import WiredBus

_log = logger(__name__)
_LENGTH = struct.Struct("!I")
SLOW = 4 * LARGEST
LONGEST_PATH = 107  # sun_path of unix(7), less its final zero


async def _read_frame(reader: asyncio.StreamReader) -> bytes:
    """The next frame; raises EOFError at the end, ValueError for a length that cannot be."""
    (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
    if not 0 < length <= LARGEST:
        raise ValueError(f"a frame of {length} bytes")
    return await reader.readexactly(length)


class UnixBus(WiredBus):
    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def _connect(self) -> None:
        self._reader, self._writer = await asyncio.open_unix_connection(self._path)

    async def _disconnect(self) -> None:
        if self._writer is not None:
            self._writer.transport.abort()
        self._reader = self._writer = None

    async def _send(self, packed: bytes) -> None:
        assert self._writer is not None
        self._writer.write(_LENGTH.pack(len(packed)) + packed)
        await self._writer.drain()

    async def _hear_on(self) -> None:
        assert self._reader is not None
        while True:
            heard = unpack(await _read_frame(self._reader))
            if heard is not None:
                self._hear(heard)


class UnixHub:
    """The server: what one process sends goes to all others. A slow one, or one that sends nonsense, is cut off."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Serve at `path` (mode 0600), in place of the socket that a killed supervisor left. SettingsError: it is in use."""
        if len(os.fsencode(self.path)) > LONGEST_PATH:
            raise SettingsError(f"The path of the bus socket is longer than {LONGEST_PATH} bytes: {self.path}")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._bind(listener)
        except BaseException:
            listener.close()
            raise
        self._server = await asyncio.start_unix_server(self._serve, sock=listener)

    async def aclose(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        with suppress(FileNotFoundError):
            self.path.unlink()

    def _bind(self, listener: socket.socket) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(str(self.path))
            except (FileNotFoundError, ConnectionRefusedError):
                with suppress(FileNotFoundError):
                    self.path.unlink()
            else:
                raise SettingsError(f"Another supervisor is running here: {self.path} is in use")
        before = os.umask(0o177)  # so that the socket is never open to others, not even for a moment
        try:
            listener.bind(str(self.path))
        finally:
            os.umask(before)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while True:
                self._pass_to_others(await _read_frame(reader), writer)
        except ValueError as error:
            _log.warning("bus_nonsense", reason=str(error))
        except (EOFError, OSError):
            pass  # the process ended or was cut off: it will come back by itself
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    def _pass_to_others(self, frame: bytes, sender: asyncio.StreamWriter) -> None:
        data = _LENGTH.pack(len(frame)) + frame
        for writer in list(self._writers):
            if writer is sender:
                continue
            if writer.transport.get_write_buffer_size() > SLOW:
                _log.warning("bus_slow_process")
                self._writers.discard(writer)
                writer.transport.abort()
            else:
                writer.write(data)
