"""`make soak`: a room collects findings while parts of a running installation are killed.

    python -m tests.load.soak_findings [--people 60] [--each 10] [--minutes 3] [--kills 50] [--seed N]

Everybody has the page open (a socket that hears of the session's findings) and adds findings at random moments; what gets no
answer is sent again under the same name, as the page's own script does. First without kills, which gives the times; then with
them. At the end the table has each acknowledged finding once and nothing else, and every page has every line: page before +
events = page after. Prints a report, writes reports/soak_findings.json, exits with 1 if a promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from conference.access.store import conference_by_slug
from conference.base.settings import read_settings
from conference.desk.importing import import_conference
from conference.migrate import upgrade
from conference.people.actions import put_person, sign_in
from conference.people.model import Role
from conference.program.store import session_by_slug
from conference.results.store import findings_of, sheet_of
from conference.wiring import open_services
from tests.load import soak_kills
from tests.load.soak_kills import FORUM, answers, kill_one, until, write_conference
from tests.processes.running import Running, environment, running

HEADINGS = ("topics", "practice", "ideas")
PARTS = ("web", "web", "media", "worker")
P95 = 0.3
LOST = (OSError, httpx2.HTTPError, WebSocketException, TimeoutError)


@dataclass
class Report:
    """What happened. Times in seconds. heard: from an answer until another page has the line."""

    people: int
    each: int
    kills: dict[str, int] = field(default_factory=dict)
    answered: list[float] = field(default_factory=list)
    heard: list[float] = field(default_factory=list)
    again: int = 0
    acknowledged: int = 0
    stored: int = 0
    broken: list[str] = field(default_factory=list)

    def expect(self, held: bool, promise: str) -> None:
        if not held:
            self.broken.append(promise)


@dataclass
class Stage:
    environ: dict[str, str]
    folder: Path
    slug: str
    session: str
    cookies: list[str]

    @property
    def base(self) -> str:
        return self.environ["MEETINGPOINT_BASE_URL"]

    @property
    def path(self) -> str:
        return f"/{self.slug}/sessions/{FORUM}/findings"


async def prepare(folder: Path, people: int) -> Stage:
    """An installation whose forum runs and has collected nothing so far, with people who are signed in."""
    environ = environment(folder / "data", log_format="json")
    settings = read_settings(environ)
    write_conference(folder / "source")
    await upgrade(settings)
    async with open_services(settings, "command") as services:
        slug = (await import_conference(services, folder / "source")).slug
        async with services.db.work() as work:
            conference = await conference_by_slug(work.session, slug)
            session = await session_by_slug(work.session, conference.id, FORUM)
            for line in await findings_of(work.session, session.id):
                await work.session.delete(line)
            if sheet := await sheet_of(work.session, session.id):
                await work.session.delete(sheet)
            cookies = []
            for number in range(people):
                person = await put_person(
                    work, services.ids, conference_id=conference.id, name=f"Beispiel {number}",
                    email=f"findings-{number}@example.org", roles=[(Role.ATTENDEE, None)],
                )  # fmt: skip
                await work.session.flush()
                cookies.append(await sign_in(work, services.ids, services.clock, person, None))
    return Stage(environ, folder, slug, session.id, cookies)


class Visitor:
    """One person's page. lines: what it shows, id -> change; acknowledged: id -> text, as the answers said."""

    def __init__(self, stage: Stage, number: int, report: Report) -> None:
        self.stage, self.number, self.report = stage, number, report
        self.cookie = f"meetingpoint={stage.cookies[number]}"
        self.lines: dict[str, int] = {}
        self.seen: dict[str, float] = {}
        self.acknowledged: dict[str, str] = {}
        self.moments: dict[str, float] = {}
        self.change = 0

    async def watch(self) -> None:
        """Hold the socket; after each return ask for what was missed."""
        address = self.stage.base.replace("http", "ws", 1) + f"/live?c={self.stage.slug}"
        while True:
            with suppress(*LOST):
                async with connect(address, additional_headers={"Cookie": self.cookie}, origin=self.stage.base) as socket:  # type: ignore[arg-type]
                    hello = {"type": "hello", "topics": [f"findings:{self.stage.session}"], "last": None, "lang": "de"}
                    await socket.send(json.dumps(hello))
                    async for text in socket:
                        await self._hear(json.loads(text))
            await asyncio.sleep(random.uniform(0.3, 1.2))

    async def _hear(self, said: dict[str, Any]) -> None:
        if said["type"] in ("welcome", "reload"):
            await self.catch_up()
        elif said["type"] == "event":
            self._take(said["data"])

    async def catch_up(self) -> None:
        async with self._browser() as browser:
            answer = await browser.get(f"{self.stage.path}?since={self.change}")
        if answer.status_code == 200:
            self._take(answer.json())

    def _take(self, told: dict[str, Any]) -> None:
        for line in told["lines"]:
            self.seen.setdefault(line["id"], time.monotonic())
            self.lines[line["id"]] = max(line["change"], self.lines.get(line["id"], 0))
        self.change = max(self.change, told["change"])

    async def add(self, each: int, seconds: float) -> None:
        """Add findings at random moments of a time."""
        began = time.monotonic()
        async with self._browser() as browser:
            for number, moment in enumerate(sorted(random.uniform(0, seconds) for _ in range(each))):
                await asyncio.sleep(max(0.0, began + moment - time.monotonic()))
                await self._until_kept(browser, number)

    async def _until_kept(self, browser: httpx2.AsyncClient, number: int) -> None:
        text = f"Beitrag {number} von {self.number}: {random.randrange(10**9)}"
        fields = {"do": "add", "client": f"{self.number}-{number}", "text": text, "heading": random.choice(HEADINGS)}
        while True:
            began = time.monotonic()
            with suppress(*LOST):
                answer = await browser.post(self.stage.path, data=fields)
                if answer.status_code == 200:
                    (line,) = answer.json()["lines"]
                    self.acknowledged[line["id"]] = text
                    self.moments[line["id"]] = time.monotonic()
                    self.report.answered.append(time.monotonic() - began)
                    return
                self.report.expect(answer.status_code in (502, 503), f"answered with {answer.status_code}: {answer.text[:200]}")
            self.report.again += 1
            await asyncio.sleep(random.uniform(0.2, 1.0))

    def _browser(self) -> httpx2.AsyncClient:
        headers = {"accept": "application/json", "cookie": self.cookie, "sec-fetch-site": "same-origin"}
        return httpx2.AsyncClient(base_url=self.stage.base, headers=headers, timeout=10)


async def kill_at_random(serve: Running, stage: Stage, kills: int, seconds: float, report: Report) -> None:
    """As many kills, spread over the time; each waits until the part before is back."""
    told = soak_kills.Report()
    for _ in range(kills):
        began = time.monotonic()
        await kill_one(serve, stage.base, random.choice(PARTS), told)
        await asyncio.sleep(max(0.1, seconds / kills * random.uniform(0.5, 1.3) - (time.monotonic() - began)))
    report.kills = told.kills  # how soon they must be back, that soak asks


async def collect(people: int, each: int, seconds: float, kills: int, folder: Path) -> Report:
    report = Report(people, each)
    stage = await prepare(folder, people)
    with running(["-m", "conference", "serve"], stage.environ, folder / "serve.log") as serve:
        if await until(lambda: answers(stage.base, "/readyz"), 60) is None:
            raise SystemExit(f"did not start:\n{serve.text()[-2000:]}")
        visitors = [Visitor(stage, number, report) for number in range(people)]
        watching = [asyncio.create_task(one.watch()) for one in visitors]
        await asyncio.sleep(2)
        killing = asyncio.create_task(kill_at_random(serve, stage, kills, seconds, report)) if kills else None
        await asyncio.gather(*(one.add(each, seconds) for one in visitors))
        if killing:
            await killing
        await everybody_has_all(visitors, report)
        for task in watching:
            task.cancel()
        await asyncio.wait(watching)
        report.expect(await asyncio.to_thread(serve.end) < 10, "the end took longer than ten seconds")
    judge(stage, visitors, report)
    return report


async def everybody_has_all(visitors: Sequence[Visitor], report: Report, within: float = 20) -> None:
    wanted = {line for one in visitors for line in one.acknowledged}
    end = time.monotonic() + within
    while any(not wanted <= one.lines.keys() for one in visitors) and time.monotonic() < end:
        await asyncio.sleep(0.1)
    for one in visitors:
        report.expect(one.lines.keys() == wanted, f"page {one.number} has {len(one.lines)} of {len(wanted)} lines")
    other = {line: visitors[(one.number + 1) % len(visitors)] for one in visitors for line in one.acknowledged}
    moments = {line: moment for one in visitors for line, moment in one.moments.items()}
    report.heard = [max(0.0, page.seen[line] - moments[line]) for line, page in other.items() if line in page.seen]


def judge(stage: Stage, visitors: Sequence[Visitor], report: Report) -> None:
    """Compare what was acknowledged with what is stored."""
    with sqlite3.connect(stage.folder / "data/meetingpoint.sqlite3") as database:
        (whole,) = database.execute("PRAGMA integrity_check").fetchone()
        rows = database.execute("SELECT id, text, gone, change FROM finding WHERE session_id = ?", (stage.session,)).fetchall()
    acknowledged = {line: text for one in visitors for line, text in one.acknowledged.items()}
    stored = {line: json.loads(text)["de"] for line, text, gone, _ in rows if gone is None}
    report.acknowledged, report.stored = len(acknowledged), len(stored)
    report.expect(whole == "ok", f"integrity check: {whole}")
    report.expect(len(acknowledged) == report.people * report.each, f"{len(acknowledged)} were acknowledged")
    report.expect(stored == acknowledged, "what is stored is not what was acknowledged")
    doubled = [text for text, count in Counter(stored.values()).items() if count > 1]
    report.expect(not doubled, f"{len(doubled)} stand there twice")
    report.expect(len({change for *_, change in rows}) == len(rows), "two acts had the same number")


def share_of(times: Sequence[float], share: float) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def show(report: Report) -> None:
    kills = ", ".join(f"{part} {n}" for part, n in report.kills.items()) or "none"
    print(f"  {report.acknowledged} acknowledged, {report.stored} stored, {report.again} sent again, kills: {kills}")
    for name, times in (("answered", report.answered), ("on another page", report.heard)):
        print(f"  {name:16} median {share_of(times, 0.5) * 1000:6.1f} ms   p95 {share_of(times, 0.95) * 1000:6.1f} ms")
    for promise in report.broken:
        print(f"  BROKEN: {promise}")


def soak(people: int, each: int, seconds: float, kills: int) -> Report:
    with tempfile.TemporaryDirectory(prefix="meetingpoint-findings-") as folder:
        report = asyncio.run(collect(people, each, seconds, kills, Path(folder)))
    show(report)
    return report


def main() -> int:
    parser = argparse.ArgumentParser(description="A room collects findings while parts are killed")
    parser.add_argument("--people", type=int, default=60)
    parser.add_argument("--each", type=int, default=10)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    random.seed(seed)
    reports = {}
    for name, kills in (("calm", 0), ("killed", options.kills)):
        print(f"findings: {options.people} people, {options.each} each in {options.minutes} min, {kills} kills", flush=True)
        reports[name] = soak(options.people, options.each, options.minutes * 60, kills)
    calm = reports["calm"]
    calm.expect(share_of(calm.answered, 0.95) <= P95, f"p95 {share_of(calm.answered, 0.95):.3f} s")
    Path("reports").mkdir(exist_ok=True)
    written = {
        name: {**vars(one), "answered": share_of(one.answered, 0.95), "heard": share_of(one.heard, 0.95)}
        for name, one in reports.items()
    }
    Path("reports/soak_findings.json").write_text(json.dumps({"seed": seed, **written}, indent=1))
    return 1 if any(one.broken for one in reports.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
