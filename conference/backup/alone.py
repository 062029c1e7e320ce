"""Whether somebody works on the data: nothing is restored below a running server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from conference.backup.shape import BackupRefused
from conference.base.settings import Settings
from conference.supervisor.folder import folder_held
from conference.web.services import Services

OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)
TRIES = 20
PAUSE = 0.25
"""Seconds: a connection that was closed is still listed for a moment."""


@contextmanager
def held(settings: Settings) -> Iterator[None]:
    """Hold the data folder as `serve` does. Raises StartRefused while one runs."""
    with folder_held(settings.data_dir, settings.run_dir):
        yield


async def nobody_connected(services: Services, *, tries: int = TRIES) -> None:
    """Servers may run on other machines, on the same PostgreSQL. Raises BackupRefused."""
    if services.db.dialect != "postgresql":
        return
    for _ in range(tries):
        async with services.db.read() as session:
            others = int((await (await session.connection()).execute(OTHERS)).scalar_one())
        if not others:
            return
        await asyncio.sleep(PAUSE)
    raise BackupRefused(
        "{others} other connections to this database are open. Stop all parts of Meetingpoint first, on all machines.",
        others=others,
    )
