"""Templates name only files that exist, each is used by somebody, and none has script or style in its text."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, nodes

from conference.web.render import TEMPLATES
from tests.house.source import files, tree

FRAMES = ("layout/", "parts/")  # extended and imported, never rendered by themselves
INLINE = {
    "style attribute": re.compile(r"<[a-z][^>]*\sstyle\s*=", re.I),
    "style element": re.compile(r"<style\b", re.I),
    "event attribute": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.I),
    "script address": re.compile(r"=\s*[\"']?\s*javascript:", re.I),
    "inline script": re.compile(r"<script\b(?![^>]*\ssrc=)(?![^>]*\stype=\"application/(?:ld\+)?json\")", re.I),
    "foreign host": re.compile(r"<(?:script|link|img|iframe|video|audio|source|form)\b[^>]*=[\"'](?:https?:)?//", re.I),
}


def names() -> list[str]:
    return sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))


def referenced(name: str) -> set[str]:
    """Also those of which a condition chooses one."""
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    parsed = environment.parse((TEMPLATES / name).read_text(encoding="utf-8"))
    named: list[Any] = list(parsed.find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)))
    parts = [part for one in named for part in (one.template, *one.template.find_all(nodes.Const))]
    return {part.value for part in parts if isinstance(part, nodes.Const)}


def rendered_by_the_program() -> set[str]:
    """Every template's name that stands as a text in the program."""
    return {
        node.value
        for file in files("conference")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith(".html")
    }


def test_templates_refer_to_templates_that_exist() -> None:
    there = set(names())
    assert {name: missing for name in names() if (missing := referenced(name) - there)} == {}


def test_the_program_renders_templates_that_exist() -> None:
    assert {name for name in rendered_by_the_program() if "/" in name} - set(names()) == set()


def test_every_page_is_rendered_and_every_part_is_used() -> None:
    used = rendered_by_the_program().union(*(referenced(name) for name in names()))
    assert set(names()) - used == set()
    pages = {name for name in names() if not name.startswith(FRAMES) and not Path(name).name.startswith("_")}
    assert pages - rendered_by_the_program() == set()


@pytest.mark.parametrize("name", names())
def test_nothing_stands_inline(name: str) -> None:
    text = re.sub(r"\{#.*?#\}", "", (TEMPLATES / name).read_text(encoding="utf-8"), flags=re.S)
    tags = re.sub(r"\{[{%].*?[}%]\}", "x", text, flags=re.S)
    assert {kind for kind, pattern in INLINE.items() if pattern.search(tags)} == set()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('<p style="x">', "style attribute"),
        ("<style>", "style element"),
        ('<a\n onclick="x">', "event attribute"),
        ('<a href="javascript:x">', "script address"),
        ("<script>", "inline script"),
        ('<script type="module">', "inline script"),
        ('<img src="//elsewhere.example/x">', "foreign host"),
    ],
)
def test_what_is_inline_is_found(text: str, kind: str) -> None:
    assert kind in {name for name, pattern in INLINE.items() if pattern.search(text)}


@pytest.mark.parametrize(
    "text",
    [
        '<script type="application/json" id="x">',
        '<script type="application/ld+json">',
        '<script type="module" src="x">',
        "<p data-on=x>",
    ],
)
def test_what_is_allowed_passes(text: str) -> None:
    assert {name for name, pattern in INLINE.items() if pattern.search(text)} == set()


def test_no_name_is_that_of_a_dictionarys_method() -> None:
    """`row.copy` is the method, whatever the row's entry "copy" holds, and a page would show where it lies in memory."""
    method = re.compile(rf"\.(?:{'|'.join(name for name in dir(dict) if name[0] != '_')})\b(?!\()")
    code = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)
    found = {
        name: shown
        for name in names()
        if (shown := [one for one in code.findall((TEMPLATES / name).read_text(encoding="utf-8")) if method.search(one)])
    }
    assert found == {}
