"""A backup moves an installation's objects from a folder to a real S3 server, and back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from conference.backup.reading import opened, restore
from conference.backup.writing import write_backup
from conference.base.storage import ObjectStorage
from tests.site import open_site


async def test_objects_come_back_in_a_bucket_and_from_there(tmp_path: Path, s3: ObjectStorage) -> None:
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    async with open_site(tmp_path / "one", conferences=()) as site:
        folder = site.services.storage
        await folder.put("cards/a", b"x" * 600_000, "video/mp4")
        await folder.put("cards/a/b", b"", "text/vtt")
        await write_backup(site.services, first)
        in_bucket = replace(site.services, storage=s3)
        with opened(first) as found:
            await restore(in_bucket, found, replace=True)
        await write_backup(in_bucket, second)
    with opened(first) as one, opened(second) as two:
        assert two.objects == one.objects
        assert [each["type"] for each in two.objects] == ["video/mp4", "text/vtt"]
