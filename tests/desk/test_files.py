"""Whole conferences in and out of files, and people out of tables."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml
from openpyxl import Workbook

from conference.base.errors import Invalid
from conference.desk.conference_file import read_conference_file
from conference.desk.exporting import export_conference
from conference.desk.importing import import_conference
from conference.desk.people.terminal import check_people, import_people, write_links
from conference.people.model import Role
from conference.people.store import roles_of
from tests.site import DEMO, SLUG_2021, SLUG_2024, Site, open_site, persons_of


@pytest.fixture
async def site(tmp_path: Path, database_url: str) -> AsyncIterator[Site]:
    async with open_site(tmp_path / "one", database_url, conferences=("2021", "2024")) as opened:
        yield opened


async def test_export_then_import_gives_the_same(site: Site, tmp_path: Path) -> None:
    async with open_site(tmp_path / "two", conferences=()) as other:
        for slug in (SLUG_2021, SLUG_2024):
            first, second = tmp_path / f"{slug}-1.zip", tmp_path / f"{slug}-2.zip"
            await export_conference(site.services, slug, first)
            await import_conference(other.services, first)
            await export_conference(other.services, slug, second)
            with zipfile.ZipFile(first) as before, zipfile.ZipFile(second) as after:
                assert before.namelist() == after.namelist()
                assert len(before.namelist()) > 1
                for name in before.namelist():
                    assert before.read(name) == after.read(name), name


async def test_the_export_says_what_the_demo_s_file_says(site: Site, tmp_path: Path) -> None:
    await export_conference(site.services, SLUG_2021, tmp_path / "out.yaml")
    written = read_conference_file((tmp_path / "out.yaml").read_text())
    original = read_conference_file((DEMO / "2021" / "conference.yaml").read_text())
    assert written.conference == original.conference
    assert written.times == original.times
    assert written.legal == original.legal
    assert [facts for facts, _ in written.sessions] == [facts for facts, _ in original.sessions]
    assert written.report == original.report


async def test_importing_again_changes_nothing(site: Site) -> None:
    before = await site.conference()
    await site.services.live.catch_up()
    keys = [key async for key in site.services.storage.list("")]
    await import_conference(site.services, DEMO / "2021")
    after = await site.conference()
    assert after == before
    assert [key async for key in site.services.storage.list("")] == keys


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lambda d: d.update(meetingpoint=2), "meetingpoint"),
        (lambda d: d.update(extra=1), "extra"),
        (lambda d: d["conference"].update(zone="Europe/Nowhere"), "conference.zone"),
        (lambda d: d["conference"].update(slug="desk"), "conference.slug"),
        (lambda d: d["conference"]["times"].update(doors="2021-05-19T00:00"), "conference.times"),
        (lambda d: d["sessions"][0].update(ends="2021-05-04T09:00"), "sessions[0].ends"),
        (lambda d: d["sessions"][1].update(slug=d["sessions"][0]["slug"]), "sessions[1].slug"),
        (lambda d: d["sessions"][0].update(starts="2021-03-28T02:30"), "sessions[0].starts"),
        (lambda d: d["initiatives"][0].update(land="XX"), "initiatives[0].land"),
        (lambda d: d["sessions"][2]["results"][0].update(file="../../etc/passwd"), "sessions[2].results[0].file"),
    ],
)
def test_a_faulty_file_is_refused_with_its_place(change: object, where: str) -> None:
    document = yaml.safe_load((DEMO / "2021" / "conference.yaml").read_text())
    change(document)  # type: ignore[operator]
    with pytest.raises(Invalid) as refused:
        read_conference_file(yaml.safe_dump(document, allow_unicode=True))
    assert any(fault.startswith(where) for fault in refused.value.facts["faults"]), refused.value.facts


async def test_a_file_that_names_a_missing_document_changes_nothing(site: Site, tmp_path: Path) -> None:
    document = yaml.safe_load((DEMO / "2021" / "conference.yaml").read_text())
    document["conference"]["slug"] = "another"
    (tmp_path / "conference.yaml").write_text(yaml.safe_dump(document, allow_unicode=True))
    with pytest.raises(Invalid) as refused:
        await import_conference(site.services, tmp_path / "conference.yaml")
    assert any("results/forum-1.pdf" in fault for fault in refused.value.facts["faults"])
    assert (await site.browser().get("/another/")).status_code == 404


def test_nonsense_is_refused_in_one_line() -> None:
    for text in ("", "- a\n- b", "{", "meetingpoint: 1", "\x00", "!!python/object/apply:os.system ['true']"):
        with pytest.raises(Invalid):
            read_conference_file(text)


TABLE = """Name;E-Mail;Initiative;Land;Rollen
Käthe Müller;kaethe@example.org;wendlandleben;Niedersachsen;moderator:forum-1, attendee
Bodo Beispiel;bodo@example.org;;;
"""


async def test_people_come_in_from_csv_and_xlsx_with_roles_and_links(site: Site, tmp_path: Path) -> None:
    plain, windows, sheet = tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "c.xlsx"
    plain.write_text(TABLE, encoding="utf-8-sig")
    windows.write_bytes(TABLE.encode("cp1252"))
    book = Workbook()
    for line in TABLE.splitlines():
        book.active.append(line.split(";"))  # type: ignore[union-attr]
    book.save(sheet)
    found = [await check_people(site.services, SLUG_2021, path) for path in (plain, windows, sheet)]
    assert found[0].faults == []
    assert found[0] == found[1] == found[2]

    merged = await import_people(site.services, SLUG_2021, found[0], links=True)
    again = await import_people(site.services, SLUG_2021, found[0], links=True)
    assert [row["email"] for row in merged] == ["kaethe@example.org", "bodo@example.org"]
    conference = await site.conference()
    async with site.services.db.read() as session:
        people = await persons_of(session, conference.id)
        assert [person.name for person in people] == ["Bodo Beispiel", "Käthe Müller"]
        roles = {row.role for row in await roles_of(session, people[1].id)}
    assert roles == {Role.MODERATOR, Role.ATTENDEE}
    for row in (*merged, *again):  # the links of the first table go on working
        assert (await site.browser().post(row["link"])).status_code == 303

    target = tmp_path / "links.csv"
    write_links(target, [{**merged[0], "name": "=1+1"}])
    with target.open(encoding="utf-8-sig", newline="") as stream:
        assert list(csv.reader(stream, delimiter=";"))[1][0] == "'=1+1"
    assert target.stat().st_mode & 0o077 == 0
