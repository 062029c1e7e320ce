"""Decks and clips go out with a conference and come in again."""

from __future__ import annotations

import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml
from sqlmodel import select

from conference.base.errors import Invalid
from conference.desk.exporting import export_conference
from conference.desk.importing import import_conference
from conference.forums.slides.actions import Brought, bring
from conference.forums.slides.model import Piece
from conference.forums.slides.store import pieces_of
from conference.program.model import Session
from tests.forums.slides import files
from tests.site import SLUG_2021, Site, open_site


@pytest.fixture
async def site(tmp_path: Path, database_url: str) -> AsyncIterator[Site]:
    async with open_site(tmp_path / "one", database_url) as opened:
        yield opened


async def pieces(site: Site) -> list[Piece]:
    async with site.services.db.read() as session:
        slug = (await session.exec(select(Session.id).where(Session.slug == "forum-2"))).one()
        return await pieces_of(session, slug)


async def brought(site: Site, folder: Path) -> None:
    folder.mkdir()
    (folder / "deck").write_bytes(files.deck(2))
    (folder / "film").write_bytes(files.film("webm"))
    async with site.services.db.read() as session:
        forum = (await session.exec(select(Session.id).where(Session.slug == "forum-2"))).one()
    deck = await bring(site.services, forum, None, Brought(folder / "deck", "impuls.pdf", "Impuls", download=True))
    await bring(site.services, forum, None, Brought(folder / "film", "film.webm", "Film", captions=files.CAPTIONS, language="de"))
    async with site.services.db.work() as work:
        held = await work.session.get(Piece, deck.id)
        assert held is not None
        held.words = {"1": "Eine Karte"}
        work.session.add(held)


async def test_decks_and_clips_are_in_the_conference_file(site: Site, tmp_path: Path) -> None:
    await brought(site, tmp_path / "brought")
    first, second = tmp_path / "1.zip", tmp_path / "2.zip"
    await export_conference(site.services, SLUG_2021, first)
    async with open_site(tmp_path / "two", conferences=()) as other:
        await import_conference(other.services, first)
        await export_conference(other.services, SLUG_2021, second)
        there = await pieces(other)
        assert [(each.title, each.pages, each.download, each.captions_language) for each in there] == [
            ("Impuls", 2, True, ""),
            ("Film", 0, False, "de"),
        ]
        assert there[0].words == {"1": "Eine Karte"}
        with zipfile.ZipFile(first) as before, zipfile.ZipFile(second) as after:
            assert before.namelist() == after.namelist()
            assert {name for name in before.namelist() if name.startswith("slides/")} == {
                "slides/forum-2-1.pdf", "slides/forum-2-2.webm", "slides/forum-2-2.vtt",
            }  # fmt: skip
            for name in before.namelist():
                assert before.read(name) == after.read(name), name
        # once more: nothing changes, no object is stored anew
        keys = [key async for key in other.services.storage.list("")]
        await import_conference(other.services, first)
        assert [(each.id, each.key) for each in await pieces(other)] == [(each.id, each.key) for each in there]
        assert [key async for key in other.services.storage.list("")] == keys


async def test_a_changed_file_brings_up_to_date_and_a_bad_one_says_which(site: Site, tmp_path: Path) -> None:
    await brought(site, tmp_path / "brought")
    await export_conference(site.services, SLUG_2021, tmp_path / "out.zip")
    folder = tmp_path / "folder"
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        archive.extractall(folder)
    document = yaml.safe_load((folder / "conference.yaml").read_text())
    forum = next(each for each in document["sessions"] if each["slug"] == "forum-2")
    forum["slides"] = [{**forum["slides"][1], "title": "Der Film"}]
    (folder / "conference.yaml").write_text(yaml.safe_dump(document, allow_unicode=True))
    film = (await pieces(site))[1]
    await import_conference(site.services, folder)
    assert [(each.id, each.title) for each in await pieces(site)] == [(film.id, "Der Film")]

    (folder / forum["slides"][0]["file"]).write_bytes(b"kein Film")
    with pytest.raises(Invalid) as refused:
        await import_conference(site.services, folder)
    assert refused.value.facts["faults"] == ["slides/forum-2-2.webm: cannot be shown in a room (slides_type)"]
    del forum["slides"]  # a file that says nothing of them leaves them as they are
    (folder / "conference.yaml").write_text(yaml.safe_dump(document, allow_unicode=True))
    await import_conference(site.services, folder)
    assert [each.id for each in await pieces(site)] == [film.id]
