"""`meetingpoint doctor` asks an S3 store what browsers will ask it before they send a film there."""

from __future__ import annotations

from conference.base.clock import SystemClock
from conference.base.settings import Settings
from conference.base.storage import open_storage
from conference.doctor.examine import store_findings
from conference.doctor.finding import Result
from tests.services import Swift


async def test_the_store_lets_our_pages_put_parts(swift: Swift) -> None:
    swift.create_bucket("examined")
    keys = {"storage_access_key": swift.access_key, "storage_secret_key": swift.secret_key, "secret_key": "k" * 40}
    storage = open_storage(Settings.model_validate({"storage_url": swift.storage_url("examined"), **keys}), SystemClock())
    found = {finding.detail: finding.result async for finding in store_findings(storage, "https://meetingpoint.example.org")}
    await storage.aclose()
    assert found["CORS lets our pages in"] is Result.OK
