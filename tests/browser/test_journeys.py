"""Ways through the whole site that people go, in a real browser against all of its processes."""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Error, Page

from conference.demo.cast import read_cast
from conference.demo.guests import Guest, Refused
from tests.browser.conftest import PageFor, Running, Visitor
from tests.browser.reading import Content
from tests.media.browsers.length import in_soak

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CARD = "cards/rueckenwind-beispielkueste"
PICTURE = "[...document.querySelectorAll('#tiles video')].some((one) => one.videoWidth > 0 && one.currentTime > 0)"
IN_ROOM = "!document.getElementById('bar').hidden"


async def until(page: Page, truth: str, seconds: float = 15, what: str = "") -> Any:
    """What the expression is once it is true. (The content policy forbids Playwright's own waiting for a function.)"""
    try:
        async with asyncio.timeout(seconds):
            while not (value := await _now(page, truth)):
                await asyncio.sleep(0.1)
            return value
    except TimeoutError:
        raise AssertionError(f"not within {seconds} s on {page.url}: {what or truth}") from None


async def _now(page: Page, truth: str) -> Any:
    try:
        return await page.evaluate(truth)
    except Error as error:
        if "context was destroyed" not in str(error):
            raise
        return None  # it is on its way to another page


async def media_connections(site: Running) -> float:
    async with site.client() as client:
        figures = (await client.get("/metrics")).text
    found = re.search(r"^meetingpoint_media_connections ([\d.]+)", figures, re.MULTILINE)
    assert found, figures
    return float(found[1])


# -- the attendee


async def test_an_attendee_from_the_invitation_to_the_forum_and_to_what_came_out(site: Running, page_for: PageFor) -> None:
    await site.at("live")
    visitor = await page_for("attendee")
    page = visitor.page
    await visitor.go(site.path())
    await page.click("main .button.main.big")
    await page.wait_for_url("**/forums")
    await page.click(".forum[data-forum='1'] .do a")
    await page.wait_for_url("**/sessions/forum-1/room?join")  # that was the one click
    await until(page, IN_ROOM, what="inside of the room")
    await until(page, PICTURE, 20, "somebody is seen")
    assert await page.evaluate("devicesAsked") == 0, "joining listens; nobody is asked for a device"
    await page.click("header .back")
    await page.wait_for_url("**/sessions/forum-1")
    visitor.clean()

    await site.at("archive")
    await visitor.go(site.path("sessions/forum-1"))
    await page.click("main a.button.main")
    await page.wait_for_url("**/sessions/forum-1/results")
    link = page.locator("main a[href$='.pdf']").first
    assert re.search(r"\(PDF, \d+ KB\)", await link.inner_text()), await link.inner_text()
    pdf = await page.request.get(str(await link.get_attribute("href")))
    assert pdf.status == 200
    assert (await pdf.body()).startswith(b"%PDF")

    await visitor.go(site.path(CARD))
    await page.click("[data-do=play]")
    await until(page, "document.querySelector('video').currentTime > 0.3", what="the card plays")
    await page.click("[data-do=captions]")
    assert await page.get_attribute("[data-do=captions]", "aria-pressed") == "true"
    seek = "document.querySelector('video').currentTime"
    words = (
        "[...document.querySelector('video').textTracks].flatMap((one) => [...(one.activeCues ?? [])]).map((one) => one.text)[0]"
    )
    assert await until(page, words, 20, f"captions are seen, at {await page.evaluate(seek)}")
    visitor.clean()


async def test_from_home_into_the_room_and_out_with_the_keyboard_alone(site: Running, page_for: PageFor) -> None:
    await site.at("live")
    visitor = await page_for("attendee")
    page = visitor.page
    await visitor.go(site.path())
    await tab_to(page, "main .button.main.big")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/forums")
    await tab_to(page, ".forum[data-forum='2'] .do a")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/sessions/forum-2/room?join")
    await until(page, IN_ROOM, what="inside of the room")
    await until(page, "document.getElementById('bar').contains(document.activeElement)", what="the focus came along")
    await until(page, PICTURE, 20, "somebody is seen")
    await page.keyboard.press("End")
    assert await page.evaluate("document.activeElement.id") == "tool-leave"
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/sessions/forum-2")
    visitor.clean(but="/whep/")  # leaving the room may end the connection before its own DELETE comes


async def tab_to(page: Page, target: str, most: int = 80) -> None:
    """Press Tab until the target has the focus; on the way each place is visible, and no place is a trap."""
    seen: list[str] = []
    for _ in range(most):
        await page.keyboard.press("Tab")
        place = await page.evaluate(
            """(target) => { const one = document.activeElement, box = one.getBoundingClientRect(), style = getComputedStyle(one);
            return { found: one.matches(target), name: one.outerHTML.slice(0, 90),
              inside: box.bottom > 0 && box.top < innerHeight,
              ring: style.outlineStyle !== "none" || style.boxShadow !== "none" }; }""",
            target,
        )
        assert place["inside"], f"out of sight: {place['name']}"
        assert place["ring"], f"one cannot see the focus: {place['name']}"
        assert seen[-3:] != [place["name"]] * 3, f"a trap: {place['name']}"
        seen.append(place["name"])
        if place["found"]:
            return
    raise AssertionError(f"{target} is not reached with Tab: {seen}")


# -- time passes


@in_soak
async def test_an_open_program_follows_the_clock_without_being_loaded_again(site: Running, page_for: PageFor) -> None:
    await site.at(datetime.fromisoformat("2021-05-04T10:49:46+02:00"))
    program, home = await page_for(None), await page_for(None, lang="en")
    await program.go(site.path("program"))
    await home.go(site.path())
    # A change of state just before lets open pages load anew at a moment of the next two seconds: that one does not count.
    await home.page.wait_for_timeout(3000)
    for visitor in (program, home):
        await visitor.page.evaluate("window.neverLoadedAgain = true")
    forums = ".slot.is-live[data-starts^='2021-05-04T10:50']"
    assert await program.page.locator(forums).count() == 0
    assert await home.page.locator("#now-next .now [data-forum], #now-next .now .number").count() == 0
    await until(program.page, f'document.querySelectorAll("{forums} article").length === 3', 25, "the forums run")
    await until(home.page, "document.querySelectorAll('#now-next .now article').length === 3", 15, "home says so too")
    for visitor in (program, home):
        assert await visitor.page.evaluate("window.neverLoadedAgain") is True
        visitor.clean()


async def test_an_open_page_hears_of_another_moment(site: Running, page_for: PageFor) -> None:
    await site.at("before")
    visitor = await page_for(None)
    await visitor.go(site.path("program"))
    await site.at("live")
    await until(visitor.page, "document.querySelectorAll('.slot.is-live').length === 1", 10)
    await site.at("closed")
    await until(visitor.page, "document.body.className.includes('kind-closed')", 10, "the farewell page")


# -- the organiser closes and opens again


async def test_the_organiser_moves_the_closing_date_and_everything_ends(site: Running, page_for: PageFor) -> None:
    begin = datetime.fromisoformat("2021-05-04T12:43:00+02:00")
    await site.at(begin)
    organiser, reader, caller = await page_for("organiser"), await page_for(None), await page_for("attendee")
    await reader.go(site.path("program"))
    await caller.go(site.path("sessions/abschluss/room"))
    await caller.page.click("#join")
    await until(caller.page, IN_ROOM, what="inside of the closing session")
    await until_connected(site)
    async with await site.client_of("attendee") as client:
        everything = [link for link in Content((await client.get(site.path())).text).links if link.startswith(site.path())]
        try:
            # It cannot close before its day is over, so the day is shortened to its very end, which is near.
            await move_closing(organiser, site, "2021-05-04T12:45", "Feueralarm")
            await site.at(begin + timedelta(minutes=1, seconds=48))
            film = await signed_film(
                client, site
            )  # signatures go by real time, which no demo shifts: made before the jump it holds
            assert (await client.get(film, headers={"range": "bytes=0-99"})).status_code == 206
            assert (await client.get(site.path("program"))).status_code == 200
            await until(reader.page, "document.body.className.includes('kind-closed')", 20, "the page says farewell")
            await until(caller.page, "document.body.className.includes('kind-closed')", 20, "the room says farewell")
            await until_connected(site, connections=0, seconds=6)
            assert (await client.get(film, headers={"range": "bytes=100-199"})).status_code in (403, 410)
            await everything_is_gone(site, everything)
            async with await site.client_of("organiser") as desk:
                assert (await desk.get(site.path("program"))).status_code == 200
        finally:
            await move_closing(organiser, site, "2021-05-18T00:00", "Falscher Alarm")
        assert (await client.get(site.path("program"))).status_code == 200
    history = await organiser.page.inner_text("table")
    assert history.index("Falscher Alarm") < history.index("Feueralarm"), "the newest first"
    await reader.page.reload()
    assert "kind-program" in str(await reader.page.get_attribute("body", "class"))


async def until_connected(site: Running, connections: int | None = None, seconds: float = 10) -> None:
    """Until the media node has just so many connections (None: any)."""
    async with asyncio.timeout(seconds):
        while (now := await media_connections(site)) != connections and (connections is not None or now == 0):
            await asyncio.sleep(0.1)


async def signed_film(client: Any, site: Running) -> str:
    """The signed address of a card's film, as of now."""
    page = Content((await client.get(site.path(CARD))).text)
    source = next(load for load in page.loads if ".mp4" in load)
    answer = await client.get(source)
    assert answer.status_code == 302, answer.text
    return str(answer.headers["location"])


async def move_closing(organiser: Visitor, site: Running, until: str, reason: str) -> None:
    await organiser.go(f"/desk/{site.slug}/closing")
    await organiser.page.fill("input[name=until]", until)
    await organiser.page.fill("textarea[name=reason]", reason)
    await organiser.page.click("main form button.main")
    await organiser.page.wait_for_url("**/closing?moved")


async def everything_is_gone(site: Running, paths: list[str]) -> None:
    """410 for strangers and people alike, but for what the farewell page names and the legal texts."""
    wrong = []
    for role in (None, "attendee"):
        async with await site.client_of(role) as client:
            farewell = await client.get(site.path())
            assert farewell.status_code == 410
            assert "noindex" in farewell.headers["x-robots-tag"]
            remains = {link for link in Content(farewell.text).links if link.startswith(site.path())}
            more = [site.path(rest) for rest in ("program.ics", "cards", CARD, "sessions/forum-1/room", "sessions/forum-1.ics")]
            for path in {*paths, *more, *remains}:
                legal = "/legal/" in path or path.endswith(("/easy", "/signed"))
                status = (await client.get(path)).status_code
                expected = 200 if legal or (path in remains and path != site.path()) else 410
                wrong += [] if status == expected else [f"{role} {path}: {status}"]
            for document in ("sessions/forum-1/results", "sessions/forum-1/results/ergebnisse.pdf"):
                answer = await client.get(site.path(document), headers={"range": "bytes=0-99"})
                if site.path(document) not in remains and answer.status_code != 410:
                    wrong.append(f"{role} {document}: {answer.status_code}")
    assert not wrong, "\n".join(sorted(wrong))


# -- refusals, in both languages


@pytest.mark.parametrize("lang", ["de", "en"])
async def test_every_refusal_says_what_to_do_next(site: Running, page_for: PageFor, lang: str) -> None:
    await site.at("live")
    told: dict[str, str] = {}
    stranger, attendee = await page_for(None, lang=lang), await page_for("attendee", lang=lang)

    async def refused(name: str, visitor: Visitor, path: str, status: int) -> None:
        async with asyncio.timeout(60):
            while (answered := await visitor.go(path)) == 429:  # the demo's invented people sign in from the same address
                await asyncio.sleep(0.5)
        assert answered == status, name
        assert await visitor.page.get_attribute("html", "lang") == lang
        assert await visitor.page.locator("main a").count() > 0, f"{name}: no way on"
        told[name] = await visitor.page.inner_text("main")

    await refused("bad link", stranger, "/sign-in/nonsense", 404)
    await refused("nothing there", stranger, site.path("nothing"), 404)
    await refused("sign in first", stranger, site.path("sessions/forum-1/room"), 401)
    await refused("no right", attendee, f"/desk/{site.slug}", 403)
    await refused("not yet", stranger, site.path("report"), 404)
    await refused("room not open", attendee, site.path("sessions/abschluss/room"), 409)
    await refused("room over", attendee, site.path("sessions/panel/room"), 409)
    await site.at("closed")
    await refused("closed", stranger, site.path("program"), 410)
    await refused("link after closing", stranger, site.links["attendee"], 410)
    assert len(set(told.values())) >= len(told) - 1, "each refusal has its own words"
    english = re.compile(r"\b(the|please|your|this|page)\b", re.IGNORECASE)
    german = re.compile(r"\b(der|die|das|bitte|diese|nicht)\b", re.IGNORECASE)
    for name, text in told.items():
        assert (german if lang == "de" else english).search(text), f"{name}: {text}"
        assert not (english if lang == "de" else german).search(text), f"{name}: {text}"


async def test_a_full_room_says_so(site: Running, page_for: PageFor) -> None:
    await site.at("live")
    cast = read_cast(site.data)
    assert cast is not None
    forum = next(seat.session for seat in cast.attendees)
    moderator = await page_for("moderator")
    await moderator.go(site.path("sessions/forum-1/room?join"))
    await until(moderator.page, IN_ROOM)
    await moderator.page.click("#floor input[value=open_round]")
    await until(moderator.page, "document.querySelector('#floor input[value=open_round]').checked")
    try:
        async with AsyncExitStack() as stack:
            with pytest.raises(Refused, match="room_full"):
                await fill(stack, site, forum, [seat.link for seat in cast.attendees if seat.session != forum])
            for lang, word in (("de", "voll"), ("en", "full")):
                visitor = await page_for("initiative", lang=lang)
                await visitor.go(site.path("sessions/forum-1/room"))
                await visitor.page.click("#join")
                await until(visitor.page, "!document.getElementById('refusal').hidden")
                assert word in await visitor.page.inner_text("#refusal p")
                assert await visitor.page.locator("#refusal a").count() == 1
    finally:
        await moderator.page.click("#floor input[value=discussion]")


async def fill(stack: AsyncExitStack, site: Running, session: str, links: list[str]) -> None:
    """One after the other they go in. Raises Refused for the first who finds no seat."""
    for link in links:
        await stack.enter_async_context(Guest(site.base, site.slug, link, session).in_room())


async def test_nothing_secret_has_come_into_the_logs(site: Running, page_for: PageFor) -> None:
    """After all the journeys above, and a few more ways to leave a secret behind."""
    await site.at("live")
    visitor = await page_for(None)
    for path in (site.links["speaker"], "/sign-in/a-wrong-secret-that-is-long-enough", site.path("program?token=abcdefgh12345")):
        await visitor.go(path)
    await visitor.go("/sign-in")
    await visitor.page.fill("input[name=email]", "mara@example.org")
    await visitor.page.click("main form button")
    async with await site.client_of("attendee") as client:
        await client.get(site.path("cards"), headers={"authorization": "Bearer abcdefgh12345"})
    cast = read_cast(site.data)
    assert cast is not None
    text = site.log.read_text(errors="replace")
    assert '"event"' in text
    secrets = [link.rsplit("/", 1)[-1] for name, link in site.links.items() if "/sign-in/" in link]
    secrets += [seat.link for seat in (*cast.attendees, *cast.captioners)]
    secrets += [value.partition("=")[2] for value in site.cookies.values()]
    secrets += ["abcdefgh12345", "a-wrong-secret-that-is-long-enough", "@example.org", "Traceback"]
    assert [secret for secret in secrets if secret in text] == []
