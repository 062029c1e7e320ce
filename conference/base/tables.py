"""Tables that people bring and take along: CSV and XLSX in, CSV out, and no cell that a spreadsheet takes for a formula.

What is written is UTF-8 with a byte order mark, semicolons and CRLF (RFC 4180 otherwise), as German spreadsheets open it.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence

from conference.base import unfolding
from conference.base.errors import Invalid
from conference.base.unfolding import LARGEST_UNPACKED, MOST_COLUMNS, cell

LARGEST = 10 * 1024 * 1024
TIMEOUT = 40.0
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # the last four: full width
_SEPARATORS = ";,\t"


def read_table(data: bytes, *, most_rows: int) -> list[list[str]]:
    """The cells of a CSV file (UTF-8 or Windows-1252; semicolon, comma or tabulator) or of an XLSX file's first sheet, without
    surrounding space; a row may be shorter than others, rows without any cell at the end are left out.

    It is looked at what the bytes are, not how the file is called. Blocks for seconds with 10,000 rows of XLSX.
    Raises Invalid("table_unreadable"), Invalid("table_too_large", most=bytes), Invalid("table_rows", most=rows).
    """
    if len(data) > LARGEST:
        raise Invalid("table_too_large", most=LARGEST)
    rows = []
    most = 2 * most_rows + 100  # sheets may be formatted far below their end
    cells = _of_workbook(data, most) if data.startswith(b"PK\x03\x04") else _of_text(data)
    for number, row in enumerate(itertools.islice(cells, most)):
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
            yield [cell(each) for each in row[:MOST_COLUMNS]]
    except csv.Error:
        raise Invalid("table_unreadable") from None


def _of_workbook(data: bytes, most: int) -> list[list[str]]:
    """Read by a process of its own, which may break (`unfolding.py`)."""
    command = [sys.executable, "-I", unfolding.__file__, str(most)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, env={}, timeout=TIMEOUT)  # noqa: S603 -- a program of ours
        said = json.loads(done.stdout)
    except (ValueError, subprocess.TimeoutExpired):
        raise Invalid("table_unreadable") from None
    if said.get("refused") == "table_too_large":
        raise Invalid("table_too_large", most=LARGEST_UNPACKED)
    if "rows" not in said:
        raise Invalid("table_unreadable")
    rows: list[list[str]] = said["rows"]
    return rows
