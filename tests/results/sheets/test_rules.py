"""The way of a sheet from draft to release, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from conference.results.model import Decision, ResultsSheet, SheetApproval, SheetState
from conference.results.sheets.rules import Stand, Status, approving, day_to_name, days_pass, stand_of, status_of

NOW = datetime(2021, 5, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Version:
    number: int = 1
    changes: int = 3
    made: datetime = NOW - HOUR


def sheet(state: SheetState, published: datetime | None = None, changes: int = 3) -> ResultsSheet:
    return ResultsSheet(session_id="s", conference_id="c", state=state, published=published, changes=changes)


@pytest.mark.parametrize(
    ("state", "published", "version", "expected"),
    [
        (SheetState.DRAFT, None, None, Status(SheetState.DRAFT)),
        (SheetState.PUBLISHED, None, Version(), Status(SheetState.DRAFT)),  # it was taken back
        (SheetState.IN_REVIEW, None, None, Status(SheetState.IN_REVIEW)),
        (SheetState.PUBLISHED, NOW, Version(), Status(SheetState.PUBLISHED, True, False, NOW)),
        (SheetState.DRAFT, NOW, Version(), Status(SheetState.PUBLISHED, True, False, NOW)),
        (SheetState.PUBLISHED, NOW + HOUR, Version(), Status(SheetState.PUBLISHED, False, True, NOW + HOUR)),
        (SheetState.PUBLISHED, NOW, Version(2, 2), Status(SheetState.PUBLISHED, True, False, NOW, NOW - HOUR, True)),
        (SheetState.IN_REVIEW, NOW, Version(1, 2), Status(SheetState.IN_REVIEW, True, False, NOW, None, True)),
        (SheetState.PUBLISHED, NOW, None, Status(SheetState.PUBLISHED, True, False, NOW)),
    ],
)
def test_what_a_sheet_says_of_itself(
    state: SheetState, published: datetime | None, version: Version | None, expected: Status
) -> None:
    assert status_of(sheet(state, published), version, NOW) == expected


def test_without_a_sheet_there_is_a_draft() -> None:
    assert status_of(None, None, NOW) == Status(SheetState.DRAFT)


def approval(decision: Decision | None, changes: int = 3) -> SheetApproval:
    return SheetApproval(
        id="a", conference_id="c", session_id="s", person_id="p", asked=NOW, decision=decision, changes=changes
    )  # fmt: skip


def test_an_approval_is_of_one_text() -> None:
    said = {stand: stand_of(given, 3) for stand, given in {
        Stand.OPEN: approval(None), Stand.CHANGES: approval(Decision.CHANGES, 1),
        Stand.APPROVED: approval(Decision.APPROVED), Stand.BEFORE: approval(Decision.APPROVED, 2),
    }.items()}  # fmt: skip
    assert {stand: found for stand, found in said.items() if stand is not found} == {}
    assert approving([approval(Decision.APPROVED), approval(None), approval(Decision.CHANGES)], 3) == 1
    assert approving([approval(Decision.APPROVED)], 4) == 0  # of an older text


def test_a_day_is_named_until_it_has_passed() -> None:
    day = NOW - HOUR
    assert day_to_name(None, NOW) is None
    assert day_to_name(day, NOW) == day
    assert day_to_name(day, day + timedelta(days=1)) is None
    assert days_pass([], NOW) is None
    assert days_pass([day, day - timedelta(days=3), day + HOUR], NOW) == day + timedelta(days=1)
