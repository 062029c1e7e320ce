"""Houses for films: the app with each kind of store, and on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from conference.base.clock import SystemClock
from conference.base.settings import Settings
from conference.base.storage import open_storage
from tests.cards.films.films import FilmHouse
from tests.results.house import house_at
from tests.services import Postgres, Swift


@pytest.fixture
async def films(tmp_path: Path) -> AsyncIterator[FilmHouse]:
    """With a folder as store."""
    async with house_at(tmp_path, "folder") as house:
        yield FilmHouse(house, house.services)


@pytest.fixture(params=["memory", "folder", "s3", "postgresql"])
async def any_films(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[FilmHouse]:
    """With each kind of store, and with PostgreSQL in the place of SQLite."""
    kind = request.param
    url = ""
    if kind == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        url = postgres.create()
    async with house_at(tmp_path, "memory" if kind in ("memory", "s3") else "folder", database_url=url) as house:
        if kind != "s3":
            yield FilmHouse(house, house.services)
            return
        storage = open_storage(_s3(request.getfixturevalue("swift")), SystemClock())
        yield FilmHouse(house, replace(house.services, storage=storage))
        await storage.aclose()


def _s3(swift: Swift) -> Settings:
    bucket = f"films-{uuid4().hex}"
    swift.create_bucket(bucket)
    return Settings.model_validate(
        {"storage_url": swift.storage_url(bucket), "storage_access_key": swift.access_key,
         "storage_secret_key": swift.secret_key, "secret_key": "k" * 40}
    )  # fmt: skip
