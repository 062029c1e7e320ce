"""The caption editor in a real browser: a file is mended, captions are typed beside the playing film, and nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, async_playwright, expect

from conference.base.captions import Cue, read_captions
from conference.cards.captions.actions import put_captions
from tests.browser.axe import source, violations
from tests.cards.captions.places import SRT, WORDS, captions_at, film_at
from tests.results.house import House, conference_yaml, house_at, served, small_film, write_conference
from tests.services import free_ports, skip_or_fail

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip
SHORT_SRT = SRT.replace("00:00:07,500", "00:00:05,800")


@dataclass
class Desk:
    """A house with a film of six seconds, and the browser of its owner."""

    house: House
    address: str
    context: BrowserContext
    errors: list[str] = field(default_factory=list)

    async def open(self, path: str = WORDS) -> Page:
        page = await self.context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda line: self.errors.append(line.text) if "Content Security" in line.text else None)
        await page.goto(self.address + path)
        return page

    async def stored(self) -> list[Cue]:
        files = await captions_at(self.house, (await film_at(self.house)).id)
        return list(read_captions(await self.house.services.storage.get(files["de"].key)).cues) if "de" in files else []


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    (port,) = free_ports()
    document = conference_yaml()
    document["initiatives"][1]["card"]["seconds"] = 6.0
    async with house_at(tmp_path, "folder", document, port=port) as house:
        write_conference(house.folder, document)
        (house.folder / "cards/werkbank.mp4").write_bytes(small_film(90, 60))
        await house.again()
        async with served(house) as address, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
            context = await browser.new_context(locale="de-DE", viewport={"width": 1280, "height": 900})
            base = house.services.settings.base_url
            await context.add_cookies([{"name": "meetingpoint", "value": house.cookies["initiative"], "url": base}])
            context.set_default_timeout(8000)
            opened = Desk(house, address, context)
            yield opened
            await browser.close()
            assert opened.errors == []


async def holds(page: Page, expression: str) -> None:
    """Until it is true of the video `v`. (The page's own policy forbids the polling that Playwright would put into it.)"""
    async with asyncio.timeout(8):
        while not await page.evaluate(f"(() => {{ const v = document.querySelector('video'); return {expression}; }})()"):
            await asyncio.sleep(0.05)


async def clean(page: Page, axe: str) -> None:
    """No fault of access in either scheme, and nothing is cut off on a small telephone."""
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert await violations(page, axe) == []
    await page.set_viewport_size({"width": 320, "height": 700})
    assert await page.evaluate("document.documentElement.scrollWidth") <= 320
    await page.set_viewport_size({"width": 1280, "height": 900})


@pytest.fixture(scope="module")
def axe() -> str:
    try:
        return source()
    except FileNotFoundError as error:
        skip_or_fail(str(error))


async def test_a_file_with_a_fault_is_mended(desk: Desk, axe: str) -> None:
    page = await desk.open()
    wrong = SHORT_SRT.replace("00:00:05,000", "00:00:95,000").encode("cp1252")
    await page.set_input_files("#captions-file", {"name": "film.srt", "mimeType": "application/x-subrip", "buffer": wrong})
    await page.locator("#captions-form").get_by_role("button", name="Untertitel speichern").click()
    await page.get_by_role("link", name="Zeile 6: Die Zeiten").last.click()
    assert await page.evaluate("getSelection().toString()") == "00:00:95,000 --> 00:00:05,800"
    await clean(page, axe)
    await page.keyboard.type("0:05 --> 0:05,8")
    await page.get_by_role("button", name="Untertitel speichern").click()
    await page.get_by_text("Die Untertitel sind gespeichert.").first.wait_for()
    assert await desk.stored() == [Cue(1000, 4000, "Grüße aus Sachsen."), Cue(5000, 5800, "Kommen Sie vorbei.")]
    await expect(page.locator(".cue textarea")).to_have_count(2)
    await page.locator(".cue textarea").first.focus()
    await clean(page, axe)


async def test_captions_are_typed_beside_the_film(desk: Desk) -> None:
    page = await desk.open()
    await page.locator("#captions-play").focus()
    await page.keyboard.press("Enter")
    await holds(page, "v.currentTime > 0.3")
    await page.keyboard.press("Control+Enter")
    await page.keyboard.type("Guten Tag <alle>")
    await holds(page, "v.currentTime > 1.2 && v.textTracks[0].activeCues[0].text === 'Guten Tag &lt;alle&gt;'")
    await page.keyboard.press("Control+Enter")  # the one before ends
    await page.keyboard.type("Wir sind da.")
    await page.keyboard.press("Control+Space")
    await holds(page, "v.paused")
    await expect(page.locator(".cue")).to_have_count(2)
    await page.keyboard.press("Control+s")
    await expect(page.locator("#captions-status")).to_have_text("Die Untertitel sind gespeichert.")
    one, two = await desk.stored()
    assert (one.text, two.text, one.end) == ("Guten Tag <alle>", "Wir sind da.", two.start)
    assert await page.locator("[data-missing=captions]").count() == 0
    card = await desk.open("/cards/werkbank")
    await card.get_by_role("button", name="Untertitel").click()
    await holds(card, "v.textTracks[0].mode === 'showing' && v.textTracks[0].cues?.length === 2")
    text = await card.evaluate("document.querySelector('video').textTracks[0].cues[0].getCueAsHTML().textContent")
    assert text == "Guten Tag <alle>"


async def opened_with_two(desk: Desk) -> Page:
    film = await film_at(desk.house)
    await put_captions(desk.house.services, film.id, "de", read_captions(SHORT_SRT.encode()).cues)
    page = await desk.open()
    await expect(page.locator(".cue")).to_have_count(2)
    return page


async def test_captions_are_moved_split_joined_and_brought_back(desk: Desk) -> None:
    page = await opened_with_two(desk)
    rows, texts = page.locator(".cue"), page.locator(".cue textarea")
    await texts.first.focus()
    await page.evaluate("document.querySelector('video').currentTime = 0.5")
    await rows.first.get_by_role("button", name="Beginnt hier").click()
    await expect(page.get_by_label("Untertitel 1 beginnt")).to_have_value("0:00,500")
    await page.get_by_label("Untertitel 1 endet").fill("0:00,2")
    await page.keyboard.press("Tab")
    await expect(rows.first).to_contain_text("Der Untertitel endet, bevor er beginnt.")
    await page.keyboard.press("Control+s")
    await expect(page.get_by_label("Untertitel 1 beginnt")).to_be_focused()
    await page.get_by_label("Untertitel 1 endet").fill("bald")
    await page.keyboard.press("Tab")
    await expect(rows.first).to_contain_text("Diese Zeit lässt sich nicht lesen.")
    await page.get_by_label("Untertitel 1 endet").fill("3,5")
    await page.get_by_label("Untertitel 1 endet").press("ArrowUp")
    await expect(page.get_by_label("Untertitel 1 endet")).to_have_value("0:03,600")
    await rows.first.get_by_role("button", name="Teilen").click()
    await expect(rows).to_have_count(3)
    await expect(texts.nth(1)).to_be_focused()
    await texts.first.focus()
    await rows.first.get_by_role("button", name="Mit dem nächsten verbinden").click()
    await expect(rows).to_have_count(2)
    await rows.first.get_by_role("button", name="Löschen").click()
    await expect(page.locator("#captions-status")).to_contain_text("Untertitel 1 ist gelöscht")
    await expect(rows).to_have_count(1)
    await page.get_by_role("button", name="Rückgängig").click()
    await expect(rows).to_have_count(2)
    await expect(texts.first).to_be_focused()
    await page.keyboard.press("Control+s")
    await expect(page.locator("#captions-status")).to_have_text("Die Untertitel sind gespeichert.")
    assert [(cue.start, cue.end, cue.text.split()) for cue in await desk.stored()] == [
        (500, 3600, ["Grüße", "aus", "Sachsen."]), (5000, 5800, ["Kommen", "Sie", "vorbei."])
    ]  # fmt: skip


async def test_nothing_that_was_written_is_lost(desk: Desk) -> None:
    page = await opened_with_two(desk)
    first, status = page.locator(".cue textarea").first, page.locator("#captions-status")
    await page.context.route("**/own/words/captions", lambda route: route.abort())
    await first.fill("Mein Satz")
    await page.keyboard.press("Control+s")
    await expect(status).to_contain_text("Nicht gespeichert. Was Sie geschrieben haben, bleibt hier und in diesem Browser.")
    await page.close()  # a crash, or a notebook without power
    await desk.context.unroute("**/own/words/captions")
    page = await desk.open()
    first, status = page.locator(".cue textarea").first, page.locator("#captions-status")
    await expect(first).to_have_value("Mein Satz")
    await expect(page.locator("#captions-draft")).to_contain_text("waren nicht gespeichert; hier sind sie wieder.")
    film = await film_at(desk.house)
    await put_captions(desk.house.services, film.id, "de", [Cue(0, 900, "Von jemand anderem")])
    await first.focus()
    await page.keyboard.press("Control+s")
    await expect(page.locator("#captions-conflict")).to_contain_text("Inzwischen hat jemand anderes Untertitel gespeichert.")
    await expect(page.get_by_role("button", name="Meine an ihrer Stelle speichern")).to_be_focused()
    assert [cue.text for cue in await desk.stored()] == ["Von jemand anderem"]
    await page.get_by_role("button", name="Die anderen ansehen").click()
    await expect(page.locator(".cue textarea")).to_have_value("Von jemand anderem")
    await page.get_by_role("button", name="Meine Änderungen zeigen").click()
    await expect(first).to_have_value("Mein Satz")
    await page.get_by_role("button", name="Untertitel speichern").first.click()
    await expect(status).to_have_text("Die Untertitel sind gespeichert.")
    assert [cue.text for cue in await desk.stored()] == ["Mein Satz", "Kommen Sie vorbei."]
    assert await page.evaluate("localStorage.length") == 0
