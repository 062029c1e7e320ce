"""What of a conference's results is visible in which state to whom, and what makes a results PDF acceptable."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Protocol, TypeVar

from conference.access.model import State
from conference.access.rules import Times
from conference.base.errors import ConferenceError, Invalid, NotFound, OutsideWindow
from conference.base.words import Words, say
from conference.doors.table import OVER, Standing
from conference.results.content import Content, Entry

LARGEST_DOCUMENT = 20 * 1024 * 1024


class Publishable(Protocol):
    """A sheet, a document or the report. published: from when on, which may be still to come."""

    @property
    def published(self) -> datetime | None: ...

    @property
    def remains(self) -> bool: ...


class Released(Protocol):
    """A version of a sheet."""

    @property
    def number(self) -> int: ...
    @property
    def public_from(self) -> datetime: ...


Version = TypeVar("Version", bound=Released)


def is_public(asset: Publishable, now: datetime) -> bool:
    """Whether it has been published: the clock alone decides, whatever a job did or did not do."""
    return asset.published is not None and asset.published <= now


def version_at(asset: Publishable, versions: Iterable[Version], now: datetime) -> Version | None:
    """The version of a sheet that is public now: the newest whose moment has come."""
    if not is_public(asset, now):
        return None
    come = [version for version in versions if version.public_from <= now]
    return max(come, key=lambda version: version.number, default=None)


def may_see(asset: Publishable, state: State, standing: Standing, now: datetime) -> bool:
    """Organisers see everything; others what is published, strangers from the archive on; after closing what remains."""
    if standing is Standing.ORGANISER:
        return True
    if not is_public(asset, now):
        return False
    if state in OVER:
        return asset.remains
    return state is State.ARCHIVE or (state is State.LIVE and standing is Standing.PERSON)


def readable_from(published: datetime, times: Times, standing: Standing) -> datetime:
    """From when on somebody reads what is public since `published`: who takes part once the day has begun, strangers from the
    archive on. Until closing, and in a conference that has been announced."""
    begins = {Standing.ORGANISER: published, Standing.PERSON: times.live, Standing.STRANGER: times.archive}
    return max(published, begins[standing])


def may_see_report(report: Publishable, state: State, standing: Standing, now: datetime) -> bool:
    """The report belongs to the time after the conference, whoever asks."""
    return may_see(report, state, standing, now) and (standing is Standing.ORGANISER or state is not State.LIVE)


def stays_for_all(asset: Publishable, state: State, now: datetime) -> bool:
    """Whether the conference is over and this is one of the exceptions."""
    return state in OVER and is_public(asset, now) and asset.remains


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


def says_same(one: Content, other: Content) -> bool:
    """Whether two sheets read the same. A line's id is its own installation's, so a sheet out of a file has others."""
    return _without_ids(one) == _without_ids(other)


def _without_ids(content: Content) -> Content:
    groups = tuple(replace(group, entries=tuple(replace(entry, id="") for entry in group.entries)) for group in content.groups)
    return replace(content, groups=groups)


def by_round(entries: Iterable[Entry]) -> list[tuple[int | None, list[Entry]]]:
    """The lines of one heading by the round that they come from, in the order in which they stand: those of no round first."""
    rounds: dict[int | None, list[Entry]] = {}
    for entry in entries:
        rounds.setdefault(entry.round, []).append(entry)
    return list(rounds.items())


def lang_of(words: Words, language: str) -> str | None:
    """Which language the words are said in on a page of `language`, where it is another one."""
    text = say(words, language)
    return None if language in words else next((code for code, said in words.items() if said == text), None)


def language_of(words: Words) -> str | None:
    """The language of a document that has a title in one language only, else None."""
    return next(iter(words)) if len(words) == 1 else None
