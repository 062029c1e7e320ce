"""`make soak`: parts of a running installation are killed at random while people use it; nothing acknowledged may be lost.

    python -m tests.load.soak_kills [--kills 50] [--seed N]

People raise and lower hands over `/live`, others sign in over and over, a clip is played into a forum. Parts (web, media,
worker) get SIGKILL at random moments. Afterwards: every part came back within two seconds, everybody was back in the room within
five, each hand is as its owner was last told, each cookie that was given out still signs in, the database is whole. Prints a
report, writes reports/soak_kills.json, exits with 1 if a promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psutil
import yaml

from conference.access.store import conference_by_slug
from conference.base.settings import read_settings
from conference.demo.guests import LOST, Guest, Refused, Room, sign_in
from conference.demo.script import FOLDERS
from conference.desk.importing import import_conference
from conference.migrate import upgrade
from conference.people.actions import issue_link, mint_token, put_person
from conference.people.model import Role
from conference.program.store import session_by_slug
from conference.wiring import open_services
from tests.processes.running import Running, environment, running

PARTS = ("web", "media", "worker")
RAISERS, SIGNERS = 8, 2
BACK_WITHIN, ROOM_WITHIN = 2.0, 5.0
MIDDLE = datetime(2021, 5, 4, 11, 30)  # noqa: DTZ001 -- wall time of the conference file, which is what gets moved
FORUM = "forum-1"
CLIP = Path(FOLDERS[0]).parent / "clips" / "forum-1-impulse.webm"


@dataclass
class Report:
    """What happened. Times in seconds."""

    kills: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PARTS, 0))
    back: dict[str, list[float]] = field(default_factory=lambda: {part: [] for part in PARTS})
    serving: list[float] = field(default_factory=list)
    rejoined: list[float] = field(default_factory=list)
    media_back: list[float] = field(default_factory=list)
    acknowledged: dict[str, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def expect(self, held: bool, promise: str) -> None:
        if not held:
            self.broken.append(promise)


@dataclass
class Stage:
    """A prepared installation with its conference in the middle of the forums now."""

    environ: dict[str, str]
    folder: Path
    slug: str
    session: str
    links: list[str]
    persons: list[str]
    token: str

    @property
    def base(self) -> str:
        return self.environ["MEETINGPOINT_BASE_URL"]


# -- before -----------------------------------------------------------------------------------------------------------


def write_conference(folder: Path) -> None:
    """The 2021 conference without its files, moved so that its forums are at half-time now."""
    content = yaml.safe_load((FOLDERS[0] / "conference.yaml").read_text())
    zone = ZoneInfo(content["conference"]["zone"])
    ahead = datetime.now(zone).replace(tzinfo=None) - MIDDLE

    def move(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: move(each) for key, each in value.items()}
        if isinstance(value, list):
            return [move(each) for each in value]
        if isinstance(value, date):
            return value + timedelta(days=ahead.days + 1)
        if isinstance(value, str) and value.startswith("2021-") and "T" in value:
            return (datetime.fromisoformat(value) + ahead).isoformat(timespec="minutes")
        return value

    content["conference"]["times"] = move(content["conference"]["times"])
    content["sessions"] = [{**move(each), "results": []} for each in content["sessions"]]
    content["initiatives"] = [{**each, "card": None} for each in content["initiatives"]]
    content["report"] = {**content["report"], "photos": []}
    folder.mkdir()
    (folder / "conference.yaml").write_text(yaml.safe_dump(content, allow_unicode=True))


async def prepare(folder: Path) -> Stage:
    environ = environment(folder / "data", log_format="json")
    settings = read_settings(environ)
    write_conference(folder / "source")
    await upgrade(settings)
    async with open_services(settings, "command") as services:
        slug = (await import_conference(services, folder / "source")).slug
        async with services.db.work() as work:
            conference = await conference_by_slug(work.session, slug)
            session = await session_by_slug(work.session, conference.id, FORUM)
            links, persons = [], []
            for number in range(RAISERS + SIGNERS + 1):
                role = (Role.SPEAKER, session.id) if number == 0 else (Role.ATTENDEE, None)
                person = await put_person(
                    work,
                    services.ids,
                    conference_id=conference.id,
                    name=f"Beispiel {number}",
                    email=f"soak-{number}@example.org",
                    roles=[role],
                )
                persons.append(person.id)
                links.append(await issue_link(work, services.ids, person.id))
            token = await mint_token(
                work,
                services.ids,
                services.clock,
                conference_id=conference.id,
                session_id=session.id,
                role="publisher",
                hours=2,
                person_id=persons[0],
            )
    return Stage(environ, folder, slug, session.id, links, persons, token)


# -- people -----------------------------------------------------------------------------------------------------------


class Raiser:
    """Raises and lowers a hand for ever. `up` is what was acknowledged last; `asked` what is in flight."""

    def __init__(self, stage: Stage, number: int) -> None:
        self._guest = Guest(stage.base, stage.slug, stage.links[number], stage.session)
        self.person = stage.persons[number]
        self.up = False
        self.asked: bool | None = None
        self.acknowledged = 0
        self.entered: list[float] = []
        self.sees_clip: list[tuple[float, bool]] = []

    async def run(self) -> None:
        while True:
            try:
                async with self._guest.in_room() as room:
                    self.entered.append(time.monotonic())
                    self._look(room.entered.get("people", ()))
                    while True:
                        await self._turn(room)
                        await asyncio.sleep(random.uniform(0.05, 0.3))
            except LOST:
                await asyncio.sleep(random.uniform(0.05, 0.2))

    async def _turn(self, room: Room) -> None:
        self.asked = not self.up
        ref = await room.say("hand.raise" if self.asked else "hand.lower")
        async with asyncio.timeout(10):
            async for message in room.messages():
                if message["type"] == "room.people":
                    self._look(message["people"])
                if message.get("ref") == ref:
                    if message["type"] != "ok":
                        raise Refused(message.get("code"))
                    self.up, self.asked = self.asked, None
                    self.acknowledged += 1
                    return
        raise Refused("closed")

    def _look(self, people: Sequence[dict[str, Any]]) -> None:
        for person in people:
            if person["name"] == "Beispiel 0":
                self.sees_clip.append((time.monotonic(), bool(person["camera"])))


class Signer:
    """Signs in over and over; keeps every cookie that was given out."""

    def __init__(self, stage: Stage, number: int) -> None:
        self._base, self._link = stage.base, stage.links[number]
        self.cookies: list[str] = []

    async def run(self) -> None:
        while True:
            with suppress(*LOST):
                self.cookies.append(await asyncio.to_thread(sign_in, self._base, self._link))
            await asyncio.sleep(2.5)


# -- kills ------------------------------------------------------------------------------------------------------------


def answers(base: str, path: str) -> bool:
    with suppress(OSError, HTTPException):
        line = HTTPConnection(base.removeprefix("http://"), timeout=10)
        try:
            line.request("GET", path)
            return line.getresponse().status == 200
        finally:
            line.close()
    return False


async def until(found: Any, seconds: float) -> float | None:
    """Seconds until `found()` was true; None if it was not."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if await asyncio.to_thread(found):
            return time.monotonic() - began
        await asyncio.sleep(0.02)
    return None


async def kill_one(serve: Running, base: str, part: str, report: Report) -> float:
    """Kill a part of what is served at `base` and watch it come back; when it was killed."""
    victim = serve.part(part)
    if victim is None:
        report.broken.append(f"{part} was not there to be killed")
        return time.monotonic()
    victim.kill()
    killed = time.monotonic()
    report.kills[part] += 1

    def is_back() -> bool:
        found = serve.part(part)
        return found is not None and found.pid != victim.pid and found.status() != psutil.STATUS_ZOMBIE

    back = await until(is_back, 10)
    report.expect(back is not None and back <= BACK_WITHIN, f"{part} was back after {back} s")
    report.back[part].append(back or 10.0)
    if part == "web":
        serving = await until(lambda: answers(base, "/healthz"), 15)
        report.serving.append(serving if serving is not None else 15.0)
    return killed


async def kill_at_random(serve: Running, stage: Stage, kills: int, report: Report) -> list[tuple[float, str]]:
    done = []
    for number in range(kills):
        await asyncio.sleep(random.choice((random.uniform(0.2, 1.5), random.uniform(ROOM_WITHIN, 6.5))))
        part = random.choice(PARTS)
        done.append((await kill_one(serve, stage.base, part, report), part))
        print(f"  {number + 1:3}/{kills} {part:7} back after {report.back[part][-1]:.2f} s", flush=True)
    return done


# -- after ------------------------------------------------------------------------------------------------------------


def judge_rooms(raisers: Sequence[Raiser], kills: Sequence[tuple[float, str]], report: Report) -> None:
    """How long everybody was out of the room after each kill of the web part, and the clip after each of the media node."""
    for (killed, part), (upcoming, _) in zip(kills, [*kills[1:], (time.monotonic(), "")], strict=True):
        if part == "web" and upcoming - killed >= ROOM_WITHIN:
            for raiser in raisers:
                back = next((moment - killed for moment in raiser.entered if moment > killed), None)
                report.rejoined.append(back if back is not None else 60.0)
        if part == "media" and upcoming - killed >= ROOM_WITHIN:
            seen = [moment - killed for raiser in raisers for moment, shown in raiser.sees_clip if moment > killed and shown]
            report.media_back.append(min(seen, default=60.0))
    report.expect(
        max(report.rejoined, default=0) <= ROOM_WITHIN,
        f"a person was out of the room for {max(report.rejoined, default=0):.1f} s",
    )
    report.expect(
        max(report.media_back, default=0) <= ROOM_WITHIN, f"the clip was away for {max(report.media_back, default=0):.1f} s"
    )


def judge_writes(stage: Stage, raisers: Sequence[Raiser], report: Report) -> None:
    with sqlite3.connect(stage.folder / "data/meetingpoint.sqlite3") as database:
        (whole,) = database.execute("PRAGMA integrity_check").fetchone()
        report.expect(whole == "ok", f"integrity check: {whole}")
        hands = dict(database.execute("SELECT person_id, hand IS NOT NULL FROM seat").fetchall())
        seats = dict(database.execute("SELECT person_id, COUNT(*) FROM seat GROUP BY person_id").fetchall())
    for raiser in raisers:
        possible = {raiser.up} | ({raiser.asked} if raiser.asked is not None else set())
        report.expect(bool(hands.get(raiser.person)) in possible, f"a hand is not as it was acknowledged ({raiser.person})")
        report.expect(seats.get(raiser.person) == 1, f"{seats.get(raiser.person)} seats of one person")
    report.acknowledged["hands"] = sum(raiser.acknowledged for raiser in raisers)


def signed_in(stage: Stage, cookie: str) -> bool:
    line = HTTPConnection(stage.base.removeprefix("http://"), timeout=10)
    try:
        line.request("GET", "/me", headers={"Cookie": cookie})
        answer = line.getresponse()
        return answer.status == 200 and b"Beispiel" in answer.read()
    finally:
        line.close()


async def soak(kills: int, folder: Path) -> Report:
    report = Report()
    stage = await prepare(folder)
    plan = {
        "streams": [
            {
                "whip": f"{stage.base}/{stage.slug}/sessions/{FORUM}/whip",
                "token": stage.token,
                "video": str(CLIP),
                "audio": str(CLIP),
            }
        ]
    }
    (folder / "plan.json").write_text(json.dumps(plan))
    raisers = [Raiser(stage, number) for number in range(1, RAISERS + 1)]
    signers = [Signer(stage, number) for number in range(RAISERS + 1, RAISERS + SIGNERS + 1)]
    with (
        running(["-m", "conference", "serve"], stage.environ, folder / "serve.log") as serve,
        running(["-m", "media.play", "--plan", str(folder / "plan.json")], os.environ, folder / "play.log"),
    ):
        if await until(lambda: answers(stage.base, "/readyz"), 60) is None:
            raise SystemExit(f"did not start:\n{serve.text()[-2000:]}")
        tasks = [asyncio.create_task(one.run()) for one in (*raisers, *signers)]
        await asyncio.sleep(6)
        done = await kill_at_random(serve, stage, kills, report)
        await asyncio.sleep(8)
        judge_rooms(raisers, done, report)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        for cookie in (cookies := [cookie for signer in signers for cookie in signer.cookies]):
            report.expect(await asyncio.to_thread(signed_in, stage, cookie), "a cookie that was given out signs nobody in")
        report.acknowledged["sign-ins"] = len(cookies)
        report.expect(await asyncio.to_thread(serve.end) < 10, "the end took longer than ten seconds")
        report.expect(serve.none_left(), "a process was left behind")
    judge_writes(stage, raisers, report)
    return report


def show(report: Report, seconds: float) -> None:
    def line(name: str, times: list[float]) -> None:
        if times:
            ordered = sorted(times)
            print(f"  {name:34} {len(times):4}   median {ordered[len(ordered) // 2]:5.2f} s   worst {ordered[-1]:5.2f} s")

    print(
        f"\n{sum(report.kills.values())} kills in {seconds:.0f} s: "
        + ", ".join(f"{part} {n}" for part, n in report.kills.items())
    )
    for part, times in report.back.items():
        line(f"{part} is back", times)
    line("web answers again", report.serving)
    line("people are in the room again", report.rejoined)
    line("the clip is seen again", report.media_back)
    print("  acknowledged: " + ", ".join(f"{count} {what}" for what, count in report.acknowledged.items()))
    for promise in report.broken:
        print(f"  BROKEN: {promise}")
    print("  every promise held" if not report.broken else "")


def main() -> int:
    parser = argparse.ArgumentParser(description="Random kills of a running installation")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    random.seed(seed)
    print(f"soak: {options.kills} kills, seed {seed}", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="meetingpoint-soak-") as folder:
        report = asyncio.run(soak(options.kills, Path(folder)))
    seconds = time.monotonic() - began
    show(report, seconds)
    target = Path("reports")
    target.mkdir(exist_ok=True)
    (target / "soak_kills.json").write_text(json.dumps({"seed": seed, "seconds": seconds, **vars(report)}, indent=1))
    return 1 if report.broken else 0


if __name__ == "__main__":
    sys.exit(main())
