"""What is asked from outside, which answer is right, and what is said of the others. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

MOST_ADDRESSES = 10_000
MOST_FAULTS = 200
"""More are counted, not listed."""
LONGEST = timedelta(minutes=30)
"""Whoever has been looking for longer has died."""
CLOSED_FOR = frozenset({401, 403, 404, 410})
GONE = 410


class Kind(StrEnum):
    """What is asked. The last four are to stay."""

    PAGE = "page"
    CALENDAR = "calendar"
    SCHEDULE = "schedule"
    PDF = "pdf"
    PICTURE = "picture"
    FILM = "film"
    SLIDES = "slides"
    OBJECT = "object"
    SIGNED = "signed"
    LIVE = "live"
    CALL = "call"
    LINK = "link"
    DESK = "desk"
    RESULT = "result"
    REPORT = "report"
    LEGAL = "legal"
    WITHDRAWAL = "withdrawal"


STORED = frozenset({Kind.OBJECT, Kind.SIGNED})
"""Some object stores say 400 to who comes without a signature."""
STAYING = frozenset({Kind.RESULT, Kind.REPORT, Kind.LEGAL, Kind.WITHDRAWAL})
LEFT_OUT = "left_out"
"""Beside the kinds in `CloseCheck.tried`: addresses for which there was no room or no time."""


class Wrong(StrEnum):
    """What is wrong with an answer. open: content came; elsewhere: a redirect to another host; found: search engines are let in;
    missing: it is to stay; silent: nobody answered; broken: the server failed, so that nothing is known."""

    OPEN = "open"
    ELSEWHERE = "elsewhere"
    FOUND = "found"
    MISSING = "missing"
    SILENT = "silent"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Probe:
    """One thing to ask. address: with scheme and host; shown: the same without what is secret in it, as it is kept; after:
    seconds after the beginning, before which it is not asked; topics: of a live socket; hidden: search engines must keep out."""

    kind: Kind
    address: str
    shown: str = ""
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    after: float = 0.0
    topics: Sequence[str] = ()
    hidden: bool = False

    @property
    def name(self) -> str:
        return self.shown or self.address


@dataclass(frozen=True, slots=True)
class Answer:
    """status: of HTTP, 0 when there was none; leads: the host that a redirect names, if it is another one; hidden: search engines
    are told to keep out; reason: why there is no answer, one word."""

    status: int
    leads: str = ""
    hidden: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `CloseCheck` keeps."""

    tried: dict[str, int]
    faults: list[dict[str, Any]]


def wrong_with(probe: Probe, answer: Answer) -> Wrong | None:
    """None: as it ought to be."""
    if not answer.status:
        return Wrong.SILENT
    if answer.status >= 500 or answer.status == 429:
        return Wrong.BROKEN
    if probe.kind in STAYING:
        if not 200 <= answer.status < 300:
            return Wrong.MISSING
        return Wrong.FOUND if probe.hidden and not answer.hidden else None
    if answer.leads:
        return Wrong.ELSEWHERE
    if not (answer.status in CLOSED_FOR or (probe.kind in STORED and 400 <= answer.status < 500)):
        return Wrong.OPEN
    return Wrong.FOUND if probe.hidden and answer.status == GONE and not answer.hidden else None


def judged(probes: Sequence[Probe], answers: Mapping[int, Answer], *, cut: int = 0) -> Outcome:
    """answers: by the probe's place in the list; those that are missing were not asked, for lack of time. cut:
    how many were not even in it.

    When nobody answered at all there is one fault, and it says so.
    """
    tried = Counter(str(probes[number].kind) for number in answers)
    if answers and not any(answer.status for answer in answers.values()):
        reason = Counter(answer.reason for answer in answers.values()).most_common(1)[0][0]
        return Outcome(dict(tried), [{"kind": "nobody", "address": "", "answer": reason}])
    faults = []
    for number, answer in sorted(answers.items()):
        if (wrong := wrong_with(probes[number], answer)) is not None:
            faults.append(
                {"kind": str(probes[number].kind), "address": probes[number].name, "answer": str(wrong)} | _facts(answer)
            )
    if left_out := len(probes) - len(answers) + cut:
        tried[LEFT_OUT] += left_out
    more = len(faults) - MOST_FAULTS
    if more > 0:
        faults = [*faults[:MOST_FAULTS], {"kind": "more", "address": "", "answer": str(more)}]
    return Outcome(dict(tried), faults)


def _facts(answer: Answer) -> dict[str, Any]:
    facts = {"status": answer.status, "leads": answer.leads, "reason": answer.reason}
    return {name: value for name, value in facts.items() if value}


def number_of(faults: Sequence[Mapping[str, Any]]) -> int:
    """How many addresses did not answer as they should: those that are listed, and those of which only the number is kept."""
    return sum(int(fault["answer"]) if fault["kind"] == "more" else 1 for fault in faults)


def within(probes: Sequence[Probe]) -> list[Probe]:
    """As many as are asked at most. Of each kind some: the longest lists are cut first."""
    if len(probes) <= MOST_ADDRESSES:
        return list(probes)
    places: dict[Kind, list[Probe]] = {}
    for probe in probes:
        places.setdefault(probe.kind, []).append(probe)
    kept: list[Probe] = []
    left, kinds = MOST_ADDRESSES, len(places)
    for some in sorted(places.values(), key=len):
        kept += some[: left // kinds]
        left, kinds = MOST_ADDRESSES - len(kept), kinds - 1
    return kept


def is_under_way(begun: datetime, ended: datetime | None, now: datetime) -> bool:
    return ended is None and begun <= now < begun + LONGEST


def is_due(closes: datetime, last: datetime | None, now: datetime) -> bool:
    """Whether to look by itself: closed, since not too long ago, and not looked since. last: when the last one began."""
    return closes <= now < closes + timedelta(days=7) and (last is None or last < closes)
