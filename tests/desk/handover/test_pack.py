"""The pack as it leaves: what is in it and what is not, links that hold, and what happens to it afterwards."""

from __future__ import annotations

import base64
import zipfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from conference.access.model import State
from conference.cards.model import Card, ConsentKind
from conference.cards.store import consents_of
from conference.desk.handover.actions import ask_for_pack, forget_old_packs, make_pack
from conference.desk.handover.contents import contents_of
from conference.desk.handover.rules import KEPT
from conference.results.publishing.actions import publish, unpublish
from conference.results.store import findings_of
from tests.cards.reviewing import many_more
from tests.desk.handover.packs import Tags, document, furnished, made, missing, row_of, unpacked, worked
from tests.results.house import CAPTIONS, MOMENTS, SLUG, House, house_at, small_film
from tests.results.report.pictures import jpeg, with_exif
from tests.results.report.test_report import DESK as REPORT
from tests.results.report.test_report import send, text

DESK = f"/desk/{SLUG}/handover"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with house_at(tmp_path, document=document()) as house:  # type: ignore[arg-type]
        yield house


@pytest.fixture(scope="module")
async def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pack as somebody unpacks it."""
    place = tmp_path_factory.mktemp("handover")
    async with house_at(place, document=document()) as house:  # type: ignore[arg-type]
        await furnished(house, with_exif(jpeg(), 6))
        return await unpacked(house, await made(house), place)


def test_what_is_in_it(folder: Path) -> None:
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    for name in (
        "LIESMICH.txt", "index.html", "en/index.html", "program.html", "report.html", "en/report.html", "legal.html",
        "en/legal.html", "sessions/forum-1.html", "en/sessions/forum-1.html", "sessions/pause.html", "cards.html",
        "cards/heimat.html", "results/forum-1-ergebnisse.pdf", "films/heimat.mp4", "films/heimat.webp",
        "films/heimat.de.vtt", "films/heimat.en.vtt", "assets/css/base.css",
        "assets/vendor/atkinson-hyperlegible-next-5.3.0/latin-wght-normal.woff2",
        "assets/vendor/atkinson-hyperlegible-next-5.3.0/LICENSE",
    ):  # fmt: skip
        assert name in files, name
    assert "en/sessions/pause.html" not in files
    assert "results/forum-2-entwurf.pdf" not in files
    assert not any("werkbank" in name or name.endswith(".js") for name in files)
    assert len([name for name in files if name.startswith("photos/")]) == 2
    assert (folder / "films/heimat.mp4").read_bytes() == small_film(90)
    assert b"SecretCamera" not in next((folder / "photos").iterdir()).read_bytes()
    with zipfile.ZipFile(folder.parent / "pack.zip") as archive:
        assert not any(name.startswith("/") or ".." in name or "\\" in name for name in archive.namelist())
    assert "Networking meeting" in (folder / "LIESMICH.txt").read_text(encoding="utf-8")


def test_pages_stand_by_themselves(folder: Path) -> None:
    assert missing(folder) == []
    for page in folder.rglob("*.html"):
        html = page.read_text(encoding="utf-8")
        language = "en" if page.is_relative_to(folder / "en") else "de"
        assert f'<html lang="{language}">' in html
        tags = {tag for tag, _ in Tags(html).found}
        assert not tags & {"script", "form", "iframe", "style", "object"}, page
        loaded = [address for tag, address in Tags(html).addresses() if tag != "a"]
        assert not any(address.startswith(("http", "//")) for address in loaded), page
        assert f"/{SLUG}/" not in html
    styles = [style.read_text(encoding="utf-8") for style in (folder / "assets/css").iterdir()]
    assert not any("http:" in style or "https:" in style for style in styles)


def test_what_people_wrote_is_text(folder: Path) -> None:
    page = (folder / "sessions/forum-1.html").read_text(encoding="utf-8")
    assert "Nähe &amp; &lt;b&gt;Ferne&lt;/b&gt;" in page
    assert "Ein gemeinsamer Kalender" in page
    assert "One calendar" in (folder / "en/sessions/forum-1.html").read_text(encoding="utf-8")
    assert "&lt;script&gt;" in (folder / "legal.html").read_text(encoding="utf-8")
    assert "Land &lt;Beispiel&gt;" in (folder / "index.html").read_text(encoding="utf-8")
    card = (folder / "cards/heimat.html").read_text(encoding="utf-8")
    assert "Guten Tag." in card
    tracks = [attributes for tag, attributes in Tags(card).found if tag == "track"]
    assert [track["srclang"] for track in tracks] == ["de", "en"]
    assert base64.b64decode(tracks[0]["src"].partition(",")[2]).startswith(CAPTIONS[:6])


async def test_it_is_asked_for_at_the_desk_and_fetched(house: House) -> None:
    await furnished(house, jpeg())
    page = (await house.get(f"/{DESK}", "organiser")).text
    assert "Paket erstellen" in page
    assert "<li>Video-Visitenkarten: 1<br>" in page
    assert (await send(house, DESK, {})).status_code == 303
    assert (await send(house, DESK, {})).status_code == 409
    assert "Das Paket wird gerade erstellt." in (await house.get(f"/{DESK}", "organiser")).text
    await worked(house)
    assert "Das Paket ist fertig." in (await house.get(f"/{DESK}", "organiser")).text
    answer = await house.get(f"/{DESK}.zip", "organiser")
    assert answer.status_code == 200
    assert f'filename="{SLUG}.zip"' in answer.headers["content-disposition"]
    assert answer.content[:2] == b"PK"
    for who, status in (("stranger", 401), ("attendee", 403)):
        assert (await house.get(f"/{DESK}", who)).status_code == status
        assert (await house.get(f"/{DESK}.zip", who)).status_code == status
        assert (await send(house, DESK, {}, who=who)).status_code == status


async def withdraw(house: House, card: Card, kind: ConsentKind) -> None:
    async with house.services.db.work() as work:
        consent = next(each for each in await consents_of(work.session, card.id) if each.kind is kind)
        consent.ended = work.now
        work.session.add(consent)


@pytest.mark.parametrize("kind", [ConsentKind.SITE, ConsentKind.REMAINS, ConsentKind.PEOPLE])
async def test_a_pack_with_something_taken_back_is_not_handed_out(house: House, tmp_path: Path, kind: ConsentKind) -> None:
    card = await furnished(house, jpeg())
    first = await made(house)
    await withdraw(house, card, kind)
    answer = await house.get(f"/{DESK}.zip", "organiser")
    assert answer.status_code == 409
    assert "ist veraltet" in (await house.get(f"/{DESK}", "organiser")).text
    again = await made(house)
    assert again.object_key != first.object_key
    folder = await unpacked(house, again, tmp_path)
    assert not (folder / "films").exists()
    assert not (folder / "cards.html").exists()
    assert [key for key in await house.keys() if key.startswith("handover/")] == [again.object_key]


async def test_a_sheet_s_own_pdf_goes_along_until_it_is_corrected(house: House, tmp_path: Path) -> None:
    session = await house.session("raum-3")
    async with house.services.db.work() as work:
        finding = (await findings_of(work.session, session.id))[0]
        finding.text = {"de": "Ein Kalender für alle"}
        work.session.add(finding)
    version = await publish(house.services, session, by=None, note="Ein Wort")
    folder = await unpacked(house, await made(house), tmp_path)
    assert version.object_key is not None
    pdf = (folder / "results/raum-3-ergebnisse.pdf").read_bytes()
    assert pdf == await house.services.storage.get(version.object_key)
    page = (folder / "sessions/raum-3.html").read_text(encoding="utf-8")
    assert 'href="../results/raum-3-ergebnisse.pdf"' in page
    assert "Korrigiert am 10. Mai 2021: Ein Wort" in page
    async with house.services.db.work() as work:
        await unpublish(house.services, work, session, by=None)
    assert (await house.get(f"/{DESK}.zip", "organiser")).status_code == 409


async def test_a_report_taken_back_is_in_no_pack(house: House) -> None:
    await furnished(house, jpeg())
    await made(house)
    assert (await house.get(f"/{DESK}.zip", "organiser")).status_code == 200
    await send(house, REPORT, text(do="unpublish", change="1"))
    assert (await house.get(f"/{DESK}.zip", "organiser")).status_code == 409


async def test_a_file_that_the_store_has_lost_is_told(house: House) -> None:
    await furnished(house, jpeg())
    photo = next(key for key in await house.keys() if key.endswith(".jpg"))
    await house.services.storage.delete(photo)
    async with house.services.db.work() as work:
        await ask_for_pack(house.services, work, house.conference.id, by=None)
    await make_pack(house.services, house.conference.id, attempt=3)
    assert (await row_of(house)).fault == "handover_failed"
    assert "Das Paket konnte nicht erstellt werden." in (await house.get(f"/{DESK}", "organiser")).text
    assert [key for key in await house.keys() if key.startswith("handover/")] == []


async def test_it_ends_after_a_week_and_with_the_purge(house: House) -> None:
    row = await made(house)
    assert row.made is not None
    house.clock.jump_to(row.made + KEPT + timedelta(seconds=1))
    assert (await house.get(f"/{DESK}.zip", "organiser")).status_code == 404
    assert "Paket erstellen" in (await house.get(f"/{DESK}", "organiser")).text
    assert await forget_old_packs(house.services) == 1
    await worked(house)
    assert [key for key in await house.keys() if key.startswith("handover/")] == []
    house.clock.jump_to(MOMENTS[State.CLOSED])
    await made(house)
    house.at(State.PURGED)
    assert (await house.get(f"/{DESK}", "organiser")).status_code == 410
    assert await forget_old_packs(house.services) == 1
    await worked(house)
    assert [key for key in await house.keys() if key.startswith("handover/")] == []


async def test_what_was_taken_back_does_not_stay_in_the_store_inside_a_pack(house: House) -> None:
    await made(house)
    assert await forget_old_packs(house.services) == 0
    async with house.services.db.work() as work:
        await unpublish(house.services, work, await house.session("forum-1"), by=None)
    assert await forget_old_packs(house.services) == 1
    await worked(house)
    assert [key for key in await house.keys() if key.startswith("handover/")] == []


async def test_as_many_queries_for_two_hundred_cards(house: House) -> None:
    await furnished(house, jpeg())
    counts = []
    for more in (0, 200):
        await many_more(house, more)
        with house.counted() as statements:
            await contents_of(house.services, house.conference.id)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 20


async def test_a_worker_that_dies_leaves_nothing_in_the_way(house: House) -> None:
    async with house.services.db.work() as work:
        await ask_for_pack(house.services, work, house.conference.id, by=None)
    left = house.services.settings.data_dir / "packing" / house.conference.id
    left.mkdir(parents=True)
    (left / "pack.zip").write_bytes(b"half of it")
    await house.services.storage.put("handover/of-nobody.zip", b"put, and never recorded", "application/zip")
    await worked(house)
    first = await row_of(house)
    assert first.object_key is not None
    assert not left.exists()
    await make_pack(house.services, house.conference.id)  # the job comes once more: its lease was lost
    assert await row_of(house) == first
    await forget_old_packs(house.services)
    assert first.object_key in await house.keys()
