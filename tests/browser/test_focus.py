"""Where the focus is after each act, on narrow pages too, and what stays in front of whoever has to go."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from conference.people.model import Role
from tests.browser.axe import source, violations
from tests.browser.room_house import Stage
from tests.services import skip_or_fail

pytestmark = [pytest.mark.browser, pytest.mark.slow]

INSIDE = "(selector) => document.activeElement.closest(selector) !== null && document.activeElement.getClientRects().length > 0"
FITS = "() => document.documentElement.scrollWidth <= innerWidth"
TABS = "() => { const tabs = document.getElementById('tabs'); return tabs.scrollWidth <= tabs.clientWidth; }"


async def clean(page: Page) -> None:
    try:
        script = source()
    except FileNotFoundError as reason:
        skip_or_fail(str(reason))
    assert await violations(page, script) == []
    assert await page.evaluate("window.__errors") == []


async def test_the_focus_goes_nowhere_by_itself(stage: Stage) -> None:
    moderator = await stage.enter(await stage.person("Mara Moderat", Role.MODERATOR), "forum")
    anna = await stage.enter(await stage.person("Anna Beispiel"), "forum")
    jo = await stage.enter(await stage.person("Jo Muster"), "forum")

    # what was pressed is drawn anew, or stands in another list by now: the focus is still among the people
    await moderator.click("#tab-people")
    row = moderator.locator('#audience li:has-text("Anna Beispiel")')
    await row.locator("summary").focus()
    await moderator.keyboard.press("Enter")
    await row.locator("[data-act=spotlight]").focus()
    await moderator.keyboard.press("Enter")
    await expect(row.locator("[data-act=spotlight_end]")).to_have_count(1)
    assert await moderator.evaluate(INSIDE, "#audience li")
    await row.locator("[data-act=give]").focus()
    await moderator.keyboard.press("Enter")
    await expect(moderator.locator('#stage-people li:has-text("Anna Beispiel")')).to_have_count(1)
    assert await moderator.evaluate(INSIDE, "#panel-people, #tab-people")

    # a window that becomes narrow: no page wider than it, and no tab out of sight
    await moderator.set_viewport_size({"width": 320, "height": 800})
    await moderator.wait_for_selector("#bar.short:not(.tight)")
    assert await moderator.evaluate(FITS)
    assert await moderator.evaluate(TABS)
    await clean(moderator)

    # a dialog closes alone, and not the panel behind it as well
    await moderator.keyboard.press("?")
    await moderator.wait_for_selector("#room-help[open]")
    await moderator.keyboard.press("Escape")
    await moderator.wait_for_selector("#room-help", state="hidden")
    assert await moderator.is_visible("#side")

    # whoever is muted while writing goes on writing
    await anna.click("#tool-microphone")
    await anna.click("#tool-text")
    await anna.keyboard.type("Ich schreibe ")
    await moderator.locator('#stage-people li:has-text("Anna Beispiel") summary').click()
    await moderator.locator('#stage-people li:has-text("Anna Beispiel") [data-act=mute]').click()
    await anna.wait_for_selector("#problem:has-text('stummgeschaltet')")
    await anna.keyboard.type("weiter")
    await expect(anna.locator("#rtt-field")).to_have_value("Ich schreibe weiter")

    # put out with a dialog open: nothing of the room stays, and the way out has the focus
    await jo.keyboard.press("?")
    await jo.wait_for_selector("#room-help[open]")
    await moderator.locator('#audience li:has-text("Jo Muster") summary').click()
    await moderator.locator('#audience li:has-text("Jo Muster") [data-act=remove]').click()
    await moderator.click("#sure-yes")
    await jo.wait_for_selector("#refusal:has-text('entfernt')")
    assert await jo.evaluate("document.activeElement.closest('#refusal') !== null")
    for gone in ("#room-help", "#bar", "#below", "#side", "#banner"):
        assert await jo.is_hidden(gone), gone
    await clean(jo)
