"""A folder whose writer is killed at any moment: whole objects, and those of the first version none the poorer."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from conference.base.clock import FixedClock, SystemClock
from conference.base.storage.folder import FolderStorage
from conference.base.storage.folder_before import LENGTH

WRITER = """
import asyncio, sys
from pathlib import Path
from conference.base.clock import SystemClock
from conference.base.storage.folder import FolderStorage

async def main():
    store = FolderStorage(Path(sys.argv[1]), b"key", SystemClock())
    print("begun", flush=True)
    for number in range(100_000):
        data = bytes([number % 256]) * (1 + number % 7 * 100_000)
        await store.put("a", data, f"text/n{number % 256}")
        await store.put(f"b/{number % 5}", data, f"text/n{number % 256}")
        await store.delete(f"b/{(number + 2) % 5}")

asyncio.run(main())
"""
ADOPTER = """
import sys
from pathlib import Path
from conference.base.clock import SystemClock
from conference.base.storage.folder import FolderStorage
print("begun", flush=True)
FolderStorage(Path(sys.argv[1]), b"key", SystemClock())
"""


def killed(script: str, root: Path, seconds: float) -> None:
    """Let it run for so long after it has begun, then kill it."""
    process = subprocess.Popen([sys.executable, "-c", script, str(root)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"begun\n"
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)
    process.stdout.close()


async def test_a_killed_writer_leaves_whole_objects(tmp_path: Path) -> None:
    chance = random.Random(5)
    clock = FixedClock(datetime.now(UTC))
    root = tmp_path / "objects"
    for _ in range(6):
        killed(WRITER, root, chance.uniform(0.01, 0.25))
        store = FolderStorage(root, b"key", clock)
        for key in [key async for key in store.list()]:
            facts, data = await store.head(key), await store.get(key)
            assert len(set(data)) == 1
            assert facts.content_type == f"text/n{data[0]}"
            assert facts.size == len(data)
    clock.advance(hours=2)
    FolderStorage(root, b"key", clock)
    assert list((root / "fresh=").iterdir()) == []


def before(root: Path, key: str, data: bytes, content_type: str) -> None:
    """An object as the first version wrote it."""
    facts = {"type": content_type, "modified": 1_600_000_000, "etag": hashlib.sha256(data).hexdigest()[:32]}
    trailer = json.dumps(facts).encode()
    path = root / f"{key}="
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data + trailer + LENGTH.pack(len(trailer)))


@pytest.mark.parametrize("kills", [0, 5])
async def test_objects_of_the_first_version_are_adopted(tmp_path: Path, kills: int) -> None:
    root, chance = tmp_path / "objects", random.Random(5)
    wanted = {f"cards/{number}.mp4": os.urandom(number * 50) for number in range(300)}
    wanted["cards"] = b"beside the folder"
    for key, data in wanted.items():
        before(root, key, data, "video/mp4")
    for content in (b"", b"abc", b"\0\0\0\0", b"\xff\xff\xff\xff", b"\0\0\0\x63"):
        (root / f"foreign-{len(content)}{content[-1:].hex()}=").write_bytes(content)
    for _ in range(kills):
        killed(ADOPTER, root, chance.uniform(0.005, 0.08))
    store = FolderStorage(root, b"key", SystemClock())
    assert {key async for key in store.list()} == wanted.keys()
    for key, data in wanted.items():
        facts = await store.head(key)
        assert await store.get(key) == data
        assert (facts.size, facts.content_type, facts.modified.timestamp()) == (len(data), "video/mp4", 1_600_000_000)
        assert not (root / f"{key}=").exists()
