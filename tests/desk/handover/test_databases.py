"""Report and pack on both databases: brought, told, packed, handed out, forgotten."""

from __future__ import annotations

from pathlib import Path

from conference.access.model import State
from conference.desk.handover.actions import forget_old_packs
from conference.results.report.purge import forget_purged_reports
from tests.desk.handover.packs import document, furnished, made, worked
from tests.results.house import SLUG, house_at
from tests.results.report.pictures import jpeg
from tests.results.report.test_report import DESK as REPORT
from tests.results.report.test_report import photos, report, send, text


async def test_the_whole_way(tmp_path: Path, database_url: str) -> None:
    async with house_at(tmp_path, document=document(), database_url=database_url) as house:  # type: ignore[arg-type]
        await furnished(house, jpeg())
        row = await made(house)
        assert (row.fault, row.progress) == (None, 1.0)
        assert (await house.get(f"//desk/{SLUG}/handover.zip", "organiser")).status_code == 200
        first, second = await photos(house)
        await send(house, f"{REPORT}/photos/{second.id}", {"do": "up"})
        assert [photo.id for photo in await photos(house)] == [second.id, first.id]
        fields = {name: value for name, value in text(change="1").items() if name != "remains"}
        assert (await send(house, REPORT, fields)).status_code == 303
        house.at(State.PURGED)
        assert await forget_purged_reports(house.services) == 1
        assert await forget_old_packs(house.services) == 1
        assert await report(house) is None
        await worked(house)
        assert [key for key in await house.keys() if key.startswith("handover/")] == []
