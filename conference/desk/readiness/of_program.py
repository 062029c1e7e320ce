"""What a program lacks. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from conference.desk.readiness.shapes import Facts, Missing
from conference.doors.table import TABLE
from conference.people.model import Role
from conference.program.model import Kind, Place, Session
from conference.web.texts import Language

MODERATED = frozenset({Kind.PLENARY, Kind.FORUM, Kind.THEME_ROOM})
DISCUSSED = frozenset({Kind.FORUM, Kind.THEME_ROOM})


def empty(facts: Facts, language: Language) -> Iterator[Missing]:
    """No session at all."""
    _ = language.gettext
    if not facts.sessions:
        yield Missing(_("The program is empty."), program_of(facts))


def without_moderator(facts: Facts, language: Language) -> Iterator[Missing]:
    """Online sessions in which nobody may moderate. A name in the program is not enough: it opens no room."""
    _ = language.gettext
    for session in facts.sessions:
        if session.kind in MODERATED and session.place is not Place.ON_SITE and not _moderated(facts, session):
            sentence = _("{session} has no moderation.").format(session=title_of(session, language))
            yield Missing(sentence, editor_of(facts, session), session.id)


def without_question(facts: Facts, language: Language) -> Iterator[Missing]:
    """Forums and theme rooms without a guiding question."""
    _ = language.gettext
    for session in facts.sessions:
        if session.kind in DISCUSSED and not session.question.get("de", "").strip():
            sentence = _("{session} has no guiding question.").format(session=title_of(session, language))
            yield Missing(sentence, editor_of(facts, session), session.id)


def outside_of_the_day(facts: Facts, language: Language) -> Iterator[Missing]:
    """Sessions for which no door is open, since they lie before or behind the live time of the conference."""
    _ = language.gettext
    for session in facts.sessions:
        if session.starts < facts.conference.live or session.ends > facts.conference.archive:
            sentence = _("{session} lies outside of the time of the conference.").format(session=title_of(session, language))
            yield Missing(sentence, editor_of(facts, session), session.id)


def _moderated(facts: Facts, session: Session) -> bool:
    return any(each.holds(Role.MODERATOR, session.id) for each in facts.people)


def title_of(session: Session, language: Language) -> str:
    return session.title.get(language.code) or session.title.get("de", "")


def program_of(facts: Facts) -> str:
    """Where the program is edited."""
    return f"{facts.desk}/program" if "desk.program" in TABLE else f"{facts.front}/program"


def editor_of(facts: Facts, session: Session) -> str:
    """Where one session is edited."""
    if "desk.program" in TABLE:
        return f"{facts.desk}/program/{session.slug}"
    return f"{facts.front}/sessions/{session.slug}"
