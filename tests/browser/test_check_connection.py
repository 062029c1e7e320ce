"""Testing the connection in Chromium against a real node: each way by itself, networks that let less through, what is told."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from conference.people.model import Role
from tests.browser.check_page import BLOCK, THROUGH, healthy, module, opened, run, until
from tests.browser.firefox_house import staged_with_firefox
from tests.browser.room_house import SLUG, Stage

pytestmark = [pytest.mark.browser, pytest.mark.slow]


async def test_all_ways_are_tried_for_somebody_who_is_expected(stage: Stage) -> None:
    page = await opened(stage, await stage.person("Ria Beispiel"))
    found = await run(page)
    assert list(found) == ["browser", "line", "udp", "tcp"]
    assert set(found.values()) <= THROUGH
    assert await page.get_attribute("#verdict", "data-state") in THROUGH
    assert "ms hin und zurück" in await page.inner_text("#findings [data-name=udp]")
    report = await page.input_value("#report")
    assert "Ria" not in report
    assert "UDP " in report
    assert (await page.evaluate("navigator.userAgent")) in report
    assert set((await run(page)).values()) <= THROUGH  # as often as one likes
    await healthy(page)


async def test_a_network_without_udp_goes_by_tcp(stage: Stage) -> None:
    page = await opened(stage, await stage.person("Ida Beispiel"), BLOCK % '["udp"]')
    found = await run(page)
    assert found["udp"] == "failed"
    assert found["tcp"] in THROUGH
    assert await page.get_attribute("#verdict", "data-state") == "limits"
    assert await page.inner_text("#verdict .what") == (
        "Ihr Netz lässt kein UDP durch. Ton und Bild gehen über TCP: etwas später, aber sie gehen."
    )


async def test_a_network_that_lets_nothing_through_is_named_with_what_goes_on_working(stage: Stage) -> None:
    page = await opened(stage, await stage.person("Jo Beispiel"), BLOCK % '["udp", "tcp"]', locale="en-GB")
    found = await run(page)
    assert (found["udp"], found["tcp"]) == ("failed", "failed")
    assert await page.get_attribute("#verdict", "data-state") == "failed"
    assert "Captions, chat, questions and polls work all the same" in await page.inner_text("#verdict")


async def test_a_proxy_that_blocks_the_page_s_line_is_found(stage: Stage) -> None:
    page = await opened(stage)
    await page.route_web_socket("**/live*", lambda line: line.close())
    assert (await run(page))["line"] == "failed"
    assert "nicht zu erreichen" in await page.inner_text("#verdict")


async def test_strangers_are_told_how_the_rest_is_tested(stage: Stage) -> None:
    page = await opened(stage)
    found = await run(page)
    assert (found["udp"], found["tcp"]) == ("untested", "untested")
    assert "persönlichen Link" in await page.inner_text("#findings [data-name=udp]")
    assert await page.get_attribute("#verdict", "data-state") == "untested"


async def test_the_report_names_what_to_open(stage: Stage) -> None:
    page = await opened(stage)
    data = {
        "origin": "https://meet.example.org", "media": {"hosts": ["192.0.2.1"], "ports": [8443]},
        "turn": ["turns:turn.example.org:443?transport=tcp", "turn:[2001:db8::1]"],
    }  # fmt: skip
    addresses = ["udp 192.0.2.1 8443", "tcp 192.0.2.1 8443", "udp 2001:db8::7 8443"]
    lines = await module(page, "check/report.js", f"m.toOpen({json.dumps(data)}, {json.dumps(addresses)})")
    assert [line[:2] for line in lines] == [
        ["TCP 443", "meet.example.org"],
        ["UDP 8443", "192.0.2.1"],
        ["UDP 8443", "2001:db8::7"],
        ["TCP 8443", "192.0.2.1"],
        ["TCP 443", "turn.example.org"],
        ["UDP 3478", "[2001:db8::1]"],
    ]


async def test_figures_come_from_the_way_in_use(stage: Stage) -> None:
    page = await opened(stage)
    pair = {"type": "candidate-pair", "requestsSent": 11, "responsesReceived": 9, "totalRoundTripTime": 0.9}
    stats = [
        {**pair, "id": "a", "responsesReceived": 1},
        {**pair, "id": "b"},
        {"type": "transport", "selectedCandidatePairId": "b"},
    ]
    told = await module(page, "check/ways.js", f"m.figures({json.dumps(stats)})")
    assert told == {"roundTrip": pytest.approx(0.1), "loss": pytest.approx(0.1), "checks": 10}
    assert await module(page, "check/ways.js", "m.figures([])") == {"roundTrip": None, "loss": None, "checks": 0}


# -- what the organisers learn


async def test_the_organisers_learn_the_result_by_a_tick_and_forget_it_by_a_button(stage: Stage) -> None:
    page = await opened(stage, await stage.person("Tim Beispiel"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.post_data or "") if request.url.endswith("/result") else None)
    await run(page)
    assert asked == []  # not without consent
    outcome = await page.get_attribute("#verdict", "data-state")
    await page.check("#share")
    await until(page, "document.querySelector('#shared').textContent.startsWith('Die Organisation sieht jetzt: geht')")
    assert asked == [f"outcome={outcome}"]
    desk = await (await stage.context(await stage.person("Olga Beispiel", Role.ORGANISER))).new_page()
    await desk.goto(f"{stage.base}/desk/{SLUG}/people")
    row = desk.locator("tr", has_text="Tim Beispiel")
    assert "geht" in await row.inner_text()
    assert await row.locator("svg use").count() == 1
    await page.reload()
    assert await page.is_checked("#share")
    assert "Die Organisation sieht: geht" in await page.inner_text("#kept")
    await page.click("#forget button")
    await until(page, "document.querySelector('#shared').textContent === 'Ihr Ergebnis ist gelöscht.'")
    assert not await page.is_checked("#share")
    assert await page.evaluate("document.activeElement.id") == "share"
    await desk.reload()
    assert "nichts mitgeteilt" in await row.inner_text()
    await healthy(page)


# -- another browser


async def test_firefox_finds_the_same_ways(tmp_path: Path) -> None:
    async with asyncio.timeout(60), staged_with_firefox(tmp_path) as (stage, firefox):
        page = await firefox.open(await stage.link(await stage.person("Flora Fuchs")))
        await page.click("button[value$='/check']")
        await page.wait_for("location.pathname.endsWith('/check') && document.readyState === 'complete'")
        await page.click("#camera-switch")
        await page.wait_for("document.querySelector('#camera-none').hidden")
        await page.click("#microphone-switch")
        # Without any output for sound, as on most machines that run tests, Firefox measures nothing.
        await page.wait_for(
            "document.querySelector('#level').value > 8 || /nicht messen/.test(document.querySelector('#level-word').textContent)"
        )
        await page.click("#test")
        await page.wait_for("!document.querySelector('#outcome').hidden", 25)
        states = await page.evaluate("[...document.querySelectorAll('#findings > li')].map((item) => item.className)")
        assert len(states) == 4
        assert set(states) <= THROUGH, await page.evaluate("document.querySelector('#report').value")
        assert "ms " in await page.evaluate("document.querySelector('[data-name=udp]').textContent")
        assert [line for line in await page.log() if line.startswith("error")] == []
