"""What the media node is told of a seat."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from conference.base.clock import Clock, to_real
from conference.base.log import logger
from conference.forums import rules
from conference.forums.plenary import places
from conference.forums.plenary import rules as plenary_rules
from conference.forums.store import Room, Seated
from media.gateway import Grant, MediaError, MediaGateway

PAUSES = (0.0, 0.5, 1.0, 2.0)

log = logger("forums")


def is_closed(room: Room, now: datetime) -> bool:
    """Whether a plenary's curtain is closed."""
    return room.is_plenary and plenary_rules.is_closed(room.forum.curtain, room.session.starts, now)


def forum_of(seated: Seated) -> str:
    """The forum of the node in which somebody's media meet the others'."""
    session = seated.seat.session_id
    return places.behind_of(session) if seated.behind and seated.person is not None else session


def grant_for(seated: Seated, room: Room, clock: Clock) -> Grant:
    """The seat's grant as of now. `not_after` is real time, so that a demo's shifted clock ends calls when it should."""
    ends = to_real(clock, rules.closes_at(room.slot, room.times))
    held_back = is_closed(room, clock.now()) and not seated.behind  # a closed curtain lets nothing through
    return Grant(
        sources=rules.NOTHING if held_back else rules.granted(seated.sources(room), seated.seat.muted),
        not_after=ends if seated.until is None else min(ends, seated.until.timestamp()),
        priority=rules.priority_of(seated.role, seated.signs(room), seated.stands_by(room)),
    )


def listening(grant: Grant) -> Grant:
    """The same without sending: of who is behind the stage, in the stage's own forum."""
    return replace(grant, sources=rules.NOTHING, priority=0)


async def regrant(media: MediaGateway, clock: Clock, room: Room, seats: Iterable[Seated]) -> None:
    """Let the node know what these seats may do now. Called after the commit, so that a roll-back grants nothing."""
    granted = [(seated, forum_of(seated), grant_for(seated, room, clock)) for seated in seats]
    grants = [(forum, seated.seat.id, grant) for seated, forum, grant in granted]
    stage = room.session.id
    grants += [(stage, seated.seat.id, listening(grant)) for seated, forum, grant in granted if forum != stage]
    await asyncio.gather(*(_granted(media, *each) for each in grants))


async def _granted(media: MediaGateway, forum: str, seat: str, grant: Grant) -> None:
    """A right that was taken must end even when the node is slow to answer: try again, then end the peer's connections.

    A node that is gone for longer has forgotten everything; who comes back then brings a fresh grant along.
    """
    for pause in PAUSES:
        await asyncio.sleep(pause)
        try:
            await media.grant(forum, seat, grant)
        except MediaError:
            continue
        return
    log.warning("grant_not_told", seat=seat)
    await put_out(media, forum, seat)


async def leave_media(media: MediaGateway, room: Room, seat: str) -> None:
    """End the media of a seat that leaves a room, behind its stage as well."""
    await put_out(media, room.session.id, seat)
    if room.is_plenary:
        await put_out(media, places.behind_of(room.session.id), seat)


async def put_out(media: MediaGateway, forum: str, seat: str) -> None:
    """End the media of a seat."""
    try:
        await media.revoke(forum, seat)
    except MediaError as error:
        log.warning("not_put_out", seat=seat, reason=type(error).__name__)
