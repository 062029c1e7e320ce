"""`meetingpoint backup` and `restore` as an operator types them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from conference import cli
from conference.supervisor.folder import folder_held
from tests.site import DATABASE, migrated_database


@pytest.fixture(scope="module", autouse=True)
def _registered() -> None:
    if "backup" not in cli.commands.commands:
        cli._register()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of an installation without anybody; `two` beside it is another one."""
    monkeypatch.setenv("MEETINGPOINT_SECRET_KEY", "k" * 40)
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    monkeypatch.delenv("LC_ALL", raising=False)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        migrated_database(tmp_path / name / DATABASE)
    return tmp_path


def typed(*words: object) -> int:
    return cli.outcome(lambda: cli.commands.main([str(word) for word in words], prog_name="meetingpoint", standalone_mode=False))


def test_everything_goes_into_a_file_and_comes_back(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two, file = folder / "one", folder / "two", folder / "night.zip"
    (folder / ".night.zip.part").write_bytes(b"of one that was killed" * 100_000)
    assert typed("organiser", "olga@example.org", "--data", one) == 0
    assert typed("backup", file, "--data", one) == 0
    assert not (folder / ".night.zip.part").exists()
    said = capsys.readouterr().out.splitlines()[-1]
    assert said.endswith(f"and 0 files are in {file}.")
    assert typed("restore", file, "--data", two) == 0
    assert "and 0 files were brought back." in capsys.readouterr().out
    assert typed("restore", file, "--data", two) == 1
    assert "The database is not empty" in capsys.readouterr().err
    assert typed("restore", file, "--data", two, "--replace", "--yes") == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("answer", "code"), [("n", 1), ("", 1), ("Ja", 0), ("y", 0)])
def test_before_data_is_replaced_it_is_asked_in_the_terminals_language(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    one, two, file = folder / "one", folder / "two", folder / "night.zip"
    assert typed("backup", file, "--data", one) == 0
    assert typed("organiser", "olga@example.org", "--data", two) == 0
    capsys.readouterr()
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{answer}\n"))
    assert typed("restore", file, "--data", two, "--replace") == code
    said = capsys.readouterr().out
    assert "Fortfahren? [j/N]" in said
    assert ("sind wieder da" in said) == (code == 0)


def test_another_key_is_told(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert typed("backup", folder / "night.zip", "--data", folder / "one") == 0
    monkeypatch.setenv("MEETINGPOINT_SECRET_KEY", "j" * 40)
    assert typed("restore", folder / "night.zip", "--data", folder / "two") == 0
    assert "MEETINGPOINT_SECRET_KEY is another one" in capsys.readouterr().out


def test_nothing_is_restored_below_a_running_server(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    two = folder / "two"
    assert typed("backup", folder / "night.zip", "--data", folder / "one") == 0
    with folder_held(two, two / "run"):
        assert typed("restore", folder / "night.zip", "--data", two) == 1
    assert "already runs on" in capsys.readouterr().err


def test_refusals_are_one_line_and_german_where_the_terminal_is(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    (folder / "text.zip").write_text("no backup")
    assert typed("restore", folder / "text.zip", "--data", folder / "two") == 1
    assert typed("backup", folder / "nowhere" / "night.zip", "--data", folder / "one") == 1
    damaged, nowhere = capsys.readouterr().err.splitlines()
    assert damaged.startswith("Die Sicherung ist beschädigt")
    assert nowhere.endswith("kann nicht geschrieben werden (No such file or directory).")
