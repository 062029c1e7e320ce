"""The rooms as the console shows them: the same for all organisers, so the same fragment is pushed to all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.rules import rooms_open
from conference.desk.calls import calls_of
from conference.desk.run import rules, store
from conference.desk.run.counting import NOBODY, Tally
from conference.desk.run.rules import Cast, Course
from conference.doors.table import ROOMS
from conference.doors.visit import Visit
from conference.doors.words import role_word
from conference.forums.model import Forum
from conference.forums.rules import capacity_of
from conference.program.model import Floor, Kind, Session
from conference.program.store import sessions_of
from conference.program.view import item_of
from conference.web.texts import Language


@dataclass(frozen=True)
class Line:
    """One session of the console, with what its place in the order needs."""

    session: Session
    tally: Tally
    course: Course
    need: rules.Need
    missing: list[Cast]
    forum: Forum | None


async def lines_of(db: AsyncSession, visit: Visit, tallies: Mapping[str, Tally]) -> list[Line]:
    """The sessions of the day, what is urgent first. tallies: rooms at which somebody has looked. Five queries."""
    conference = visit.conference.id
    sessions = await sessions_of(db, conference)
    forums, cast = await store.forums_of(db, conference), await store.cast_of(db, conference)
    known = {**await store.made_up_of(db, conference), **tallies}
    lines = [_line(each, known.get(each.id, NOBODY), forums.get(each.id), cast.get(each.id, ()), visit.now) for each in sessions]
    return sorted(lines, key=lambda line: rules.rank_of(line.need, line.session.starts, line.session.number))


def _line(session: Session, tally: Tally, forum: Forum | None, cast: Sequence[Cast], now: datetime) -> Line:
    course = rules.course_of(session, tally.here, now)
    missing = rules.missing_from(session, cast, tally.staff, now)
    need = rules.need_of(
        course, calls=forum is not None and forum.help_asked is not None,
        moderated=tally.moderated or not rules.has_room(session),
        missing=len(missing), waiting=tally.waiting, poor=tally.poor, here=tally.here,
    )  # fmt: skip
    return Line(session, tally, course, need, missing, forum)


async def board_of(db: AsyncSession, visit: Visit, tallies: Mapping[str, Tally]) -> dict[str, Any]:
    """For `desk/_run_board.html`: calls, and the rooms in three groups."""
    lines = await lines_of(db, visit, tallies)
    later = [line for line in lines if line.course is Course.PLANNED]
    over = [line for line in lines if line.course is Course.OVER]
    now = [line for line in lines if line not in later and line not in over]
    waiting = sum(line.tally.waiting for line in lines)
    return {
        "now": [row_of(visit, line) for line in now],
        "later": [row_of(visit, line) for line in sorted(later, key=_by_time)],
        "over": [row_of(visit, line) for line in sorted(over, key=_by_time)],
        "calls": await calls_of(db, visit),
        "waiting": waiting,
        "edition": edition_of(line.session for line in lines) if _can_be_later(visit, lines) else None,
        "base": f"/desk/{visit.conference.slug}/run",
        "clock": visit.local(visit.now),
        "emergency": visit.say(visit.conference.emergency) if visit.conference.emergency else None,
    }


def edition_of(sessions: Iterable[Session]) -> str:
    """Of the whole program in public: another one after each change of it, so that the same tap is not made twice."""
    return str(sum(each.version for each in sessions))


def _can_be_later(visit: Visit, lines: Sequence[Line]) -> bool:
    """Whether it is the day, and something of it is still to come or to end."""
    return visit.state in ROOMS and any(line.session.ends > visit.now for line in lines)


def _by_time(line: Line) -> tuple[datetime, int]:
    return line.session.starts, line.session.number or 0


def row_of(visit: Visit, line: Line) -> dict[str, Any]:
    """One line of the list."""
    words = visit.services.texts[visit.language]
    session, tally, item = line.session, line.tally, item_of(visit, line.session)
    href = f"/desk/{visit.conference.slug}/run/rooms/{session.slug}"
    has_room = rules.has_room(session)
    return {
        "id": session.id,
        "href": href if has_room else None,
        "title": item.title,
        "kind": item.kind,
        "number": session.number,
        "starts": item.starts,
        "ends": item.ends,
        "course": course_word(words, line.course),
        "tone": _TONES[line.course],
        "runs": line.course in (Course.RUNNING, Course.WAITS, Course.OVER_TIME),
        "plan": plan_words(visit, session),
        "need": line.need.tone,
        "notes": list(_notes(words, line)),
        "missing": missing_words(words, line.missing),
        "numbers": _numbers(visit, line, href) if has_room else [],
        "enter": f"{item.href}/room" if has_room and may_enter(visit, line.course) else None,
        "quiet": tally == NOBODY,
    }


def _numbers(visit: Visit, line: Line, href: str) -> list[dict[str, Any]]:
    """Each number with the list that it counts. of: how many fit in."""
    _ = visit.services.texts[visit.language].gettext
    guests = f"/desk/{visit.conference.slug}/run/guests?room={line.session.slug}"
    told = line.tally.numbers()
    labels = {
        "here": (_("There"), f"{href}?show=here#people", ""),
        "poor": (_("Bad connection"), f"{href}?show=poor#people", "warn"),
        "hands": (_("Hands"), f"{href}?show=hands#people", ""),
        "waiting": (_("Waiting"), guests, "warn"),
    }
    return [
        {
            "key": key,
            "label": label,
            "href": to,
            "count": told[key],
            "of": seats_of(line) if key == "here" else None,
            "tone": tone,
        }
        for key, (label, to, tone) in labels.items()
    ]


def seats_of(line: Line) -> int:
    """How many people the room takes."""
    floor = line.forum.floor if line.forum is not None and line.forum.floor is not None else line.session.floor
    return capacity_of(Floor.STAGE if line.session.kind is Kind.PLENARY else floor)


_TONES = {
    Course.PLANNED: "", Course.SOON: "", Course.WAITS: "bad", Course.RUNNING: "live", Course.OVER_TIME: "warn", Course.OVER: "",
}  # fmt: skip


def course_word(words: Language, course: Course) -> str:
    _ = words.gettext
    return {
        Course.PLANNED: _("planned"),
        Course.SOON: _("begins soon"),
        Course.WAITS: _("not begun yet"),
        Course.RUNNING: _("running"),
        Course.OVER_TIME: _("time is up, people are there"),
        Course.OVER: _("over"),
    }[course]


def plan_words(visit: Visit, session: Session) -> str:
    """Where the day differs from the plan; else nothing."""
    _ = visit.services.texts[visit.language].gettext
    said = []
    if rules.moved_by(session):
        planned = visit.local(session.planned_starts or session.starts).strftime("%H:%M")
        said.append(_("planned for {time}").format(time=planned))
    if session.ended is not None:
        said.append(_("ended at {time}").format(time=visit.local(session.ended).strftime("%H:%M")))
    elif session.began is not None and rules.began_late(session):
        said.append(_("begun at {time}").format(time=visit.local(session.began).strftime("%H:%M")))
    return ", ".join(said)


def _notes(words: Language, line: Line) -> Iterable[str]:
    _ = words.gettext
    if line.course in (Course.RUNNING, Course.WAITS) and rules.has_room(line.session) and not line.tally.moderated:
        yield _("Nobody there moderates.")
    if line.forum is not None and line.forum.locked is not None:
        yield _("Locked.")
    if line.forum is not None and line.forum.lobby is not None:
        yield _("Guests are let in one by one.")


def missing_words(words: Language, missing: Sequence[Cast]) -> list[str]:
    """Names with what they do there, as in "Ada Muster (Moderation)"."""
    return [f"{each.name} ({role_word(words, each.role)})" if each.role is not None else each.name for each in missing]


def may_enter(visit: Visit, course: Course) -> bool:
    """Whether the way into a room leads anywhere now."""
    return rooms_open(visit.times, visit.now) and course is not Course.OVER
