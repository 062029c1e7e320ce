"""A long program for tests that count and look: sessions with people and rounds, each planned otherwise than published."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from conference.access.model import State
from conference.people.model import Person, Role, RoleHeld
from conference.program.actions import put_session
from conference.program.drafts import program_planned, write_plan
from conference.program.model import Floor, Kind, Place
from conference.program.publishing import add_version
from tests.site import Site


async def sessions(site: Site, count: int) -> None:
    """`count` forums, four at a time, two of them in the same room."""
    conference, services = await site.conference(), site.services
    async with services.db.work() as work:
        for number in range(count):
            starts = conference.live - timedelta(days=2) + timedelta(minutes=20 * (number // 4))
            facts = {
                "slug": f"lang-{number}", "kind": Kind.FORUM, "number": number % 99 + 1, "title": {"de": f"Forum {number:03}"},
                "question": {"de": "Was nun?"}, "summary": {}, "starts": starts, "ends": starts + timedelta(minutes=20),
                "floor": Floor.DISCUSSION, "place": Place.ONLINE, "where": {}, "room": f"Raum {number % 3}", "position": number,
            }  # fmt: skip
            named = {"name": f"Ada Muster {number}", "role": "moderator", "title": {}, "affiliation": {"de": "Land"}}
            row = await put_session(
                work, services.ids, conference.id, facts, rounds=[(starts, starts + timedelta(minutes=5))], billing=[named]
            )
            notes = Person(
                id=services.ids.new(), conference_id=conference.id, name=f"Ida Muster {number}", email=f"ida{number}@example.org",
                created=work.now,
            )  # fmt: skip
            work.session.add(notes)
            await work.session.flush()
            work.session.add(RoleHeld(id=services.ids.new(), person_id=notes.id, role=Role.NOTE_TAKER, session_id=row.id))
    async with services.db.work() as work:
        planned = await program_planned(work.session, conference.id)
        await add_version(work, services.ids, conference.id, [], [each.plan for each in planned], note={}, by=None)
        for each in planned:
            if each.plan.slug.startswith("lang-"):
                plan = replace(each.plan, summary={"de": "Neu"})
                await write_plan(work, services, conference, State.ANNOUNCED, plan, each.session, by=None)
