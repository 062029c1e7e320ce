"""What is kept for some seconds is forgotten by every commit that is not known to leave it as it is."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import update
from sqlmodel import col

from conference.access.model import Conference
from conference.people.model import Person
from conference.web.recent import MOST, Recent
from tests.site import SLUG_2021, open_site


async def test_nothing_is_kept_unless_it_was_asked_for() -> None:
    asked = []

    async def load() -> int:
        asked.append(1)
        return len(asked)

    recent = Recent()
    assert [await recent.get("key", load) for _ in range(2)] == [1, 2]
    recent.keep(harmless={"chat"})
    assert [await recent.get("key", load) for _ in range(2)] == [3, 3]
    recent.committed({"chat"})
    assert await recent.get("key", load) == 3
    recent.committed({"chat", "people"})
    assert await recent.get("key", load) == 4
    recent.committed(())
    assert await recent.get("key", load) == 5


async def test_what_was_read_before_a_commit_is_not_kept_after_it() -> None:
    recent = Recent()
    recent.keep(harmless=())

    async def load() -> str:
        recent.committed({"people"})
        return "old"

    async def again() -> str:
        return "new"

    assert await recent.get("key", load) == "old"
    assert await recent.get("key", again) == "new"


async def test_what_is_kept_is_old_after_some_seconds() -> None:
    recent = Recent()
    recent.keep(harmless=(), seconds=-1.0)

    async def load() -> object:
        return object()

    assert await recent.get("key", load) is not await recent.get("key", load)


async def test_what_is_old_or_too_much_is_let_go() -> None:
    async def load() -> int:
        return 1

    recent = Recent()
    recent.keep(harmless=(), seconds=0.001)
    for key in range(20):
        await recent.get(key, load)
        await asyncio.sleep(0.002)
    assert len(recent._kept) == 1
    recent.keep(harmless=(), seconds=100)
    for key in range(MOST + 5):
        await recent.get(key, load)
    assert len(recent._kept) <= MOST


async def test_a_change_that_nobody_is_told_of_shows_at_once(tmp_path: Path) -> None:
    async with open_site(tmp_path) as site:
        browser = await site.signed_in("Anna Beispiel")
        person = await site.invite("Anna Beispiel")
        page = f"/{SLUG_2021}/program"
        assert "Anna Beispiel" in (await browser.get(page)).text
        async with site.services.db.work() as work:
            await work.session.exec(update(Person).where(col(Person.id) == person[0].id).values(name="Berta Beispiel"))
        assert "Berta Beispiel" in (await browser.get(page)).text
        async with site.services.db.work() as work:
            await work.session.exec(update(Conference).values(motto={"de": "Ein neues Motto", "en": "A new motto"}))
        assert "Ein neues Motto" in (await browser.get(page)).text
        await browser.post("/sign-out")
        assert "Berta Beispiel" not in (await browser.get(page)).text
