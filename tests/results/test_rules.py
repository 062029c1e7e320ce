"""Who sees which results when: the whole table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from conference.access.model import State
from conference.access.rules import Times
from conference.base.errors import Invalid, NotFound, OutsideWindow
from conference.doors.table import Standing
from conference.results.content import Entry
from conference.results.rules import (
    LARGEST_DOCUMENT,
    by_round,
    check_document,
    hidden,
    language_of,
    may_see,
    may_see_report,
    readable_from,
    stays_for_all,
    version_at,
)
from tests.results.house import small_pdf

THEN = datetime(2021, 5, 4, tzinfo=UTC)
NOW = THEN + timedelta(days=3)


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
    assert "".join("x" if may_see(asset, state, standing, NOW) else "." for state in STATES) == row


@pytest.mark.parametrize(("case", "row"), TABLE.items(), ids=str)
def test_the_report_comes_after_the_day(case: tuple[Standing, bool, bool], row: str) -> None:
    standing, published, remains = case
    expected = row if standing is Standing.ORGANISER else row[:3] + "." + row[4:]
    asset = Asset(THEN if published else None, remains)
    assert "".join("x" if may_see_report(asset, state, standing, NOW) else "." for state in STATES) == expected


def test_only_what_was_published_and_may_stay_stays() -> None:
    staying = [state for state in STATES if stays_for_all(Asset(THEN, True), state, NOW)]
    assert staying == [State.CLOSED, State.PURGED]
    assert not any(
        stays_for_all(Asset(None, True), state, NOW) or stays_for_all(Asset(THEN, False), state, NOW) for state in STATES
    )


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


def test_what_is_planned_is_not_there_before_its_second() -> None:
    planned = Asset(NOW, True)
    before = NOW - timedelta(microseconds=1)
    for state in STATES:
        assert not may_see(planned, state, Standing.PERSON, before)
        assert not stays_for_all(planned, state, before)
    assert may_see(planned, State.ARCHIVE, Standing.STRANGER, NOW)
    assert stays_for_all(planned, State.CLOSED, NOW)


@dataclass
class Version:
    number: int
    public_from: datetime


def test_the_newest_version_whose_moment_has_come_is_shown() -> None:
    first, second, third = (Version(n + 1, THEN + timedelta(days=n)) for n in range(3))
    asset = Asset(THEN, True)
    assert version_at(asset, [third, first, second], THEN) is first
    assert version_at(asset, [first, second, third], THEN + timedelta(hours=47)) is second
    assert version_at(asset, [first, second, third], NOW) is third
    assert version_at(asset, [], NOW) is None
    assert version_at(Asset(None, True), [first], NOW) is None
    assert version_at(Asset(NOW, True), [first], NOW - timedelta(seconds=1)) is None


def test_lines_by_round() -> None:
    lines = [Entry(name, {}, round=number) for name, number in (("a", None), ("b", 1), ("c", 1), ("d", 2))]
    shape = [(number, [one.id for one in some]) for number, some in by_round(lines)]
    assert shape == [(None, ["a"]), (1, ["b", "c"]), (2, ["d"])]


def test_the_language_of_a_document_is_known_when_its_title_has_one_language() -> None:
    assert language_of({"de": "Ergebnisse"}) == "de"
    assert language_of({"de": "Ergebnisse", "en": "Results"}) is None


def test_from_when_on_what_is_published_is_read() -> None:
    begin = datetime(2021, 5, 4, 8, tzinfo=UTC)
    times = Times(None, begin, begin, begin + timedelta(hours=3), begin + timedelta(days=13), begin + timedelta(days=21))
    early, within, late = begin - timedelta(days=1), begin + timedelta(hours=2), begin + timedelta(days=1)
    people = [readable_from(published, times, Standing.PERSON) for published in (early, within, late)]
    strangers = [readable_from(published, times, Standing.STRANGER) for published in (early, within, late)]
    assert people == [times.live, within, late]
    assert strangers == [times.archive, times.archive, late]
    assert readable_from(early, times, Standing.ORGANISER) == early
