"""Every sentence of the command line has its German; the language of the terminal decides."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from conference import cli_words
from conference.base.errors import Invalid
from conference.cli import refusal
from conference.desk.people.rules import PLAIN, Fault

PACKAGE = Path(cli_words.__file__).parent
FILES = [
    *PACKAGE.glob("cli*.py"),
    *(PACKAGE / "doctor").glob("*.py"),
    *(PACKAGE / "supervisor").glob("*.py"),
    *(PACKAGE / "backup").glob("*.py"),
]
SPEAKERS = {"say": (0,), "ok": (0, 1), "note": (0, 1), "failed": (0, 1), "StartRefused": (0,), "BackupRefused": (0,)}


def sentences(file: Path) -> set[str]:
    """Constant texts that are handed to one of SPEAKERS."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
        for place in SPEAKERS.get(name, ()):
            argument = node.args[place] if place < len(node.args) else None  # type: ignore[attr-defined]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                found.add(argument.value)
    return found


def test_every_sentence_has_its_german() -> None:
    with (PACKAGE / "locale/de/cli.po").open("rb") as stream:
        german = {message.id for message in read_po(stream) if message.string}
    assert set().union(*map(sentences, FILES)) - german == set()


def test_german_keeps_the_places_of_the_english() -> None:
    with (PACKAGE / "locale/de/cli.po").open("rb") as stream:
        for message in read_po(stream):
            places = set(cli_words.places(str(message.id)))
            assert set(cli_words.places(str(message.string))) <= places, message.id


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "de"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "de_AT"}, "de"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
    ],
)
def test_the_terminal_says_its_language(environ: dict[str, str], language: str) -> None:
    assert cli_words.terminal_language(environ) == language


def test_a_finished_line_is_recognised_by_its_pattern(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert cli_words.say_again("MEETINGPOINT_COLOUR is no setting. The README lists them all.").startswith(
        "MEETINGPOINT_COLOUR ist keine Einstellung."
    )
    assert cli_words.say_again("a line that nobody knows") == "a line that nobody knows"


@pytest.mark.parametrize("code", PLAIN)
def test_faults_of_a_table_are_said_in_the_terminals_language(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    fault = Fault(3, code, "dort")
    said = refusal(Invalid("people_file", faults=[fault.plain()])).splitlines()[-1].strip()
    assert said.startswith("Zeile 3: ")
    assert said != fault.plain()
    assert ("dort" in said) == ("dort" in fault.plain())
