"""The pack opened as people do: out of its folder, in both themes, on a narrow screen, with axe; the film has captions."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page

from tests.browser import axe
from tests.cards.at_card import chromium, looking, until
from tests.desk.handover.packs import document, furnished, made, unpacked
from tests.media.browsers.length import in_soak
from tests.results.house import house_at
from tests.results.report.pictures import jpeg

pytestmark = pytest.mark.browser


async def looked_at(page: Page, folder: Path, axe_core: str) -> None:
    """Every page of the pack, reached by its address."""
    for file in sorted(folder.rglob("*.html")):
        await page.goto(file.as_uri())
        assert await page.locator("h1").count() == 1, file
        assert await page.evaluate("document.fonts.check('16px Hyperlegible')")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), file
        assert await page.evaluate("[...document.images].every((image) => image.loading === 'lazy' || image.naturalWidth > 0)")
        assert await axe.violations(page, axe_core) == [], file


@in_soak
async def test_it_opens_from_a_folder(tmp_path: Path, axe_core: str) -> None:
    async with house_at(tmp_path, document=document()) as house:  # type: ignore[arg-type]
        await furnished(house, jpeg())
        folder = await unpacked(house, await made(house), tmp_path)
    async with chromium() as browser:
        for scheme, width in (("light", 1280), ("dark", 320)):
            async with looking(browser, color_scheme=scheme, viewport={"width": width, "height": 800}) as (_context, page):
                asked: list[str] = []
                page.on("request", lambda request, asked=asked: asked.append(request.url))  # type: ignore[misc]
                await looked_at(page, folder, axe_core)
                assert {url.partition(":")[0] for url in asked} <= {"file", "data"}
        async with looking(browser) as (_context, page):
            await page.goto((folder / "index.html").as_uri())
            await page.get_by_role("link", name="1 Video-Visitenkarte").click()
            await page.get_by_role("link", name="Heimathügel").click()
            await until(page, "v.readyState > 0 && v.textTracks[0].cues?.length > 0")
            assert await page.evaluate("document.querySelector('video').textTracks[0].cues[0].text") == (
                "Guten Tag aus dem Beispieltal."
            )
            await page.get_by_role("link", name="Programm").click()
            await page.get_by_role("link", name="English").click()
            assert await page.locator("html").get_attribute("lang") == "en"
            await page.get_by_role("link", name="Forum one").click()
            assert await page.get_by_text("One calendar").count() == 1
