"""`make soak`: films are brought, prepared and published while parts of a running installation are killed at random.

    python -m tests.load.soak_cards [folder] [s3] [--kills 50] [--seed N]

Owners bring films over and over, an organiser publishes them. Web, worker and store get SIGKILL, browsers break off in the
midst. After each kill a card is absent or complete for whoever looks; at the end every owner's second attempt has given exactly
one card, and an hour later (our clock is moved) nothing lies in the store that no card names.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

from sqlmodel import select

from conference.base.clock import FixedClock
from conference.base.jobs import Job
from conference.base.storage import open_storage
from conference.cards.actions import publish_card
from conference.cards.consent.from_file import agree_as_in_file
from conference.cards.model import Card, CardFile, CardFilm, CardState, FilmState
from conference.cards.reconcile import reconcile
from conference.cards.store import cards_in, files_of_film, films_of
from conference.cards.sweeping import wanted_objects
from conference.wiring import open_services
from tests.cards.kill_flow import work_off
from tests.cards.test_kill_points import write_film
from tests.load.card_stage import LOST, SLUG, Owner, Stage, missing_parts, prepare
from tests.processes.running import Running, running, until
from tests.services import Missing, Swift, swift_server, wait_for_port

OWNERS = 6
LEASE = 75.0
"""Seconds until another worker takes a dead one's job, and a little."""


@dataclass
class Report:
    kills: dict[str, int] = field(default_factory=dict)
    published: int = 0
    looked: int = 0
    broken: list[str] = field(default_factory=list)

    def expect(self, held: bool, promise: str) -> None:
        if not held:
            self.broken.append(promise)
            print(f"  BROKEN: {promise}", flush=True)


class Bringer:
    """An owner who brings films until told to end; breaks off when told to."""

    def __init__(self, stage: Stage, slug: str, film: bytes) -> None:
        self.owner = Owner(stage, slug)
        self.film = film
        self.brought = 0
        self._rest = Event()

    def run(self, ended: Event) -> None:
        while not ended.is_set():
            with suppress(*LOST):
                self.bring()
            self._rest.wait(random.uniform(0.05, 0.6))

    def bring(self) -> None:
        """Raises one of LOST."""
        self.owner.sign_in()
        begun = self.owner.begin(len(self.film))
        for number in missing_parts(begun):
            if random.random() < 0.05:
                return  # the browser is closed
            self.owner.send(begun, [number], lambda start, size: self.film[start : start + size])
        self.owner.complete(begun)
        self.brought += 1


# -- kills ------------------------------------------------------------------------------------------------------------


class Store:
    """Swift, whose processes can be killed and come back."""

    def __init__(self, swift: Swift) -> None:
        self._swift = swift
        self._born: list[subprocess.Popen[bytes]] = []

    def kill_one(self) -> None:
        place = random.randrange(len(self._swift.processes))
        old = self._swift.processes[place]
        with suppress(ProcessLookupError):
            os.killpg(old.pid, signal.SIGKILL)
        old.wait(10)
        time.sleep(random.uniform(0.1, 1.5))  # so long it is away
        argv = [str(word) for word in old.args]  # type: ignore[union-attr]
        self._swift.processes[place] = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        self._born.append(self._swift.processes[place])
        wait_for_port(self._swift.port, self._swift.processes[-1], Path("/dev/null"))

    def end(self) -> None:
        for process in self._born:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def kill_part(serve: Running, part: str) -> None:
    victims = [process for process in serve.below() if part in " ".join(process.cmdline()).split()]
    for victim in victims[:1] or []:
        victim.kill()


def kill_at_random(serve: Running, store: Store | None, kills: int, report: Report, looked: Any) -> None:
    parts = ["web", "worker", "worker", *(["store"] if store else [])]
    for number in range(kills):
        time.sleep(random.choice((random.uniform(0.1, 1.0), random.uniform(1.0, 8.0))))  # the next one comes at any moment
        part = random.choice(parts)
        if part == "store" and store:
            store.kill_one()
        else:
            kill_part(serve, part)
        report.kills[part] = report.kills.get(part, 0) + 1
        looked()
        print(f"  {number + 1:3}/{kills} {part:7} films published {report.published}", flush=True)


# -- looking ----------------------------------------------------------------------------------------------------------


class Look:
    """What an organiser and a stranger see, at any moment. In a loop of its own, beside the threads that kill and bring."""

    def __init__(self, stage: Stage, report: Report) -> None:
        self._stage = stage
        self._report = report
        self._loop = asyncio.new_event_loop()

    def __call__(self) -> None:
        self._loop.run_until_complete(self._look(self._stage, publish=True))

    def run(self, work: Any) -> Any:
        return self._loop.run_until_complete(work)

    async def _look(self, stage: Stage, *, publish: bool) -> None:
        async with open_services(stage.settings, "command") as services:
            async with services.db.read() as db:
                cards = await cards_in(db, stage.conference_id)
            self._report.expect(len({card.initiative_id for card in cards}) == len(cards), "two cards of one initiative")
            for card in cards:
                await self._whole(services, card)
                if publish:
                    with suppress(Exception):  # another film came meanwhile; the next look sees to it
                        await self._publish(services, card)

    async def _whole(self, services: Any, card: Card) -> None:
        async with services.db.read() as db:
            films = await films_of(db, card.id)
            files = [file for film in films for file in await files_of_film(db, film.id) if film.state is FilmState.READY]
        self._report.expect(sum(film.shown for film in films) <= 1, "two films are shown")
        for file in files:
            self._report.looked += 1
            if not await self._is_there(services, file):
                async with services.db.read() as db:  # forgotten since we looked?
                    left = (await db.exec(select(CardFile).where(CardFile.id == file.id))).first()
                self._report.expect(left is None, f"a file of a ready film is not there: {file.key}")

    async def _is_there(self, services: Any, file: CardFile) -> bool:
        for _ in range(20):
            try:
                data = await services.storage.get(file.key)
            except Exception as error:
                if type(error).__name__ == "NotFound":
                    return False
                await asyncio.sleep(0.5)  # the store comes back
            else:
                return hashlib.sha256(data).hexdigest() == file.etag
        return False

    async def _publish(self, services: Any, card: Card) -> None:
        async with services.db.work() as work:
            fresh = (await work.session.exec(select(Card).where(Card.id == card.id))).one()
            ready = [film for film in await films_of(work.session, card.id) if film.state is FilmState.READY]
            if not ready or (fresh.state is CardState.PUBLISHED and ready[0].shown):
                return
            await agree_as_in_file(work, services.ids, fresh, ready[0], published=True, remains=False)
            await publish_card(services, work, fresh.id, by=None)
        self._report.published += 1

    async def settled(self) -> bool:
        """Whether nothing is on its way any more and every card is public with one film."""
        await self._look(self._stage, publish=True)
        async with open_services(self._stage.settings, "command") as services, services.db.read() as db:
            films = list(await db.exec(select(CardFilm)))
            cards = await cards_in(db, self._stage.conference_id)
        public = [card for card in cards if card.state is CardState.PUBLISHED]
        return len(public) == OWNERS and [film.state for film in films] == [FilmState.READY] * OWNERS

    async def hour_later(self) -> None:
        """After the comparison that comes within the hour nothing lies there that no card names, and nothing is missing."""
        clock = FixedClock(datetime.now(UTC) + timedelta(minutes=58))
        async with open_services(self._stage.settings, "command") as services:
            later = replace(services, clock=clock, storage=open_storage(self._stage.settings, clock))
            await work_off(later)
            await reconcile(later)
            found = await reconcile(later)
            self._report.expect(not found.missing, f"missing: {found.missing}")
            async with services.db.read() as db:
                named = set(await wanted_objects(db))
                waiting = [job.kind for job in await db.exec(select(Job)) if job.done_at is None]
            stored = {key async for key in later.storage.list("cards/")} | {key async for key in later.storage.list("incoming/")}
            self._report.expect(stored == named, f"{len(stored - named)} orphans, {len(named - stored)} missing")
            self._report.expect(await later.storage.list_open_parts() == [], "open uploads")
            self._report.expect(not waiting, f"jobs that wait: {waiting}")
            await later.storage.aclose()


def film_of_two_parts(folder: Path) -> bytes:
    """A real film with an empty box behind it (ISO/IEC 14496-12, 8.1.2), so that it comes in two parts."""
    length = 9 * 1024 * 1024
    return write_film(folder / "film.mp4").read_bytes() + length.to_bytes(4, "big") + b"free" + bytes(length - 8)


def soak(kills: int, folder: Path, store: Swift | None) -> Report:
    report = Report()
    access: dict[str, Any] = {}
    if store is not None:
        store.create_bucket("soak")
        access = {
            "storage_url": store.storage_url("soak"),
            "storage_access_key": store.access_key,
            "storage_secret_key": store.secret_key,
        }
    stage = asyncio.run(prepare(folder, OWNERS, log_format="json", **access))
    film = film_of_two_parts(folder)
    bringers = [Bringer(stage, slug, film) for slug in stage.links]
    look, ended, store_part = Look(stage, report), Event(), Store(store) if store else None
    with running(["-m", "conference", "serve"], stage.environ, folder / "serve.log") as serve:
        until(lambda: answers(stage, "/readyz"), 60, "serve is ready")
        with ThreadPoolExecutor(OWNERS) as threads:
            for bringer in bringers:
                threads.submit(bringer.run, ended)
            kill_at_random(serve, store_part, kills, report, look)
            ended.set()
        for bringer in bringers:
            until(lambda one=bringer: _brought(one), 60, f"{bringer.owner.slug} brings a film")  # type: ignore[misc]
        until(lambda: look.run(look.settled()), 3 * LEASE, "every owner has one card")
        for bringer in bringers:
            report.expect(answers(stage, f"/{SLUG}/cards/{bringer.owner.slug}/media/video.mp4"), "a card that nobody can watch")
        serve.end()
    look.run(look.hour_later())
    if store_part:
        store_part.end()
    return report


def _brought(bringer: Bringer) -> bool:
    with suppress(*LOST):
        before = bringer.brought
        bringer.bring()
        return bringer.brought > before
    return False


def answers(stage: Stage, path: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with suppress(OSError, urllib.error.HTTPError), opener.open(stage.base + path, timeout=10) as answer:
        return bool(answer.read()) and answer.status == 200
    return False


@contextmanager
def stores(names: list[str]) -> Iterator[list[tuple[str, Swift | None]]]:
    found: list[tuple[str, Swift | None]] = [("folder", None)] if "folder" in names else []
    if "s3" not in names:
        yield found
        return
    try:
        with swift_server() as swift:
            yield [*found, ("s3", swift)]
    except Missing as missing:
        print(f"no S3 server here: {missing}")
        yield found


def main() -> int:
    parser = argparse.ArgumentParser(description="Random kills while films are brought")
    parser.add_argument("stores", nargs="*", default=["folder", "s3"])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    random.seed(seed)
    reports = {}
    with stores(options.stores) as chosen:
        for name, swift in chosen:
            print(f"cards in {name}: {options.kills} kills, seed {seed}", flush=True)
            with tempfile.TemporaryDirectory(prefix="meetingpoint-soak-") as folder:
                reports[name] = soak(options.kills, Path(folder), swift)
            report = reports[name]
            print(f"  {report.kills}, {report.published} times published, {report.looked} files looked at")
            print("  every promise held" if not report.broken else f"  BROKEN: {report.broken}", flush=True)
    Path("reports").mkdir(exist_ok=True)
    written = {name: vars(report) for name, report in reports.items()}
    Path("reports/soak_cards.json").write_text(json.dumps({"seed": seed, **written}, indent=1))
    return 1 if any(report.broken for report in reports.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
