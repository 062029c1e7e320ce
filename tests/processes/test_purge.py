"""`meetingpoint purge` as an operator types it: killed and begun anew, before its day with the name typed, refused in a line."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conference import purging
from tests.media.browsers.length import in_soak
from tests.processes.running import environment, finished
from tests.site import DATABASE, DEMO, SLUG_2021, _prepared


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An installation with the 2021 conference, whose day of deletion is long past, and one of its organisers."""
    environ = environment(tmp_path / "data")
    shutil.copytree(_prepared(DEMO, ("2021",), ""), tmp_path / "data")
    with asked(environ) as database:
        (conference,) = database.execute("SELECT id FROM conference").fetchone()
        row = ("p", conference, "Olga Beispiel", "olga@example.org", "", 1, 0, "2021-01-01 00:00:00")
        database.execute(
            "INSERT INTO person (id, conference_id, name, email, land, shows_name, simulated, created) VALUES (?,?,?,?,?,?,?,?)",
            row,
        )
        database.execute("INSERT INTO roleheld (id, person_id, role) VALUES ('r', 'p', 'organiser')")
    return environ


def asked(environ: dict[str, str]) -> sqlite3.Connection:
    return sqlite3.connect(Path(environ["MEETINGPOINT_DATA_DIR"]) / DATABASE)


def killed(environ: dict[str, str], number: int) -> int:
    argv = [sys.executable, "-m", "tests.processes.purge_killed", str(number), "purge"]
    return subprocess.run(argv, env=environ, stdin=subprocess.DEVNULL, capture_output=True, timeout=60).returncode


def test_a_killed_purge_goes_on_and_prints_the_whole_record(environ: dict[str, str]) -> None:
    kills(environ, [7])


@in_soak
def test_it_may_be_killed_at_any_point(environ: dict[str, str]) -> None:
    kills(environ, list(range(len(purging.STEPS) + 2)))


def kills(environ: dict[str, str], numbers: list[int]) -> None:
    for number in numbers:
        assert killed(environ, number) == -9, number
    done = finished(["purge"], environ)
    assert done.returncode == 0, done.stderr
    lines = [" ".join(line.replace(".", "").split()) for line in done.stdout.splitlines()]
    assert "[info" not in done.stdout, "the log stands beside the record, not in it"
    assert {"People 1", "Entries in the log of changes 5"} <= set(lines), done.stdout
    again = finished(["purge"], environ)
    assert (again.returncode, again.stdout) == (0, "There is nothing to delete: no conference has come to its day.\n")
    with asked(environ) as database:
        (people,), (letters,) = (
            database.execute(query).fetchone()
            for query in ("SELECT count(*) FROM person", "SELECT count(*) FROM job WHERE kind = 'mail.send'")
        )
    assert (people, letters) == (0, 2)


def test_before_its_day_the_name_is_typed(environ: dict[str, str]) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%d %H:%M:%S")
    with asked(environ) as database:
        database.execute("UPDATE conference SET purge = ?", [tomorrow])
    assert finished(["purge"], environ).stdout.startswith("There is nothing to delete")
    command = [sys.executable, "-m", "conference", "purge", SLUG_2021]

    def typed(*lines: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, env=environ, input="\n".join(lines) + "\n", capture_output=True, text=True, timeout=60)

    wrong = typed("saved", "another")
    assert (wrong.returncode, wrong.stderr) == (1, "Nothing was deleted: that was another name.\n")
    done = typed(SLUG_2021)  # the question is answered by now
    assert done.returncode == 0, done.stderr
    assert "An organiser asked for it before its day." in done.stdout
    assert "The list is saved." in done.stdout
    with asked(environ) as database:
        assert database.execute("SELECT count(*) FROM person").fetchone() == (0,)
