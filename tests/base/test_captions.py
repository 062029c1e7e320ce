# ruff: noqa: E501  (files are easier to read in one line)
"""Captions in, cues and faults out: what programs save, what people type, and what nobody should send."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.base.captions import (
    LARGEST,
    LATEST,
    LONGEST_TEXT,
    MOST_CUES,
    MOST_FAULTS,
    Cue,
    Fault,
    FaultKind,
    Reading,
    clean_text,
    late_cues,
    plain_text,
    read_captions,
    text_of,
    time_text,
    webvtt,
)

ONE = (Cue(1000, 4000, "Guten Tag"),)
SRT = "1\n00:00:01,000 --> 00:00:04,000\nGuten Tag\n\n2\n00:00:04,500 --> 00:00:06,000\n- Grüße\n- Schön\n"
TWO = (Cue(1000, 4000, "Guten Tag"), Cue(4500, 6000, "- Grüße\n- Schön"))


def cues(text: str | bytes) -> tuple[Cue, ...]:
    reading = read_captions(text if isinstance(text, bytes) else text.encode())
    assert reading.faults == ()
    return reading.cues


def faults(text: str | bytes) -> list[tuple[FaultKind, int]]:
    return [(fault.kind, fault.line) for fault in read_captions(text if isinstance(text, bytes) else text.encode()).faults]


@pytest.mark.parametrize(
    "data",
    [
        SRT.encode(), SRT.encode("cp1252"), SRT.encode("utf-8-sig"), SRT.encode("utf-16"), b"\xfe\xff" + SRT.encode("utf-16-be"),
        SRT.replace("\n", "\r\n").encode(), SRT.replace("\n", "\r\r\n").encode(), SRT.replace("\n", "\r").encode(),
        ("\n\n" + SRT + "\n\n").encode(), SRT.replace("\n\n", "\n \t\n\n").encode(), SRT.replace("\n\n", "\n").encode(),
        SRT.replace("1\n00", "00", 1).encode(), SRT.replace("00:00:", "00:").encode(), SRT.replace(",", ".").encode(),
        SRT.replace(" --> ", "-->").encode(), SRT.replace("Guten", "<i>Guten</i>").encode(), SRT.replace("Guten", "{\\an8}Guten").encode(),
        SRT.replace("04,000\n", "04,000 X1:100 X2:200 Y1:1 Y2:2\n").encode(), SRT.replace("Guten", '<font color="#fff">Guten</font>').encode(),
        ("WEBVTT\n\n" + SRT).encode(), ("WEBVTT - Ein Film\nKind: captions\nLanguage: de\n\n" + SRT).encode(),
        ("webvtt\n" + SRT[2:]).encode(), ("WEBVTT\n\nNOTE nichts\nfür Leser\n\nSTYLE\n::cue { color: red }\n\nREGION\nid:a\n\n" + SRT).encode(),
        ("WEBVTT\n\n" + SRT.replace("1\n00", "Anfang\n00", 1)).encode(),
        ("WEBVTT\n\n" + SRT.replace("04,000", "04.000 align:start position:10%,line-left region:a")).encode(),
    ],
    ids=range(25),
)  # fmt: skip
def test_what_programs_save(data: bytes) -> None:
    assert cues(data) == TWO


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<v Ada>Guten</v> <c.rot>Tag</c>", "Guten Tag"), ("<00:01.500>Guten <b>Tag</b>", "Guten Tag"), ("AT&amp;T &lt;b&gt;", "AT&T <b>"),
        ("<lang en>Good</lang>&nbsp;day", "Good\xa0day"), ("1 < 2 und <3", "1 < 2 und <3"), ("<ruby>A<rt>b</rt></ruby>", "Ab"),
        ("a\n \t \nb", "a\nb"), ("\ta   b ", "a b"), ("a\x7fb", "ab"), ("<unfinished", "<unfinished"),
    ],
)  # fmt: skip
def test_tags_of_webvtt_are_what_players_show(written: str, shown: str) -> None:
    assert cues(f"WEBVTT\n\n00:01.000 --> 00:04.000\n{written}\n") == (Cue(1000, 4000, shown),)


def test_srt_knows_few_tags_and_no_entities() -> None:
    assert cues("1\n00:01,000 --> 00:04,000\n<Musik> a &amp; b </b>c\n") == (Cue(1000, 4000, "<Musik> a &amp; b c"),)


@pytest.mark.parametrize(
    ("timing", "start", "end"),
    [
        ("0:01 --> 0:04", 1000, 4000),
        ("0:1,5 --> 1:0:4.25", 1500, 3604250),
        ("100:00:00.000 --> 100:00:00.001", None, None),
        ("23:59:59.999 --> 24:00:00.000", 86399999, LATEST),
    ],
)
def test_times(timing: str, start: int | None, end: int | None) -> None:
    reading = read_captions(f"{timing}\nx".encode())
    assert [(cue.start, cue.end) for cue in reading.cues] == ([] if start is None else [(start, end)])
    assert [fault.kind for fault in reading.faults] == ([FaultKind.LATE] if start is None else [])


def test_cues_may_overlap_and_come_in_any_order() -> None:
    text = "WEBVTT\n\n00:05.000 --> 00:06.000\nzwei\n\n00:01.000 --> 00:09.000\neins\n\n00:01.000 --> 00:02.000\nnull\n"
    assert cues(text) == (Cue(1000, 2000, "null"), Cue(1000, 9000, "eins"), Cue(5000, 6000, "zwei"))


def test_a_cue_without_text_is_none() -> None:
    assert cues("1\n00:01,000 --> 00:04,000\n\n2\n00:01,000 --> 00:04,000\nGuten Tag\n") == ONE


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", [("empty", 0)]), (b"\n \r\n", [("empty", 0)]), (b"WEBVTT", [("empty", 0)]), (b"WEBVTT\n\nNOTE nothing", [("empty", 0)]),
        (b"1\n00:01,000 --> 00:02,000\n", [("empty", 0)]),
        (b"<html><script>alert(1)</script>", [("format", 0)]), (b"Guten Tag.\n\nWir sind da.", [("format", 0)]),
        (b"PK\x03\x04\0\0", [("binary", 1)]), (b"WEBVTT\n\n\0", [("binary", 3)]), (b"\xff\xfe\0\xd8x", [("binary", 1)]),
        (b"1\n00:01,000 --> 00:02,000\nx\x81", [("encoding", 3)]), (b"x" * (LARGEST + 1), [("size", 0)]),
        (b"1\n00:01,000 -> 00:02,000\nx\n", [("time", 2)]), (b"1\n00:61,000 --> 00:02,000\nx\n", [("time", 2)]),
        (b"1\n00:01,000 --> 00:62,000\nx\n", [("time", 2)]),
        (b"1\n00:01,000 --> bald\nx\n\n2\n00:03,000 --> 00:02,000\ny\n", [("time", 2), ("order", 6)]),
        (b"1\n00:01,000 --> 00:02,0000\nx\n", [("time", 2)]),
        (b"1\n00:01,000 --> 00:01,000\nx\n", [("order", 2)]),
        (b"1\n00:01,000 --> 00:02,000\nx\n\ny\n\n3\n00:05,000 --> 00:06,000\nz\n", [("stray", 5)]),
        (b"Titel\n1\n00:01,000 --> 00:02,000\nx\n", [("stray", 1)]),
        (b"WEBVTTX\n\n00:01.000 --> 00:02.000\nx", [("stray", 1)]),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + b"x" * (LONGEST_TEXT + 1), [("long", 4)]),
    ],
    ids=range(22),
)  # fmt: skip
def test_what_is_wrong_where(data: bytes, expected: list[tuple[str, int]]) -> None:
    assert faults(data) == [(FaultKind(kind), line) for kind, line in expected]


@pytest.mark.parametrize(
    "data",
    [
        b"\r" * LARGEST, b"0:01 --> 0:02\nx" + b"\r" * 400_000, b"WEBVTT\n" + b"x\n" * 200_000 + b"\n0:01 --> 0:02\nx", b"<a" * 200_000 + b"-->",
        b"WEBVTT\n\n0:01 --> 0:02\n" + b"<a" * 200_000, b"WEBVTT\n\n0:01 --> 0:02\n&#" + b"9" * 400_000 + b";", b"0:01 --> 0:02\n{\\" + b"{" * 400_000,
        b"WEBVTT\n\n0:01 --> 0:02\n&#" + b"9" * 3_990 + b";x", b"0:1 -->" + b" " * 400_000 + b"x", b"0:01 --> 0:02\n\n" * 30_000,
    ],
    ids=range(10),
)  # fmt: skip
def test_what_is_meant_to_take_long_does_not(data: bytes) -> None:
    reading = read_captions(data)
    assert reading.cues or reading.faults


def test_faults_say_which_cue_and_what() -> None:
    reading = read_captions(b"1\n00:01,000 --> 00:02,000\nx\n\n2\n00:03,000 --> 00:02,000\n" + b"y" * 60)
    assert reading.faults == (Fault(FaultKind.ORDER, 6, 2, quote="00:03,000 --> 00:02,000"),)
    assert reading.cues == (Cue(1000, 2000, "x"),)
    assert read_captions(b"WEBVTT\n\n0:01 --> 0:02\nx\n\n" + b"y" * 60).faults == (
        Fault(FaultKind.STRAY, 6, 1, quote="y" * 39 + "…"),
    )


def test_too_many() -> None:
    text = "".join(f"{time_text(n * 10)} --> {time_text(n * 10 + 5)}\nx\n\n" for n in range(MOST_CUES + 1))
    assert read_captions(text.encode()).faults == (Fault(FaultKind.MANY, value=MOST_CUES + 1, limit=MOST_CUES),)
    assert len(read_captions(("nie\n\n" * 50 + "00:01 --> 00:02\nx").encode()).faults) == MOST_FAULTS


def test_what_begins_after_the_film() -> None:
    assert late_cues(TWO, 4501) == ()
    assert late_cues(TWO, 4500) == (Fault(FaultKind.LATE, 0, 2, 4500, 4500, "- Grüße - Schön"),)


def test_a_file_can_be_mended_as_text() -> None:
    assert text_of(SRT.replace("\n", "\r\n").encode("cp1252")) == text_of(SRT.encode("utf-16")) == SRT
    assert text_of(b"PK\x03\x04") == ""


def test_the_canonical_file() -> None:
    assert webvtt(reversed(TWO)) == (
        "WEBVTT\n\n00:00:01.000 --> 00:00:04.000\nGuten Tag\n\n00:00:04.500 --> 00:00:06.000\n- Grüße\n- Schön\n"
    )
    assert webvtt([Cue(0, 1, "<b> & -->")]).endswith("\n&lt;b&gt; &amp; --&gt;\n")
    assert plain_text(TWO) == "Guten Tag\n- Grüße - Schön"
    assert time_text(3_723_004) == "01:02:03.004"


times = st.integers(0, LATEST - 1)
texts = st.text(max_size=80).map(clean_text).filter(bool)
some_cues = st.builds(lambda start, more, text: Cue(start, min(start + more, LATEST), text), times, st.integers(1, 10_000), texts)


@given(st.lists(some_cues, min_size=1, max_size=20))
def test_what_is_written_is_read_again(written: list[Cue]) -> None:
    text = webvtt(written)
    reading = read_captions(text.encode())
    assert reading == Reading(tuple(sorted(written, key=lambda cue: (cue.start, cue.end))), ())
    assert webvtt(reading.cues) == text


@given(st.text().map(clean_text))
def test_clean_text_is_clean(text: str) -> None:
    assert clean_text(text) == text
    assert "\n\n" not in text
    text.encode()


PIECES = st.sampled_from(
    [
        b"WEBVTT",
        b"\n",
        b"\n\n",
        b"\r",
        b"1",
        b"NOTE",
        b"STYLE",
        b"-->",
        b" --> ",
        b"00:01.000",
        b"00:02,5",
        b"99:99",
        b"x",
        b"<b>",
        b"<",
        b"&lt",
        b"\xfc",
        b"\0",
        b" ",
    ]
)


@given(st.one_of(st.binary(max_size=200), st.lists(PIECES, max_size=40).map(b"".join)))
def test_whatever_comes_is_cues_or_faults(data: bytes) -> None:
    reading = read_captions(data)
    assert reading.cues or reading.faults
    assert len(reading.faults) <= MOST_FAULTS
    lines = data.count(b"\n") + data.count(b"\r") + 1
    assert all(0 <= fault.line <= lines for fault in reading.faults)
    if reading.cues:
        again = read_captions(webvtt(reading.cues).encode())
        assert (again.cues, again.faults) == (reading.cues, ())
