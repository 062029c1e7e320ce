"""A conference that is on right now, served by all real processes, and people who open its rooms in Chromium."""

from __future__ import annotations

import asyncio
import re
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from playwright.async_api import TimeoutError as TooLate

from conference.access.model import Conference
from conference.base.clock import SystemClock
from conference.base.db import Database, open_database
from conference.base.ids import RandomIds
from conference.initiatives.model import Initiative
from conference.people.actions import issue_link, mint_token, sign_in
from conference.people.model import Person, Role, RoleHeld
from conference.program.model import Billing, Floor, Kind, Place, Session
from tests.processes.running import Running, environment, running
from tests.site import migrated_database

CHROMIUM = Path("/usr/bin/chromium")
ARGS = [
    "--no-sandbox", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", "--disable-gpu", "--disable-quic",
    "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--auto-select-desktop-capture-source=Entire screen",
]  # fmt: skip
SLUG = "treffen"
READY_WITHIN = 15_000  # milliseconds
CLOSES_WITHIN = 20.0  # seconds

# What a page really receives: decoded frames per visible video, and the energy of what is heard.
MEDIA = """async () => {
  const frames = [...document.querySelectorAll('.stage video')].filter(v => !v.closest('.own') && !v.hidden)
    .map(v => v.getVideoPlaybackQuality().totalVideoFrames);
  let energy = 0, decoded = 0;
  for (const pc of window.__connections) {
    if (pc.connectionState !== 'connected') continue;
    for (const stat of (await pc.getStats()).values()) {
      if (stat.type !== 'inbound-rtp') continue;
      energy += stat.totalAudioEnergy ?? 0;
      decoded += stat.framesDecoded ?? 0;
    }
  }
  return {frames, energy, decoded};
}"""
# Why a page is not ready: scripts that were asked for and have not come, what did not come whole, and what went wrong.
NOT_ARRIVED = """() => {
  const come = new Map(performance.getEntriesByType("resource").map((one) => [one.name, one]));
  const parts = document.querySelectorAll("link[rel=modulepreload], link[rel=stylesheet], script[src]");
  const named = [...parts].map((one) => one.href || one.src);
  const odd = [...come.values()].filter((one) => one.responseStatus !== 200).map((one) => `${one.responseStatus} ${one.name}`);
  return { missing: named.filter((name) => !come.has(name)), odd, errors: window.__errors, state: document.readyState };
}"""
WATCH = """window.__connections = [];
const Native = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Native { constructor(...all) { super(...all); window.__connections.push(this); } };
window.__errors = []; addEventListener('error', (e) => window.__errors.push(String(e.message)));
addEventListener('unhandledrejection', (e) => window.__errors.push(String(e.reason)));"""


def words(de: str, en: str = "") -> dict[str, str]:
    return {"de": de, "en": en or de}


def conference_row(now: datetime) -> Conference:
    return Conference(
        id="c1", slug=SLUG, title=words("Treffen der Initiativen"), motto=words("Gemeinsam"), purpose=words("Kennenlernen"),
        place=words("Online"), people_expected=words("60"), hosts=[],
        contact={"name": words("Büro"), "email": "b@example.org", "phone": ""},
        legal={}, zone="Europe/Berlin", announced=now - timedelta(days=9), doors=now - timedelta(hours=2),
        live=now - timedelta(hours=1), archive=now + timedelta(hours=4), closes=now + timedelta(days=5),
        purge=now + timedelta(days=20),
    )  # fmt: skip


def session_row(name: str, now: datetime, floor: Floor, number: int, **more: Any) -> Session:
    fields = {"place": Place.ONLINE, "starts": now - timedelta(minutes=37), "ends": now + timedelta(minutes=23), **more}
    question = words("Was braucht ein gutes soziales Miteinander, und was können Rückkehrinitiativen selbst dafür tun?")
    return Session(
        id=name, conference_id="c1", slug=name, kind=Kind.FORUM, number=number, title=words("Miteinander vor Ort"),
        question=question, summary=words("Der Impuls erzählt aus der Praxis."), floor=floor, where={}, changed=now, **fields,
    )  # fmt: skip


@dataclass
class Stage:
    """The running house. `open` gives a signed-in page; `enter` one in a room."""

    base: str
    process: Running
    db: Database
    clock: SystemClock
    chromium: Browser
    folder: Path
    launch: Callable[[], Awaitable[Browser]]
    contexts: list[BrowserContext] = field(default_factory=list)

    async def person(self, name: str, role: Role = Role.ATTENDEE, **more: Any) -> Person:
        ids = RandomIds()
        fields = {"conference_id": "c1", "email": f"{ids.new()}@example.org", "land": "ST", "initiative_id": "i1", **more}
        async with self.db.work() as work:
            person = Person(id=ids.new(), name=name, created=work.now, **fields)
            work.session.add(person)
            await work.session.flush()
            work.session.add(RoleHeld(id=ids.new(), person_id=person.id, role=role))
        return person

    async def context(self, person: Person | None, **options: Any) -> BrowserContext:
        context = await self.chromium.new_context(**{"locale": "de-DE", "viewport": {"width": 1280, "height": 800}, **options})
        self.contexts.append(context)
        await context.grant_permissions(["camera", "microphone"], origin=self.base)
        await context.add_init_script(WATCH)
        if person is not None:
            async with self.db.work() as work:
                cookie = await sign_in(work, RandomIds(), self.clock, person, None)
            await context.add_cookies([{"name": "meetingpoint", "value": cookie, "url": self.base}])
        return context

    async def enter(self, person: Person, session: str, **options: Any) -> Page:
        """A page in the room, listening."""
        page = await (await self.context(person, **options)).new_page()
        await page.goto(f"{self.base}/{SLUG}/sessions/{session}/room")
        try:
            await page.click("#join", timeout=READY_WITHIN)
        except TooLate:  # once in some thousand starts a page never gets all of its scripts: it says so, and people load it again
            print(f"not ready: {await page.evaluate(NOT_ARRIVED)}")
            await page.click("#not-ready a")
            await page.click("#join")
        await page.wait_for_selector("#bar:not([hidden])")
        return page

    async def link(self, person: Person) -> str:
        """A fresh personal link."""
        async with self.db.work() as work:
            return f"{self.base}/sign-in/{await issue_link(work, RandomIds(), person.id)}"

    async def token(self, session: str, label: str) -> str:
        async with self.db.work() as work:
            return await mint_token(
                work, RandomIds(), self.clock, conference_id="c1", session_id=session, role="publisher", hours=1, label=label
            )

    async def close_pages(self) -> None:
        contexts, self.contexts = self.contexts, []
        try:
            async with asyncio.timeout(CLOSES_WITHIN):
                for context in contexts:
                    await context.close()
        except TimeoutError:  # once in a great while Chromium never answers that: the other tests get a fresh one
            self.chromium = await self.launch()


async def prepared(stage: Stage, person: Person, script: str = "", **options: Any) -> Page:
    """A page that has not opened the room yet."""
    context = await stage.context(person, **options)
    if script:
        await context.add_init_script(script)
    return await context.new_page()


async def join(stage: Stage, page: Page, session: str) -> Page:
    await page.goto(f"{stage.base}/{SLUG}/sessions/{session}/room")
    await page.click("#join")
    await page.wait_for_selector("#bar:not([hidden])")
    return page


@asynccontextmanager
async def staged(folder: Path, *, switches: Sequence[str] = (), **settings: object) -> AsyncIterator[Stage]:
    """switches: more of Chromium's. settings: more of the installation's, such as `media_host`."""
    environ = environment(folder / "data", lang="C.UTF-8", **settings)
    (folder / "data").mkdir()
    await asyncio.to_thread(migrated_database, folder / "data" / "meetingpoint.sqlite3")
    clock = SystemClock()
    db = open_database(f"sqlite:///{folder / 'data' / 'meetingpoint.sqlite3'}", clock)
    await fill(db)
    base = environ["MEETINGPOINT_BASE_URL"]
    with running(["-m", "conference", "serve"], environ, folder / "serve.log") as process:
        await asyncio.to_thread(wait_until_ready, base, process)
        async with async_playwright() as playwright:

            async def launch() -> Browser:
                return await playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*ARGS, *switches])

            stage = Stage(base, process, db, clock, await launch(), folder, launch)
            try:
                yield stage
            finally:
                await stage.chromium.close()
                await db.aclose()


async def fill(db: Database) -> None:
    now = datetime.now(UTC)
    async with db.work() as work:
        rows: list[Any] = [
            conference_row(now),
            Initiative(id="i1", slug="i1", name="Agentur Musterland", land="ST", aim={}),
            session_row("forum", now, Floor.DISCUSSION, 2),
            session_row("stage", now, Floor.STAGE, 1),
            session_row("ending", now, Floor.DISCUSSION, 5),
            session_row("round", now, Floor.OPEN_ROUND, 3, guests=True),
            session_row("later", now, Floor.DISCUSSION, 4, starts=now + timedelta(hours=2), ends=now + timedelta(hours=3)),
            Billing(
                id="b1", session_id="forum", position=0, name="Sigrun Beispiel", role="impulse", title=words("Leiterin"),
                affiliation=words("Agentur Wendland"),
            ),
        ]  # fmt: skip
        for row in rows:
            work.session.add(row)
            await work.session.flush()


def wait_until_ready(base: str, process: Running) -> None:
    from tests.processes.running import until

    def ready() -> bool:
        with suppress(OSError), urllib.request.urlopen(f"{base}/readyz", timeout=2) as answer:
            return bool(re.search("200", str(answer.status)))
        return False

    try:
        until(ready, 40, "serve is ready")
    except AssertionError as error:
        raise AssertionError(f"{error}\n{process.text()[-3000:]}") from None
