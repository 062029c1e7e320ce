"""What moderators do with the running order. Each is one unit of work that tells the room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conference.base.db import Work
from conference.base.errors import Invalid, TooMany
from conference.forums import store as rooms
from conference.forums.acting import changed
from conference.forums.plenary import rules, store
from conference.forums.plenary.actions import minutes_named
from conference.forums.plenary.model import Greeting, Plenary
from conference.forums.store import Room
from conference.forums.talk.rules import clean
from conference.web.services import Services


async def add(services: Services, session_id: str, by: str, said: Mapping[str, Any]) -> Greeting:
    """A new entry, at the end. Raises NotAllowed, NotFound, Conflict, Invalid, TooMany."""
    async with services.db.work() as work:
        room, _ = await _leading(work, session_id, by)
        order = await store.order_of(work.session, session_id)
        if len(order) >= rules.GREETINGS:
            raise TooMany("greetings", most=rules.GREETINGS)
        entry = Greeting(
            id=services.ids.new(), session_id=session_id, position=max((each.position for each in order), default=0) + 1,
            name="", function={}, organisation={},
        )  # fmt: skip
        await _write(work, entry, said)
        changed(services, work, room)
        return entry


async def edit(services: Services, session_id: str, by: str, greeting: str, said: Mapping[str, Any]) -> None:
    """Change an entry as a whole: name, function, organisation, minutes, seat. Raises NotAllowed, NotFound, Conflict, Invalid."""
    async with services.db.work() as work:
        room, _ = await _leading(work, session_id, by)
        await _write(work, await store.greeting_in(work.session, session_id, greeting), said)
        changed(services, work, room)


async def move(services: Services, session_id: str, by: str, greeting: str, before: str | None) -> None:
    """Put an entry in front of another, or (None) at the end. Raises NotAllowed, NotFound, Conflict."""
    async with services.db.work() as work:
        room, _ = await _leading(work, session_id, by)
        await store.greeting_in(work.session, session_id, greeting)
        if before is not None:
            await store.greeting_in(work.session, session_id, before)
        entries = {each.id: each for each in await store.order_of(work.session, session_id)}
        for position, name in enumerate(rules.moved(list(entries), greeting, before)):
            entries[name].position = position
            work.session.add(entries[name])
        changed(services, work, room)


async def drop(services: Services, session_id: str, by: str, greeting: str) -> None:
    """Take an entry out; for some minutes it can be brought back. Raises NotAllowed, NotFound, Conflict."""
    async with services.db.work() as work:
        room, _ = await _leading(work, session_id, by)
        entry = await store.greeting_in(work.session, session_id, greeting)
        entry.dropped = work.now
        work.session.add(entry)
        await store.forget_dropped(work.session, session_id, work.now - rules.DROPPED_FOR)
        changed(services, work, room)


async def restore(services: Services, session_id: str, by: str, greeting: str) -> None:
    """Bring an entry back to where it stood. Raises NotAllowed, NotFound (also when it is too late), Conflict, TooMany."""
    async with services.db.work() as work:
        room, _ = await _leading(work, session_id, by)
        entry = await store.greeting_in(work.session, session_id, greeting, dropped=True)
        order = await store.order_of(work.session, session_id)
        if len(order) >= rules.GREETINGS:
            raise TooMany("greetings", most=rules.GREETINGS)
        if rules.state_of(entry) == "now" and rules.present(order) is not None:  # it has become another one's turn
            entry.ended = work.now
        entry.dropped = None
        work.session.add(entry)
        changed(services, work, room)


async def turn(services: Services, session_id: str, by: str, greeting: str | None) -> None:
    """It is this one's turn now, whoever's it was before; None: nobody's. Raises NotAllowed, NotFound, Conflict."""
    async with services.db.work() as work:
        room, _ = await _leading(work, session_id, by)
        if greeting is not None:
            await store.greeting_in(work.session, session_id, greeting)
        for entry in await store.order_of(work.session, session_id):
            if entry.id == greeting:
                entry.began, entry.ended = work.now, None
            elif rules.state_of(entry) == "now":
                entry.ended = work.now
            work.session.add(entry)
        changed(services, work, room)


async def show_now(services: Services, session_id: str, by: str, on: bool) -> None:
    """Whether all see whose turn it is. Raises NotAllowed, Conflict."""
    async with services.db.work() as work:
        room, plenary = await _leading(work, session_id, by)
        plenary.shows_now = on
        changed(services, work, room)


async def _leading(work: Work, session_id: str, by: str) -> tuple[Room, Plenary]:
    await rooms.moderating(work.session, session_id, by)
    return await store.for_change(work, session_id)


async def _write(work: Work, entry: Greeting, said: Mapping[str, Any]) -> None:
    """What a moderator writes counts in all languages; what came from the program and is not touched keeps its translations."""
    name = _line(said.get("name"), rules.NAME_LENGTH)
    if not name:
        raise Invalid("greeting_name", longest=rules.NAME_LENGTH)
    seat = said.get("seat")
    if seat is not None:
        await rooms.seat_in(work.session, entry.session_id, str(seat))
    entry.name, entry.minutes, entry.seat = name, minutes_named(said.get("minutes")), seat
    for field in ("function", "organisation"):
        line = _line(said.get(field), rules.LINE_LENGTH)
        if line not in getattr(entry, field).values():
            setattr(entry, field, {"de": line} if line else {})
    work.session.add(entry)


def _line(text: object, longest: int) -> str:
    """One line; empty for none. Raises Invalid for what is no text, or too long."""
    if text is None or text == "":
        return ""
    line = clean(text.replace("\n", " "), longest) if isinstance(text, str) else None
    if line is None:
        raise Invalid("greeting_line", longest=longest)
    return line
