"""A session that is not in the program is nowhere for readers; two who edit it notice each other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conference.base.editions import locked, next_edition, same_edition
from conference.base.errors import Conflict, NotFound
from conference.program.model import Session
from conference.program.store import next_start, session_by_slug, sessions_of
from tests.site import MOMENTS, SLUG_2021, Site, open_site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as opened:
        opened.clock.jump_to(MOMENTS["announced"])
        yield opened


async def test_a_hidden_session_is_nowhere(site: Site) -> None:
    conference, stranger = await site.conference(), site.browser()
    async with site.services.db.work() as work:
        session = await session_by_slug(work.session, conference.id, "forum-1")
        session.hidden, title = work.now, session.title["de"]
        site.services.outbox.tell(work, f"board:{conference.id}", "board", conference_id=conference.id, conference=conference.id)
    async with site.services.db.read() as db:
        assert "forum-1" not in {each.slug for each in await sessions_of(db, conference.id)}
        assert "forum-1" in {each.slug for each in await sessions_of(db, conference.id, hidden=True)}
        with pytest.raises(NotFound):
            await session_by_slug(db, conference.id, "forum-1")
        opening = await session_by_slug(db, conference.id, "panel")
        assert await next_start(db, opening) is not None
    for path in ("", "program", "program.ics", "forums"):
        assert title not in (await stranger.get(f"/{SLUG_2021}/{path}")).text, path
    for path in ("sessions/forum-1", "sessions/forum-1.ics", "sessions/forum-1/guest"):
        assert (await stranger.get(f"/{SLUG_2021}/{path}")).status_code in (401, 404), path


async def test_of_two_who_edit_the_second_is_told(site: Site) -> None:
    conference = await site.conference()
    async with site.services.db.work() as work:
        known = await session_by_slug(work.session, conference.id, "forum-1")
        row = await locked(work, Session, known.id)
        seen = row.version
        same_edition(row, str(seen))
        next_edition(row, "ada")
    async with site.services.db.work() as work:
        row = await locked(work, Session, known.id)
        with pytest.raises(Conflict) as refused:
            same_edition(row, seen)
        assert refused.value.facts == {"by": "ada", "version": seen + 1}
        with pytest.raises(NotFound):
            await locked(work, Session, "nobody")


async def test_results_that_were_published_stay_where_their_links_lead(site: Site) -> None:
    conference, stranger = await site.conference(), site.browser()
    site.clock.jump_to(MOMENTS["archive"])
    address = f"/{SLUG_2021}/sessions/forum-1/results"
    assert (await stranger.get(address)).status_code == 200
    async with site.services.db.work() as work:
        session = await session_by_slug(work.session, conference.id, "forum-1")
        session.hidden = work.now
        site.services.outbox.tell(work, f"board:{conference.id}", "board", conference_id=conference.id, conference=conference.id)
    assert (await stranger.get(address)).status_code == 200
    assert (await stranger.get(f"/{SLUG_2021}/sessions/forum-1")).status_code == 404
