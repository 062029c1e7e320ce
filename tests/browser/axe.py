"""axe-core for pages under test: fetched once by npm into a cache folder outside of the checkout, run inside of the page."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from playwright.async_api import Page

VERSION = "4.14.1"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_RUN = """(tags) => axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] })
  .then(({ violations }) => violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map((node) =>
    `${node.target.join(" ")}: ${node.html.slice(0, 160)} -- ${node.failureSummary.split("\\n").slice(1).join(" ")}`) })))"""

_AT_REST = """() => Promise.allSettled(document.getAnimations()
  .filter((one) => Number.isFinite(one.effect.getComputedTiming().endTime)).map((one) => one.finished))"""


def cache_folder() -> Path:
    root = os.environ.get("MEETINGPOINT_TEST_CACHE") or Path.home() / ".cache"
    return Path(root) / "meetingpoint-tests" / f"axe-core-{VERSION}"


def source() -> str:
    """The script. Raises FileNotFoundError with the reason when it is not there and cannot be fetched."""
    folder = cache_folder()
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        if shutil.which("npm") is None:
            raise FileNotFoundError("npm is not installed, so axe-core cannot be fetched")
        folder.mkdir(parents=True, exist_ok=True)
        command = [
            "npm",
            "install",
            "--prefix",
            str(folder),
            f"axe-core@{VERSION}",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
        if done.returncode:
            raise FileNotFoundError(f"axe-core cannot be fetched: {done.stderr.strip()[-200:]}")
    return script.read_text(encoding="utf-8")


async def violations(page: Page, script: str) -> list[str]:
    """What axe finds on the page once its colours have stopped changing: one line per rule and place."""
    await page.evaluate(_AT_REST)
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(script)
    found: list[dict[str, Any]] = await page.evaluate(_RUN, TAGS)
    return [f"{rule['id']} ({rule['help']}): {node}" for rule in found for node in rule["nodes"]]
