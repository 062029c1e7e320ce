"""Moving the closing date: audited, in every channel, both ways; the farewell page and its exceptions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conference.people.model import Role
from tests.site import MOMENTS, SLUG_2021, Site, open_site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as opened:
        opened.clock.jump_to(MOMENTS["archive"])
        yield opened


DESK = f"/desk/{SLUG_2021}/closing"
PAGES = ("", "program", "program.ics", "forums", "sessions/forum-1", "sessions/forum-1.ics", "cards", "cards/wendlandleben")


async def test_an_organiser_closes_earlier_and_reopens(site: Site) -> None:
    organiser, stranger = await site.signed_in("Olga Beispiel", Role.ORGANISER), site.browser()
    answer = await organiser.post(DESK, data={"until": "2021-05-05T12:00", "reason": "Versehen"})
    assert answer.status_code == 303
    await site.services.live.catch_up()
    for page in PAGES:
        gone = await stranger.get(f"/{SLUG_2021}/{page}")
        assert gone.status_code == 410, page
        assert "no-store" in gone.headers["cache-control"]
        assert "noindex" in gone.headers["x-robots-tag"]
        assert (await organiser.get(f"/{SLUG_2021}/{page}")).status_code == 200, page
    assert (await stranger.get(f"/{SLUG_2021}/legal/imprint")).status_code == 200

    await organiser.post(DESK, data={"until": "2021-06-30T18:00", "reason": "Viele Nachfragen"})
    await site.services.live.catch_up()
    for page in PAGES:
        assert (await stranger.get(f"/{SLUG_2021}/{page}")).status_code == 200, page
    history = (await organiser.get(DESK)).text
    assert "Versehen" in history
    assert "Viele Nachfragen" in history
    assert history.count("Olga Beispiel") >= 2


async def test_the_farewell_page_links_what_remains_and_that_is_there(site: Site) -> None:
    site.clock.jump_to(MOMENTS["closed"])
    stranger = site.browser()
    farewell = await stranger.get(f"/{SLUG_2021}/")
    assert farewell.status_code == 410
    pdf = f"/{SLUG_2021}/sessions/forum-1/results/ergebnisse.pdf"
    assert f'href="{pdf}"' in farewell.text
    answer = await stranger.get(pdf)
    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF-")
    assert (await stranger.get(f"/{SLUG_2021}/sessions/forum-1/results")).status_code == 200


async def test_the_office_says_since_when_it_is_closed(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    before = (await organiser.get(f"/desk/{SLUG_2021}")).text
    site.clock.jump_to(MOMENTS["closed"])
    after = (await organiser.get(f"/desk/{SLUG_2021}")).text
    assert ("Offen bis" in before, "Geschlossen seit" in before) == (True, False)
    assert ("Offen bis" in after, "Geschlossen seit" in after) == (False, True)


async def test_wrong_entries_are_named_and_nothing_changes(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    before = (await site.conference()).closes
    for until, reason in (
        ("", "Grund"),
        ("morgen", "Grund"),
        ("2021-05-30T12:00", ""),
        ("2021-05-04T10:00", "Grund"),  # before the day is over
        ("2022-03-27T02:30", "Grund"),  # the clocks go forward over it
        ("9999-12-31T23:59", "Grund"),  # what people enter who mean "never"
        ("0001-01-01T00:00", "Grund"),
    ):
        answer = await organiser.post(DESK, data={"until": until, "reason": reason})
        assert answer.status_code == 422, (until, reason)
        assert 'role="alert"' in answer.text
    assert (await site.conference()).closes == before


async def test_only_organisers_see_the_desk(site: Site) -> None:
    attendee = await site.signed_in("Mara Beispiel")
    assert (await site.browser().get(DESK)).status_code == 401
    assert (await attendee.get(DESK)).status_code == 403
    assert (await attendee.post(DESK, data={"until": "2021-05-30T12:00", "reason": "Grund"})).status_code == 403
    other = await site.signed_in("Otto Beispiel", Role.ORGANISER)
    assert (await other.get(DESK)).status_code == 200


async def test_a_form_sent_by_a_foreign_page_is_refused(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    form = {"until": "2021-05-30T12:00", "reason": "Grund"}
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "origin": "null"},
    ):
        assert (await organiser.post(DESK, data=form, headers=headers)).status_code == 403
