"""Real browsers and the real MediaSession against a real node."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from media.gateway import MediaGateway, open_gateway
from media.local import LocalGateway
from tests.media.page import serving
from tests.media.processes import free_port, running_node
from tests.media.rig.people import Browsers

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest_asyncio.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    if not Path(CHROMIUM).exists():
        pytest.skip("chromium is not installed")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


class Room:
    """The site, and the Chromium pages that were opened in it."""

    def __init__(self, stack: AsyncExitStack, chromium: Browser, gateway: MediaGateway, url: str) -> None:
        self._stack, self._chromium = stack, chromium
        self.gateway, self.url = gateway, url
        self.problems: list[str] = []
        self.refused: set[str] = set()

    async def enter(self, peer: str, query: str = "") -> Page:
        context = await self._chromium.new_context(permissions=["camera", "microphone"])
        self._stack.push_async_callback(context.close)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        await page.goto(f"{self.url}/room/{peer}{query}")
        await page.wait_for_function("window.room?.states.includes('receive connected')")
        return page


@pytest_asyncio.fixture
async def room(chromium: Browser) -> AsyncIterator[Room]:
    async with AsyncExitStack() as stack:
        gateway = await LocalGateway.open()
        stack.push_async_callback(gateway.aclose)
        room = Room(stack, chromium, gateway, "")
        room.url = await stack.enter_async_context(serving(gateway, refused=room.refused))
        yield room
        assert room.problems == []


async def facts(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = await page.evaluate("room.facts()")
    return found


async def sees_and_hears(page: Any, shown: list[str], frames: int = 10, within: float = 25.0) -> dict[str, Any]:
    """Wait until the page shows exactly `shown`, has decoded `frames` more frames and more sound. Page: either browser."""
    start = await page.evaluate("room.facts()")
    async with asyncio.timeout(within):
        while True:
            now: dict[str, Any] = await page.evaluate("room.facts()")
            if now["shown"] == shown and now["frames"] >= start["frames"] + frames and now["energy"] > start["energy"]:
                return now
            await asyncio.sleep(0.1)


async def test_two_pages_see_and_hear_each_other(room: Room) -> None:
    one, two = await room.enter("one"), await room.enter("two")
    await one.evaluate("room.publish()")
    now = await sees_and_hears(two, ["one/camera", "one/microphone"])
    assert now["keyframes"] == 1  # the first one was forwarded, and nobody asked for another
    # The estimate that the node sends takes the camera from the browser's careful start to its full size.
    await two.wait_for_function("room.facts().then(({ width }) => width === 640)")
    await two.evaluate("room.publish()")
    await sees_and_hears(one, ["two/camera", "two/microphone"])
    assert await one.evaluate("room.states") == [
        "receive connecting",
        "receive connected",
        "publish connecting",
        "publish connected",
    ]


async def test_unpublish_publish_leave(room: Room) -> None:
    one, two = await room.enter("one"), await room.enter("two")
    await one.evaluate("room.publish()")
    await sees_and_hears(two, ["one/camera", "one/microphone"])
    await one.evaluate("room.session.unpublish('camera')")
    await two.wait_for_function("[...room.tiles.keys()].join() === 'one/microphone'")
    await one.evaluate("room.publish()")
    await sees_and_hears(two, ["one/camera", "one/microphone"])
    connection = await one.evaluate("room.session.publishing.connection")
    await one.evaluate("room.session.leave()")
    await two.wait_for_function("room.tiles.size === 0")
    assert not await room.gateway.leave(connection)
    assert (await room.gateway.health())["connections"] == 1


async def test_who_is_put_out_comes_back_only_if_he_may(room: Room) -> None:
    page = await room.enter("one")
    await page.evaluate("room.publish()")
    await page.wait_for_function("room.states.at(-1) === 'publish connected'")
    await room.gateway.revoke("forum", "one")
    await page.wait_for_function("room.states.filter((state) => state.endsWith(' connected')).length === 4", timeout=15_000)
    room.refused.add("one")
    await room.gateway.revoke("forum", "one")
    await page.wait_for_function("room.states.filter((state) => state.endsWith(' failed')).length === 2", timeout=15_000)
    assert await page.evaluate("room.session.receiving.status") == 410
    room.refused.clear()
    await page.evaluate("room.session.rejoin()")
    await page.wait_for_function("room.states.filter((state) => state.endsWith(' connected')).length === 6", timeout=15_000)


async def test_a_screen_beside_a_camera(room: Room) -> None:
    one, two = await room.enter("one"), await room.enter("two")
    await one.evaluate("room.publish()")
    await one.evaluate(
        """(() => {
          const canvas = document.createElement("canvas");
          [canvas.width, canvas.height] = [960, 540];
          const pen = canvas.getContext("2d");
          setInterval(() => { pen.fillStyle = `hsl(${performance.now() / 20} 80% 50%)`; pen.fillRect(0, 0, 960, 540); }, 100);
          return room.session.publish("screen", canvas.captureStream(10).getVideoTracks()[0]);
        })()"""
    )
    await sees_and_hears(two, ["one/camera", "one/microphone", "one/screen"])
    await two.wait_for_function("room.facts().then(({ width }) => width === 960)")


async def test_more_cameras_than_slots(room: Room) -> None:
    pages = [await room.enter(f"p{number}", "?video=1") for number in range(3)]
    for page in pages:
        await page.evaluate("room.publish()")
    for page in pages:
        await page.wait_for_function("[...room.tiles.keys()].filter((key) => key.endsWith('camera')).length === 1")
        await page.wait_for_function("[...room.tiles.keys()].filter((key) => key.endsWith('microphone')).length === 2")


async def test_first_picture_comes_quickly(room: Room) -> None:
    speaker = await room.enter("speaker")
    await speaker.evaluate("room.publish()")
    times = []
    for number in range(4):
        page = await room.enter(f"listener{number}")
        await page.wait_for_function("room.firstFrame['speaker/camera']")
        times.append(await page.evaluate("room.firstFrame['speaker/camera']"))
        await page.context.close()
    print(f"page load to first frame: median {statistics.median(times):.0f} ms, worst {max(times):.0f} ms")
    assert statistics.median(times) < 3000


async def test_pages_come_back_after_the_node_was_killed(chromium: Browser, tmp_path: Path) -> None:
    control, port = f"unix:{tmp_path}/node", free_port()
    async with AsyncExitStack() as stack:
        gateway = open_gateway([control])
        stack.push_async_callback(gateway.aclose)
        room = Room(stack, chromium, gateway, await stack.enter_async_context(serving(gateway)))
        async with running_node(control, port) as node:
            one, two = await room.enter("one"), await room.enter("two")
            await one.evaluate("room.publish()")
            await sees_and_hears(two, ["one/camera", "one/microphone"])
            node.kill()
        async with running_node(control, port):
            await sees_and_hears(two, ["one/camera", "one/microphone"])
            assert "receive reconnecting" in await two.evaluate("room.states")


async def test_firefox_and_chromium_together(chromium: Browser, browsers: Browsers) -> None:
    firefox = await browsers.firefox()
    async with AsyncExitStack() as stack:
        gateway = await LocalGateway.open(browsers.hosts)
        stack.push_async_callback(gateway.aclose)
        url = await stack.enter_async_context(serving(gateway))
        room = Room(stack, chromium, gateway, url)
        await stack.enter_async_context(browsers.reaching(int(url.rsplit(":", 1)[1])))
        fox = await firefox.open(f"{url}/room/fox")
        stack.push_async_callback(fox.close)
        await fox.wait_for("window.room?.states.includes('receive connected')", within=40)
        pages = [await room.enter(name) for name in ("a", "b")]
        for page in pages:
            await page.evaluate("room.publish()")
        await fox.evaluate("room.publish()")
        everybody = ["a", "b", "fox"]
        windows: list[Any] = [*pages, fox]
        for name, page in zip(everybody, windows, strict=True):
            others = [f"{other}/{source}" for other in everybody if other != name for source in ("camera", "microphone")]
            await sees_and_hears(page, others)
        await fox.evaluate("room.session.unpublish('camera')")
        await pages[0].wait_for_function("!room.tiles.has('fox/camera')")
        await fox.evaluate("room.publish()")
        await pages[0].wait_for_function("room.tiles.has('fox/camera')")
        await sees_and_hears(pages[0], ["b/camera", "b/microphone", "fox/camera", "fox/microphone"])
        await gateway.revoke("forum", "fox")
        await fox.wait_for("room.states.filter((state) => state.endsWith(' connected')).length === 4")
        await sees_and_hears(pages[0], ["b/camera", "b/microphone", "fox/camera", "fox/microphone"])
        await fox.evaluate("room.session.leave()")
        await pages[0].wait_for_function("!room.tiles.has('fox/microphone')")
