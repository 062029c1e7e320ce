"""The slides over HTTP, as each kind of visitor meets them: who sees them, who turns them, what stands on them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlmodel import col, select

from conference.people.model import Role
from conference.program.model import Billing, Session
from conference.results.model import ClosingShow, Finding
from tests.results.closing.conftest import IN_THE_PLENARY
from tests.site import MOMENTS, SLUG_2021, SLUG_2024, Site, open_site

CLOSING = f"/{SLUG_2021}/sessions/abschluss/closing"
JSON = {"accept": "application/json"}


async def act(browser: httpx2.AsyncClient, do: str, **fields: str) -> tuple[int, dict[str, Any]]:
    answer = await browser.post(CLOSING, data={"do": do, **fields}, headers=JSON)
    return answer.status_code, answer.json()


async def session_of(site: Site, slug: str) -> Session:
    async with site.services.db.read() as db:
        return (await db.exec(select(Session).where(Session.slug == slug))).one()


async def test_starred_findings_of_the_drafts_stand_on_slides_in_the_order_of_the_program(site: Site) -> None:
    mara = await site.signed_in("Mara Muster")
    answer = await mara.get(CLOSING)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-store"
    page = answer.text
    assert [page.index(f'data-slide="forum-{number}"') for number in (1, 2, 3)] == sorted(
        page.index(f'data-slide="forum-{number}"') for number in (1, 2, 3)
    )
    assert "Zwei Familien lernten sich vor der Rückkehr online kennen" in page  # starred
    assert "schnelles Internet" not in page  # not starred
    assert "Für alle zeigen" in page  # drawn by the script, for whoever may
    assert 'data-leads="no" data-presents=""' in page
    part = (await mara.get(f"{CLOSING}?part")).text
    assert part.lstrip().startswith('<div class="closing-slides"')
    assert "<h1" not in part


async def test_strangers_never_see_them_and_people_do_in_every_state(site: Site) -> None:
    mara, stranger = await site.signed_in("Mara Muster"), site.browser()
    for state, of_strangers, of_people in [
        ("draft", 404, 200), ("announced", 401, 200), ("doors", 401, 200), ("live", 401, 200), ("archive", 401, 200),
        ("closed", 410, 410),
    ]:  # fmt: skip
        site.clock.jump_to(MOMENTS[state])
        assert ((await stranger.get(CLOSING)).status_code, (await mara.get(CLOSING)).status_code) == (of_strangers, of_people), (
            state
        )


async def test_the_plenarys_page_leads_to_them_for_people_with_a_role(site: Site) -> None:
    mara, stranger = await site.signed_in("Mara Muster"), site.browser()
    link = f'href="{CLOSING}"'
    pages = [(await browser.get(CLOSING.removesuffix("/closing"))).text for browser in (mara, stranger)]
    assert [link in page for page in pages] == [True, False]
    assert "/closing" not in (await mara.get(f"/{SLUG_2021}/sessions/panel")).text


async def test_other_sessions_have_no_slides_and_a_first_plenary_has_none_to_show(site: Site) -> None:
    olga = await site.signed_in("Olga Orga", Role.ORGANISER)
    assert (await olga.get(f"/{SLUG_2021}/sessions/forum-1/closing")).status_code == 404
    assert (await olga.get(f"/{SLUG_2021}/sessions/nirgends/closing")).status_code == 404
    opening = f"/{SLUG_2021}/sessions/panel/closing"
    assert "Vor diesem Plenum liegt weder ein Forum" in (await olga.get(opening)).text
    answer = await olga.post(opening, data={"do": "begin"}, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (409, "closing_empty")


async def test_whoever_leads_turns_for_all(site: Site) -> None:
    lea = await site.signed_in("Lea Leitung", Role.MODERATOR, session="abschluss")
    assert await act(lea, "turn", slide="forum-1") == (
        409,
        {"code": "closing_off", "text": "Die Folien werden gerade nicht gezeigt."},
    )
    _, now = await act(lea, "begin")
    assert (now["running"], now["shown"], [slug for slug, _ in now["slides"]]) == (True, None, ["forum-1", "forum-2", "forum-3"])
    _, now = await act(lea, "turn", slide="forum-2")
    assert now["shown"] == "forum-2"
    assert (await act(lea, "turn", slide="forum-9"))[0] == 404
    _, now = await act(lea, "light")
    assert now["light"] == {"since": datetime.fromtimestamp(site.clock.real(), UTC).isoformat(), "seconds": 120}
    _, again = await act(lea, "begin")  # nothing changes
    assert (again["shown"], again["light"]) == ("forum-2", now["light"])
    _, now = await act(lea, "turn", slide="")
    assert (now["shown"], now["light"]) == (None, None)  # turning puts the light out
    _, now = await act(lea, "end")
    assert now["running"] is False
    assert (await act(lea, "fly"))[0] == 422
    answer = await lea.post(CLOSING, data={"do": "begin"})  # without scripts
    assert (answer.status_code, answer.headers["location"]) == (303, CLOSING)
    assert 'name="slide" value="forum-3"' in (await lea.get(CLOSING)).text


async def test_moderators_of_a_forum_turn_and_light_while_their_slide_is_on(site: Site) -> None:
    lea = await site.signed_in("Lea Leitung", Role.MODERATOR, session="abschluss")
    milan = await site.signed_in("Milan Muster", Role.MODERATOR, session="forum-2")
    assert 'data-leads="no" data-presents="forum-2"' in (await milan.get(CLOSING)).text
    assert (await act(milan, "begin"))[1]["code"] == "closing_lead"
    await act(lea, "begin")
    assert (await act(milan, "turn", slide="forum-2"))[1]["code"] == "closing_turn"
    await act(lea, "turn", slide="forum-2")
    assert (await act(milan, "light"))[0] == 200
    assert (await act(milan, "turn", slide="forum-3"))[1]["shown"] == "forum-3"
    assert (await act(milan, "turn", slide="forum-1"))[1]["code"] == "closing_turn"
    assert (await act(milan, "end"))[1]["code"] == "closing_lead"


@pytest.mark.parametrize("role", [Role.ATTENDEE, Role.SPEAKER, Role.NOTE_TAKER])
async def test_nobody_else_turns(site: Site, role: Role) -> None:
    status, said = await act(await site.signed_in("Wer Anders", role, session="forum-1"), "begin")
    assert (status, said["code"]) == (403, "closing_lead")


async def test_turning_is_limited(site: Site) -> None:
    lea = await site.signed_in("Lea Leitung", Role.MODERATOR, session="abschluss")
    answers = [(await act(lea, "fly"))[0] for _ in range(42)]
    assert (answers[:40], answers[-1]) == ([422] * 40, 429)


async def test_guests_look_while_the_slides_are_on_the_stage_that_they_were_let_to(site: Site) -> None:
    async with site.services.db.work() as work:
        plenary = (await work.session.exec(select(Session).where(Session.slug == "abschluss"))).one()
        plenary.guests = True
        work.session.add(plenary)
    guest = site.browser()
    answer = await guest.post(f"/{SLUG_2021}/sessions/abschluss/guest", data={"name": "Gast Muster"})
    assert answer.status_code == 303, answer.text
    lea = await site.signed_in("Lea Leitung", Role.MODERATOR, session="abschluss")
    assert (await guest.get(CLOSING)).status_code == 403
    await act(lea, "begin")
    assert (await guest.get(CLOSING)).status_code == 200
    assert (await act(guest, "end"))[1]["code"] == "closing_lead"
    site.clock.jump_to(MOMENTS["archive"])
    assert (await guest.get(CLOSING)).status_code in (401, 403)


async def test_what_people_wrote_is_text_and_moderators_are_named(site: Site) -> None:
    forum = await session_of(site, "forum-1")
    async with site.services.db.work() as work:
        starred = select(Finding).where(Finding.session_id == forum.id, col(Finding.key).is_(True))
        finding = (await work.session.exec(starred)).first()
        assert finding is not None
        finding.text = {"de": "<script>alert(1)</script> & #set page()"}
        work.session.add(finding)
        work.session.add(
            Billing(id="m", session_id=forum.id, position=9, name="Ada Muster", role="moderator", title={}, affiliation={})
        )
    mara = await site.signed_in("Mara Muster")
    page = (await mara.get(CLOSING)).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; #set page()" in page
    assert "Moderation: Ada Muster" in page
    english = await mara.get(CLOSING, headers={"accept-language": "en"})
    assert "Key findings of the forums" in english.text


async def test_a_forum_without_stars_says_so_and_rounds_are_marked(tmp_path: Path) -> None:
    async with open_site(tmp_path, conferences=("2024",)) as site:
        site.clock.jump_to(datetime(2024, 10, 24, 13, 15, tzinfo=UTC))
        mara = await site.signed_in("Mara Muster", slug=SLUG_2024)
        rooms = await session_of(site, "themenraum-1")
        async with site.services.db.work() as work:
            for finding in await work.session.exec(select(Finding)):
                finding.key, finding.round = finding.session_id == rooms.id, 2
                work.session.add(finding)
        page = (await mara.get(f"/{SLUG_2024}/sessions/erkenntnisse/closing")).text
    slides = page.split('data-slide="')[2:]
    assert [slide.partition('"')[0] for slide in slides] == [f"themenraum-{number}" for number in (1, 2, 3, 4)]
    assert "Runde 2" in slides[0]
    assert ["noch keine zentrale Erkenntnis" in slide for slide in slides] == [False, True, True, True]


async def test_a_session_moved_behind_the_plenary_leaves_the_slides(site: Site) -> None:
    lea = await site.signed_in("Lea Leitung", Role.MODERATOR, session="abschluss")
    await act(lea, "begin")
    await act(lea, "turn", slide="forum-3")
    async with site.services.db.work() as work:
        forum = (await work.session.exec(select(Session).where(Session.slug == "forum-3"))).one()
        forum.starts += timedelta(hours=3)
        forum.ends += timedelta(hours=3)
        work.session.add(forum)
    page = (await lea.get(CLOSING)).text
    assert 'data-slide="forum-3"' not in page
    assert (await act(lea, "light"))[1]["shown"] is None


async def test_two_begin_and_turn_at_once_on_either_database(database_url: str, tmp_path: Path) -> None:
    async with open_site(tmp_path, database_url) as site:
        site.clock.jump_to(IN_THE_PLENARY)
        lea = await site.signed_in("Lea Leitung", Role.MODERATOR, session="abschluss")
        olga = await site.signed_in("Olga Orga", Role.ORGANISER)
        begun = await asyncio.gather(act(lea, "begin"), act(olga, "begin"))
        assert [(status, now["running"]) for status, now in begun] == [(200, True)] * 2
        await asyncio.gather(act(lea, "turn", slide="forum-1"), act(olga, "turn", slide="forum-1"))
        await asyncio.gather(act(lea, "light"), act(olga, "light"))
        async with site.services.db.read() as db:
            [show] = list(await db.exec(select(ClosingShow)))
        assert (show.running, show.shown, show.light_from) == (True, "forum-1", datetime.fromtimestamp(site.clock.real(), UTC))


async def test_the_page_says_who_leads_and_names_no_key_that_does_nothing(site: Site) -> None:
    """The light's key to those who may press it; to a forum's moderation who leads, and when the slides are theirs."""
    lea = await site.signed_in("Lea Leitung", Role.MODERATOR, session="abschluss")
    milan = await site.signed_in("Milan Muster", Role.MODERATOR, session="forum-2")
    anna = await site.signed_in("Anna Beispiel", Role.ATTENDEE)
    pages = [(await one.get(CLOSING)).text for one in (lea, milan, anna)]
    assert ["startet das Licht" in page or "T das Licht" in page for page in pages] == [True, True, False]
    assert ["Die Folien führt" in page for page in pages] == [False, True, False]
    assert "Solange die Folie Ihres Forums gezeigt wird" in pages[1]
