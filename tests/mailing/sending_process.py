"""The sending loop in a process that somebody kills.

    python -m tests.mailing.sending_process DATA_DIR DATABASE_URL PORT

Reads lines, each a number of seconds by which the machine's clock is ahead (so that what a dead one held is free again); each
starts the loop in a fork, which says its process id. Says "ended" once that fork is dead.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

from conference.base.clock import SystemClock
from conference.base.db import open_database
from conference.base.ids import RandomIds
from conference.base.limits import Limits
from conference.base.mail import SmtpMail
from conference.base.storage import open_storage
from conference.live.bus import MemoryBus
from conference.live.hub import LiveHub
from conference.live.outbox import Outbox
from conference.mailing.sending import Sender
from conference.web.services import Services
from conference.web.texts import read_texts
from tests.forums.fake_gateway import FakeGateway
from tests.mailing.house import FAST
from tests.site import MOMENTS, settings_for


class Ahead(SystemClock):
    """Real time with some seconds on top; the conference's stands still."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    def now(self):  # type: ignore[no-untyped-def]
        return MOMENTS["announced"]

    def real(self) -> float:
        return time.time() + self._seconds


async def _send(folder: Path, database_url: str, port: int, ahead: float) -> None:
    clock, bus = Ahead(ahead), MemoryBus()
    settings = settings_for(folder, database_url)
    db = open_database(settings.database_url, clock)
    services = Services(
        settings=settings,
        clock=clock,
        ids=RandomIds(),
        db=db,
        storage=open_storage(settings, clock),
        outbox=Outbox(bus, clock),
        live=LiveHub(db, clock, bus, {}),
        renderers={},
        bus=bus,
        media=FakeGateway(),
        mail=SmtpMail(f"smtp://127.0.0.1:{port}", "post@meet.example.org", clock),
        limits=Limits(clock),
        texts=read_texts(),
    )
    sys.stdout.write(f"{os.getpid()}\n")
    sys.stdout.flush()
    await Sender(services, per_minute=FAST, poll=0.1).run()


def main() -> None:
    folder, database_url, port = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    for line in sys.stdin:
        child = os.fork()
        if not child:
            asyncio.run(_send(folder, database_url, port, float(line)))
            os._exit(1)
        os.waitpid(child, 0)
        sys.stdout.write("ended\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
