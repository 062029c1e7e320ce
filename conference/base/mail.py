"""Letters: plain text, sent by a job so that no request waits for a mail server."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Protocol, TextIO
from urllib.parse import unquote, urlsplit

from aiosmtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException, send

from conference.base.clock import Clock
from conference.base.db import Work
from conference.base.errors import Invalid, SettingsError, Unavailable
from conference.base.ids import RandomIds
from conference.base.jobs import Handler, Job, enqueue
from conference.base.settings import PREFIX, Settings

KIND = "mail.send"
SECONDS = 10
PORTS = {"smtp": 25, "smtps": 465}
LONGEST_SUBJECT = 200

# One mailbox, as people have them: what RFC 5321 allows beyond this (quoted parts, comments) only helps smugglers.
_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]{1,253}")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_CONTROLS_IN_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Letter:
    """to, reply_to: one mailbox each. subject: one line, anything else is flattened. Raises Invalid("mail_address")."""

    to: str
    subject: str
    text: str
    reply_to: str | None = None

    def __post_init__(self) -> None:
        for address in (self.to, self.reply_to):
            if address is not None:
                _mailbox(address)
        object.__setattr__(self, "subject", _CONTROLS.sub(" ", self.subject).strip()[:LONGEST_SUBJECT])
        object.__setattr__(self, "text", _CONTROLS_IN_TEXT.sub("", self.text.replace("\r\n", "\n")))


def deliverable(address: str) -> bool:
    """Whether a letter can be sent there at all."""
    try:
        Letter(to=address, subject="", text="")
    except Invalid:
        return False
    return True


class Mail(Protocol):
    async def send(self, letter: Letter) -> None:
        """Hand it over. Raises Unavailable("mail") (try again), Invalid("mail_refused") (never will be)."""
        ...


class SmtpMail:
    """Over `smtp://[NAME:PASSWORD@]HOST[:PORT]` or `smtps://...`. With a password only over TLS."""

    def __init__(self, url: str, sender: str, clock: Clock) -> None:
        parts = urlsplit(url)
        try:
            port = parts.port or PORTS[parts.scheme]
            _mailbox(sender)
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
                recipients=[_mailbox(letter.to)],
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
        message = EmailMessage(policy=SMTP)
        message["From"] = Address(addr_spec=_mailbox(self._sender))
        message["To"] = Address(addr_spec=_mailbox(letter.to))
        if letter.reply_to is not None:
            message["Reply-To"] = Address(addr_spec=_mailbox(letter.reply_to))
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(datetime.fromtimestamp(self._clock.real(), UTC))
        message["Message-ID"] = f"<{RandomIds().new()}@{_mailbox(self._sender).rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: out-of-office notes stay at home
        message.set_content(letter.text)
        return message


class PrintMail:
    """Writes letters to the terminal: an installation without a mail server, and the demo. Never into the log."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out

    async def send(self, letter: Letter) -> None:
        out = self._out or sys.stdout
        out.write(f"\n--- To: {letter.to}\n--- Subject: {letter.subject}\n\n{letter.text}\n---\n")
        out.flush()


class MemoryMail:
    """Keeps letters, for tests."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    async def send(self, letter: Letter) -> None:
        self.letters.append(letter)


def open_mail(settings: Settings, clock: Clock) -> Mail:
    """What MAIL_URL names: a mail server, `memory:`, or the terminal when it is empty. Raises SettingsError."""
    scheme = settings.mail_url.partition(":")[0]
    if scheme in PORTS:
        return SmtpMail(settings.mail_url, settings.mail_from, clock)
    return MemoryMail() if scheme == "memory" else PrintMail()


async def post(work: Work, letter: Letter, *, unique_key: str | None = None) -> str:
    """Have the letter sent once this unit of work is committed; the id of the job."""
    return await enqueue(work, KIND, asdict(letter), unique_key=unique_key)


def mail_handlers(mail: Mail) -> Mapping[str, Handler]:
    """For the worker."""

    async def send_letter(job: Job) -> None:
        await mail.send(Letter(**job.facts))

    return {KIND: send_letter}


def _mailbox(address: str) -> str:
    """`address` as it goes over the wire: a domain with umlauts in its ASCII form. Raises Invalid("mail_address")."""
    if not _MAILBOX.fullmatch(address):
        raise Invalid("mail_address")
    name, _, domain = address.rpartition("@")
    try:
        return f"{name}@{domain.encode('idna').decode()}"
    except UnicodeError:
        raise Invalid("mail_address") from None
