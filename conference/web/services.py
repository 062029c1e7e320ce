"""Everything that is opened once and handed to the app. Nothing here is global; tests open their own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.clock import Clock
from conference.base.db import Database
from conference.base.ids import Ids
from conference.base.limits import Limits
from conference.base.mail import Mail
from conference.base.settings import Settings
from conference.base.storage import ObjectStorage
from conference.live.bus import Bus
from conference.live.hub import LiveHub, Renderer
from conference.live.outbox import Outbox
from conference.web.recent import Recent
from conference.web.texts import Texts
from media.gateway import MediaGateway

Registered = Mapping[str, frozenset[str]]
"""Person -> what registration says of them (mailing/rules.py)."""
AskRegistered = Callable[[AsyncSession, str, str | None], Awaitable[Registered]]
"""Of a conference, by its id; of one person only, where one is named."""


@dataclass(frozen=True)
class Services:
    """renderers: live event's kind -> its rendering; the app fills it once, before the hub is started. audiences: whom letters
    can be for beside who has a role; app and worker fill it, since letters go out below those who know."""

    settings: Settings
    clock: Clock
    ids: Ids
    db: Database
    storage: ObjectStorage
    outbox: Outbox
    live: LiveHub
    renderers: dict[str, Renderer]
    bus: Bus
    media: MediaGateway
    mail: Mail
    limits: Limits
    texts: Texts
    audiences: dict[str, AskRegistered] = field(default_factory=dict)
    recent: Recent = field(default_factory=Recent)
    looking: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))  # files that are looked at at the same time
    setting: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))  # sheets that are set at the same time
    # Registrations at the same time: each waits for the one before, and must not hold all connections of the database meanwhile.
    registering: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(4))
