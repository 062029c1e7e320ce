"""A file that somebody brought as a photo, turned into a picture of ours. Nothing of it is parsed in this process."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conference.base.errors import Invalid
from conference.base.log import logger
from conference.results.report import developing
from conference.results.report.rules import LARGEST_PHOTO

TIMEOUT = 40.0

log = logger("report")


@dataclass(frozen=True)
class Picture:
    """JPEG without anything beside the picture. width, height: pixels, upright."""

    data: bytes
    width: int
    height: int


async def developed(file: Path) -> Picture:
    """Raises Invalid: photo_too_large, photo_type (no JPEG, PNG or WebP), photo_small, photo_damaged."""
    size = (await asyncio.to_thread(os.stat, file)).st_size
    if size > LARGEST_PHOTO:
        raise Invalid("photo_too_large", size=size, limit=LARGEST_PHOTO)
    with tempfile.TemporaryDirectory(prefix="meetingpoint-photo-") as folder:
        said = await _asked(file, Path(folder))
        _raise_refusal(said.get("refused"))
        data = await asyncio.to_thread((Path(folder) / "photo.jpg").read_bytes)
    return Picture(data, said["width"], said["height"])


async def _asked(file: Path, folder: Path) -> dict[str, Any]:
    """What the developing process says. One that dies or takes too long has met a file that nobody should open."""
    argv = [sys.executable, "-I", developing.__file__, str(file), str(folder)]
    process = await asyncio.create_subprocess_exec(
        *argv, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env={}
    )
    try:
        async with asyncio.timeout(TIMEOUT):
            said, complaint = await process.communicate()
    except TimeoutError:
        said, complaint = b"", b"too slow"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        found: dict[str, Any] = json.loads(said)
    except ValueError:
        log.warning("photo_breaks_its_reader", said=complaint[-300:].decode("utf-8", "replace"))
        raise Invalid("photo_damaged") from None
    return found


def _raise_refusal(code: str | None) -> None:
    if code == "photo_type":
        raise Invalid("photo_type")
    if code == "photo_small":
        raise Invalid("photo_small")
    if code is not None:
        raise Invalid("photo_damaged")
