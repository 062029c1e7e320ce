"""Two who write the same at once: the first goes on when the second waits for them."""

from __future__ import annotations

import asyncio

from sqlalchemy import text

from tests.site import Site

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def until_somebody_waits(site: Site) -> None:
    """In PostgreSQL for a lock; with SQLite whoever writes second stands in a queue before they begin."""
    await asyncio.sleep(0)  # so that who has just been started begins
    async with asyncio.timeout(20):
        while site.services.db.dialect == "postgresql":
            async with site.services.db.read() as db:
                if (await db.exec(text(WAITING))).scalar_one():  # type: ignore[call-overload]
                    return
            await asyncio.sleep(0.01)
