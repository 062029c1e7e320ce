"""The acts of the findings' page by their names: who may, and what is then done. Pages only read forms and draw answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from conference.base.db import Work
from conference.base.errors import Conflict, Invalid, NotAllowed
from conference.doors.visit import Visit
from conference.results.collecting import actions, rules, settings, store
from conference.results.collecting.actions import Done, New
from conference.results.collecting.view import Gathering
from conference.results.model import Finding, ResultsSheet
from conference.results.store import sheet_for_change, sheet_of


@dataclass(frozen=True)
class Entered:
    """One act as a form names it. line: the finding's id; seen: its change; round: in which it was written; chosen: several lines
    in their order; person: the id of whoever wrote it ("": an organiser of the installation, None: the form does not say);
    who, headings: the settings."""

    do: str
    line: str = ""
    text: str = ""
    heading: str = ""
    client: str = ""
    person: str | None = None
    named: bool = False
    round: int | None = None
    seen: int | None = None
    undo: int | None = None
    chosen: list[str] = field(default_factory=list)
    who: str = ""
    headings: list[settings.Heading] = field(default_factory=list)


@dataclass(frozen=True)
class Did:
    """What became of it. line: the one that it was about; None: the settings. change: the act's number."""

    line: Finding | None
    sheet: ResultsSheet | None
    change: int = 0
    conflict: bool = False

    @property
    def undo(self) -> int:
        """The number that takes it back, for who edits; what was added is taken out instead."""
        return self.change if self.line is not None and self.line.changed is not None else 0


@dataclass(frozen=True)
class Came:
    """What a page shows of an act before it. done: its name; undo: the number that takes it back; error: why it was refused,
    where: the act that it was about, with what was entered; conflict: the line that somebody else has changed; edit: the line
    whose form is open."""

    done: str = ""
    undo: int = 0
    error: str = ""
    where: str = ""
    text: str = ""
    heading: str = ""
    conflict: str = ""
    edit: str = ""
    status: int = 200


@dataclass(frozen=True)
class _Doing:
    visit: Visit
    found: Gathering
    work: Work
    entered: Entered

    @property
    def by(self) -> str | None:
        """Who stands in the history. Who adds without a name is not to be found there either."""
        return self.found.person_id if self.found.edits else None

    async def line(self, act: Callable[..., Awaitable[Done]], *what: object, **more: object) -> Done:
        services, session = self.visit.services, self.found.session
        return await act(services, self.work, session, self.entered.line, *what, by=self.by, **more)


async def do(visit: Visit, found: Gathering, entered: Entered) -> Did:
    """Do it in a unit of work of its own. Raises Invalid (field, and what the acts raise), NotAllowed (findings_closed,
    findings_not_yet, editors_only), NotFound, Conflict (finding_person, and what the acts raise), TooMany."""
    act = ACTS.get(entered.do)
    if act is None:
        raise Invalid("field", field="do")
    async with visit.services.db.work() as work:
        # Whoever closes the collecting, or publishes, holds the same lock: asked before it, the answer could be an old one.
        sheet = await sheet_for_change(work, found.session)
        sheet.changes -= 1
        found = Gathering(found.session, sheet, found.rounds, found.edits, found.begun, found.person_id)
        doing = _Doing(visit, found, work, entered)
        await _may(doing)
        done = await act(doing)
        sheet_after = await sheet_of(work.session, found.session.id)
        if done is None:
            return Did(None, sheet_after, sheet.changes)
        return Did(done.line, sheet_after, done.change, done.conflict)


async def _may(doing: _Doing) -> None:
    found, entered = doing.found, doing.entered
    if entered.do == "add" and entered.person not in (None, found.person_id or ""):
        raise Conflict("finding_person")  # another one has signed in in that browser since
    if found.edits:
        return
    if entered.do == "add":
        # What is there already is acknowledged whatever has happened meanwhile: its first answer was lost.
        if found.adds or await actions.added(doing.work, found.session, found.person_id, entered.client):
            return
        raise NotAllowed("findings_closed" if found.begun else "findings_not_yet")
    if entered.do not in ("change", "take_out"):
        raise NotAllowed("editors_only")
    line = await store.line_in(doing.work.session, found.session.id, entered.line)
    if not rules.may_correct(line, found.person_id, found.adds):
        raise NotAllowed("editors_only")


async def _add(doing: _Doing) -> Done:
    entered, found = doing.entered, doing.found
    now = rules.round_at(found.rounds, doing.visit.now)
    number = entered.round if entered.round and now and 1 <= entered.round <= now else now
    new = New(
        heading=entered.heading, text=_words(doing), client=entered.client or None, person_id=found.person_id,
        edits=found.edits, named=entered.named and found.person_id is not None, round=number,
    )  # fmt: skip
    return await actions.add(doing.visit.services, doing.work, found.session, new)


async def _change(doing: _Doing) -> Done:
    """In the language in which the line is read; what it says in the other one stays."""
    line = await store.line_in(doing.work.session, doing.found.session.id, doing.entered.line)
    language = doing.visit.language if doing.visit.language in line.text else next(iter(line.text))
    own = line.person_id is not None and line.person_id == doing.found.person_id
    return await doing.line(actions.change_text, {**line.text, language: doing.entered.text}, seen=doing.entered.seen, own=own)


async def _star(doing: _Doing) -> Done:
    return await doing.line(actions.star, True)


async def _unstar(doing: _Doing) -> Done:
    return await doing.line(actions.star, False)


async def _up(doing: _Doing) -> Done:
    return await doing.line(actions.step, False)


async def _down(doing: _Doing) -> Done:
    return await doing.line(actions.step, True)


async def _place(doing: _Doing) -> Done:
    """Under another heading, as its last line."""
    entered, session = doing.entered, doing.found.session
    line = await store.line_in(doing.work.session, session.id, entered.line)
    others = [
        one for one in await store.group_of(doing.work.session, session.id, entered.heading, line.round) if one.id != line.id
    ]
    return await doing.line(actions.move, entered.heading, others[-1].id if others else None)


async def _merge(doing: _Doing) -> Done:
    chosen = doing.entered.chosen or [doing.entered.line]
    services, session = doing.visit.services, doing.found.session
    return await actions.merge(services, doing.work, session, chosen[0], chosen[1:], by=doing.by)


async def _take_out(doing: _Doing) -> Done:
    return await doing.line(actions.take_out, seen=doing.entered.seen)


async def _bring_back(doing: _Doing) -> Done:
    return await doing.line(actions.bring_back)


async def _undo(doing: _Doing) -> Done:
    services, session = doing.visit.services, doing.found.session
    return await actions.undo(services, doing.work, session, doing.entered.undo or 0, by=doing.by)


async def _who(doing: _Doing) -> None:
    services, session = doing.visit.services, doing.found.session
    await settings.set_who(services, doing.work, session, doing.entered.who, by=doing.by)


async def _headings(doing: _Doing) -> None:
    services, session, visit = doing.visit.services, doing.found.session, doing.visit
    await settings.set_headings(services, doing.work, session, doing.entered.headings, visit.language, by=doing.by)


def _words(doing: _Doing) -> dict[str, str]:
    return {doing.visit.language: doing.entered.text}


ACTS: Mapping[str, Callable[[_Doing], Awaitable[Done | None]]] = {
    "add": _add,
    "change": _change,
    "star": _star,
    "unstar": _unstar,
    "up": _up,
    "down": _down,
    "place": _place,
    "merge": _merge,
    "take_out": _take_out,
    "bring_back": _bring_back,
    "undo": _undo,
    "who": _who,
    "headings": _headings,
}
