"""Parts of files: one plain range, or the whole; never quadratic, never a fault (RFC 9110, section 14)."""

from __future__ import annotations

import pytest
import pytest_asyncio

from conference.people.model import Role
from tests.site import MOMENTS, SLUG_2021, Site
from tests.spent import spent
from tests.web.conftest import ask

PDF = f"/{SLUG_2021}/sessions/forum-1/results/ergebnisse.pdf"


@pytest_asyncio.fixture
async def whole(site: Site) -> bytes:
    site.clock.jump_to(MOMENTS["archive"])
    answer = await ask(site.app, PDF)
    site.clock.jump_to(MOMENTS["live"])
    assert answer.status == 200
    assert answer.get("accept-ranges") == "bytes"
    return answer.body


@pytest.mark.parametrize(
    ("wanted", "status", "start", "end"),
    [
        ("bytes=0-99", 206, 0, 100),
        ("bytes=100-", 206, 100, None),
        ("bytes=-10", 206, -10, None),
        ("bytes=0-0", 206, 0, 1),
        ("bytes=0-999999999", 206, 0, None),
        ("bytes= 0-99", 206, 0, 100),
        ("bytes=999999999-", 416, 0, 0),
        ("bytes=-0", 416, 0, 0),
        ("bytes=9-5", 200, 0, None),
        ("bytes=0-1,5-6", 200, 0, None),
        ("lines=0-1", 200, 0, None),
        ("bytes=a-b", 200, 0, None),
        ("bytes=", 200, 0, None),
        ("bytes=--5", 200, 0, None),
        ("bytes=0x1-5", 200, 0, None),
        ("bytes=" + "9" * 30 + "-", 200, 0, None),
        ("bytes=" + ",".join(["0-"] * 10_000), 200, 0, None),
        ("bytes=٠-٩", 200, 0, None),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_a_range(site: Site, whole: bytes, wanted: str, status: int, start: int, end: int | None) -> None:
    site.clock.jump_to(MOMENTS["archive"])
    header = wanted.encode().decode("latin-1")
    with spent() as cost:
        answer = await ask(site.app, PDF, headers={"range": header})
    assert answer.status == status
    assert cost.seconds < 0.5
    if status != 416:
        assert answer.body == whole[start:end]
    if status == 206:
        first = start if start >= 0 else len(whole) + start
        assert answer.get("content-range") == f"bytes {first}-{first + len(answer.body) - 1}/{len(whole)}"
    site.clock.jump_to(MOMENTS["live"])


async def test_validators_and_closing(site: Site, whole: bytes) -> None:
    site.clock.jump_to(MOMENTS["archive"])
    tag = (await ask(site.app, PDF)).get("etag")
    assert (await ask(site.app, PDF, headers={"if-none-match": tag})).status == 304
    assert (await ask(site.app, PDF, headers={"if-range": '"other"', "range": "bytes=0-9"})).body == whole
    assert (await ask(site.app, PDF, headers={"if-range": tag, "range": "bytes=0-9"})).body == whole[:10]
    card = f"/{SLUG_2021}/cards/rueckenwind-beispielkueste"
    page = (await ask(site.app, card)).body.decode()
    start = page.index(f"{card}/media/")
    media = page[start : page.index('"', start)].replace("&amp;", "&")
    path, _, query = media.partition("?")
    site.clock.jump_to(MOMENTS["closed"])
    for headers in ({}, {"range": "bytes=0-9"}, {"if-none-match": "*"}):
        assert (await ask(site.app, path, query=query.encode(), headers=headers)).status == 410
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    assert (await organiser.get(PDF)).status_code == 200
    site.clock.jump_to(MOMENTS["live"])
