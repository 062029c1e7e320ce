"""A set sheet opens in Chromium's own viewer, under its title and with all of its pages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from tests.desk.test_cards_browser import ARGUMENTS, CHROMIUM
from tests.results.setting.sheets import OCCASION, full, pdf_of

pytestmark = pytest.mark.browser
# The viewer is a page of the browser's own; its toolbar knows what was read. Until then it calls the file by its name.
READ = """() => {
  const bar = document.querySelector("pdf-viewer")?.shadowRoot?.querySelector("viewer-toolbar");
  return bar && bar.docLength && !bar.docTitle.endsWith(".pdf") ? { pages: bar.docLength, title: bar.docTitle } : false;
}"""


async def test_the_viewer_shows_title_and_pages(tmp_path: Path) -> None:
    file = tmp_path / "ergebnisse.pdf"
    file.write_bytes((await pdf_of(full(rounds=2), replace(OCCASION, example=True))).data)
    async with async_playwright() as playwright:
        # Only the complete browser has a viewer, not the shell that is started without a word about it.
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*ARGUMENTS, "--headless=new"], ignore_default_args=["--headless"]
        )
        page = await browser.new_page()
        async with page.expect_event("framenavigated", lambda frame: frame.url.startswith("chrome-extension:")) as viewer:
            await page.goto(file.as_uri())
        said = await (await viewer.value).wait_for_function(READ)
        assert await said.json_value() == {"pages": 2, "title": "Ergebnisse · Forum 2: Zusammenarbeit auf Bundesebene"}
        await browser.close()
