"""The real thing for browsers: one demo with all its processes for all tests here, and Debian's Chromium to look at it."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    Request,
    StorageState,
    async_playwright,
)
from websockets.asyncio.client import ClientConnection, connect

from conference.base.clock import SystemClock
from tests.browser.reading import Content
from tests.browser.room_house import CHROMIUM, Stage, staged
from tests.browser.visiting import visit
from tests.media.browsers.length import LONG
from tests.processes.running import environment, free_port, running, until
from tests.services import skip_or_fail

# Minutes of broken networks and of waiting for them to be noticed: in `make soak`.
LONG_RUNS = [
    "test_check_connection.py",
    "test_layouts.py",
    "test_plenary.py",
    "test_room_connection.py",
    "test_room_loss.py",
    "test_room_media.py",
]
collect_ignore = [] if LONG else LONG_RUNS

ARGUMENTS = [
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SLUG = "vernetzungstreffen-2021"
START_SECONDS = 120
# One moment in each state of the conference of 2021; `live` is the middle of the forums.
MOMENTS = {
    "draft": "2021-03-01T09:00+00:00",
    "before": "2021-04-30T09:30+02:00",
    "doors": "2021-05-04T09:45+02:00",
    "live": "2021-05-04T11:30+02:00",
    "archive": "2021-05-06T12:45+02:00",
    "closed": "2021-05-18T10:00+02:00",
}
BAR = ("before", "live", "archive", "closed")
# Told to the console, where `Visitor` hears it; and how often a page asked for a device.
WATCH = """
addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP ${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
window.devicesAsked = 0;
for (const name of ["getUserMedia", "getDisplayMedia"]) {
  const real = navigator.mediaDevices?.[name]?.bind(navigator.mediaDevices);
  if (real) navigator.mediaDevices[name] = (...wishes) => { window.devicesAsked += 1; return real(...wishes); };
}
"""
_ANSWERED = re.compile(r"Failed to load resource: the server responded with a status of (\d+)")


@dataclass(frozen=True)
class Running:
    """A running demo. base: its origin; links: role -> personal link, as in `links.json`; log: what its parts logged."""

    base: str
    data: Path
    links: dict[str, str]
    log: Path
    slug: str = SLUG
    cookies: dict[str, str] = field(default_factory=dict)

    def path(self, rest: str = "") -> str:
        return f"/{self.slug}/{rest}"

    async def at(self, moment: str | datetime) -> None:
        """Let it be that moment for all processes; returns when the web process goes by it and has told open pages."""
        instant = moment if isinstance(moment, datetime) else datetime.fromisoformat(MOMENTS[moment])
        origin: Any = self.base
        address = f"{self.base.replace('http', 'ws', 1)}/live?c={self.slug}"
        async with await self.client_of("organiser") as client:
            state, topic = await _state_of(client, self), await _topic_of(client, self)
            headers = {"Cookie": str(client.headers["cookie"])}
            async with asyncio.timeout(10), connect(address, origin=origin, additional_headers=headers, proxy=None) as line:
                await line.send(json.dumps({"type": "hello", "topics": [topic], "last": None}))
                await line.recv()
                if moment in BAR:  # the demo's people do then what they have done by that time
                    assert (await client.post("/demo/moment", data={"moment": moment})).status_code == 303
                SystemClock(self.data / "clock.json").shift_to(instant)
                told = False
                while True:
                    await line.send(json.dumps({"type": "ping"}))
                    message = json.loads(await line.recv())
                    told = told or message.get("data", {}).get("type") == "conference.state"
                    now = message.get("now")
                    if now and abs((datetime.fromisoformat(now) - instant).total_seconds()) < 60:
                        break
                    await asyncio.sleep(0.05)
                if state != await _state_of(client, self) and not told:
                    await _told_of_the_state(line)

    def client(self, language: str = "de", **headers: str) -> httpx2.AsyncClient:
        """A browser without scripts and rendering: somebody who has not signed in."""
        told = {"accept-language": language, "accept": "text/html", "origin": self.base, **headers}
        return httpx2.AsyncClient(base_url=self.base, headers=told, timeout=20)

    async def client_of(self, role: str | None, language: str = "de") -> httpx2.AsyncClient:
        """The same, signed in by the role's personal link; None: a stranger."""
        if role is None:
            return self.client(language)
        return self.client(language, cookie=await self._cookie_of(role))

    async def _cookie_of(self, role: str) -> str:
        if role not in self.cookies:
            async with self.client() as client:
                answer = await client.post(self.links[role])
                assert answer.status_code == 303, answer.text
                self.cookies[role] = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        return self.cookies[role]


async def _state_of(client: httpx2.AsyncClient, site: Running) -> str:
    return Content((await client.get(f"/desk/{site.slug}")).text).facts[0]


async def _topic_of(client: httpx2.AsyncClient, site: Running) -> str:
    found = re.search(r'data-live="\w+:([^" ]+)', (await client.get(site.path())).text)
    assert found
    return f"conference:{found[1]}"


async def _told_of_the_state(line: ClientConnection) -> None:
    """Until the web process has noticed the change, which it does once a second. Of closing it tells organisers nothing."""
    with suppress(TimeoutError):
        async with asyncio.timeout(1.5):
            while json.loads(await line.recv()).get("data", {}).get("type") != "conference.state":
                pass


# The demo is full of people with cameras: it must not go on beside the tests of other folders.
@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with demo(tmp_path_factory.mktemp("demo")) as started:
        yield started


@contextmanager
def demo(folder: Path) -> Iterator[Running]:
    """`meetingpoint demo`, in the middle of the forums of 2021. Its log is printed when it does not come up."""
    port, media_port = free_port(), free_port(socket.SOCK_DGRAM)
    log = folder / "processes.log"
    data = folder / "data"
    environ = environment(data, port=port, media_port=media_port, log_format="json", data_dir=None, secret_key=None)
    argv = ["-m", "conference", "demo", "--port", str(port), "--data", str(data), "--at", MOMENTS["live"]]
    base = f"http://127.0.0.1:{port}"
    with running(argv, environ, log) as process:

        def ready() -> bool:
            assert process.process.poll() is None, f"the demo ended:\n{process.text()[-4000:]}"
            try:
                return httpx2.get(f"{base}/readyz").status_code == 200 and (data / "links.json").exists()
            except httpx2.HTTPError:
                return False

        try:
            until(ready, START_SECONDS, "the demo is ready")
        except AssertionError:
            print(process.text()[-2000:])
            print((data / "demo.log").read_text()[-4000:] if (data / "demo.log").exists() else "no demo.log")
            raise
        links = json.loads((data / "links.json").read_text())
        yield Running(base, data, links, data / "demo.log")
        if process.process.poll() is not None:
            print(process.text()[-4000:])


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    if not CHROMIUM.exists():
        skip_or_fail("Chromium is not installed (Debian: apt install chromium)")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        await browser.close()


@dataclass
class Visitor:
    """Somebody with a browser. problems: errors of the console, of scripts and of the content policy; foreign: requests to
    other hosts; dialogs: what an alert said."""

    context: BrowserContext
    page: Page
    base: str
    problems: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    async def go(self, path: str) -> int:
        """Open a page of the site and wait for its scripts; the status of the answer."""
        return (await visit(self.page, path)).status

    async def heading(self) -> str:
        return (await self.page.inner_text("h1")).strip()

    def watch(self, page: Page) -> None:
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.problems.append(f"{page.url}: {error}"))
        page.on("request", self._asked)
        page.on("dialog", self._spoken)

    def _heard(self, message: ConsoleMessage) -> None:
        refused = _ANSWERED.match(message.text)
        own_page = refused and message.location.get("url", "").rstrip("/") == self.page.url.rstrip("/")
        if message.type in ("error", "warning") and not own_page:  # a page that is a refusal says so itself
            self.problems.append(f"{self.page.url}: {message.text} ({message.location.get('url', '')})")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.base + "/", "data:", "blob:")):
            self.foreign.append(f"{self.page.url}: {request.url}")

    async def _spoken(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        await dialog.dismiss()

    def clean(self, but: str = "nothing at all") -> None:
        """Nothing has gone wrong so far (but for problems that name `but`), and nobody else was asked."""
        assert [problem for problem in self.problems if but not in problem] == []
        assert self.foreign == []
        assert self.dialogs == []


@dataclass
class _SignedIn:
    """What the browser of each role has kept from its first visit, so that nobody signs in anew for each test."""

    states: dict[str, StorageState] = field(default_factory=dict)


@pytest.fixture(scope="package")
def signed_in() -> _SignedIn:
    return _SignedIn()


PageFor = Callable[..., Awaitable[Visitor]]


@pytest_asyncio.fixture
async def page_for(site: Running, chromium: Browser, signed_in: _SignedIn) -> AsyncIterator[PageFor]:
    """`await page_for(role, lang=..., scheme=..., width=..., scripts=...)`: a fresh browser of a stranger (None) or of a role,
    who came in through the page of the personal link."""
    async with AsyncExitStack() as stack:

        async def opened(
            role: str | None = None,
            *,
            lang: str = "de",
            scheme: str = "light",
            width: int = 1280,
            height: int = 900,
            scripts: bool = True,
            **options: Any,
        ) -> Visitor:
            context = await chromium.new_context(
                base_url=site.base,
                locale={"de": "de-DE", "en": "en-GB"}[lang],
                color_scheme=scheme,  # type: ignore[arg-type]
                viewport={"width": width, "height": height},
                java_script_enabled=scripts,
                storage_state=signed_in.states.get(role) if role else None,
                **options,
            )
            stack.push_async_callback(context.close)
            context.set_default_timeout(15_000)
            await context.add_init_script(WATCH)
            visitor = Visitor(context, await context.new_page(), site.base)
            visitor.watch(visitor.page)
            if role is not None and role not in signed_in.states:
                await _sign_in(visitor.page, site.links[role])
                signed_in.states[role] = await context.storage_state()
            return visitor

        yield opened


async def _sign_in(page: Page, link: str) -> None:
    await page.goto(link)
    await page.click("main form button")
    await page.wait_for_url(lambda url: "/sign-in/" not in url)


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A conference with rooms and all processes behind it, for the tests of one file."""
    if not CHROMIUM.exists():
        skip_or_fail("Chromium is not installed (Debian: apt install chromium)")
    async with staged(tmp_path_factory.mktemp("rooms")) as built:
        yield built


@pytest.fixture
async def stage(house: Stage) -> AsyncIterator[Stage]:
    """The same, and no page is left open behind a test."""
    yield house
    await house.close_pages()
