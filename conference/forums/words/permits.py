"""What a writer may do, looked up once for many keystrokes: forgotten as soon as the room changes, and after a moment anyhow."""

from __future__ import annotations

from dataclasses import dataclass

from conference.base.errors import NotAllowed
from conference.forums import rules, store
from conference.forums.events import ROOM_CHANGED
from conference.forums.words import rules as words_rules
from conference.live.model import OutboxRow
from conference.people.actions import REVOKED, ROLES_CHANGED
from conference.web.services import Services

GOOD_FOR = 0.5  # seconds: who is put out, or loses the right, writes nothing a second later


@dataclass(frozen=True, slots=True)
class Permit:
    """name: of the seat's person, by consent. captioner: the seat that writes the captions."""

    writes: bool
    captions: bool
    name: str | None
    captioner: str | None


class Permits:
    """For one web process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._known: dict[str, dict[str, tuple[float, Permit]]] = {}  # session -> seat
        services.live.on_row(self._on_row)

    async def of(self, session_id: str, seat: str) -> Permit:
        """Raises NotAllowed for who is not in the room, NotFound."""
        now = self._services.clock.monotonic()
        until, permit = self._known.get(session_id, {}).get(seat, (0.0, None))
        if permit is not None and now < until:
            return permit
        async with self._services.db.read() as session:
            room = await store.room_of(session, session_id)
            by = await store.acting(session, session_id, seat)
        free = room.forum.text_closed is None
        writes = words_rules.may_write(room.floor, free, by.role, by.seat.has_floor, by.beside)
        permit = Permit(writes, rules.may_caption(by.role), by.name, room.forum.captioner)
        self._known.setdefault(session_id, {})[seat] = now + GOOD_FOR, permit
        return permit

    async def captioner(self, session_id: str, seat: str) -> Permit:
        """Raises NotAllowed for who does not write captions in this room."""
        permit = await self.of(session_id, seat)
        if not permit.captions:
            raise NotAllowed("captioners_only")
        return permit

    def forget(self, session_id: str) -> None:
        self._known.pop(session_id, None)

    def _on_row(self, row: OutboxRow) -> None:
        if row.kind == ROOM_CHANGED:
            self.forget(row.facts["session"])
        elif row.kind in (ROLES_CHANGED, REVOKED):
            self._known.clear()
