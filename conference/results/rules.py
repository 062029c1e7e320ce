"""What of a conference's results is visible in which state to whom, and what makes a results PDF acceptable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from conference.access.model import State
from conference.base.errors import ConferenceError, Invalid, NotFound, OutsideWindow
from conference.base.words import Words
from conference.doors.table import OVER, Standing
from conference.results.model import Finding, Heading

LARGEST_DOCUMENT = 20 * 1024 * 1024


class Publishable(Protocol):
    """A sheet, a document or the report."""

    @property
    def published(self) -> object | None: ...

    @property
    def remains(self) -> bool: ...


def may_see(asset: Publishable, state: State, standing: Standing) -> bool:
    """Organisers see everything; others what is published, strangers from the archive on; after closing what remains."""
    if standing is Standing.ORGANISER:
        return True
    if asset.published is None:
        return False
    if state in OVER:
        return asset.remains
    return state is State.ARCHIVE or (state is State.LIVE and standing is Standing.PERSON)


def is_due(ends: datetime, state: State, standing: Standing, now: datetime) -> bool:
    """While the day runs, results show for others than organisers once their session has ended, not before."""
    return standing is Standing.ORGANISER or state is not State.LIVE or now >= ends


def may_see_report(report: Publishable, state: State, standing: Standing) -> bool:
    """The report belongs to the time after the conference, whoever asks."""
    return may_see(report, state, standing) and (standing is Standing.ORGANISER or state is not State.LIVE)


def stays_for_all(asset: Publishable, state: State) -> bool:
    """Whether the conference is over and this is one of the exceptions."""
    return state in OVER and asset.published is not None and asset.remains


def hidden(state: State, slug: str) -> ConferenceError:
    """The refusal for what is not visible: gone with the conference, else not there (whether it exists is nobody's business)."""
    if state in OVER:
        return OutsideWindow("closed", slug=slug, state=state.value)
    return NotFound("results", slug=slug)


def check_document(data: bytes) -> None:
    """Raises Invalid when this is no PDF, or too large a one. Nothing is parsed in this process."""
    if len(data) > LARGEST_DOCUMENT:
        raise Invalid("document_too_large", size=len(data), limit=LARGEST_DOCUMENT)
    if not data.startswith(b"%PDF-") or b"%%EOF" not in data[-2048:]:
        raise Invalid("document_no_pdf", begins=data[:8].hex())


def grouped(findings: Iterable[Finding]) -> list[tuple[Heading, list[tuple[int | None, list[Finding]]]]]:
    """Findings by heading, in the order of the sheet, then by round: those of no round first. Empty groups are left out."""
    ordered = sorted(findings, key=lambda finding: (finding.round or 0, finding.position))
    groups = []
    for heading in Heading:
        rounds: dict[int | None, list[Finding]] = {}
        for finding in ordered:
            if finding.heading == heading:
                rounds.setdefault(finding.round, []).append(finding)
        if rounds:
            groups.append((heading, list(rounds.items())))
    return groups


def key_findings(findings: Sequence[Finding]) -> list[Finding]:
    """The starred ones, in the order of the sheet."""
    return [finding for _, rounds in grouped(findings) for _, group in rounds for finding in group if finding.key]


def language_of(words: Words) -> str | None:
    """The language of a document that has a title in one language only, else None."""
    return next(iter(words)) if len(words) == 1 else None
