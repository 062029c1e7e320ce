"""What is drawn on a page of a PDF, by its marks (ISO 32000-1, 14.6): the text of each marked content, and what bears no mark."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name

from tests.services import skip_or_fail

# Operators that put something on the page (8.5.3.1, 8.7.4.2, 8.8, 8.9.7, 9.4.3).
PAINTS = frozenset({"S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "sh", "Do", "INLINE IMAGE", "Tj", "TJ", "'", '"'})
TEXTS = frozenset({"Tj", "TJ", "'", '"'})


def read_off(data: bytes, *options: str) -> str:
    """What a reader without tags makes of the pages: pdftotext's answer."""
    if shutil.which("pdftotext") is None:
        skip_or_fail("pdftotext is not installed (Debian: poppler-utils)")
    done = subprocess.run(["pdftotext", *options, "-", "-"], input=data, capture_output=True, check=True)
    return done.stdout.decode()


@dataclass
class Marked:
    """mcid: of the page; text: what its characters mean."""

    mcid: int
    text: str = ""


@dataclass(frozen=True)
class Unmarked:
    """Something that no mark reaches, or that two reach."""

    fault: str


@dataclass
class _State:
    """marks: open ones, from the outside: a Marked, "artifact", None for another; said: words stand for what is drawn."""

    marks: list[Marked | str | None] = field(default_factory=list)
    said: list[bool] = field(default_factory=list)
    font: dict[int, str] = field(default_factory=dict)
    width: int = 2


def marked_of(page: pikepdf.Page) -> Iterator[Marked | Unmarked]:
    """All marked contents of a page in the order in which they are drawn, and a fault for whatever is drawn outside."""
    state = _State()
    yield from _drawn(page, page.obj.get("/Resources", Dictionary()), state)
    if state.marks:
        yield Unmarked("a mark does not end")


def _drawn(content: Any, resources: Dictionary, state: _State) -> Iterator[Marked | Unmarked]:
    fonts: dict[str, tuple[dict[int, str], int]] = {}
    for instruction in pikepdf.parse_content_stream(content):
        operator = str(instruction.operator)
        operands = list(instruction.operands) if operator != "INLINE IMAGE" else []
        if operator in ("BDC", "BMC"):
            yield from _opened(operator, operands, resources, state)
        elif operator == "EMC":
            if not state.marks:
                yield Unmarked("a mark ends that never began")
                continue
            state.marks.pop()
            state.said.pop()
        elif operator == "Tf":
            name = str(operands[0])
            if name not in fonts:
                fonts[name] = _meanings(resources["/Font"][name])
            state.font, state.width = fonts[name]
        elif operator in PAINTS:
            form = resources.get("/XObject", Dictionary()).get(str(operands[0])) if operator == "Do" else None
            if not any(state.marks) and not (form is not None and form.get("/Subtype") == Name("/Form")):
                yield Unmarked(f"something is drawn ({operator}) that is neither tagged nor an artifact")
            if form is not None and form.get("/Subtype") == Name("/Form"):
                yield from _drawn(form, form.get("/Resources", resources), state)
            if operator in TEXTS:
                _read(operands, state)


def _opened(operator: str, operands: list[Any], resources: Dictionary, state: _State) -> Iterator[Marked | Unmarked]:
    tag = str(operands[0])
    facts = operands[1] if operator == "BDC" else Dictionary()
    if isinstance(facts, Name):
        facts = resources["/Properties"][str(facts)]
    open_marks = [mark for mark in state.marks if mark is not None]
    stands = False
    if tag == "/Artifact":
        if any(isinstance(mark, Marked) for mark in open_marks):
            yield Unmarked("an artifact within tagged content")
        state.marks.append("artifact")
    elif "/MCID" in facts:
        if open_marks:
            yield Unmarked("tagged content within other")
        mark = Marked(int(facts["/MCID"]))
        state.marks.append(mark)
        yield mark
    else:
        state.marks.append(None)
    if "/ActualText" in facts:
        stands = True
        _say(str(facts["/ActualText"]), state)
    state.said.append(stands)


def _read(operands: list[Any], state: _State) -> None:
    if any(state.said):
        return
    parts = operands[0] if isinstance(operands[0], Array) else [operands[-1]]
    for part in parts:
        if isinstance(part, pikepdf.String):
            raw = bytes(part)
            codes = [int.from_bytes(raw[at : at + state.width], "big") for at in range(0, len(raw), state.width)]
            _say("".join(state.font.get(code, "\ufffd") for code in codes), state)


def _say(text: str, state: _State) -> None:
    for mark in state.marks:
        if isinstance(mark, Marked):
            mark.text += text


def _meanings(font: Dictionary) -> tuple[dict[int, str], int]:
    """Code -> text by the font's ToUnicode map (9.10.3), and the bytes of a code."""
    width = 2 if font.get("/Subtype") == Name("/Type0") else 1
    if "/ToUnicode" not in font:
        return {}, width
    source = font["/ToUnicode"].read_bytes().decode("ascii", "replace")
    found: dict[int, str] = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", source, re.S):
        for code, text in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            found[int(code, 16)] = bytes.fromhex(text).decode("utf-16-be")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", source, re.S):
        for first, last, text in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            start = bytes.fromhex(text).decode("utf-16-be")
            for step in range(int(last, 16) - int(first, 16) + 1):
                found[int(first, 16) + step] = start[:-1] + chr(ord(start[-1]) + step)
    return found, width
