"""An installation whose initiatives bring films, and their browsers without a window: for the long runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from conference.access.store import conference_by_slug
from conference.base.settings import Settings, read_settings
from conference.demo.guests import sign_in
from conference.desk.importing import import_conference
from conference.initiatives.store import initiatives_in
from conference.migrate import upgrade
from conference.people.actions import issue_link, put_person
from conference.people.model import Role
from conference.wiring import open_services
from tests.processes.running import environment

SLUG = "treffen"
WITHIN = 60.0


@dataclass
class Stage:
    """links: of the owners, by their initiative's slug. ids: of the initiatives."""

    environ: dict[str, str]
    settings: Settings
    links: dict[str, str]
    ids: dict[str, str]
    conference_id: str
    organiser: str

    @property
    def base(self) -> str:
        return self.environ["MEETINGPOINT_BASE_URL"]

    @property
    def port(self) -> int:
        return int(self.environ["MEETINGPOINT_PORT"])


def conference_file(initiatives: int) -> dict[str, Any]:
    """In its archive now, so that what is published is public."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    times = {"announced": -9, "doors": -2, "live": -1.5, "archive": -0.5, "closes": 3, "purge": 30}
    at = {name: (now + timedelta(days=days)).isoformat() for name, days in times.items()}
    cards = [
        {"slug": f"initiative-{number}", "name": f"Initiative {number}", "land": "TH", "aim": "Bringt zusammen."}
        for number in range(initiatives)
    ]
    facts = {"slug": SLUG, "title": "Treffen", "motto": "Filme", "zone": "Europe/Berlin", "contact": {"name": "Büro"}}
    return {"meetingpoint": 1, "conference": {**facts, "times": at}, "sessions": [], "initiatives": cards}


async def prepare(folder: Path, initiatives: int, **settings: object) -> Stage:
    """Nothing runs yet."""
    environ = environment(folder / "data", **settings)
    read = read_settings(environ)
    (folder / "source").mkdir()
    text = yaml.safe_dump(conference_file(initiatives), allow_unicode=True)
    (folder / "source" / "conference.yaml").write_text(text)
    await upgrade(read)
    async with open_services(read, "command") as services:
        await import_conference(services, folder / "source")
        links: dict[str, str] = {}
        async with services.db.work() as work:
            conference = await conference_by_slug(work.session, SLUG)
            found = await initiatives_in(work.session, conference.id)
            for one in found:
                owner = await put_person(
                    work, services.ids, conference_id=conference.id, name=f"Person {one.slug}",
                    email=f"{one.slug}@example.org", roles=[(Role.INITIATIVE, None)], initiative_id=one.id,
                )  # fmt: skip
                links[one.slug] = await issue_link(work, services.ids, owner.id)
            boss = await put_person(
                work, services.ids, conference_id=conference.id, name="Leitung", email="leitung@example.org",
                roles=[(Role.ORGANISER, None)],
            )  # fmt: skip
            organiser = await issue_link(work, services.ids, boss.id)
    return Stage(environ, read, links, {one.slug: one.id for one in found}, conference.id, organiser)


class Failed(Exception):
    """An answer that is no success. status; facts: what it says."""

    def __init__(self, status: int, facts: Any) -> None:
        super().__init__(f"{status}: {facts}")
        self.status = status
        self.facts = facts


LOST = (OSError, HTTPException, Failed)


class Owner:
    """One initiative's browser. Blocking: each runs in a thread. Raises one of LOST."""

    def __init__(self, stage: Stage, slug: str) -> None:
        self.slug = slug
        self._stage = stage
        self._cookie = ""

    def sign_in(self) -> None:
        self._cookie = sign_in(self._stage.base, self._stage.links[self.slug])

    def ask(self, path: str, message: object = None, method: str = "") -> Any:
        """JSON there and back."""
        body = None if message is None else json.dumps(message).encode()
        head = {
            "Cookie": self._cookie,
            "Origin": self._stage.base,
            "Accept": "application/json",
            "Content-Type": "application/json",
        }
        line = HTTPConnection("127.0.0.1", self._stage.port, timeout=WITHIN)
        try:
            line.request(method or ("GET" if body is None else "POST"), path, body, head)
            answer = line.getresponse()
            said = answer.read()
            if answer.status >= 400:
                raise Failed(answer.status, said[:300])
            return json.loads(said) if said else None
        finally:
            line.close()

    def begin(self, size: int, name: str = "film.mp4", *, replace: bool = True) -> Any:
        offer = {"name": name, "size": size, "type": "video/mp4", "modified": 1, "replace": replace}
        return self.ask(f"/{SLUG}/cards/{self.slug}/own/upload", offer)

    def send(self, begun: Any, numbers: Sequence[int], part: Callable[[int, int], bytes]) -> None:
        """These parts one after the other, each with an address of its own. part: start and size -> bytes."""
        signed = self.ask(begun["href"], {"do": "sign", "parts": list(numbers)})["addresses"]
        for number in numbers:
            start = (number - 1) * begun["part_size"]
            self.put(signed[str(number)], part(start, min(begun["part_size"], begun["size"] - start)))

    def put(self, address: str, data: bytes) -> None:
        parts = urlsplit(address)
        line = HTTPConnection(parts.hostname or "127.0.0.1", parts.port or self._stage.port, timeout=WITHIN)
        try:
            line.request("PUT", f"{parts.path}?{parts.query}", data)
            answer = line.getresponse()
            said = answer.read()
            if answer.status != 200:
                raise Failed(answer.status, said[:300])
        finally:
            line.close()

    def complete(self, begun: Any) -> Any:
        return self.ask(begun["href"], {"do": "complete"})


def missing_parts(begun: Any) -> list[int]:
    count = -(-begun["size"] // begun["part_size"])
    return [number for number in range(1, count + 1) if number not in begun["there"]]
