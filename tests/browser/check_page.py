"""The page for testing devices and connection, as its tests open and drive it."""

from __future__ import annotations

import asyncio
from typing import Any

from playwright.async_api import Page

from conference.people.model import Person
from tests.browser.room_house import SLUG, Stage

CHECK = f"/{SLUG}/check"
THROUGH = {"passed", "limits"}  # a busy machine is as slow as a poor network
# Refuses a device as browsers do. %s: {device kind: [name, message]}, later in `__refusals`.
REFUSE = """(() => {
  window.__refusals = %s;
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  window.__wishes = [];
  navigator.mediaDevices.getUserMedia = (wishes) => {
    window.__wishes.push(wishes);
    const refusal = window.__refusals[wishes.video ? "camera" : "microphone"];
    return refusal ? Promise.reject(new DOMException(refusal[1], refusal[0])) : real(wishes);
  };
  const query = navigator.permissions.query.bind(navigator.permissions);
  navigator.permissions.query = (what) => {
    const state = window.__refusals.state;
    return state ? Promise.resolve({ state }) : query(what);
  };
})();"""
# Nothing gets through to the node by these transports: their candidates lead to a port where nobody is.
BLOCK = """(() => {
  const blocked = %s, real = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp }) {
    const way = /^(a=candidate:\\S+ 1 (udp|tcp) \\d+ \\S+) \\d+/gm;
    const lost = sdp.replace(way, (line, head, by) => blocked.includes(by) ? `${head} 9` : line);
    return real.call(this, { type, sdp: lost });
  };
})();"""


async def opened(stage: Stage, person: Person | None = None, script: str = "", **options: Any) -> Page:
    context = await stage.context(person, **options)
    if script:
        await context.add_init_script(script)
    page = await context.new_page()
    answer = await page.goto(stage.base + CHECK)
    assert answer is not None
    assert answer.status == 200
    return page


async def module(page: Page, name: str, expression: str) -> Any:
    """What an expression over one of the page's own modules `m` is worth."""
    script = """async (name) => {
      const link = [...document.querySelectorAll("link[rel=modulepreload]")].find(({ href }) => href.endsWith(name));
      const m = await import(link.href);
      return EXPRESSION;
    }"""
    return await page.evaluate(script.replace("EXPRESSION", expression), f"js/{name}")


async def until(page: Page, expression: str) -> None:
    """Until an expression of the page is true. (What Playwright has for that is refused by our content policy.)"""
    try:
        async with asyncio.timeout(15):
            while not await page.evaluate(expression):
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"never true: {expression}") from None


async def run(page: Page) -> dict[str, str]:
    """Run the connection test; state by name of the line. It may take 20 seconds and no more."""
    await page.click("#test")
    await page.wait_for_selector("#outcome:not([hidden])", timeout=20_000)
    found: dict[str, str] = await page.eval_on_selector_all(
        "#findings > li", "items => Object.fromEntries(items.map((item) => [item.dataset.name, item.className]))"
    )
    return found


async def healthy(page: Page) -> None:
    assert await page.evaluate("window.__errors") == []
