"""The pages of those who make, copy and delete conferences, in a real browser; and the bar of who looks as somebody else."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from conference.people.actions import make_organiser
from tests.browser.axe import violations
from tests.desk.test_every_page import ARGUMENTS, CHROMIUM, LOOKS, WIDER
from tests.desk.test_queries import MOST, counted
from tests.services import free_ports
from tests.site import MOMENTS, SLUG_2021, Site, open_site, served

pytestmark = pytest.mark.browser
PAGES = (
    "/desk",
    "/desk/new",
    "/desk/new/file",
    f"/desk/{SLUG_2021}/copy",
    f"/desk/{SLUG_2021}/delete",
    "/desk/help",
    "/desk/help/organiser",
)
At = tuple[Site, Browser, str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def at(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[At]:
    """A draft, and the cookie of an organiser of the installation."""
    (port,) = free_ports()
    async with open_site(tmp_path_factory.mktemp("making"), origin=f"http://127.0.0.1:{port}") as site:
        site.clock.jump_to(MOMENTS["draft"])
        async with site.services.db.work() as work:
            secret = await make_organiser(work, site.services.ids, "olga@example.org")
        organiser = site.browser()
        await organiser.post(f"/sign-in/{secret}")
        async with served(site), async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            yield site, browser, organiser.cookies["meetingpoint"]
            await browser.close()


@pytest_asyncio.fixture(loop_scope="session", params=list(LOOKS))
async def page(request: pytest.FixtureRequest, at: At) -> AsyncIterator[Page]:
    site, browser, cookie = at
    language, scheme, size = LOOKS[request.param]
    context = await browser.new_context(locale=language, color_scheme=scheme, viewport=size)  # type: ignore[arg-type]
    await context.add_cookies([{"name": "meetingpoint", "value": cookie, "url": site.origin}])
    opened = await context.new_page()
    opened.set_default_timeout(10_000)
    yield opened
    await context.close()


async def test_no_barrier_that_a_program_finds_and_nothing_sticks_out(at: At, page: Page, axe_core: str) -> None:
    for path in PAGES:
        at[0].services.recent.committed(())
        with counted(at[0].services.db) as statements:
            answer = await page.goto(f"{at[0].origin}{path}")
        assert answer is not None
        assert answer.status == 200, path
        assert len(statements) <= MOST, path
        assert await violations(page, axe_core) == [], path
        assert await page.evaluate(WIDER) == "", path


async def test_looking_as_somebody_else_by_keyboard_and_back(at: At, page: Page, axe_core: str) -> None:
    desk = f"{at[0].origin}/desk/{SLUG_2021}"
    await page.goto(f"{desk}/look-as")
    await page.select_option("#role", "attendee")
    await page.select_option("#state", "archive")
    await page.focus("main form .button.main")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    assert await page.locator(".looking").count() == 1
    assert await violations(page, axe_core) == []
    assert await page.evaluate(WIDER) == ""
    await page.focus(".looking button")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")
    assert page.url == desk
