"""The report with its photos and figures leaves in a conference file and comes back the same."""

from __future__ import annotations

import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from conference.base.errors import Invalid
from conference.desk.exporting import export_conference
from conference.desk.importing import import_conference
from tests.results.house import SLUG, House, conference_yaml, house_at
from tests.results.report.pictures import jpeg, with_exif
from tests.results.report.test_report import photos, report

FIGURES = [
    {"key": "participants", "value": 104},
    {"key": "lands", "value": 5, "parts": [{"name": {"de": "Thüringen"}, "value": 9}], "others": 4, "together": 11},
]


def document(number: int = 2) -> dict[str, Any]:
    found = conference_yaml()
    entries = [
        {"file": f"report/{n}.jpg", "credit": "Ada", "alt": {"de": f"Bild {n}", "en": f"Picture {n}"}} for n in range(number)
    ]
    found["report"] = {**found["report"], "photos": entries, "figures": FIGURES}
    return found


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    (tmp_path / "file/report").mkdir(parents=True)
    for number in range(2):
        (tmp_path / f"file/report/{number}.jpg").write_bytes(with_exif(jpeg(640 + 100 * number, 360), 6))
    async with house_at(tmp_path, document=document()) as house:
        yield house


async def test_photos_of_a_file_are_looked_at_like_others(house: House) -> None:
    found = await photos(house)
    assert [(photo.width, photo.height, photo.alt["en"]) for photo in found] == [(360, 640, "Picture 0"), (360, 740, "Picture 1")]
    assert b"SecretCamera" not in await house.services.storage.get(found[0].object_key)
    kept = await report(house)
    assert kept is not None
    assert kept.figures == FIGURES
    page = (await house.get("/report")).text
    assert '<th scope="row">Thüringen</th>' in page
    assert "4 weitere Länder" in page


async def test_again_changes_nothing_and_less_takes_away(house: House) -> None:
    before, keys = await photos(house), await house.keys()
    kept = await report(house)
    await house.again()
    assert await photos(house) == before
    assert await house.keys() == keys
    assert await report(house) == kept
    await house.again(document(1))
    await house.work_off_jobs()
    assert [photo.id for photo in await photos(house)] == [before[0].id]
    assert before[1].object_key not in await house.keys()


async def test_out_and_in_gives_the_same(house: House, tmp_path: Path) -> None:
    first, second = tmp_path / "1.zip", tmp_path / "2.zip"
    await export_conference(house.services, SLUG, first)
    async with house_at(tmp_path / "other") as other:
        await import_conference(other.services, first)
        await export_conference(other.services, SLUG, second)
    with zipfile.ZipFile(first) as one, zipfile.ZipFile(second) as two:
        names = [name for name in one.namelist() if name.startswith("report/")]
        assert names == ["report/01.jpg", "report/02.jpg"]
        assert all(one.read(name) == two.read(name) for name in names)
        assert yaml.safe_load(one.read("conference.yaml"))["report"] == yaml.safe_load(two.read("conference.yaml"))["report"]


@pytest.mark.parametrize("entry", [{"credit": "Ada"}, {"alt": "Bild", "credit": ""}, {"alt": "Bild", "credit": "Ada"}])
async def test_a_photo_without_its_words_or_that_is_none_is_refused(house: House, entry: dict[str, str]) -> None:
    (house.folder / "report/0.jpg").write_bytes(b"GIF89a")
    wrong = document(0)
    wrong["report"]["photos"] = [{"file": "report/0.jpg", **entry}]
    with pytest.raises(Invalid):
        await house.again(wrong)
