"""A file that somebody brought as a photo, turned into a picture of ours. Nothing of it is parsed in this process."""

from __future__ import annotations

import asyncio
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from conference.base.errors import Invalid
from conference.base.inspection import said_by
from conference.results.report import developing
from conference.results.report.rules import LARGEST_PHOTO


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
        said = await said_by(developing.__file__, str(file), folder)
        if said is None:
            raise Invalid("photo_damaged")
        _raise_refusal(said.get("refused"))
        data = await asyncio.to_thread((Path(folder) / "photo.jpg").read_bytes)
    return Picture(data, said["width"], said["height"])


def _raise_refusal(code: str | None) -> None:
    if code == "photo_type":
        raise Invalid("photo_type")
    if code == "photo_small":
        raise Invalid("photo_small")
    if code is not None:
        raise Invalid("photo_damaged")
