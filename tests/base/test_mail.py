"""Letters: plain text, one recipient, no header that anybody smuggled in, and a server that may be slow or rude."""

from __future__ import annotations

import asyncio
import email
import email.policy
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from sqlmodel import SQLModel

from conference.base.clock import FixedClock
from conference.base.db import Database, open_database
from conference.base.errors import Invalid, SettingsError, TooMany, Unavailable
from conference.base.ids import RandomIds
from conference.base.jobs import Worker
from conference.base.mail import Letter, MemoryMail, PrintMail, SmtpMail, mail_handlers, open_mail, post
from conference.base.settings import Settings
from tests.services import free_ports

START = datetime(2021, 5, 17, 10, tzinfo=UTC)
LETTER = Letter(
    "a@example.org", "Ihr persönlicher Link", "Guten Tag,\n\nhier ist er: https://meet.example.org/sign-in/x\n.\nGrüße\n"
)


class Server:
    """A mail server that keeps what it gets; `reply` says something else to the recipient."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.reply = "250 OK"
        self.port = free_ports()[0]

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any) -> str:  # noqa: N802
        envelope.rcpt_tos.append(address)
        return self.reply

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        return "250 OK"


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    await asyncio.to_thread(controller.start)
    yield server
    await asyncio.to_thread(controller.stop)


def smtp(server: Server) -> SmtpMail:
    return SmtpMail(f"smtp://127.0.0.1:{server.port}", "meetingpoint@example.org", FixedClock(START))


async def test_what_arrives(server: Server) -> None:
    await smtp(server).send(Letter(LETTER.to, LETTER.subject, LETTER.text, reply_to="desk@example.org"))
    (envelope,) = server.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == ("meetingpoint@example.org", ["a@example.org"])
    message = email.message_from_bytes(envelope.content or b"", policy=email.policy.default)  # type: ignore[arg-type]
    assert message.get_content_type() == "text/plain"
    assert message.get_content().replace("\r\n", "\n") == LETTER.text
    headers = dict(message.items())
    assert headers.pop("Message-ID").endswith("@example.org>")
    assert headers.pop("Content-Transfer-Encoding")
    assert headers == {
        "From": "meetingpoint@example.org",
        "To": "a@example.org",
        "Reply-To": "desk@example.org",
        "Subject": "Ihr persönlicher Link",
        "Date": "Mon, 17 May 2021 10:00:00 +0000",
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
        "Content-Type": 'text/plain; charset="utf-8"',
    }


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\x0b", "\x00", "\x85", "\u2028"])
async def test_headers_cannot_be_smuggled(server: Server, break_: str) -> None:
    await smtp(server).send(
        Letter("a@example.org", f"Hello{break_}Bcc: b@example.org", f"Hello{break_}.{break_}RCPT TO:<c@example.org>")
    )
    (envelope,) = server.envelopes
    message = email.message_from_bytes(envelope.content or b"", policy=email.policy.default)  # type: ignore[arg-type]
    assert message["Subject"] == "Hello Bcc: b@example.org"
    assert message["Bcc"] is None
    assert envelope.rcpt_tos == ["a@example.org"]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "@b",
        "a@",
        "a b@c",
        "a@b\n",
        "a@b\r\nBcc: c@d",
        "a@b,c@d",
        "<a@b>",
        "A <a@b>",
        '"a"@b',
        "ä@b",
        "a@b c",
        "a@.",
        "a@" + "b" * 300,
        "a@b.",
        "a@b..de",
        "mailto:a@b.de",
        "a" * 60 + "@" + ".".join(["b" * 60] * 4),
    ],
)
def test_wrong_addresses(address: str) -> None:
    for make in (lambda: Letter(address, "s", "t"), lambda: Letter("a@b.de", "s", "t", reply_to=address)):
        with pytest.raises(Invalid, match="mail_address"):
            make()  # type: ignore[no-untyped-call]


async def test_a_domain_with_umlauts(server: Server) -> None:
    await smtp(server).send(Letter("info@bücher.example", "s", "t"))
    assert server.envelopes[0].rcpt_tos == ["info@xn--bcher-kva.example"]


@pytest.mark.parametrize(
    ("reply", "error"), [("550 no such mailbox", Invalid), ("450 later", Unavailable), ("530 log in first", Unavailable)]
)
async def test_a_server_that_refuses(server: Server, reply: str, error: type[Exception]) -> None:
    server.reply = reply
    with pytest.raises(error):
        await smtp(server).send(LETTER)
    assert server.envelopes == []


async def test_nobody_there() -> None:
    with pytest.raises(Unavailable):
        await SmtpMail(f"smtp://127.0.0.1:{free_ports()[0]}", "m@example.org", FixedClock(START)).send(LETTER)


async def test_a_server_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conference.base.mail.SECONDS", 0.2)
    over = asyncio.Event()

    async def silence(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    listening = await asyncio.start_server(silence, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with asyncio.timeout(5):
        with pytest.raises(Unavailable):
            await SmtpMail(f"smtp://127.0.0.1:{port}", "m@example.org", FixedClock(START)).send(LETTER)
    over.set()
    listening.close()
    await listening.wait_closed()


async def test_the_terminal_gets_no_control_characters() -> None:
    out = io.StringIO()
    await PrintMail(out).send(Letter("a@example.org", "Hello\x1b[2J", "Line\n\tnext\x1b]0;title\x07\x9b1m\r\nlast"))
    assert out.getvalue() == "\n--- To: a@example.org\n--- Subject: Hello [2J\n\nLine\n\tnext]0;title1m\nlast\n---\n"


async def test_letters_are_printed_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    await PrintMail().send(LETTER)
    captured = capsys.readouterr()
    assert "/sign-in/x" in captured.out
    assert captured.err == ""


def test_the_setting_chooses() -> None:
    clock = FixedClock(START)
    kinds = {url: type(open_mail(Settings(mail_url=url), clock)) for url in ("", "memory:", "smtp://a", "smtps://u:p@a:1")}
    assert kinds == {"": PrintMail, "memory:": MemoryMail, "smtp://a": SmtpMail, "smtps://u:p@a:1": SmtpMail}
    for wrong in ({"mail_url": "smtp://"}, {"mail_url": "smtp://a:b"}, {"mail_url": "smtp://a", "mail_from": "x"}):
        with pytest.raises(SettingsError):
            open_mail(Settings.model_validate(wrong), clock)


@pytest.mark.parametrize(
    ("url", "start_tls"),
    [
        ("smtp://mail.example", None),
        ("smtp://u:p@mail.example", True),
        ("smtps://mail.example", False),
        ("smtp://127.0.0.1", False),
    ],
)
def test_a_password_only_over_tls(url: str, start_tls: bool | None) -> None:
    assert SmtpMail(url, "m@example.org", FixedClock(START))._start_tls() is start_tls


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    database = open_database(f"sqlite:///{tmp_path / 'test.sqlite3'}", FixedClock(START))
    async with database.engine.begin() as connection:
        await connection.run_sync(SQLModel.metadata.create_all)
    yield database
    await database.aclose()


async def test_a_request_does_not_wait_for_its_letter(db: Database) -> None:
    mail = MemoryMail()
    async with db.work() as work:
        await post(work, LETTER)
    assert mail.letters == []
    assert await Worker(db, FixedClock(START), RandomIds(), mail_handlers(mail)).run_once()
    assert mail.letters == [LETTER]


async def test_a_line_takes_letters_one_after_the_other(server: Server) -> None:
    line = await smtp(server).open()
    for name in "ab":
        await line.offer(Letter(f"{name}@example.org", "s", "Line\n.\n..dots\n", message_id=f"{name}@meet.example.org"))
        assert [envelope.rcpt_tos[0][0] for envelope in server.envelopes] == list("ab"[: "ab".index(name)])
        assert await line.hand_over() == 250
    await line.close()
    messages = [email.message_from_bytes(each.content or b"", policy=email.policy.default) for each in server.envelopes]  # type: ignore[arg-type]
    assert [message["Message-ID"] for message in messages] == ["<a@meet.example.org>", "<b@meet.example.org>"]
    assert messages[0].get_content().replace("\r\n", "\n") == "Line\n.\n..dots\n"


async def test_what_was_only_offered_never_arrives(server: Server) -> None:
    line = await smtp(server).open()
    await line.offer(LETTER)
    await line.close()
    again = await smtp(server).open()
    await again.offer(LETTER)
    assert await again.hand_over() == 250
    await again.close()
    assert len(server.envelopes) == 1


@pytest.mark.parametrize(
    ("reply", "error", "code"),
    [
        ("550 no such mailbox", Invalid, "mail_refused"),
        ("450 greylisted", TooMany, "mail_later"),
        ("421 closing", Unavailable, "mail"),
        ("530 log in first", Unavailable, "mail"),
    ],
)
async def test_a_line_tells_who_is_to_blame(server: Server, reply: str, error: type[Exception], code: str) -> None:
    """After a refusal that concerns one letter the next one goes over the same line."""
    server.reply = reply
    line = await smtp(server).open()
    with pytest.raises(error, match=code):
        await line.offer(LETTER)
    if error is not Unavailable:
        server.reply = "250 OK"
        await line.offer(LETTER)
        assert await line.hand_over() == 250
    await line.close()
    assert len(server.envelopes) == (error is not Unavailable)


async def test_a_calendar_goes_along(server: Server) -> None:
    stream = "BEGIN:VCALENDAR\r\nMETHOD:PUBLISH\r\nEND:VCALENDAR\r\n"
    await smtp(server).send(Letter("a@example.org", "s", "t\n", calendar=stream))
    message = email.message_from_bytes(server.envelopes[0].content or b"", policy=email.policy.default)  # type: ignore[arg-type]
    text, calendar = message.iter_parts()
    assert (text.get_content().strip(), calendar.get_content_type()) == ("t", "text/calendar")
    assert (calendar["Content-Type"].params["method"], calendar.get_filename()) == ("PUBLISH", "conference.ics")
    assert calendar.get_payload(decode=True) == stream.encode()
