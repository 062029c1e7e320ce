"""The report at the desk and on its page: text, photos and figures, kept, published, taken back."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from conference.access.model import State
from conference.results.model import Report, ReportPhoto
from conference.results.report.purge import forget_purged_reports
from conference.results.report.store import photos_of
from conference.results.store import report_of
from tests.results.house import SLUG, House, conference_yaml, house_at
from tests.results.report.pictures import jpeg, with_exif

DESK = f"/desk/{SLUG}/report"
WORDS = {"credit-new": "Ada Beispiel", "alt-de-new": "Vier Menschen an einem Tisch", "caption-en-new": "At noon"}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """In the archive, with a report that nobody has begun."""
    async with house_at(tmp_path) as house:
        document = conference_yaml()
        document.pop("report", None)
        await house.again(document)
        yield house


async def send(
    house: House, path: str, fields: dict[str, Any], *, who: str = "organiser", photo: bytes | None = None
) -> httpx2.Response:
    headers = {"accept-language": "de", "origin": house.services.settings.base_url}
    if who != "stranger":
        headers["cookie"] = f"meetingpoint={house.cookies[who]}"
    files = {"photo-new": ("IMG_1.jpg", photo, "image/jpeg")} if photo is not None else None
    base = house.services.settings.base_url
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=house.app), base_url=base) as client:
        return await client.post(path, data=fields, files=files, headers=headers)


async def report(house: House) -> Report | None:
    async with house.services.db.read() as db:
        return await report_of(db, house.conference.id)


async def photos(house: House) -> list[ReportPhoto]:
    async with house.services.db.read() as db:
        return await photos_of(db, house.conference.id)


async def bring(house: House, **more: str) -> str:
    """The id of one more photo."""
    answer = await send(house, f"{DESK}/photos", {**WORDS, **more}, photo=with_exif(jpeg(), 6))
    assert answer.status_code == 303, answer.text
    return (await photos(house))[-1].id


def text(**more: str) -> dict[str, str]:
    fields = {"title-de": "Was bleibt", "body-de": "Der erste Absatz.\n\nDer zweite.", "remains": "yes", "change": "0"}
    return {**fields, **{name.replace("_", "-"): value for name, value in more.items()}}


async def test_a_report_is_saved_looked_at_published_and_taken_back(house: House) -> None:
    answer = await send(house, DESK, text(do="save", title_en="What stays"))
    assert answer.status_code == 303, answer.text
    kept = await report(house)
    assert kept is not None
    assert (kept.title, kept.published, kept.change, kept.remains) == (
        {"de": "Was bleibt", "en": "What stays"},
        None,
        1,
        True,
    )
    assert (await house.get("/report")).status_code == 404
    preview = (await house.get("/report", "organiser")).text
    assert "Noch nicht öffentlich" in preview
    assert "<p>Der zweite.</p>" in preview
    assert f'href="{DESK}"' in preview
    await send(house, DESK, text(do="publish", change="1", title_en="What stays"))
    public = (await house.get("/report")).text
    assert "<h1>Was bleibt</h1>" in public
    assert DESK not in public
    assert "<h1>What stays</h1>" in (await house.get("/report", accept_language="en")).text
    await send(house, DESK, text(do="unpublish", change="2"))
    assert (await house.get("/report")).status_code == 404


async def test_a_second_who_saves_sees_the_first_ones_text(house: House) -> None:
    await send(house, DESK, text())
    answer = await send(house, DESK, text(title_de="Anderer Titel"))
    assert answer.status_code == 409
    assert "Jemand anderes hat den Bericht inzwischen gespeichert." in answer.text
    assert 'value="Anderer Titel"' in answer.text
    assert "<strong>Was bleibt</strong>" in answer.text
    change = re.search(r'name="change" value="(\d+)"', answer.text)
    assert change
    assert (await send(house, DESK, text(title_de="Anderer Titel", change=change[1]))).status_code == 303
    kept = await report(house)
    assert kept is not None
    assert kept.title["de"] == "Anderer Titel"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"title_de": "", "do": "publish"}, "Es fehlt ein deutscher Titel."),
        ({"body_de": " \n ", "do": "publish"}, "Es fehlt ein deutscher Text."),
        ({"title_de": "x" * 161}, "160"),
        ({"body_de": "Emoji \U0001f600"}, "U+1F600"),
    ],
)
async def test_what_cannot_be_comes_back_with_a_sentence(house: House, fields: dict[str, str], sentence: str) -> None:
    answer = await send(house, DESK, text(**fields))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert (await report(house)) is None


async def test_what_came_back_for_a_fault_is_still_as_old_as_it_was(house: House) -> None:
    await send(house, DESK, text())
    answer = await send(house, DESK, text(title_de="x" * 161))
    assert answer.status_code == 422
    assert 'name="change" value="0"' in answer.text
    assert (await send(house, DESK, text(title_de="Anderer Titel"))).status_code == 409


async def test_markup_is_text(house: House) -> None:
    await send(house, DESK, text(do="publish", title_de="<b>Fett</b>", body_de="<script>alert(1)</script>"))
    page = (await house.get("/report")).text
    assert "&lt;b&gt;Fett&lt;/b&gt;" in page
    assert "<script>alert" not in page


async def test_photos_are_brought_described_moved_and_removed(house: House) -> None:
    first, second = await bring(house), await bring(house, **{"alt-de-new": "Eine Werkbank"})
    kept = await photos(house)
    assert [photo.id for photo in kept] == [first, second]
    assert (kept[0].width, kept[0].height, kept[0].credit) == (360, 640, "Ada Beispiel")
    assert kept[0].caption == {"en": "At noon"}
    data = await house.services.storage.get(kept[0].object_key)
    assert b"SecretCamera" not in data
    editor = (await house.get(f"/{DESK}", "organiser")).text
    assert editor.index(first) < editor.index(second)
    await send(house, f"{DESK}/photos/{second}", {"do": "up"})
    assert [photo.id for photo in await photos(house)] == [second, first]
    words = {f"credit-{first}": "B. Muster", f"alt-de-{first}": "Ein Tisch", f"caption-de-{first}": "Mittags"}
    await send(house, f"{DESK}/photos/{first}", {"do": "describe", **words})
    assert (await photos(house))[1].caption == {"de": "Mittags"}
    await send(house, f"{DESK}/photos/{second}", {"do": "remove"})
    assert [photo.id for photo in await photos(house)] == [first]
    await house.work_off_jobs()
    assert kept[1].object_key not in await house.keys()
    assert (await send(house, f"{DESK}/photos/{second}", {"do": "up"})).status_code == 404


@pytest.mark.parametrize(
    ("fields", "photo", "sentence"),
    [
        ({"credit-new": ""}, jpeg(), "Bitte geben Sie an, wer das Foto aufgenommen hat."),
        ({"alt-de-new": " "}, jpeg(), "Bitte sagen Sie auf Deutsch, was auf dem Foto zu sehen ist."),
        ({}, b"GIF89a", "Bitte wählen Sie ein Foto als JPEG-, PNG- oder WebP-Datei."),
        ({}, None, "Bitte wählen Sie ein Foto als JPEG-, PNG- oder WebP-Datei."),
    ],
)
async def test_a_photo_needs_its_words(house: House, fields: dict[str, str], photo: bytes | None, sentence: str) -> None:
    before = await house.keys()
    answer = await send(house, f"{DESK}/photos", {**WORDS, **fields}, photo=photo)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="At noon"' in answer.text
    assert await photos(house) == []
    assert await house.keys() == before


async def test_all_that_a_photo_lacks_is_said_at_once(house: House) -> None:
    empty = {**WORDS, "credit-new": " ", "alt-de-new": ""}
    answer = await send(house, f"{DESK}/photos", empty, photo=jpeg())
    assert answer.status_code == 422
    for sentence in ("Bitte geben Sie an, wer das Foto aufgenommen hat.", "was auf dem Foto zu sehen ist"):
        assert sentence in answer.text


async def test_a_photo_is_as_public_as_the_report(house: House) -> None:
    photo = await bring(house)
    address = f"/report/photos/{photo}.jpg"
    assert (await house.get(address, "organiser")).status_code == 200
    assert (await house.get(address)).status_code == 404
    await send(house, DESK, text(do="publish"))
    answer = await house.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    page = (await house.get("/report")).text
    assert f'src="/{SLUG}{address}?v=' in page
    assert 'alt="Vier Menschen an einem Tisch"' in page
    assert "Foto: Ada Beispiel" in page
    house.at(State.CLOSED)
    assert (await house.get(address)).status_code == 200
    await send(house, DESK, {name: value for name, value in text(change="1").items() if name != "remains"})
    assert (await house.get(address)).status_code == 410
    assert (await house.get(f"/report/photos/{'x' * 22}.jpg", "organiser")).status_code in (404, 410)


async def test_nobody_else_edits(house: House) -> None:
    for who, status in (("stranger", 401), ("attendee", 403)):
        assert (await house.get(f"/{DESK}", who)).status_code == status
        assert (await send(house, DESK, text(), who=who)).status_code == status
        assert (await send(house, f"{DESK}/photos", WORDS, who=who, photo=jpeg())).status_code == status
    assert await report(house) is None


async def test_figures_are_proposed_chosen_and_kept(house: House) -> None:
    editor = (await house.get(f"/{DESK}", "organiser")).text
    proposed = re.findall(r'name="figure" value="(\w+)" checked', editor)
    assert "forums" in proposed
    assert "participants" not in proposed
    await send(house, DESK, text(do="publish", figure="forums"))
    page = (await house.get("/report")).text
    assert "In Zahlen" in page
    assert re.search(r"<dt>Foren</dt><dd>3</dd>", page)
    await send(house, DESK, text(change="1"))
    assert "In Zahlen" not in (await house.get("/report")).text


@pytest.mark.parametrize("stays", [True, False])
async def test_the_purge_leaves_what_stays_public(house: House, stays: bool) -> None:
    photo = await bring(house)
    fields = text(do="publish")
    await send(house, DESK, fields if stays else {name: value for name, value in fields.items() if name != "remains"})
    assert await forget_purged_reports(house.services) == 0
    house.at(State.PURGED)
    assert await forget_purged_reports(house.services) == (0 if stays else 1)
    await house.work_off_jobs()
    assert (await house.get("/report")).status_code == (200 if stays else 410)
    assert (await house.get(f"/report/photos/{photo}.jpg")).status_code == (200 if stays else 410)
    assert [key for key in await house.keys() if key.endswith(".jpg")] == [each.object_key for each in await photos(house)]
    assert await forget_purged_reports(house.services) == 0
