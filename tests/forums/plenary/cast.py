"""A plenary with people on and behind its stage, as the server's tests play it."""

from __future__ import annotations

from datetime import timedelta

import httpx2

from conference.app import build_app
from conference.base.ids import digest
from conference.people.model import AccessToken, Feed, Role
from conference.program.model import Billing, Floor, Kind
from tests.forums.house import Browser, House, at, session_row

BEHIND = "plenum~behind"
BEFORE, RUNNING = at(90), at(101)


def words(text: str) -> dict[str, str]:
    return {"de": text, "en": text}


async def plenary(rooms: House) -> None:
    """The session `plenum`: it starts at 100 minutes, and two people are billed for it beside a moderator."""
    rooms.clock.jump_to(BEFORE)
    await rooms.add(session_row("plenum", Floor.DISCUSSION, kind=Kind.PLENARY, starts=at(100), ends=at(160)))
    for place, (name, role) in enumerate([("Sina", "greeting"), ("Mo", "moderator"), ("Berta Fern", "panel")]):
        billing = Billing(
            id=f"b{place}", session_id="plenum", position=place, name=name, role=role, title=words("Leiterin"),
            affiliation=words("Amt"),
        )  # fmt: skip
        await rooms.add(billing)


async def joined(rooms: House, name: str, role: Role = Role.ATTENDEE) -> tuple[Browser, str]:
    return await rooms.joined(name, role, session="plenum")


class Studio:
    """An encoder with a token of its own, which speaks WHIP to the app."""

    def __init__(self, rooms: House, feed: Feed) -> None:
        self.rooms, self.feed = rooms, feed

    async def connect(self) -> str:
        """Offer; returns the seat."""
        if not hasattr(self, "secret"):
            self.secret = f"secret {self.feed}"
            token = AccessToken(
                digest=digest(self.secret), conference_id="c1", session_id="plenum", role="publisher",
                label=f"Studio {self.feed}", feed=self.feed, created=self.rooms.clock.now(),
                expires=self.rooms.clock.now() + timedelta(hours=3),
            )  # fmt: skip
            await self.rooms.add(token)
        transport = httpx2.ASGITransport(app=build_app(self.rooms.services))
        headers = {"Authorization": f"Bearer {self.secret}", "Content-Type": "application/sdp"}
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            answer = await client.post("/treffen/sessions/plenum/whip", content="offer", headers=headers)
        assert answer.status_code == 201, answer.text
        self.connection = answer.headers["location"].rpartition("/")[2].partition("?")[0]
        self.seat = self.rooms.node.connections[self.connection][1]
        return self.seat

    @property
    def sources(self) -> set[str]:
        """What the node forwards of it."""
        return set(self.rooms.node.last_grant("plenum", self.seat).sources)
