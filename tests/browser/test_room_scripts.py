"""Scripts of the room that are values in, values out: read as modules by Chromium, without any server."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.async_api import Browser

from conference.web.static import FOLDER

pytestmark = [pytest.mark.browser]

OFFER = (
    "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\na=group:BUNDLE 0 1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=ice-ufrag:abcd\r\n"
    "a=ice-pwd:secretsecretsecretsecret\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=ice-ufrag:abcd\r\na=ice-pwd:secretsecretsecretsecret\r\na=mid:1\r\n"
    "a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack\r\n"
)
ANSWER = (
    "v=0\r\nm=audio 5000 UDP/TLS/RTP/SAVPF 111\r\na=ice-ufrag:old1\r\na=ice-pwd:oldoldold\r\n"
    "a=candidate:1 1 udp 1 10.0.0.1 1 typ host\r\na=end-of-candidates\r\n"
    "m=video 5000 UDP/TLS/RTP/SAVPF 96\r\na=ice-ufrag:old1\r\na=ice-pwd:oldoldold\r\n"
)
FRAGMENT = (
    "a=ice-ufrag:new2\r\na=ice-pwd:newnewnew\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=candidate:1 1 udp 9 10.0.0.2 2 typ host\r\n"
)


async def said(chromium: Browser, module: str, expression: str) -> Any:
    """What an expression over a module `m` is worth."""
    code = (FOLDER / "js" / module).read_text(encoding="utf-8")
    page = await chromium.new_page()
    try:
        return await page.evaluate(
            """async ([code, expression]) => {
              const m = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
              return new Function("m", `return ${expression}`)(m);
            }""",
            [code, expression],
        )
    finally:
        await page.close()


async def test_lost_sound_is_wished_for_once(chromium: Browser) -> None:
    once = await said(chromium, "media/sdp.js", f"m.withAudioNack({json.dumps(OFFER)})")
    assert once == OFFER.replace("opus/48000/2\r\n", "opus/48000/2\r\na=rtcp-fb:111 nack\r\n")
    assert await said(chromium, "media/sdp.js", f"m.withAudioNack({json.dumps(once)})") == once


async def test_a_fragment_names_the_first_section_and_the_new_credentials(chromium: Browser) -> None:
    assert (await said(chromium, "media/sdp.js", f"m.fragmentOf({json.dumps(OFFER)})")).split("\r\n") == [
        "a=group:BUNDLE 0 1",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "a=mid:0",
        "a=ice-ufrag:abcd",
        "a=ice-pwd:secretsecretsecretsecret",
        "",
    ]


async def test_the_answer_to_a_restart_is_the_one_before_with_new_ways_in(chromium: Browser) -> None:
    expression = f"m.restarted({json.dumps(ANSWER)}, {json.dumps(FRAGMENT)})"
    expected = ANSWER.replace("old1", "new2").replace("oldoldold", "newnewnew").replace("udp 1 10.0.0.1 1", "udp 9 10.0.0.2 2")
    assert await said(chromium, "media/sdp.js", expression) == expected
    without = FRAGMENT.partition("a=candidate")[0]
    kept = await said(chromium, "media/sdp.js", f"m.restarted({json.dumps(ANSWER)}, {json.dumps(without)})")
    assert "10.0.0.1 1 typ host" in kept
    assert await said(chromium, "media/sdp.js", f"m.restarted({json.dumps(ANSWER)}, 'a=ice-ufrag:x')") is None


@pytest.mark.parametrize(
    ("width", "height", "layers"),
    [(1280, 720, 3), (720, 1280, 3), (1920, 1080, 3), (640, 480, 2), (640, 360, 2), (320, 240, 1), (160, 120, 1)],
)
async def test_a_camera_has_as_many_layers_as_its_size_is_worth(chromium: Browser, width: int, height: int, layers: int) -> None:
    assert await said(chromium, "media/sending.js", f"m.layersFor({{width: {width}, height: {height}}})") == layers


@pytest.mark.parametrize(
    ("before", "now", "paused", "quality"),
    [
        ((0, 1000, 0, 0.05), (0, 1100, 0, 0.05), False, "good"),
        ((0, 1000, 0, 0.05), (3, 1100, 0, 0.05), False, "fair"),
        ((0, 1000, 0, 0.05), (10, 1100, 0, 0.05), False, "poor"),
        ((0, 1000, 0, 0.05), (2, 1003, 0, 0.05), False, "good"),  # too few to say anything
        ((0, 1000, 0, 0.05), (0, 1100, 0.03, 0.05), False, "fair"),
        ((0, 1000, 0, 0.05), (0, 1100, 0, 0.5), False, "poor"),
        ((50, 1000, 0, 0.05), (0, 10, 0, 0.05), False, "good"),  # another connection counts from the beginning
        ((0, 1000, 0, 0.05), (0, 1100, 0, 0.05), True, "poor"),
    ],
)
async def test_the_quality_of_ones_own_connection(
    chromium: Browser, before: tuple[float, ...], now: tuple[float, ...], paused: bool, quality: str
) -> None:
    names = ("lost", "received", "loss", "roundTrip")
    bounds = {"good": {"loss": 0.02, "round_trip": 0.2}, "fair": {"loss": 0.05, "round_trip": 0.4}}
    given = ", ".join(json.dumps(dict(zip(names, taken, strict=True))) for taken in (before, now))
    expression = f"m.judge({given}, {json.dumps(bounds)}, {json.dumps(paused)})"
    assert await said(chromium, "media/quality.js", expression) == quality


async def test_the_light_turns_amber_and_red_by_the_servers_clock_and_says_so_once(chromium: Browser) -> None:
    script = """(() => {
      const lamp = document.createElement("p"), text = document.createElement("span"), said = [], seen = [];
      const texts = { lit: "{minutes} minutes", left: "{time} left", amber: "{n} seconds", red: "over", over: "{time} over" };
      let now = 5000;
      performance.now = () => now;
      const light = new m.Light(lamp, text, texts, (one) => said.push(one));
      light.take({ light: { since: "2021-05-04T10:00:00Z", seconds: 120 }, now: "2021-05-04T10:00:10.4Z" });
      for (const later of [0, 79000, 79700, 109600, 110600, 175000]) {
        now = 5000 + later;
        light.draw();
        seen.push([text.textContent, lamp.dataset.phase]);
      }
      light.take({ light: null, now: "2021-05-04T10:04:00Z" });
      return { seen, said, hidden: lamp.hidden };
    })()"""
    assert await said(chromium, "results/closing-light.js", script) == {
        "seen": [
            ["1:50 left", "green"],
            ["0:31 left", "green"],
            ["0:30 left", "amber"],
            ["0:00 over", "red"],
            ["0:01 over", "red"],
            ["1:05 over", "red"],
        ],
        "said": ["2 minutes", "30 seconds", "over"],
        "hidden": True,
    }
