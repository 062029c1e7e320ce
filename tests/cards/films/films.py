"""A house with films on their way, as tests ask about it, and real films."""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import av
import httpx2
from sqlmodel import select

from conference.base.jobs import Job, Worker
from conference.base.mail import MemoryMail, mail_handlers
from conference.base.storage import OpenUpload
from conference.cards.actions import handlers as cards_handlers
from conference.cards.films import actions
from conference.cards.films.actions import Bringing
from conference.cards.films.preparing import handlers as films_handlers
from conference.cards.films.rules import PART_SIZE, Offer
from conference.cards.model import Card, CardFile, CardFilm
from conference.cards.store import card_of, files_of_film, films_of
from conference.initiatives.store import initiative_in
from conference.web.services import Services
from tests.results.house import SLUG, House

TWO_PARTS = bytes(range(256)) * (PART_SIZE // 256) + b"the rest"
OFFER = Offer("heimat.mp4", len(TWO_PARTS), "video/mp4", 1_620_000_000_000)
OWN = f"/{SLUG}/cards/werkbank/own"


@dataclass
class FilmHouse:
    """services: the house's, in a test of S3 with another store."""

    house: House
    services: Services

    async def bringing(self, slug: str = "wendland", *, organiser: bool = False) -> Bringing:
        async with self.services.db.read() as db:
            initiative = await initiative_in(db, self.house.conference.id, slug)
        assert initiative is not None
        return Bringing(self.house.conference.id, initiative.id, None, organiser)

    async def put(self, address: str, data: bytes) -> int:
        """Send a part to a signed address as a browser does; the status."""
        transport = None if address.startswith("http") else httpx2.ASGITransport(app=self.house.app)
        base = self.services.settings.base_url
        async with httpx2.AsyncClient(transport=transport, base_url=base, headers={"origin": base}) as client:
            return (await client.put(address, content=data)).status_code

    async def send(self, bringing: Bringing, film: CardFilm, data: bytes, numbers: Sequence[int]) -> None:
        addresses = await actions.sign_parts(self.services, bringing, film.id, numbers, 60)
        for number, address in addresses.items():
            assert await self.put(address, data[(number - 1) * PART_SIZE : number * PART_SIZE]) == 200

    async def bring(self, bringing: Bringing, data: bytes, name: str = "film.mp4") -> CardFilm:
        """The whole way of a film until it waits for its preparation."""
        film = await actions.begin(self.services, bringing, Offer(name, len(data), "video/mp4", 1))
        await self.send(bringing, film, data, range(1, -(-len(data) // PART_SIZE) + 1))
        return await actions.complete(self.services, bringing, film.id)

    async def card(self, bringing: Bringing) -> Card | None:
        async with self.services.db.read() as db:
            return await card_of(db, bringing.conference_id, bringing.initiative_id)

    async def films(self, bringing: Bringing) -> list[CardFilm]:
        card = await self.card(bringing)
        async with self.services.db.read() as db:
            return await films_of(db, card.id) if card else []

    async def files(self, film: CardFilm) -> list[CardFile]:
        async with self.services.db.read() as db:
            return await files_of_film(db, film.id)

    async def jobs(self, kind: str) -> list[Job]:
        async with self.services.db.read() as db:
            found = await db.exec(select(Job).where(Job.kind == kind, Job.done_at == None, Job.failed_at == None))  # noqa: E711
            return list(found)

    def worker(self, *, films: bool) -> Worker:
        services = self.services
        rest = {**mail_handlers(services.mail), **cards_handlers(services.storage)}
        return Worker(services.db, services.clock, services.ids, films_handlers(services) if films else rest)

    async def work_off(self) -> None:
        """Everything that is due, films first."""
        for films in (True, False):
            while await self.worker(films=films).run_once():
                pass

    async def keys(self) -> list[str]:
        return [key async for key in self.services.storage.list()]

    async def open_uploads(self) -> Sequence[OpenUpload]:
        return await self.services.storage.list_open_parts()

    @property
    def letters(self) -> list[str]:
        assert isinstance(self.services.mail, MemoryMail)
        return [f"{letter.to}: {letter.subject}\n{letter.text}" for letter in self.services.mail.letters]

    def client(self, who: str = "initiative", language: str = "de", **headers: str) -> httpx2.AsyncClient:
        """A browser of one of: stranger, attendee, initiative (the workshop's), organiser."""
        base = self.services.settings.base_url
        told = {"accept-language": language, "accept": "text/html", "origin": base, **headers}
        if who != "stranger":
            told["cookie"] = f"meetingpoint={self.house.cookies[who]}"
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self.house.app), base_url=base, headers=told)

    async def ask(self, path: str, body: Any, who: str = "initiative", language: str = "de") -> httpx2.Response:
        """As the page's script asks."""
        async with self.client(who, language, accept="application/json") as client:
            return await client.post(path, json=body)


@cache
def real_film(seconds: float = 1.0, *, width: int = 640, height: int = 360, sound: bool = True, shade: int = 90) -> bytes:
    """H.264 in MP4, with a tone in AAC; what stands still costs little."""
    out = io.BytesIO()
    rate = 10
    with av.open(out, "w", format="mp4") as container:
        video = container.add_stream("libx264", rate=rate, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        audio = container.add_stream("aac", rate=48_000, layout="mono") if sound else None
        for index in range(int(seconds * rate)):
            frame = av.VideoFrame(width, height, "yuv420p")
            for plane, value in zip(frame.planes, (shade + 5 * index % 60, 100 + index % 40, 128), strict=True):
                plane.update(bytes([value]) * plane.buffer_size)
            frame.pts, frame.time_base = index, Fraction(1, rate)
            container.mux(video.encode(frame))
        container.mux(video.encode())
        for start in range(0, int(seconds * 48_000), 1024) if audio is not None else ():
            assert audio is not None
            tone = av.AudioFrame(format="fltp", layout="mono", samples=1024)
            wave = [0.3 * math.sin((start + sample) * 440 * math.tau / 48_000) for sample in range(1024)]
            tone.planes[0].update(struct.pack("1024f", *wave))
            tone.sample_rate, tone.pts, tone.time_base = 48_000, start, Fraction(1, 48_000)
            container.mux(audio.encode(tone))
        if audio is not None:
            container.mux(audio.encode())
    return out.getvalue()
