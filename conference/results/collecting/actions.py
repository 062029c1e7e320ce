"""What is done with the lines of a sheet, in the room and in its editor alike.

Each act takes the sheet's lock, gives the lines that it touches the number of its change, writes the history and tells all
who look on; all in the caller's unit of work.

seen: the `change` of the line that whoever acts has before them. When somebody else has changed it since, nothing is written and
`Done.conflict` is set; the line in it says what stands there now. None: whatever stands there. Who may do what is asked before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from conference.base.db import Work
from conference.base.errors import Conflict, Invalid, NotFound, TooMany
from conference.base.words import Words
from conference.program.model import Session
from conference.results.collecting import rules, store
from conference.results.collecting.events import tell_findings
from conference.results.content import MOST_KEY_FINDINGS, headings_of
from conference.results.history import events_of, note
from conference.results.model import Finding, ResultsSheet
from conference.results.store import sheet_for_change
from conference.web.services import Services

UNDOABLE = 200
"""How many lines of the history back an act can be undone."""
_KEPT = ("heading", "text", "named", "key", "position", "merged", "gone")


@dataclass(frozen=True, slots=True)
class Done:
    """What became of an act. line: as it stands now; change: the act's number, which `undo` takes (0: nothing had to be done);
    conflict: somebody else has changed the line since `seen`, nothing was written."""

    line: Finding
    change: int = 0
    conflict: bool = False


@dataclass(frozen=True, slots=True)
class New:
    """A finding to add. text: at least one language; client: the page's own name for it, unique among those of its person;
    person_id: who adds it; edits: they edit the sheet; named: show their name; round: of a theme room; after: the line behind
    which it stands, None: last."""

    heading: str
    text: Words
    client: str | None = None
    person_id: str | None = None
    edits: bool = True
    named: bool = False
    round: int | None = None
    after: str | None = None


async def add(services: Services, work: Work, session: Session, new: New) -> Done:
    """Add a line, once: the same `client` of the same person again finds the line that is there.

    Raises Invalid (text, field), Conflict (findings, findings_own, findings_ever).
    """
    text = rules.text_of(new.text)
    act = await _begin(services, work, session, new.person_id)
    known = await added(work, session, new.person_id, new.client)
    if known is not None:
        return act.nothing(known)
    heading = _heading(act.sheet, new.heading)
    await _room_for(act, new)
    line = Finding(
        id=services.ids.new(), session_id=session.id, heading=heading, text=text, round=new.round,
        position=await store.last_position(work.session, session.id) + rules.GAP, person_id=new.person_id, named=new.named,
        client=_client(new.person_id, new.client), added=work.now,
    )  # fmt: skip
    if new.after is not None:
        await _place(act, line, new.after)
    act.touch(line)
    line.changed = None  # so far it is as it came
    return act.done(line)


async def added(work: Work, session: Session, person_id: str | None, client: str | None) -> Finding | None:
    """The line that this person has added under this name, also when it was taken out since."""
    name = _client(person_id, client)
    return await store.line_by_client(work.session, session.id, name) if name else None


async def change_text(
    services: Services,
    work: Work,
    session: Session,
    line_id: str,
    text: Words,
    *,
    by: str | None,
    seen: int | None = None,
    own: bool = False,
) -> Done:
    """Let a line say this. own: in the words of whoever wrote it; nobody else's words stand under their name.

    Raises Invalid (text), NotFound.
    """
    cleaned = rules.text_of(text)
    act = await _begin(services, work, session, by)
    line = await _standing(act, line_id)
    if line.text == cleaned:
        return act.nothing(line)
    if _overtaken(line, seen):
        return act.conflict(line)
    before = line.text
    act.touch(line, text=cleaned, named=line.named and (own or _wrote(by, line)))
    await act.note("line_changed", line, before=before, after=cleaned)
    return act.done(line)


async def star(
    services: Services, work: Work, session: Session, line_id: str, on: bool, *, by: str | None, seen: int | None = None
) -> Done:
    """Make a line one of the key findings, or none of them. Raises NotFound, TooMany (key_findings)."""
    act = await _begin(services, work, session, by)
    line = await _standing(act, line_id)
    if line.key == on:
        return act.nothing(line)
    if _overtaken(line, seen):
        return act.conflict(line)
    if on and await store.starred(work.session, session.id) >= MOST_KEY_FINDINGS:
        raise TooMany("key_findings", most=MOST_KEY_FINDINGS)
    act.touch(line, key=on)
    await act.note("line_starred" if on else "line_unstarred", line)
    return act.done(line)


async def move(
    services: Services,
    work: Work,
    session: Session,
    line_id: str,
    heading: str,
    after: str | None,
    *,
    by: str | None,
    seen: int | None = None,
) -> Done:
    """Put a line under a heading, behind the line `after` (None: before all others of its round).

    Raises Invalid (field), NotFound.
    """
    act = await _begin(services, work, session, by)
    line = await _standing(act, line_id)
    if _overtaken(line, seen):
        return act.conflict(line)
    before = line.heading
    act.touch(line, heading=_heading(act.sheet, heading))
    await _place(act, line, after)
    await act.note("line_moved", line, heading=line.heading, heading_before=before)
    return act.done(line)


async def step(services: Services, work: Work, session: Session, line_id: str, down: bool, *, by: str | None) -> Done:
    """Move a line one place up or down under its heading; at the end of it nothing happens. Raises NotFound."""
    line = await store.line_in(work.session, session.id, line_id)
    group = await store.group_of(work.session, session.id, line.heading, line.round)
    at = next((index for index, one in enumerate(group) if one.id == line_id), 0)
    to = at + 1 if down else at - 2
    if not -2 < to < len(group):
        return Done(line)
    return await move(services, work, session, line_id, line.heading, group[to].id if to >= 0 else None, by=by)


async def merge(
    services: Services,
    work: Work,
    session: Session,
    into: str,
    others: Sequence[str],
    text: Words | None = None,
    *,
    by: str | None,
    seen: Mapping[str, int] | None = None,
) -> Done:
    """Make several lines one: `into` stays, says `text` (None: what all of them say, one after the other) and is a key finding if
    one of them was; a name stays where one person wrote all of it. seen: line's id -> its change.

    Raises Invalid (text, findings_chosen), NotFound.
    """
    act = await _begin(services, work, session, by)
    line = await _standing(act, into)
    gone = [await _standing(act, other) for other in dict.fromkeys(others) if other != into]
    if not gone:
        raise Invalid("findings_chosen")
    late = next((one for one in (line, *gone) if seen and _overtaken(one, seen.get(one.id))), None)
    if late is not None:
        return act.conflict(late)
    before, key = line.text, line.key or any(one.key for one in gone)
    together = rules.text_of(text) if text is not None else rules.joined([line.text, *(one.text for one in gone)])
    for one in gone:
        act.touch(one, gone=work.now, merged=line.id, key=False)
    named = line.named and all(one.person_id == line.person_id for one in gone) and (text is None or _wrote(by, line))
    act.touch(line, text=together, named=named, key=key)
    texts = {"text_before": before, "text_after": together, "merged_texts": [one.text for one in gone]}
    await act.note("lines_merged", line, **texts, merged=[one.id for one in gone])
    return act.done(line)


async def take_out(
    services: Services, work: Work, session: Session, line_id: str, *, by: str | None, seen: int | None = None
) -> Done:
    """Take a line out of the sheet; its text stays in the history. Taking out what is out changes nothing. Raises NotFound."""
    act = await _begin(services, work, session, by)
    line = await store.line_in(work.session, session.id, line_id)
    if line.gone is not None:
        return act.nothing(line)
    if _overtaken(line, seen):
        return act.conflict(line)
    act.touch(line, gone=work.now, key=False)
    await act.note("line_taken_out", line)
    return act.done(line)


async def bring_back(services: Services, work: Work, session: Session, line_id: str, *, by: str | None) -> Done:
    """Put a line that was taken out or merged where it stood. Raises NotFound, Conflict (findings)."""
    act = await _begin(services, work, session, by)
    line = await store.line_in(work.session, session.id, line_id)
    if line.gone is None:
        return act.nothing(line)
    act.touch(line, gone=None, merged=None)
    await _within(act)
    await act.note("line_put_back", line)
    return act.done(line)


async def undo(services: Services, work: Work, session: Session, change: int, *, by: str | None) -> Done:
    """Let everything that an act touched be as before it. `Done.change` is the number of the undoing (which can be undone).

    Raises NotFound (nothing_to_undo); Conflict (finding_changed) when somebody has changed one of its lines since, (findings)
    when there would be too many; TooMany (key_findings).
    """
    act = await _begin(services, work, session, by)
    events = await events_of(work.session, session.id, UNDOABLE)
    lines: Mapping[str, Any] = next((one.facts.get("lines", {}) for one in events if one.facts.get("change") == change), {})
    if not lines:
        raise NotFound("nothing_to_undo")
    touched = [await store.line_in(work.session, session.id, line_id) for line_id in lines]
    if any(line.change != change for line in touched):
        raise Conflict("finding_changed")
    for line in touched:
        act.touch(line, **_restored(lines[line.id]))
    await _within(act)
    first = touched[0]
    texts = {"before": act.before[first.id]["text"], "after": first.text} if "text" in act.before[first.id] else {}
    await act.note(_said(act.before[first.id]), first, **texts)
    return act.done(first)


# -- how an act goes ---------------------------------------------------------------------------------------------------


@dataclass
class _Act:
    """One change of a sheet under way. before: line's id -> what this act has changed in it, as it was."""

    services: Services
    work: Work
    session: Session
    sheet: ResultsSheet
    by: str | None
    before: dict[str, dict[str, Any]] = field(default_factory=dict)

    def touch(self, line: Finding, **values: Any) -> None:
        kept = self.before.setdefault(line.id, {})
        for name, value in values.items():
            old = getattr(line, name)
            kept.setdefault(name, old.isoformat() if isinstance(old, datetime) else old)
            setattr(line, name, value)
        line.change, line.changed = self.sheet.changes, self.work.now
        self.work.session.add(line)

    async def note(self, what: str, line: Finding, **facts: Any) -> None:
        facts |= {"change": self.sheet.changes, "lines": self.before}
        await note(self.work, self.services.ids, self.sheet, what, self.by, about=line.id, **facts)

    def done(self, line: Finding) -> Done:
        tell_findings(self.services.outbox, self.work, self.session, self.sheet.changes)
        return Done(line, self.sheet.changes)

    def nothing(self, line: Finding) -> Done:
        self.sheet.changes -= 1
        return Done(line)

    def conflict(self, line: Finding) -> Done:
        self.sheet.changes -= 1
        return Done(line, conflict=True)


async def _begin(services: Services, work: Work, session: Session, by: str | None) -> _Act:
    return _Act(services, work, session, await sheet_for_change(work, session), by)


async def _standing(act: _Act, line_id: str) -> Finding:
    """A line that is in the sheet. Raises NotFound."""
    line = await store.line_in(act.work.session, act.session.id, line_id)
    if line.gone is not None:
        raise NotFound("finding")
    return line


async def _place(act: _Act, line: Finding, after: str | None) -> None:
    """Give the line its position, and the whole group new ones where there is no room for it."""
    group = await store.group_of(act.work.session, act.session.id, line.heading, line.round)
    others = [one for one in group if one.id != line.id]
    position = rules.place_after(others, after)
    if position is not None:
        return act.touch(line, position=position)
    at = next(index for index, one in enumerate(others) if one.id == after) + 1
    for index, one in enumerate([*others[:at], line, *others[at:]], start=1):
        if one.position != index * rules.GAP:
            act.touch(one, position=index * rules.GAP)


async def _room_for(act: _Act, new: New) -> None:
    """Nobody who only adds can use up a session's lines, neither alone nor as many guests. Raises Conflict."""
    count = await store.count_lines(act.work.session, act.session.id, new.person_id)
    if not new.edits and count.own >= rules.MOST_OF_ONE:
        raise Conflict("findings_own", most=rules.MOST_OF_ONE)
    if count.standing >= rules.MOST_FINDINGS:
        raise Conflict("findings", most=rules.MOST_FINDINGS)
    if count.ever >= rules.MOST_EVER - (0 if new.edits else rules.KEPT_FREE):
        raise Conflict("findings_ever")


async def _within(act: _Act) -> None:
    """What was brought back must not be too much. Raises Conflict (findings), TooMany (key_findings)."""
    await act.work.session.flush()
    if await store.starred(act.work.session, act.session.id) > MOST_KEY_FINDINGS:
        raise TooMany("key_findings", most=MOST_KEY_FINDINGS)
    if (await store.count_lines(act.work.session, act.session.id)).standing > rules.MOST_FINDINGS:
        raise Conflict("findings", most=rules.MOST_FINDINGS)


def _client(person_id: str | None, client: str | None) -> str | None:
    """The page's name for a line, unique in the session."""
    return f"{person_id or ''} {client}" if client else None


def _wrote(by: str | None, line: Finding) -> bool:
    return by is not None and by == line.person_id


def _overtaken(line: Finding, seen: int | None) -> bool:
    return seen is not None and line.change > seen


def _heading(sheet: ResultsSheet, key: str) -> str:
    """Raises Invalid."""
    if key not in headings_of(sheet):
        raise Invalid("field", field="heading")
    return key


def _restored(before: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: value for name, value in before.items() if name in _KEPT}
    if isinstance(values.get("gone"), str):
        values["gone"] = datetime.fromisoformat(values["gone"])
    return values


def _said(before: Mapping[str, Any]) -> str:
    """The word of the history for an act that changed these values back."""
    if "gone" in before:
        return "line_put_back" if before["gone"] else "line_taken_out"
    if "text" in before:
        return "line_changed"
    if "key" in before:
        return "line_starred" if not before["key"] else "line_unstarred"
    return "line_moved"
