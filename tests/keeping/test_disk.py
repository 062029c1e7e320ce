"""After the purge the bytes are gone as well: whoever gets the disk finds nobody in the database's files."""

from __future__ import annotations

from pathlib import Path

from conference.people.model import Role
from conference.purging import purge_due
from tests.site import MOMENTS, open_site

NAME = "Mira Merkmal"


def said_on_disk(folder: Path) -> list[str]:
    return [file.name for file in folder.rglob("*") if file.is_file() and b"erkmal" in file.read_bytes()]


async def test_no_file_holds_a_name_after_the_purge(tmp_path: Path) -> None:
    async with open_site(tmp_path) as site:
        await site.signed_in(NAME, Role.SPEAKER, session="forum-1")
        assert said_on_disk(tmp_path)
        site.clock.jump_to(MOMENTS["purged"])
        await purge_due(site.services)
        assert said_on_disk(tmp_path) == []
