"""The node's side of the control socket: requests in, answers and events out."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import socket
from typing import Any

from media.gateway import Direction, MediaError
from media.node import Node
from media.wire import frame, pack_error, pack_event, pack_health, read_frame, unpack_grant, unpack_view

logger = logging.getLogger(__name__)


def parse_control(control: str) -> tuple[str, str, int]:
    """("unix", path, 0) or ("tcp", host, port). Raises ValueError."""
    kind, _, rest = control.partition(":")
    if kind == "unix" and rest:
        return kind, rest, 0
    host, _, port = rest.rpartition(":")
    if kind == "tcp" and host and port.isdecimal():
        return kind, host.strip("[]"), int(port)
    raise ValueError(f"{control!r} is neither unix:PATH nor tcp:HOST:PORT")


class ControlServer:
    """Serves any number of gateways. The Unix socket is for its owner only (mode 0600); a TCP address must be on a
    private network, there is no authentication on it."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._name = secrets.token_hex(8)
        self._lines: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._server: asyncio.Server | None = None
        self._path: str | None = None

    async def open(self, control: str) -> None:
        """Listen. Raises OSError (taken) and ValueError."""
        kind, where, port = parse_control(control)
        if kind == "unix":
            self._server = await asyncio.start_unix_server(self._accepted, sock=_bind_unix(where))
            self._path = where
        else:
            self._server = await asyncio.start_server(self._accepted, where, port)

    async def aclose(self) -> None:
        if self._server is not None:
            self._server.close()
        lines = dict(self._lines)
        for task in lines:
            task.cancel()
        await asyncio.gather(*lines, return_exceptions=True)
        for writer in lines.values():  # also of a task that was cancelled before it began
            writer.close()
        if self._path is not None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._path)

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._lines[task] = writer
        task.add_done_callback(self._lines.pop)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        telling = asyncio.create_task(self._tell(writer))
        try:
            while True:
                request = await read_frame(reader)
                writer.write(frame(self._answer(request)))
                await writer.drain()
        except (ConnectionError, OSError):
            pass
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
            writer.close()

    async def _tell(self, writer: asyncio.StreamWriter) -> None:
        """Events as they come. A gateway that reads too slowly is cut off and comes back to a snapshot."""
        async for event in self._node.events():
            writer.write(frame(pack_event(event)))
            await writer.drain()
        writer.close()

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        number = request.get("id")
        try:
            return {"id": number, "value": self._do(request)}
        except MediaError as error:
            return {"id": number, **pack_error(error)}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            # The other side is our own code of another version, or a bug in it: say so here and there.
            logger.warning("control request %r failed: %r", request.get("do"), error)
            return {"id": number, "error": "MediaError", "text": f"{type(error).__name__}: {error}"}

    def _do(self, request: dict[str, Any]) -> Any:
        node = self._node
        match request["do"]:
            case "connect":
                direction, grant = Direction(request["direction"]), unpack_grant(request["grant"])
                answer = node.connect(request["forum"], request["peer"], direction, request["offer"], grant)
                return [answer.connection, answer.sdp]
            case "grant":
                return node.grant(request["forum"], request["peer"], unpack_grant(request["grant"]))
            case "view":
                return node.view(request["forum"], request["peer"], unpack_view(request["view"]))
            case "restart":
                restarted = node.restart(request["connection"], request["ufrag"], request["password"])
                return [restarted.ufrag, restarted.password, list(restarted.candidates)] if restarted is not None else None
            case "peers":
                return [pack_health(each) for each in node.peers(request["forum"])]
            case "leave":
                return node.leave(request["connection"])
            case "revoke":
                return node.revoke(request["forum"], request["peer"])
            case "close":
                return node.close(request["forum"])
            case "snapshot":
                return [pack_event(event) for event in node.snapshot()]
            case "health":
                return node.health()
            case "who":  # another name: another process, which knows nothing of what was before
                return self._name
            case other:
                raise ValueError(f"unknown request {other!r}")


def _bind_unix(path: str) -> socket.socket:
    """A listening socket that only the owner may open. A file left by a dead node is replaced; a living one is not.
    Raises OSError."""
    probe = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with probe:
        try:
            probe.connect(path)
        except (FileNotFoundError, ConnectionRefusedError):
            pass
        else:
            raise OSError(98, "another node answers on this control socket", path)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        sock.bind(path)
    except OSError:
        sock.close()
        raise
    finally:
        os.umask(before)
    return sock
