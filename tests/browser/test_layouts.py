"""The stage as each person chooses it: layouts, pages, the interpreter's place, the data saver, small window, full screen."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.async_api import Page, WebSocketRoute

from conference.people.model import Role
from tests.browser.axe import source, violations
from tests.browser.room_house import Stage, join, prepared
from tests.browser.test_room import hears, no_errors, shows, tile, until
from tests.browser.test_room_media import PICTURES, tells, views_of
from tests.media.browsers.length import in_soak
from tests.services import skip_or_fail

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SIZES = {
    "desk": (1280, 800),
    "phone": (390, 844),
    "small phone": (320, 568),
    "on its side": (844, 390),
    "small, on its side": (568, 320),
}
SIGNER = """() => { const { width, height, top, bottom } = document.querySelector('#signer .tile').getBoundingClientRect();
  const stage = document.getElementById('stage').getBoundingClientRect();
  return width >= 320 && height >= 240 && top >= stage.top - 1 && bottom <= stage.bottom + 1; }"""
NO_SMALL_WINDOW = """delete window.documentPictureInPicture;
Object.defineProperty(document, 'pictureInPictureEnabled', { get: () => false });"""
CONNECTED = "() => window.__connections.filter((each) => each.connectionState === 'connected').length"
FITS = "() => document.documentElement.scrollWidth <= innerWidth"


async def chosen(page: Page, name: str, value: str) -> None:
    """Choose in the sheet of the view, by keyboard."""
    await page.focus("#tool-view")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#more:popover-open")
    await page.focus(f"#view [name={name}]:checked")
    values: list[str] = await page.eval_on_selector_all(f"#view [name={name}]", "all => all.map(({ value }) => value)")
    now = await page.evaluate("() => document.activeElement.value")
    for _ in range((values.index(value) - values.index(now)) % len(values)):
        await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Escape")
    await page.wait_for_selector("#more:popover-open", state="detached")
    assert await page.evaluate("() => document.activeElement.id") == "tool-view"


async def receives_no_pictures(page: Page) -> None:
    before = -1

    async def silent() -> bool:
        nonlocal before
        last, before = before, int(await page.evaluate(PICTURES))
        return last == before

    await until(silent, "no packets of pictures")


async def accessible(page: Page) -> None:
    try:
        script = source()
    except FileNotFoundError as reason:
        skip_or_fail(str(reason))
    assert await violations(page, script) == []
    assert await page.evaluate(FITS)


@in_soak
async def test_the_interpreter_stays_and_the_data_saver_takes_what_it_says(stage: Stage) -> None:
    page = await prepared(stage, await stage.person("Anna Ausblick"), NO_SMALL_WINDOW)
    told = views_of(page)
    await join(stage, page, "round")
    assert await page.is_hidden("#float")
    sina = await stage.enter(await stage.person("Sina Gebärde", Role.INTERPRETER), "round")
    mara = await stage.enter(await stage.person("Mara Bild"), "round")
    for other in (sina, mara):
        await other.click("#tool-camera")
    await mara.click("#tool-microphone")
    await shows(page, "#signer .tile.seen")
    await shows(page, f".tiles {tile('Mara Bild').removeprefix('.stage ')}.seen")
    signer = await page.get_attribute("#signer .tile", "data-seat")

    # the interpreter's place is never smaller than hands need, and served first
    for layout in ("speaker", "grid", "screen"):
        await page.set_viewport_size({"width": 1280, "height": 800})
        await chosen(page, "layout", layout)
        for name, (width, height) in SIZES.items():
            await page.set_viewport_size({"width": width, "height": height})
            await page.wait_for_function(SIGNER, timeout=5000)
            assert await page.evaluate(FITS), (layout, name)
    await tells(told, lambda view: view["pinned"] == [signer], "the interpreter first")
    await tells(told, lambda view: view["tiles"][0]["seat"] == signer and view["tiles"][0]["height"] >= 240, "large enough")
    await page.set_viewport_size({"width": 1280, "height": 800})

    def seen(view: dict[str, Any]) -> list[str]:
        return [each["seat"] for each in view["tiles"] if each["width"]]

    await chosen(page, "saver", "screen")
    await tells(told, lambda view: seen(view) == [signer], "only the interpreter")
    await shows(page, f".tiles {tile('Mara Bild').removeprefix('.stage ')} .why:has-text('Sie sparen Daten')")
    await accessible(page)

    await chosen(page, "saver", "sound")
    await tells(told, lambda view: seen(view) == [], "no pictures")
    await receives_no_pictures(page)
    await hears(page)

    await chosen(page, "saver", "nothing")
    await page.wait_for_function(f"() => ({CONNECTED})() === 0")
    await shows(page, "#banner:has-text('weder Ton noch Bild')")
    await page.reload()
    await shows(page, "#banner:has-text('weder Ton noch Bild')")
    assert await page.evaluate(CONNECTED) == 0
    assert await page.input_value("#view [name=layout]:checked") == "screen"
    assert await page.input_value("#view [name=saver]:checked") == "nothing"
    await accessible(page)
    await page.click("#banner button")
    await hears(page)
    await receives_no_pictures(page)
    await no_errors(page, sina, mara)


async def crowded(stage: Stage, **options: Any) -> tuple[Page, list[dict[str, Any]]]:
    """A room with 25 people who are made up by a message of the server, and the views that the page tells."""
    page = await prepared(stage, await stage.person("Vera Vielseitig"), **options)
    lines: list[WebSocketRoute] = []
    told: list[dict[str, Any]] = []

    async def between(line: WebSocketRoute) -> None:
        server = line.connect_to_server()
        lines.append(line)

        def said(message: str | bytes) -> None:
            if "room.view" in (text := str(message)):
                told.append(json.loads(text))
            server.send(message)

        line.on_message(said)

    await page.route_web_socket(re.compile("/live"), between)
    await join(stage, page, "round")
    person = {"initiative": "Agentur Musterland", "land": "Sachsen-Anhalt", "here": True, "screen": False, "signing": False}
    more = {
        "way": None,
        "floor": False,
        "until": None,
        "promoted": False,
        "rests": False,
        "signs": False,
        "number": 1,
        "camera": True,
    }
    people = [
        {
            **person, **more, "seat": f"seat-{number}", "name": f"Person {number}", "hand": 3 if number == 1 else None,
            "microphone": number != 1, "role": "attendee" if number else "moderator", "line": "poor" if number == 1 else "good",
        }
        for number in range(25)
    ]  # fmt: skip
    lines[0].send(json.dumps({"type": "room.people", "people": people, "gone": []}))
    lines[0].send(json.dumps({"type": "room.speakers", "seats": ["seat-0"]}))
    await page.wait_for_selector("#pager:not([hidden])")
    return page, told


async def tiles_say_it_in_words(page: Page) -> None:
    """What icons and colours show, too."""
    words = re.sub(r"\s+", " ", await page.locator(".tiles .tile", has_text="Person 1").first.inner_text())
    for word in ("Person 1", "Agentur Musterland", "Sachsen-Anhalt", "Verbindung schlecht", "3. Stelle"):
        assert word in words, words
    assert await page.is_visible('.tile[data-seat="seat-1"] [aria-label="Mikrofon aus"]')
    assert await page.is_visible('.tile[data-seat="seat-0"].speaks [aria-label="spricht"]')
    assert "Moderation" in await page.inner_text('.tile[data-seat="seat-0"] .who')


async def in_a_small_window(page: Page, name: str) -> None:
    """It shows whoever is large. Begins and ends with the sheet open."""
    if await page.is_hidden("#float"):
        return
    async with page.context.expect_page() as opened:
        await page.click("#float")
    floating = await opened.value
    await floating.wait_for_selector(f"figcaption:has-text('Person {name}')")
    await page.click("#tool-view")
    await page.click("#float")
    await page.wait_for_function("() => document.getElementById('float').textContent.trim() === 'Kleines Fenster'")
    await page.click("#tool-view")


async def in_full_screen(page: Page) -> None:
    await page.click("#full")
    await page.wait_for_function("() => document.fullscreenElement?.matches('main.full')")
    await shows(page, "#said:has-text('Escape')")
    assert await page.evaluate("document.getElementById('announcements').closest('main') !== null")  # in sight there as well
    await page.keyboard.press("Escape")
    await page.wait_for_function("() => !document.fullscreenElement")
    await page.wait_for_function("() => document.querySelector('#announcements + main') !== null")


async def on_a_phone(page: Page) -> None:
    """Tools that the bar has no room for stand in the sheet."""
    await page.click("#side-close")
    await page.set_viewport_size({"width": 320, "height": 568})
    await shows(page, "#pager:not([hidden])")
    await page.click("#tool-view")
    await page.click("#more-tools #tool-people")
    await shows(page, "#side:not([hidden]) #panel-people")
    await accessible(page)


async def test_25_people_in_pages_by_keyboard_in_every_layout(stage: Stage) -> None:
    page, told = await crowded(stage, color_scheme="light")

    def seen(view: dict[str, Any]) -> set[str]:
        return {each["seat"] for each in view["tiles"] if each["width"]}

    await tells(told, lambda view: len(view["tiles"]) == 25 and 1 < len(seen(view)) <= 12, "a page of pictures")
    first = seen(told[-1])
    shown = page.locator(".tiles .tile")
    assert 1 < await shown.count() <= 12
    assert re.fullmatch(r"Seite 1 von \d", await page.inner_text("#page-number"))

    await tiles_say_it_in_words(page)
    await accessible(page)

    # pages by keyboard; what is on another page is not asked for, and who speaks there is named
    await page.focus("#page-next")
    await page.keyboard.press("Enter")
    await shows(page, "#page-voice:has-text('Person 0')")
    await tells(told, lambda view: bool(seen(view)) and not seen(view) & first, "another page")
    await shows(page, "#said:has-text('Seite 2')")
    await page.keyboard.press("PageDown")
    await shows(page, "#page-number:has-text('Seite 3')")
    await page.keyboard.press("PageUp")
    await accessible(page)

    # kept in front in every layout and on every page
    await page.emulate_media(color_scheme="dark")
    pin = page.locator(".tiles .tile .pin").first
    await pin.focus()
    await page.keyboard.press("Enter")
    kept = await page.get_attribute(".tile.pinned", "data-seat")
    for layout in ("speaker", "grid"):
        await chosen(page, "layout", layout)
        await shows(page, f'#stage[data-layout="{layout}"] .tile.main[data-seat="{kept}"]')
        await accessible(page)
    await page.emulate_media(forced_colors="active")
    await accessible(page)
    await page.emulate_media(forced_colors="none")

    await page.click("#tool-view")
    await accessible(page)
    await in_a_small_window(page, (kept or "").removeprefix("seat-"))
    await in_full_screen(page)
    await on_a_phone(page)
    await no_errors(page)
