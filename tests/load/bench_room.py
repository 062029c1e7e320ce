"""Until Chromium has decoded the first frame of somebody in a forum's room: from the navigation to it, and from the click on its
door, where somebody has read what stands there first.

Against a running `meetingpoint demo`, whose forums have speakers played in. Every run is a browser context of its own that has
signed in before and comes from the session's page, as people do, once that has loaded and rests. Time counts on the page's own
clock, from the start of the navigation or from the click.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.processes.running import environment, free_port, running, until

CHROMIUM = "/usr/bin/chromium"
ARGS = [
    "--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", "--disable-gpu", "--disable-quic",
    "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-proxy-server",
    "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip
RUNS = 20
MOST = 1.0
MOST_CLICK = 0.3
# Notes when the node's answer was set, when DTLS was through and when the first frame was decoded (milliseconds of the page).
WATCH = r"""(() => {
  const marks = window.__marks = {};
  const note = (name) => { marks[name] ??= performance.now(); };
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...all) {
      super(...all);
      note("connection");
      this.addEventListener("connectionstatechange", () => this.connectionState === "connected" && note("connected"));
      const look = setInterval(async () => {
        for (const stat of (await this.getStats()).values()) {
          if (stat.type !== "inbound-rtp" || stat.kind !== "video") continue;
          if (stat.packetsReceived > 0) note("packet");
          if (stat.framesDecoded > 0) { note("decoded"); clearInterval(look); }
        }
        if (this.connectionState === "closed") clearInterval(look);
      }, 5);
    }
    async setRemoteDescription(said) { await super.setRemoteDescription(said); note("answered"); }
  };
  document.addEventListener("click", () => note("click"), true);
  document.addEventListener("DOMContentLoaded", () => {
    note("parsed");
    marks.html = performance.getEntriesByType("navigation")[0].responseEnd;
    const scripts = performance.getEntriesByType("resource").filter((one) => /\.js$/.test(one.name));
    marks.scripts = Math.max(...scripts.map((one) => one.responseEnd));
  });
})()"""


def _signed_in(browser: Browser, link: str) -> Any:
    """The cookies of somebody who has opened a personal link."""
    context = browser.new_context(locale="de-DE")
    page = context.new_page()
    page.goto(link)
    page.locator("main form[method=post] button[type=submit], main form[method=post] button:not([type])").first.click()
    page.wait_for_url(lambda address: "/sign-in/" not in address)
    state = context.storage_state()
    context.close()
    return state


def _one(context: BrowserContext, address: str, seconds: float, *, click: bool) -> dict[str, float]:
    """The marks of one visit. Raises RuntimeError when no frame came."""
    page = context.new_page()
    page.goto(address.removesuffix("/room?join"), wait_until="networkidle")
    page.add_init_script(WATCH)
    page.goto(address.removesuffix("?join") if click else address, wait_until="commit")
    if click:
        page.locator("#join:enabled").click()
    marks: dict[str, float] = {}
    end = time.monotonic() + seconds
    while "decoded" not in marks:  # asked from outside: the page's own policy forbids what Playwright's waiting would do in it
        if time.monotonic() > end:
            raise RuntimeError(f"no frame within {seconds} s, but {marks}: {page.url}\n{page.inner_text('body')[:600]}")
        page.wait_for_timeout(50)
        marks = page.evaluate("window.__marks") or {}
    page.close()
    return marks


def _visits(data: Path, *, click: bool) -> list[dict[str, float]]:
    links = json.loads((data / "links.json").read_text())
    room = json.loads((data / "play.json").read_text())["streams"][0]["whip"].removesuffix("/whip") + "/room?join"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        state = _signed_in(browser, links["attendee"])

        def visit(seconds: float) -> dict[str, float]:
            context = browser.new_context(storage_state=state, locale="de-DE", viewport={"width": 1280, "height": 800})
            try:
                return _one(context, room, seconds, click=click)
            finally:
                context.close()

        visit(60)  # the speakers may still be on their way in
        visits = [visit(15) for _ in range(RUNS)]
        browser.close()
    return visits


def percentile(values: list[float], share: float) -> float:
    """The smallest value that at least `share` of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * round(share * 100) // 100) - 1)]


def run() -> list[dict[str, Any]]:
    """p50 and p95 in seconds, and where the time went (medians of the page's clock)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environ = environment(folder / "unused", data_dir=None, secret_key=None, port=None, base_url=None)
        argv = ["-m", "conference", "demo", "--port", str(free_port()), "--data", str(folder / "demo")]
        with running(argv, environ, folder / "log") as demo:
            until(lambda: "links.json" in str(list((folder / "demo").glob("links.json"))), 90, "the demo's links")
            until(lambda: "Ctrl-C" in demo.text() or "Strg" in demo.text(), 60, "the demo says that it is open")
            time.sleep(3)  # the invented people come in now: a first visit among them would find no picture for long
            gone = _visits(folder / "demo", click=False)
            clicked = _visits(folder / "demo", click=True)
            demo.end()
    return [_result("navigation", gone, None, MOST), _result("click on the door", clicked, "click", MOST_CLICK)]


def _result(way: str, visits: list[dict[str, float]], since: str | None, most: float) -> dict[str, Any]:
    decoded = [(visit["decoded"] - (visit[since] if since else 0.0)) / 1000 for visit in visits]
    steps = {step: round(statistics.median(visit.get(step, 0.0) for visit in visits)) for step in visits[0]}
    p95 = percentile(decoded, 0.95)
    return {
        "name": f"room: {way} to first decoded frame, seconds, {RUNS} visits",
        "p50": round(percentile(decoded, 0.5), 3),
        "p95": round(p95, 3),
        "worst": round(max(decoded), 3),
        "steps_ms": dict(sorted(steps.items(), key=lambda step: step[1])),
        "limit": most,
        "passed": p95 <= most,
    }


if __name__ == "__main__":
    print(json.dumps(run(), indent=1))
