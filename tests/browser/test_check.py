"""Testing one's devices in Chromium: fake devices, every refusal in its own words, keyboard alone, small screens."""

from __future__ import annotations

import json
from typing import Literal

import pytest

from tests.browser import axe
from tests.browser.check_page import CHECK, REFUSE, healthy, module, opened, run, until
from tests.browser.room_house import SLUG, Stage
from tests.services import skip_or_fail

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


async def test_one_sees_and_hears_oneself_and_nobody_else_does(stage: Stage) -> None:
    page = await opened(stage)
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    await page.click("#camera-switch")
    await until(page, "document.querySelector('#camera-picture').getVideoPlaybackQuality().totalVideoFrames > 5")
    assert await page.eval_on_selector("#camera-picture", "v => getComputedStyle(v).transform") == "matrix(-1, 0, 0, 1, 0, 0)"
    assert await page.inner_text("#camera-switch") == "Kamera ausschalten"
    await page.click("#microphone-switch")
    await until(page, "document.querySelector('#level').value > 35")
    assert await page.get_attribute("#level", "aria-valuetext") == await page.inner_text("#level-word")
    await until(page, "document.querySelector('#said').textContent.includes('Mikrofon funktioniert')")
    assert await page.eval_on_selector_all("#camera-list option", "all => all.length") > 0
    assert await page.evaluate("window.__connections.length") == 0
    assert sockets == []
    await page.click("#camera-switch")
    await page.click("#microphone-switch")
    assert await page.is_visible("#camera-none")
    assert await page.inner_text("#level-word") == "aus"
    await healthy(page)


async def test_the_test_tone_goes_through_the_chosen_loudspeaker(stage: Stage) -> None:
    heard = """window.__sinks = []; const real = HTMLMediaElement.prototype.setSinkId;
      HTMLMediaElement.prototype.setSinkId = function (id) { window.__sinks.push(id); return real.call(this, id); };"""
    page = await opened(stage, script=heard)
    await page.click("#microphone-switch")  # names of outputs are told only after permission
    await page.wait_for_selector("#speaker-choice:not([hidden])")
    ids = await page.eval_on_selector_all("#speaker-list option", "all => all.map((each) => each.value)")
    await page.select_option("#speaker-list", ids[-1])
    await until(page, "document.querySelector('#tone-word').textContent.includes('Haben Sie drei Töne gehört')")
    assert await page.evaluate("window.__sinks") == [ids[-1]]
    assert await page.is_hidden("#speaker-note")
    await healthy(page)


async def test_without_a_choice_of_loudspeakers_the_system_s_own_is_used(stage: Stage) -> None:
    page = await opened(stage, script="delete HTMLMediaElement.prototype.setSinkId;")
    await page.click("#microphone-switch")
    await page.wait_for_selector("#microphone-choice:not([hidden])")
    assert await page.is_hidden("#speaker-choice")
    assert await page.is_visible("#speaker-note")
    await page.click("#tone")
    await until(page, "document.querySelector('#tone-word').textContent.includes('Haben Sie drei Töne gehört')")


async def test_a_computer_without_any_output_is_not_taken_for_a_silent_microphone(stage: Stage) -> None:
    """As Firefox has it there: what plays and measures sound never begins."""
    never = """AudioContext.prototype.resume = () => new Promise(() => {});
      Object.defineProperty(AudioContext.prototype, "state", { get: () => "suspended" });"""
    page = await opened(stage, script=never)
    await page.click("#microphone-switch")
    await page.click("#tone")
    await until(page, "/nicht messen/.test(document.querySelector('#level-word').textContent)")
    await until(page, "/kann die Töne nicht abspielen/.test(document.querySelector('#tone-word').textContent)")
    await healthy(page)


async def test_the_choice_is_kept_only_after_a_tick_and_then_the_room_takes_it(stage: Stage) -> None:
    person = await stage.person("Kim Beispiel")
    page = await opened(stage, person, REFUSE % "{}")
    await page.click("#microphone-switch")
    await page.wait_for_selector("#microphone-choice:not([hidden])")
    ids = await page.eval_on_selector_all("#microphone-list option", "all => all.map((each) => each.value)")
    await page.select_option("#microphone-list", ids[-1])
    await until(page, "window.__wishes.length === 2")
    assert await page.evaluate("window.__wishes[1].audio.deviceId.exact") == ids[-1]
    await until(page, "document.querySelector('#microphone-switch').innerText === 'Mikrofon ausschalten'")
    assert await page.evaluate("Object.keys(localStorage)") == []
    await page.check("#remember")
    assert json.loads(await page.evaluate("localStorage['meetingpoint.devices']"))["microphone"] == ids[-1]
    await page.goto(f"{stage.base}/{SLUG}/sessions/round/room")
    await page.click("#join")
    await page.click("#tool-microphone")
    await until(page, "window.__wishes.length === 1")
    assert await page.evaluate("window.__wishes[0].audio.deviceId.exact") == ids[-1]
    await page.goto(stage.base + CHECK)
    assert await page.is_checked("#remember")
    await page.uncheck("#remember")
    assert await page.evaluate("Object.keys(localStorage)") == []


# (name, message, state of the permission) -> reason
REFUSALS = {
    "dismissed": ("NotAllowedError", "Permission dismissed", "prompt"),
    "denied": ("NotAllowedError", "Permission denied", "denied"),
    "system": ("NotAllowedError", "Permission denied by system", "prompt"),
    "not_found": ("NotFoundError", "Requested device not found", "prompt"),
    "not_readable": ("NotReadableError", "Could not start video source", "granted"),
    "overconstrained": ("OverconstrainedError", "", "granted"),
    "policy": ("SecurityError", "", "denied"),
    "other": ("OddError", "", "prompt"),
}


@pytest.mark.parametrize("device", ["camera", "microphone"])
async def test_every_refusal_has_its_own_words_and_a_way_out(stage: Stage, device: str) -> None:
    page = await opened(stage, None, REFUSE % "{}")
    texts = json.loads(await page.eval_on_selector("#check-data", "e => e.textContent"))["texts"]
    box = page.locator(f"#{device}-problem")
    for reason, (name, message, state) in REFUSALS.items():
        await page.evaluate(f"window.__refusals = {json.dumps({device: [name, message], 'state': state})}")
        await page.click(f"#{device}-switch")
        await box.wait_for()
        assert await box.get_attribute("data-reason") == reason
        assert await box.locator(".title").inner_text() == texts[f"{device}_{reason}"]
        assert len(await box.locator(".way").inner_text()) > 30
        assert await page.evaluate("document.activeElement.id") == f"{device}-again"
        await page.evaluate("window.__refusals = {}")
        await page.keyboard.press("Enter")
        await box.wait_for(state="hidden")
        assert await page.evaluate("document.activeElement.id") == f"{device}-switch"
        await page.get_by_role("button", name=texts[f"{device}_off"]).click()
    await healthy(page)


async def test_a_page_that_may_not_says_so_without_asking(stage: Stage) -> None:
    insecure = "Object.defineProperty(window, 'isSecureContext', { value: false });"
    page = await opened(stage, None, insecure)
    await page.click("#camera-switch")
    await page.wait_for_selector("#camera-problem[data-reason=insecure]")
    page = await opened(stage, None, "Object.defineProperty(navigator, 'mediaDevices', { value: undefined });")
    await page.click("#microphone-switch")
    await page.wait_for_selector("#microphone-problem[data-reason=unsupported]")
    forbidden = "Object.defineProperty(document, 'featurePolicy', { value: { allowsFeature: () => false } });"
    page = await opened(stage, None, forbidden)
    await page.click("#camera-switch")
    await page.wait_for_selector("#camera-problem[data-reason=policy]")
    await healthy(page)


async def test_the_way_out_is_that_of_the_browser_and_of_the_system(stage: Stage) -> None:
    page = await opened(stage)
    agents = {
        "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/156.0 Safari/537.36 Edg/156.0": ["chromium", "windows"],
        "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0": ["firefox", "other"],
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/605 Version/19.0 Safari/605": ["safari", "mac"],
        "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Mobile Safari/604": ["ios", "phone"],
        "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/156.0 Mobile Safari/537.36": ["android", "phone"],
    }
    for agent, expected in agents.items():
        quoted = json.dumps(agent)
        assert await module(page, "check/problem.js", f"[m.browserOf({quoted}), m.systemOf({quoted})]") == expected


async def test_loudness_has_words(stage: Stage) -> None:
    page = await opened(stage)
    for amplitude, word in ((0, "level_none"), (0.003, "level_quiet"), (0.05, "level_good"), (1, "level_loud")):
        samples = f"new Float32Array(512).fill(0).map((_, n) => {amplitude} * Math.sin(n / 3))"
        assert await module(page, "check/level.js", f"m.wordOf(m.loudness({samples}))") == word


# -- for everybody


async def test_everything_goes_by_keyboard_alone(stage: Stage) -> None:
    page = await opened(stage, await stage.person("Tab Beispiel"))
    await page.focus("h1 >> xpath=ancestor::main")

    async def reach(name: str) -> None:
        for _ in range(40):
            await page.keyboard.press("Tab")
            if await page.evaluate("document.activeElement.id || document.activeElement.tagName") == name:
                return
        raise AssertionError(f"{name} cannot be reached")

    await reach("camera-switch")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#camera-none", state="hidden")
    await reach("microphone-switch")
    await page.keyboard.press("Space")
    await page.wait_for_selector("#microphone-choice:not([hidden])")
    await reach("tone")
    await page.keyboard.press("Enter")
    await reach("remember")
    await reach("test")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#outcome:not([hidden])", timeout=20_000)
    assert await page.evaluate("document.activeElement.id") == "test"
    await reach("SUMMARY")
    await page.keyboard.press("Enter")
    await reach("report")
    await reach("copy")
    await page.keyboard.press("Enter")
    await until(page, "document.querySelector('#copied').textContent !== ''")


async def test_every_state_is_accessible_and_fits_a_small_screen(stage: Stage) -> None:
    try:
        rules = axe.source()
    except FileNotFoundError as missing:
        skip_or_fail(str(missing))
    script = REFUSE % json.dumps({"camera": ["NotAllowedError", "Permission denied"], "state": "denied"})
    person = await stage.person("Axel Beispiel")
    page = await opened(stage, person, script, viewport={"width": 320, "height": 700})

    async def accessible() -> None:
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme)
            assert await axe.violations(page, rules) == [], scheme

    await accessible()
    await page.click("#camera-switch")
    await page.click("#microphone-switch")
    await page.click(".report summary")
    await run(page)
    await accessible()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("path", [f"/{SLUG}/", f"/{SLUG}/sessions/round/room"])
async def test_the_day_s_pages_lead_here_and_name_the_help(stage: Stage, path: str) -> None:
    page = await (await stage.context(await stage.person("Pia Beispiel"))).new_page()
    await page.goto(stage.base + path)
    assert await page.locator("main a[href*='/check']:visible").count() == 1
    assert await page.locator("a[href='mailto:b@example.org']").count() >= 1
    assert await page.locator("a[href='/sign-in']").count() >= 1
    await page.click("main a[href*='/check']")
    await page.wait_for_selector("#camera-switch")
