"""Leading a room by keyboard alone, against all real processes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.async_api import Page

from conference.people.model import Role
from conference.program.model import Session
from tests.browser.axe import source, violations
from tests.browser.room_house import SLUG, Stage, prepared
from tests.media.browsers.length import in_soak
from tests.services import skip_or_fail

pytestmark = [pytest.mark.browser, pytest.mark.slow]


async def shows(page: Page, selector: str, within: float = 10) -> None:
    await page.wait_for_selector(selector, timeout=within * 1000)


async def tab_to(page: Page, selector: str) -> None:
    """Tab until the focus is there; a keyboard comes everywhere."""
    for _ in range(60):
        if await page.evaluate("(selector) => document.activeElement?.matches(selector) ?? false", selector):
            return
        await page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not come to {selector}")


async def press(page: Page, selector: str, key: str = "Enter") -> None:
    await tab_to(page, selector)
    await page.keyboard.press(key)


async def names(page: Page) -> list[str]:
    found: list[str] = await page.eval_on_selector_all("#queue .seats .name", "all => all.map(one => one.textContent)")
    return found


async def clean(page: Page) -> None:
    try:
        script = source()
    except FileNotFoundError as reason:
        skip_or_fail(str(reason))
    assert await violations(page, script) == []
    assert await page.evaluate("window.__errors") == []


def of(name: str, act: str) -> str:
    return f'#side li:has(.name:text("{name}")) [data-act={act}]'


async def turn(page: Page, tab: str) -> None:
    """Have this tab of the panel in sight."""
    await page.click(f"#tab-{tab}")
    await shows(page, f"#panel-{tab}:not([hidden])")


def focus_of(act: str, name: str) -> str:
    return f'[data-act={act}][aria-label$="{name}"]'


async def test_the_queue_is_led_by_keyboard(stage: Stage) -> None:
    moderator = await stage.enter(await stage.person("Mara Moderat", Role.MODERATOR), "forum")
    anna = await stage.enter(await stage.person("Anna Beispiel"), "forum")
    jo = await stage.enter(await stage.person("Jo Muster"), "forum")

    # the key works everywhere but in text fields; the place and the way stand above the bar
    await anna.keyboard.press("h")
    await shows(anna, "#my-hand:not([hidden]) #my-place:has-text('1. Stelle')")
    await jo.keyboard.press("h")
    await shows(jo, "#my-place:has-text('2. Stelle')")
    await press(jo, "#my-hand [value=voice]", "ArrowRight")
    await shows(moderator, '#queue li:has-text("Jo Muster"):has-text("als Text")')
    await clean(jo)

    # Jo first, by the keyboard; the focus stays on the button that was pressed
    await press(moderator, focus_of("up", "Jo Muster"))
    await shows(anna, "#my-place:has-text('2. Stelle')")
    assert await names(moderator) == ["Jo Muster", "Anna Beispiel"]
    assert await moderator.evaluate("(s) => document.activeElement.matches(s)", focus_of("up", "Jo Muster"))
    await clean(moderator)

    # a minute for Jo, which everybody sees counting
    await moderator.focus("#minutes")
    await moderator.keyboard.press("ArrowDown")
    await press(moderator, focus_of("give", "Jo Muster"))
    for page in (moderator, anna, jo):
        await shows(page, '#speaking li:has-text("Jo Muster") .time:text-matches("^(1:00|0:5[0-9])$")')
    await shows(jo, "#tool-hand.has")
    await jo.keyboard.press("h")  # a slip of the finger ends no speech
    await clean(anna)
    assert await jo.is_visible("#tool-hand.has")

    # back to the queue, as the first; the focus is never lost to a button that has gone
    assert await moderator.evaluate("document.activeElement.closest('#panel-moderation') !== null")
    await press(moderator, focus_of("return", "Jo Muster"))
    await shows(jo, "#my-place:has-text('1. Stelle')")
    await moderator.wait_for_selector("#speaking", state="hidden")
    await press(moderator, "#lower-all")
    await jo.wait_for_selector("#my-hand", state="hidden")
    assert await names(moderator) == []


async def test_the_floor_changes_with_a_sentence_to_all(stage: Stage) -> None:
    moderator = await stage.enter(await stage.person("Mira Moderat", Role.MODERATOR), "stage")
    anna = await stage.enter(await stage.person("Lena Beispiel"), "stage")
    await moderator.focus('#floor [value="stage"]')
    await moderator.keyboard.press("ArrowDown")
    await shows(anna, "#banner:has-text('Alle dürfen die Kamera einschalten')")
    await shows(anna, '#tool-camera[aria-disabled="false"]')
    await moderator.keyboard.press("ArrowDown")
    await shows(anna, "#banner:has-text('Alle dürfen sprechen')")
    await shows(anna, '#tool-microphone[aria-disabled="false"]')


@in_soak
async def test_the_clock_warns_is_extended_and_counts_the_room_down(stage: Stage) -> None:
    moderator = await stage.enter(await stage.person("Mona Moderat", Role.MODERATOR), "ending")
    anna = await stage.enter(await stage.person("Ute Beispiel"), "ending")
    desk = await (await stage.context(await stage.person("Olga Büro", Role.ORGANISER))).new_page()
    await desk.goto(f"{stage.base}/desk/{SLUG}")

    async def end_in(**left: float) -> None:
        async with stage.db.work() as work:
            session = await work.session.get(Session, "ending")
            assert session is not None
            session.ends = work.now + timedelta(**left)
            work.session.add(session)

    await end_in(minutes=5, seconds=4)
    await shows(anna, "#banner:has-text('Noch fünf Minuten')")
    await shows(anna, '.left[data-stage="five"]:has-text("4:5")')
    await end_in(minutes=1, seconds=4)
    await shows(anna, "#banner:has-text('Noch eine Minute')")
    await clean(anna)
    await press(moderator, "#extend")
    await shows(anna, "#banner:has-text('verlängert')")
    await shows(anna, '.left[data-stage="five"]:has-text("noch 3:")')
    await shows(desk, "main:has-text('verlängert, von Mona Moderat')")
    await end_in(minutes=-29, seconds=3)
    await shows(anna, "#closing:has-text('Der Raum schließt in')")
    await clean(anna)
    await end_in(minutes=-30)
    await anna.wait_for_url(f"**/{SLUG}/sessions/ending", timeout=5000)


async def test_the_door_is_led_by_keyboard(stage: Stage) -> None:
    moderator = await stage.enter(await stage.person("Mina Moderat", Role.MODERATOR), "round")
    anna = await stage.enter(await stage.person("Rosa Beispiel"), "round")

    # the lobby: a guest waits with a place, and comes in when the moderation opens
    await press(moderator, "#lobby", "Space")
    guest = await (await stage.context(None)).new_page()
    await guest.goto(f"{stage.base}/{SLUG}/sessions/round/room")
    await guest.fill("input[name=name]", "Gabi Gast")
    await guest.click("form.form button")
    await shows(guest, "#waiting-place:has-text('1. Stelle')")
    await clean(guest)
    await shows(moderator, '#lobby-list li:has-text("Gabi Gast")')
    await clean(moderator)
    await press(moderator, focus_of("admit", "Gabi Gast"))
    await shows(guest, "#bar:not([hidden])")

    # locked: nobody new
    await press(moderator, "#lock", "Space")
    late = await prepared(stage, await stage.person("Spät Kommer"))
    await late.goto(f"{stage.base}/{SLUG}/sessions/round/room")
    await late.click("#join")
    await shows(late, "#refusal:has-text('abgeschlossen')")

    # Rosa in front for everybody, then a moderator of this room, who sees the panel at once, then not
    await anna.click("#tool-camera")
    await turn(moderator, "people")
    await moderator.focus('#audience li:has-text("Rosa") summary')
    await moderator.keyboard.press("Enter")
    await press(moderator, focus_of("spotlight", "Rosa Beispiel"))
    await shows(guest, '.tile.pinned:has-text("Rosa Beispiel")')
    await press(moderator, focus_of("promote", "Rosa Beispiel"))
    await shows(anna, "#panel-moderation:not([hidden])")
    await shows(anna, "#banner:has-text('Sie moderieren diesen Raum')")
    await clean(anna)
    await anna.focus("#notes")
    await anna.keyboard.type("Gabi hat eine Frage")
    await shows(anna, "#notes-said:has-text('Gespeichert')")
    await moderator.wait_for_function("() => document.getElementById('notes').value === 'Gabi hat eine Frage'")
    assert "Rosa Beispiel" in (await moderator.text_content("#notes-said") or "")
    await moderator.focus('#stage-people li:has-text("Rosa") summary')
    await moderator.keyboard.press("Enter")
    await press(moderator, focus_of("demote", "Rosa Beispiel"))
    await anna.wait_for_selector("#tab-moderation", state="hidden")
    await shows(anna, "#panel-people:not([hidden])")

    # banned, and let back in
    await moderator.focus('#audience li:has-text("Gabi") summary')
    await moderator.keyboard.press("Enter")
    await press(moderator, focus_of("ban", "Gabi Gast"))
    await press(moderator, "#sure-yes")
    await shows(guest, "#refusal:has-text('für Sie geschlossen')")
    await turn(moderator, "moderation")
    await shows(moderator, "#banned:not([hidden])")
    await moderator.focus("#banned summary")
    await moderator.keyboard.press("Enter")
    await press(moderator, focus_of("lift", "Gabi Gast"))
    await moderator.wait_for_selector("#banned", state="hidden")


async def test_a_call_for_help_is_seen_at_the_desk_and_in_rooms(stage: Stage) -> None:
    moderator = await stage.enter(await stage.person("Moni Moderat", Role.MODERATOR), "stage")
    olga = await stage.person("Olga Büro", Role.ORGANISER)
    inside = await stage.enter(olga, "forum")
    desk = await inside.context.new_page()
    await desk.goto(f"{stage.base}/desk/{SLUG}")
    await press(moderator, "#help")
    await shows(moderator, "#help-said:not([hidden])")
    await shows(inside, "#banner:has-text('Moni Moderat ruft')")
    await shows(inside, "#calls-list li")
    await clean(inside)
    await shows(desk, ".tasks .now:has-text('Moni Moderat')")
    await desk.click(".tasks .now form button")
    await moderator.wait_for_selector("#help-said", state="hidden")
    await inside.wait_for_selector("#calls", state="hidden")


async def test_a_second_device_stands_beside_and_a_reload_keeps_the_camera(stage: Stage) -> None:
    person = await stage.person("Ilse Intendantin")
    first = await stage.enter(person, "forum")
    await first.click("#tool-camera")
    await shows(first, '#tool-camera[aria-pressed="true"]')
    second = await first.context.new_page()
    await second.goto(first.url + "?join")
    await shows(second, "#two[open]")
    await clean(second)
    await second.keyboard.press("Tab")
    await second.keyboard.press("Enter")
    await shows(second, "#banner:has-text('hört nur zu')")
    assert not await second.is_visible("#tool-hand")
    await shows(first, '#side li:has-text("Ilse Intendantin (2)")')
    await shows(second, '.tile.seen:has-text("Ilse Intendantin")')  # hears and sees, with a seat of its own

    await first.reload()
    await shows(first, '#tool-camera[aria-pressed="true"]')
    await second.reload()
    await shows(second, "#banner:has-text('hört nur zu')")
    await second.click("#banner button")
    await shows(second, "#tool-hand")
    await shows(first, "#banner:has-text('anderen Fenster')")
