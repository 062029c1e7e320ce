"""“Forum beenden”: the moderation comes to the results sheet, the others learn of it and may stay for a while."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from conference.people.model import Role
from conference.program.model import Floor, Session
from tests.browser.room_house import Stage, session_row
from tests.browser.test_moderation import clean, shows, turn

pytestmark = [pytest.mark.browser, pytest.mark.slow]


async def test_a_forum_that_is_ended_leads_to_its_sheet(stage: Stage) -> None:
    async with stage.db.work() as work:  # of its own: the others' forums go on
        work.session.add(session_row("finale", stage.clock.now(), Floor.DISCUSSION, 8))
    moderator = await stage.enter(await stage.person("Mara Moderat", Role.MODERATOR), "finale")
    anna = await stage.enter(await stage.person("Anna Beispiel"), "finale")
    await turn(moderator, "moderation")
    await moderator.click("#end-session")
    await expect(moderator.locator("#ending")).to_be_visible()
    await clean(moderator)
    await moderator.keyboard.press("Enter")  # the focus stands on “Cancel”
    await expect(moderator.locator("#ending")).to_be_hidden()
    await moderator.click("#end-session")
    await moderator.click("#ending-sheet")
    await expect(moderator).to_have_url(re.compile(r"/sessions/finale/sheet$"))
    await expect(moderator.locator("#sheet-form")).to_be_visible()
    await shows(anna, '.left[data-stage="over"]')
    await expect(anna.locator("#bar")).to_be_visible()
    async with stage.db.read() as db:
        session = await db.get(Session, "finale")
    assert session is not None
    assert session.ends <= stage.clock.now()
