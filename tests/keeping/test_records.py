"""What a record counts, and when organisers are reminded: pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from conference.keeping.ending import reminds
from conference.keeping.model import ListKept, PurgeRecord
from conference.keeping.records import going, gone, left_over, remaining

PURGE = datetime(2021, 6, 17, 22, tzinfo=UTC)


def ago(**before: float) -> datetime:
    return PURGE - timedelta(**before)


@pytest.mark.parametrize(
    ("now", "asked", "kept", "due"),
    [
        (ago(days=8), None, None, False),
        (ago(days=7), None, None, True),
        (ago(days=6), ago(days=7), None, False),
        (ago(days=1), ago(days=7), None, True),
        (ago(hours=1), ago(hours=23), None, False),
        (ago(days=7), ago(days=40), None, True),  # the day was put off after a first letter
        (ago(hours=20), None, None, True),  # it was brought forward: one letter, not two
        (ago(days=7), None, ListKept.SAVED, False),
        (ago(days=1), ago(days=7), ListKept.SAVED, True),
        (ago(days=1), None, ListKept.NOT_NEEDED, True),
        (PURGE, None, None, False),
    ],
)
def test_organisers_are_reminded_a_week_before_and_a_day_before(
    now: datetime, asked: datetime | None, kept: ListKept | None, due: bool
) -> None:
    record = PurgeRecord(conference_id="c", list_asked=asked, kept_list=kept)
    assert reminds(PURGE, record, now) is due
    if asked is None and kept is None:
        assert reminds(PURGE, None, now) is due


def test_a_record_counts_what_went_and_what_stays() -> None:
    before = {"person": 12, "card": 5, "session": 4, "round": 3, "browsersession": 2, "audit_entry": 9}
    after = {"person": 0, "card": 2, "session": 4, "round": 3, "browsersession": 0, "audit_entry": 11}
    assert gone(before, after) == {"person": 12, "card": 3, "session": 4, "browsersession": 2, "audit_entry": 11}
    assert remaining(after) == {"card": 2, "session": 4, "round": 3, "audit_entry": 11}
    assert left_over(after) == {}
    assert left_over({**after, "person": 1}) == {"person": 1}
    assert going(before) == {"person": 12, "browsersession": 2}
    assert going(before, {"card": 2}) == {"person": 12, "browsersession": 2, "card": 3}
