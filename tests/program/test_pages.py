"""Program pages as readers and calendars get them, and what open pages learn when the clock or the program moves on."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from icalendar import Calendar

from conference.access.store import conference_by_slug
from conference.program.actions import tell_program
from conference.program.store import session_by_slug
from tests.site import MOMENTS, SLUG_2021, SLUG_2024, Site, open_site


@pytest.fixture(scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    folder: Path = tmp_path_factory.mktemp("program")
    async with open_site(folder, conferences=("2021", "2024")) as opened:
        yield opened


@pytest.fixture(autouse=True)
def live(site: Site) -> None:
    site.clock.jump_to(MOMENTS["live"])


async def test_the_program_shows_now_the_parallel_forums_and_the_zone(site: Site) -> None:
    page = (await site.browser().get(f"/{SLUG_2021}/program")).text
    assert "Dienstag, 4. Mai 2021" in page
    assert "Europe/Berlin" in page
    assert 'class="parallel of-3"' in page
    assert page.count("is-live") >= 3
    assert "10:50" in page
    english = (await site.browser("en").get(f"/{SLUG_2021}/program")).text
    assert '<html lang="en">' in english
    assert "Tuesday, 4 May 2021" in english


async def test_a_session_on_site_has_an_address_and_no_way_to_join(site: Site) -> None:
    site.clock.jump_to(MOMENTS["live"].replace(year=2024, month=10, day=24, hour=9))
    page = (await site.browser().get(f"/{SLUG_2024}/program")).text
    assert "Stadtoase" in page
    assert "/room" not in page


async def test_the_calendar_has_stable_uids_sequence_and_its_zone(site: Site) -> None:
    browser = site.browser()
    answer = await browser.get(f"/{SLUG_2021}/program.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    before = Calendar.from_ical(answer.content)
    assert [zone["TZID"] for zone in before.walk("VTIMEZONE")] == ["Europe/Berlin"]
    events = {str(event["SUMMARY"]): event for event in before.walk("VEVENT")}
    assert len(events) == len(before.walk("VEVENT")) >= 5
    conference = await site.conference()
    async with site.services.db.work() as work:
        forum = await session_by_slug(work.session, conference.id, "forum-1")
        forum.starts += timedelta(minutes=5)
        forum.sequence += 1
        work.session.add(forum)
        tell_program(work, site.services.outbox, conference.id)
    after = Calendar.from_ical((await browser.get(f"/{SLUG_2021}/program.ics")).content)
    for event in after.walk("VEVENT"):
        old = events[str(event["SUMMARY"])]
        assert event["UID"] == old["UID"]
        moved = event.decoded("DTSTART") - old.decoded("DTSTART")
        assert (moved > timedelta(0)) == (int(event["SEQUENCE"]) > int(old["SEQUENCE"]))
        assert event.decoded("DTSTART").tzinfo is not None
    one = Calendar.from_ical((await browser.get(f"/{SLUG_2021}/sessions/forum-2.ics")).content)
    assert len(one.walk("VEVENT")) == 1


async def test_a_page_from_the_cache_is_never_older_than_the_last_commit(site: Site) -> None:
    browser = site.browser()
    path = f"/{SLUG_2021}/program"
    first = (await browser.get(path)).text
    assert (await browser.get(path)).text == first
    conference = await site.conference()
    for title in ("Umbenannt eins", "Umbenannt zwei"):
        async with site.services.db.work() as work:
            panel = await session_by_slug(work.session, conference.id, "panel")
            panel.title = {"de": title}
            work.session.add(panel)
            tell_program(work, site.services.outbox, conference.id)
        assert title in (await browser.get(path)).text


async def test_a_cached_page_follows_the_clock_and_ends_with_the_conference(site: Site) -> None:
    browser = site.browser()
    path = f"/{SLUG_2021}/"
    assert re.search(r'class="now"', (await browser.get(path)).text)
    site.clock.jump_to(MOMENTS["archive"])
    assert not re.search(r'class="now"', (await browser.get(path)).text)
    site.clock.jump_to(MOMENTS["closed"] - timedelta(days=1, hours=-14))
    await browser.get(path)
    async with site.services.db.read() as session:
        closes = (await conference_by_slug(session, SLUG_2021)).closes
    site.clock.jump_to(closes - timedelta(seconds=1))
    assert (await browser.get(path)).status_code == 200
    site.clock.advance(seconds=1)
    assert (await browser.get(path)).status_code == 410


async def test_strangers_and_persons_get_different_pages_from_the_same_address(site: Site) -> None:
    stranger, person = site.browser(), await site.signed_in("Paula Beispiel")
    path = f"/{SLUG_2021}/"
    assert "Paula Beispiel" not in (await stranger.get(path)).text
    assert "Paula Beispiel" in (await person.get(path)).text
    assert "Paula Beispiel" not in (await stranger.get(path)).text
