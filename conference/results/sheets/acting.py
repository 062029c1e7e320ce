"""What the buttons of the editor do with lines, by the acts of collecting: a word, a colon, and what it is about.

star:ID, unstar:ID, up:ID, down:ID, remove:ID, back:ID, to:HEADING:ID, undo:CHANGE; add:HEADING with the field new.HEADING;
merge with the lines that were chosen, into the first of them. "" and save: what stands in the fields for new lines is added.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conference.base.db import Work
from conference.base.errors import Invalid
from conference.program.model import Session
from conference.results.collecting import actions as lines
from conference.results.collecting.rules import order
from conference.results.collecting.store import group_of, line_in
from conference.results.sheets.fields import is_id
from conference.results.store import sheet_locked
from conference.web.services import Services


@dataclass(frozen=True, slots=True)
class Acted:
    """line: the id of the line that one looks at next, or ""; change: the act's number, 0 where nothing was done; undoable: by
    that number."""

    line: str = ""
    change: int = 0
    undoable: bool = False


async def act(
    services: Services,
    session: Session,
    do: str,
    fields: Mapping[str, str],
    chosen: Sequence[str],
    *,
    by: str,
    language: str,
) -> Acted:
    """Do it in a unit of work of its own. language: of what is added. Raises Invalid (field, text), NotFound, TooMany,
    Conflict."""
    word, _, about = do.partition(":")
    if not all(is_id(one) for one in (*about.split(":"), *chosen, fields.get("client", "")) if one):
        raise Invalid("field", field="do")
    async with services.db.work() as work:
        # What is read before the lock may be older than what somebody writes behind it, and would be written over that.
        await sheet_locked(work, session)
        if word in ("", "save"):
            return await _add_all(services, work, session, fields, by, language)
        done = await _act(services, work, session, word, about, fields, chosen, by, language)
        undoable = bool(done.change) and word not in ("add", "up", "down")
        return Acted(done.line.id if done.line.gone is None else "", done.change, undoable)


async def _act(
    services: Services,
    work: Work,
    session: Session,
    word: str,
    about: str,
    fields: Mapping[str, str],
    chosen: Sequence[str],
    by: str,
    language: str,
) -> lines.Done:
    place = (services, work, session)
    if word in ("star", "unstar"):
        return await lines.star(*place, about, word == "star", by=by)
    if word in ("up", "down"):
        return await lines.step(*place, about, word == "down", by=by)
    if word == "remove":
        return await lines.take_out(*place, about, by=by)
    if word == "back":
        return await lines.bring_back(*place, about, by=by)
    if word == "undo" and about.isascii() and about.isdigit() and len(about) < 10:
        return await lines.undo(*place, int(about), by=by)
    if word == "to":
        heading, _, line_id = about.partition(":")
        return await _to(*place, heading, line_id, by)
    if word == "merge":
        return await _merge(*place, chosen, by)
    if word == "add":
        return await lines.add(*place, _new(about, fields, by, language))
    raise Invalid("field", field="do")


async def _add_all(services: Services, work: Work, session: Session, fields: Mapping[str, str], by: str, language: str) -> Acted:
    added = Acted()
    for name in fields:
        if name.startswith("new.") and fields[name].strip():
            done = await lines.add(services, work, session, _new(name.removeprefix("new."), fields, by, language))
            added = Acted(done.line.id, done.change)
    return added


def _new(heading: str, fields: Mapping[str, str], by: str, language: str) -> lines.New:
    text, client = fields.get(f"new.{heading}", ""), fields.get("client") or None
    return lines.New(heading, {language: text}, client=client, person_id=by, round=_round(fields, heading))


def _round(fields: Mapping[str, str], heading: str) -> int | None:
    text = fields.get(f"round.{heading}", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else None


async def _to(services: Services, work: Work, session: Session, heading: str, line_id: str, by: str) -> lines.Done:
    """Behind the last line of another heading."""
    line = await line_in(work.session, session.id, line_id)
    others = await group_of(work.session, session.id, heading, line.round)
    return await lines.move(services, work, session, line_id, heading, others[-1].id if others else None, by=by)


async def _merge(services: Services, work: Work, session: Session, chosen: Sequence[str], by: str) -> lines.Done:
    """Into the one that stands first. Raises Invalid."""
    found = sorted([await line_in(work.session, session.id, one) for one in dict.fromkeys(chosen)], key=order)
    if len(found) < 2:
        raise Invalid("findings_chosen")
    return await lines.merge(services, work, session, found[0].id, [line.id for line in found[1:]], by=by)
