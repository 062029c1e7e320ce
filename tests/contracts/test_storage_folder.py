"""What only a folder can get wrong: half files, foreign files, a full disk."""

from __future__ import annotations

import errno
import os
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


async def test_an_object_is_one_file_that_begins_with_its_bytes(folder: FolderStorage, tmp_path: Path) -> None:
    await folder.put("results/sheet.pdf", b"%PDF-1.7", "application/pdf")
    assert files(tmp_path) == ["objects/results/sheet.pdf="]
    assert (tmp_path / "objects/results/sheet.pdf=").read_bytes().startswith(b"%PDF-1.7{")
    await folder.delete("results/sheet.pdf")
    assert sorted(path.name for path in (tmp_path / "objects").iterdir()) == ["fresh=", "uploads="]


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
    assert files(tmp_path) == ["objects/a="]


async def test_what_a_killed_process_left_is_removed_a_day_later(
    folder: FolderStorage, tmp_path: Path, clock: FixedClock
) -> None:
    left = tmp_path / "objects/fresh=/left"
    left.write_bytes(b"half")
    (tmp_path / "objects/fresh=/folder").mkdir()
    for path in left.parent.iterdir():
        os.utime(path, (START.timestamp(), START.timestamp()))
    FolderStorage(tmp_path / "objects", b"key", clock)
    assert left.exists()
    clock.advance(hours=25)
    FolderStorage(tmp_path / "objects", b"key", clock)
    assert list(left.parent.iterdir()) == []


async def test_links_out_of_the_folder_are_not_followed(folder: FolderStorage, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "objects/link=").symlink_to(tmp_path / "secret")
    with pytest.raises(Unavailable):
        await folder.get("link")


@pytest.mark.parametrize("content", [b"", b"abc", b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\0\0\x63"])
async def test_files_of_others_are_no_objects(folder: FolderStorage, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "objects/foreign=").write_bytes(content)
    with pytest.raises(Unavailable):
        await folder.head("foreign")


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
