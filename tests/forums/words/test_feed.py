"""What captioning software sends, read."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.forums.words.feed import NotCaptions, Sent, read_json, read_plain


def test_plain_text_is_finished_lines() -> None:
    assert read_plain("Guten Tag\r\n\n  zusammen \n") == [Sent("Guten Tag"), Sent("zusammen")]
    assert read_plain("eins\nzwei", "7") == [Sent("eins", "7-0"), Sent("zwei", "7-1")]
    assert read_plain("") == []


def test_json_lines_may_grow() -> None:
    body = '{"text": "Gu", "line": 3, "final": false}\n\n{"text": "Guten Tag", "line": "3"}\n'
    assert read_json(body) == [Sent("Gu", "3", False), Sent("Guten Tag", "3", True)]


@pytest.mark.parametrize(
    "body",
    ["x", "[]", "5", '{"text": 5}', '{"text": "a", "final": "yes"}', '{"text": "a", "line": ""}', '{"text": "a", "line": true}',
     '{"text": "\\ud800"}', '{"text": "a", "line": "\\ud800"}', '{"line": "a"}', '{"text": "a"}\n' * 51, "[" * 5000],
)  # fmt: skip
def test_what_is_no_json_of_captions(body: str) -> None:
    with pytest.raises(NotCaptions):
        read_json(body)


def test_too_many_lines_at_once() -> None:
    with pytest.raises(NotCaptions):
        read_plain("a\n" * 51)


@given(st.text(max_size=300))
def test_anything_is_read_or_refused(body: str) -> None:
    for read in (read_plain, read_json):
        with contextlib.suppress(NotCaptions):
            assert all(len(sent.text) <= 500 for sent in read(body))
