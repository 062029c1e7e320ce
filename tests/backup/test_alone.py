"""Nothing is restored while somebody else is connected to the same PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest

from conference.backup.alone import nobody_connected
from conference.backup.shape import BackupRefused
from conference.base.settings import read_settings
from conference.wiring import open_services
from tests.services import Postgres


async def test_another_connection_is_noticed_and_ones_own_is_not(tmp_path: Path, postgres: Postgres) -> None:
    url = postgres.create()
    fixed = {"data_dir": tmp_path, "database_url": url, "secret_key": "k" * 40, "bus_url": "memory:", "mail_url": "memory:"}
    async with open_services(read_settings({}, **fixed), "command") as services:
        await services.db.ping()
        await nobody_connected(services)
        other = await asyncpg.connect(url)
        with pytest.raises(BackupRefused) as refused:
            await nobody_connected(services, tries=1)
        assert refused.value.facts == {"others": 1}
        await other.close()
        await nobody_connected(services)
    postgres.drop(url)


async def test_sqlite_is_asked_nothing(tmp_path: Path) -> None:
    fixed = {"data_dir": tmp_path, "secret_key": "k" * 40, "bus_url": "memory:", "mail_url": "memory:"}
    async with open_services(read_settings({}, **fixed), "command") as services:
        await nobody_connected(services)
