"""The ports: the web's TCP socket is bound here, once; the media node's UDP port is tried, so that a busy one is told at once."""

from __future__ import annotations

import errno
import socket

from conference.supervisor.errors import StartRefused

BACKLOG = 2048  # connections that wait while a crashed web part starts again


def listen(host: str, port: int) -> socket.socket:
    """A listening TCP socket. It outlives the web process that accepts from it. Raises StartRefused."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        raise _refusal(error, host, port, "TCP", "MEETINGPOINT_PORT", "MEETINGPOINT_HOST") from error


def media_port_free(port: int, nodes: int) -> None:
    """Raises StartRefused when one of the media nodes' UDP ports (`port` and the following) is taken."""
    for number in range(port, port + nodes):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind(("", number))
            except (OSError, OverflowError) as error:
                raise _refusal(error, "", number, "UDP", "MEETINGPOINT_MEDIA_PORT", "MEETINGPOINT_MEDIA_HOST") from error


def free_media_port(first: int) -> int:
    """`first` when its UDP port is free, else one that is."""
    for port in (first, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind(("", port))
            except OSError:
                continue
            chosen: int = probe.getsockname()[1]
            return chosen
    return first


def _refusal(
    error: OSError | OverflowError, host: str, port: int, protocol: str, port_variable: str, host_variable: str
) -> StartRefused:
    code = error.errno if isinstance(error, OSError) else None
    if code == errno.EADDRINUSE:
        return StartRefused(
            "{protocol} port {port} is in use by another program. Stop that one, or choose another port with {variable}.",
            protocol=protocol,
            port=port,
            variable=port_variable,
        )
    if code == errno.EACCES:
        return StartRefused(
            "{protocol} port {port} needs administrator rights. Choose one above 1023 with {variable}.",
            protocol=protocol,
            port=port,
            variable=port_variable,
        )
    return StartRefused(
        "{host} port {port} ({protocol}) cannot be opened: {reason}. Check {variable}.",
        host=host or "*",
        port=port,
        protocol=protocol,
        reason=getattr(error, "strerror", None) or error,
        variable=host_variable,
    )
