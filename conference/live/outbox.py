"""Telling of a change: the row commits with the change, the bus wakes the web processes after the commit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import event, insert, text
from sqlalchemy.orm import Session

from conference.base.clock import Clock
from conference.base.db import Work
from conference.live import store
from conference.live.bus import WAKE, Bus
from conference.live.model import Fact, OutboxRow

KEPT = timedelta(days=1)
_TOLD = "live.told"
_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('outbox'))")
_INSERT = insert(OutboxRow).inline()


class Outbox:
    """What actions call to tell a live event. Any process may have one; only web processes have a hub."""

    def __init__(self, bus: Bus, clock: Clock) -> None:
        self._bus = bus
        self._clock = clock
        self._listeners: list[Callable[[str | None], None]] = []

    def on_commit(self, call: Callable[[str | None], None]) -> None:
        """Call `call(conference_id)` in this process as soon as something that was told is committed, before the act that
        told it goes on (page caches). It must not block or raise."""
        self._listeners.append(call)

    def tell(self, work: Work, topic: str, kind: str, *, conference_id: str | None, **facts: Fact) -> None:
        """Let those who hear `topic` learn of `kind`, once `work` is committed; nothing if it is rolled back.

        facts: ids and small values. Told in the order of the calls. Raises TypeError for a fact that is a container or a model.
        """
        for name, value in facts.items():
            if not isinstance(value, str | int | bool | None):
                raise TypeError(f"fact {name} of {kind} is a {type(value).__name__}; rows hold ids, not contents")
        work.told.add(kind)
        session = work.session.sync_session
        told = session.info.get(_TOLD)
        if told is None:
            told = session.info[_TOLD] = []
            event.listen(session, "before_commit", _write)
        at = datetime.fromtimestamp(self._clock.real(), UTC)
        told.append({"conference_id": conference_id, "topic": topic, "kind": kind, "facts": facts, "at": at})
        for call in self._listeners:
            work.after_commit(partial(call, conference_id))
        work.after_commit(self._wake)

    async def drop_old(self, work: Work) -> int:
        """Forget rows older than a day; the number of rows forgotten. The worker calls it now and then."""
        return await store.drop_before(work.session, datetime.fromtimestamp(self._clock.real(), UTC) - KEPT)

    def _wake(self) -> None:
        self._bus.publish(WAKE, b"")


def _write(session: Session) -> None:
    """Write what was told, as the last thing before the commit.

    A reader that goes on from its newest id must never meet a smaller one later, so PostgreSQL hands out ids under a lock
    that is held until the commit. It is one lock for all conferences, since a web process reads all rows with one cursor;
    taken last it is held for a moment only, and can be part of no deadlock. SQLite has one writer anyway.
    """
    if session.in_nested_transaction():
        return
    told = session.info.get(_TOLD)
    if not told:
        return
    rows = list(told)
    told.clear()
    session.flush()
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK)
    for row in rows:
        connection.execute(_INSERT, row)
