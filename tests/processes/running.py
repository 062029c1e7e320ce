"""Real processes for the tests: started in a session of their own, watched with psutil, none left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event
from typing import TypeVar

import psutil

KEY = "a key for tests, long enough to be one"
Value = TypeVar("Value")
_PAUSE = Event()


def until(found: Callable[[], Value | bool | None], seconds: float, what: str) -> Value:
    """What `found` returns as soon as it is true. Raises AssertionError after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := found():
            return value  # type: ignore[return-value]
        _PAUSE.wait(0.02)
    raise AssertionError(f"not within {seconds} s: {what}")


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(type=kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(folder: Path, **settings: object) -> dict[str, str]:
    """Our settings and nothing of the tester's own; free ports unless `settings` name some."""
    own = {
        name: value for name, value in os.environ.items() if "MEETINGPOINT" not in name and not name.startswith(("LC_", "LANG"))
    }
    defaults = {
        "data_dir": folder,
        "secret_key": KEY,
        "port": free_port(),
        "media_port": free_port(socket.SOCK_DGRAM),
        "lang": "en",
    }
    if "port" in settings or "base_url" not in settings:
        defaults["base_url"] = f"http://127.0.0.1:{settings.get('port', defaults['port'])}"
    values = {**defaults, **settings}
    own["LANG"] = str(values.pop("lang"))
    return own | {f"MEETINGPOINT_{name.upper()}": str(value) for name, value in values.items() if value is not None}


class Running:
    """A started process and everything below it."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self.process = process
        self.log = log
        self._seen: set[psutil.Process] = set()

    def below(self) -> list[psutil.Process]:
        """Living processes below this one; each is remembered for `none_left`."""
        with suppress(psutil.NoSuchProcess):
            self._seen.update(psutil.Process(self.process.pid).children(recursive=True))
        return [process for process in self._seen if _lives(process)]

    def part(self, word: str) -> psutil.Process | None:
        """The process whose command line has `word` as one of its words."""
        for process in self.below():
            with suppress(psutil.Error):
                if word in process.cmdline():
                    return process
        return None

    def end(self, number: int = signal.SIGTERM) -> float:
        """Send a signal and wait: seconds until the process was gone. Raises TimeoutExpired after 15."""
        self.below()
        started = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(15)
        return time.monotonic() - started

    def none_left(self) -> bool:
        return not any(_lives(process) for process in self._seen)

    def text(self) -> str:
        return self.log.read_text(errors="replace")


def _lives(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def _as_from_a_terminal() -> None:
    """Whoever runs the tests in the background has these ignored, and children would inherit that."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


@contextmanager
def running(argv: list[str], environ: Mapping[str, str], log: Path) -> Iterator[Running]:
    """`argv` under our interpreter, its output in `log`; killed with all below it when the block ends."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, *argv],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            text=True,
            start_new_session=True,
            preexec_fn=_as_from_a_terminal,
        )
    started = Running(process, log)
    try:
        yield started
    finally:
        for below in started.below():
            with suppress(psutil.Error):
                below.kill()
        process.kill()
        process.wait(10)


def finished(argv: list[str], environ: Mapping[str, str], seconds: float = 60) -> subprocess.CompletedProcess[str]:
    """`meetingpoint ARGV`, run to its end."""
    command = [sys.executable, "-m", "conference", *argv]
    return subprocess.run(command, env=dict(environ), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds)
