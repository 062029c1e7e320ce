"""Which answer is right, what is said of the others, and what is cut when there is too much."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from conference.keeping.checking.rules import (
    LEFT_OUT,
    LONGEST,
    MOST_ADDRESSES,
    MOST_FAULTS,
    Answer,
    Kind,
    Probe,
    Wrong,
    is_due,
    is_under_way,
    judged,
    within,
    wrong_with,
)

PAGE = Probe(Kind.PAGE, "https://example.org/a/", hidden=True)
FILE = Probe(Kind.OBJECT, "https://example.org/objects/a")
CALL = Probe(Kind.CALL, "https://example.org/a/sessions/b/whep", method="POST")
RESULT = Probe(Kind.RESULT, "https://example.org/a/report")
WITHDRAWAL = Probe(Kind.WITHDRAWAL, "https://example.org/a/cards/withdraw/b.c", shown="https://example.org/a/...", hidden=True)
NOW = datetime(2021, 5, 18, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("probe", "answer", "wrong"),
    [
        (PAGE, Answer(410, hidden=True), None),
        (PAGE, Answer(410), Wrong.FOUND),
        (PAGE, Answer(404), None),
        (PAGE, Answer(200, hidden=True), Wrong.OPEN),
        (PAGE, Answer(302, leads="store.example.org"), Wrong.ELSEWHERE),
        (PAGE, Answer(503), Wrong.BROKEN),
        (PAGE, Answer(429), Wrong.BROKEN),
        (PAGE, Answer(0, reason="timeout"), Wrong.SILENT),
        (FILE, Answer(403), None),
        (FILE, Answer(401), None),
        (FILE, Answer(206), Wrong.OPEN),
        (FILE, Answer(400), None),
        (CALL, Answer(400), Wrong.OPEN),
        (CALL, Answer(201), Wrong.OPEN),
        (CALL, Answer(410), None),
        (RESULT, Answer(200), None),
        (RESULT, Answer(404), Wrong.MISSING),
        (RESULT, Answer(302, leads="elsewhere.example.org"), Wrong.MISSING),
        (WITHDRAWAL, Answer(200, hidden=True), None),
        (WITHDRAWAL, Answer(200), Wrong.FOUND),
    ],
)
def test_an_answer_is_right_or_says_what_is_wrong(probe: Probe, answer: Answer, wrong: Wrong | None) -> None:
    assert wrong_with(probe, answer) is wrong


def test_what_is_kept_names_addresses_without_their_secrets() -> None:
    outcome = judged([PAGE, WITHDRAWAL], {0: Answer(410, hidden=True), 1: Answer(404)})
    assert outcome.tried == {"page": 1, "withdrawal": 1}
    assert outcome.faults == [{"kind": "withdrawal", "address": "https://example.org/a/...", "answer": "missing", "status": 404}]


def test_nobody_answers_at_all() -> None:
    outcome = judged([PAGE, FILE, RESULT], {number: Answer(0, reason="timeout") for number in range(3)})
    assert outcome.faults == [{"kind": "nobody", "address": "", "answer": "timeout"}]


def test_what_was_not_asked_is_counted() -> None:
    assert judged([PAGE, FILE], {0: Answer(410, hidden=True)}, cut=3).tried == {"page": 1, LEFT_OUT: 4}


def test_a_long_list_of_faults_is_cut_and_counted() -> None:
    faults = judged([FILE] * (MOST_FAULTS + 5), dict.fromkeys(range(MOST_FAULTS + 5), Answer(200))).faults
    assert (len(faults), faults[-1]) == (MOST_FAULTS + 1, {"kind": "more", "address": "", "answer": "5"})


def test_of_too_many_addresses_some_of_each_kind_stay() -> None:
    assert within([PAGE, FILE]) == [PAGE, FILE]
    kept = within([PAGE] * (2 * MOST_ADDRESSES) + [FILE] * 20 + [RESULT])
    assert (len(kept), kept.count(FILE), kept.count(RESULT)) == (MOST_ADDRESSES, 20, 1)


def test_a_check_that_takes_too_long_has_died() -> None:
    assert is_under_way(NOW, None, NOW)
    assert not is_under_way(NOW, None, NOW + LONGEST)
    assert not is_under_way(NOW, NOW, NOW)


def test_it_looks_by_itself_once_after_closing() -> None:
    closes = NOW
    assert not is_due(closes, None, NOW - timedelta(seconds=1))
    assert is_due(closes, None, NOW)
    assert is_due(closes, NOW - timedelta(days=1), NOW)  # closed, opened and closed again
    assert not is_due(closes, NOW, NOW + timedelta(hours=1))
    assert not is_due(closes, None, NOW + timedelta(days=8))
