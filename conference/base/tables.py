"""Tables that people bring and take along: CSV and XLSX in, CSV out, and no cell that a spreadsheet takes for a formula.

What is written is UTF-8 with a byte order mark, semicolons and CRLF (RFC 4180 otherwise), as German spreadsheets open it.
"""

from __future__ import annotations

import csv
import io
import itertools
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from xml.parsers.expat import ExpatError, ParserCreate

from openpyxl import load_workbook

from conference.base.errors import Invalid

LARGEST = 10 * 1024 * 1024
LARGEST_UNPACKED = 80 * 1024 * 1024  # of all parts of an XLSX file together: ten thousand people take about 5 MB
MOST_COLUMNS = 100
LONGEST_CELL = 10_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # the last four: full width
_SEPARATORS = ";,\t"


def read_table(data: bytes, *, most_rows: int) -> list[list[str]]:
    """The cells of a CSV file (UTF-8 or Windows-1252; semicolon, comma or tabulator) or of an XLSX file's first sheet, without
    surrounding space; a row may be shorter than others, rows without any cell at the end are left out.

    It is looked at what the bytes are, not how the file is called. Blocks for a second with 10,000 rows of XLSX.
    Raises Invalid("table_unreadable"), Invalid("table_too_large", most=bytes), Invalid("table_rows", most=rows).
    """
    if len(data) > LARGEST:
        raise Invalid("table_too_large", most=LARGEST)
    rows = []
    cells = _of_workbook(data) if data.startswith(b"PK\x03\x04") else _of_text(data)
    for number, row in enumerate(itertools.islice(cells, 2 * most_rows + 100)):  # sheets may be formatted far below their end
        rows.append(row if any(row) else [])
        if number >= most_rows and any(row):
            raise Invalid("table_rows", most=most_rows)
    while rows and not rows[-1]:
        rows.pop()
    return rows


def write_table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The text of a CSV file, byte order mark and all."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    for row in (head, *rows):
        writer.writerow([defused(cell) if isinstance(cell, str) else cell for cell in row])
    return "\ufeff" + out.getvalue()


def defused(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def fused(cell: str) -> str:
    """The cell as it was before `defused`: a table that we wrote is read as it was."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_FORMULA) else cell


def _of_text(data: bytes) -> Iterator[list[str]]:
    try:
        text = data.decode("utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")  # what German spreadsheets save as "CSV"
    if "\0" in text:
        raise Invalid("table_unreadable")
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            yield [_cell(cell) for cell in row[:MOST_COLUMNS]]
    except csv.Error:
        raise Invalid("table_unreadable") from None


def _of_workbook(data: bytes) -> Iterator[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            # No part unpacks to more than its entry says, so adding these up is enough.
            if sum(part.file_size for part in parts.infolist()) > LARGEST_UNPACKED:
                raise Invalid("table_too_large", most=LARGEST_UNPACKED)
            for name in parts.namelist():
                if name.lower().endswith((".xml", ".rels")):
                    _refuse_doctype(parts.open(name).read)
        sheet = load_workbook(io.BytesIO(data), read_only=True, data_only=True).worksheets[0]
        for row in sheet.iter_rows(values_only=True):
            yield [_cell(cell) for cell in row[:MOST_COLUMNS]]
    except Invalid:
        raise
    except Exception as error:  # the library raises whatever its XML and its numbers make it raise
        raise Invalid("table_unreadable") from error


class _Begun(Exception):
    """The first element: what may be declared comes before it (XML 1.0, 2.8)."""


def _refuse_doctype(read: Any) -> None:
    """A document type can declare entities that unpack to gigabytes or name files. No spreadsheet writes one."""
    parser = ParserCreate()

    def refuse(*_: object) -> None:
        raise Invalid("table_unreadable")

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
        raise Invalid("table_unreadable") from None


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()[:LONGEST_CELL]
