"""Two who write at the same sheet in two browsers, and somebody without an account who approves it."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect
from sqlmodel import select

from conference.base.jobs import Job
from conference.people.model import Role
from conference.results.model import SheetState
from tests.browser import axe
from tests.cards.at_card import chromium
from tests.results.collecting.at_findings import live
from tests.results.house import SLUG, House, house_at
from tests.results.seeing import seen_by
from tests.results.sheets.writing import lines, person, sheet
from tests.services import free_ports

pytestmark = pytest.mark.browser
PICTURES = os.environ.get("SHEET_PICTURES")  # a folder for screenshots to look at
SHEET = f"/{SLUG}/sessions/forum-1/sheet"
SAVED = "Alles gespeichert"


async def looks_well(page: Page, script: str, name: str, schemes: Sequence[str]) -> None:
    """No fault that axe knows in these themes, nothing wider than a phone."""
    size = page.viewport_size
    for scheme in schemes:
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert await axe.violations(page, script) == [], f"{name}, {scheme}"
        if PICTURES:
            for width in (1280, 390):
                await page.set_viewport_size({"width": width, "height": 900})
                await page.screenshot(path=Path(PICTURES) / f"{name}-{scheme}-{width}.png", full_page=True)
    await page.set_viewport_size({"width": 320, "height": 700})
    wide = """() => [...document.querySelectorAll("main *")].filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
      .map((one) => `${one.tagName}.${one.className} ${Math.round(one.getBoundingClientRect().right)}`)"""
    assert await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, (
        f"{name}: {await page.evaluate(wide)}"
    )
    if size:
        await page.set_viewport_size(size)


async def by_keyboard(mona: Page, second: str) -> None:
    """A new line with Enter, moved with Alt and an arrow; another one taken out and brought back."""
    await mona.get_by_label("Neuer Beitrag unter „Ideen“").fill("Ein dritter Weg")
    await mona.keyboard.press("Enter")
    await expect(mona.get_by_label("Ideen, Beitrag 2 auf Deutsch")).to_have_value("Ein dritter Weg")
    await expect(mona.get_by_label("Neuer Beitrag unter „Ideen“")).to_be_focused()
    await mona.get_by_label("Ideen, Beitrag 2 auf Deutsch").focus()
    await mona.keyboard.press("Alt+ArrowUp")
    await expect(mona.get_by_label("Ideen, Beitrag 1 auf Deutsch")).to_have_value("Ein dritter Weg")
    await expect(mona.get_by_label("Ideen, Beitrag 1 auf Deutsch")).to_be_focused()
    await mona.locator(f"#more-{second} > summary").click()
    await mona.locator(f"#line-{second}").get_by_role("button", name="Herausnehmen").click()
    await expect(mona.locator(f"#line-{second}")).to_have_count(0)
    await mona.get_by_role("button", name="Letzten Schritt zurücknehmen").click()
    await expect(mona.locator(f"#line-{second}")).to_have_count(1)


async def pdf_beside_the_form(mona: Page, summary: Locator) -> None:
    """It is drawn anew with what is typed."""
    await mona.get_by_role("button", name="PDF", exact=True).click()
    await expect(mona.locator("#preview-pdf img")).to_have_count(1)
    before = await mona.locator("#preview-pdf img").get_attribute("src")
    await summary.press("Control+End")
    await summary.press_sequentially(" Und um Ferne.", delay=5)
    await expect(mona.locator("#preview-pdf img")).not_to_have_attribute("src", before or "")
    await expect(mona.locator("#sheet-saved")).to_have_text(SAVED)


async def kept_text_is_offered(mona: Page, who: str) -> None:
    """What a browser kept of an older sheet is not filled in unasked, and never for somebody else."""
    keep = "([key, text]) => localStorage.setItem(key, JSON.stringify({'summary.de': {text, base: '', changes: 1}}))"
    await mona.evaluate(keep, [f"sheet {SHEET} {who}", "Von letzter Woche"])
    await mona.evaluate(keep, [f"sheet {SHEET} somebody", "Von jemand anderem"])
    await mona.goto(SHEET)
    offer = mona.locator(".conflict")
    await expect(offer).to_contain_text("Von letzter Woche")
    await expect(mona.get_by_label("Zusammenfassung")).to_have_value(re.compile("Bis zuletzt$"))
    await offer.get_by_role("button", name="Meinen Text verwerfen").click()
    await expect(offer).to_have_count(0)
    assert await mona.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('sheet '))") == [
        f"sheet {SHEET} somebody"
    ]


async def test_two_write_one_sheet(tmp_path: Path, axe_core: str) -> None:
    (port,) = free_ports()
    async with house_at(tmp_path, port=port) as house:
        who, _ = [await person(house, name, [(Role.MODERATOR, "forum-1")]) for name in ("Mona", "Nils")]
        first, second = await lines(house)
        async with (
            live(house),
            chromium() as browser,
            seen_by(browser, house, house.cookies["Mona"], SHEET) as mona,
            seen_by(browser, house, house.cookies["Nils"], SHEET) as nils,
        ):
            await expect(mona.locator("#sheet-saved")).to_be_visible()
            summary, line = mona.get_by_label("Zusammenfassung"), mona.locator(f'[name="line.{first.id}.de"]')
            # Each keystroke is saved, and the other page and the preview show it.
            await summary.press_sequentially("Es ging um Nähe.", delay=5)
            await expect(mona.locator("#sheet-saved")).to_have_text(SAVED)
            assert (await sheet(house)).summary == {"de": "Es ging um Nähe."}
            await expect(mona.locator("#preview-html")).to_contain_text("Es ging um Nähe.")
            await expect(nils.get_by_label("Zusammenfassung")).to_have_value("Es ging um Nähe.")

            # Both write in the same line: the later one sees both texts and chooses.
            await nils.route("**/sheet?part*", lambda route: route.abort())
            await line.fill("Ein Kalender, von Mona")
            await expect(mona.locator("#sheet-saved")).to_have_text(SAVED)
            await nils.locator(f'[name="line.{first.id}.de"]').fill("Ein Kalender, von Nils")
            conflict = nils.locator(".conflict")
            await expect(conflict).to_contain_text("Mona hat hier inzwischen etwas anderes geschrieben:")
            await expect(conflict).to_contain_text("Ein Kalender, von Mona")
            await looks_well(nils, axe_core, "conflict", ["light"])
            await conflict.get_by_role("button", name="Meinen Text behalten").click()
            await expect(nils.locator("#sheet-saved")).to_have_text(SAVED)
            await expect(line).to_have_value("Ein Kalender, von Nils")

            await by_keyboard(mona, second.id)
            await pdf_beside_the_form(mona, summary)
            await looks_well(mona, axe_core, "editor", ["dark"])

            # A page that is left in the middle of a word loses nothing.
            await summary.press("Control+End")
            await summary.press_sequentially(" Bis zuletzt")
            await mona.goto(f"{SHEET}/history")
            await expect(mona.locator("main")).to_contain_text("Deutsche Zusammenfassung geändert")
            assert (await sheet(house)).summary["de"].endswith("Bis zuletzt")
            await looks_well(mona, axe_core, "history", ["light"])
            await kept_text_is_offered(mona, who)


async def letters(house: House) -> list[str]:
    async with house.services.db.read() as db:
        return [job.facts["text"] for job in await db.exec(select(Job).where(Job.kind == "mail.send"))]


async def test_somebody_without_an_account_approves(tmp_path: Path, axe_core: str) -> None:
    (port,) = free_ports()
    async with house_at(tmp_path, port=port) as house:
        await person(house, "Mona", [(Role.MODERATOR, "forum-1")])
        async with (
            live(house),
            chromium() as browser,
            seen_by(browser, house, house.cookies["Mona"], f"{SHEET}/review", locale="en-GB") as mona,
        ):
            await mona.get_by_role("button", name="Give to approval").click()
            await expect(mona.locator("main")).to_contain_text("Please name somebody who is to approve")
            await mona.get_by_label("Name", exact=True).fill("Frau Amt")
            await mona.get_by_label("E-mail address").fill("amt@example.org")
            await mona.get_by_role("button", name="Name for approval").click()
            await mona.get_by_role("button", name="Give to approval").click()
            await expect(mona.locator("#sheet-state")).to_contain_text("In review")
            link = re.search(r"http://\S+/sign-in/\S+", (await letters(house))[0])
            assert link is not None
            async with seen_by(browser, house, None, link[0], locale="en-GB") as amt:
                await amt.locator("main form button").first.click()
                await expect(amt).to_have_url(re.compile(r"/sheet/review$"))
                await amt.locator(".comment-on summary").first.click()
                await amt.get_by_label("Your comment").first.fill("Bitte genauer <b>sagen</b>")
                await amt.get_by_role("button", name="Send comment").first.click()
                await expect(amt.locator(".comments")).to_contain_text("Bitte genauer <b>sagen</b>")
                await looks_well(amt, axe_core, "approver", ["light"])  # in the dark: "review", the same page
                await amt.get_by_role("button", name="Approve").click()
                await expect(amt.locator("main")).to_contain_text("Your approval is noted")
                assert (await amt.goto(SHEET)).status == 403  # type: ignore[union-attr]
            await mona.reload()
            await expect(mona.locator(".approvers")).to_contain_text("approves")
            await looks_well(mona, axe_core, "review", ["dark"])
            await mona.get_by_role("button", name=re.compile("^Dealt with")).click()
            await expect(mona.locator(".comments")).to_contain_text("dealt with")
        assert (await sheet(house)).state is SheetState.IN_REVIEW
        assert "Frau Amt hat das Ergebnisblatt" in (await letters(house))[-1]
