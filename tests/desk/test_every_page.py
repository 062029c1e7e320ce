"""Each page of the desk, and what is everybody's own, as people meet it: axe in both themes and languages, 320 px without
scrolling sideways, the tab key.

Whoever makes a page adds a line to PAGES, and where nothing fills it yet a seed to SEEDS, as in `test_queries`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from conference.people.model import Role
from tests.browser.axe import violations
from tests.desk.editing.seeds import sessions
from tests.desk.letters.seeds import letters
from tests.desk.test_queries import acts, people, registrations
from tests.keeping.attendance.seeds import present, sat
from tests.media.browsers.length import LONG
from tests.services import free_ports
from tests.site import MOMENTS, SLUG_2021, Site, open_site, served
from tests.survey.seeds import answers

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SEEDS = [
    people,
    registrations,
    sessions,
    acts,
    letters,
    answers,
    present,
]
# Addresses below /desk/SLUG.
PAGES = [
    "",
    "/settings",
    "/settings/times",
    "/settings/hosts",
    "/settings/address",
    "/look-as",
    "/export",
    "/program",
    "/program/forum-1",
    "/program/publish",
    "/program/versions",
    "/program/shift",
    "/program/schedule",
    "/letters",
    "/letters/new?kind=invitation",
    "/letters/a-draft/check",
    "/letters/a-draft/edit",
    "/letters/a-letter",
    "/letters/a-letter?show=uncertain",
    "/letters/templates/confirmed",
    "/letters/returns",
    "/people",
    "/people/import",
    "/people/merge",
    "/people/new",
    "/people/somebody-0/data",
    "/registration",
    "/registration/people",
    "/registration/needs",
    "/cards",
    "/results",
    "/results/look",
    "/report",
    "/after",
    "/after/figures",
    "/after/purge",
    "/after/survey",
    "/after/attendance",
    "/handover",
    "/run",
    "/run/guests",
    "/run/doors",
    "/run/emergency",
    "/run/rooms/forum-1",
    "/announcements",
    "/ready",
    "/legal",
    "/legal/privacy?template",
    "/legal/easy",
    "/studio",
    "/closing",
    "/after/check",
    "/access",
    "/audit",
    "/help",
    "/help?q=Einladung",
    "/help/organiser",
    "/help/operator",
]
# What is everybody's own, for an attendee who was in a room, after the day.
OWN = [
    "/me",
    "/me/data",
    "/me/delete",
    f"/{SLUG_2021}/survey",
    f"/{SLUG_2021}/attendance",
    f"/{SLUG_2021}/help",
]
LOOKS = {
    "wide": ("de", "light", {"width": 1280, "height": 900}),
    "narrow": ("en", "dark", {"width": 320, "height": 640}),
}
WIDER = """() => document.documentElement.scrollWidth <= innerWidth ? "" :
  [...document.querySelectorAll("main *")].filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
    .slice(-3).map((one) => one.outerHTML.slice(0, 120)).join(" | ") || "scrolls sideways" """
# What takes a press but not the tab key, or comes out of turn.
OUT_OF_REACH = """() => [...document.querySelectorAll("main :is([onclick], [tabindex], [role=button])")]
  .filter((one) => one.tabIndex > 0 || (one.matches("[role=button]") && one.tabIndex < 0))
  .map((one) => one.outerHTML.slice(0, 120))"""

Desk = tuple[Site, Browser, str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """A site with 60 of each, a browser, and the value of an organiser's cookie."""
    (port,) = free_ports()
    async with open_site(tmp_path_factory.mktemp("pages"), origin=f"http://127.0.0.1:{port}") as site:
        for seed in SEEDS:
            await seed(site, 60)
        organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
        async with served(site), async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            yield site, browser, organiser.cookies["meetingpoint"]
            await browser.close()


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=list(LOOKS) if LONG else list(LOOKS)[-1:])
async def page(request: pytest.FixtureRequest, desk: Desk) -> AsyncIterator[Page]:
    site, browser, cookie = desk
    language, scheme, size = LOOKS[request.param]
    context = await browser.new_context(locale=language, color_scheme=scheme, viewport=size)  # type: ignore[arg-type]
    await context.add_cookies([{"name": "meetingpoint", "value": cookie, "url": site.origin}])
    opened = await context.new_page()
    opened.set_default_timeout(10_000)
    yield opened
    await context.close()


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_of_the_desk(desk: Desk, page: Page, axe_core: str, path: str) -> None:
    await sound(page, f"{desk[0].origin}/desk/{SLUG_2021}{path}", axe_core)


@pytest.mark.parametrize(("language", "scheme"), [("de", "light"), ("en", "dark")] if LONG else [("en", "dark")])
async def test_pages_of_one_s_own_on_a_narrow_phone(
    tmp_path: Path, desk: Desk, axe_core: str, language: str, scheme: str
) -> None:
    (port,) = free_ports()
    async with open_site(tmp_path, origin=f"http://127.0.0.1:{port}") as site:
        site.clock.jump_to(MOMENTS["archive"])
        await answers(site, 0)
        anna, path = await site.invite("Anna Alt")
        await sat(site, anna.id, ends=40, earlier=[(-5, -2)])
        browser = site.browser()
        await browser.post(path)
        async with served(site):
            view: Any = {"width": 320, "height": 640}
            context = await desk[1].new_context(locale=language, color_scheme=scheme, viewport=view)  # type: ignore[arg-type]
            await context.add_cookies([{"name": "meetingpoint", "value": browser.cookies["meetingpoint"], "url": site.origin}])
            page = await context.new_page()
            for address in OWN:
                await sound(page, f"{site.origin}{address}", axe_core)
            await browser.post(f"/{SLUG_2021}/attendance", data={"do": "agree"})
            await sound(page, f"{site.origin}/{SLUG_2021}/attendance", axe_core)
            await context.close()


async def sound(page: Page, address: str, axe_core: str) -> None:
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    answer = await page.goto(address)
    assert answer is not None
    assert answer.status == 200, address
    for details in await page.locator("main details").all():
        await details.evaluate("(one) => { one.open = true; }")
    assert await violations(page, axe_core) == []
    assert await page.evaluate(WIDER) == ""
    assert await page.evaluate(OUT_OF_REACH) == []
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.matches('.skip')")
    assert problems == []
