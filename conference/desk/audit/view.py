"""An entry of the log as people read it: when, who, what, and the facts that say more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from conference.base.audit import AuditEntry
from conference.base.words import say
from conference.desk.audit.facts import labels, words_of
from conference.desk.audit.store import PERSONS, Named
from conference.desk.audit.words import sentence_of
from conference.doors.visit import Visit
from conference.web.texts import Language

_SHORTEST_ID = 16  # of what stands for something that has no name here, and is left out


@dataclass(frozen=True)
class Line:
    at: datetime
    who: str
    what: str
    facts: list[tuple[str, str]]


def line_of(visit: Visit, entry: AuditEntry, named: Named) -> Line:
    language = visit.services.texts[visit.language]
    said = sentence_of(language, entry.act) or language.gettext("Recorded by an earlier version: {act}").format(act=entry.act)
    return Line(visit.local(entry.at), who_of(language, entry.person_id, named), said, facts_of(visit, entry, named))


def who_of(language: Language, person_id: str | None, named: Named) -> str:
    if person_id is None:
        return language.gettext("the platform")
    return named.persons.get(person_id) or language.gettext("a person who was deleted")


def facts_of(visit: Visit, entry: AuditEntry, named: Named) -> list[tuple[str, str]]:
    """(label, value) of what may be said in words, in the order in which it was recorded. Ids without a name are left out,
    and facts that have none either."""
    language = visit.services.texts[visit.language]
    called, facts = labels(language), []
    for fact, value in entry.facts.items():
        text = _value(visit, language, fact, value, named) if fact in called else ""
        if text:
            facts.append((called[fact], text))
    return facts


def _value(visit: Visit, language: Language, fact: str, value: object, named: Named) -> str:
    _ = language.gettext
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if not isinstance(value, str):
        return str(value)
    if fact in PERSONS:
        return named.persons.get(value) or _("a person who was deleted")
    if fact == "session":
        return say(named.sessions.get(value), visit.language)
    if fact == "card":
        return named.cards.get(value, "")
    moment = _instant(value)
    if moment is not None:
        return language.moment(visit.local(moment))
    words = words_of(language, fact, value)
    if words is not None and not _is_id(value):
        return words
    return "" if fact not in ("label", "reason") and _is_id(value) else value


def _is_id(text: str) -> bool:
    return len(text) >= _SHORTEST_ID and " " not in text and not text.replace("_", "").islower()


def _instant(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if "T" in text else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None
