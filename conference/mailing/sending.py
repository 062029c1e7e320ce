"""The loop in the worker that hands letters to the mail server, each once.

The order is everything: all but the last line, commit "handed", the last line, the reply, commit what it says. Who dies before
the commit has given the server nothing that it keeps; who dies after it leaves a letter of which nobody knows, which is shown to
the organisers and never sent again by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from conference.base.errors import Invalid, TooMany, Unavailable
from conference.base.letters import Letter
from conference.base.log import logger
from conference.base.mail_line import MailLine
from conference.mailing import claims, planning
from conference.mailing.claims import Claim
from conference.mailing.model import DeliveryState
from conference.web.services import Services

POLL_SECONDS = 1.5
LOOK_SECONDS = 5.0  # between two looks at what is planned, and at what is done
LETTERS_PER_LINE = 50
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 120.0
LAST_REPLY_SECONDS = 5.0

log = logger(__name__)


class Sender:
    """per_minute: letters at most. Several of them may share a database, each with its own rate."""

    def __init__(self, services: Services, *, per_minute: float | None = None, poll: float = POLL_SECONDS) -> None:
        self._services = services
        self._clock = services.clock
        self._apart = 60 / (per_minute or services.settings.mail_per_minute)
        self._poll = poll
        self._line: MailLine | None = None
        self._letters = 0
        self._free_at = float("-inf")
        self._looked = float("-inf")
        self._pause = FIRST_PAUSE
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """There may be something to send: look now rather than at the next poll."""
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled. A letter whose last line was given waits a moment for its reply then."""
        try:
            while True:
                self._woken.clear()
                try:
                    await self._look()
                    if await self.send_next():
                        continue
                    if self._line is not None:  # the last one is out: say so at once
                        self._looked = float("-inf")
                        await self.hang_up()
                        continue
                    await self._rest(self._poll)
                except Unavailable as error:
                    await self.hang_up()
                    log.warning("letters_wait", code=error.code, reason=error.facts.get("reason"), seconds=self._pause)
                    pause, self._pause = self._pause, min(self._pause * 2, LONGEST_PAUSE)
                    await asyncio.sleep(pause)
        finally:
            await asyncio.shield(self.hang_up())

    async def send_next(self) -> bool:
        """Send the letter that is next; whether there was one. Raises Unavailable when mail server or database are away."""
        if not await claims.any_due(self._services):
            return False
        await asyncio.sleep(max(0.0, self._free_at - self._clock.monotonic()))
        line = await self._open()
        claimed = await claims.claim(self._services)
        if claimed is None:
            return False
        if claimed.letter is not None:
            self._free_at = self._clock.monotonic() + self._apart
            await self._try(line, claimed, claimed.letter)
        return True

    async def _try(self, line: MailLine, claimed: Claim, letter: Letter) -> None:
        state = DeliveryState.WAITING
        try:
            await line.offer(letter)
            if not await claims.hand(self._services, claimed):
                await self.hang_up()
                return
            state = DeliveryState.HANDED
            await self._to_its_end(self._hand_over(line, claimed))
            self._pause = FIRST_PAUSE
        except UnicodeError:
            log.exception("letter_broken", delivery=claimed.delivery_id, mailing=claimed.mailing_id)
            await self._surely(lambda: claims.broken(self._services, claimed))
        except Invalid as error:
            reply, address = int(error.facts["reply"]), bool(error.facts["recipient"])
            await self._surely(lambda: claims.refused(self._services, claimed, state, reply, address=address))
        except TooMany as error:
            reply = int(error.facts["reply"])
            await self._surely(lambda: claims.later(self._services, claimed, state, reply))
        except Unavailable as error:
            if error.code == "mail":  # broken before the last line, or answered by "not now"
                await self._surely(lambda: claims.later(self._services, claimed, state, None))
            elif error.code == "mail_unanswered":
                await self._surely(lambda: claims.unanswered(self._services, claimed))
            raise

    async def _hand_over(self, line: MailLine, claimed: Claim) -> None:
        reply = await line.hand_over()
        self._letters += 1
        await self._surely(lambda: claims.sent(self._services, claimed, reply))

    async def _to_its_end(self, work: Awaitable[None]) -> None:
        """What has begun with the last line is finished, also when this worker is to end: the reply mostly is on its way."""
        task = asyncio.ensure_future(work)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.wait({task}, timeout=LAST_REPLY_SECONDS)
            task.cancel()
            with suppress(asyncio.CancelledError, Invalid, TooMany, Unavailable):
                await task
            raise

    async def _surely(self, write: Callable[[], Awaitable[None]]) -> None:
        """Write what is known of a letter, however long the database is away: nobody else knows it."""
        while True:
            try:
                return await write()
            except Unavailable:
                await asyncio.sleep(self._poll)

    async def _open(self) -> MailLine:
        if self._letters >= LETTERS_PER_LINE:
            await self.hang_up()
        if self._line is None:
            self._line = await self._services.mail.open()
        return self._line

    async def hang_up(self) -> None:
        line, self._line, self._letters = self._line, None, 0
        if line is not None:
            await line.close()

    async def _look(self) -> None:
        if self._clock.monotonic() - self._looked >= LOOK_SECONDS:
            self._looked = self._clock.monotonic()
            await planning.begin_what_is_due(self._services)
            await planning.end_what_is_done(self._services)

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
