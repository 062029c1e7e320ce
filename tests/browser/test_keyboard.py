"""A session by keyboard alone, as somebody in the audience and as the moderator on a phone's screen."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page

from conference.people.model import Role
from tests.browser.axe import source, violations
from tests.browser.room_house import SLUG, Stage, prepared
from tests.services import skip_or_fail

pytestmark = [pytest.mark.browser, pytest.mark.slow]


async def shows(page: Page, selector: str) -> None:
    await page.wait_for_selector(selector, timeout=10_000)


async def clean(page: Page) -> None:
    try:
        script = source()
    except FileNotFoundError as reason:
        skip_or_fail(str(reason))
    assert await violations(page, script) == []
    assert await page.evaluate("window.__errors") == []


async def focused(page: Page, selector: str) -> bool:
    """Whether the focus is there, and can be seen."""
    there = """(selector) => { const one = document.activeElement;
      return one.matches(selector) && one.getClientRects().length > 0 && getComputedStyle(one).outlineStyle !== 'none'; }"""
    return bool(await page.evaluate(there, selector))


async def tab_to(page: Page, selector: str, key: str = "Tab") -> None:
    for _ in range(70):
        if await page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            assert await focused(page, selector), f"the focus on {selector} cannot be seen"
            return
        await page.keyboard.press(key)
    raise AssertionError(f"{key} does not come to {selector}")


async def press(page: Page, selector: str, key: str = "Enter") -> None:
    await tab_to(page, selector)
    await page.keyboard.press(key)


async def come_in(stage: Stage, name: str, role: Role, **options: Any) -> Page:
    page = await prepared(stage, await stage.person(name, role), **options)
    await page.goto(f"{stage.base}/{SLUG}/sessions/stage/room")
    await press(page, "#join")
    await shows(page, "#bar:not([hidden])")
    return page


async def tool(page: Page, name: str) -> None:
    """To a tool of the bar: one tab stop, arrows inside."""
    await tab_to(page, "#bar button")
    await tab_to(page, f"#tool-{name}", "ArrowRight")


async def ask_and_write(anna: Page) -> None:
    """A hand, a question, a line in the chat."""
    await tool(anna, "hand")
    await anna.keyboard.press("Enter")
    await shows(anna, "#my-place")
    await anna.keyboard.press("q")
    assert await focused(anna, "#tab-questions")
    await tab_to(anna, "#question-text")
    await anna.keyboard.type("Wer hilft, wenn chm qp endet?")  # letters in a field are letters
    await press(anna, "#ask button")
    await shows(anna, "#asked:has-text('wartet')")
    await anna.keyboard.press("c")
    await tab_to(anna, "#line-text")
    await anna.keyboard.type("Guten Tag")
    await anna.keyboard.press("Enter")
    await shows(anna, "#lines li:has-text('Guten Tag')")


async def draft(moderator: Page) -> None:
    await press(moderator, "#lead-polls [data-tab]")
    await press(moderator, ".drafting summary")
    await tab_to(moderator, "#poll-question")
    await moderator.keyboard.type("Wann wieder?")
    await tab_to(moderator, "#poll-options")
    await moderator.keyboard.type("Herbst\nWinter")
    await press(moderator, "#draft button")
    await shows(moderator, '#polls li[data-state="draft"]')


async def vote(anna: Page) -> None:
    await anna.keyboard.press("Escape")
    await tab_to(anna, "#tab-chat", "Shift+Tab")
    await tab_to(anna, "#tab-polls", "ArrowRight")
    await press(anna, "#polls input", "Space")
    await press(anna, "#polls .acts button")


async def test_a_session_by_keyboard_alone(stage: Stage) -> None:
    phone = {"width": 390, "height": 844}
    moderator = await come_in(stage, "Mara Moderat", Role.MODERATOR, viewport=phone)
    anna = await come_in(stage, "Anna Beispiel", Role.ATTENDEE)

    # what there is to press; Escape leads back to where one was
    before = await anna.evaluate("document.activeElement.id")
    await anna.keyboard.press("?")
    await shows(anna, "#room-help[open] a[href^='mailto:']")
    await clean(anna)
    await anna.keyboard.press("Escape")
    assert await anna.evaluate("document.activeElement.id") == before
    await ask_and_write(anna)

    # the moderator on a small screen: two things wait, both are done in one panel
    await shows(moderator, "#tool-moderation .unread:has-text('2')")
    await moderator.keyboard.press("l")
    assert await focused(moderator, "#tab-moderation")
    await clean(moderator)
    await press(moderator, "#queue [data-act=give]")
    await shows(anna, "#tool-hand.has")
    assert await moderator.evaluate("document.getElementById('panel-moderation').contains(document.activeElement)")
    await press(moderator, "#lead-questions [data-act=approve]")
    await anna.wait_for_selector('#questions li[data-state="approved"]', state="attached")
    assert await focused(moderator, "#lead-questions [data-tab]")
    await moderator.wait_for_selector("#tool-moderation .unread", state="hidden")

    # a poll, opened and closed from the same panel; three minutes more
    await draft(moderator)
    await moderator.keyboard.press("l")
    await press(moderator, "#lead-polls [data-act=open]")
    await vote(anna)
    await shows(moderator, "#lead-polls li:has-text('1 Person hat abgestimmt')")
    await clean(moderator)
    await press(moderator, "#lead-polls [data-act=close]")
    await shows(anna, '#polls li[data-state="closed"]')
    await press(moderator, "#extend")
    await shows(anna, "#banner:has-text('verlängert')")
    await moderator.keyboard.press("Escape")
    assert await focused(moderator, "#tool-moderation")

    # letters can be switched off, for who speaks to the computer; and out by the bar
    await anna.keyboard.press("?")
    await press(anna, "#keys-on", "Space")
    await anna.keyboard.press("Escape")
    await anna.keyboard.press("?")
    assert await anna.is_hidden("#room-help")
    await tool(anna, "leave")
    await anna.keyboard.press("Enter")
    await anna.wait_for_url(f"**/{SLUG}/sessions/stage")
