"""How the room's page keeps its connection, and what it says of it, in Chromium against all real processes."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Request, Route

from conference.people.model import Role
from tests.browser.axe import violations
from tests.browser.room_house import Stage, join, prepared
from tests.browser.test_room import no_errors, sees, shows, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WHEP = re.compile(r"/whep(\?|$)")


async def seen(asked: list[Request], number: int) -> None:
    """Until so many requests went out."""

    async def enough() -> bool:
        return len(asked) >= number

    await until(enough, f"{number} requests")


async def test_another_network_is_another_way_for_the_same_connection(stage: Stage) -> None:
    page = await stage.enter(await stage.person("Netz Wechsel"), "round")
    other = await stage.enter(await stage.person("Bleibt Da"), "round")
    await other.click("#tool-camera")
    await page.click("#tool-camera")
    await sees(page, 1)
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if request.method in ("POST", "PATCH") else None)
    await page.evaluate("dispatchEvent(new Event('online'))")
    await seen(asked, 2)
    answers = [await request.response() for request in asked]
    for request, answer in zip(asked, answers, strict=True):
        assert (request.method, answer and answer.status) == ("PATCH", 200)
        assert (await request.header_value("if-match"), await request.header_value("content-type")) == (
            "*",
            "application/trickle-ice-sdpfrag",
        )
    await asyncio.sleep(4.5)  # longer than a restart may take before a new offer is made
    await sees(page, 1)
    await sees(other, 1)
    assert {request.method for request in asked} == {"PATCH"}
    await no_errors(page, other)


async def test_without_an_ice_restart_there_is_a_new_offer(stage: Stage) -> None:
    page = await prepared(stage, await stage.person("Neues Angebot"))

    async def refused(route: Route) -> None:
        await (route.fulfill(status=405) if route.request.method == "PATCH" else route.continue_())

    await page.route("**/whep/**", refused)
    await join(stage, page, "round")
    other = await stage.enter(await stage.person("Bild Geberin"), "round")
    await other.click("#tool-camera")
    await sees(page, 1)
    offers: list[Request] = []
    page.on("request", lambda request: offers.append(request) if request.method == "POST" else None)
    await page.evaluate("""() => { for (const pc of window.__connections) {
        Object.defineProperty(pc, 'connectionState', { get: () => 'disconnected' });
        pc.dispatchEvent(new Event('connectionstatechange'));
    } }""")
    await seen(offers, 1)
    await sees(page, 1)


async def test_a_network_that_lets_nothing_through_is_named(stage: Stage) -> None:
    page = await prepared(stage, await stage.person("Ohne Durchlass"))
    offers: list[Request] = []

    async def unreachable(route: Route) -> None:
        offers.append(route.request)
        answer = await route.fetch()
        sdp = re.sub(r"(a=candidate:\S+ 1 \w+ \d+ \S+) \d+ typ", r"\1 9 typ", await answer.text())
        await route.fulfill(response=answer, body=sdp)

    await page.route(WHEP, unreachable)
    await join(stage, page, "round")
    await page.wait_for_selector("#banner:has-text('Dieses Netz sperrt Ton und Bild')", timeout=40_000)
    assert len(offers) == 2
    await page.unroute(WHEP)
    await page.evaluate("dispatchEvent(new Event('online'))")  # the next one lets through what it shall
    await page.wait_for_selector("#banner", state="hidden")
    await no_errors(page)


async def test_connections_are_seen_by_oneself_and_by_the_moderation(stage: Stage, axe_core: str) -> None:
    anna = await stage.enter(await stage.person("Anna Anschluss"), "round")
    moderator = await stage.enter(await stage.person("Mira Moderat", Role.MODERATOR), "round")
    await moderator.click("#tool-camera")
    await shows(anna, "#line[data-quality=good]:has-text('Verbindung gut') .bars")
    assert await anna.is_hidden("#health")
    await moderator.focus("#health > summary")
    await moderator.keyboard.press("Enter")
    await shows(moderator, "#health[open]")

    async def listed() -> bool:
        return "Anna Anschluss" in await moderator.inner_text("#health-people")

    await until(listed, "the list of connections")
    await shows(moderator, "#health-people li:has-text('Anna Anschluss') .word:has-text('gut')")
    await moderator.click("#health-people li:has-text('Anna Anschluss') summary")
    await shows(moderator, "#health-people .figures:has-text('Empfängt:')")
    assert await violations(moderator, axe_core) == []
    await moderator.set_viewport_size({"width": 320, "height": 640})
    assert await violations(moderator, axe_core) == []
    assert await moderator.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await no_errors(anna, moderator)
