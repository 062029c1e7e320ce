"""The proof as PDF/UA-1, set as results sheets are, with the look of the host."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from conference.access.model import Conference
from conference.base.words import say
from conference.keeping.attendance.rules import Day
from conference.keeping.attendance.store import Present
from conference.results.setting.drawing import Pen, looks
from conference.results.setting.press import press, turn
from conference.results.setting.shape import Look
from conference.results.setting.store import look_of
from conference.web.render import TEMPLATES
from conference.web.services import Services
from conference.web.texts import Language

TEMPLATE = TEMPLATES / "keeping" / "attendance.typ"


async def set_proof(services: Services, conference: Conference, present: Present, code: str, made: datetime) -> bytes:
    """The PDF in the language `code`. made: the moment that it bears. Raises Unavailable."""
    async with services.db.read() as session:
        look = await look_of(session, services.storage, conference.id, code)
    data = drawn(conference, present, services.texts[code], made, look)
    async with turn(services):
        files, _pages = await press(data, made=made, template=TEMPLATE)
    return files[0]


def drawn(conference: Conference, present: Present, language: Language, made: datetime, look: Look) -> dict[str, Any]:
    """What `attendance.typ` takes."""
    _, code = language.gettext, language.code
    pen = Pen(code)
    hosts = ", ".join(say(host["name"], code) for host in conference.hosts)
    lines = [f"{language.day(day.begins)}: {presence(language, day)}" for day in present.days]
    if len(present.days) > 1:
        lines.append(_("Together on all days: {length}").format(length=length(total(present.days))))
    moment = language.moment(made.astimezone(ZoneInfo(conference.zone)))
    return {
        "language": code,
        "title": _("Proof of attendance"),
        "name": pen.text(present.name),
        "organisation": pen.text(present.organisation),
        "took_part": _("took part in"),
        "conference": pen.words(conference.title),
        "hosts": pen.text(_("Hosted by {hosts}").format(hosts=hosts)) if hosts else "",
        "lines": [pen.text(line) for line in lines],
        "made": _("Made on {moment}.").format(moment=moment),
        "note": _(
            "The software of the conference has made this out of the times in its rooms. Short breaks of the connection are "
            "not taken off."
        ),
        **looks(look, None, pen),
    }


def presence(language: Language, day: Day) -> str:
    """ "present 09:58–12:31, together 2 h 15 min"."""
    _ = language.gettext
    begins, ends = f"{day.begins:%H:%M}", f"{day.ends:%H:%M}"
    text = _("present {begins}–{ends}, together {length}")
    return text.format(begins=begins, ends=ends, length=length(day.minutes))


def length(minutes: int) -> str:
    """The same in both languages."""
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def total(days: Sequence[Day]) -> int:
    """Minutes."""
    return sum(day.minutes for day in days)
