"""Findings beside the stage of a real room: the tab says that there is something new, one adds without leaving, and a line that
breaks loses nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import expect

from conference.people.model import Role
from tests.browser.axe import source, violations
from tests.browser.room_house import SLUG, Stage
from tests.services import skip_or_fail

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PICTURES = os.environ.get("FINDINGS_PICTURES")


@pytest.fixture(scope="module")
def axe() -> str:
    try:
        return source()
    except FileNotFoundError as error:
        skip_or_fail(str(error))
        raise


async def test_findings_in_the_room(stage: Stage, axe: str) -> None:
    moderator = await stage.enter(await stage.person("Mara Moderat", Role.MODERATOR), "forum")
    anna = await stage.enter(await stage.person("Anna Beispiel"), "forum", viewport={"width": 390, "height": 800})

    # by the key into the panel, and a finding from there; the other one, who looks at the people, sees that something is new
    await anna.keyboard.press("b")
    await expect(anna.locator("#tab-findings")).to_be_focused()
    await anna.fill("#findings-text", "Ein gemeinsamer Kalender")
    await anna.press("#findings-text", "Control+Enter")
    await expect(anna.locator("#findings .finding .text")).to_have_text(["Ein gemeinsamer Kalender"])
    await expect(moderator.locator("#tab-findings .unread")).to_contain_text("1")
    await moderator.click("#tab-findings")
    await expect(moderator.locator("#tab-findings .unread")).to_be_hidden()
    line = moderator.locator("#findings .finding", has_text="Kalender")
    await line.focus()
    await moderator.keyboard.press("s")
    await expect(anna.locator("#findings .is-key .text")).to_have_text(["Ein gemeinsamer Kalender"])

    # letters that act on a line do nothing else in the room, and writing is no shortcut
    await moderator.keyboard.press("e")
    await moderator.keyboard.type("hmb ")
    assert await moderator.get_attribute("#tool-hand", "aria-pressed") != "true"
    await moderator.keyboard.press("Escape")
    await expect(line.get_by_role("link", name="Bearbeiten")).to_be_focused()

    # who comes back after a break has what came meanwhile, and what waited is sent
    await anna.context.set_offline(True)
    await anna.fill("#findings-text", "Im Tunnel geschrieben")
    await anna.press("#findings-text", "Control+Enter")
    await expect(anna.locator("#findings-waiting")).to_contain_text("Im Tunnel")
    await moderator.fill("#findings-text", "Inzwischen geschrieben")
    await moderator.press("#findings-text", "Control+Enter")
    await anna.context.set_offline(False)
    await expect(anna.locator("#findings .text", has_text="Inzwischen")).to_have_count(1, timeout=20_000)
    await expect(moderator.locator("#findings .text", has_text="Im Tunnel")).to_have_count(1, timeout=20_000)

    for name, page in (("moderator", moderator), ("phone", anna)):
        if PICTURES:
            await page.screenshot(path=Path(PICTURES) / f"room-{name}.png")
        assert await violations(page, axe) == []
        assert await page.evaluate("window.__errors") == []
    side = await anna.evaluate(
        "(() => { const side = document.getElementById('side'); return side.scrollWidth <= side.clientWidth; })()"
    )
    assert side

    # the same on a page of its own, without scripts; a guest comes there as into the room
    plain = await (await stage.context(await stage.person("Paul Papier"), java_script_enabled=False)).new_page()
    await plain.goto(f"{stage.base}/{SLUG}/sessions/forum/findings")
    await plain.fill("#findings-text", "Ganz ohne Skript")
    await plain.click("text=Beitrag hinzufügen")
    await expect(plain.get_by_text("Ihr Beitrag ist gespeichert.")).to_be_visible()
    await expect(anna.locator("#findings .text", has_text="Ganz ohne Skript")).to_have_count(1)
