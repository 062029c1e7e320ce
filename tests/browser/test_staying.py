"""Staying in a room: lost lines, sleep, refused sound, networks that let no media through, and the door for text alone."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Page, Request, Route, expect

from conference.people.model import Role
from tests.browser.axe import source, violations
from tests.browser.room_house import NOT_ARRIVED, SLUG, Stage, join, prepared
from tests.media.browsers.length import in_soak
from tests.services import skip_or_fail

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# The line to the server in a tester's hands. away: new ones come to nothing; deaf: an old one is dead, and does not say so.
LINES = """window.__lines = []; window.__away = false;
const Native = window.WebSocket;
window.WebSocket = class extends Native {
  constructor(address) {
    super(window.__away ? address.toString().replace("/live", "/nowhere") : address);
    window.__lines.push(this);
    this.addEventListener("message", (event) => this.deaf && event.stopImmediatePropagation());
  }
  send(data) { if (!this.deaf) super.send(data); }
};"""
# What 100 pages do that are told that the server restarts, or (told nothing) only see it close so.
HUNDRED = """async (said) => {
  const { Socket } = await import(document.querySelector('link[href*="forum/socket"]').href);
  window.WebSocket = class { static CONNECTING = 0; static OPEN = 1; readyState = 1; send() {} close() {} };
  return Array.from({ length: 100 }, () => {
    const socket = new Socket("/live", "de");
    let seconds = null;
    socket.addEventListener("lost", ({ detail }) => (seconds = detail.seconds));
    socket.open();
    if (said) socket.take(JSON.stringify({ type: "restart", within: 20 }));
    socket.closed(1012);
    socket.close();
    return seconds;
  });
}"""


CONNECTED = "() => window.__connections.some((one) => one.connectionState === 'connected')"
ANSWERED = "(n) => window.__connections.length === n && window.__connections.at(-1).remoteDescription !== null"


async def until(page: Page, true: str, arg: object = None, within: float = 10) -> None:
    """Asked from outside: the page's own clock may stand still, and its policy permits no text as script."""
    async with asyncio.timeout(within):
        while not await page.evaluate(true, arg):
            await asyncio.sleep(0.05)


async def shows(page: Page, selector: str, within: float = 10) -> None:
    await page.wait_for_selector(selector, timeout=within * 1000)


async def clean(page: Page) -> None:
    try:
        script = source()
    except FileNotFoundError as reason:
        skip_or_fail(str(reason))
    assert await violations(page, script) == []
    assert await page.evaluate("window.__errors") == []


async def turn(page: Page, tab: str) -> None:
    if await page.is_hidden("#side"):
        await page.click("#tool-talk")
    await page.click(f"#tab-{tab}")


async def write(page: Page, text: str) -> None:
    await page.fill("#line-text", text)
    await page.press("#line-text", "Enter")


async def test_a_lost_line_doubles_nothing_and_loses_nothing(stage: Stage) -> None:
    anna = await join(stage, await prepared(stage, await stage.person("Anna Beispiel"), LINES), "forum")
    jo = await stage.enter(await stage.person("Jo Muster"), "forum")
    for page in (anna, jo):
        await turn(page, "chat")
    await anna.keyboard.press("Escape")
    await anna.focus("#tool-hand")
    await anna.keyboard.press("h")
    await shows(anna, "#my-place:has-text('1. Stelle')")
    await write(jo, "vor dem Riss")
    await shows(anna, "#lines li:has-text('vor dem Riss')")

    # away: what is written waits, what the others say comes later; the banner says so and offers to try at once
    await anna.evaluate("window.__away = true; window.__lines.at(-1).close()")
    await shows(anna, "#banner:has-text('Verbindung unterbrochen') button")
    await clean(anna)
    await write(anna, "im Riss geschrieben")
    for text in ("erste Zeile", "zweite Zeile"):
        await write(jo, text)
    await expect(jo.locator("#lines li")).to_have_count(3)
    await anna.evaluate("window.__away = false")
    await anna.click("#banner button")
    await anna.wait_for_selector("#banner", state="hidden")

    # back: each line once, in one order, and the hand where it was
    said = ["vor dem Riss", "erste Zeile", "zweite Zeile", "im Riss geschrieben"]
    for page in (anna, jo):
        await expect(page.locator("#lines li .text")).to_have_text(said)
    await shows(anna, "#my-place:has-text('1. Stelle')")


async def test_a_line_that_is_away_from_the_start_is_said_once(stage: Stage) -> None:
    page = await prepared(stage, await stage.person("Nora Netzlos"), LINES)
    await page.goto(f"{stage.base}/{SLUG}/sessions/forum/room")
    await page.evaluate("window.__away = true")
    await page.click("#join")
    await shows(page, "#banner:has-text('Verbindung unterbrochen') button")
    await page.evaluate("window.__said = document.querySelector('#banner button')")
    await page.focus("#banner button")
    await page.keyboard.press("Enter")
    await until(page, "() => window.__lines.length > 2 && window.__lines.at(-1).readyState === WebSocket.CLOSED")
    # another try that failed: the banner is the same, and the focus where it was
    assert await page.evaluate("document.activeElement === window.__said")
    await page.evaluate("window.__away = false")
    await page.keyboard.press("Enter")
    await shows(page, "#bar:not([hidden])")
    assert await page.is_hidden("#banner")


async def test_waking_up_is_noticed_at_once(stage: Stage) -> None:
    page = await prepared(stage, await stage.person("Lena Laptop"), LINES)
    await page.clock.install()
    await join(stage, page, "forum")
    await until(page, CONNECTED)
    mended: list[Request] = []
    page.on("request", lambda request: mended.append(request) if request.method == "PATCH" else None)
    # the lid was shut for ten minutes: the line is dead and nobody has told it
    await page.evaluate("window.__lines.at(-1).deaf = true")
    await page.clock.fast_forward(600_000)
    await shows(page, "#banner:has-text('Verbindung unterbrochen')", within=5)
    await page.wait_for_selector("#banner", state="hidden", timeout=5000)
    assert mended  # the media's way is looked for anew, without waiting for it to fail
    assert await page.evaluate("window.__lines.length") == 2


async def test_a_restart_brings_all_back_spread_over_twenty_seconds(stage: Stage) -> None:
    page = await prepared(stage, await stage.person("Rita Rückkehr"))
    await page.goto(f"{stage.base}/{SLUG}/sessions/forum/room")
    for told in (True, False):
        waits: list[float] = await page.evaluate(HUNDRED, told)
        assert len(waits) == 100
        assert all(0 <= each < 20 for each in waits)
        fifths = [sum(4 * fifth <= each < 4 * fifth + 4 for each in waits) for fifth in range(5)]
        assert all(4 <= each <= 45 for each in fifths), fifths  # a fair die misses this less than once in a million runs


async def test_the_door_for_text_alone(stage: Stage) -> None:
    page = await prepared(stage, await stage.person("Tea Text"))
    media: list[Request] = []
    page.on("request", lambda request: media.append(request) if "/whep" in request.url or "/whip" in request.url else None)
    await page.goto(f"{stage.base}/{SLUG}/sessions/forum/room")
    await clean(page)
    await page.focus("#join")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await shows(page, "#bar:not([hidden])")
    await shows(page, "#banner:has-text('nur mit Text') button")
    await write(page, "Guten Tag aus dem Textraum")
    await shows(page, "#lines li:has-text('Textraum')")
    await page.keyboard.press("Escape")
    assert not await page.is_visible("#tool-microphone")
    assert await page.is_visible("#tool-hand")
    await clean(page)

    # a reload stays with text, with the same tab; and then to sound and picture by one button
    await page.click("#tab-questions")
    await page.reload()
    await shows(page, "#panel-questions:not([hidden])")
    assert await page.is_hidden("#door")
    assert await page.evaluate("window.__connections.length") == 0
    assert media == []
    await page.click("#banner button")
    await until(page, CONNECTED)
    assert await page.is_hidden("#banner")


@in_soak
async def test_a_network_without_media_is_named_and_tried_again(stage: Stage) -> None:
    page = await prepared(stage, await stage.person("Bea Behörde"))
    offers: list[str] = []

    async def nowhere(route: Route) -> None:
        """The answer comes, but none of its addresses can be reached."""
        if route.request.method != "POST":
            return await route.continue_()
        offers.append(route.request.url)
        answer = await route.fetch()
        lines = [line for line in (await answer.text()).split("\r\n") if not line.startswith("a=candidate")]
        await route.fulfill(response=answer, body="\r\n".join(lines))

    await page.route("**/whep*", nowhere)
    await page.clock.install()
    await join(stage, page, "forum")  # nobody waits for media at the door
    for tries in (1, 2):
        await until(page, ANSWERED, tries)
        await page.clock.run_for(10_500)
    await shows(page, "#banner:has-text('Weder UDP noch TCP') button:has-text('testen')")
    await clean(page)
    await turn(page, "chat")
    await write(page, "Ich lese mit")
    await shows(page, "#lines li:has-text('Ich lese mit')")
    assert len(offers) == 2
    async with page.expect_response("**/whep*"):  # it keeps trying, now and then
        await page.clock.run_for(61_000)


async def test_refused_sound_is_one_button(stage: Stage) -> None:
    """As browsers answer that want a click first. To Chromium each question of a test is a click, so the answer is given here."""
    refuses = """const play = HTMLMediaElement.prototype.play;
let touched = false;
for (const kind of ["keydown", "pointerdown"]) addEventListener(kind, () => (touched = true), true);
HTMLMediaElement.prototype.play = function () {
  const refused = this instanceof HTMLAudioElement && !touched;
  return refused ? Promise.reject(new DOMException("no gesture so far", "NotAllowedError")) : play.call(this);
};"""
    speaker = await stage.enter(await stage.person("Mona Moderat", Role.MODERATOR), "round")
    await speaker.click("#tool-microphone")
    page = await prepared(stage, await stage.person("Hans Hörer"), refuses)
    await page.goto(f"{stage.base}/{SLUG}/sessions/round/room?join")
    await shows(page, "#sound:not([hidden])")
    await clean(page)
    await page.focus("#sound button")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#sound", state="hidden")


async def test_a_page_that_gets_no_scripts_or_no_answer_says_so(stage: Stage) -> None:
    nora = await stage.person("Nora Nichtda")
    page = await prepared(stage, nora)
    await page.route("**/js/forum/main.js", lambda route: route.abort())
    await page.goto(f"{stage.base}/{SLUG}/sessions/forum/room")
    assert not await page.is_visible("#not-ready")
    assert "main.js" in str((await page.evaluate(NOT_ARRIVED))["odd"])
    await page.evaluate("() => document.getAnimations().forEach((one) => one.finish())")  # ten seconds later
    await shows(page, "#not-ready:has-text('noch nicht bereit')")
    await clean(page)
    await page.unroute("**/js/forum/main.js")
    await page.click("#not-ready a")
    await shows(page, "#join:not([disabled])")
    assert not await page.is_visible("#not-ready")

    # a line that opens, and on which nobody ever says welcome, is given up after ten seconds as well
    asked: list[str] = []
    await page.route_web_socket("**/live*", lambda line: asked.append(line.url))
    await page.clock.install()
    await page.reload()
    await page.click("#join")
    await until(page, "() => document.getElementById('join').disabled")
    await page.clock.run_for(10_000)
    await shows(page, "#late:has-text('antwortet noch nicht')")
    await shows(page, "#banner:has-text('Verbindung unterbrochen')")
    await clean(page)
    await page.clock.run_for(2000)
    assert len(asked) == 2


async def test_a_duplicated_tab_asks_like_another_device(stage: Stage) -> None:
    first = await stage.enter(await stage.person("Doro Doppelt"), "forum")
    async with first.context.expect_page() as opened:
        await first.evaluate(
            "() => void window.open(location.href)"
        )  # as a duplicated tab it begins with a copy of what this one keeps
    second = await opened.value
    assert await second.evaluate("() => sessionStorage.length") > 0
    await second.click("#join")
    await shows(second, "#two[open]")
    assert await first.is_hidden("#banner")
    await second.click("#two [value=take]")
    await shows(second, "#bar:not([hidden])")
    await shows(first, "#banner:has-text('anderen Fenster')")
    await second.reload()  # whoever was duplicated stays another tab
    await shows(second, "#bar:not([hidden])")


async def test_switches_stand_as_things_are_when_they_are_refused(stage: Stage) -> None:
    moni = await stage.person("Moni Moderat", Role.ORGANISER)
    page = await join(stage, await prepared(stage, moni, LINES), "forum")
    for tab, switch in (("questions", "approval"), ("chat", "keeps-chat")):
        await turn(page, tab)
        await shows(page, f"#{switch}")
    await page.evaluate("window.__away = true; window.__lines.at(-1).close()")
    await shows(page, "#banner:has-text('Verbindung unterbrochen')")
    for tab, switch in [("moderation", "lock"), ("moderation", "lobby"), ("questions", "approval"), ("chat", "keeps-chat")]:
        await turn(page, tab)
        before = await page.is_checked(f"#{switch}")
        await page.click(f"#{switch}")
        await shows(page, "#problem:not([hidden])")
        await page.wait_for_function("([name, was]) => document.getElementById(name).checked === was", arg=[switch, before])
        await page.click("#problem .dismiss")
    await turn(page, "moderation")
    await page.click("#floor [value=stage]")
    await shows(page, "#problem:not([hidden])")
    await shows(page, "#floor [value=discussion]:checked")
