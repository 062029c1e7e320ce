"""All rooms as one web process keeps them: who is connected here, what was last told, and the tasks that keep it true.

What browsers see of people is always derived from the database and from presence, compared with what they were told last,
and told as one frame, at most twice a second and room. So nothing has to be replayed, and a lost signal heals by itself.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from weakref import WeakValueDictionary

from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.errors import NotFound, Unavailable
from conference.base.log import logger
from conference.forums import store, view
from conference.forums.connections import Connections
from conference.forums.ending import Ending
from conference.forums.events import DESK_CHANGED, ROOM_CHANGED
from conference.forums.grants import is_closed, put_out
from conference.forums.lobby import Lobby
from conference.forums.lookout import Lookout
from conference.forums.plenary import places
from conference.forums.plenary import store as plenary_store
from conference.forums.plenary import view as plenary_view
from conference.forums.plenary.view import Staging
from conference.forums.presence import Presence, Showing
from conference.forums.renewal import GrantRenewal
from conference.forums.rules import Door
from conference.forums.store import Room, Seated
from conference.forums.told import ORGANISING, Now, Told
from conference.forums.view import Call
from conference.live.audience import LiveSocket
from conference.live.bus import Heard
from conference.live.line import Shared, frame
from conference.live.model import OutboxRow
from conference.people.actions import DEVICE_ENDED, REVOKED, ROLES_CHANGED
from conference.web.services import Services
from media.gateway import SlotState

CHANNEL = "rooms"
APART = 0.5  # seconds between two frames on people in one room
SWEEP = 1.5
LARGE_SWEEP = 5.0
FEW = 100  # people in a room that is looked at in each sweep
HEARTBEAT = 5.0
SHARE_APART = 0.1  # seconds between two words to the other processes: all of the presence is told each time

log = logger("forums")


class RoomKeeper:
    """One per web process. `run` keeps it going; `presence` is filled by the handlers and by media events."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.presence = Presence()
        self.behind = Presence()  # connections behind the stages, as the node tells of them
        self.lobby = Lobby(services.ids, services.clock)
        self.lookout = Lookout(services.media)
        self.connections = Connections(services.media, services.clock)
        # Per session: counting and taking a seat are one step. Weak, since anybody may ask for any name of a session.
        self.doorway: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.greetings: list[Callable[[str], Mapping[str, Any]]] = []  # session -> parts of the answer to room.enter
        self.lookers: list[Callable[[Now], None]] = []  # after each look at a room, wherever its browsers are connected
        self._process = services.ids.new()
        self._sharing: asyncio.TimerHandle | None = None
        self._sockets: dict[str, LiveSocket] = {}
        self._told: dict[str, Told] = {}
        self._due: dict[str, float] = {}
        self._wake = asyncio.Event()
        self._slots: dict[tuple[str, str], dict[str, Any]] = {}
        self._layers: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
        self._renewal = GrantRenewal(services)
        self.ending = Ending(self)
        services.live.on_row(self._on_row)

    async def run(self) -> None:
        """Hear the other processes, tell what changed, and look at every room now and then, until cancelled."""
        signals = self.services.bus.subscribe(CHANNEL)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._hear_for_ever(signals), name="rooms hear")
                tasks.create_task(self._refresh_for_ever(), name="rooms refresh")
                tasks.create_task(self._sweep_for_ever(), name="rooms sweep")
        finally:
            if self._sharing is not None:
                self._sharing.cancel()
            await self.lookout.aclose()

    # -- sockets ------------------------------------------------------------------------------------------------------

    def place(self, socket: LiveSocket) -> tuple[str, str] | None:
        """Session and seat of a socket that has entered a room."""
        name = socket.state.get("room")
        return self.presence.seat_of(name) if name else None

    def seat(self, socket: LiveSocket, seated: Seated) -> None:
        """Let a socket stand for a seat; the seat's older sockets are told that they were replaced."""
        if "room" not in socket.state:
            socket.state["room"] = self.services.ids.new()

            async def closed() -> None:
                self._closed(socket)

            socket.on_close(closed)
        name, session, seat = socket.state["room"], seated.seat.session_id, seated.seat.id
        if self.place(socket) not in (None, (session, seat)):
            self._closed(socket)
        for old in self.presence.enter(name, session, seat):
            if (other := self._sockets.pop(old, None)) is not None:
                other.send({"type": "room.replaced"})
        self._sockets[name] = socket
        if (told := self._told.get(session)) is not None:
            told.forget(seat)
        self.changed(session)
        self._share()

    def knock(self, socket: LiveSocket, seated: Seated) -> None:
        """Let a socket wait in the lobby. It stands for no seat, and hears nothing of the room."""
        self.lobby.knock(socket, seated.seat.session_id, seated.seat.id)

        async def closed() -> None:
            self._moved(seated.seat.session_id)

        socket.on_close(closed)
        self._moved(seated.seat.session_id)

    def _moved(self, session: str) -> None:
        self.changed(session)
        self._share()

    def show(self, socket: LiveSocket, showing: Showing) -> None:
        """What the page says that it shows."""
        place = self.place(socket)
        if place is not None:
            self.presence.show(socket.state["room"], showing)
            self.changed(place[0])
            self._share()

    def unseat(self, session: str, seat: str, message: Mapping[str, Any] | None = None) -> None:
        """Somebody left or was put out: forget the sockets of the seat, after a last message."""
        for name in self.presence.sockets_of(session, seat):
            socket = self._sockets.pop(name, None)
            if socket is not None and message is not None:
                socket.send(message)
        self.presence.leave(session, seat)
        self._slots.pop((session, seat), None)
        self._layers.pop((session, seat), None)
        self.lookout.forget(session, seat)
        self.changed(session)
        self._share()

    def tell(self, session: str, message: Mapping[str, Any], seat: str | None = None) -> None:
        """Send to all of this process who are in a room, or to one seat's browsers."""
        if names := self.presence.sockets_of(session, seat):
            said = frame(message)
            for name in names:
                self._sockets[name].deliver(said)

    def sockets_in(self, session: str) -> list[tuple[str, LiveSocket]]:
        """Seat and socket of everybody of this process who is in a room, for what not all are told in the same words."""
        return [(seat, self._sockets[name]) for seat, name in self.presence.places_in(session)]

    def _closed(self, socket: LiveSocket) -> None:
        name = socket.state["room"]
        self._sockets.pop(name, None)
        place = self.presence.close(name, self._now())
        if place is not None:
            self.lookout.forget(*place)
            self.changed(place[0])
            self._share()

    # -- slots --------------------------------------------------------------------------------------------------------

    def said_in(self, session: str) -> dict[str, Any]:
        """What features tell somebody who comes in, as parts of the answer to room.enter."""
        return {name: part for greeting in self.greetings for name, part in greeting(session).items()}

    def remember_slots(self, session: str, seat: str, slots: dict[str, Any]) -> None:
        self._slots[session, seat] = slots
        self.tell(session, slots, seat)

    def slots_of(self, session: str, seat: str) -> dict[str, Any] | None:
        """What the receiving slots of a seat carry: a page whose socket comes back needs to know it."""
        return self._slots.get((session, seat))

    def paused_in(self, session: str) -> set[str]:
        """The seats from which the node holds back a picture, since their connections are too slow."""
        told = ((seat, slots["slots"]) for (in_, seat), slots in self._slots.items() if in_ == session)
        return {seat for seat, slots in told if any(slot["state"] == SlotState.PAUSED for slot in slots)}

    def remember_layers(self, session: str, seat: str, layers: dict[str, Any]) -> None:
        self._layers.setdefault((session, seat), {})[layers["source"]] = layers
        self.tell(session, layers, seat)

    def layers_of(self, session: str, seat: str) -> list[dict[str, Any]]:
        """Which of the layers that a seat sends anybody looks at: a page that missed it would let the wrong ones sleep."""
        return list(self._layers.get((session, seat), {}).values())

    # -- between processes ----------------------------------------------------------------------------------------------

    def _publish(self, said: Mapping[str, Any]) -> None:
        self.services.bus.publish(CHANNEL, json.dumps({"process": self._process, **said}, separators=(",", ":")).encode())

    def _share(self) -> None:
        """Let the other processes know who is here, soon."""
        if self._sharing is None:
            self._sharing = asyncio.get_running_loop().call_later(SHARE_APART, self._share_now)

    def _share_now(self) -> None:
        self._sharing = None
        self._publish({"presence": self.presence.tell(), "lobby": self.lobby.presence.tell()})

    async def _hear_for_ever(self, signals: AsyncIterator[Heard]) -> None:
        async for heard in signals:
            self._hear(heard.data)

    def _hear(self, data: bytes) -> None:
        try:
            said = json.loads(data)
            if "presence" in said and said["process"] != self._process:
                moved = self.presence.told(said["process"], said["presence"], self._now())
                for session in moved | self.lobby.presence.told(said["process"], said.get("lobby", {}), self._now()):
                    self.changed(session)
        except (ValueError, TypeError, KeyError):
            pass  # from another version, or nothing (CATCH_UP): the next heartbeat tells again

    # -- what changed ---------------------------------------------------------------------------------------------------

    def changed(self, session: str) -> None:
        """Look at a room again soon: at once, or half a second after the last look."""
        self._due.setdefault(session, self._now())
        self._wake.set()

    def _on_row(self, row: OutboxRow) -> None:
        if row.kind == ROOM_CHANGED:
            self.changed(row.facts["session"])
        elif row.kind == DESK_CHANGED:
            for session in self.presence.sessions():
                self.changed(session)
        elif row.kind in (ROLES_CHANGED, REVOKED, DEVICE_ENDED):
            self.ending.on_row(row)
            for session in self.presence.sessions():
                self.changed(session)

    async def _refresh_for_ever(self) -> None:
        looked: dict[str, float] = {}
        while True:
            self._wake.clear()
            now = self._now()
            for session in [name for name, due in self._due.items() if max(due, looked.get(name, 0.0) + APART) <= now]:
                del self._due[session]
                looked[session] = now
                await self._refresh_safely(session)
            due = min((looked.get(name, 0.0) + APART for name in self._due), default=now + SWEEP)
            with suppress(TimeoutError):  # not wait_for: in Python 3.11 it can swallow a cancellation
                async with asyncio.timeout(max(0.01, due - self._now())):
                    await self._wake.wait()

    async def _refresh_safely(self, session: str) -> None:
        try:
            await self.refresh(session)
        except Unavailable:
            pass  # the sweep looks again
        except Exception as error:  # a fault in one room must not stop the others
            log.error("room_refresh_failed", session=session, exc_info=error)

    async def refresh(self, session: str) -> dict[str, dict[str, Any]]:
        """Compare the room with what was told, and tell the difference. Returns the people. Raises Unavailable."""
        behind = self.behind.with_media(session)  # looked up before it is read who belongs there
        known = self.presence.facts(session, self._now()).keys()
        try:
            async with self.services.db.read() as reading:
                room = await store.room_of(reading, session)
                seats = await store.seated_in(reading, session)
                calls = await self._calls(reading, room, seats)
                staging = await self._staging(reading, room, seats)
        except NotFound:
            for seat in self.presence.facts(session, self._now()):
                self.unseat(session, seat, {"type": "closed", "door": Door.OVER.value})
            return {}
        await self.ending.put_out(room, seats, known)
        await self._put_out_from_behind(session, [seated for seated in seats if seated.seat.id in behind])
        people = view.people_of(room, seats, self.presence.facts(session, self._now()))
        told = self._told.setdefault(session, Told())
        self.lobby.look(room, seats)
        now = Now(room, seats, people, self.lobby.knocking(session), calls, staging)
        for message, to in told.news(now, self.presence.seats_with_sockets(session)):
            self.tell(session, message, to)
        for looker in self.lookers:
            looker(now)
        self._renew_grants(room, seats)
        if not self.presence.sockets_of(session) and not self.presence.has_media(session):
            self._told.pop(session, None)
            self._renewal.forget(session)
        return people

    async def _calls(self, reading: AsyncSession, room: Room, seats: Iterable[Seated]) -> list[Call]:
        """Rooms that call for help, if an organiser in this room could be told."""
        here = self.presence.seats_with_sockets(room.session.id)
        if not any(seated.role in ORGANISING and seated.seat.id in here for seated in seats):
            return []
        found = await store.open_calls(reading, room.session.conference_id)
        return [Call(held.id, held.slug, held.title, since, by) for held, since, by in found]

    async def _staging(self, reading: AsyncSession, room: Room, seats: Sequence[Seated]) -> Staging | None:
        """A plenary's order, curtain and people behind the stage; None for other sessions."""
        if not room.is_plenary:
            return None
        session = room.session.id
        facts = self.presence.facts(session, self._now())
        return Staging(
            plenary=await plenary_store.plenary_of(reading, session),
            order=await plenary_store.order_of(reading, session),
            closed=is_closed(room, self.services.clock.now()),
            facts=facts,
            people=list(view.people_behind(room, seats, facts).values()),
        )

    async def staging(self, session: str) -> dict[str, Any] | None:
        """What everybody may know of a plenary, for who comes in; None for other sessions. Raises NotFound.

        As all were told last, so that a thousand who come in at once are not each compared with all the others."""
        told = self._told.get(session)
        if told is not None and (said := told.room.get("plenary.state")) is not None:
            return {name: part for name, part in said.items() if name != "type"}
        async with self.services.db.read() as reading:
            room = await store.room_of(reading, session)
            if not room.is_plenary:
                return None
            seats = await store.seated_in(reading, session)
            staging = await self._staging(reading, room, seats)
        assert staging is not None
        return plenary_view.for_all(room, staging, seats)

    def people(self, session: str) -> dict[str, dict[str, Any]] | None:
        """The people as the browsers of this process were told last; None when nobody was told anything yet."""
        told = self._told.get(session)
        return told.people if told is not None else None

    def people_list(self, session: str) -> Shared:
        """The same as a list that is written once for all who come in until it changes."""
        told = self._told.get(session)
        return told.people_list() if told is not None else Shared()

    async def _put_out_from_behind(self, session: str, connected: Iterable[Seated]) -> None:
        """Whoever has lost the role for it neither hears nor speaks behind the stage any more: their pages offer again."""
        gone = [seated.seat.id for seated in connected if not seated.behind]
        await asyncio.gather(*(put_out(self.services.media, places.behind_of(session), seat) for seat in gone))

    def _renew_grants(self, room: Room, seats: Iterable[Seated]) -> None:
        sending = self.presence.with_media(room.session.id) | self.behind.with_media(room.session.id)
        self._renewal.look(room, [seated for seated in seats if seated.seat.id in sending])

    async def _sweep_for_ever(self) -> None:
        beat, swept = 0.0, dict[str, float]()
        while True:
            await asyncio.sleep(SWEEP)
            now = self._now()
            self.presence.forget(now)
            self.behind.forget(now)
            self.lobby.presence.forget(now)
            for session in {*self.presence.sessions(), *self.lobby.presence.sessions(), *self._told}:
                # Whatever happens is told at once; looking for nothing at a thousand people costs a tenth of a second.
                people = len(self.presence.seats_with_sockets(session))
                if now - swept.get(session, 0.0) >= min(LARGE_SWEEP, SWEEP * people / FEW):
                    swept[session] = now
                    self.changed(session)
            if now - beat >= HEARTBEAT:
                beat = now
                self._share_now()

    def _now(self) -> float:
        return self.services.clock.monotonic()
