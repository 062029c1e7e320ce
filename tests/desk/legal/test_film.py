"""The film of the page in sign language: brought, seen by everybody, exchanged, removed; what no page names goes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from conference.access import compared
from conference.access.model import LegalPage, Page
from conference.base.errors import Invalid
from conference.base.jobs import Worker
from conference.desk.legal import film
from conference.people.model import Role
from tests.desk.legal.test_pages import row_of
from tests.site import DEMO, MOMENTS, SLUG_2021, Site, open_site

CLIP = DEMO / "clips" / "forum-1-impulse.webm"
FILM = f"/desk/{SLUG_2021}/legal/signed/film"
WORDS = b"WEBVTT\n\n00:00.000 --> 00:02.000\nGuten Tag\n"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as opened:
        opened.clock.jump_to(MOMENTS["announced"])
        yield opened


async def test_a_film_is_brought_seen_and_removed(site: Site) -> None:
    organiser, stranger = await site.signed_in("Olga Beispiel", Role.ORGANISER), site.browser()
    assert (await stranger.post(FILM, data={"do": "remove"})).status_code == 401
    nothing = await organiser.post(FILM, files={"film": ("film.mp4", b"no film at all", "video/mp4")})
    assert nothing.status_code == 422
    brought = {"film": ("film.webm", CLIP.read_bytes(), "video/webm"), "captions": ("film.vtt", WORDS, "text/vtt")}
    answer = await organiser.post(FILM, files=brought)
    assert answer.status_code == 303, answer.text
    await site.services.live.catch_up()
    shown = (await stranger.get(f"/{SLUG_2021}/signed")).text
    assert f'src="/{SLUG_2021}/signed/film.webm"' in shown
    assert "Guten Tag" in (await stranger.get(f"/{SLUG_2021}/signed/captions.vtt")).text
    part = await stranger.get(f"/{SLUG_2021}/signed/film.webm", headers={"range": "bytes=0-3"}, follow_redirects=True)
    assert (part.status_code, part.content) == (206, CLIP.read_bytes()[:4])
    assert (await stranger.get(f"/{SLUG_2021}/signed/film.mp4")).status_code == 404
    row = await row_of(site, Page.SIGNED)
    assert row is not None
    key = row.film_key
    await organiser.post(FILM, files={"do": (None, "remove")})
    assert (await stranger.get(f"/{SLUG_2021}/signed/film.webm")).status_code == 404
    services = site.services
    assert await Worker(services.db, services.clock, services.ids, film.handlers(services.storage)).run_once()
    assert [each async for each in services.storage.list("legal/")] == []
    assert key is not None


async def test_what_no_page_names_goes_and_the_rest_stays(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    services = site.services
    conference = await site.conference()
    await film.bring_film(services, conference.id, CLIP, None, None)
    await services.storage.put("legal/stray.webm", b"stray", "video/webm")
    assert (await film.reconcile_films(services)).deleted == 0  # it may belong to a row that is not committed yet
    monkeypatch.setattr(compared, "FRESH", timedelta(0))
    assert await film.reconcile_films(services) == compared.Comparison(deleted=1)
    row = await row_of(site, Page.SIGNED)
    assert isinstance(row, LegalPage)
    assert [each async for each in services.storage.list("legal/")] == [row.film_key]
    assert (row.version, row.film_captions) == (1, "")


async def test_a_film_that_is_too_long_or_too_large(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    conference = await site.conference()
    for name, limit, code in (("LONGEST_FILM", 0.1, "signed_too_long"), ("LARGEST_FILM", 10, "signed_too_large")):
        monkeypatch.setattr(film, name, limit)
        with pytest.raises(Invalid) as refused:
            await film.bring_film(site.services, conference.id, CLIP, None, None)
        assert refused.value.code == code
        monkeypatch.undo()
    assert [each async for each in site.services.storage.list("legal/")] == []
