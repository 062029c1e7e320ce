"""What every store does: memory, folder, and a real S3 server."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conference.base.errors import Conflict, Invalid, NotFound
from conference.base.storage import ObjectStorage
from conference.base.storage.port import CHUNK, LONGEST_ADDRESS

MIB = 1024 * 1024
WRONG_KEYS = [
    "",
    "/a",
    "a/",
    "a//b",
    "..",
    "a/../b",
    "./a",
    "a/.",
    "a b",
    "ä",
    "a\n",
    "a=",
    "a%2e",
    "a\\b",
    "x" * 201,
    "a/" * 300 + "b",
]


async def keys(storage: ObjectStorage, prefix: str = "") -> list[str]:
    return [key async for key in storage.list(prefix)]


async def test_what_was_put_is_got(storage: ObjectStorage) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    put = await storage.put("cards/a.mp4", b"moving pictures", "video/mp4")
    facts = await storage.head("cards/a.mp4")
    assert facts == put
    assert (facts.size, facts.content_type) == (15, "video/mp4")
    assert before <= facts.modified <= datetime.now(UTC) + timedelta(seconds=2)
    assert facts.etag
    assert '"' not in facts.etag
    assert await storage.get("cards/a.mp4") == b"moving pictures"


async def test_a_file_is_put_in_pieces(storage: ObjectStorage, tmp_path: Path) -> None:
    data = os.urandom(2 * MIB + 17)
    path = tmp_path / "film"
    path.write_bytes(data)
    assert (await storage.put("film", path, "video/webm")).size == len(data)
    facts, chunks = await storage.open_range("film")
    pieces = [piece async for piece in chunks]
    assert facts.size == len(data)
    assert b"".join(pieces) == data
    assert max(map(len, pieces)) <= CHUNK


async def test_an_empty_object(storage: ObjectStorage) -> None:
    assert (await storage.put("empty", b"", "text/plain")).size == 0
    assert await storage.get("empty") == b""
    with pytest.raises(Invalid) as refused:
        await storage.open_range("empty", 0, 1)
    assert refused.value.facts == {"size": 0}


async def test_putting_again_replaces_everything(storage: ObjectStorage) -> None:
    first = await storage.put("sheet.pdf", b"first, longer", "application/pdf")
    second = await storage.put("sheet.pdf", b"second", "application/x-other")
    assert first.etag != second.etag
    assert await storage.head("sheet.pdf") == second
    assert (second.size, second.content_type) == (6, "application/x-other")
    assert await storage.get("sheet.pdf") == b"second"


async def test_if_absent_never_replaces(storage: ObjectStorage) -> None:
    await storage.put("once", b"first", "text/plain", if_absent=True)
    with pytest.raises(Conflict) as refused:
        await storage.put("once", b"second", "text/plain", if_absent=True)
    assert refused.value.code == "object_exists"
    assert await storage.get("once") == b"first"


async def test_of_many_at_once_one_is_first(storage: ObjectStorage) -> None:
    tries = [storage.put("race", str(n).encode(), "text/plain", if_absent=True) for n in range(4)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    winners = [n for n, outcome in enumerate(outcomes) if not isinstance(outcome, BaseException)]
    assert {type(outcome) for outcome in outcomes if isinstance(outcome, BaseException)} <= {Conflict}
    assert len(winners) >= 1
    assert await storage.get("race") in [str(n).encode() for n in winners]


@pytest.mark.parametrize(
    ("start", "end", "expected"), [(0, 1, b"0"), (3, 7, b"3456"), (8, None, b"89"), (8, 99, b"89"), (0, None, b"0123456789")]
)
async def test_ranges(storage: ObjectStorage, start: int, end: int | None, expected: bytes) -> None:
    await storage.put("digits", b"0123456789", "text/plain")
    facts, chunks = await storage.open_range("digits", start, end)
    assert facts == await storage.head("digits")
    assert await chunks.all() == expected


async def test_a_range_behind_the_end(storage: ObjectStorage) -> None:
    await storage.put("digits", b"0123456789", "text/plain")
    with pytest.raises(Invalid) as refused:
        await storage.open_range("digits", 10, 12)
    assert refused.value.facts == {"size": 10}


async def test_who_stops_early_closes(storage: ObjectStorage) -> None:
    await storage.put("long", bytes(3 * CHUNK), "text/plain")
    _facts, chunks = await storage.open_range("long")
    assert len(await anext(chunks)) == CHUNK
    await chunks.aclose()
    assert [piece async for piece in chunks] == []


async def test_what_is_not_there(storage: ObjectStorage) -> None:
    for asked in (storage.get("no"), storage.head("no"), storage.open_range("no", 1, 2)):
        with pytest.raises(NotFound) as refused:
            await asked
        assert (refused.value.code, refused.value.facts) == ("object", {})
    await storage.delete("no")
    assert await keys(storage) == []


async def test_deleting_and_listing(storage: ObjectStorage) -> None:
    names = ["a", "a/b", "a/b/c", "a-1", "b/a", "B"]
    for name in names:
        await storage.put(name, name.encode(), "text/plain")
    assert await keys(storage) == sorted(names)
    assert await keys(storage, "a/") == ["a/b", "a/b/c"]
    assert await keys(storage, "a") == ["a", "a-1", "a/b", "a/b/c"]
    assert await keys(storage, "c/d") == []
    await storage.delete("a/b")
    assert await keys(storage, "a/") == ["a/b/c"]
    assert await storage.get("a") == b"a"
    assert await keys(storage) == ["B", "a", "a-1", "a/b/c", "b/a"]


@pytest.mark.parametrize("key", WRONG_KEYS)
async def test_wrong_keys_are_our_bugs(storage: ObjectStorage, key: str) -> None:
    for asked in (storage.get(key), storage.put(key, b"", "text/plain"), storage.delete(key), storage.begin_parts(key, "a/b")):
        with pytest.raises(ValueError, match="key"):
            await asked
    with pytest.raises(ValueError, match="key"):
        storage.sign_get(key, 60)


@pytest.mark.parametrize("prefix", ["/", "/etc/", "../", "a/../", "ä", "a//"])
async def test_wrong_prefixes_are_our_bugs(storage: ObjectStorage, prefix: str) -> None:
    with pytest.raises(ValueError, match=r"key|prefix"):
        await keys(storage, prefix)


@pytest.mark.parametrize("seconds", [0, 0.9, -5, LONGEST_ADDRESS + 1])
async def test_no_address_for_ever_or_for_no_time(storage: ObjectStorage, seconds: float) -> None:
    with pytest.raises(ValueError, match="signed"):
        storage.sign_get("key", seconds)


async def test_an_upload_in_parts(storage: ObjectStorage, tmp_path: Path) -> None:
    first, last = os.urandom(5 * MIB), b"the end"
    (tmp_path / "part").write_bytes(first)
    upload = await storage.begin_parts("cards/film", "video/mp4")
    assert await keys(storage) == []
    assert [(one.key, one.upload_id) for one in await storage.list_open_parts("cards/")] == [("cards/film", upload)]
    assert await storage.list_open_parts("other/") == []
    await storage.put_part("cards/film", upload, 2, b"a first try")
    await storage.put_part("cards/film", upload, 1, tmp_path / "part")
    await storage.put_part("cards/film", upload, 2, last)
    parts = await storage.list_parts("cards/film", upload)
    assert [(part.number, part.size) for part in parts] == [(1, len(first)), (2, len(last))]
    facts = await storage.complete_parts("cards/film", upload, parts)
    assert facts == await storage.head("cards/film")
    assert (facts.size, facts.content_type) == (len(first) + len(last), "video/mp4")
    assert await storage.get("cards/film") == first + last
    assert await storage.list_open_parts() == []


async def test_a_part_that_is_another_by_now(storage: ObjectStorage) -> None:
    upload = await storage.begin_parts("film", "video/mp4")
    old = await storage.put_part("film", upload, 1, b"old")
    await storage.put_part("film", upload, 1, b"new!")
    for parts in ([old], []):
        with pytest.raises(Conflict) as refused:
            await storage.complete_parts("film", upload, parts)
        assert refused.value.code == "part"
    assert await keys(storage) == []


async def test_an_upload_that_is_aborted(storage: ObjectStorage) -> None:
    upload = await storage.begin_parts("film", "video/mp4")
    part = await storage.put_part("film", upload, 1, b"data")
    await storage.abort_parts("film", upload)
    await storage.abort_parts("film", upload)
    for asked in (storage.put_part("film", upload, 2, b""), storage.complete_parts("film", upload, [part])):
        with pytest.raises(NotFound) as refused:
            await asked
        assert refused.value.code == "upload"
    assert await storage.list_open_parts() == []
    assert await keys(storage) == []


async def test_it_answers(storage: ObjectStorage) -> None:
    await storage.ping()
    assert await keys(storage) == []
