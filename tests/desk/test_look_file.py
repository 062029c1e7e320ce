"""How a host's results sheets look, in and out of a conference file."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
import yaml

from conference.access.store import conference_by_slug
from conference.base.errors import Invalid
from conference.base.logos import SVG
from conference.desk.conference_file import read_conference_file
from conference.desk.exporting import export_conference
from conference.desk.importing import import_conference
from conference.results.setting.actions import Wanted, save_look
from conference.results.setting.shape import Look
from conference.results.setting.store import look_of, look_row
from tests.results.house import House, conference_yaml, house_at

SIGN = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 30"><rect width="90" height="30" fill="#0b5563"/></svg>'
ALT = {"de": "Agentur Beispiel"}


async def kept(house: House) -> Look:
    async with house.services.db.read() as db:
        return await look_of(db, house.services.storage, house.conference.id, "de")


async def key_of(house: House) -> str | None:
    async with house.services.db.read() as db:
        return (await look_row(db, house.conference.id)).logo_key


async def test_the_look_travels_with_its_logo_and_again_changes_nothing(tmp_path: Path) -> None:
    plain = conference_yaml()
    async with house_at(tmp_path / "one", document=plain) as house, house_at(tmp_path / "other", document=plain) as other:
        await save_look(house.services, house.conference, Wanted("#7a1f3d", "noto-serif", SIGN, ALT), by=None)
        file = tmp_path / "out.zip"
        await export_conference(house.services, "treffen", file)
        await import_conference(other.services, file)
        assert await kept(other) == await kept(house) == Look("#7a1f3d", "noto-serif", SIGN, SVG, "Agentur Beispiel")
        key = await key_of(other)
        await import_conference(other.services, file)
        assert await key_of(other) == key
        await other.again(plain)  # a file that says nothing of it changes nothing
        assert await key_of(other) == key


async def test_a_logo_that_leads_out_of_itself_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    plain = conference_yaml()
    renamed = {**plain["conference"], "title": {"de": "Neu"}}
    document = {"meetingpoint": plain["meetingpoint"], "conference": renamed, "look": {"logo": "logo.svg", "logo_alt": ALT}}
    file = tmp_path / "in.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("conference.yaml", yaml.safe_dump(document, allow_unicode=True))
        archive.writestr("logo.svg", SIGN.replace(b"<rect", b"<script/><rect"))
    async with house_at(tmp_path / "one", document=plain) as house:
        with pytest.raises(Invalid) as refused:
            await import_conference(house.services, file)
        assert refused.value.facts["faults"] == ["look.logo: logo.svg is no PNG or SVG that may be used (logo_svg)"]
        assert await key_of(house) is None
        async with house.services.db.read() as db:
            assert (await conference_by_slug(db, "treffen")).title == house.conference.title != {"de": "Neu"}


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ({"colour": "#ffff00"}, "look.colour: must be a colour such as #1f4e79 that can be read on white; #"),
        ({"face": "comic"}, "look.face: must be one of atkinson"),
        ({"logo": "logo.png"}, "look: logo_alt.de: must say what the logo shows"),
        ({"width": 3}, "look.width: is not known here"),
    ],
)
def test_faults_of_the_look_are_told_in_plain_words(value: object, fault: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_conference_file(yaml.safe_dump({**conference_yaml(), "look": value}, allow_unicode=True))
    assert refused.value.facts["faults"][0].startswith(fault)
