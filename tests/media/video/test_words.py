"""Subtitles of the four codecs become the same WebVTT."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.video.words import CODECS, MOST_CUES, Piece, language_of, vtt


def mov_text(text: str) -> bytes:
    data = text.encode()
    return len(data).to_bytes(2, "big") + data + b"\x00\x00\x00\x0cstyl\x00\x00\x00\x00"


@pytest.mark.parametrize(
    ("codec", "data"),
    [
        ("mov_text", mov_text("Guten Tag\r\nEins & zwei <3")),
        ("subrip", b"<i>Guten</i> Tag\r\n{\\an8}Eins & zwei <3"),
        ("webvtt", b"<v Anna>Guten Tag</v>\n\nEins &amp; zwei &lt;3"),
        ("ass", b"0,0,Default,Anna,0,0,0,,{\\b1}Guten{\\b0} Tag\\NEins & zwei <3"),
    ],
)
def test_each_codec(codec: str, data: bytes) -> None:
    assert vtt(codec, [Piece(1.5, 2.25, data)], begins=0.5) == (
        "WEBVTT\n\n00:00:01.000 --> 00:00:03.250\nGuten Tag\nEins &amp; zwei &lt;3\n"
    )


def test_order_length_and_silence() -> None:
    pieces = [Piece(3700.0, None, b"later"), Piece(0.0, 9999.0, b"sooner"), Piece(2.0, 1.0, b" \n "), Piece(5.0, 1.0, b"<b></b>")]
    assert vtt("subrip", pieces) == ("WEBVTT\n\n00:00:00.000 --> 00:00:04.000\nsooner\n\n01:01:40.000 --> 01:01:44.000\nlater\n")
    assert vtt("subrip", []) is None
    assert vtt("mov_text", [Piece(0, 1, b""), Piece(0, 1, b"\x00\x00")]) is None


def test_what_is_too_much_is_left_out() -> None:
    said = vtt("subrip", [Piece(number, 1.0, b"x" * 9000) for number in range(MOST_CUES + 10)])
    assert said is not None
    assert said.count("-->") == MOST_CUES
    assert len(said) < MOST_CUES * 2100


@given(st.sampled_from(sorted(CODECS)), st.binary(max_size=300), st.floats(-10, 10), st.none() | st.floats(-10, 10))
def test_whatever_lies_in_a_packet_stays_one_cue(codec: str, data: bytes, begins: float, seconds: float | None) -> None:
    said = vtt(codec, [Piece(begins, seconds, data)])
    if said is not None:
        blocks = said.removesuffix("\n").split("\n\n")
        assert len(blocks) == 2
        assert said.count("-->") == 1
        assert "<" not in said


def test_utf_16() -> None:
    assert vtt("mov_text", [Piece(0, 1, b"\x00\x06" + "\ufeffÄ".encode("utf-16-be") + b"\x00\x00")]) is not None
    said = vtt("subrip", [Piece(0, 1, b"\xff\xfe" + "Größe".encode("utf-16-le"))])
    assert said is not None
    assert "Größe" in said


KNOWN = {"ger": "de", "deu": "de", "de": "de", "de-AT": "de", "ENG": "en", "gsw": "gsw"}


@pytest.mark.parametrize("name", [*KNOWN, "und", "", None, "1!", "german"])
def test_languages(name: str | None) -> None:
    assert language_of(name) == KNOWN.get(name or "", "")
