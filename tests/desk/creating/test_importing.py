"""A file over a conference that is there: what it does not speak of stays, what it would take away is asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
import yaml

from conference.cards.store import cards_in
from conference.initiatives.store import initiatives_in
from conference.people.model import Role
from tests.site import DEMO, SLUG_2021, Site, open_site

PAGE = f"/desk/{SLUG_2021}/import"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as opened:
        yield opened


def part_of_it(**changes: object) -> bytes:
    """The demo of 2021 with its settings alone, and what is given here."""
    document = yaml.safe_load((DEMO / "2021" / "conference.yaml").read_text())
    document = {name: document[name] for name in ("meetingpoint", "conference")}
    return yaml.safe_dump(document | changes, allow_unicode=True).encode()


async def send(browser: httpx2.AsyncClient, body: bytes, do: str, **fields: str) -> httpx2.Response:
    return await browser.post(PAGE, files={"file": ("a.yaml", body)}, data={"do": do, **fields})


async def counts(site: Site) -> tuple[int, int]:
    """Initiatives that take part, and cards."""
    conference = await site.conference()
    async with site.services.db.read() as session:
        return len(await initiatives_in(session, conference.id)), len(await cards_in(session, conference.id))


async def test_what_a_file_does_not_speak_of_stays(site: Site) -> None:
    organiser, before, legal = await site.signed_in("Olga", Role.ORGANISER), await counts(site), (await site.conference()).legal
    assert min(before) > 0
    assert (await send(organiser, part_of_it(), "take")).status_code == 303
    assert await counts(site) == before
    assert (await site.conference()).legal == legal


async def test_what_a_list_would_take_away_is_named_and_wants_the_word(site: Site) -> None:
    organiser, before = await site.signed_in("Olga", Role.ORGANISER), await counts(site)
    body = part_of_it(initiatives=[])
    looked = await send(organiser, body, "look")
    assert "Nehmen nicht mehr teil" in looked.text
    assert "Videokarten, die mit Filmen" in looked.text
    assert (await send(organiser, body, "take", typed="nein")).status_code == 422
    assert await counts(site) == before
    assert (await send(organiser, body, "take", typed=SLUG_2021)).status_code == 303
    assert await counts(site) == (0, 0)
