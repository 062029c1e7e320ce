"""What the installation lacks: its parts as the doctor found them, and room for everybody. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator

from conference.desk.readiness.of_program import editor_of, title_of
from conference.desk.readiness.shapes import Capacity, Check, Facts, Missing, Result
from conference.forums.rules import OPEN_ROUND_SEATS, capacity_of
from conference.program.model import Floor, Kind, Place, Session
from conference.web.texts import Language

CHECKED = ("mail", "store", "media", "turn", "clock")


def mail(facts: Facts, language: Language) -> Iterator[Missing]:
    _ = language.gettext
    if not facts.sends_mail:
        yield Missing(_("Letters are not sent, only printed."), checks_of(facts), detail=_("The operator sets a mail server."))
    else:
        yield from _failed(facts, language, "mail", _("The mail server takes no letters."))


def store(facts: Facts, language: Language) -> Iterator[Missing]:
    return _failed(facts, language, "store", language.gettext("Files cannot be stored."))


def media(facts: Facts, language: Language) -> Iterator[Missing]:
    return _failed(facts, language, "media", language.gettext("Sound and picture do not get through."))


def clock(facts: Facts, language: Language) -> Iterator[Missing]:
    return _failed(facts, language, "clock", language.gettext("The machine's clock is wrong."))


def turn(facts: Facts, language: Language) -> Iterator[Missing]:
    return _failed(facts, language, "turn", language.gettext("The way in for strict networks does not work."))


def no_turn(facts: Facts, language: Language) -> Iterator[Missing]:
    """Some offices let nothing out but web pages; only a TURN server on port 443 brings them in."""
    if not facts.has_turn:
        _ = language.gettext
        yield Missing(_("People in networks that block everything but web pages cannot take part."), checks_of(facts),
                      detail=_("The operator sets a TURN server."))  # fmt: skip


def unchecked(facts: Facts, language: Language) -> Iterator[Missing]:
    """Mail, store, media and clock were not looked at in the last hour."""
    if any(part not in facts.checks for part in CHECKED if part != "turn" or facts.has_turn):
        yield Missing(language.gettext("Mail, store, sound and picture were not tested in the last hour."), checks_of(facts))


def _failed(facts: Facts, language: Language, part: str, sentence: str) -> Iterator[Missing]:
    check = facts.checks.get(part)
    if check is not None and check.failed:
        yield Missing(sentence, checks_of(facts), detail=_details(check, language))


def _details(check: Check, language: Language) -> str:
    """What the operator wants to read."""
    return " ".join(language.gettext(each.text).format(**each.facts) for each in check.lines if each.result is Result.FAILED)


def checks_of(facts: Facts) -> str:
    return f"{facts.desk}/ready#checks"


def unmeasured(facts: Facts, language: Language) -> Iterator[Missing]:
    if facts.capacity is None:
        _ = language.gettext
        yield Missing(_("It is not known how many people this machine bears."), checks_of(facts),
                      detail=_("The operator measures it and notes it with “meetingpoint doctor --capacity”."))  # fmt: skip


def too_full(facts: Facts, language: Language) -> Iterator[Missing]:
    """Rooms for which more people are expected than this machine was measured to bear, alone or with those beside them."""
    _ = language.gettext
    if facts.capacity is None:
        return
    for session in facts.sessions:
        expected = expected_in(facts, session)
        most = _most_in(facts.capacity, session.floor)
        beside = [each for each in _rooms(facts) if each.starts < session.ends and session.starts < each.ends]
        together = sum(expected_in(facts, each) for each in beside)
        if session in beside and expected > most:
            sentence = _("{session}: {expected} people are expected, and the machine bears {most} in such a room.")
            said = sentence.format(session=title_of(session, language), expected=expected, most=most)
            yield Missing(said, editor_of(facts, session), session.id)
        elif session in beside and together > facts.capacity.installation:
            sentence = _(
                "{session} and what runs beside it: {expected} people are expected, and the machine bears {most} at once."
            )
            most = facts.capacity.installation
            said = sentence.format(session=title_of(session, language), expected=together, most=most)
            yield Missing(said, editor_of(facts, session), session.id)


def _most_in(capacity: Capacity, floor: Floor) -> int:
    """In one room, by machine and by what rooms let in; an open round has a rule of its own."""
    if floor is Floor.STAGE:
        return min(capacity.audience, capacity_of(floor))
    return capacity.discussion if floor is Floor.OPEN_ROUND else min(capacity.discussion, capacity_of(floor))


def too_many_at_the_table(facts: Facts, language: Language) -> Iterator[Missing]:
    """Open rounds for which more people are expected than may speak freely in one."""
    _ = language.gettext
    for session in _rooms(facts):
        expected = expected_in(facts, session)
        if session.floor is Floor.OPEN_ROUND and expected > OPEN_ROUND_SEATS:
            sentence = _("{session}: an open round has {most} seats, and {expected} people are expected.")
            said = sentence.format(session=title_of(session, language), expected=expected, most=OPEN_ROUND_SEATS)
            yield Missing(said, editor_of(facts, session), session.id)


def expected_in(facts: Facts, session: Session) -> int:
    """How many may come: its places where they are limited; else who chose it, and its share of those who chose nothing at that
    time, spread over the rooms that begin then."""
    if session.places is not None:
        return session.places
    if session.kind is Kind.PLENARY:
        return facts.invited
    side_by_side = [each for each in _rooms(facts) if each.starts == session.starts and each.kind is not Kind.PLENARY]
    others = max(0, facts.invited - sum(facts.chosen.get(each.id, 0) for each in side_by_side))
    return facts.chosen.get(session.id, 0) + math.ceil(others / max(1, len(side_by_side)))


def _rooms(facts: Facts) -> list[Session]:
    return [each for each in facts.sessions if each.place is not Place.ON_SITE and each.kind is not Kind.BREAK]
