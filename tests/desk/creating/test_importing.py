"""A file over a conference that is there: what it does not speak of stays, what it would take away is asked for."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
import yaml

from conference.access.model import Conference, State
from conference.cards.store import cards_in
from conference.initiatives.store import initiatives_in
from conference.people.model import Role
from conference.program.drafts import program_planned, save_plan
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


def moved(**times: object) -> bytes:
    settings = yaml.safe_load(part_of_it())["conference"]
    return part_of_it(conference=settings | {"times": settings["times"] | times})


async def test_a_file_neither_announces_nor_closes_nor_purges(site: Site) -> None:
    organiser, before = await site.signed_in("Olga", Role.ORGANISER), await site.conference()
    async with site.services.db.work() as work:
        row = await work.session.get_one(Conference, before.id)
        row.announced = None
        work.session.add(row)
    old = {name: f"2020-05-0{n}T10:00" for n, name in enumerate(("announced", "doors", "live", "archive", "closes", "purge"), 1)}
    assert "Ankündigung, Schließung und Löschung bleiben" in (await send(organiser, moved(**old), "look")).text
    for body in (part_of_it(), moved(**old), moved(live="2021-05-04T09:45", purge="2021-05-20T10:00")):
        assert (await send(organiser, body, "take")).status_code == 303
        now = await site.conference()
        assert (now.announced, now.closes, now.purge) == (None, before.closes, before.purge)
    assert (now.doors, now.archive) == (before.doors, before.archive)
    assert now.live == datetime(2021, 5, 4, 7, 45, tzinfo=UTC)


async def test_whoever_looked_at_another_edition_is_told_and_nothing_is_written(site: Site) -> None:
    organiser = await site.signed_in("Olga", Role.ORGANISER)
    looked = await send(organiser, part_of_it(), "look")
    edition = re.search(r'name="edition" value="([\d.]+)"', looked.text)
    assert edition is not None
    async with site.services.db.work() as work:
        row = await work.session.get_one(Conference, (await site.conference()).id)
        row.motto, row.version = {"de": "Anders"}, row.version + 1
        work.session.add(row)
    refused = await send(organiser, part_of_it(), "take", edition=edition[1])
    assert (refused.status_code, (await site.conference()).motto) == (409, {"de": "Anders"})
    again = re.search(r'name="edition" value="([\d.]+)"', refused.text)
    assert again is not None
    assert (await send(organiser, part_of_it(), "take", edition=again[1])).status_code == 303


async def test_what_was_planned_for_a_session_goes_when_the_file_replaces_it(site: Site) -> None:
    organiser, conference = await site.signed_in("Olga", Role.ORGANISER), await site.conference()
    async with site.services.db.work() as work:
        for each in (await program_planned(work.session, conference.id))[:2]:
            plan = dataclasses.replace(each.plan, summary={"de": "Geplant"})
            await save_plan(work, site.services, conference, State.LIVE, plan, seen=None, by=None)
    entries = yaml.safe_load((DEMO / "2021" / "conference.yaml").read_text())["sessions"]
    for entry in entries:
        entry.pop("results", None)
    async with site.services.db.read() as session:
        first, second = (await program_planned(session, conference.id))[:2]
    next(entry for entry in entries if entry["slug"] == first.plan.slug)["title"] = {"de": "Ganz neu"}
    body = part_of_it(sessions=entries)
    assert "die verworfen werden" in (await send(organiser, body, "look")).text
    assert (await send(organiser, body, "take")).status_code == 303
    async with site.services.db.read() as session:
        drafted = {each.plan.slug for each in await program_planned(session, conference.id) if each.drafted}
    assert drafted == {second.plan.slug}
