"""The readiness page's facts, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conference.access.model import State
from conference.desk.model import Statement
from conference.desk.readiness.of_machine import CHECKED
from conference.desk.readiness.rules import Found, in_the_way
from conference.desk.readiness.shapes import Facts, Group, Result, Severity
from conference.doors.visit import Visit
from conference.web.texts import Language

SHOWN = 12
"""So many of one rule stand in the list at once; the others fold."""


def group_words(language: Language) -> dict[Group, str]:
    _ = language.gettext
    return {
        Group.PROGRAM: _("Program"),
        Group.PEOPLE: _("People"),
        Group.CARDS: _("Cards and what stays"),
        Group.PAGES: _("Pages that the law asks for"),
        Group.MACHINE: _("Mail, files, sound and picture"),
        Group.DAY: _("For the day"),
    }


def part_words(language: Language) -> dict[str, str]:
    _ = language.gettext
    return {
        "mail": _("Mail"),
        "store": _("Files"),
        "media": _("Sound and picture"),
        "turn": _("Way in for strict networks"),
        "clock": _("Clock"),
    }


def ready_view(visit: Visit, facts: Facts, found: Sequence[Found]) -> dict[str, Any]:
    """What the template shows."""
    language = visit.services.texts[visit.language]
    words = group_words(language)
    groups = [(word, [each for each in found if each.rule.group is group]) for group, word in words.items()]
    return {
        "groups": [{"name": name, "points": [_point(each) for each in those]} for name, those in groups if those],
        "red": sum(len(each.open) for each in in_the_way(found)),
        "amber": sum(len(each.open) for each in found if each.severity is Severity.AMBER),
        "waived": [_waiver(visit, statement, each) for each in found for statement in each.waived.values()],
        "checks": _checks(visit, facts),
        "checking": facts.stated("checking") is not None,
        "capacity": _capacity(visit, facts),
        "stated": [_stated(visit, each) for each in facts.statements if each.key in _asked(language)],
        "is_draft": facts.state is State.DRAFT,
        "planned": visit.local(facts.conference.announced) if facts.conference.announced else None,
        "action": f"{facts.desk}/ready",
    }


def _asked(language: Language) -> dict[str, dict[str, str]]:
    """What the page itself asks for, by statement."""
    _ = language.gettext
    given = {
        "deputy": (_("Who leads when the host cannot"), _("Deputy"), _("Name the deputy")),
        "rehearsal": (_("When the rehearsal took place, and with whom"), _("Rehearsal"), _("Note the rehearsal")),
        "emergency": (_("What everybody reads when sound and picture fail"), _("Emergency text"), _("Keep the text")),
        "remains": ("", _("What stays after closing was looked through."), _("I have looked it through")),
    }
    return {key: {"label": label, "done": done, "button": button} for key, (label, done, button) in given.items()}


def asked_for(language: Language, key: str) -> dict[str, str] | None:
    return {**_asked(language)[key], "key": key} if key else None


def _point(found: Found) -> dict[str, Any]:
    """One rule with what it has found and is not waived."""
    return {
        "key": found.rule.key,
        "red": found.severity is Severity.RED,
        "open": found.open,
        "shown": found.open[:SHOWN],
        "folded": found.open[SHOWN:],
        "states": found.rule.states,
        "help": found.rule.help,
    }


def _waiver(visit: Visit, statement: Statement, found: Found) -> dict[str, Any]:
    subject = statement.subject.partition(":")[2]
    about = [each.sentence for each in found.missing if not subject or each.subject == subject]
    return {"subject": statement.subject, "about": about[:3], "more": len(about[3:]), "why": statement.text,
            "at": visit.local(statement.at)}  # fmt: skip


def _stated(visit: Visit, statement: Statement) -> dict[str, Any]:
    label = _asked(visit.services.texts[visit.language])[statement.key]["done"]
    return {"key": statement.key, "label": label, "text": statement.text, "at": visit.local(statement.at)}


def _checks(visit: Visit, facts: Facts) -> list[dict[str, Any]]:
    language = visit.services.texts[visit.language]
    shown = []
    for part in CHECKED:
        check = facts.checks.get(part)
        if check is None and part == "turn" and not facts.has_turn:
            continue
        lines = [_line(language, each.text, each.facts) for each in check.lines] if check else []
        shown.append(
            {
                "name": part_words(language)[part],
                "result": _result(check.failed, [each.result for each in check.lines]) if check else None,
                "lines": lines,
                "at": visit.local(check.at) if check else None,
            }
        )
    return shown


def _result(failed: bool, results: Sequence[Result]) -> str:
    return "failed" if failed else "note" if Result.NOTE in results else "ok"


def _line(language: Language, text: str, facts: Mapping[str, str]) -> str:
    """The doctor's texts are the terminal's; its catalogue is among the languages' files."""
    said = language.gettext(text).format(**facts)
    return said[:1].upper() + said[1:]


def _capacity(visit: Visit, facts: Facts) -> dict[str, Any] | None:
    if facts.capacity is None:
        return None
    measured = facts.capacity
    return {"discussion": measured.discussion, "audience": measured.audience, "installation": measured.installation,
            "at": visit.local(measured.at)}  # fmt: skip
