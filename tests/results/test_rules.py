"""Who sees which results when: the whole table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from conference.access.model import State
from conference.base.errors import Invalid, NotFound, OutsideWindow
from conference.doors.table import Standing
from conference.results.model import Finding, Heading
from conference.results.rules import (
    LARGEST_DOCUMENT,
    check_document,
    grouped,
    hidden,
    is_due,
    key_findings,
    language_of,
    may_see,
    may_see_report,
    stays_for_all,
)
from tests.results.house import small_pdf

THEN = datetime(2021, 5, 4, tzinfo=UTC)


@dataclass
class Asset:
    published: datetime | None
    remains: bool


STATES = list(State)
#                   draft announced doors live archive closed purged
TABLE = {
    (Standing.STRANGER, True, True): "...." + "x" + "xx",
    (Standing.STRANGER, True, False): "...." + "x" + "..",
    (Standing.PERSON, True, True): "..." + "xx" + "xx",
    (Standing.PERSON, True, False): "..." + "xx" + "..",
    (Standing.STRANGER, False, True): ".......",
    (Standing.STRANGER, False, False): ".......",
    (Standing.PERSON, False, True): ".......",
    (Standing.PERSON, False, False): ".......",
    (Standing.ORGANISER, True, True): "xxxxxxx",
    (Standing.ORGANISER, True, False): "xxxxxxx",
    (Standing.ORGANISER, False, True): "xxxxxxx",
    (Standing.ORGANISER, False, False): "xxxxxxx",
}


def test_the_table_is_whole() -> None:
    assert set(TABLE) == set(product(Standing, (True, False), (True, False)))


@pytest.mark.parametrize(("case", "row"), TABLE.items(), ids=str)
def test_sheets_and_documents(case: tuple[Standing, bool, bool], row: str) -> None:
    standing, published, remains = case
    asset = Asset(THEN if published else None, remains)
    assert "".join("x" if may_see(asset, state, standing) else "." for state in STATES) == row


@pytest.mark.parametrize(("case", "row"), TABLE.items(), ids=str)
def test_the_report_comes_after_the_day(case: tuple[Standing, bool, bool], row: str) -> None:
    standing, published, remains = case
    expected = row if standing is Standing.ORGANISER else row[:3] + "." + row[4:]
    asset = Asset(THEN if published else None, remains)
    assert "".join("x" if may_see_report(asset, state, standing) else "." for state in STATES) == expected


def test_only_what_was_published_and_may_stay_stays() -> None:
    staying = [state for state in STATES if stays_for_all(Asset(THEN, True), state)]
    assert staying == [State.CLOSED, State.PURGED]
    assert not any(stays_for_all(Asset(None, True), state) or stays_for_all(Asset(THEN, False), state) for state in STATES)


@pytest.mark.parametrize("state", STATES)
def test_what_is_hidden_is_gone_after_closing_and_unknown_before(state: State) -> None:
    error = hidden(state, "treffen")
    assert type(error) is (OutsideWindow if state in (State.CLOSED, State.PURGED) else NotFound)


@pytest.mark.parametrize(
    "data",
    [
        b"", b"%PDF", b"<html>%PDF-1.7 %%EOF", b" %PDF-1.7\n%%EOF", b"PK\x03\x04 %PDF-1.7 %%EOF", b"%PDF-1.7\n no end",
        b"MZ" + b"\0" * 100, b"%pdf-1.7\n%%EOF",
    ],
)  # fmt: skip
def test_what_is_no_pdf(data: bytes) -> None:
    with pytest.raises(Invalid, match="document_no_pdf"):
        check_document(data)


def test_a_pdf_and_one_too_large() -> None:
    check_document(small_pdf())
    with pytest.raises(Invalid, match="document_too_large"):
        check_document(b"%PDF-1.7" + b"\0" * LARGEST_DOCUMENT)


def test_findings_by_heading_and_round() -> None:
    rows = [
        Finding(id="a", session_id="s", heading=Heading.IDEAS, text={}, round=2, position=0),
        Finding(id="b", session_id="s", heading=Heading.TOPICS, text={}, key=True, position=1),
        Finding(id="c", session_id="s", heading=Heading.IDEAS, text={}, round=1, key=True, position=2),
        Finding(id="d", session_id="s", heading=Heading.IDEAS, text={}, position=3),
    ]
    shape = [(heading, [(number, [one.id for one in group]) for number, group in rounds]) for heading, rounds in grouped(rows)]
    assert shape == [(Heading.TOPICS, [(None, ["b"])]), (Heading.IDEAS, [(None, ["d"]), (1, ["c"]), (2, ["a"])])]
    assert [one.id for one in key_findings(rows)] == ["b", "c"]


def test_the_language_of_a_document_is_known_when_its_title_has_one_language() -> None:
    assert language_of({"de": "Ergebnisse"}) == "de"
    assert language_of({"de": "Ergebnisse", "en": "Results"}) is None


def test_while_the_day_runs_results_wait_for_the_end_of_their_session() -> None:
    ends = datetime(2021, 5, 4, 10, 10, tzinfo=UTC)
    before = ends - timedelta(seconds=1)
    assert not is_due(ends, State.LIVE, Standing.PERSON, before)
    assert is_due(ends, State.LIVE, Standing.PERSON, ends)
    assert is_due(ends, State.LIVE, Standing.ORGANISER, before)
    assert is_due(ends, State.ARCHIVE, Standing.STRANGER, before)
