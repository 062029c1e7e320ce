"""Commands on stored conferences and people, as an operator types them: what they print and how they refuse."""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path

import pytest

from conference.demo.script import FOLDERS
from tests.processes.running import environment, finished

SLUG = "vernetzungstreffen-2021"


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An installation with the 2021 conference in it."""
    environ = environment(tmp_path_factory.mktemp("commands") / "data")
    assert finished(["migrate"], environ).returncode == 0
    imported = finished(["conference", "import", str(FOLDERS[0])], environ)
    assert imported.returncode == 0, imported.stderr
    assert imported.stdout == f"{environ['MEETINGPOINT_BASE_URL']}/{SLUG}/\n"
    return environ


def test_an_exported_conference_imports_to_the_same(environ: dict[str, str], tmp_path: Path) -> None:
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    exported = finished(["conference", "export", SLUG, "-o", str(first)], environ)
    assert (exported.returncode, exported.stdout) == (0, f"{first}\n")
    other = environment(tmp_path / "other")
    for command in (["migrate"], ["conference", "import", str(first)], ["conference", "export", SLUG, "-o", str(second)]):
        assert finished(command, other).returncode == 0
    with zipfile.ZipFile(first) as one, zipfile.ZipFile(second) as two:
        assert {name: one.read(name) for name in one.namelist()} == {name: two.read(name) for name in two.namelist()}


def test_people_come_from_a_table_with_links_for_a_mail_merge(environ: dict[str, str], tmp_path: Path) -> None:
    table, links = tmp_path / "people.csv", tmp_path / "links.csv"
    table.write_text("Name;E-Mail;Rollen\nRita Beispiel;rita@example.org;moderator:forum-1\nÖzlem Beispiel;oe@example.org;\n")
    dry = finished(["people", "import", SLUG, str(table), "--dry-run"], environ)
    assert (dry.returncode, dry.stdout) == (0, "2 people could be read in; nothing was changed.\n")
    read = finished(["people", "import", SLUG, str(table), "--links", str(links)], environ | {"LANG": "de_DE.UTF-8"})
    assert (read.returncode, read.stdout) == (0, "2 Personen wurden eingelesen.\n")
    rows = list(csv.DictReader(links.read_text("utf-8-sig").splitlines(), delimiter=";"))
    assert [row["name"] for row in rows] == ["Rita Beispiel", "Özlem Beispiel"]
    assert all(row["link"].startswith(environ["MEETINGPOINT_BASE_URL"] + "/sign-in/") for row in rows)


def test_one_persons_data_is_written_and_deleted(environ: dict[str, str], tmp_path: Path) -> None:
    table, file = tmp_path / "people.csv", tmp_path / "person.json"
    table.write_text("name,email,roles\nDora Beispiel,dora@example.org,\n")
    assert finished(["people", "import", SLUG, str(table)], environ).returncode == 0
    written = finished(["people", "data", SLUG, "dora@example.org", "-o", str(file)], environ)
    assert (written.returncode, written.stdout) == (0, f"{file}\n")
    assert json.loads(file.read_text())["conferences"][0]["person"]["name"] == "Dora Beispiel"
    assert file.stat().st_mode & 0o077 == 0
    gone = finished(["people", "delete", SLUG, "dora@example.org", "--yes"], environ)
    assert (gone.returncode, gone.stdout) == (0, "dora@example.org is deleted.\n")
    assert finished(["people", "data", SLUG, "dora@example.org"], environ).returncode == 1


def test_faults_of_a_table_are_told_row_by_row(environ: dict[str, str], tmp_path: Path) -> None:
    table = tmp_path / "people.csv"
    table.write_text("name,email,roles\n,rita@example.org,\nAnton,nowhere,singer\n")
    refused = finished(["people", "import", SLUG, str(table)], environ)
    assert refused.returncode == 1
    lines = refused.stderr.splitlines()
    assert lines[0] == "The file cannot be used, and nothing was changed:"
    assert [line.split(":")[0].strip() for line in lines[1:]] == ["line 2", "line 3", "line 3"]


def test_a_token_stands_on_the_last_line(environ: dict[str, str]) -> None:
    made = finished(["token", SLUG, "forum-2", "--role", "publisher", "--hours", "2"], environ)
    assert made.returncode == 0
    assert made.stdout.splitlines()[0] == f"{environ['MEETINGPOINT_BASE_URL']}/{SLUG}/sessions/forum-2/whip"
    assert len(made.stdout.splitlines()[-1]) == 43


@pytest.mark.parametrize(
    ("command", "line", "code"),
    [
        (["token", "nothing", "forum-1", "--role", "viewer"], "There is no conference of that name.", 1),
        (["token", SLUG, "nothing", "--role", "viewer"], "There is no session of that name in the conference.", 1),
        (["token", SLUG, "forum-1", "--role", "viewer", "--hours", "0"], "--hours must be more than 0 and at most 744.", 1),
        (["token", SLUG, "forum-1"], "Missing option '--role'. Choose from: publisher, viewer", 2),
        (["conference", "export", "nothing"], "There is no conference of that name.", 1),
        (["conference", "import", "/nowhere"], "Invalid value for 'FILE': Path '/nowhere' does not exist.", 2),
        (["organiser", "nobody"], "nobody is no e-mail address.", 1),
        (["demo", "--at", "tomorrow"], "Invalid value for '--at': before, live, plenary, archive, closed or a time such as", 2),
    ],
)
def test_a_refusal_is_one_line(environ: dict[str, str], command: list[str], line: str, code: int) -> None:
    refused = finished(command, environ)
    assert refused.stderr.startswith(line)
    assert (refused.stderr.count("\n"), refused.returncode) == (1, code)


def test_the_same_refusals_are_german_where_the_terminal_is(environ: dict[str, str]) -> None:
    refused = finished(["token", SLUG, "forum-1"], environ | {"LANG": "de_DE.UTF-8"})
    assert refused.stderr == "Es fehlt die Option --role. Zur Wahl stehen: publisher, viewer, captioner\n"
