"""Opens everything that a process needs, and closes it again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from conference.base.clock import Clock, SystemClock
from conference.base.db import open_database
from conference.base.ids import RandomIds
from conference.base.limits import Limits
from conference.base.mail import open_mail
from conference.base.settings import Settings
from conference.base.storage import open_storage
from conference.live.bus import open_bus
from conference.live.hub import LiveHub, Renderer
from conference.live.outbox import Outbox
from conference.web.services import Services
from conference.web.texts import read_texts
from media.gateway import open_gateway


def open_clock(settings: Settings) -> Clock:
    """The machine's clock; a demo's can be shifted for all of its processes."""
    return SystemClock(settings.data_dir / "clock.json" if settings.demo else None)


@asynccontextmanager
async def open_services(settings: Settings, process: str) -> AsyncIterator[Services]:
    """All services. Nothing is asked of the store, the bus or the media nodes yet; they are reached when they are used.

    process: web, worker or command, for logs.
    """
    clock = open_clock(settings)
    db = open_database(settings.database_url, clock)
    bus = open_bus(settings.bus_url)
    media = open_gateway([settings.media_control(node) for node in range(settings.media_nodes)])
    renderers: dict[str, Renderer] = {}
    services = Services(
        settings=settings,
        clock=clock,
        ids=RandomIds(),
        db=db,
        storage=open_storage(settings, clock),
        outbox=Outbox(bus, clock),
        live=LiveHub(db, clock, bus, renderers),
        renderers=renderers,
        bus=bus,
        media=media,
        mail=open_mail(settings, clock),
        limits=Limits(clock),
        texts=read_texts(),
    )
    try:
        yield services
    finally:
        await media.aclose()
        await bus.aclose()
        await services.storage.aclose()
        await db.aclose()
