"""Signed addresses of the stores that we serve ourselves, as a browser asks for them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2 as httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from conference.base.clock import FixedClock
from conference.base.errors import ConferenceError
from conference.base.settings import Settings
from conference.base.storage import ObjectStorage, open_storage
from conference.web.objects import objects_routes
from tests.contracts.conftest import KEY

FILM = bytes(range(256)) * 4096
ADDRESS = "cards/film.mp4"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2021, 5, 17, 10, tzinfo=UTC))


@pytest.fixture(params=["memory", "folder"])
async def storage(request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock) -> ObjectStorage:
    url = {"memory": "memory:", "folder": f"file://{tmp_path / 'objects'}"}[request.param]
    store = open_storage(Settings.model_validate({"storage_url": url, "secret_key": KEY}), clock)
    await store.put(ADDRESS, FILM, "video/mp4")
    return store


@pytest.fixture
async def browser(storage: ObjectStorage, clock: FixedClock) -> AsyncIterator[httpx.AsyncClient]:
    async def refuse(_request: Request, error: Exception) -> Response:
        assert isinstance(error, ConferenceError)
        return PlainTextResponse(error.code, {"NotAllowed": 403, "NotFound": 404, "TooMany": 413}[type(error).__name__])

    app = Starlette(routes=objects_routes(storage, clock), exception_handlers={ConferenceError: refuse})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        yield client


async def test_the_whole_object(storage: ObjectStorage, browser: httpx.AsyncClient) -> None:
    answer = await browser.get(storage.sign_get(ADDRESS, 60))
    assert (answer.status_code, answer.content) == (200, FILM)
    facts = await storage.head(ADDRESS)
    assert dict(answer.headers) == {
        "accept-ranges": "bytes",
        "cache-control": "private, no-store",
        "content-disposition": "inline",
        "content-length": str(len(FILM)),
        "content-security-policy": "sandbox; default-src 'none'",
        "content-type": "video/mp4",
        "cross-origin-resource-policy": "same-origin",
        "etag": f'"{facts.etag}"',
        "last-modified": "Mon, 17 May 2021 10:00:00 GMT",
        "x-content-type-options": "nosniff",
    }
    head = await browser.head(storage.sign_get(ADDRESS, 60))
    assert (head.status_code, head.content, head.headers) == (200, b"", answer.headers)


async def test_name_and_type_are_part_of_the_address(storage: ObjectStorage, browser: httpx.AsyncClient) -> None:
    address = storage.sign_get(ADDRESS, 60, filename="Grüße & mehr.mp4", content_type="application/octet-stream")
    answer = await browser.get(address)
    assert answer.headers["content-type"] == "application/octet-stream"
    expected = "attachment; filename=\"Gr__e & mehr.mp4\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%26%20mehr.mp4"
    assert answer.headers["content-disposition"] == expected
    for altered in (address.replace("mehr", "less"), address.replace("octet-stream", "xhtml"), address.replace("&name=", "&n=")):
        assert altered != address
        assert (await browser.get(altered)).status_code == 403


async def test_addresses_that_are_not_ours(storage: ObjectStorage, browser: httpx.AsyncClient) -> None:
    await storage.put("cards/other.mp4", b"another", "video/mp4")
    address = storage.sign_get(ADDRESS, 60)
    path, _, query = address.partition("?")
    wrong = [
        path,
        f"{path}?expires=99999999999",
        f"/objects/cards/other.mp4?{query}",
        f"{path}?{query.replace('expires=1', 'expires=2')}",
        f"{path}?{query[:-1]}{'A' if query[-1] != 'A' else 'E'}",
        f"{path}?{query}&name=x",
        f"{path}?{query}é",
        f"{path}?expires=&sig=",
        f"{path}?expires=1&sig=%00%ff",
        f"/objects/cards%2f..%2f{ADDRESS}?{query}",
        f"/objects//{ADDRESS}?{query}",
    ]
    assert [(await browser.get(one)).status_code for one in wrong] == [403] * len(wrong)
    upload = await storage.begin_parts(ADDRESS, "video/mp4")
    assert (await browser.get(storage.sign_part(ADDRESS, upload, 1, 60))).status_code == 403
    assert (await browser.put(address, content=b"x")).status_code == 403


async def test_it_expires_by_real_time(storage: ObjectStorage, browser: httpx.AsyncClient, clock: FixedClock) -> None:
    address = storage.sign_get(ADDRESS, 60.9)
    clock.advance(seconds=59)
    assert (await browser.get(address)).status_code == 200
    clock.advance(seconds=1)
    answer = await browser.get(address, headers={"Range": "bytes=5-"})
    assert (answer.status_code, answer.text) == (403, "object_expired")


async def test_what_is_gone(storage: ObjectStorage, browser: httpx.AsyncClient) -> None:
    address = storage.sign_get(ADDRESS, 60)
    await storage.delete(ADDRESS)
    assert (await browser.get(address)).status_code == 404


SIZE = len(FILM)


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=1000-599999", 1000, 600000),
        ("bytes=1000-", 1000, SIZE),
        ("bytes=-5", SIZE - 5, SIZE),
        (f"bytes=-{SIZE + 9}", 0, SIZE),
        (f"bytes=5-{SIZE + 9}", 5, SIZE),
    ],
)
async def test_a_range(storage: ObjectStorage, browser: httpx.AsyncClient, asked: str, start: int, end: int) -> None:
    answer = await browser.get(storage.sign_get(ADDRESS, 60), headers={"Range": asked})
    assert (answer.status_code, answer.content) == (206, FILM[start:end])
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{SIZE}"
    assert answer.headers["content-length"] == str(end - start)


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", "bytes=-0", f"bytes={SIZE}-{SIZE}"])
async def test_a_range_that_is_not_there(storage: ObjectStorage, browser: httpx.AsyncClient, asked: str) -> None:
    answer = await browser.get(storage.sign_get(ADDRESS, 60), headers={"Range": asked})
    assert (answer.status_code, answer.content) == (416, b"")
    assert answer.headers["content-range"] == f"bytes */{SIZE}"


@pytest.mark.parametrize(
    "asked",
    ["bytes=5-4", "bytes=0-1,3-4", "bytes=" + "0-," * 10_000, "items=0-1", "bytes=a-b", "bytes=--1", "bytes=-", "bytes=٣-٤"],
)
async def test_other_ranges_are_ignored(storage: ObjectStorage, browser: httpx.AsyncClient, asked: str) -> None:
    answer = await browser.get(storage.sign_get(ADDRESS, 60), headers={b"Range": asked.encode()})
    assert (answer.status_code, len(answer.content)) == (200, SIZE)


async def test_conditions(storage: ObjectStorage, browser: httpx.AsyncClient) -> None:
    etag = f'"{(await storage.head(ADDRESS)).etag}"'
    date = "Mon, 17 May 2021 10:00:00 GMT"

    async def status(**headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return (await browser.get(storage.sign_get(ADDRESS, 60), headers=named)).status_code

    assert await status(if_none_match=etag) == 304
    assert await status(if_none_match=f'"x", W/{etag}') == 304
    assert await status(if_none_match="*") == 304
    assert await status(if_none_match='"x"') == 200
    assert await status(if_range=etag, range="bytes=0-1") == 206
    assert await status(if_range=date, range="bytes=0-1") == 206
    assert await status(if_range=f"W/{etag}", range="bytes=0-1") == 200
    assert await status(if_range="Mon, 17 May 2021 09:59:59 GMT", range="bytes=0-1") == 200
    assert await status(if_range="nonsense", range="bytes=0-1") == 200


async def test_a_part(storage: ObjectStorage, browser: httpx.AsyncClient, clock: FixedClock) -> None:
    upload = await storage.begin_parts("film", "video/mp4")
    address = storage.sign_part("film", upload, 1, 60)
    assert (await browser.put(address.replace("part=1", "part=2"), content=b"x")).status_code == 403
    answer = await browser.put(address, content=b"the whole film")
    parts = await storage.list_parts("film", upload)
    assert (answer.status_code, answer.headers["etag"]) == (200, f'"{parts[0].etag}"')
    await storage.complete_parts("film", upload, parts)
    assert await storage.get("film") == b"the whole film"
    assert (await browser.put(address, content=b"late")).status_code == 404
    clock.advance(seconds=61)
    assert (await browser.put(address, content=b"later")).status_code == 403


async def test_a_part_without_end(storage: ObjectStorage, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conference.web.objects.LARGEST_PART", 10)
    upload = await storage.begin_parts("film", "video/mp4")
    assert (await browser.put(storage.sign_part("film", upload, 1, 60), content=b"x" * 11)).status_code == 413
    assert await storage.list_parts("film", upload) == []


def test_no_page_for_a_store_elsewhere() -> None:
    settings = {"storage_url": "s3://b?endpoint=http://127.0.0.1:9", "storage_access_key": "a", "storage_secret_key": "b"}
    clock = FixedClock(datetime(2021, 5, 17, tzinfo=UTC))
    assert objects_routes(open_storage(Settings.model_validate(settings), clock), clock) == []
