"""A conference that is announced, whose registration is open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conference.registration.rules import ASKS
from conference.registration.terms import Wanted, set_terms
from tests.site import MOMENTS, Site, open_site

WANTED = Wanted(True, None, None, ASKS, {}, {}, 0)


@pytest.fixture
async def site(tmp_path: Path, database_url: str) -> AsyncIterator[Site]:
    """On both databases."""
    async with open_site(tmp_path / "one", database_url) as opened:
        opened.clock.jump_to(MOMENTS["announced"])
        await opens(opened)
        yield opened


async def opens(site: Site, **more: object) -> None:
    """Let the terms of the 2021 meeting be these."""
    from dataclasses import replace

    from conference.registration.store import terms_of

    conference = await site.conference()
    async with site.services.db.work() as work:
        terms = await terms_of(work.session, conference.id)
        wanted = replace(WANTED, **more)  # type: ignore[arg-type]
        await set_terms(work, site.services, conference.id, wanted, seen=str(terms.version if terms else 0), by=None)
