"""Small rooms: files of at most 400 lines, functions of at most 60. Whoever needs more is listed here and says why."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.house.source import files, name_of, tree

FILE, FUNCTION = 400, 60
FOLDERS = ("conference", "media", "tests", "deploy")
LONGER_FILES = {
    "conference/migrations/versions/0001_first_tables.py": "one revision is one file: all first tables",
}
LONGER_FUNCTIONS = {
    "media/rtc/fanout.py: _write_all": "the loop that the node's time is spent in: calls in it would cost more than its length",
    "conference/migrations/versions/0001_first_tables.py: upgrade": "a flat list of tables",
    "conference/migrations/versions/0002_the_talk_beside_the_talk.py: upgrade": "another",
    "conference/migrations/versions/0009_video_cards.py: upgrade": "and another",
    "conference/migrations/versions/0010_results.py: upgrade": "and another",
    "conference/migrations/versions/0001_first_tables.py: downgrade": "the same list backwards",
    "tests/web/test_edge.py: test_two_thousand_requests_of_a_fool": "lists of odd words, one to a line",
    "tests/media/page.py: build_site": "a page of one piece: its text and the few addresses that it calls",
    "tests/design/samples.py: contexts": "a flat list: what each template is shown with",
}
_JS_FUNCTION = re.compile(
    r"^(\s*)(?:export )?(?:default )?(?:static )?(?:async )?(?:function\*? ?|(?!if|for|while|switch|catch)#?)(\w*)\([^)]*\) \{$"
)


def python_functions(path: Path) -> list[tuple[str, int]]:
    """Names and lengths in lines, decorators left out."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [(node.name, (node.end_lineno or 0) - node.lineno + 1) for node in ast.walk(tree(path)) if isinstance(node, kinds)]


def script_functions(text: str) -> list[tuple[str, int]]:
    """Names and lengths of functions and methods of a script whose braces stand as ours do: the end is indented as the head."""
    lines, found = text.splitlines(), []
    for number, line in enumerate(lines):
        if head := _JS_FUNCTION.match(line):
            end = next(n for n in range(number, len(lines)) if re.match(head[1] + r"\}", lines[n]))
            found.append((head[2], end - number + 1))
    return found


def our_files(ends: str) -> list[Path]:
    return [file for file in files(*FOLDERS, ends=ends) if "vendor" not in file.parts]


def test_no_file_is_too_long() -> None:
    lengths = {name_of(file): len(file.read_text(encoding="utf-8").splitlines()) for file in our_files("py js css")}
    assert {name for name, lines in lengths.items() if lines > FILE} == set(LONGER_FILES)


def test_no_function_is_too_long() -> None:
    found = [(file, *one) for file in our_files("py") for one in python_functions(file)]
    found += [(file, *one) for file in our_files("js") for one in script_functions(file.read_text(encoding="utf-8"))]
    assert {f"{name_of(file)}: {name}" for file, name, lines in found if lines > FUNCTION} == set(LONGER_FUNCTIONS)


@pytest.mark.parametrize(
    "head", ["function f(a) {", "export async function f() {", "  async f(a, b) {", "  #f() {", "  static f() {"]
)
def test_functions_of_scripts_are_measured(head: str) -> None:
    indent = head[: len(head) - len(head.lstrip())]
    assert script_functions("\n".join([head, *["x();"] * 70, f"{indent}}}", "other();"])) == [("f", 72)]
