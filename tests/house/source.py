"""The project's own sources, parsed: what the tests of the house look at."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


def files(*folders: str, ends: str = "py") -> list[Path]:
    """All files of these folders of the project with one of the endings ("py js css")."""
    found = (path for folder in folders for ending in ends.split() for path in (ROOT / folder).rglob(f"*.{ending}"))
    return sorted(path for path in found if "__pycache__" not in path.parts)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def calls(path: Path) -> Iterator[ast.Call]:
    yield from (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call))


def constants(node: ast.AST) -> set[str]:
    """The texts in an expression that are one of its values: `"a" if x else "b"` has two."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    if isinstance(node, ast.IfExp):
        return constants(node.body) | constants(node.orelse)
    return set()
