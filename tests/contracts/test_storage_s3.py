"""What only a store across the network can get wrong: who may read, and what happens when it does not answer."""

from __future__ import annotations

import asyncio
import http.client
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from conference.base.clock import SystemClock
from conference.base.errors import SettingsError, Unavailable
from conference.base.settings import Settings
from conference.base.storage import ObjectStorage, open_storage
from conference.base.storage import s3 as s3_module
from tests.contracts.conftest import s3_settings
from tests.services import Swift, free_ports

DATA = b"only for those who may"


async def fetch(
    address: str, method: str = "GET", body: bytes | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """What anybody on the network gets: status, headers in lower case, body."""

    def ask() -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(address)
        connection = http.client.HTTPConnection(parts.netloc, timeout=10)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        try:
            connection.request(method, path, body, {n.replace("_", "-"): v for n, v in headers.items()})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    return await asyncio.to_thread(ask)


async def refused(address: str, method: str = "GET", body: bytes | None = None) -> int:
    """The status of an answer that gives nothing away."""
    status, headers, data = await fetch(address, method, body)
    assert 400 <= status < 500
    assert DATA not in data
    assert b"sheet.pdf</Key>" not in data
    assert headers.get("content-type") != "application/pdf"
    return status


@pytest.fixture
async def stored(s3: ObjectStorage) -> ObjectStorage:
    await s3.put("results/sheet.pdf", DATA, "application/pdf")
    return s3


async def test_a_signed_address_reads_one_object(stored: ObjectStorage) -> None:
    status, headers, body = await fetch(stored.sign_get("results/sheet.pdf", 60))
    assert (status, body) == (200, DATA)
    assert headers["content-type"] == "application/pdf"
    assert headers["content-disposition"] == "inline"
    assert headers["cache-control"] == "private, no-store"


async def test_a_signed_address_serves_ranges(stored: ObjectStorage) -> None:
    status, headers, body = await fetch(stored.sign_get("results/sheet.pdf", 60), Range="bytes=5-7")
    assert (status, body) == (206, DATA[5:8])
    assert headers["content-range"] == f"bytes 5-7/{len(DATA)}"


async def test_a_signed_address_names_the_file_and_the_type(stored: ObjectStorage) -> None:
    address = stored.sign_get("results/sheet.pdf", 60, filename='Größe "1".pdf', content_type="application/octet-stream")
    _status, headers, _body = await fetch(address)
    assert headers["content-type"] == "application/octet-stream"
    expected = "attachment; filename=\"Gr__e _1_.pdf\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20_1_.pdf"
    assert headers["content-disposition"] == expected


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
async def test_without_a_signature(stored: ObjectStorage, method: str) -> None:
    """Swift takes an unsigned request for one of its own API, so it is asked there too, by the name of the account."""
    body = b"other data" if method == "PUT" else None
    address = stored.sign_get("results/sheet.pdf", 60).partition("?")[0]
    native = f"{stored.public_origin}/v1/AUTH_test/contract/results/sheet.pdf"
    assert [await refused(one, method, body) for one in (address, native)] == [400, 401]
    assert await stored.get("results/sheet.pdf") == DATA


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE"])
async def test_a_signature_is_good_for_reading_only(stored: ObjectStorage, method: str) -> None:
    body = b"other data" if method == "PUT" else None
    assert await refused(stored.sign_get("results/sheet.pdf", 60), method, body) == 403
    assert await stored.get("results/sheet.pdf") == DATA


async def test_anonymous_listing(stored: ObjectStorage) -> None:
    origin = stored.public_origin
    for path in ("/contract", "/contract?list-type=2", "/contract/?uploads", "/", "/v1/AUTH_test", "/v1/AUTH_test/contract"):
        await refused(origin + path)
    signature = urlsplit(stored.sign_get("results/sheet.pdf", 60)).query
    for path in ("/", "/contract", "/contract/"):
        assert await refused(f"{origin}{path}?{signature}") == 403


@pytest.mark.parametrize(
    "alter",
    [
        lambda address: address.replace("sheet.pdf", "other.pdf"),
        lambda address: address.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"),
        lambda address: re.sub(
            r"X-Amz-Signature=.", lambda match: match[0][:-1] + ("0" if match[0][-1] != "0" else "1"), address
        ),
        lambda address: address.replace("response-content-disposition=inline", "response-content-disposition=attachment"),
        lambda address: re.sub(r"(X-Amz-Date=\w{14})(\d)", lambda match: match[1] + str((int(match[2]) + 1) % 10), address),
        lambda address: address + "&response-content-language=de",
    ],
    ids=["key", "expires", "signature", "disposition", "time", "added"],
)
async def test_an_altered_address(stored: ObjectStorage, alter: object) -> None:
    await stored.put("results/other.pdf", b"another", "application/pdf")
    address = stored.sign_get("results/sheet.pdf", 60)
    assert callable(alter)
    altered = alter(address)
    assert altered != address
    assert await refused(altered) == 403


async def test_an_expired_address(stored: ObjectStorage) -> None:
    address = stored.sign_get("results/sheet.pdf", 1)
    await asyncio.sleep(2.1)
    assert await refused(address) == 403


async def test_another_installations_key(swift: Swift, bucket: str, stored: ObjectStorage) -> None:
    other = open_storage(s3_settings(swift, bucket, storage_secret_key="guessed"), SystemClock())
    assert await refused(other.sign_get("results/sheet.pdf", 60)) == 403
    with pytest.raises(Unavailable) as failed:
        await other.get("results/sheet.pdf")
    assert failed.value.facts == {"reason": "SignatureDoesNotMatch"}
    await other.aclose()


async def test_a_signed_part(s3: ObjectStorage) -> None:
    upload = await s3.begin_parts("film", "video/mp4")
    address = s3.sign_part("film", upload, 1, 60)
    assert (await fetch(address, "PUT", b"the whole film"))[0] == 200
    query = dict(parse_qsl(urlsplit(address).query))
    other = address.partition("?")[0] + "?" + urlencode({**query, "partNumber": "2"})
    assert (await fetch(other, "PUT", b"more"))[0] == 403
    await s3.complete_parts("film", upload, await s3.list_parts("film", upload))
    assert await s3.get("film") == b"the whole film"


async def test_lists_longer_than_a_page(s3: ObjectStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_module, "PAGE", 3)
    names = [f"many/{n}" for n in range(7)]
    for name in names:
        await s3.put(name, b"", "text/plain")
    assert [key async for key in s3.list("many/")] == names
    uploads = [await s3.begin_parts(name, "video/mp4") for name in names]
    assert [(one.key, one.upload_id) for one in await s3.list_open_parts("many/")] == list(zip(names, uploads, strict=True))
    for number in range(1, 8):
        await s3.put_part(names[0], uploads[0], number, b"x")
    assert [part.number for part in await s3.list_parts(names[0], uploads[0])] == list(range(1, 8))
    for name, upload in zip(names, uploads, strict=True):
        await s3.delete(name)
        await s3.abort_parts(name, upload)
    assert [key async for key in s3.list("many/")] == await s3.list_open_parts() == []


async def test_addresses_lead_to_the_public_origin(swift: Swift, bucket: str) -> None:
    storage = open_storage(s3_settings(swift, bucket, storage_public_url="https://files.example.org"), SystemClock())
    assert storage.public_origin == "https://files.example.org"
    assert storage.sign_get("key", 60).startswith("https://files.example.org/contract/key?")
    await storage.aclose()


@pytest.fixture
async def own(swift: Swift, bucket: str) -> AsyncIterator[ObjectStorage]:
    """A store with a circuit of its own: these tests blow it."""
    storage = open_storage(s3_settings(swift, bucket), SystemClock())
    yield storage
    await storage.aclose()


async def test_a_store_that_hangs(swift: Swift, own: ObjectStorage) -> None:
    await own.put("a", DATA, "text/plain")
    lags: list[float] = []

    async def watch() -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.02)
            lags.append(time.monotonic() - before - 0.02)

    watcher = asyncio.create_task(watch())
    swift.stall()
    try:
        begun = time.monotonic()
        outcomes = await asyncio.gather(*[own.get("a") for _ in range(8)], return_exceptions=True)
        assert 2.5 < time.monotonic() - begun < 15
        assert [type(outcome) for outcome in outcomes] == [Unavailable] * 8
        begun = time.monotonic()
        with pytest.raises(Unavailable) as failed:
            await own.get("a")
        assert time.monotonic() - begun < 2.5  # without asking it
        assert failed.value.facts["reason"] == "circuit_open"
        assert 0 < failed.value.facts["retry_after"] <= 5
    finally:
        swift.resume()
        watcher.cancel()
    assert max(lags) < 1  # and nothing else waited with them
    async with asyncio.timeout(15):
        while True:
            try:
                assert await own.get("a") == DATA
                break
            except Unavailable:
                await asyncio.sleep(0.2)


async def test_nobody_there() -> None:
    settings = {
        "storage_url": f"s3://bucket?endpoint=http://127.0.0.1:{free_ports()[0]}",
        "storage_access_key": "a",
        "storage_secret_key": "b",
    }
    storage = open_storage(Settings.model_validate(settings), SystemClock())
    with pytest.raises(Unavailable) as failed:
        await storage.ping()
    assert failed.value.facts == {"reason": "EndpointConnectionError"}
    await storage.aclose()


async def test_a_bucket_that_is_not_there(swift: Swift) -> None:
    storage = open_storage(s3_settings(swift, swift.storage_url("missing")), SystemClock())
    for ask in (storage.ping, lambda: storage.put("a", b"", "text/plain"), lambda: storage.get("a")):
        with pytest.raises(Unavailable) as failed:
            await ask()
        assert failed.value.facts["reason"] == "NoSuchBucket"
    await storage.aclose()


@pytest.mark.parametrize(
    ("url", "access", "line"),
    [("s3://b?endpoint=http://x", "", "STORAGE_ACCESS_KEY"), ("s3:?endpoint=http://x", "a", "needs a bucket")],
)
def test_settings_that_cannot_work(url: str, access: str, line: str) -> None:
    settings = Settings.model_validate({"storage_url": url, "storage_access_key": access, "storage_secret_key": "b"})
    with pytest.raises(SettingsError, match=line):
        open_storage(settings, SystemClock())


def test_boto3_is_only_loaded_for_s3() -> None:
    program = "import sys, conference.base.storage; assert 'boto3' not in sys.modules; assert 'starlette' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=30)
