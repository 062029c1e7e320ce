"""Decks and clips in real browsers: brought, turned for all, browsed by oneself, played at the same moment everywhere."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Page, expect

from conference.people.model import Role
from tests.browser.axe import source, violations
from tests.browser.firefox import open_firefox, open_network, why_no_firefox
from tests.browser.room_house import SLUG, Stage
from tests.forums.slides import files
from tests.media.browsers.length import in_soak
from tests.services import skip_or_fail

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DECK = {"name": "Vortrag.pdf", "mimeType": "application/pdf", "buffer": files.deck(4, "Guten Tag, Forum", "Zahlen", "")}
# The colour in the middle of the drawn page, as the deck's maker gave it to each page.
COLOUR = """() => {
  const canvas = document.querySelector("#deck-paper canvas");
  return [...canvas.getContext("2d").getImageData(canvas.width / 2, canvas.height * 0.7, 1, 1).data].slice(0, 3);
}"""
MOMENT = "document.querySelector('#deck-clip').currentTime"
CSP = """addEventListener('securitypolicyviolation',
  (event) => (window.__errors ??= []).push(`CSP ${event.violatedDirective} ${event.blockedURI}`));"""


@pytest.fixture(scope="module")
def axe() -> str:
    try:
        return source()
    except FileNotFoundError as error:
        skip_or_fail(str(error))


async def drawn(page: Page, number: int) -> None:
    """The page is drawn, in its colour."""
    await page.wait_for_selector(f'#deck-frame[data-page="{number}"] canvas', timeout=15_000)
    expected = [round(255 * part) for part in files.COLOURS[(number - 1) % 4]]
    found = await page.evaluate(COLOUR)
    assert all(abs(one - other) < 6 for one, other in zip(found, expected, strict=True)), (found, expected)


async def holds(page: Page, expression: str, within: float = 15) -> None:
    """Ask until it is so; the content policy lets the page itself not evaluate texts."""
    try:
        async with asyncio.timeout(within):
            while not await page.evaluate(expression):
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"not within {within} s: {expression}") from None


async def bring(page: Page, file: dict[str, object], captions: bytes | None = None) -> None:
    await page.click("#tool-slides")
    await page.set_input_files("#bring-file", file)  # type: ignore[arg-type]
    if captions is not None:
        await page.set_input_files("#bring-vtt", {"name": "a.vtt", "mimeType": "text/vtt", "buffer": captions})
    await page.click("#bring button.main")


async def quiet(*pages: Page) -> None:
    for page in pages:
        assert await page.evaluate("window.__errors") == []


async def entered(stage: Stage, name: str, role: Role = Role.ATTENDEE, session: str = "stage", **options: object) -> Page:
    context = await stage.context(await stage.person(name, role), **options)
    await context.add_init_script(CSP)
    page = await context.new_page()
    await page.goto(f"{stage.base}/{SLUG}/sessions/{session}/room?join")
    await page.wait_for_selector("#bar:not([hidden])")
    return page


async def refused_and_brought(speaker: Page) -> None:
    """A bad file is refused in words, and a good one follows in the same form."""
    await bring(speaker, {"name": "a.pdf", "mimeType": "application/pdf", "buffer": files.acting("script")})
    await expect(speaker.locator("#bring-said")).to_contain_text("Skripte", timeout=15_000)
    await speaker.set_input_files("#bring-file", DECK)  # type: ignore[arg-type]
    await speaker.click("#bring button.main")
    await expect(speaker.locator("#pieces li")).to_have_count(1, timeout=15_000)


async def turned_by_keys(speaker: Page, anna: Page) -> None:
    """All see the page to which the speaker turns, and its words are there for who does not see it."""
    await drawn(speaker, 1)
    await drawn(anna, 1)
    await expect(anna.locator("#deck-words")).to_contain_text("Guten Tag, Forum")
    await speaker.focus("#deck-frame")
    await speaker.keyboard.press("PageDown")
    await drawn(anna, 2)
    await speaker.keyboard.press("ArrowRight")
    await drawn(anna, 3)
    await expect(anna.locator("#deck-words")).to_contain_text("keinen Text")
    assert await anna.inner_text("#deck-page") == "Seite 3 von 4"


async def browsed_and_back(speaker: Page, anna: Page) -> None:
    """Browsing is one's own business, and the way back is one button."""
    await anna.focus("#deck-frame")
    await anna.keyboard.press("Home")
    await drawn(anna, 1)
    await speaker.keyboard.press("End")
    await drawn(speaker, 4)
    await drawn(anna, 1)
    await expect(anna.locator("#deck-follow")).to_contain_text("(4)")
    await anna.click("#deck-follow")
    await drawn(anna, 4)
    await anna.click("#deck-read")
    await anna.wait_for_selector("#deck-words.seen")


@in_soak
async def test_a_deck_is_turned_followed_and_browsed(stage: Stage, axe: str) -> None:
    speaker = await entered(stage, "Sara Spricht", Role.SPEAKER)
    anna = await entered(stage, "Anna Beispiel", color_scheme="dark")
    loaded = "performance.getEntriesByType('resource').some((one) => one.name.includes('pdf.min.mjs'))"
    assert await anna.is_hidden("#tool-slides")
    await refused_and_brought(speaker)
    assert await violations(speaker, axe) == []
    assert not await anna.evaluate(loaded)
    await speaker.click("#pieces .show")
    await turned_by_keys(speaker, anna)
    assert await anna.evaluate(loaded)
    await browsed_and_back(speaker, anna)
    assert await violations(anna, axe) == []

    # who presents may also look ahead for themselves
    await speaker.uncheck("#deck-leads")
    await speaker.click("#deck-back")
    await drawn(speaker, 3)
    assert await anna.inner_text("#deck-page") == "Seite 4 von 4"

    # whoever reloads, and who comes after a restart of the server, is where the others are
    web = stage.process.part("web")
    assert web is not None
    web.kill()
    await anna.goto(anna.url)
    await drawn(anna, 4)
    await anna.set_viewport_size({"width": 320, "height": 640})
    await drawn(anna, 4)
    assert await anna.evaluate("document.documentElement.scrollWidth") <= 320
    assert await violations(anna, axe) == []
    await speaker.wait_for_selector("#banner", state="hidden", timeout=20_000)
    await speaker.click("#deck-stop")
    await anna.wait_for_selector("#deck", state="detached")
    await quiet(speaker, anna)


@in_soak
async def test_a_clip_runs_at_the_same_moment_for_all(stage: Stage, axe: str) -> None:
    mod = await entered(stage, "Mara Moderat", Role.MODERATOR, "forum")
    anna = await entered(stage, "Anna Beispiel", session="forum")
    film = {"name": "film.webm", "mimeType": "video/webm", "buffer": files.film("webm", 12, size=(320, 180))}
    await bring(mod, film, files.CAPTIONS)
    await mod.click("#pieces .show", timeout=20_000)
    await mod.click("#clip-play")
    await holds(anna, f"{MOMENT} > 0.5")
    late = await entered(stage, "Lena Später", session="forum")
    await holds(late, f"{MOMENT} > 1")
    for _ in range(3):
        moments = await asyncio.gather(*(page.evaluate(MOMENT) for page in (mod, anna, late)))
        assert max(moments) - min(moments) < 0.5, moments
    assert await anna.is_hidden("#clip-play")
    assert await anna.evaluate("document.querySelector('#deck-clip').textTracks[0].mode") == "showing"
    assert await violations(anna, axe) == []

    # held and moved for all; how loud it is concerns oneself
    await mod.click("#clip-play")
    await holds(anna, "document.querySelector('#deck-clip').paused")
    await mod.evaluate(
        "(seek) => { seek = document.querySelector('#clip-seek'); seek.value = 9; seek.dispatchEvent(new Event('change')); }"
    )
    for page in (mod, anna, late):
        await holds(page, f"Math.abs({MOMENT} - 9) < 0.3")
    await anna.click("#clip-mute")
    assert [await page.evaluate("document.querySelector('#deck-clip').muted") for page in (mod, anna)] == [False, True]
    await quiet(mod, anna, late)


async def test_a_shared_screen_is_read_or_watched(stage: Stage, axe: str) -> None:
    page = await entered(stage, "Sara Spricht", Role.SPEAKER, "ending")
    await page.click("#tool-screen")
    await page.wait_for_selector("#sharing:not([hidden])")
    sent = """() => window.__connections.flatMap((one) => one.getSenders()).filter(({ track }) => track?.kind === "video")
      .map((sender) => [sender.track.contentHint, sender.getParameters().encodings[0].maxFramerate])"""
    await holds(page, f"JSON.stringify(({sent})()) === '[[\"detail\",15]]'")
    assert await violations(page, axe) == []
    await page.check("#sharing [value=motion]")
    await holds(page, f"JSON.stringify(({sent})()) === '[[\"motion\",30]]'")
    assert "Ton" in await page.inner_text("#sharing-sound")
    await page.click("#tool-screen")
    await page.wait_for_selector("#sharing", state="hidden")
    await quiet(page)


@in_soak
async def test_firefox_shows_decks_and_clips_too(stage: Stage) -> None:
    if reason := await asyncio.to_thread(why_no_firefox):
        skip_or_fail(f"no Firefox: {reason}")
    speaker = await entered(stage, "Sara Spricht", Role.SPEAKER, "round")
    await bring(speaker, DECK)
    await speaker.locator("#pieces .show").last.click(timeout=20_000)
    await drawn(speaker, 1)
    link = await stage.link(await stage.person("Flora Fuchs"))
    async with AsyncExitStack() as stack:
        network = stack.enter_context(open_network())
        await stack.enter_async_context(network.forwarding(int(stage.base.rsplit(":", 1)[1])))
        firefox = await stack.enter_async_context(open_firefox(network))
        page = await firefox.open(link)
        await page.click("main form button")
        await page.wait_for("!location.pathname.startsWith('/sign-in/') && document.readyState === 'complete'")
        await page.goto(f"{stage.base}/{SLUG}/sessions/round/room?join")
        await page.evaluate(f"(() => {{ window.__errors = []; {CSP} }})()")
        await page.wait_for("document.querySelector('#deck-frame')?.dataset.page === '1'", within=25)
        assert "Guten Tag, Forum" in await page.evaluate("document.querySelector('#deck-words').textContent")
        await speaker.click("#deck-next")
        await page.wait_for("document.querySelector('#deck-frame').dataset.page === '2'")
        found = await page.evaluate(f"({COLOUR})()")
        assert all(abs(one - round(255 * part)) < 6 for one, part in zip(found, files.COLOURS[1], strict=True)), found

        # the film comes by the same range requests; a browser that wants a click first gets one button for it
        await bring(speaker, {"name": "film.webm", "mimeType": "video/webm", "buffer": files.film("webm", 12)})
        await expect(speaker.locator("#pieces li")).to_have_count(2, timeout=20_000)
        await speaker.locator("#pieces .show").last.click()
        await speaker.click("#clip-play")
        await page.wait_for(f"{MOMENT} > 0.5 || !document.querySelector('#clip-start').hidden")
        if not await page.evaluate("document.querySelector('#clip-start').hidden"):
            await page.click("#clip-start")
        await page.wait_for(f"{MOMENT} > 0.5")
        assert abs(await page.evaluate(MOMENT) - await speaker.evaluate(MOMENT)) < 0.6
        assert await page.evaluate("window.__errors") == []
