"""The room where the system dictates the colours (forced-colors: active): nothing is told by a colour that has gone."""

from __future__ import annotations

import pytest
from playwright.async_api import Page

from conference.people.model import Role
from tests.browser.room_house import Stage

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# What is drawn in a colour of ours, which on the system's ground may be invisible; what is pressed or chosen and does not show
# it; what can be pressed and has no edge.
WRONG = """() => {
  const probe = document.body.appendChild(document.createElement('i'));
  const system = (name) => { probe.style.backgroundColor = name; return getComputedStyle(probe).backgroundColor; };
  const seen = (one) => one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length > 0;
  const all = (selector) => [...document.querySelectorAll(selector)].filter(seen);
  const name = (one) => (one.id || one.className?.baseVal || one.className || one.tagName) 
    + ' ' + one.textContent.trim().slice(0, 20);
  const edge = (one) => ['Top', 'Left'].every((side) => parseFloat(getComputedStyle(one)[`border${side}Width`]) >= 1);
  const highlight = system('Highlight');
  const wrong = [
    ...all('.icon').filter((one) => getComputedStyle(one).color !== getComputedStyle(one.parentElement).color)
      .map((one) => `drawing in ${name(one.parentElement)}`),
    ...all('.tool[aria-pressed=true]').filter((one) => getComputedStyle(one).backgroundColor !== highlight).map(name),
    ...all('.tab[aria-selected=true]').filter((one) => getComputedStyle(one).borderBottomColor !== highlight).map(name),
    ...all('.tool, .button').filter((one) => !edge(one)).map((one) => `edge of ${name(one)}`),
    ...all('.unread, .seats .place').filter((one) => !edge(one)).map((one) => `edge of ${name(one)}`),
  ];
  probe.remove();
  return wrong;
}"""
# The focus has a ring, which hidden radio buttons leave to what is drawn for them.
FOCUS = """() => {
  const one = document.activeElement;
  return one === document.body || [one, one.nextElementSibling].some((drawn) => {
    const { outlineStyle, outlineWidth } = drawn ? getComputedStyle(drawn) : {};
    return drawn && outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
  });
}"""


async def right(page: Page) -> None:
    assert await page.evaluate(WRONG) == []


@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_states_are_seen_in_forced_colours(stage: Stage, scheme: str) -> None:
    options = {"forced_colors": "active", "color_scheme": scheme, "reduced_motion": "reduce"}
    moni = await stage.enter(await stage.person("Moni Moderat", Role.MODERATOR), "forum", **options)
    anna = await stage.enter(await stage.person("Anna Beispiel"), "forum", **options)
    await anna.click("#tool-hand")
    await anna.wait_for_selector("#my-hand:not([hidden])")
    await moni.wait_for_selector("#tab-moderation .unread:not([hidden])")
    for tab in ("people", "chat", "questions", "polls", "moderation"):
        await moni.click(f"#tab-{tab}")
        await right(moni)
    await anna.click("#tool-view")
    await anna.wait_for_selector("#more:popover-open")
    await right(anna)
    for _ in range(6):
        await anna.keyboard.press("Tab")
        assert await anna.evaluate(FOCUS)
