"""What the page after the day shows: for each thing a word on where it stands, and the way to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conference.access.model import State
from conference.cards.review.rules import Queue
from conference.desk.afterwards.store import Ends, Sheet
from conference.desk.closing_check_words import state_of
from conference.desk.handover.rules import expires
from conference.doors.visit import Visit
from conference.keeping.checking.rules import number_of
from conference.keeping.ending import WEEK
from conference.keeping.model import CloseCheck, PurgeRecord
from conference.program.model import Kind
from conference.program.view import item_of
from conference.results.publishing.reach import report_badge
from conference.results.publishing.rules import Stand
from conference.results.publishing.view import badge_of
from conference.survey.rules import is_open

Line = dict[str, Any]
"""label, href (None: there is no page any more), text (a sentence), badge ({label, tone} or None)."""


def sheet_rows(visit: Visit, sheets: Sequence[Sheet]) -> list[dict[str, Any]]:
    """Sessions with where their results stand, and the way on."""
    base = f"/{visit.conference.slug}/sessions"
    return [
        {
            "title": item_of(visit, one.session).title,
            "badge": badge_of(visit, one.position, one.sheet),
            "open": is_awaited(one),
            "href": f"/desk/{visit.conference.slug}/results#{one.session.slug}",
            "page": f"{base}/{one.session.slug}/results" if one.position.shown is not None else None,
        }
        for one in sheets
    ]


def is_awaited(one: Sheet) -> bool:
    """Whether readers wait for it: a draft that nobody has published, or the results of a forum that nobody has written."""
    discussed = one.session.kind in (Kind.FORUM, Kind.THEME_ROOM)
    return one.position.stand is Stand.DRAFT or (one.position.stand is Stand.NOTHING and discussed)


def card_rows(visit: Visit, counts: Mapping[Queue, int]) -> list[dict[str, Any]]:
    """How many cards stand where, each number with the way to its list; what there is none of is left out."""
    _ = visit.services.texts[visit.language].gettext
    labels = {
        Queue.PUBLISHED: _("Published"),
        Queue.WAITS: _("Waiting for you"),
        Queue.CHANGED: _("Changed since the release"),
        Queue.CHANGE: _("Change asked for"),
        Queue.CAPTIONS: _("Captions missing"),
        Queue.CONSENT: _("Consent missing"),
        Queue.WITHOUT: _("Without a card"),
    }
    base = f"/desk/{visit.conference.slug}/cards"
    return [
        {"label": label, "count": counts[queue], "href": f"{base}?show={queue}"}
        for queue, label in labels.items()
        if counts[queue]
    ]


def other_lines(visit: Visit, ends: Ends) -> list[Line]:
    """Report, figures, survey, attendance, hand-over."""
    _ = visit.services.texts[visit.language].gettext
    base = f"/desk/{visit.conference.slug}"
    report = ends.report
    said = report_badge(visit, report) if report is not None else {"label": _("Nothing yet"), "tone": ""}
    lines = [
        _line(_("Report"), f"{base}/report", _("Text, photos and figures of the day, for everybody."), said),
        _line(_("Figures"), f"{base}/after/figures", _("What the day was like, without persons.")),
        _line(_("Survey"), f"{base}/after/survey", *_survey(visit, ends)),
        _line(_("Attendance"), f"{base}/after/attendance", _("Who was there and agrees to a proof of it.")),
    ]
    if visit.state is not State.PURGED:
        lines.append(_line(_("Hand-over pack"), f"{base}/handover", *_pack(visit, ends)))
    return lines


def _survey(visit: Visit, ends: Ends) -> tuple[str, dict[str, str] | None]:
    _ = visit.services.texts[visit.language].gettext
    text = _("Three clicks for everybody who took part.")
    if ends.survey is not None and is_open(ends.survey.open_from, visit.times, visit.now):
        return text, {"label": _("Open"), "tone": "ok"}
    return text, None


def _pack(visit: Visit, ends: Ends) -> tuple[str, dict[str, str] | None]:
    words = visit.services.texts[visit.language]
    _ = words.gettext
    row = ends.handover
    if row is not None and row.made is not None and visit.now < expires(row.made):
        text = _("Made on {moment}.").format(moment=words.moment(visit.local(row.made)))
        return text, {"label": _("Ready to fetch"), "tone": "ok"}
    return _("A copy of the public pages for your own website."), None


def end_lines(visit: Visit, ends: Ends) -> list[Line]:
    """What comes with closing, and after it."""
    _ = visit.services.texts[visit.language].gettext
    base = f"/desk/{visit.conference.slug}/after"
    lines = [
        _line(_("Check from outside"), f"{base}/check", *check_said(visit, ends.check)),
        _line(_("Deletion of the data"), f"{base}/purge", *purge_said(visit, ends.record)),
    ]
    if ends.record is not None and ends.record.begun is not None:
        lines.append(_line(_("Record of the deletion"), f"{base}/record", _("What was deleted, and what stays.")))
    return lines


def end_tasks(visit: Visit, record: PurgeRecord | None) -> list[dict[str, Any]]:
    """What the office's first page says of the end, from the archive on: the question that only organisers can answer."""
    if visit.state not in (State.ARCHIVE, State.CLOSED) or (record is not None and record.kept_list is not None):
        return []
    words = visit.services.texts[visit.language]
    _ = words.gettext
    near = visit.times.purge - visit.now <= WEEK
    return [
        {
            "urgency": "now" if near else "soon",
            "text": _("Is the list of participants saved for the proof of how the money was used?"),
            "detail": _("On {day} all personal data is deleted.").format(day=words.date(visit.local(visit.times.purge))),
            "href": f"/desk/{visit.conference.slug}/after/purge",
            "label": _("Answer now"),
        }
    ]


def purge_said(visit: Visit, record: PurgeRecord | None) -> tuple[str, dict[str, str] | None]:
    """Where the deletion stands."""
    words = visit.services.texts[visit.language]
    _ = words.gettext
    if record is not None and record.ended is not None:
        text = _("Done on {moment}.").format(moment=words.moment(visit.local(record.ended)))
        return text, {"label": _("Deleted"), "tone": "ok"}
    if visit.state is State.PURGED:
        return _("It is under way."), {"label": _("under way"), "tone": "warn"}
    text = _("On {moment}, by itself.").format(moment=words.moment(visit.local(visit.times.purge)))
    if record is None or record.kept_list is None:
        return text, {"label": _("Your answer is needed"), "tone": "warn"}
    return text, None


def check_said(visit: Visit, check: CloseCheck | None) -> tuple[str, dict[str, str] | None]:
    """What the last look from outside found."""
    words = visit.services.texts[visit.language]
    _ = words.gettext
    state = state_of(visit, check)
    if state == "before" or check is None:
        return (_("Done by itself once the conference has closed.") if state == "before" else _("Not done yet.")), None
    if state == "looking":
        return _("It has begun and is not finished."), {"label": _("under way"), "tone": "warn"}
    text = _("Last on {moment}.").format(moment=words.moment(visit.local(check.ended or check.begun)))
    if state == "faults":
        number = number_of(check.faults)
        said = words.ngettext("{n} address is at fault", "{n} addresses are at fault", number).format(n=number)
        return text, {"label": said, "tone": "bad"}
    if state == "well":
        return text, {"label": _("Nothing answers any more"), "tone": "ok"}
    return (_("Not done yet."), None) if state == "none" else (text, {"label": _("Please check again"), "tone": "warn"})


def _line(label: str, href: str | None, text: str, badge: dict[str, str] | None = None) -> Line:
    return {"label": label, "href": href, "text": text, "badge": badge}
