"""Captions of films: WebVTT and SubRip (SRT) in, cues and faults out, canonical WebVTT back. Pure; the only reader of them.

Reading is generous where nothing can be lost by it: missing hours, comma or point before the fraction, any end of line, a byte
order mark, UTF-8, UTF-16 with its mark or Windows-1252, cues in any order and over each other. What would lose words silently
in players (text without a time, times that cannot be) is a fault with its line. Comments, styles, regions and settings of
cues go, and tags are reduced to the text that WebVTT players show. Sources: W3C WebVTT, sections 4 and 6; SRT has none.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

LARGEST = 512 * 1024  # bytes
MOST_CUES = 2000
LONGEST_TEXT = 500  # characters of one cue
MOST_MARKUP = 4000  # characters of one cue before its tags are taken out
MOST_FAULTS = 20
LATEST = 24 * 60 * 60 * 1000  # milliseconds

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?"
_TIMING = re.compile(rf"{_TIME}[ \t]*-->[ \t]*{_TIME}(?:[ \t].*)?", re.ASCII)
_LIKE_TIME = re.compile(r"\d{1,3}:\d{1,2}", re.ASCII)
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0e-\x1f\ufffd]")
_DAMAGED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffd]")  # controls and halves of letters
_NUMBER = re.compile(r"\s*\d+\s*", re.ASCII)
_BLOCK = re.compile(r"(?:NOTE|STYLE|REGION)(?:[ \t]|$)")
_TAG = re.compile(r"<(?:[/a-zA-Z.][^<>]*|\d[\d:.]*)>")
_SRT_TAG = re.compile(r"</?(?:b|i|u|s|font)(?:\s[^<>]*)?>|\{\\[^{}\n]*\}", re.IGNORECASE | re.ASCII)
_ARROW = "-->"


@dataclass(frozen=True)
class Cue:
    """start, end: milliseconds from the film's beginning, 0 <= start < end; text: lines parted by a line feed, none empty."""

    start: int
    end: int
    text: str


class FaultKind(StrEnum):
    """What is wrong. size: more bytes than LARGEST; encoding, binary: no text that can be read; format: no times in it at all;
    time: times that cannot be read; order: the end is not after the start; late: beyond a day, or after the film's end;
    stray: text without a time; long: more than LONGEST_TEXT; many: more than MOST_CUES; empty: not a single cue."""

    SIZE = "size"
    ENCODING = "encoding"
    BINARY = "binary"
    FORMAT = "format"
    TIME = "time"
    ORDER = "order"
    LATE = "late"
    STRAY = "stray"
    LONG = "long"
    MANY = "many"
    EMPTY = "empty"


@dataclass(frozen=True)
class Fault:
    """line: of the file, from 1; 0: the whole of it. cue: which one in the file, from 1; 0: none. value: what was found, limit:
    what is allowed, in the unit of the kind. quote: the beginning of the text in question."""

    kind: FaultKind
    line: int = 0
    cue: int = 0
    value: int = 0
    limit: int = 0
    quote: str = ""


@dataclass(frozen=True)
class Reading:
    """cues: in order of their start; faults: in order of their line, at most MOST_FAULTS. Captions are good without faults."""

    cues: tuple[Cue, ...]
    faults: tuple[Fault, ...]


def read_captions(data: bytes) -> Reading:
    """The cues of a WebVTT or SRT file, whatever its name says."""
    if len(data) > LARGEST:
        return Reading((), (Fault(FaultKind.SIZE, value=len(data), limit=LARGEST),))
    text, fault = _decoded(data)
    if fault is not None:
        return Reading((), (fault,))
    lines = _lines_ended(text).replace("\f", " ").split("\n")
    if not any(line.strip() for line in lines):
        return Reading((), (Fault(FaultKind.EMPTY),))
    return _Reader(lines).read()


def text_of(data: bytes) -> str:
    """The text of a file of captions, for mending it where faults name its lines; empty when there is none to be read."""
    return _lines_ended(_decoded(data[:LARGEST])[0])


def late_cues(cues: Sequence[Cue], film: int) -> tuple[Fault, ...]:
    """Faults for cues that begin when the film is over already. film: its length in milliseconds; cue: which one by its start."""
    late = [(number, cue) for number, cue in enumerate(cues, 1) if cue.start >= film]
    return tuple(Fault(FaultKind.LATE, 0, number, cue.start, film, _quote(cue.text)) for number, cue in late[:MOST_FAULTS])


def webvtt(cues: Iterable[Cue]) -> str:
    """The canonical file: ordered, with all fields of times, text escaped, and nothing besides."""
    blocks = [f"{time_text(cue.start)} {_ARROW} {time_text(cue.end)}\n{_escaped(cue.text)}\n" for cue in _ordered(cues)]
    return "\n".join(["WEBVTT\n", *blocks])


def plain_text(cues: Iterable[Cue]) -> str:
    """What is said, as running text: one line for each cue."""
    return "\n".join(" ".join(cue.text.split("\n")) for cue in _ordered(cues))


def time_text(milliseconds: int) -> str:
    """00:01:05.250"""
    seconds, fraction = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{fraction:03}"


def _ordered(cues: Iterable[Cue]) -> list[Cue]:
    return sorted(cues, key=lambda cue: (cue.start, cue.end))


def _decoded(data: bytes) -> tuple[str, Fault | None]:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = data.decode("utf-16", "replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            try:
                text = data.decode("cp1252")
            except UnicodeDecodeError as error:
                return "", Fault(FaultKind.ENCODING, line=data.count(b"\n", 0, error.start) + 1)
    if no_text := _NO_TEXT.search(text):
        return "", Fault(FaultKind.BINARY, line=text.count("\n", 0, no_text.start()) + 1)
    return text, None


def _lines_ended(text: str) -> str:
    return text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")


class _Reader:
    """Goes through the lines once. A cue begins with its line of times; what stands above that in the block names it."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._cues: list[Cue] = []
        self._faults: list[Fault] = []
        self._seen = 0  # cues begun, good or not
        self._first = next(at for at, line in enumerate(lines) if line.strip())
        self._webvtt = re.match(r"WEBVTT(?:[ \t]|$)", lines[self._first], re.IGNORECASE) is not None

    def read(self) -> Reading:
        if not any(_ARROW in line or _LIKE_TIME.match(line.strip()) for line in self._lines):
            return Reading((), (Fault(FaultKind.EMPTY if self._webvtt else FaultKind.FORMAT),))
        at = self._after_header() if self._webvtt else self._first
        while at < len(self._lines):
            end = self._end_of_block(at)
            if end > at:
                self._block(at, end)
            at = end + 1
        if self._seen > MOST_CUES:
            self._fault(Fault(FaultKind.MANY, value=self._seen, limit=MOST_CUES))
        if not self._cues and not self._faults:
            self._fault(Fault(FaultKind.EMPTY))
        return Reading(tuple(_ordered(self._cues)), tuple(sorted(self._faults, key=lambda fault: fault.line)))

    def _after_header(self) -> int:
        at, end = self._first + 1, self._end_of_block(self._first)
        while at < end and _ARROW not in self._lines[at]:
            at += 1
        return at

    def _end_of_block(self, at: int) -> int:
        """Only an empty line ends a block of WebVTT; what looks empty does in SRT, whose programs are less strict."""
        while at < len(self._lines) and (self._lines[at] if self._webvtt else self._lines[at].strip()):
            at += 1
        return at

    def _block(self, start: int, end: int) -> None:
        timings = [at for at in range(start, end) if _ARROW in self._lines[at]]
        if self._webvtt and _BLOCK.match(self._lines[start]) and timings[:1] != [start + 1]:
            return  # a comment, styles or a region
        if not timings:
            self._without_time(start, end)
            return
        if timings[0] - start > 1:
            self._stray(start)
        for place, at in enumerate(timings):
            until = timings[place + 1] if place + 1 < len(timings) else end
            if until < end and until - 1 > at and _NUMBER.fullmatch(self._lines[until - 1]):
                until -= 1  # the number of the next cue, which no empty line parts from this one
            self._cue(at, until)

    def _without_time(self, start: int, end: int) -> None:
        for at in range(start, end):
            if _LIKE_TIME.match(self._lines[at].strip()):
                self._seen += 1
                self._fault(Fault(FaultKind.TIME, at + 1, self._seen, quote=_quote(self._lines[at])))
                return
        self._stray(start)

    def _stray(self, at: int) -> None:
        self._fault(Fault(FaultKind.STRAY, at + 1, self._seen, quote=_quote(self._lines[at])))

    def _cue(self, at: int, until: int) -> None:
        self._seen += 1
        timing = _TIMING.fullmatch(self._lines[at].strip())
        start, end = (_milliseconds(*timing.groups()[:4]), _milliseconds(*timing.groups()[4:])) if timing else (None, None)
        text = self._text(self._lines[at + 1 : until])
        if start is None or end is None:
            self._fault(Fault(FaultKind.TIME, at + 1, self._seen, quote=_quote(self._lines[at])))
        elif end > LATEST:
            self._fault(Fault(FaultKind.LATE, at + 1, self._seen, end, LATEST, _quote(self._lines[at])))
        elif end <= start:
            self._fault(Fault(FaultKind.ORDER, at + 1, self._seen, quote=_quote(self._lines[at])))
        elif len(text) > LONGEST_TEXT:
            self._fault(Fault(FaultKind.LONG, at + 2, self._seen, len(text), LONGEST_TEXT, _quote(text)))
        elif text:  # without a text players show nothing
            self._cues.append(Cue(start, end, text))

    def _text(self, lines: Sequence[str]) -> str:
        joined = "\n".join(lines)
        if len(joined) > MOST_MARKUP:
            return clean_text(joined)  # too long in any case
        return clean_text(html.unescape(_TAG.sub("", joined)) if self._webvtt else _SRT_TAG.sub("", joined))

    def _fault(self, fault: Fault) -> None:
        if len(self._faults) < MOST_FAULTS:
            self._faults.append(fault)


def clean_text(text: str) -> str:
    """Lines without blanks around them, without empty ones, without control characters and letters that are damaged."""
    lines = (re.sub(r"[ \t]+", " ", line).strip(" ") for line in _DAMAGED.sub("", text).split("\n"))
    return "\n".join(line for line in lines if line)


def _milliseconds(hours: str | None, minutes: str, seconds: str, fraction: str | None) -> int | None:
    """None when there are sixty of something."""
    if int(minutes) > 59 or int(seconds) > 59:
        return None
    return ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int((fraction or "0").ljust(3, "0"))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _quote(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 40 else line[:39] + "…"
