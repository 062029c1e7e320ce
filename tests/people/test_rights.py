"""Who organises: roles given and taken, never one's own, never the last one; devices that are signed out; the second factor."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import select

from conference.base.audit import AuditEntry
from conference.base.errors import Conflict, NotAllowed
from conference.base.ids import digest
from conference.people.actions import end_device, give_role, make_organiser, real_now, take_role
from conference.people.model import Person, Role, SignedIn, SignInWay
from conference.people.store import devices_of, organisers_of
from tests.site import SLUG_2021, SLUG_2024, Site, open_site

DESK = f"/desk/{SLUG_2021}/closing"


@pytest.fixture
async def site(tmp_path: Path, database_url: str) -> AsyncIterator[Site]:
    async with open_site(tmp_path, database_url, conferences=("2021", "2024")) as opened:
        yield opened


async def take(site: Site, person: Person, by: Person) -> str:
    try:
        async with site.services.db.work() as work:
            await take_role(work, site.services.outbox, person, Role.ORGANISER, by=by.id)
    except (Conflict, NotAllowed) as refused:
        return refused.code
    return "taken"


async def test_nobody_takes_their_own_right_or_the_last_one(site: Site) -> None:
    olga, _ = await site.invite("Olga Beispiel", Role.ORGANISER)
    omar, _ = await site.invite("Omar Beispiel", Role.ORGANISER)
    anna, _ = await site.invite("Anna Beispiel")
    assert await take(site, olga, by=olga) == "own_role"
    assert await take(site, anna, by=olga) == "taken"  # had none: nothing to refuse
    assert sorted(await asyncio.gather(take(site, olga, by=omar), take(site, omar, by=olga))) == ["last_organiser", "taken"]
    async with site.services.db.read() as session:
        left = await organisers_of(session, olga.conference_id)
    assert len(left) == 1
    async with site.services.db.work() as work:
        await give_role(work, site.services.outbox, site.services.ids, anna, Role.ORGANISER, by=left[0].id)
    assert await take(site, left[0], by=anna) == "taken"
    async with site.services.db.read() as session:
        acts = [(entry.act, entry.person_id) for entry in await session.exec(select(AuditEntry).order_by(AuditEntry.at))]  # type: ignore[arg-type]
    assert acts.count(("role given", left[0].id)) == 1
    assert acts.count(("role taken", anna.id)) == 1


async def test_a_right_given_counts_at_the_next_page(site: Site) -> None:
    olga, _ = await site.invite("Olga Beispiel", Role.ORGANISER)
    anna, path = await site.invite("Anna Beispiel")
    device = site.browser()
    await device.post(path)
    assert (await device.get(DESK)).status_code == 403
    async with site.services.db.work() as work:
        assert await give_role(work, site.services.outbox, site.services.ids, anna, Role.ORGANISER, by=olga.id)
        assert not await give_role(work, site.services.outbox, site.services.ids, anna, Role.ORGANISER, by=olga.id)
    assert (await device.get(DESK)).status_code == 200
    assert await take(site, anna, by=olga) == "taken"
    assert (await device.get(DESK)).status_code == 403


async def test_a_device_ends_for_its_people_and_no_others(site: Site) -> None:
    anna, path = await site.invite("Anna Beispiel")
    _, other = await site.invite("Bela Beispiel", slug=SLUG_2024)
    first, second = site.browser(), site.browser()
    first.headers["user-agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    await first.post(path)
    await first.post(other)
    await second.post(path)
    now = real_now(site.clock)
    async with site.services.db.read() as session:
        found = await devices_of(session, [anna.id], now)
    assert {(browser.label, signed.way) for browser, signed in found} == {
        ("Firefox, Linux", SignInWay.LINK),
        (None, SignInWay.LINK),
    }
    async with site.services.db.work() as work:
        browser = digest(first.cookies["meetingpoint"])
        assert await end_device(work, site.services.outbox, browser, [anna], by=anna.id)
        assert not await end_device(work, site.services.outbox, browser, [anna], by=anna.id)
    me = (await first.get("/me")).text
    assert ("Anna Beispiel" in me, "Bela Beispiel" in me) == (False, True)
    assert "Anna Beispiel" in (await second.get("/me")).text


async def test_without_a_second_factor_nobody_organises_where_it_is_asked_for(site: Site) -> None:
    device = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    async with site.services.db.work() as work:
        office = await make_organiser(work, site.services.ids, "office@example.org")
    installation = site.browser()
    await installation.post(f"/sign-in/{office}")
    conference = await site.conference()
    async with site.services.db.work() as work:
        conference.second_factor = work.now
        work.session.add(conference)
    for browser in (device, installation):
        answer = await browser.get(f"{DESK}?moved")
        assert (answer.status_code, answer.headers["location"]) == (
            303, f"/sign-in/factor?next=%2Fdesk%2F{SLUG_2021}%2Fclosing%3Fmoved",
        )  # fmt: skip
        assert (await browser.post(DESK, data={})).status_code == 403
        assert (await browser.get(f"/desk/{SLUG_2024}")).status_code == (200 if browser is installation else 401)
        assert (await browser.get(f"/{SLUG_2021}/")).status_code == 200
        room = f"/{SLUG_2021}/sessions/forum-1"
        assert (await browser.get(f"{room}/talk/questions.csv")).status_code in (303, 403)
        assert (await browser.get(f"{room}/slides")).status_code in (303, 401, 403)
        away = await browser.get(f"{room}/room")
        assert (away.status_code, away.headers["location"].partition("?")[0]) == (303, "/sign-in/factor")
    async with site.services.db.work() as work:
        for row in await work.session.exec(select(SignedIn)):
            row.verified = work.now
            work.session.add(row)
    for browser in (device, installation):
        assert (await browser.get(DESK)).status_code == 200
    # who they are elsewhere is taken along to the next sign-in, factor and all
    _, bela = await site.invite("Bela Beispiel", slug=SLUG_2024)
    await device.post(bela)
    assert (await device.get(DESK)).status_code == 200
