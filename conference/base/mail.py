"""Letters: plain text, sent by a job so that no request waits for a mail server."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as AS_SENT
from email.utils import format_datetime
from typing import Protocol, TextIO
from urllib.parse import unquote, urlsplit

from aiosmtplib import SMTP, SMTPException, SMTPRecipientsRefused, SMTPResponseException, send
from sqlalchemy import String, cast
from sqlmodel import col, select

from conference.base.clock import Clock
from conference.base.db import Work
from conference.base.errors import Invalid, SettingsError, Unavailable
from conference.base.ids import RandomIds
from conference.base.jobs import Handler, Job, enqueue
from conference.base.letters import Letter as Letter
from conference.base.letters import deliverable as deliverable
from conference.base.letters import mailbox
from conference.base.mail_line import MailLine, SmtpLine, StraightLine
from conference.base.settings import PREFIX, Settings

KIND = "mail.send"
SECONDS = 10
PORTS = {"smtp": 25, "smtps": 465}
CALENDAR_NAME = "conference.ics"


class Mail(Protocol):
    async def send(self, letter: Letter) -> None:
        """Hand it over. Raises Unavailable("mail") (try again), Invalid("mail_refused") (never will be)."""
        ...

    async def open(self) -> MailLine:
        """A line for letters one after the other. Raises Unavailable("mail")."""
        ...


class SmtpMail:
    """Over `smtp://[NAME:PASSWORD@]HOST[:PORT]` or `smtps://...`. With a password only over TLS."""

    def __init__(self, url: str, sender: str, clock: Clock) -> None:
        parts = urlsplit(url)
        try:
            port = parts.port or PORTS[parts.scheme]
            mailbox(sender)
        except (ValueError, Invalid) as error:
            raise SettingsError(f"{PREFIX}MAIL_URL or {PREFIX}MAIL_FROM is wrong: {error}") from None
        if not parts.hostname:
            raise SettingsError(f"{PREFIX}MAIL_URL needs a host: smtp://mail.example.org:587")
        self._host = parts.hostname
        self._port = port
        self._tls = parts.scheme == "smtps"
        self._name = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._sender = sender
        self._clock = clock

    async def send(self, letter: Letter) -> None:
        try:
            await send(
                self._message(letter),
                sender=self._sender,
                recipients=[mailbox(letter.to)],
                hostname=self._host,
                port=self._port,
                username=self._name,
                password=self._password,
                use_tls=self._tls,
                start_tls=self._start_tls(),
                timeout=SECONDS,
            )
        except SMTPRecipientsRefused as error:
            raise self._refusal(max(refused.code for refused in error.recipients)) from error
        except SMTPResponseException as error:
            raise self._refusal(error.code) from error
        except (SMTPException, OSError, TimeoutError) as error:
            raise Unavailable("mail", reason=type(error).__name__) from error

    async def open(self) -> MailLine:
        client = SMTP(
            hostname=self._host,
            port=self._port,
            username=self._name,
            password=self._password,
            use_tls=self._tls,
            start_tls=self._start_tls(),
            timeout=SECONDS,
        )
        try:
            await client.connect()
        except (SMTPException, OSError, TimeoutError) as error:
            client.close()
            raise Unavailable("mail", reason=type(error).__name__) from error
        return SmtpLine(client, mailbox(self._sender), self._message)

    def _start_tls(self) -> bool | None:
        """None: where the server offers it. A relay on this machine rarely has a certificate that holds."""
        if self._tls or self._host in ("localhost", "127.0.0.1", "::1"):
            return False
        return True if self._password else None

    def _refusal(self, code: int) -> Unavailable | Invalid:
        # RFC 5321, 4.2.1: 5yz will not change. 530 to 539 speak of our own login, which the operator can repair.
        final = code >= 500 and not 530 <= code < 540
        return Invalid("mail_refused", reply=code) if final else Unavailable("mail", reason=f"reply {code}")

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage(policy=AS_SENT.clone(cte_type="7bit"))
        message["From"] = Address(addr_spec=mailbox(self._sender))
        message["To"] = Address(addr_spec=mailbox(letter.to))
        if letter.reply_to is not None:
            message["Reply-To"] = Address(addr_spec=mailbox(letter.reply_to))
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(datetime.fromtimestamp(self._clock.real(), UTC))
        message_id = letter.message_id or f"{RandomIds().new()}@{mailbox(self._sender).rpartition('@')[2]}"
        message["Message-ID"] = f"<{message_id}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: out-of-office notes stay at home
        message.set_content(letter.text)
        if letter.calendar is not None:
            # Bytes, so that its line breaks stay those of RFC 5545; the method stands in the type as well (RFC 6047, 2.4).
            about = {"charset": "utf-8", "method": "PUBLISH", "name": CALENDAR_NAME}
            message.add_attachment(
                letter.calendar.encode(), maintype="text", subtype="calendar", params=about, filename=CALENDAR_NAME
            )
        return message


class PrintMail:
    """Writes letters to the terminal: an installation without a mail server, and the demo. Never into the log."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out

    async def send(self, letter: Letter) -> None:
        out = self._out or sys.stdout
        out.write(f"\n--- To: {letter.to}\n--- Subject: {letter.subject}\n\n{letter.text}\n---\n")
        out.flush()

    async def open(self) -> MailLine:
        return StraightLine(self.send)


class MemoryMail:
    """Keeps letters, for tests."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    async def send(self, letter: Letter) -> None:
        self.letters.append(letter)

    async def open(self) -> MailLine:
        return StraightLine(self.send)


def open_mail(settings: Settings, clock: Clock) -> Mail:
    """What MAIL_URL names: a mail server, `memory:`, or the terminal when it is empty. Raises SettingsError."""
    scheme = settings.mail_url.partition(":")[0]
    if scheme in PORTS:
        return SmtpMail(settings.mail_url, settings.mail_from, clock)
    return MemoryMail() if scheme == "memory" else PrintMail()


async def post(work: Work, letter: Letter, *, unique_key: str | None = None) -> str:
    """Have the letter sent once this unit of work is committed; the id of the job."""
    return await enqueue(work, KIND, asdict(letter), unique_key=unique_key)


async def forget_letters(work: Work, address: str) -> None:
    """What waits to be sent to this address is not sent, and what could not be sent is forgotten: whoever had it is deleted."""
    if not address:
        return
    query = select(Job).where(Job.kind == KIND, cast(col(Job.facts), String).contains(address, autoescape=True))
    for job in await work.session.exec(query):
        if job.facts.get("to", "").casefold() == address.casefold():
            await work.session.delete(job)


def mail_handlers(mail: Mail) -> Mapping[str, Handler]:
    """For the worker."""

    async def send_letter(job: Job) -> None:
        await mail.send(Letter(**job.facts))

    return {KIND: send_letter}
