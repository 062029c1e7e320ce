"""The history in sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from conference.base.words import say
from conference.doors.visit import Visit
from conference.results.history import about
from conference.results.model import Finding, SheetEvent

SHORT = 120


def history_shown(
    visit: Visit, events: Sequence[SheetEvent], names: Mapping[str, str], lines: Mapping[str, Finding]
) -> list[dict[str, Any]]:
    """[{at, who, what, detail, line, before, after}]: who None: nobody in particular; line: the text of the line it is about,
    as it is now; before: [text], after: texts that were exchanged, None where none were."""
    words = visit.services.texts[visit.language]
    _ = words.gettext
    sentences, fields = _sentences(_), _fields(_)
    shown = []
    for event in events:
        line = lines.get(about(event))
        facts = event.facts
        before, after = _exchanged(facts, line, visit.language)
        what = sentences.get(event.what, event.what)
        if event.what == "field_changed":
            what = fields.get(about(event), _("The sheet was changed"))
        shown.append(
            {
                "at": visit.local(event.at),
                "who": names.get(event.person_id or ""),
                "what": what,
                "detail": _detail(facts),
                "line": _short(say(line.text, visit.language)) if line is not None and after is None else None,
                "before": before,
                "after": after,
            }
        )
    return shown


def _exchanged(facts: Mapping[str, Any], line: Finding | None, language: str) -> tuple[list[str] | None, str | None]:
    """What stood there before, several texts where lines were merged, and afterwards."""
    if "text_before" not in facts:
        before = _text(facts.get("before"), language)
        return None if before is None else [before], _text(facts.get("after"), language)
    before_all = [_text(text, language) or "" for text in (facts["text_before"], *facts.get("merged_texts", ()))]
    return before_all, _text(facts.get("text_after", line.text if line else None), language)


def _text(value: Any, language: str) -> str | None:
    """Words in the page's language and, where they differ between both, all of them."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        return " / ".join(str(text) for text in value.values() if text) if len(value) > 1 else say(dict(value), language)
    return str(value)


def _short(text: str) -> str:
    return text if len(text) <= SHORT else f"{text[:SHORT].rstrip()} …"


def _detail(facts: Mapping[str, Any]) -> str:
    """A name, a comment, a note: what a sentence ends with."""
    for name in ("name", "text", "note"):
        if isinstance(facts.get(name), str) and facts[name]:
            return _short(facts[name])
    return str(facts["number"]) if isinstance(facts.get("number"), int) else ""


def _sentences(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "line_changed": _("Finding changed"),
        "line_moved": _("Finding moved"),
        "line_starred": _("Made a key finding"),
        "line_unstarred": _("No longer a key finding"),
        "lines_merged": _("Findings merged"),
        "line_taken_out": _("Finding taken out"),
        "line_put_back": _("Finding put back"),
        "review_asked": _("Given to those who approve"),
        "review_ended": _("Taken back to the draft"),
        "approver_named": _("Named for approval"),
        "approver_removed": _("No longer asked for approval"),
        "commented": _("Commented"),
        "settled": _("Comment dealt with"),
        "approved": _("Approved"),
        "changes_asked": _("Wished for changes"),
        "published": _("Published"),
        "scheduled": _("Publishing planned"),
        "unpublished": _("Taken back from the public"),
        "imported": _("Read from a conference file"),
    }


def _fields(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "summary.de": _("German summary changed"),
        "summary.en": _("English summary changed"),
        "people": _("People changed"),
        "initiatives": _("Number of initiatives changed"),
        "expected": _("Day of the results changed"),
        "headings": _("Headings changed"),
        "collecting": _("Changed who may add findings"),
    }
