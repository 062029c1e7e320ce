"""Tables in and out: what spreadsheets save is read, what they might run is not written, and what is no table is refused."""

from __future__ import annotations

import csv
import io
import resource
import shutil
import subprocess
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from conference.base import unfolding
from conference.base.errors import Invalid
from conference.base.tables import defused, fused, read_table, write_table
from tests.media.browsers.length import in_soak

ROWS = [["Name", "E-Mail"], ["Käthe Müller", "kaethe@example.org"], [], ["Bodo; der Zweite", "bodo@example.org"]]


def workbook(rows: list[list[object]]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_what_spreadsheets_save_as_text(coding: str, separator: str) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows([*ROWS, [], ["", ""]])
    assert read_table(out.getvalue().encode(coding), most_rows=10) == ROWS


def test_a_workbook_whatever_it_is_called() -> None:
    assert read_table(workbook([*ROWS, [], [None, " "]]), most_rows=10) == ROWS
    assert read_table(workbook([["a", 1, 2.0, 2.5, None, "b"]]), most_rows=1) == [["a", "1", "2", "2.5", "", "b"]]


def test_a_table_ends_where_it_may() -> None:
    many = "\n".join(["name"] * 12)
    with pytest.raises(Invalid, match="table_rows"):
        read_table(many.encode(), most_rows=11)
    assert len(read_table((many + "\n" * 500).encode(), most_rows=12)) == 12
    with pytest.raises(Invalid, match="table_too_large"):
        read_table(b"a" * (10 * 1024 * 1024 + 1), most_rows=1)
    assert read_table(b"", most_rows=1) == []


def repacked(data: bytes, name: str, text: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for part in before.namelist():
            after.writestr(part, text if part == name else before.read(part))
    return out.getvalue()


def test_what_is_no_table_or_a_trap_is_refused() -> None:
    sheet = "xl/worksheets/sheet1.xml"
    entity = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>'
    commented = b"<!--" + b" " * 9000 + b"-->" + entity
    whole = workbook(ROWS)
    for bad in (
        whole[:300], b"PK\x03\x04", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"name\0;email", repacked(whole, sheet, entity),
        repacked(whole, sheet, commented), repacked(whole, sheet, b"<worksheet"), repacked(whole, sheet, b"no xml"),
    ):  # fmt: skip
        with pytest.raises(Invalid, match="table_unreadable"):
            read_table(bad, most_rows=10)
    with pytest.raises(Invalid, match="table_too_large"):
        read_table(repacked(whole, sheet, b"<worksheet>" + b" " * (81 * 1024 * 1024)), most_rows=10)


def reading() -> float:
    """Seconds of processor time that readers took so far."""
    return sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


def test_what_makes_the_reader_toil_costs_little() -> None:
    whole = workbook([["a"]])
    with zipfile.ZipFile(io.BytesIO(whole)) as parts:
        styles, sheet = parts.read("xl/styles.xml"), parts.read("xl/worksheets/sheet1.xml")
    one = b'<xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
    here, there = time.process_time(), reading()
    with pytest.raises(Invalid, match="table_unreadable"):
        read_table(repacked(whole, "xl/styles.xml", styles.replace(b"</cellXfs>", one * 300_000 + b"</cellXfs>")), most_rows=10)
    head = sheet.partition(b"<sheetData")[0]
    far = b"".join(b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (number, number) for number in range(1, 20_101))
    wide = repacked(whole, "xl/worksheets/sheet1.xml", head + b"<sheetData>" + far + b"</sheetData></worksheet>")
    assert read_table(wide, most_rows=10_000) == []
    assert (time.process_time() - here < 2, reading() - there < 5) == (True, True)
    with pytest.raises(Invalid, match="table_too_large"):  # one text in five thousand cells
        read_table(workbook([["a" * 10_000] * 100] * 50), most_rows=100)


def test_a_reader_that_dies_takes_nobody_along(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGXCPU)\n")
    monkeypatch.setattr(unfolding, "__file__", str(broken))
    with pytest.raises(Invalid, match="table_unreadable"):
        read_table(workbook([["a"]]), most_rows=10)


def test_ten_thousand_rows_are_read_in_seconds() -> None:
    many = workbook([[f"Name {number}", f"n{number}@example.org", "TH", "Verein", None, number] for number in range(10_000)])
    there = reading()
    assert len(read_table(many, most_rows=10_000)) == 10_000
    assert reading() - there < 5


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1", "＝1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert defused(cell) == "'" + cell
    assert defused("a" + cell) == "a" + cell
    assert fused(defused(cell)) == cell
    assert fused("'" + "a" + cell) == "'a" + cell


@given(st.lists(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=9), max_size=4)))
def test_what_we_write_we_read(rows: list[list[str]]) -> None:
    read = list(csv.reader(io.StringIO(write_table(["a", "b"], rows).removeprefix("\ufeff"), newline=""), delimiter=";"))
    assert read == [["a", "b"], *[[defused(cell) for cell in row] for row in rows]]


OFFICE = shutil.which("soffice") or shutil.which("libreoffice")


@in_soak
@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed (Debian: libreoffice-calc-nogui)")
def test_libreoffice_shows_text_and_no_formulas(tmp_path: Path) -> None:
    cells = ["=1+1", "+1+1", "-1+1", "@SUM(1)", '=HYPERLINK("x")', "Käthe; Müller", '"quoted"', "two\nlines"]
    (tmp_path / "table.csv").write_text(write_table(["cell"], [[cell] for cell in cells]), encoding="utf-8", newline="")
    # 59: semicolon, 34: quotation mark, 76: UTF-8; the last -1 would be "formulas evaluated", which is what we try
    command = [str(OFFICE), f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "xlsx",
               "--infilter=CSV:59,34,76,1,,0,false,true,false,false,false,0,true", "--outdir", str(tmp_path),
               str(tmp_path / "table.csv")]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    shown = read_table((tmp_path / "table.xlsx").read_bytes(), most_rows=20)
    assert shown == [["cell"], *[[defused(cell)] for cell in cells]]
