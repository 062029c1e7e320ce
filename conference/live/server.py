"""What uvicorn is told for `/live`, and the two things that its WebSocket protocol lacks."""

from __future__ import annotations

from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

WIRE = "meetingpoint.wire"
PING_EVERY = 20
PONG_WITHIN = 20


class Wire:
    """An ASGI extension (`scope["extensions"]["meetingpoint.wire"]`): what `send` cannot do.

    farewell: text that is sent before the server closes the socket because it shuts down.
    """

    def __init__(self, protocol: LiveProtocol) -> None:
        self._protocol = protocol
        self._transport = protocol.transport
        self.farewell = ""

    def write(self, frame: bytes) -> bool:
        """Write a whole unmasked frame, if that needs no waiting and the connection is open; whether it was written.

        Goes past uvicorn's and websockets' state, which a whole text frame does not change as long as nothing is compressed.
        """
        protocol = self._protocol
        if not protocol.writable.is_set() or protocol.close_sent or protocol.disconnected or self._transport.is_closing():
            return False
        self._transport.write(frame)
        return True

    def abort(self) -> None:
        """Cut the connection off at once, without waiting for the browser to read what was written."""
        self._transport.abort()


class LiveProtocol(WebSocketsSansIOProtocol):
    """uvicorn's sans-I/O WebSocket protocol with a `Wire`. `tests/live/test_server.py` pins the names that it leans on."""

    wire: Wire | None = None

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        scope = cast(dict[str, Any] | None, getattr(self, "scope", None))  # none if the handshake was refused
        if scope is not None and not self.conn.extensions:
            self.wire = Wire(self)
            scope["extensions"][WIRE] = self.wire

    def keepalive_timeout(self) -> None:
        # The base class waits until a browser that does not even answer pings has read its buffer: for ever.
        super().keepalive_timeout()
        self.transport.abort()

    def shutdown(self) -> None:
        said = self.wire.farewell if self.wire is not None else ""
        if said and self.handshake_complete and not self.close_sent and not self.transport.is_closing():
            self.conn.send_text(said.encode())
            self.transport.write(b"".join(self.conn.data_to_send()))
        super().shutdown()


def uvicorn_options(frame: int = 65_536) -> dict[str, Any]:
    """Keyword arguments for `uvicorn.Config`: small frames, no deflate, dead browsers found within 40 seconds."""
    return {
        "ws": LiveProtocol,
        "ws_max_size": frame,
        "ws_max_queue": 8,
        "ws_per_message_deflate": False,
        "ws_ping_interval": PING_EVERY,
        "ws_ping_timeout": PONG_WITHIN,
    }
