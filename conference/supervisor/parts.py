"""Which processes belong to an installation, as command lines."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from conference.base.settings import Settings


@dataclass(frozen=True, slots=True)
class Part:
    """One process to keep alive. name: as logs call it; fds: file descriptors that it inherits."""

    name: str
    argv: tuple[str, ...]
    fds: tuple[int, ...] = ()


def web_part(listener: int) -> Part:
    """The web process, accepting from the listening socket with file descriptor `listener`."""
    return Part("web", (sys.executable, "-m", "conference", "web", "--fd", str(listener)), (listener,))


def worker_part() -> Part:
    return Part("worker", (sys.executable, "-m", "conference", "worker"))


def media_argv(settings: Settings, node: int) -> tuple[str, ...]:
    """The command line of media node `node` (0 ... media_nodes - 1): each has the next UDP port and its own control socket."""
    port, control = str(settings.media_port + node), settings.media_control(node)
    argv = (sys.executable, "-m", "media", "--control", control, "--port", port, "--log-format", settings.log_format)
    return (*argv, "--host", settings.media_host) if settings.media_host else argv


def media_parts(settings: Settings) -> list[Part]:
    return [
        Part(f"media-{node}" if settings.media_nodes > 1 else "media", (*media_argv(settings, node), "--follow-parent"))
        for node in range(settings.media_nodes)
    ]
