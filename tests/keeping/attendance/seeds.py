"""People who were in rooms, and who agreed that it may be told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from conference.forums.model import Seat
from conference.keeping.attendance.actions import agree
from conference.people.model import Person, Role, RoleHeld
from conference.program.store import session_by_slug
from tests.site import Site


async def sat(
    site: Site,
    person_id: str,
    slug: str = "forum-1",
    *,
    begins: int = 0,
    ends: int | None = None,
    earlier: Sequence[tuple[int, int]] = (),
    **more: datetime,
) -> None:
    """Somebody in a room, from minute to minute of its session (None: never left)."""
    conference = await site.conference()
    async with site.services.db.work() as work:
        session = await session_by_slug(work.session, conference.id, slug)
        work.session.add(
            Seat(
                id=site.services.ids.new(), conference_id=conference.id, session_id=session.id, person_id=person_id,
                entered=session.starts + timedelta(minutes=begins),
                left=None if ends is None else session.starts + timedelta(minutes=ends),
                earlier=[[(session.starts + timedelta(minutes=minute)).isoformat() for minute in stay] for stay in earlier],
                **more,
            )
        )  # fmt: skip


async def present(site: Site, count: int) -> None:
    """So many who were in a room and agreed."""
    conference = await site.conference()
    new = site.services.ids.new
    async with site.services.db.work() as work:
        session = await session_by_slug(work.session, conference.id, "forum-1")
        for number in range(count):
            person = Person(
                id=new(), conference_id=conference.id, name=f"Gerda Gegenwart {number:03}", email=f"g{number}@example.org",
                created=work.now,
            )  # fmt: skip
            work.session.add(person)
            await work.session.flush()
            work.session.add(RoleHeld(id=new(), person_id=person.id, role=Role.ATTENDEE))
            await agree(work, site.services, person.id, language="de")
            seat = Seat(
                id=new(), conference_id=conference.id, session_id=session.id, person_id=person.id,
                entered=session.starts - timedelta(minutes=5), left=session.starts + timedelta(minutes=20),
            )  # fmt: skip
            work.session.add(seat)
