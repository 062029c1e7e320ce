"""Two who collect in two browsers: live, by keyboard, on a phone, with a line that breaks, at odds about the same line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser import axe
from tests.cards.at_card import chromium
from tests.results.collecting.at_findings import Table, live, table_at
from tests.results.house import house_at
from tests.results.seeing import seen_by
from tests.services import free_ports

pytestmark = pytest.mark.browser
PICTURES = os.environ.get("FINDINGS_PICTURES")  # a folder for screenshots to look at


async def picture(page: Page, name: str) -> None:
    if PICTURES:
        await page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


async def test_two_collect(tmp_path: Path, axe_core: str) -> None:
    (port,) = free_ports()
    async with house_at(tmp_path, port=port) as house, table_at(house) as table:
        await table.do("mona", "who", who="all")
        async with live(house), chromium() as browser, seen_by(browser, house, table.cookies["mona"], table.path) as mona:
            phone = {"width": 390, "height": 844}
            async with seen_by(
                browser, house, table.cookies["anna"], table.path, viewport=phone, has_touch=True, color_scheme="dark"
            ) as anna:
                await they_add(anna, mona)
                await whoever_moderates_works_by_keyboard(anna, mona)
                await both_change_the_same(anna, mona)
                await the_line_breaks(anna, mona)
                await somebody_else_signs_in(anna, mona, table)
                await several_become_one(anna, mona)
                await other_headings(anna, mona)
                for page in (anna, mona):
                    assert await axe.violations(page, axe_core) == []
                await anna.set_viewport_size({"width": 320, "height": 700})
                assert await anna.evaluate("document.documentElement.scrollWidth") == 320
                await picture(anna, "phone")
                await picture(mona, "desk")
        assert sorted(await table.texts()) == [
            "Ein Bus auf Anruf",
            "Ein Fahrplan; Zwei Räder",
            "Im Tunnel geschrieben",
            "Von Anna selbst",
        ]


async def they_add(anna: Page, mona: Page) -> None:
    field = anna.get_by_label("Ihr Beitrag")
    for text in ("Ein Fahrplan", "Ein Bus"):
        await field.fill(text)
        await field.press("Control+Enter")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("")
    for page in (anna, mona):
        await expect(page.locator(".finding .text")).to_have_text(["Ein Fahrplan", "Ein Bus"])
    await anna.get_by_role("button", name="Beitrag hinzufügen").tap()
    await field.fill("Smile \U0001f600")
    await field.press("Control+Enter")
    await expect(anna.locator("#findings-note")).to_contain_text("lässt sich nicht drucken")
    await expect(field).to_have_value("Smile \U0001f600")
    await anna.get_by_role("radio", name="Best Practice").tap()
    await field.fill("Zwei Räder")
    await anna.get_by_role("button", name="Beitrag hinzufügen").tap()
    await expect(mona.locator('[data-heading="practice"] .text')).to_have_text(["Zwei Räder"])


async def whoever_moderates_works_by_keyboard(anna: Page, mona: Page) -> None:
    first, second = mona.locator(".finding").nth(0), mona.locator(".finding").nth(1)
    await first.focus()
    await mona.keyboard.press("s")
    await expect(anna.get_by_text("Zentrale Erkenntnis", exact=True)).to_have_count(1)
    await expect(mona.locator("#findings-stars")).to_have_text("1 von 5 zentralen Erkenntnissen")
    await expect(first).to_be_focused()
    await mona.keyboard.press("ArrowDown")
    await expect(second).to_be_focused()
    await mona.keyboard.press("Alt+ArrowUp")
    await expect(anna.locator('[data-heading="topics"] .text')).to_have_text(["Ein Bus", "Ein Fahrplan"])
    await expect(first).to_be_focused()
    await mona.keyboard.press("Control+z")
    await expect(anna.locator('[data-heading="topics"] .text')).to_have_text(["Ein Fahrplan", "Ein Bus"])
    await expect(mona.locator("#findings-done")).to_contain_text("Zurückgenommen.")


async def both_change_the_same(anna: Page, mona: Page) -> None:
    theirs = anna.locator(".finding", has_text="Ein Bus")
    await theirs.get_by_role("link", name="Bearbeiten").tap()
    text = theirs.get_by_label("Text des Beitrags")
    await text.fill("Ein Bus auf Anruf")
    line = mona.locator(".finding", has_text="Ein Bus")
    await line.focus()
    await mona.keyboard.press("e")
    await expect(line.get_by_label("Text des Beitrags")).to_be_focused()
    await mona.keyboard.press("Control+a")
    await mona.keyboard.type("Ein Kleinbus")
    await line.get_by_role("button", name="Speichern").click()
    await expect(mona.locator(".finding .text", has_text="Ein Kleinbus")).to_be_visible()
    changed = anna.locator(".finding", has_text="Ein Kleinbus")
    await expect(changed.get_by_label("Text des Beitrags")).to_have_value("Ein Bus auf Anruf")
    await changed.get_by_role("button", name="Speichern").tap()
    await expect(changed.locator(".error")).to_contain_text("Der andere Text steht oben, Ihrer steht hier.")
    await expect(changed.locator(".error")).to_be_in_viewport()
    await expect(changed.get_by_role("link", name="Den anderen Text behalten")).to_be_visible()
    await picture(anna, "clash")
    await changed.get_by_role("button", name="Meinen Text stattdessen speichern").tap()
    await expect(mona.locator(".finding .text", has_text="Ein Bus auf Anruf")).to_be_visible()
    await expect(anna.get_by_label("Text des Beitrags")).to_have_count(0)


async def the_line_breaks(anna: Page, mona: Page) -> None:
    await anna.context.set_offline(True)
    await anna.get_by_label("Ihr Beitrag").fill("Im Tunnel geschrieben")
    await anna.get_by_role("button", name="Beitrag hinzufügen").tap()
    await expect(anna.locator("#findings-waiting")).to_contain_text("Im Tunnel geschrieben")
    await picture(anna, "waiting")
    await anna.context.set_offline(False)
    await expect(mona.locator(".finding .text", has_text="Im Tunnel geschrieben")).to_have_count(1)
    await expect(anna.locator("#findings-waiting")).to_be_hidden()
    await expect(anna.locator(".finding .text", has_text="Im Tunnel geschrieben")).to_have_count(1)


async def somebody_else_signs_in(anna: Page, mona: Page, table: Table) -> None:
    field = anna.get_by_label("Ihr Beitrag")
    url = table.house.services.settings.base_url
    for who, said in (("bela", "jemand anders angemeldet"), ("anna", "gespeichert")):
        await anna.context.add_cookies([{"name": "meetingpoint", "value": table.cookies[who], "url": url}])
        if who == "bela":
            await field.fill("Von Anna selbst")
        await expect(field).to_have_value("Von Anna selbst")
        await field.press("Control+Enter")
        await expect(anna.locator("#findings-note")).to_contain_text(said)
    await expect(mona.locator(".finding .text", has_text="Von Anna selbst")).to_have_count(1)


async def several_become_one(anna: Page, mona: Page) -> None:
    await mona.get_by_role("button", name="Ausgewählte zusammenfassen").click()
    await expect(mona.locator("#findings-done")).to_contain_text("mindestens zwei")
    for text in ("Ein Fahrplan", "Zwei Räder"):
        await mona.locator(".finding", has_text=text).get_by_role("checkbox").check()
    await expect(mona.locator("#findings-stars")).to_contain_text("2 ausgewählt")
    await picture(mona, "chosen")
    await mona.get_by_role("button", name="Ausgewählte zusammenfassen").click()
    await expect(anna.locator(".finding .text", has_text="Ein Fahrplan; Zwei Räder")).to_be_visible()
    await mona.get_by_role("button", name="Letzten Schritt zurücknehmen").click()
    await expect(anna.locator('[data-heading="practice"] .text')).to_have_text(
        ["Zwei Räder", "Im Tunnel geschrieben", "Von Anna selbst"]
    )
    await mona.get_by_role("button", name="Letzten Schritt zurücknehmen").click()
    await expect(anna.locator('[data-heading="practice"] .text')).to_have_count(2)


async def other_headings(anna: Page, mona: Page) -> None:
    own = anna.locator(".finding", has_text="Im Tunnel")
    await own.get_by_role("link", name="Bearbeiten").tap()
    await own.get_by_label("Text des Beitrags").fill("Im Tunnel angefangen")
    await anna.get_by_label("Ihr Beitrag").fill("Noch nicht fertig")
    await mona.locator("summary", has_text="Überschriften").click()
    await mona.get_by_label("Überschrift 4").fill("Was bleibt")
    await picture(mona, "headings")
    await mona.locator("form", has=mona.get_by_label("Überschrift 4")).get_by_role("button", name="Speichern").click()
    for page in (anna, mona):
        await expect(page.locator("h2", has_text="Was bleibt")).to_have_count(1)
    await expect(anna.get_by_label("Ihr Beitrag")).to_have_value("Noch nicht fertig")
    await expect(anna.get_by_label("Ihr Beitrag")).to_be_focused()
    await expect(own.get_by_label("Text des Beitrags")).to_have_value("Im Tunnel angefangen")
    await expect(anna.get_by_text("Was bleibt").first).to_be_visible()


async def test_answers_are_where_one_looks(tmp_path: Path, axe_core: str) -> None:
    """However far down the list one works: what has become of it, and the way back, are in sight and cover nothing."""
    (port,) = free_ports()
    desk, phone = {"width": 1280, "height": 720}, {"width": 390, "height": 664}
    async with house_at(tmp_path, port=port) as house, table_at(house) as table:
        for number in range(28):
            await table.add("mona", f"Beitrag {number} von vielen", client=f"viele-{number}")
        async with live(house), chromium() as browser:
            for size, name in ((desk, "desk"), (phone, "phone")):
                async with seen_by(browser, house, table.cookies["mona"], table.path, viewport=size) as mona:
                    await deleting_can_be_undone(mona)
                    await refusals_stand_in_the_form(mona)
                    await picture(mona, f"answers-{name}")
                    await stars_and_too_many(mona)
                    if PICTURES:
                        await mona.screenshot(path=Path(PICTURES) / f"edge-{name}.png")
                    await mona.locator("#findings-done").get_by_role("button", name="Schließen").click()
                    assert await axe.violations(mona, axe_core) == []


def line_of(page: Page, number: int) -> Locator:
    return page.locator(".finding", has_text=f"Beitrag {number} von vielen")


async def deleting_can_be_undone(mona: Page) -> None:
    said = mona.locator("#findings-done")
    await line_of(mona, 15).focus()
    await mona.keyboard.press("Delete")
    await expect(said).to_contain_text("Herausgenommen.")
    await expect(said).to_be_in_viewport(ratio=1)
    await expect(mona.locator("h1")).not_to_be_in_viewport()
    await said.get_by_role("button", name="Letzten Schritt zurücknehmen").click()
    await expect(line_of(mona, 15)).to_have_count(1)
    await said.get_by_role("button", name="Schließen").click()
    await expect(said.get_by_role("button")).to_have_count(0)


async def refusals_stand_in_the_form(mona: Page) -> None:
    await line_of(mona, 20).get_by_role("link", name="Bearbeiten").click()
    form = mona.locator(".finding-edit")
    await form.get_by_label("Text des Beitrags").fill("Smile \U0001f600")
    await form.get_by_role("button", name="Speichern").click()
    await expect(form.locator(".error")).to_contain_text("lässt sich nicht drucken")
    await expect(form.locator(".error")).to_be_in_viewport(ratio=1)
    await form.get_by_label("Text des Beitrags").press("Escape")


async def stars_and_too_many(mona: Page) -> None:
    said = mona.locator("#findings-done")
    for number in range(18, 24):
        await line_of(mona, number).focus()
        await mona.keyboard.press("s")
        await expect(said).to_contain_text("Jetzt eine zentrale Erkenntnis." if number < 23 else "höchstens fünf")
        await expect(said).to_be_in_viewport(ratio=1)
        under = await mona.evaluate("""() => {
            const box = (one) => one.getBoundingClientRect();
            const [line, bar] = [box(document.activeElement), box(document.querySelector("#findings-done"))];
            return line.bottom > bar.top + 1 && line.top < bar.bottom;
        }""")
        assert not under
    for number in range(18, 23):
        await line_of(mona, number).focus()
        await mona.keyboard.press("s")
        await expect(said).to_contain_text("Keine zentrale Erkenntnis mehr.")
