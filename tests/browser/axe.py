"""axe-core for pages under test: fetched once by npm into a cache folder outside of the checkout, run inside of the page."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Page

from tests.npm import folder_with

VERSION = "4.14.1"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_RUN = """(tags) => axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] })
  .then(({ violations }) => violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map((node) =>
    `${node.target.join(" ")}: ${node.html.slice(0, 160)} -- ${node.failureSummary.split("\\n").slice(1).join(" ")}`) })))"""

_AT_REST = """() => Promise.allSettled(document.getAnimations()
  .filter((one) => Number.isFinite(one.effect.getComputedTiming().endTime)).map((one) => one.finished))"""


def source() -> str:
    """The script. Raises FileNotFoundError with the reason when it is not there and cannot be fetched."""
    script = folder_with(f"axe-core@{VERSION}") / "node_modules" / "axe-core" / "axe.min.js"
    return script.read_text(encoding="utf-8")


async def violations(page: Page, script: str) -> list[str]:
    """What axe finds on the page once its colours have stopped changing: one line per rule and place."""
    await page.evaluate(_AT_REST)
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(script)
    found: list[dict[str, Any]] = await page.evaluate(_RUN, TAGS)
    return [f"{rule['id']} ({rule['help']}): {node}" for rule in found for node in rule["nodes"]]
