"""The nights when the clocks change: what is typed is kept, closing holds to the second, nobody gains or loses an hour unseen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from conference.people.model import Role
from tests.site import MOMENTS, SLUG_2021, Site, open_site

SECOND = timedelta(seconds=1)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as opened:
        opened.clock.jump_to(MOMENTS["archive"])
        yield opened


@pytest.mark.parametrize(
    ("typed", "instant"),
    [
        ("2021-10-31T00:00", datetime(2021, 10, 30, 22, tzinfo=UTC)),  # the midnight before: still summer time
        ("2021-10-31T02:30", datetime(2021, 10, 31, 0, 30, tzinfo=UTC)),  # comes twice: the first time counts
        ("2021-10-31T03:00", datetime(2021, 10, 31, 2, tzinfo=UTC)),
        ("2021-11-01T00:00", datetime(2021, 10, 31, 23, tzinfo=UTC)),  # that day had 25 hours
        ("2022-03-27T00:00", datetime(2022, 3, 26, 23, tzinfo=UTC)),
        ("2022-03-27T03:00", datetime(2022, 3, 27, 1, tzinfo=UTC)),  # the second after 01:59:59
        ("2022-03-28T00:00", datetime(2022, 3, 27, 22, tzinfo=UTC)),  # that day had 23 hours
    ],
)
async def test_closing_in_such_a_night_holds_to_the_second(site: Site, typed: str, instant: datetime) -> None:
    organiser, stranger = await site.signed_in("Olga Beispiel", Role.ORGANISER), site.browser()
    page = f"/desk/{SLUG_2021}/closing"
    assert (await organiser.post(page, data={"until": typed, "reason": "Nacht der Zeitumstellung"})).status_code == 303
    await site.services.live.catch_up()
    conference = await site.conference()
    assert conference.closes == instant
    assert conference.purge - conference.closes == timedelta(days=28)
    assert f'value="{typed}"' in (await organiser.get(page)).text
    for moment, status in ((instant - SECOND, 200), (instant, 410)):
        site.clock.jump_to(moment)
        assert (await stranger.get(f"/{SLUG_2021}/program")).status_code == status, moment
    later = await site.signed_in("Otto Beispiel", Role.ORGANISER)  # a browser stays signed in for 60 days
    assert (await later.get(f"/{SLUG_2021}/program")).status_code == 200


async def test_a_time_that_the_night_leaves_out_is_refused_everywhere(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    before = await site.conference()
    page = f"/desk/{SLUG_2021}"
    closing = await organiser.post(f"{page}/closing", data={"until": "2022-03-27T02:30", "reason": "Nacht"})
    form = {
        "version": str(before.version),
        "doors": "2022-03-27T02:30",
        "live": "2022-03-27T02:59",
        "archive": "2022-03-27T05:00",
    }
    times = await organiser.post(f"{page}/settings/times", data=form | {"purge": "2022-04-30"})
    assert (closing.status_code, times.status_code) == (422, 422)
    assert times.text.split("<main")[1].count('aria-invalid="true"') == 2
    assert await site.conference() == before


async def test_a_draft_that_moves_over_the_night_keeps_its_wall_times(site: Site) -> None:
    site.clock.jump_to(MOMENTS["draft"])
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    before = await site.conference()
    moved = {"doors": "2021-10-31T09:30", "live": "2021-10-31T10:00", "archive": "2021-10-31T12:45"}
    form = {"version": str(before.version), "purge": "2021-06-14", "along": "yes"} | moved
    answer = await organiser.post(f"/desk/{SLUG_2021}/settings/times", data=form)
    assert answer.status_code == 303, answer.text.split("<main")[1]
    after = await site.conference()
    assert after.live == datetime(2021, 10, 31, 9, tzinfo=UTC)
    assert after.closes == datetime(2021, 11, 13, 23, tzinfo=UTC)
    assert after.purge == datetime(2021, 12, 11, 23, tzinfo=UTC)
