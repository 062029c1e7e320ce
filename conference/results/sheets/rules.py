"""Which way a sheet goes from draft to release, and who says what of it: pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from conference.results.model import Decision, ResultsSheet, SheetApproval, SheetState

DAY = timedelta(days=1)
REMINDED = timedelta(minutes=10)
"""Who has been asked is not asked again before."""


class Released(Protocol):
    """A version of a sheet."""

    @property
    def number(self) -> int: ...
    @property
    def changes(self) -> int: ...
    @property
    def made(self) -> datetime: ...


class Stand(StrEnum):
    """What one approver says of the sheet as it is now."""

    OPEN = "open"
    APPROVED = "approved"
    BEFORE = "approved_before"  # of an older text
    CHANGES = "changes"


@dataclass(frozen=True, slots=True)
class Status:
    """state: what its badge says; public: anybody may read it; to_come: it will be public from `since` on; corrected: when it was
    released again, None for the first version; ahead: the draft says more than the released version."""

    state: SheetState
    public: bool = False
    to_come: bool = False
    since: datetime | None = None
    corrected: datetime | None = None
    ahead: bool = False


def status_of(sheet: ResultsSheet | None, newest: Released | None, now: datetime) -> Status:
    """newest: the sheet's newest version, if there is any."""
    if sheet is None:
        return Status(SheetState.DRAFT)
    since = sheet.published
    public = since is not None and since <= now
    state = sheet.state
    if state is SheetState.PUBLISHED and since is None:
        state = SheetState.DRAFT  # it was taken back
    if state is SheetState.DRAFT and since is not None:
        state = SheetState.PUBLISHED
    corrected = newest.made if newest is not None and newest.number > 1 and since is not None else None
    ahead = newest is not None and since is not None and sheet.changes > newest.changes
    return Status(state, public, since is not None and not public, since, corrected, ahead)


def stand_of(approval: SheetApproval, changes: int) -> Stand:
    """changes: the sheet's number now."""
    if approval.decision is None:
        return Stand.OPEN
    if approval.decision is Decision.CHANGES:
        return Stand.CHANGES
    return Stand.APPROVED if approval.changes >= changes else Stand.BEFORE


def has_heard(approval: SheetApproval, sheet: ResultsSheet, now: datetime) -> bool:
    """Whether whoever was asked needs no letter now: they approve the text as it is, or wish for changes that nobody has made
    yet, or had a letter about it just now. approval.changes: number of the text that they were asked about, or judged."""
    if stand_of(approval, sheet.changes) is Stand.APPROVED:
        return True
    if sheet.state is not SheetState.IN_REVIEW or approval.changes != sheet.changes:
        return False
    return approval.decision is Decision.CHANGES or now < approval.asked + REMINDED


def approving(approvals: Iterable[SheetApproval], changes: int) -> int:
    """How many of those who were asked approve the text as it is now."""
    return sum(stand_of(one, changes) is Stand.APPROVED for one in approvals)


def day_to_name(expected: datetime | None, now: datetime) -> datetime | None:
    """The day on which results are said to follow, as long as it has not passed. expected: its beginning."""
    return expected if expected is not None and now < expected + DAY else None


def days_pass(expected: Iterable[datetime], now: datetime) -> datetime | None:
    """When the next of these days has passed, so that a page that names it is not true any more."""
    return min((day + DAY for day in expected if day + DAY > now), default=None)
