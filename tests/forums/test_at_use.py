"""Rights are asked for when they are used, not when the socket was opened."""

from __future__ import annotations

from sqlmodel import col, delete

from conference.app import build_app
from conference.doors.gate import ConferenceGate, SocketViewer
from conference.doors.guard import viewer_now, visit_of
from conference.forums import live as forums_live
from conference.live.audience import LiveSocket, hears
from conference.people.actions import sign_in, tell_roles
from conference.people.model import Person, Role, RoleHeld
from tests.forums.house import House

DESK = "desk:c1"


async def become(rooms: House, person: str, role: Role | None) -> None:
    async with rooms.services.db.work() as work:
        await work.session.exec(delete(RoleHeld).where(col(RoleHeld.person_id) == person))
        if role is not None:
            work.session.add(RoleHeld(id=f"{person} {role}", person_id=person, role=role))
        tell_roles(work, rooms.services.outbox, "c1")


async def connected(rooms: House, person: Person) -> LiveSocket:
    """A socket with a cookie, as of now, in the audience."""
    async with rooms.services.db.work() as work:
        cookie = await sign_in(work, rooms.services.ids, rooms.clock, person, None)
    viewer = await viewer_now(rooms.services, rooms.conference, cookie)
    socket = rooms.browser(person).socket
    socket.viewer = SocketViewer(visit_of(rooms.services, rooms.conference, viewer, "de"), cookie)
    rooms.services.live.audience.join(socket)
    return socket


async def test_the_desk_is_heard_by_who_organises_now(rooms: House) -> None:
    build_app(rooms.services)
    gate = ConferenceGate(rooms.services, forums_live.topics)
    socket = await connected(rooms, await rooms.person("olga"))
    assert not await hears(gate, socket.viewer, DESK)
    await become(rooms, "olga", Role.ORGANISER)
    assert await hears(gate, socket.viewer, DESK)
    assert not await hears(gate, socket.viewer, "desk:c2")
    rooms.services.live.audience.subscribe(socket, [DESK, "session:forum"])
    await become(rooms, "olga", Role.ATTENDEE)
    await rooms.until(lambda: socket.topics == {"session:forum"})
    assert not await hears(gate, socket.viewer, DESK)


async def test_captions_are_written_by_who_captions_now(rooms: House) -> None:
    karl, _ = await rooms.joined("karl")
    assert await karl.refusal("caption", text="Guten Tag", final=True) == "captioners_only"
    await become(rooms, "karl", Role.CAPTIONER)
    await karl.hear(lambda frame: frame["type"] == "room.you" and frame["captions"])
    assert await karl.refusal("caption", text="Guten Tag", final=True) == "none"
    await become(rooms, "karl", Role.ATTENDEE)
    await karl.hear(lambda frame: frame["type"] == "room.you" and not frame["captions"])
    assert await karl.refusal("caption", text="Guten Tag", final=True) == "captioners_only"
