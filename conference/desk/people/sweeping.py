"""Tables of people that nobody took over are forgotten: they hold names and addresses."""

from __future__ import annotations

from conference.desk.people.store import forget_tables
from conference.people.actions import real_now
from conference.web.services import Services


async def forget_people_tables(services: Services) -> int:
    """Those whose hour is over; how many. The worker calls it each hour."""
    async with services.db.work() as work:
        return await forget_tables(work, real_now(services.clock))
