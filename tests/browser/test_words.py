"""Words for all in real browsers, against all real processes: text as it is typed, captions by two people and by software, hands
that speak."""

from __future__ import annotations

import asyncio
import statistics
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect

from conference.people.model import Role
from tests.browser.axe import source, violations
from tests.browser.room_house import SLUG, Stage, join, prepared
from tests.media.browsers.length import in_soak
from tests.services import skip_or_fail

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# When which text stood there, by the machine's clock, which all pages share.
NOTE_READ = """() => { window.__read = []; new MutationObserver(() => {
  const shown = document.querySelector('#rtt-lines li.grows .what');
  if (shown) window.__read.push([Date.now(), shown.textContent]);
}).observe(document.getElementById('rtt'), { subtree: true, childList: true, characterData: true }); }"""
NOTE_TYPED = """() => { window.__typed = []; document.getElementById('rtt-field').addEventListener('input', (event) =>
  window.__typed.push([Date.now(), event.target.value]), true); }"""
NOTE_SOCKETS = """window.__sockets = []; const Line = window.WebSocket;
window.WebSocket = class extends Line { constructor(...all) { super(...all); window.__sockets.push(this); } };"""
# Whether the interpreters' place ever shows no picture, and whether it stays the same element.
NOTE_GAPS = """() => { const tile = document.querySelector('#signer .tile'); window.__gaps = []; window.__frames = 0;
  const look = () => { const video = tile.querySelector('video'); window.__frames += 1;
    if (!tile.isConnected) window.__gaps.push('another tile');
    else if (!video || video.hidden || video.readyState < 2 || !video.videoWidth) window.__gaps.push('no picture');
    requestAnimationFrame(look); };
  look(); }"""


@pytest.fixture(scope="module")
def axe() -> str:
    try:
        return source()
    except FileNotFoundError as error:
        skip_or_fail(str(error))


@pytest.fixture(autouse=True)
def patient() -> Iterator[None]:
    """A machine that does much else is slow, and nothing here is about that."""
    expect.set_options(timeout=20_000)
    yield
    expect.set_options(timeout=5_000)


async def no_errors(*pages: Page) -> None:
    for page in pages:
        assert await page.evaluate("window.__errors") == []


def delays(typed: list[tuple[float, str]], read: list[tuple[float, str]]) -> list[float]:
    """Milliseconds from a key until another page shows a text at least as far."""
    found = []
    for at, text in typed:
        seen = next((when for when, shown in read if when >= at - 1 and shown.startswith(text)), None)
        assert seen is not None, f"never read: {text!r}"
        found.append(seen - at)
    return found


@in_soak
async def test_text_is_read_while_it_is_typed(stage: Stage, axe: str) -> None:
    moderator = await stage.enter(await stage.person("Mara Moderat", Role.MODERATOR), "forum")
    anna = await join(stage, await prepared(stage, await stage.person("Anna Beispiel"), NOTE_SOCKETS), "forum")
    jo = await stage.enter(await stage.person("Jo Muster"), "forum", color_scheme="light")
    await anna.click("#tool-text")
    await jo.evaluate(NOTE_READ)
    await anna.evaluate(NOTE_TYPED)

    # the strip opens by itself with the first character, and each is there within half a second
    await anna.locator("#rtt-field").press_sequentially("Guten Morgen, ich schreibe lieber.", delay=70)
    await expect(jo.locator("#rtt-lines li.grows .what")).to_have_text("Guten Morgen, ich schreibe lieber.")
    took = delays(await anna.evaluate("window.__typed"), await jo.evaluate("window.__read"))
    p95 = statistics.quantiles(took, n=20)[18]
    print(f"characters at the other page: median {statistics.median(took):.0f} ms, p95 {p95:.0f} ms, of {len(took)}")
    assert p95 <= 1000  # 500 on a machine that does nothing else

    # erased, inserted in the middle, pasted with a line break: what the writer sees, the readers see
    for _ in range(7):
        await anna.keyboard.press("Backspace")
    await anna.keyboard.press("Home")
    await anna.keyboard.type("Ja: ")
    await expect(jo.locator("#rtt-lines li.grows .what")).to_have_text("Ja: Guten Morgen, ich schreibe ")
    await anna.keyboard.press("End")
    await anna.keyboard.insert_text("hier.\nUnd")
    await expect(jo.locator("#rtt-lines li:not(.grows) .what")).to_have_text("Ja: Guten Morgen, ich schreibe hier.")
    await expect(jo.locator("#rtt-lines li.grows .what")).to_have_text("Und")
    await expect(jo.locator("#rtt-lines li:not(.grows) b")).to_have_text("Anna Beispiel")
    assert await jo.locator("#lines li").count() == 0  # it is no chat

    # a broken line: what was typed meanwhile comes, and nothing comes twice; who comes later reads it all
    await anna.evaluate("window.__sockets.at(-1).close(4000)")
    await anna.keyboard.type(" weiter")
    await anna.keyboard.press("Enter")
    await expect(jo.locator("#rtt-lines li:not(.grows) .what").nth(1)).to_have_text("Und weiter")
    await anna.keyboard.type("Noch")
    late = await stage.enter(await stage.person("Lea Spät"), "forum")
    await expect(late.locator("#rtt-lines .what")).to_have_text(["Ja: Guten Morgen, ich schreibe hier.", "Und weiter", "Noch"])
    assert await violations(jo, axe) == []
    assert await violations(anna, axe) == []

    # the moderation closes it to those who do not speak
    await moderator.uncheck("#rtt-free")
    await expect(anna.locator("#rtt-form")).to_be_hidden()
    await expect(anna.locator("#rtt-closed")).to_contain_text("Als Text")
    await moderator.check("#rtt-free")
    await expect(anna.locator("#rtt-form")).to_be_visible()
    await no_errors(moderator, anna, jo, late)


async def captioner(stage: Stage, name: str, **options: str) -> Page:
    page = await (await stage.context(await stage.person(name, Role.CAPTIONER), **options)).new_page()
    await page.goto(f"{stage.base}/{SLUG}/sessions/stage/captions")
    await page.wait_for_selector("#desk:not([hidden])")
    return page


def post(address: str, secret: str, body: str, kind: str = "text/plain; charset=utf-8") -> int:
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": kind}
    try:
        with urllib.request.urlopen(urllib.request.Request(address, body.encode(), headers), timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


async def test_two_captioners_and_their_software(stage: Stage, axe: str) -> None:
    anna = await stage.enter(await stage.person("Anna Beispiel"), "stage")
    karl = await captioner(stage, "Karl Kaption", color_scheme="light")
    uta = await captioner(stage, "Uta Untertitel", color_scheme="dark")
    strip = anna.locator("#captions-log")

    # one writes, the other reads along; taking over doubles nothing
    await karl.locator("#caption").press_sequentially("Guten Tag", delay=20)
    await expect(strip).to_have_text("Guten Tag")
    await expect(uta.locator("#written .grows .text")).to_have_text("Guten Tag")
    await expect(uta.locator("#writer")).to_have_text("Karl Kaption")
    await uta.keyboard.type("und willkommen")
    await expect(uta.locator("#caption-wrong")).not_to_be_empty()
    await uta.click("#take")
    await expect(karl.locator("#writer")).to_have_text("Uta Untertitel")
    await expect(karl.locator("#caption")).to_have_value("")
    await uta.locator("#caption").press("Enter")
    await expect(strip.locator("p")).to_have_text(["Guten Tag", "und willkommen"])
    await expect(karl.locator("#written-lines .text")).to_have_text(["Guten Tag", "und willkommen"])
    assert await violations(karl, axe) == []
    assert await violations(uta, axe) == []

    # both correct, by keyboard
    await karl.locator("#caption").press("ArrowUp")
    await karl.keyboard.press("Control+a")
    await karl.keyboard.type("und herzlich willkommen")
    await karl.keyboard.press("Enter")
    await expect(strip.locator("p")).to_have_text(["Guten Tag", "und herzlich willkommen"])
    assert await karl.evaluate("document.activeElement.id") == "caption"

    # software of their own, by plain HTTP; handed over by a button
    await karl.fill("#label", "Schriftmaschine")
    await karl.click(".make button")
    secret, address = await karl.input_value("#secret"), f"{stage.base}/{SLUG}/sessions/stage/captions/lines"
    assert await violations(karl, axe) == []
    assert await asyncio.to_thread(post, address, secret, "Zu früh.") == 409
    await uta.click("#give button:last-child")  # nobody's
    assert await asyncio.to_thread(post, address, secret, "Aus der Maschine.") == 204
    await expect(strip.locator("p").last).to_have_text("Aus der Maschine.")
    await expect(uta.locator("#writer")).to_contain_text("Schriftmaschine")
    await karl.click(".tokens .danger")
    assert await asyncio.to_thread(post, address, secret, "Zu spät.") == 401
    assert secret not in stage.process.text()
    await no_errors(anna, karl, uta)


async def test_captions_look_as_their_reader_wants(stage: Stage, axe: str) -> None:
    anna = await stage.enter(await stage.person("Anna Beispiel"), "stage")
    karl = await captioner(stage, "Karl Kaption")
    await karl.locator("#caption").fill("Guten Tag, hier ist eine Zeile, die auch auf einem schmalen Schirm ganz zu lesen ist.")
    await expect(anna.locator("#captions-log")).to_contain_text("Guten Tag")
    await anna.click("#tool-captions")
    await expect(anna.locator("#captions")).to_be_hidden()
    await anna.click("#tool-captions")
    await anna.focus("#captions-set")
    await anna.keyboard.press("Enter")
    for size in ("s", "m", "l", "xl"):
        await anna.check(f"[name=captions-size][value={size}]")
    await anna.check("[name=captions-place][value=above]")
    for colours in ("amber", "day", "sea"):
        await anna.check(f"[name=captions-colours][value={colours}]")
        assert await violations(anna, axe) == []
    assert await anna.evaluate("localStorage.length") == 0
    await anna.check("#captions-keep")
    await anna.keyboard.press("Escape")
    assert await anna.evaluate("document.activeElement.id") == "captions-set"
    places = "['#captions', '#tiles'].map((one) => document.querySelector(one).getBoundingClientRect().top)"
    top, tiles = await anna.evaluate(places)
    assert top < tiles
    await anna.goto(anna.url + "?join")
    await expect(anna.locator('#captions[data-size="xl"][data-colours="sea"]')).to_contain_text("Guten Tag")
    await anna.set_viewport_size({"width": 320, "height": 640})
    assert await anna.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await no_errors(anna, karl)


async def menu(page: Page, name: str, act: str) -> None:
    """Do something from the menu of a person in the list."""
    row = page.locator(f'#panel-people li:has-text("{name}")')
    await row.locator("summary").click()
    await row.locator(f"[data-act={act}]").click()
    await row.locator("summary").click()


@in_soak
async def test_hands_speak_and_interpreters_relieve_each_other(stage: Stage, axe: str) -> None:
    jo = await stage.enter(await stage.person("Jo Muster"), "round")
    anna = await stage.enter(await stage.person("Anna Beispiel"), "round")
    assert await anna.is_hidden("#tool-sign")
    await anna.click("#tool-camera")
    await anna.click("#tool-sign")
    tile = '.tiles .tile:has-text("Anna Beispiel")'
    await jo.wait_for_selector(f"{tile}.speaks")
    await anna.click("#tool-sign")
    await jo.wait_for_selector(f"{tile}:not(.speaks)")

    # the moderation ends it for somebody who has forgotten it
    mara = await stage.enter(await stage.person("Mara Moderat", Role.MODERATOR), "round")
    await mara.click("#tab-people")
    await anna.click("#tool-sign")
    await menu(mara, "Anna Beispiel", "unsign")
    await expect(anna.locator('#tool-sign[aria-pressed="false"]')).to_be_visible()

    ina = await stage.enter(await stage.person("Ina Gebärde", Role.INTERPRETER), "round")
    iris = await stage.enter(await stage.person("Iris Gebärde", Role.INTERPRETER), "round")
    await ina.click("#tool-camera")
    await expect(jo.locator("#signer .tile video")).to_have_js_property("readyState", 4, timeout=30_000)
    await jo.evaluate(NOTE_GAPS)
    assert await violations(iris, axe) == []
    await iris.click("#interpreting-take")
    await jo.wait_for_selector("#signer .tile:has-text('Iris Gebärde')", timeout=30_000)
    await expect(ina.locator('#tool-camera[aria-pressed="false"]')).to_be_visible(timeout=30_000)
    assert await jo.evaluate("window.__gaps") == []
    assert await jo.evaluate("window.__frames") > 10
    assert await jo.locator("#signer .tile").count() == 1

    # and hands the place over, for interpreters who have their hands full
    await menu(mara, "Ina Gebärde", "interpret")
    await expect(mara.locator('#panel-people li:has-text("Iris Gebärde") [data-act=interpret]')).to_have_count(1)
    await ina.click("#interpreting-take")
    await jo.wait_for_selector("#signer .tile:has-text('Ina Gebärde')", timeout=30_000)
    await no_errors(jo, anna, ina, iris, mara)
