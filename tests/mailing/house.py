"""A conference with people, a mailing, and a real mail server that can be rude."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from sqlmodel import col, select

from conference.base.mail import SmtpMail
from conference.mailing.actions import Written, put_mailing, start
from conference.mailing.model import Delivery, DeliveryState, LetterKind, Mailing
from conference.mailing.sending import Sender
from conference.people.actions import put_person
from conference.people.model import Role
from conference.web.services import Services
from tests.services import free_ports
from tests.site import Site, open_site

FAST = 100_000.0
Answer = Callable[[str], str]


def taken(_: str) -> str:
    return "250 OK"


@dataclass
class Post:
    """The mail server. to, content: what it says to a recipient, and to the whole letter; silent: says nothing then."""

    port: int = field(default_factory=lambda: free_ports()[0])
    to: Answer = taken
    content: Answer = taken
    silent: bool = False
    letters: list[EmailMessage] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any) -> str:  # noqa: N802
        self.asked.append(address)
        reply = self.to(address)
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        reply = self.content(envelope.rcpt_tos[0])
        if reply.startswith("250"):
            message = email.message_from_bytes(cast(bytes, envelope.content), policy=email.policy.default)
            self.letters.append(message)
        while self.silent:
            await asyncio.sleep(0.02)  # in the server's own thread
        return reply

    @property
    def recipients(self) -> list[str]:
        return sorted(letter["To"] for letter in self.letters)

    @property
    def ids(self) -> list[str]:
        return [letter["Message-ID"] for letter in self.letters]


@asynccontextmanager
async def open_post() -> AsyncIterator[Post]:
    post = Post()
    controller = Controller(post, hostname="127.0.0.1", port=post.port)
    await asyncio.to_thread(controller.start)
    yield post
    await asyncio.to_thread(controller.stop)


@dataclass
class House:
    site: Site
    services: Services
    post: Post
    conference_id: str

    @property
    def sender(self) -> Sender:
        return Sender(self.services, per_minute=FAST, poll=0.01)

    async def people(self, *names: str, role: Role = Role.ATTENDEE) -> list[str]:
        """Ids of fresh people, each with the address NAME@example.org."""
        ids = []
        async with self.services.db.work() as work:
            for name in names:
                person = await put_person(
                    work, self.services.ids, conference_id=self.conference_id, name=name, email=f"{name}@example.org",
                    roles=[(role, None)],
                )  # fmt: skip
                ids.append(person.id)
        return ids

    async def mailing(self, kind: LetterKind = LetterKind.LETTER, **more: Any) -> str:
        """The id of a draft to all speakers."""
        facts = {"audience": {"roles": ["speaker"]}, **more}
        text = "Guten Tag {name},\n\nes gibt Neues:\n\n{link}\n"
        written = Written({"de": "Neues von {conference}"}, {"de": text}, **facts)
        async with self.services.db.work() as work:
            return (await put_mailing(work, self.services, self.conference_id, kind, written, by=None)).id

    async def start(self, mailing_id: str, seen: int = 1) -> int:
        async with self.services.db.work() as work:
            return await start(work, self.services, self.conference_id, mailing_id, by=None, seen=seen)

    async def send_all(self) -> None:
        """Until there is nothing to send at this moment."""
        sender = self.sender
        while await sender.send_next():
            pass
        await sender.hang_up()

    async def row(self, mailing_id: str) -> Mailing:
        async with self.services.db.read() as session:
            return await session.get_one(Mailing, mailing_id)

    async def deliveries(self, mailing_id: str | None = None) -> list[Delivery]:
        query = select(Delivery).order_by(col(Delivery.message_id))
        async with self.services.db.read() as session:
            return list(await session.exec(query.where(Delivery.mailing_id == mailing_id) if mailing_id else query))

    async def states(self, mailing_id: str | None = None) -> set[DeliveryState]:
        return {delivery.state for delivery in await self.deliveries(mailing_id)}


@asynccontextmanager
async def open_house(folder: Path, database_url: str = "", **more: str) -> AsyncIterator[House]:
    async with open_post() as post, open_site(folder, database_url, **more) as site:  # type: ignore[arg-type]
        mail = SmtpMail(f"smtp://127.0.0.1:{post.port}", "post@meet.example.org", site.clock)
        services = replace(site.services, mail=mail)
        yield House(site, services, post, (await site.conference()).id)
