"""What the check from outside asked and found, in plain words, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conference.doors.table import OVER
from conference.doors.visit import Visit
from conference.keeping.checking.rules import LEFT_OUT, Kind, Wrong, is_under_way
from conference.keeping.model import CloseCheck
from conference.web.texts import Language


def kind_word(language: Language, kind: str) -> str:
    """What was asked, as a heading of a line."""
    _ = language.gettext
    words = {
        Kind.PAGE: _("Pages"),
        Kind.CALENDAR: _("Calendars"),
        Kind.SCHEDULE: _("Schedules for other programs"),
        Kind.PDF: _("PDFs that do not stay"),
        Kind.PICTURE: _("Pictures"),
        Kind.FILM: _("Films and captions"),
        Kind.SLIDES: _("Slides and clips"),
        Kind.OBJECT: _("Files in the store, without a signature"),
        Kind.SIGNED: _("Files in the store, with a signature that has run out"),
        Kind.LIVE: _("Live connections"),
        Kind.CALL: _("Sound and picture, also with a valid token"),
        Kind.LINK: _("Personal links"),
        Kind.DESK: _("The conference office, without signing in"),
        Kind.RESULT: _("Results that stay"),
        Kind.REPORT: _("The report, which stays"),
        Kind.LEGAL: _("Legal pages, which stay"),
        Kind.WITHDRAWAL: _("Links that withdraw a card, which stay"),
    }
    return words[Kind(kind)] if kind in set(Kind) else kind


def tried_words(language: Language, tried: Mapping[str, int]) -> list[tuple[str, int]]:
    """(what, how many), in a fixed order."""
    return [(kind_word(language, kind), tried[kind]) for kind in Kind if tried.get(kind)]


def left_out_word(tried: Mapping[str, int]) -> int:
    """For how many there was no time."""
    return tried.get(LEFT_OUT, 0)


def fault_words(language: Language, fault: Mapping[str, Any]) -> dict[str, str]:
    """what, address, found, todo."""
    found, todo = _wrong_words(language, fault)
    return {"what": kind_word(language, fault["kind"]), "address": fault["address"], "found": found, "todo": todo}


def _wrong_words(language: Language, fault: Mapping[str, Any]) -> tuple[str, str]:
    """What came, and what to do about it."""
    _ = language.gettext
    status, kind = fault.get("status", 0), fault["kind"]
    match fault["answer"]:
        case Wrong.ELSEWHERE:
            found = _("leads to another host: {host}").format(host=fault.get("leads", ""))
            return found, _("Please ask whoever runs the platform where this redirect comes from.")
        case Wrong.FOUND:
            found = _("does not tell search engines to keep out")
            return found, _("Please tell whoever runs the platform: something in front of it removes a header (X-Robots-Tag).")
        case Wrong.MISSING:
            found = _("answers {status}, though it is to stay").format(status=status)
            return found, _("Please look whether it was taken back; if not, tell whoever runs the platform.")
        case Wrong.SILENT:
            found = _("no answer ({reason})").format(reason=fault.get("reason", ""))
            return found, _("Please check again later. Nothing is known of this address.")
        case Wrong.BROKEN:
            found = _("answers {status}, so the server was in trouble").format(status=status)
            return found, _("Please check again later. Nothing is known of this address.")
    return _("answers {status}: it is still open").format(status=status), _open_words(language, kind)


def _open_words(language: Language, kind: str) -> str:
    _ = language.gettext
    if kind == Kind.OBJECT:
        return _("Please have the store made private at once: files can be fetched without a signature.")
    if kind == Kind.SIGNED:
        return _("Please have the clock of the store checked: it takes signatures that have run out.")
    if kind in (Kind.CALL, Kind.LIVE):
        return _("Please tell whoever runs the platform at once: rooms can still be entered.")
    return _(
        "Please check again in a few minutes. If it stays, a copy is kept in front of the platform (cache): have it emptied."
    )


def is_of_before(visit: Visit, check: CloseCheck | None) -> bool:
    """Whether the conference was opened and closed again since."""
    return check is not None and check.begun < visit.times.closes


def state_of(visit: Visit, last: CloseCheck | None) -> str:
    """before, none, looking, unfinished (its worker died), nobody (our own address was not reached), faults, partly (there was no
    time for all), well."""
    if visit.state not in OVER:
        return "before"
    if last is None or is_of_before(visit, last):
        return "none"
    if last.ended is None:
        return "looking" if is_under_way(last.begun, last.ended, visit.now) else "unfinished"
    return result_of(last)


def result_of(ended: CloseCheck) -> str:
    if any(fault["kind"] == "nobody" for fault in ended.faults):
        return "nobody"
    if ended.faults:
        return "faults"
    return "partly" if left_out_word(ended.tried) else "well"
