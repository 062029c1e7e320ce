"""Whatever is wrong with a conference file is said in German as well."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from conference.base.errors import Invalid
from conference.desk.conference_file import read_conference_file
from conference.desk.file_words import fault_in
from conference.initiatives import file as initiatives_file
from conference.web.texts import read_texts

GERMAN = read_texts()["de"].gettext
PACKAGE = Path(initiatives_file.__file__).parents[1]
READERS = [
    *PACKAGE.glob("**/file.py"),
    *(PACKAGE / name for name in (
        "desk/conference_file.py", "desk/importing.py", "desk/creating/beside.py", "results/sheet_file.py",
        "results/report/importing.py", "forums/slides/importing.py",
    )),
]  # fmt: skip


def texts_in(node: ast.AST) -> Iterator[str]:
    """Texts that are written here, with 7 for everything that is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in node.values)
    elif isinstance(node, ast.List | ast.Tuple | ast.Starred | ast.GeneratorExp | ast.ListComp):
        for child in ast.iter_child_nodes(node):
            yield from texts_in(child)


def faults_of(file: Path) -> set[str]:
    """What is raised as a fault, or collected as one."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", "") or getattr(node.func, "attr", "")
            given = [each.value for each in node.keywords if each.arg == "faults"]
            if name in ("ValueError", "_faulty", "append"):
                given += node.args
            place = "7: " if name == "ValueError" else ""  # where it is, is known to whoever catches it
            found |= {place + text for each in given for text in texts_in(each) if " " in text and text != "7: 7"}
    return found


def test_every_fault_that_is_written_somewhere_has_its_german() -> None:
    faults = set().union(*map(faults_of, READERS))
    assert len(faults) > 40
    assert sorted(fault for fault in faults if fault_in(GERMAN, fault) == fault) == []


def test_so_have_those_of_the_shapes() -> None:
    said = [*initiatives_file._IN_WORDS.values(), "must be one of a, b", "is too long; at most 7", "must be more than 7"]
    said += [f"{name} is damaged, encrypted or packed in an unknown way" for name in ("this zip", "logo.svg in it")]
    said += [
        f"must be a colour such as #1f4e79 that can be read on white{more}" for more in ("", "; #123456 can be read on white")
    ]
    assert [fault for fault in said if fault_in(GERMAN, f"sessions[0]: {fault}") == f"sessions[0]: {fault}"] == []


@pytest.mark.parametrize(
    ("text", "german"),
    [
        ("a: [", "Zeile 1: das ist kein YAML; der YAML-Leser sagt dazu: expected the node content, but found '<stream end>'"),
        ("meetingpoint: 7", "meetingpoint: muss 1 sein, die Version des Formats"),
        ("meetingpoint: 1\nconference: {slug: A B}", "conference.slug: darf nur aus kleinen Buchstaben"),
        ("meetingpoint: 1\nconference: {times: {live: tomorrow}}", "conference.times.live"),
    ],
)
def test_place_and_sentence(text: str, german: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_conference_file(text)
    said = [fault_in(GERMAN, fault) for fault in refused.value.facts["faults"]]
    assert any(each.startswith(german) for each in said), said
    assert [each for each in said if each in refused.value.facts["faults"]] == []


def test_what_nobody_knows_stays_as_it_is() -> None:
    assert fault_in(GERMAN, "somewhere: something else") == "somewhere: something else"
