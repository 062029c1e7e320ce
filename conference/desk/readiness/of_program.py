"""What a program lacks. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from conference.access.store import times_of
from conference.desk.editing.words import finding_sentence
from conference.desk.readiness.shapes import Facts, Missing
from conference.people.model import Role
from conference.program.clashes import Matter, findings_in
from conference.program.model import Kind, Place, Session
from conference.program.plan import plan_of
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


def clashes(facts: Facts, language: Language) -> Iterator[Missing]:
    """A room, or somebody, in two sessions at once."""
    plans = [plan_of(session, (), facts.billings.get(session.id, ())) for session in facts.sessions]
    by_slug = {session.slug: session for session in facts.sessions}
    titles = {slug: title_of(session, language) for slug, session in by_slug.items()}
    for finding in findings_in(plans, times_of(facts.conference)):
        if finding.matter in (Matter.ROOM, Matter.PERSON):
            sentence = finding_sentence(language.gettext, finding, titles)
            subject = "+".join((*finding.sessions, *map(str, finding.facts.values())))
            yield Missing(sentence, editor_of(facts, by_slug[finding.sessions[-1]]), subject)


def _moderated(facts: Facts, session: Session) -> bool:
    return any(each.holds(Role.MODERATOR, session.id) for each in facts.people)


def title_of(session: Session, language: Language) -> str:
    return session.title.get(language.code) or session.title.get("de", "")


def program_of(facts: Facts) -> str:
    """Where the program is edited."""
    return f"{facts.desk}/program"


def editor_of(facts: Facts, session: Session) -> str:
    """Where one session is edited."""
    return f"{facts.desk}/program/{session.slug}"
