"""What only a folder can get wrong: half files, foreign files, a full disk."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conference.base.clock import FixedClock
from conference.base.errors import NotFound, Unavailable
from conference.base.storage.circuit import Circuit
from conference.base.storage.folder import FolderStorage
from conference.base.storage.memory import MemoryStorage

START = datetime(2021, 5, 17, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture
def folder(tmp_path: Path, clock: FixedClock) -> FolderStorage:
    return FolderStorage(tmp_path / "objects", b"key", clock)


def files(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


async def test_an_object_is_a_file_of_its_bytes_alone(folder: FolderStorage, tmp_path: Path) -> None:
    facts = await folder.put("results/sheet.pdf", b"%PDF-1.7", "application/pdf")
    (file,) = files(tmp_path)
    assert file == f"objects/results/sheet.pdf+/1-{START.timestamp():.0f}-8-{facts.etag}-application~2Fpdf"
    assert (tmp_path / file).read_bytes() == b"%PDF-1.7"
    assert (tmp_path / file).stat().st_mtime == START.timestamp()
    assert (tmp_path / file).stat().st_mode & 0o777 == 0o640
    await folder.delete("results/sheet.pdf")
    assert sorted(path.name for path in (tmp_path / "objects").iterdir()) == ["fresh=", "uploads="]


async def test_a_new_version_takes_the_place_of_all_before(folder: FolderStorage, tmp_path: Path) -> None:
    await folder.put("a", b"one", "text/plain")
    await folder.put("a", b"two", "text/plain; charset=utf-8")
    (file,) = files(tmp_path)
    assert file.startswith("objects/a+/2-")
    shutil.copy(tmp_path / file, (tmp_path / file).with_name(f"1-0-3-{'0' * 32}-text~2Fplain"))  # a crash left it
    assert (await folder.head("a")).content_type == "text/plain; charset=utf-8"
    await folder.put("a", b"three", "text/plain")
    (file,) = files(tmp_path)
    assert file.startswith("objects/a+/3-")


async def test_writers_and_deleters_at_the_same_time(folder: FolderStorage, tmp_path: Path) -> None:
    async def write(number: int) -> None:
        for turn in range(10):
            if (number + turn) % 4:
                await folder.put("a", f"{number}".encode() * 100, "text/plain")
            else:
                await folder.delete("a")

    async def read() -> None:
        for _ in range(40):
            with suppress(NotFound):
                data = await folder.get("a")
                assert len(set(data)) == 1
                assert len(data) == 100

    await asyncio.gather(*(write(number) for number in range(6)), read(), read())
    await folder.put("a", b"last", "text/plain")
    assert await folder.get("a") == b"last"
    assert len(files(tmp_path)) == 1


async def test_another_process_sees_the_same(folder: FolderStorage, tmp_path: Path, clock: FixedClock) -> None:
    put = await folder.put("a", b"data", "text/plain")
    upload = await folder.begin_parts("b", "text/plain")
    other = FolderStorage(tmp_path / "objects", b"key", clock)
    assert await other.head("a") == put
    assert (await other.put_part("b", upload, 1, b"part")) in await folder.list_parts("b", upload)


async def test_a_reader_keeps_the_object_that_it_opened(folder: FolderStorage) -> None:
    await folder.put("a", b"old", "text/plain")
    facts, chunks = await folder.open_range("a")
    await folder.put("a", b"new and longer", "text/x-new")
    assert (facts.size, await chunks.all()) == (3, b"old")


async def test_a_full_disk_leaves_the_old_object(folder: FolderStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await folder.put("a", b"old", "text/plain")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable) as refused:
        await folder.put("a", b"new", "text/plain")
    assert (refused.value.code, refused.value.facts) == ("store_full", {"reason": "ENOSPC"})
    assert await folder.get("a") == b"old"
    assert len(files(tmp_path)) == 1


async def test_what_a_killed_process_left_is_removed_an_hour_later(
    folder: FolderStorage, tmp_path: Path, clock: FixedClock
) -> None:
    left = tmp_path / "objects/fresh=/left"
    left.write_bytes(b"half")
    (tmp_path / "objects/fresh=/folder").mkdir()
    for path in left.parent.iterdir():
        os.utime(path, (START.timestamp(), START.timestamp()))
    FolderStorage(tmp_path / "objects", b"key", clock)
    assert left.exists()
    clock.advance(hours=2)
    await folder.list_open_parts()
    assert list(left.parent.iterdir()) == []


async def test_links_out_of_the_folder_are_not_followed(folder: FolderStorage, tmp_path: Path) -> None:
    name = f"1-0-6-{'0' * 32}-text~2Fplain"
    (tmp_path / name).write_text("secret")
    (tmp_path / "objects/link+").symlink_to(tmp_path)
    (tmp_path / "objects/inner+").mkdir()
    (tmp_path / "objects/inner+" / name).symlink_to(tmp_path / name)
    for key in ("link", "inner"):
        with pytest.raises(Unavailable):
            await folder.get(key)


async def test_folders_of_others_are_no_objects(folder: FolderStorage, tmp_path: Path) -> None:
    (tmp_path / "objects/foreign+").mkdir()
    with pytest.raises(NotFound):
        await folder.head("foreign")
    (tmp_path / "objects/foreign+/file").write_bytes(b"abc")
    with pytest.raises(Unavailable):
        await folder.head("foreign")
    assert [key async for key in folder.list()] == []


@pytest.mark.parametrize("upload_id", ["", "..", "../../x", "A" * 43, "A" * 42 + "/"])
async def test_uploads_that_never_were(folder: FolderStorage, upload_id: str) -> None:
    with pytest.raises(NotFound):
        await folder.list_parts("a", upload_id)
    await folder.abort_parts("a", upload_id)


async def test_the_folder_went_away(folder: FolderStorage, tmp_path: Path) -> None:
    (tmp_path / "objects").rename(tmp_path / "elsewhere")
    with pytest.raises(Unavailable):
        await folder.ping()


def test_no_store_without_a_key(tmp_path: Path, clock: FixedClock) -> None:
    with pytest.raises(ValueError, match="key"):
        FolderStorage(tmp_path / "objects", b"", clock)


async def test_memory_keeps_time_too(clock: FixedClock) -> None:
    assert (await MemoryStorage(b"key", clock).put("a", b"", "text/plain")).modified == START


def test_a_circuit_opens_tries_and_closes(clock: FixedClock) -> None:
    circuit = Circuit(clock.monotonic, failures=2, pause=5)
    circuit.failed()
    circuit.answered()
    circuit.failed()
    circuit.enter()
    circuit.failed()
    with pytest.raises(Unavailable) as refused:
        circuit.enter()
    assert refused.value.facts == {"reason": "circuit_open", "retry_after": 5.0}
    clock.advance(seconds=5)
    circuit.enter()  # one may try
    with pytest.raises(Unavailable):
        circuit.enter()  # a second may not
    circuit.failed()
    with pytest.raises(Unavailable):
        circuit.enter()
    clock.advance(seconds=5)
    circuit.enter()
    circuit.answered()
    circuit.enter()
    circuit.enter()
    assert not circuit.is_open
