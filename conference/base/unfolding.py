"""Reads an XLSX file that somebody has brought, in a process of its own: `python -I unfolding.py MOST_ROWS < file`.

Writes one line of JSON: {"rows": [[cell]]}, or {"refused": code}. A file that makes the reader use too much memory or time breaks
this process alone. It imports nothing of the platform, so that it can do nothing but read.
"""

from __future__ import annotations

import io
import itertools
import json
import resource
import sys
import zipfile
from collections.abc import Callable, Iterator
from typing import Any
from xml.parsers.expat import ExpatError, ParserCreate

LARGEST_UNPACKED = 80 * 1024 * 1024  # of all parts of an XLSX file together: ten thousand people take about 5 MB
LARGEST_STYLES = 2 * 1024 * 1024  # each becomes an object, used or not
LARGEST_TEXT = 40 * 1024 * 1024  # of all cells: one text may stand in many of them
MOST_COLUMNS = 100
LONGEST_CELL = 10_000
SECONDS = 15
MEMORY = 1024**3


class Refused(Exception):
    """The file cannot be taken; the first argument is the code."""


def unfolded(data: bytes, most: int) -> list[list[str]]:
    """The first sheet's cells, of at most that many rows. Raises Refused."""
    _look_through(data)
    from openpyxl import load_workbook

    _limit()
    rows, length = [], 0
    for row in itertools.islice(_rows(load_workbook, data), most):
        length += sum(map(len, row))
        if length > LARGEST_TEXT:
            raise Refused("table_too_large")
        rows.append(row)
    return rows


def cell(value: object) -> str:
    """What stands in it, as text."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()[:LONGEST_CELL]


def _rows(load_workbook: Callable[..., Any], data: bytes) -> Iterator[list[str]]:
    try:
        sheet = load_workbook(io.BytesIO(data), read_only=True, data_only=True).worksheets[0]
        for row in sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS):
            texts = [cell(value) for value in row]
            while texts and not texts[-1]:  # all rows come as wide as was asked
                texts.pop()
            yield texts
    except Exception as error:  # the library raises whatever its XML and its numbers make it raise
        raise Refused("table_unreadable") from error


def _look_through(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            # No part unpacks to more than its entry says, so adding these up is enough.
            if sum(part.file_size for part in parts.infolist()) > LARGEST_UNPACKED:
                raise Refused("table_too_large")
            for part in parts.infolist():
                if part.filename.lower() == "xl/styles.xml" and part.file_size > LARGEST_STYLES:
                    raise Refused("table_unreadable")
                if part.filename.lower().endswith((".xml", ".rels")):
                    _refuse_doctype(parts.open(part).read)
    except Refused:
        raise
    except Exception as error:  # whatever a damaged archive makes the library raise
        raise Refused("table_unreadable") from error


class _Begun(Exception):
    """The first element: what may be declared comes before it (XML 1.0, 2.8)."""


def _refuse_doctype(read: Any) -> None:
    """A document type can declare entities that unpack to gigabytes or name files. No spreadsheet writes one."""
    parser = ParserCreate()

    def refuse(*_: object) -> None:
        raise Refused("table_unreadable")

    def begun(*_: object) -> None:
        raise _Begun

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = begun
    try:
        while piece := read(4096):
            parser.Parse(piece)
    except _Begun:
        return
    except ExpatError:
        raise Refused("table_unreadable") from None


def _limit() -> None:
    """After the imports: memory and time of this process, and no file may be written."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(most: str) -> None:
    """Write what stands in the file."""
    said: dict[str, Any]
    try:
        said = {"rows": unfolded(sys.stdin.buffer.read(), int(most))}
    except Refused as refused:
        said = {"refused": refused.args[0]}
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
