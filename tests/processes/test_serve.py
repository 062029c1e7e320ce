"""`meetingpoint serve` as an operator meets it: real processes, real ports, killed and ended in every way."""

from __future__ import annotations

import http.client
import json
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.processes.running import Running, environment, finished, free_port, running, until

START = 30.0  # seconds that a start may take while the machine does other things
BACK = 2.0
PARTS = ("web", "media", "worker")


def get(environ: dict[str, str], path: str, timeout: float = 10) -> tuple[int, bytes]:
    line = http.client.HTTPConnection("127.0.0.1", int(environ["MEETINGPOINT_PORT"]), timeout=timeout)
    try:
        line.request("GET", path)
        answer = line.getresponse()
        return answer.status, answer.read()
    finally:
        line.close()


def ready(environ: dict[str, str]) -> bool:
    try:
        status, body = get(environ, "/readyz")
    except OSError:
        return False
    return status == 200 and json.loads(body)["ready"]


def serve(folder: Path, environ: dict[str, str]) -> Iterator[Running]:
    with running(["-m", "conference", "serve"], environ, folder / "log") as started:
        until(lambda: started.process.poll() is not None or ready(environ), START, "ready")
        assert started.process.poll() is None, started.text()
        yield started


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return environment(tmp_path_factory.mktemp("serve") / "data", log_format="json")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, environ: dict[str, str]) -> Iterator[Running]:
    yield from serve(tmp_path_factory.mktemp("served"), environ)


def word(part: str) -> str:
    return {"media": "media"}.get(part, part)


def test_all_parts_are_there_and_named_in_their_command_lines(served: Running) -> None:
    assert [part for part in PARTS if served.part(word(part)) is None] == []


def test_the_supervisor_stays_small(served: Running) -> None:
    parent = psutil.Process(served.process.pid)
    assert parent.memory_full_info().pss < 60 * 2**20
    whole = parent.memory_full_info().pss + sum(process.memory_full_info().pss for process in served.below())
    assert whole < 350 * 2**20


@pytest.mark.parametrize("part", PARTS)
def test_a_killed_part_is_back_within_two_seconds(served: Running, environ: dict[str, str], part: str) -> None:
    killed = served.part(word(part))
    assert killed is not None
    killed.kill()
    killed.wait(5)
    back = until(lambda: served.part(word(part)), BACK, f"{part} is back")
    assert back.pid != killed.pid
    until(lambda: ready(environ), START, "everything answers")
    line = next(line for line in reversed(served.text().splitlines()) if "starting again" in line)
    assert json.loads(line)["part"] == part
    assert json.loads(line)["status"] == "SIGKILL"


def test_a_request_during_the_restart_of_the_web_part_waits_and_is_answered(served: Running, environ: dict[str, str]) -> None:
    web = served.part("web")
    assert web is not None
    web.kill()
    web.wait(5)
    assert get(environ, "/healthz", START) == (200, b"ok\n")


def test_a_second_one_on_the_same_folder_is_refused_in_one_line(served: Running, environ: dict[str, str]) -> None:
    second = finished(["serve"], environ | {"MEETINGPOINT_PORT": str(free_port())})
    folder = environ["MEETINGPOINT_DATA_DIR"]
    assert second.stderr == (
        f"Meetingpoint already runs on {folder} (process {served.process.pid}). "
        "Stop that one, or choose another MEETINGPOINT_DATA_DIR.\n"
    )
    assert second.returncode == 1
    assert ready(environ)


def test_the_doctor_finds_nothing_wrong_beside_a_running_server(served: Running, environ: dict[str, str]) -> None:
    examined = finished(["doctor"], environ)
    assert examined.returncode == 0, examined.stdout + examined.stderr
    assert f"Meetingpoint answers on TCP port {environ['MEETINGPOINT_PORT']}" in examined.stdout
    assert f"our node answers on UDP port {environ['MEETINGPOINT_MEDIA_PORT']} at " in examined.stdout
    german = finished(["doctor"], environ | {"LANG": "de_DE.UTF-8"})
    assert "in Ordnung Datenbank: sqlite antwortet" in german.stdout


def test_an_organisers_link_works_at_once(served: Running, environ: dict[str, str]) -> None:
    made = finished(["organiser", "office@example.org"], environ)
    assert made.returncode == 0, made.stderr
    link = made.stdout.strip().splitlines()[-1]
    assert link.startswith(environ["MEETINGPOINT_BASE_URL"] + "/sign-in/")
    status, body = get(environ, link.removeprefix(environ["MEETINGPOINT_BASE_URL"]))
    assert (status, b"office@example.org" in body) == (200, True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_everything_within_ten_seconds_also_with_an_open_request(tmp_path: Path, number: int) -> None:
    environ = environment(tmp_path / "data")
    for started in serve(tmp_path, environ):
        with socket.create_connection(("127.0.0.1", int(environ["MEETINGPOINT_PORT"]))) as slow:
            slow.sendall(b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n")
            assert started.end(number) < 10
        assert started.process.returncode == 0
        assert started.none_left()
        assert list((tmp_path / "data/run").glob("*.sock")) == []


def test_nothing_outlives_a_killed_supervisor_and_the_next_one_starts_at_once(tmp_path: Path) -> None:
    environ = environment(tmp_path / "data")
    for started in serve(tmp_path, environ):
        started.end(signal.SIGKILL)
        until(started.none_left, 3, "no part left")
    for started in serve(tmp_path, environ):
        assert started.end() < 10


def test_ended_while_it_starts_it_ends(tmp_path: Path) -> None:
    with running(["-m", "conference", "serve"], environment(tmp_path / "data"), tmp_path / "log") as started:
        until(started.below, 10, "the migration runs")
        assert started.end() < 5
        until(started.none_left, 3, "no part left")


def test_a_busy_web_port_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = finished(["serve"], environment(tmp_path / "data", port=port))
        alone = finished(["web"], environment(tmp_path / "data", port=port))
    said = f"TCP port {port} is in use by another program. Stop that one, or choose another port with MEETINGPOINT_PORT.\n"
    assert (refused.stderr, refused.returncode) == (said, 1)
    assert (alone.stderr, alone.returncode) == (said, 1)


def test_a_busy_media_port_is_one_line_in_both_languages(tmp_path: Path) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as taken:
        taken.bind(("", 0))
        port = taken.getsockname()[1]
        english = finished(["serve"], environment(tmp_path / "data", media_port=port))
        german = finished(["serve"], environment(tmp_path / "data", media_port=port, lang="de_DE.UTF-8"))
    assert english.stderr == (
        f"UDP port {port} is in use by another program. Stop that one, or choose another port with MEETINGPOINT_MEDIA_PORT.\n"
    )
    assert german.stderr == (
        f"Den UDP-Port {port} benutzt schon ein anderes Programm. "
        "Beenden Sie es, oder wählen Sie mit MEETINGPOINT_MEDIA_PORT einen anderen Port.\n"
    )
    assert (english.returncode, german.returncode) == (1, 1)


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"secret_key": None}, "MEETINGPOINT_SECRET_KEY is needed, at least 32 random characters: "),
        ({"secret_key": "short"}, "MEETINGPOINT_SECRET_KEY is needed, at least 32 random characters: "),
        ({"colour": "blue"}, "MEETINGPOINT_COLOUR is no setting. The README lists them all."),
        ({"port": "many"}, "MEETINGPOINT_PORT: "),
        ({"database_url": "mysql://x"}, "MEETINGPOINT_DATABASE_URL must begin with one of sqlite, postgresql"),
        ({"secret_key": None, "secret_key_file": "/nowhere/key"}, "MEETINGPOINT_SECRET_KEY_FILE: No such file or directory: "),
    ],
)
def test_a_wrong_setting_is_one_line_and_two(tmp_path: Path, settings: dict[str, str], line: str) -> None:
    refused = finished(["serve"], environment(tmp_path / "data", **settings))
    assert refused.returncode == 2
    assert refused.stderr.startswith(line)
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["web", "worker", "media", "migrate", "doctor"])
def test_each_command_refuses_without_a_key(tmp_path: Path, command: str) -> None:
    refused = finished([command], environment(tmp_path / "data", secret_key=None))
    assert refused.returncode == 2
    assert refused.stderr.startswith("MEETINGPOINT_SECRET_KEY is needed, at least 32 random characters: ")
    assert refused.stderr.count("\n") == 1


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused = finished(["serve"], environment(tmp_path / "file" / "data"))
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"The data folder {tmp_path}/file/data cannot be written (Not a directory).")
    assert refused.stderr.count("\n") == 1


def test_a_command_on_a_database_without_tables_says_what_to_do(tmp_path: Path) -> None:
    refused = finished(["organiser", "office@example.org"], environment(tmp_path / "data"))
    assert (refused.stderr, refused.returncode) == (
        "The database is not of this version yet. Run `meetingpoint migrate` first.\n",
        1,
    )


def test_help_is_quick_and_complete(tmp_path: Path) -> None:
    shown = finished(["--help"], environment(tmp_path) | {"PYTHONPROFILEIMPORTTIME": "1"})
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in shown.stderr.splitlines()}
    assert "click" in imported
    assert not imported & {"sqlalchemy", "sqlmodel", "starlette", "uvicorn", "jinja2", "boto3", "aiortc", "media"}
    named = {line.split()[0] for line in shown.stdout.partition("Commands:")[2].splitlines() if line.strip()}
    parts = {"media", "serve", "web", "worker"}
    assert named - parts == {
        "backup", "conference", "demo", "doctor", "migrate", "organiser", "people", "purge", "restore", "token",
    }  # fmt: skip
    assert parts <= named


def test_wrong_use_is_one_line_and_two(tmp_path: Path) -> None:
    refused = finished(["sing"], environment(tmp_path))
    assert (refused.stderr, refused.returncode) == ("No such command 'sing'.\n", 2)
