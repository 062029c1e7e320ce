"""A sheet that is being worked on, as its pages show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from conference.base.words import LANGUAGES
from conference.doors.visit import Visit, standing_of
from conference.program.model import Session
from conference.program.view import billing_word, kind_word
from conference.results.collecting.rules import LONGEST
from conference.results.content import MOST_KEY_FINDINGS, Entry, Group
from conference.results.model import SheetState
from conference.results.rules import readable_from
from conference.results.sheets.fields import FIELDS, LONGEST_SUMMARY, MOST_INITIATIVES, Page, field_text
from conference.results.sheets.opening import Opened
from conference.results.sheets.outline import Head, Labels
from conference.results.sheets.rules import Status, day_to_name, status_of
from conference.results.sheets.store import Draft

ROLES = ("impulse", "moderator", "speaker", "panel", "greeting", "host")
FILES = ("pdf", "docx", "md", "html")


def page_of(visit: Visit) -> Page:
    return Page(visit.language, visit.conference.zone)


def roles_of(visit: Visit) -> dict[str, str]:
    """Role of the program -> its word in the page's language."""
    return {role: billing_word(visit, role) for role in ROLES}


def name_of(visit: Visit, session: Session) -> str:
    """ "Forum 1", or the title of a session without a number."""
    kind = kind_word(visit, session.kind)
    return f"{kind} {session.number}" if session.number else visit.say(session.title)


def frame_of(visit: Visit, sheet: Opened, current: str) -> dict[str, Any]:
    """What all pages of a sheet share. current: the page's key among `tabs`."""
    _ = visit.services.texts[visit.language].gettext
    session, base = sheet.draft.session, f"/{visit.conference.slug}{sheet.base}"
    tabs = [("review", f"{base}/review", _("Release")), ("preview", f"{base}/preview", _("Preview"))]
    if sheet.edits:
        tabs = [("edit", base, _("Edit")), tabs[0], ("history", f"{base}/history", _("History")), tabs[1]]
    return {
        "address": base,
        "name": name_of(visit, session),
        "title": visit.say(session.title),
        "question": visit.say(session.question),
        "number": session.number,
        "colour": (session.number - 1) % 4 + 1 if session.number else None,
        "session_href": f"/{visit.conference.slug}/sessions/{session.slug}",
        "findings_href": f"/{visit.conference.slug}/sessions/{session.slug}/findings",
        "results_href": f"/{visit.conference.slug}/sessions/{session.slug}/results",
        "tabs": [{"key": key, "href": href, "label": label, "current": key == current} for key, href, label in tabs],
        "files": [{"kind": kind.upper(), "href": f"{base}/export.{kind}"} for kind in FILES],
        "edits": sheet.edits,
        "who": sheet.person.id,
        "changes": sheet.draft.sheet.changes,
        "state": state_shown(visit, sheet.draft),
    }


def state_shown(visit: Visit, draft: Draft) -> dict[str, Any]:
    """{key, badges: [{label, tone}]}: the state in words, and what one must know beside it."""
    status, words = status_of(draft.sheet, draft.newest, visit.now), visit.services.texts[visit.language]
    _ = words.gettext
    badges = [_badge(visit, status)]
    if status.state is not SheetState.PUBLISHED and status.public:
        badges.append({"label": _("an older version is published"), "tone": ""})
    elif status.ahead:
        badges.append({"label": _("with changes that are not public yet"), "tone": "warn"})
    return {"key": status.state.value, "public": status.public, "badges": badges}


def _badge(visit: Visit, status: Status) -> dict[str, str]:
    words = visit.services.texts[visit.language]
    _ = words.gettext
    if status.state is SheetState.DRAFT:
        return {"label": _("Draft"), "tone": ""}
    if status.state is SheetState.IN_REVIEW:
        return {"label": _("In review"), "tone": "warn"}
    if status.to_come and status.since is not None:
        return {"label": _("Published from {moment}").format(moment=words.moment(visit.local(status.since))), "tone": "ok"}
    if status.corrected is not None:
        return {"label": _("Published (corrected on {day})").format(day=words.date(visit.local(status.corrected))), "tone": "ok"}
    return {"label": _("Released to the public"), "tone": "ok"}


def follows(visit: Visit, expected: datetime | None) -> str:
    """What stands on a session's page until its results can be read. expected: the day, or a moment of it; whoever may read them
    later only is told of that day."""
    words, standing = visit.services.texts[visit.language], standing_of(visit.viewer)
    _, day = words.gettext, day_to_name(readable_from(expected, visit.times, standing) if expected else None, visit.now)
    return _("Results follow on {day}.").format(day=words.date(visit.local(day))) if day else _("Results follow.")


def form_of(visit: Visit, sheet: Opened, *, english: bool) -> dict[str, Any]:
    """What the editor's form shows: fields by name, lines under their headings. english: a field for English everywhere,
    also where there is no English text yet."""
    draft, page = sheet.draft, page_of(visit)
    roles = roles_of(visit)
    fields = {field: field_text(field, draft.sheet, draft.content.people, roles, page) for field in FIELDS}
    by_id = {finding.id: finding for finding in draft.findings}
    return {
        "fields": fields,
        "from_program": draft.sheet.people is None,
        "english": english,
        "languages": LANGUAGES,
        "groups": [_group_form(group, list(draft.content.groups), by_id) for group in draft.content.groups],
        "stars": len(draft.content.key_entries),
        "most_stars": MOST_KEY_FINDINGS,
        "count": len(draft.content.entries),
        "longest": {"line": LONGEST, "summary": LONGEST_SUMMARY, "initiatives": MOST_INITIATIVES},
    }


def _group_form(group: Group, groups: list[Group], by_id: Mapping[str, Any]) -> dict[str, Any]:
    lines = [_line_form(entry, by_id[entry.id]) for entry in group.entries]
    for before, line in zip([None, *lines], lines, strict=False):
        line["begins_round"] = line["round"] is not None and (before is None or before["round"] != line["round"])
    others = [{"key": other.key, "title": other.title} for other in groups if other.key != group.key]
    return {"key": group.key, "title": group.title, "lines": lines, "others": others}


def _line_form(entry: Entry, finding: Any) -> dict[str, Any]:
    return {"id": entry.id, "text": entry.text, "key": entry.key, "round": entry.round, "change": finding.change}


def preview_of(visit: Visit, draft: Draft) -> dict[str, Any]:
    """The draft as the public page will show it."""
    content, roles = draft.content, roles_of(visit)
    return {
        "title": visit.say(content.title),
        "question": visit.say(content.question),
        "summary": visit.say(content.summary),
        "initiatives": content.initiatives,
        "day": visit.local(draft.session.starts),
        "people": [{"role": roles.get(one.role, one.role), "text": visit.say(one.text)} for one in content.people],
        "groups": [_group_preview(visit, group) for group in content.groups if group.entries],
        "starred": bool(content.key_entries),
    }


def _group_preview(visit: Visit, group: Group) -> dict[str, Any]:
    rounds: dict[int | None, list[dict[str, Any]]] = {}
    for entry in group.entries:
        rounds.setdefault(entry.round, []).append({"id": entry.id, "text": visit.say(entry.text), "starred": entry.key})
    parts = [{"round": number, "entries": entries} for number, entries in rounds.items()]
    return {"key": group.key, "heading": visit.say(group.title), "rounds": parts}


def head_of(visit: Visit, draft: Draft) -> Head:
    """What a file says around the findings, in the visit's language."""
    words = visit.services.texts[visit.language]
    _, number = words.gettext, draft.content.initiatives
    taken_part = words.ngettext("{n} initiative took part.", "{n} initiatives took part.", number or 0).format(n=number)
    labels = Labels(
        round=_("Round {n}"), key=_("Key finding"), initiatives=taken_part if number is not None else "", roles=roles_of(visit)
    )
    return Head(
        language=visit.language,
        title=_("Results: {title}").format(title=name_of(visit, draft.session)),
        conference=visit.say(visit.conference.title),
        day=words.day(visit.local(draft.session.starts)),
        labels=labels,
    )


def in_language(visit: Visit, language: str) -> Visit:
    """The same visit in another language of the interface; in its own where there is no such one."""
    return replace(visit, language=language) if language in LANGUAGES else visit
