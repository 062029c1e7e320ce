"""Stores and databases for the contracts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conference.base.clock import SystemClock
from conference.base.db import Database, open_database
from conference.base.ids import RandomIds
from conference.base.settings import Settings
from conference.base.storage import ObjectStorage, open_storage
from tests.services import Swift
from tests.tables import create_tables

KEY = "a key for tests, long enough to be one"


@pytest.fixture(scope="session")
def bucket(swift: Swift) -> str:
    swift.create_bucket("contract")
    return swift.storage_url("contract")


@pytest.fixture(scope="session")
async def s3_store(swift: Swift, bucket: str) -> AsyncIterator[ObjectStorage]:
    """One for all tests: a boto3 client takes a while to make."""
    storage = open_storage(s3_settings(swift, bucket), SystemClock())
    yield storage
    await storage.aclose()


@pytest.fixture
async def s3(s3_store: ObjectStorage) -> ObjectStorage:
    """The empty bucket on a real S3 server."""
    for upload in await s3_store.list_open_parts():
        await s3_store.abort_parts(upload.key, upload.upload_id)
    async for key in s3_store.list():
        await s3_store.delete(key)
    return s3_store


@pytest.fixture(params=["memory", "folder", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStorage:
    """An empty store of each kind."""
    if request.param == "s3":
        store: ObjectStorage = request.getfixturevalue("s3")
        return store
    url = {"memory": "memory:", "folder": f"file://{tmp_path / 'objects'}"}[request.param]
    return open_storage(Settings.model_validate({"storage_url": url, "secret_key": KEY}), SystemClock())


def s3_settings(swift: Swift, url: str, **more: str) -> Settings:
    access = {"storage_access_key": swift.access_key, "storage_secret_key": swift.secret_key, "secret_key": KEY}
    return Settings.model_validate({"storage_url": url, **access, **more})


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """A fresh database of each kind with all tables."""
    database = open_database(database_url, SystemClock())
    await create_tables(database)
    yield database
    await database.aclose()


@pytest.fixture
def ids() -> RandomIds:
    return RandomIds()
