# ruff: noqa: E501  (tables are easier to read in one line)
"""The real app over HTTP with a conference read in from a real file: real PDFs, a real film, a clock that tests move."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import httpx2
import pikepdf
import uvicorn
import yaml
from sqlalchemy import event
from sqlmodel import select
from starlette.types import ASGIApp

from conference.access.model import Conference, State
from conference.app import build_app
from conference.base.clock import FixedClock
from conference.base.db import open_database
from conference.base.ids import RandomIds
from conference.base.jobs import Job
from conference.base.limits import Limits
from conference.base.mail import MemoryMail
from conference.base.settings import read_settings
from conference.base.storage import open_storage
from conference.desk.importing import import_conference
from conference.initiatives.store import initiative_by_slug
from conference.live.bus import MemoryBus
from conference.live.hub import LiveHub
from conference.live.outbox import Outbox
from conference.people.actions import put_person, sign_in
from conference.people.model import Person, Role
from conference.program.model import Session
from conference.web.services import Services
from conference.web.texts import read_texts
from tests.forums.fake_gateway import FakeGateway
from tests.tables import create_tables

SLUG = "treffen"
MOMENTS = {
    State.ANNOUNCED: datetime(2021, 4, 1, 10, tzinfo=UTC),
    State.DOORS: datetime(2021, 5, 4, 7, 40, tzinfo=UTC),
    State.LIVE: datetime(2021, 5, 4, 10, 20, tzinfo=UTC),  # the forums are over, the day is not
    State.ARCHIVE: datetime(2021, 5, 10, 12, 0, tzinfo=UTC),
    State.CLOSED: datetime(2021, 5, 17, 22, 0, 1, tzinfo=UTC),
    State.PURGED: datetime(2021, 5, 28, 12, 0, tzinfo=UTC),
    State.DRAFT: datetime(2021, 3, 1, 12, 0, tzinfo=UTC),
}
CLOSES = datetime(2021, 5, 17, 22, 0, tzinfo=UTC)
CAPTIONS = b"WEBVTT\n\n00:00:00.000 --> 00:00:00.400\nGuten Tag aus dem Beispieltal.\n"


@cache
def small_pdf(text: str = "Ergebnisse") -> bytes:
    """A real PDF of one page; other texts give other bytes."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        pdf.docinfo["/Title"] = text
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True)
        return out.getvalue()


@cache
def small_film(brightness: int = 90, frames: int = 5) -> bytes:
    """Tenths of a second of H.264 in MP4, without sound."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=10, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        for index in range(frames):
            frame = av.VideoFrame(160, 90, "yuv420p")
            for plane, value in zip(frame.planes, (brightness + index % 10, 128, 128), strict=True):
                plane.update(bytes([value]) * plane.buffer_size)
            frame.pts, frame.time_base = index, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return out.getvalue()


@cache
def small_poster() -> bytes:
    """A real WebP picture."""
    out = io.BytesIO()
    with av.open(out, "w", format="webp") as container:
        stream = container.add_stream("libwebp", rate=1)
        stream.width, stream.height, stream.pix_fmt = 32, 18, "yuv420p"
        frame = av.VideoFrame(32, 18, "yuv420p")
        for plane, value in zip(frame.planes, (80, 128, 128), strict=True):
            plane.update(bytes([value]) * plane.buffer_size)
        frame.pts = 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return out.getvalue()


def conference_yaml() -> dict[str, Any]:
    """A conference with two forums (the second one's PDF does not remain), a theme room with rounds, three initiatives."""
    day = "2021-05-04T"
    session = {"floor": "discussion", "place": "online", "starts": day + "10:50", "ends": day + "12:10"}
    finding = {"heading": "ideas", "text": {"de": "Ein gemeinsamer Kalender", "en": "One calendar"}, "key": True}
    return {
        "meetingpoint": 1,
        "conference": {
            "slug": SLUG, "title": "Vernetzungstreffen", "motto": "Zurück", "purpose": "Kennenlernen", "zone": "Europe/Berlin",
            "place": "Online", "hosts": [], "contact": {"name": "Büro", "email": "buero@example.org", "phone": ""},
            "times": {"announced": "2021-03-15T09:00", "doors": day + "09:30", "live": day + "10:00",
                      "archive": day + "12:45", "closes": date(2021, 5, 17), "purge": date(2021, 5, 25)},
        },
        "sessions": [
            {**session, "slug": "forum-1", "kind": "forum", "number": 1, "title": {"de": "Forum eins", "en": "Forum one"},
             "question": "Was hilft?",
             "people": [{"name": "Ada Beispiel", "role": "impulse", "affiliation": "Agentur Beispiel"}],
             "findings": [finding, {"heading": "topics", "text": "Nähe & <b>Ferne</b>"}],
             "results": [{"document": "ergebnisse", "title": {"de": "Ergebnisse von Forum 1", "en": "Results of forum 1"},
                          "file": "results/forum-1.pdf", "published": True, "remains": True, "example": True}]},
            {**session, "slug": "forum-2", "kind": "forum", "number": 2, "title": "Forum zwei", "findings": [finding],
             "results": [{"document": "ergebnisse", "title": "Ergebnisse von Forum 2", "file": "results/forum-2.pdf",
                          "published": True, "remains": False},
                         {"document": "entwurf", "title": "Entwurf", "file": "results/entwurf.pdf", "published": False}]},
            {**session, "slug": "raum-3", "kind": "theme_room", "number": 3, "title": "Themenraum",
             "rounds": [{"starts": day + "10:50", "ends": day + "11:20"}, {"starts": day + "11:30", "ends": day + "12:10"}],
             "findings": [{**finding, "round": 1}, {"heading": "ideas", "text": "Weiter gedacht", "round": 2}]},
            {**session, "slug": "pause", "kind": "break", "title": "Pause"},
        ],
        "initiatives": [
            {"slug": "heimat", "name": "Heimathügel", "land": "TH", "aim": "Bringt zusammen.", "about": "Erfunden.",
             "example": True, "card": {
                 "video": "cards/heimat.mp4", "posters": ["cards/heimat.webp"], "seconds": 28.4, "words": "Guten Tag.",
                 "captions": [{"language": "de", "file": "cards/heimat.de.vtt"}, {"language": "en", "file": "cards/heimat.en.vtt"}],
                 "published": True, "remains": True}},
            {"slug": "werkbank", "name": "Werkbank", "land": "SN", "aim": "Zeigt Arbeit.",
             "card": {"video": "cards/werkbank.mp4", "posters": ["cards/heimat.webp"], "seconds": 61, "published": False}},
            {"slug": "wendland", "name": "Wendland", "land": "NI", "aim": "Wirbt.", "url": "https://example.org/"},
        ],
        "report": {"published": True, "title": "Rückblick", "body": "Erster Absatz.\n\nZweiter Absatz.", "photo_credit": "Ada"},
        "legal": {"imprint": "Stelle <script>alert(1)</script>\n\nStraße 1", "privacy": {"de": "Keine Cookies.", "en": "No cookies."},
                  "accessibility": "Ziel ist WCAG.", "easy": {"text": "Das ist leicht."}, "signed": {"reason": "Noch kein Film."}},
    }  # fmt: skip


def write_conference(folder: Path, document: dict[str, Any] | None = None) -> Path:
    """The conference file and the files that it names, in `folder`; the path of the YAML."""
    for name in ("results", "cards"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name in ("forum-1", "forum-2", "entwurf"):
        (folder / f"results/{name}.pdf").write_bytes(small_pdf(name))
    for number, name in enumerate(("heimat", "werkbank")):
        (folder / f"cards/{name}.mp4").write_bytes(small_film(90 + 20 * number))
    (folder / "cards/heimat.webp").write_bytes(small_poster())
    for language in ("de", "en"):
        (folder / f"cards/heimat.{language}.vtt").write_bytes(CAPTIONS)
    path = folder / "conference.yaml"
    path.write_text(yaml.safe_dump(document or conference_yaml(), allow_unicode=True), encoding="utf-8")
    return path


@dataclass
class House:
    services: Services
    clock: FixedClock
    app: ASGIApp
    folder: Path
    conference: Conference
    cookies: dict[str, str] = field(default_factory=dict)

    def at(self, state: State) -> None:
        self.clock.jump_to(MOMENTS[state])

    def _address(self, path: str) -> str:
        """Within the conference, or absolute with //."""
        return path[1:] if path.startswith("//") else f"/{SLUG}{path}"

    async def get(self, path: str, who: str = "stranger", *, method: str = "GET", **headers: str) -> httpx2.Response:
        """`path` within the conference (or absolute with //), as one of: stranger, attendee, initiative, organiser."""
        address = self._address(path)
        sent = {"accept-language": "de", **{name.replace("_", "-"): value for name, value in headers.items()}}
        if who != "stranger":
            sent["cookie"] = f"meetingpoint={self.cookies[who]}"
        base = self.services.settings.base_url
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self.app), base_url=base) as client:
            return await client.request(method, address, headers=sent)

    async def post(self, path: str, who: str, files: dict[str, Any] | None = None, **fields: str) -> httpx2.Response:
        """A form, sent as one of them from a page of ours; redirects are not followed."""
        base = self.services.settings.base_url
        sent = {"accept-language": "de", "accept": "text/html", "origin": base}
        if who != "stranger":
            sent["cookie"] = f"meetingpoint={self.cookies[who]}"
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self.app), base_url=base) as client:
            return await client.post(self._address(path), headers=sent, data=fields, files=files)

    async def again(self, document: dict[str, Any] | None = None) -> None:
        """Import the file once more, changed or not (files in the folder stay as they are)."""
        if document is not None:
            text = yaml.safe_dump(document, allow_unicode=True)
            (self.folder / "conference.yaml").write_text(text, encoding="utf-8")
        await import_conference(self.services, self.folder / "conference.yaml")

    async def work_off_jobs(self) -> None:
        """Do what a worker would do with the jobs of results and cards."""
        from conference.cards.actions import handlers as of_cards
        from conference.results.objects import handlers as of_results

        handlers = {**of_cards(self.services.storage), **of_results(self.services.storage)}
        async with self.services.db.work() as work:
            for job in list(await work.session.exec(select(Job))):
                await handlers[job.kind](job)
                await work.session.delete(job)

    async def keys(self) -> list[str]:
        """Everything that lies in the object store."""
        return [key async for key in self.services.storage.list()]

    async def session(self, slug: str) -> Session:
        async with self.services.db.read() as db:
            found = (await db.exec(select(Session).where(Session.slug == slug))).one()
        return found

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """The SQL statements of the block."""
        statements: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if statement.startswith("SELECT"):
                statements.append(statement)

        engines = {self.services.db._read_engine.sync_engine, self.services.db._write_engine.sync_engine}
        for engine in engines:
            event.listen(engine, "before_cursor_execute", note)
        try:
            yield statements
        finally:
            for engine in engines:
                event.remove(engine, "before_cursor_execute", note)


@asynccontextmanager
async def house_at(
    tmp_path: Path, storage: str = "memory", document: dict[str, Any] | None = None, port: int = 8000, database_url: str = "",
    **more: str,
) -> AsyncIterator[House]:  # fmt: skip
    """The app on SQLite, the conference imported, in the archive state. storage: memory, folder, or a URL; more: settings."""
    storage_url = {"memory": "memory:", "folder": f"file://{tmp_path / 'objects'}"}.get(storage, storage)
    settings = read_settings(
        {}, data_dir=tmp_path, storage_url=storage_url, bus_url="memory:", mail_url="memory:", secret_key="k" * 40,
        base_url=f"http://127.0.0.1:{port}", database_url=database_url, **more,
    )  # fmt: skip
    clock = FixedClock(MOMENTS[State.ARCHIVE])
    db = open_database(settings.database_url, clock)
    bus = MemoryBus()
    renderers: dict[str, Any] = {}
    services = Services(
        settings=settings, clock=clock, ids=RandomIds(), db=db, storage=open_storage(settings, clock), outbox=Outbox(bus, clock),
        live=LiveHub(db, clock, bus, renderers), renderers=renderers, bus=bus, media=FakeGateway(), mail=MemoryMail(),
        limits=Limits(clock), texts=read_texts(),
    )  # fmt: skip
    try:
        await create_tables(db)
        folder = tmp_path / "file"
        conference = await import_conference(services, write_conference(folder, document))
        house = House(services, clock, build_app(services), folder, conference)
        await _people(house)
        yield house
    finally:
        await bus.aclose()
        await services.storage.aclose()
        await db.aclose()


@asynccontextmanager
async def served(house: House) -> AsyncIterator[str]:
    """The house reachable by browsers at its base URL: the address of the conference."""
    port = int(house.services.settings.base_url.rpartition(":")[2])
    server = uvicorn.Server(uvicorn.Config(house.app, port=port, lifespan="off", log_level="warning"))
    running = asyncio.create_task(server.serve())
    try:
        while not server.started:
            await asyncio.sleep(0.02)
        yield f"{house.services.settings.base_url}/{SLUG}"
    finally:
        server.should_exit = True
        await running


async def _people(house: House) -> None:
    services = house.services
    async with services.db.work() as work:
        mine = await initiative_by_slug(work.session, "werkbank")
        for role in (Role.ATTENDEE, Role.INITIATIVE, Role.ORGANISER):
            person: Person = await put_person(
                work, services.ids, conference_id=house.conference.id, name=role.value, email=f"{role.value}@example.org",
                roles=[(role, None)], initiative_id=mine.id if mine and role is not Role.ORGANISER else None,
            )  # fmt: skip
            await work.session.flush()
            house.cookies[role.value] = await sign_in(work, services.ids, services.clock, person, None)
