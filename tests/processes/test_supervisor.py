"""The supervisor over small stand-in parts: restarts, inherited sockets, ends of every kind."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from conference.supervisor import run
from tests.processes.running import Running, environment, running, until
from tests.processes.stand_in import PATIENCE

Start = Callable[..., Running]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with ExitStack() as stack:

        def begin(*parts: str) -> Running:
            argv = ["-m", "tests.processes.stand_in", str(tmp_path), *parts]
            return stack.enter_context(running(argv, environment(tmp_path), tmp_path / "log"))

        yield begin


def pids(folder: Path, name: str) -> list[int]:
    """Process ids of a part, in order of its starts."""
    path = folder / name
    return [int(line) for line in path.read_text().splitlines()] if path.exists() else []


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def answer(folder: Path) -> int:
    with socket.create_connection(("127.0.0.1", int((folder / "port").read_text())), timeout=5) as connection:
        return int(connection.recv(20))


def test_a_killed_part_is_back_at_once_and_the_log_says_so(start: Start, tmp_path: Path) -> None:
    supervisor = start("plain")
    (first,) = until(lambda: pids(tmp_path, "plain"), 5, "started")
    os.kill(first, signal.SIGKILL)
    until(lambda: len(pids(tmp_path, "plain")) == 2, 2, "back within two seconds")
    assert "SIGKILL" in supervisor.text()


def test_a_part_that_dies_again_and_again_waits_longer_but_never_over_a_second_and_a_half(start: Start, tmp_path: Path) -> None:
    start("plain")
    for death in range(1, 8):
        until(lambda starts=death: len(pids(tmp_path, "plain")) == starts, 2.5, f"start {death}")  # type: ignore[misc]
        os.kill(pids(tmp_path, "plain")[-1], signal.SIGKILL)
    until(lambda: len(pids(tmp_path, "plain")) == 8, 2.5, "the last start")


def test_a_connection_made_while_the_web_part_is_away_is_answered_by_the_next_one(start: Start, tmp_path: Path) -> None:
    start("web")
    until(lambda: pids(tmp_path, "web"), 5, "started")
    first = answer(tmp_path)
    os.kill(first, signal.SIGKILL)
    until(lambda: not alive(first), 2, "dead, so that the next connection finds nobody to accept it")
    second = answer(tmp_path)
    assert second != first
    assert pids(tmp_path, "web") == [first, second]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_all(start: Start, tmp_path: Path, number: int) -> None:
    supervisor = start("plain", "family", "web")
    until(lambda: all(pids(tmp_path, name) for name in ("plain", "family", "grandchild", "web")), 5, "started")
    assert supervisor.end(number) < 3
    assert supervisor.process.returncode == 0
    assert supervisor.none_left()


def test_a_part_that_will_not_end_is_killed_after_a_while(start: Start, tmp_path: Path) -> None:
    supervisor = start("stubborn", "plain")
    until(lambda: pids(tmp_path, "stubborn") and pids(tmp_path, "plain"), 5, "started")
    assert PATIENCE - 0.1 < supervisor.end() < PATIENCE + 8
    assert supervisor.none_left()
    assert "did not end in time" in supervisor.text()


def test_all_is_over_within_ten_seconds() -> None:
    assert run.PATIENCE + 2 <= 10


def test_what_a_killed_part_had_started_is_gone_too(start: Start, tmp_path: Path) -> None:
    start("family")
    until(lambda: pids(tmp_path, "family") and pids(tmp_path, "grandchild"), 5, "started")
    (grandchild,) = pids(tmp_path, "grandchild")
    os.kill(pids(tmp_path, "family")[0], signal.SIGKILL)
    until(lambda: not alive(grandchild), 2, "gone")


def test_parts_do_not_outlive_a_killed_supervisor(start: Start, tmp_path: Path) -> None:
    supervisor = start("stubborn", "web")
    until(lambda: pids(tmp_path, "stubborn") and pids(tmp_path, "web"), 5, "started")
    supervisor.end(signal.SIGKILL)
    until(supervisor.none_left, 2, "all parts gone")
