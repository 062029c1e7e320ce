"""One connection for many letters, each handed over in two steps (RFC 5321, 3.3 and 4.1.1.4)."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from email.message import EmailMessage
from typing import Protocol

from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from conference.base.errors import Invalid, TooMany, Unavailable
from conference.base.letters import Letter, mailbox

REPLY_SECONDS = 600  # for the last line: RFC 5321, 4.5.3.2.6; whoever hangs up earlier makes the server deliver twice
_TAKES_DATA = 354
_DOTS = re.compile(rb"(?m)^\.")


class MailLine(Protocol):
    """An open connection to the mail server, for letters that must not go out twice: what comes before the last line the server
    forgets when the connection breaks, so in front of that line the caller can write down that now nobody may send it again."""

    async def offer(self, letter: Letter) -> None:
        """Everything but the last line. Raises Invalid("mail_refused", reply, recipient: bool) (never will be taken),
        TooMany("mail_later", reply) (another time; the line goes on), Unavailable("mail") (nothing goes on this line)."""
        ...

    async def hand_over(self) -> int:
        """The last line; the server's reply. Raises as `offer`, but Unavailable("mail_unanswered") where nobody knows."""
        ...

    async def close(self) -> None:
        """Say good-bye, or hang up in front of the last line: a letter that was only offered is forgotten."""
        ...


class SmtpLine:
    def __init__(self, client: SMTP, sender: str, write: Callable[[Letter], EmailMessage]) -> None:
        """client: connected and logged in."""
        self._client = client
        self._sender = sender
        self._write = write
        self._open_letter = False

    async def offer(self, letter: Letter) -> None:
        content = _DOTS.sub(b"..", self._write(letter).as_bytes())
        about = "sender"
        try:
            await self._client.mail(self._sender)
            about = "recipient"
            await self._client.rcpt(mailbox(letter.to))
            about = "content"
            reply = await self._client.execute_command(b"DATA")
            if reply.code != _TAKES_DATA:
                raise SMTPResponseException(reply.code, reply.message)
            self._open_letter = True
            assert self._client.protocol is not None
            self._client.protocol.write(content if content.endswith(b"\r\n") else content + b"\r\n")
        except SMTPResponseException as error:
            refusal = self._refusal(error.code, about)
            if not isinstance(refusal, Unavailable):
                await self._forget()
            raise refusal from error
        except (SMTPException, OSError, TimeoutError) as error:
            raise Unavailable("mail", reason=type(error).__name__) from error

    async def hand_over(self) -> int:
        try:
            reply = await self._client.execute_command(b".", timeout=REPLY_SECONDS)
        except (SMTPException, OSError, TimeoutError) as error:
            raise Unavailable("mail_unanswered", reason=type(error).__name__) from error
        self._open_letter = False
        if reply.code >= 400:
            raise self._refusal(reply.code, "content")
        return int(reply.code)

    async def close(self) -> None:
        if self._open_letter or not self._client.is_connected:
            self._client.close()
            return
        with suppress(SMTPException, OSError, TimeoutError):
            await self._client.quit(timeout=2)

    async def _forget(self) -> None:
        """RSET, so that the next letter begins anew."""
        try:
            await self._client.rset()
        except (SMTPException, OSError, TimeoutError) as error:
            raise Unavailable("mail", reason=type(error).__name__) from error

    def _refusal(self, code: int, about: str) -> Invalid | TooMany | Unavailable:
        # RFC 5321, 4.2.1: 5yz will not change, 4yz may. 421 ends the connection; 530 to 539 speak of our own login. That and our
        # own address are the operator's to repair: no letter is at fault, so all wait.
        if code == 421 or 530 <= code < 540 or about == "sender":
            return Unavailable("mail", reason=f"reply {code}")
        if code < 500:
            return TooMany("mail_later", reply=code)
        return Invalid("mail_refused", reply=code, recipient=about == "recipient")


class StraightLine:
    """For what takes every letter at once: the terminal, and the memory of tests."""

    def __init__(self, send: Callable[[Letter], Awaitable[None]]) -> None:
        self._send = send
        self._letter: Letter | None = None

    async def offer(self, letter: Letter) -> None:
        self._letter = letter

    async def hand_over(self) -> int:
        assert self._letter is not None
        await self._send(self._letter)
        self._letter = None
        return 250

    async def close(self) -> None:
        self._letter = None
