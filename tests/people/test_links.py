"""Personal links: they name the person, act only on POST, work again and again until closing, and are stored as hashes."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import select

from conference.base.errors import Invalid
from conference.base.jobs import Job, Worker
from conference.base.mail import KIND, mail_handlers
from conference.people.actions import make_organiser, revoke
from conference.people.model import BrowserSession, Role, SignInLink
from conference.worker import forget_old
from tests.site import MOMENTS, SLUG_2021, Site, open_site


@pytest.fixture
async def site(tmp_path: Path, database_url: str) -> AsyncIterator[Site]:
    async with open_site(tmp_path, database_url) as opened:
        yield opened


async def test_a_link_names_the_person_and_acts_only_on_post(site: Site) -> None:
    _, link = await site.invite("Mara Beispiel")
    scanner = site.browser()
    for _ in range(3):
        page = await scanner.get(link)
        assert page.status_code == 200
        assert "Mara Beispiel" in page.text
        assert "set-cookie" not in page.headers
    assert (await scanner.head(link)).status_code in (200, 405)
    assert (await scanner.get("/me")).status_code == 401

    person = site.browser()
    answer = await person.post(link)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/{SLUG_2021}/"
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert "Mara Beispiel" in (await person.get("/me")).text


async def test_a_link_works_on_several_devices_and_after_another_was_sent(site: Site) -> None:
    _, first = await site.invite("Mara Beispiel")
    _, second = await site.invite("Mara Beispiel")
    for link in (first, second, first):
        device = site.browser()
        assert (await device.post(link)).status_code == 303
        assert (await device.get("/me")).status_code == 200


async def test_another_person_on_the_same_device_is_named_and_replaced(site: Site) -> None:
    _, mara = await site.invite("Mara Beispiel")
    _, jonas = await site.invite("Jonas Beispiel")
    device = site.browser()
    await device.post(mara)
    page = await device.get(jonas)
    assert "Jonas Beispiel" in page.text
    assert "Mara Beispiel" in page.text  # who is signed in here now
    assert 'href="/sign-in"' in page.text
    await device.post(jonas)
    me = (await device.get("/me")).text
    assert "Jonas Beispiel" in me
    assert "Mara Beispiel" not in me


async def test_the_cookie_changes_at_every_sign_in_and_the_old_one_is_dead(site: Site) -> None:
    _, mara = await site.invite("Mara Beispiel")
    device = site.browser()
    await device.post(mara)
    old = device.cookies["meetingpoint"]
    await device.post(mara)
    assert device.cookies["meetingpoint"] != old
    thief = site.browser()
    thief.cookies.set("meetingpoint", old)
    assert (await thief.get("/me")).status_code == 401


async def test_signing_out_ends_the_session_on_the_server(site: Site) -> None:
    device = await site.signed_in("Mara Beispiel")
    cookie = device.cookies["meetingpoint"]
    assert (await device.post("/sign-out")).status_code == 303
    device.cookies.set("meetingpoint", cookie)
    assert (await device.get("/me")).status_code == 401


async def test_revoking_ends_links_and_signed_in_browsers_and_a_new_link_works(site: Site) -> None:
    person, link = await site.invite("Mara Beispiel")
    device = site.browser()
    await device.post(link)
    async with site.services.db.work() as work:
        await revoke(work, site.services.outbox, person.id)
    assert (await device.get("/me")).status_code == 401
    assert (await site.browser().get(link)).status_code == 404
    assert (await site.browser().post(link)).status_code == 404
    _, fresh = await site.invite("Mara Beispiel")
    assert (await site.browser().post(fresh)).status_code == 303


async def test_links_work_until_closing_and_organisers_beyond(site: Site) -> None:
    _, attendee = await site.invite("Mara Beispiel")
    _, organiser = await site.invite("Olga Beispiel", Role.ORGANISER)
    site.clock.jump_to(MOMENTS["closed"])
    assert (await site.browser().post(attendee)).status_code == 410
    assert (await site.browser().get(attendee)).status_code == 410
    device = site.browser()
    assert (await device.post(organiser)).status_code == 303
    assert (await device.get(f"/desk/{SLUG_2021}/closing")).status_code == 200


async def test_nothing_in_the_database_lets_its_reader_sign_in(site: Site) -> None:
    _, link = await site.invite("Mara Beispiel")
    device = site.browser()
    await device.post(link)
    secret, cookie = link.rpartition("/")[2], device.cookies["meetingpoint"]
    async with site.services.db.read() as session:
        digests = [row.digest for row in (await session.exec(select(SignInLink))).all()]
        digests += [row.digest for row in (await session.exec(select(BrowserSession))).all()]
    assert secret not in digests
    assert cookie not in digests
    for digest in digests:
        assert (await site.browser().get(f"/sign-in/{digest}")).status_code == 404


async def test_an_unknown_link_says_what_to_do(site: Site) -> None:
    for language, words in (("de", "Dieser Link ist nicht gültig"), ("en", "This link is not valid")):
        page = await site.browser(language).get("/sign-in/nonsense")
        assert page.status_code == 404
        assert words in page.text
        assert 'href="/sign-in"' in page.text


async def test_guesses_are_counted_and_a_hall_behind_one_address_is_not(site: Site) -> None:
    links = [(await site.invite(f"Gast {number}"))[1] for number in range(40)]
    for link in links:
        assert (await site.browser().get(link)).status_code == 200
        assert (await site.browser().post(link)).status_code == 303
    guesses = [(await site.browser().get(f"/sign-in/{number:043}")).status_code for number in range(61)]
    assert guesses == [404] * 60 + [429]
    assert (await site.browser().post(links[0])).status_code == 303
    again = [(await site.browser().get(links[1])).status_code for _ in range(60)]
    assert again[-1] == 429


async def test_send_me_my_link_again(site: Site) -> None:
    person, _ = await site.invite("Mara Beispiel")
    known = await site.browser().post("/sign-in", data={"email": " Mara.Beispiel@EXAMPLE.org "})
    unknown = await site.browser().post("/sign-in", data={"email": "nobody@example.org"})
    assert known.text == unknown.text  # nobody learns who is invited
    handlers = mail_handlers(site.mail)
    worker = Worker(site.services.db, site.services.clock, site.services.ids, handlers)
    while await worker.run_once():
        pass
    assert [letter.to for letter in site.mail.letters] == [person.email]
    link = re.search(r"http://127\.0\.0\.1:8000(/sign-in/\S+)", site.mail.letters[0].text)
    assert link
    device = site.browser()
    assert (await device.post(link[1])).status_code == 303


async def test_a_letter_that_nobody_took_does_not_keep_its_link_for_ever(site: Site) -> None:
    await site.invite("Mara Beispiel")
    await site.browser().post("/sign-in", data={"email": "mara.beispiel@example.org"})

    async def refused(_job: Job) -> None:
        raise Invalid("mail_refused")

    worker = Worker(site.services.db, site.services.clock, site.services.ids, {KIND: refused})
    while await worker.run_once():
        pass
    for left in (1, 0):
        await forget_old(site.services)
        async with site.services.db.read() as session:
            assert len((await session.exec(select(Job))).all()) == left
        site.clock.advance(hours=25)


async def test_asking_too_often_is_refused_for_a_while(site: Site) -> None:
    """A mailbox gets three letters in ten minutes, whoever asks; many people behind one router may ask, each for their own."""
    answers = [(await site.browser().post("/sign-in", data={"email": "a@example.org"})).status_code for _ in range(5)]
    assert answers == [200, 200, 200, 429, 429]
    assert (await site.browser().post("/sign-in", data={"email": "b@example.org"})).status_code == 200
    site.clock.advance(minutes=10)
    assert (await site.browser().post("/sign-in", data={"email": "a@example.org"})).status_code == 200


async def test_a_wrong_address_is_named_and_kept_in_the_form(site: Site) -> None:
    page = await site.browser().post("/sign-in", data={"email": "keine adresse"})
    assert page.status_code == 422
    assert 'value="keine adresse"' in page.text


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil", "/a\nb"])
async def test_no_redirect_leads_away(site: Site, target: str) -> None:
    _, link = await site.invite("Mara Beispiel")
    for answer in (
        await site.browser().post(link, data={"next": target}),
        await site.browser().post("/language", data={"lang": "en", "next": target}),
    ):
        assert answer.status_code == 303
        assert "evil" not in answer.headers["location"]


async def test_a_guest_gives_a_name_and_enters_only_where_guests_are_welcome(site: Site) -> None:
    site.clock.jump_to(MOMENTS["doors"])
    guest = site.browser()
    assert (await guest.get(f"/{SLUG_2021}/sessions/forum-1/guest")).status_code == 404
    assert (await guest.post(f"/{SLUG_2021}/sessions/panel/guest", data={"name": "  "})).status_code == 422
    answer = await guest.post(f"/{SLUG_2021}/sessions/panel/guest", data={"name": "Gerd Gast\u202e"})
    assert answer.headers["location"] == f"/{SLUG_2021}/sessions/panel/room?join"
    assert "Gerd Gast" in (await guest.get("/me")).text


async def test_a_guest_of_one_session_is_a_stranger_to_all_else(site: Site) -> None:
    site.clock.jump_to(MOMENTS["doors"])
    guest, attendee = site.browser(), await site.signed_in("Mara Beispiel")
    await guest.post(f"/{SLUG_2021}/sessions/panel/guest", data={"name": "Gerd Gast"})
    site.clock.jump_to(MOMENTS["live"])
    film = f"/{SLUG_2021}/cards/heimathuegel-beispieltal/media/video.mp4"
    assert [(await each.get(film)).status_code for each in (attendee, guest, site.browser())] == [302, 404, 404]
    room = f"/{SLUG_2021}/sessions/forum-1/room"
    assert [(await each.get(room)).status_code for each in (attendee, guest, site.browser())] == [200, 409, 401]


async def test_signing_in_brings_nobody_along_whose_time_in_this_browser_is_over(site: Site) -> None:
    _, mine = await site.invite("Jonas Beispiel")
    async with site.services.db.work() as work:
        office = await make_organiser(work, site.services.ids, "olga@example.org")
    device, desk = site.browser(), f"/desk/{SLUG_2021}/closing"
    await device.post(f"/sign-in/{office}")
    await device.post(mine)
    assert (await device.get(desk)).status_code == 200  # an organiser of the installation stays one beside it
    async with site.services.db.work() as work:
        for browser in (await work.session.exec(select(BrowserSession))).all():
            browser.expires = browser.created
            work.session.add(browser)
    await device.post(mine)
    assert (await device.get(desk)).status_code == 403
