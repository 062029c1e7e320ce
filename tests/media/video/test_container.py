"""Whether a file is a film and all of it, by its outermost elements."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.video.container import kind_of, whole

FTYP = b"\x00\x00\x00\x10ftypisom\x00\x00\x00\x00"
MOOV = b"\x00\x00\x00\x08moov"
MDAT = b"\x00\x00\x00\x0cmdat1234"
EBML = b"\x1a\x45\xdf\xa3\x87\x42\x82\x84webm"
SEGMENT = b"\x18\x53\x80\x67"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (FTYP, "mov"),
        (MOOV, "mov"),
        (MDAT, "mov"),
        (b"\x00\x00\x00\x18ftypheic", None),
        (b"\x00\x00\x00\x18ftypM4A ", None),
        (EBML, "matroska"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska", "matroska"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x88whatever", None),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "avi"),
        (b"RIFF\x00\x00\x00\x00WAVE", None),
        (b"#EXTM3U\n", None),
        (b"", None),
    ],
)
def test_kinds(head: bytes, kind: str | None) -> None:
    assert kind_of(head) == kind


@pytest.mark.parametrize(
    ("data", "kind", "complete"),
    [
        (FTYP + MDAT + MOOV, "mov", True),
        (FTYP + MOOV + MDAT, "mov", True),
        (FTYP + MOOV + MDAT[:-1], "mov", False),
        (FTYP + MDAT, "mov", False),
        (FTYP + MOOV + b"\x00\x00\x00\x00mdat1234", "mov", True),
        (FTYP + MOOV + b"\x00\x00\x00\x01mdat\x00\x00\x00\x00\x00\x00\x00\x141234", "mov", True),
        (FTYP + MOOV + b"\x00\x00\x00\x01mdat\x00\x00\x00\x00\x00\x00\x01\x001234", "mov", False),
        (FTYP + MOOV + b"SEFT\x00\x01\x02\x03junk", "mov", True),
        (FTYP + MOOV + b"\x00\x00\x00\x02free", "mov", True),
        (MOOV * 100_001, "mov", False),
        (EBML + SEGMENT + b"\x84abcd", "matroska", True),
        (EBML + SEGMENT + b"\x84abc", "matroska", False),
        (EBML + SEGMENT + b"\x40\x03abc", "matroska", True),
        (EBML + SEGMENT + b"\x01\xff\xff\xff\xff\xff\xff\xffabc", "matroska", True),
        (EBML + b"what\x84abcd", "matroska", False),
        (EBML[:4], "matroska", False),
        (b"RIFF\x08\x00\x00\x00AVI abcd", "avi", True),
        (b"RIFF\x09\x00\x00\x00AVI abcd", "avi", False),
    ],
)
def test_a_file_is_whole_when_all_that_it_promises_is_there(data: bytes, kind: str, complete: bool) -> None:
    assert whole(BytesIO(data), kind, len(data)) is complete


@given(st.binary(max_size=400), st.sampled_from(["mov", "matroska", "avi"]))
def test_no_bytes_break_the_walk(data: bytes, kind: str) -> None:
    assert whole(BytesIO(data), kind, len(data)) in (True, False)
    kind_of(data[:64])
