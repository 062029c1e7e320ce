"""The browsers of the rig and their pages, alike for Chromium and Firefox."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Protocol

from playwright.async_api import Browser, async_playwright

from tests.browser.firefox import Firefox, Network, open_firefox, open_network, why_no_firefox
from tests.services import skip_or_fail

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Window(Protocol):
    """What both kinds of pages can do."""

    async def evaluate(self, expression: str) -> Any: ...


class Person:
    """Somebody with a page of the rig open; expressions are JavaScript, `rig` is what page.js offers."""

    def __init__(self, peer: str, browser: str, window: Window, url: str) -> None:
        self.peer, self.browser = peer, browser
        self._window, self._url = window, url

    async def ask(self, expression: str) -> Any:
        """Value of an expression; promises are awaited."""
        return await self._window.evaluate(expression)

    async def until(self, expression: str, within: float = 15.0, what: str = "") -> Any:
        """Ask until it is true. Raises AssertionError with what the page has received and sent."""
        value = None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while not (value := await self.ask(expression)):
                    await asyncio.sleep(0.1)
        if not value:
            said = await self.ask("Promise.all([rig.states(), rig.links.whep && rig.facts(), rig.links.whip && rig.sending()])")
            raise AssertionError(f"{self.peer} ({self.browser}), not within {within} s: {what or expression}; {said}")
        return value

    async def load(self) -> None:
        """Load the page anew: as a person who presses reload."""
        goto: Any = getattr(self._window, "goto")  # noqa: B009
        await goto(self._url)
        await self.until("window.rig?.publish && document.readyState === 'complete'")

    async def publish(self, **wishes: Any) -> None:
        """Offer and connect. See rig.publish in page.js."""
        await self.ask(f"rig.publish({_literal(wishes)})")
        await self.until("rig.states().whip?.state === 'connected'", what="publishing")

    async def receive(self, **wishes: Any) -> None:
        await self.ask(f"rig.receive({_literal(wishes)})")
        await self.until("rig.states().whep?.state === 'connected'", what="receiving")

    async def facts(self) -> dict[str, dict[str, Any]]:
        """mid -> what came in this section."""
        found: dict[str, dict[str, Any]] = await self.ask("rig.facts()")
        return found

    async def fact(self, mid: str) -> dict[str, Any]:
        return (await self.facts())[mid]

    async def sees(self, mid: str, frames: int = 10, within: float = 15.0) -> dict[str, Any]:
        """Wait for so many more frames in a section."""
        before = (await self.fact(mid))["framesDecoded"]
        await self.until(
            f"rig.facts().then((facts) => facts['{mid}'].framesDecoded >= {before + frames})", within, f"{frames} frames in {mid}"
        )
        return await self.fact(mid)

    async def hears(self, mid: str, within: float = 15.0) -> None:
        """Wait until more sound has come in a section."""
        before = (await self.fact(mid))["totalAudioEnergy"]
        await self.until(f"rig.facts().then((facts) => facts['{mid}'].totalAudioEnergy > {before})", within, f"sound in {mid}")

    async def sees_width(self, mid: str, width: int, within: float = 15.0) -> None:
        """Wait until the picture of a section is so wide."""
        await self.until(
            f"rig.facts().then((facts) => facts['{mid}'].frameWidth === {width})", within, f"{width} pixels in {mid}"
        )


def _literal(wishes: dict[str, Any]) -> str:
    return json.dumps(wishes)


class Browsers:
    """One Chromium and one Firefox for many tests, each started when it is first wanted."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self._chromium: Browser | None = None
        self._firefox: Firefox | None = None
        self._network: Network | None = None
        self._starting = asyncio.Lock()
        self.no_firefox = why_no_firefox()
        if self.no_firefox is None:
            self._network = stack.enter_context(open_network())

    @property
    def hosts(self) -> list[str]:
        """Addresses that a node must announce for all of them."""
        return ["127.0.0.1"] + ([self._network.host_address] if self._network is not None else [])

    @contextlib.asynccontextmanager
    async def reaching(self, port: int) -> AsyncIterator[None]:
        """While open, Firefox finds 127.0.0.1:port."""
        if self._network is None:
            yield
            return
        async with self._network.forwarding(port):
            yield

    @contextlib.asynccontextmanager
    async def page(self, browser: str, url: str, peer: str) -> AsyncIterator[Person]:
        """A page in a cookie jar of its own. Skips the test when this machine has no such browser."""
        async with self._starting:
            opened = await (self._on_chromium(url) if browser == "chromium" else self._on_firefox(url))
        window, errors, close = opened
        person = Person(peer, browser, window, url)
        try:
            await person.until("window.rig?.publish && document.readyState === 'complete'")
            yield person
            assert [line for line in await errors() if line.startswith("error")] == []
        finally:
            await close()

    async def _on_chromium(self, url: str) -> tuple[Window, Any, Any]:
        if not Path(CHROMIUM).exists():
            skip_or_fail("Chromium is not installed (Debian: apt install chromium)")
        if self._chromium is None:
            playwright = await self._stack.enter_async_context(async_playwright())
            self._chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            self._stack.push_async_callback(self._chromium.close)
        context = await self._chromium.new_context(permissions=["camera", "microphone"])
        page = await context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(f"error: {error}"))
        await page.goto(url)

        async def errors() -> list[str]:
            return problems

        return page, errors, context.close

    async def firefox(self) -> Firefox:
        """The one Firefox. Skips the test when this machine has none."""
        if self._network is None:
            skip_or_fail(f"no Firefox: {self.no_firefox}")
        assert self._network is not None
        if self._firefox is None:
            self._firefox = await self._stack.enter_async_context(open_firefox(self._network))
        return self._firefox

    async def _on_firefox(self, url: str) -> tuple[Window, Any, Any]:
        page = await (await self.firefox()).open(url)
        return page, page.log, page.close
