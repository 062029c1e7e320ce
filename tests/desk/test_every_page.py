"""Each page of the desk as people meet it: axe in both themes, both languages, 320 px without scrolling sideways, the tab key.

Whoever makes a page adds a line to PAGES, and where nothing fills it yet a seed to SEEDS, as in `test_queries`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from conference.people.model import Role
from tests.browser.axe import violations
from tests.desk.editing.seeds import sessions
from tests.desk.letters.seeds import letters
from tests.desk.test_queries import acts, people, registrations
from tests.media.browsers.length import LONG
from tests.services import free_ports
from tests.site import SLUG_2021, Site, open_site, served

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
    "/registration",
    "/registration/people",
    "/registration/needs",
    "/cards",
    "/results",
    "/results/look",
    "/report",
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
    "/access",
    "/audit",
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
    site = desk[0]
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    answer = await page.goto(f"{site.origin}/desk/{SLUG_2021}{path}")
    assert answer is not None
    assert answer.status == 200
    for details in await page.locator("main details").all():
        await details.evaluate("(one) => { one.open = true; }")
    assert await violations(page, axe_core) == []
    assert await page.evaluate(WIDER) == ""
    assert await page.evaluate(OUT_OF_REACH) == []
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.matches('.skip')")
    assert problems == []
