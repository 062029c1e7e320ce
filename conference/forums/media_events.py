"""What the media node tells, turned into what the rooms' browsers must learn."""

from __future__ import annotations

import asyncio

from conference.base.log import logger
from conference.forums.check.rules import is_check
from conference.forums.plenary import places
from conference.forums.plenary.media import take_behind
from conference.forums.rooms import RoomKeeper
from media.gateway import (
    Connected,
    Direction,
    Disconnected,
    LayersWanted,
    MediaError,
    MediaEvent,
    NodeBack,
    NodeLost,
    SlotsChanged,
    SpeakersChanged,
)

AGAIN = 1.0
# The page did not want this end: it has to offer again.
UNWANTED = frozenset({"lost", "failed", "shutdown"})

SOON = 1.0  # seconds in which one page comes back
A_SECOND = 25  # offers that a node takes beside all else, with ease
LONGEST = 20.0

log = logger("forums")


def spread(pages: int) -> float:
    """Seconds over which so many pages come back to a node that was away: sound soon, and never all at once."""
    return min(LONGEST, max(SOON, pages / A_SECOND))


async def follow(rooms: RoomKeeper) -> None:
    """Read the node's events for ever; after a break begin again with the state it has then."""
    while True:
        try:
            async for event in rooms.services.media.events():
                take(rooms, event)
        except MediaError as error:
            log.warning("media_events_broke_off", reason=type(error).__name__)
        await asyncio.sleep(AGAIN)


def take(rooms: RoomKeeper, event: MediaEvent) -> None:
    """Take in one event; connection tests are no room's."""
    if is_check(getattr(event, "forum", "")):
        return
    if isinstance(event, Disconnected):
        rooms.ending.gone(event.connection)
    behind = places.session_of(getattr(event, "forum", ""))[1]
    if behind or isinstance(event, NodeLost | NodeBack):
        take_behind(rooms, event, UNWANTED)
    if behind:
        return
    for session in rooms.presence.heard(event):
        if not is_check(session) and not places.session_of(session)[1]:  # a lost node names them too
            rooms.changed(session)
    match event:
        case SlotsChanged(forum, peer, connection, slots):
            told = [{"mid": slot.mid, "seat": slot.peer, "source": slot.source, "state": slot.state} for slot in slots]
            assigned = {"type": "room.slots", "connection": connection, "slots": told}
            if peer in rooms.behind.with_media(forum):  # follows the stage from behind, beside its own connection there
                rooms.tell(forum, assigned, peer)
            else:
                rooms.remember_slots(forum, peer, assigned)
        case Connected(forum, peer, _, Direction.RECEIVE):
            rooms.lookout.again(forum, peer)
        case SpeakersChanged(forum, peers):
            rooms.tell(forum, {"type": "room.speakers", "seats": list(peers)})
        case LayersWanted(forum, peer, connection, source, rids):
            layers = {"type": "room.layers", "connection": connection, "source": source, "rids": list(rids)}
            rooms.remember_layers(forum, peer, layers)
        case Disconnected(forum, peer, connection, direction, reason) if reason in UNWANTED:
            said = {"type": "room.rejoin", "connection": connection, "direction": direction, "within": SOON}
            rooms.tell(forum, said, peer)
        case NodeBack(forums):
            sessions = list({places.session_of(name)[0] for name in forums} or rooms.presence.sessions())
            within = spread(sum(len(rooms.presence.seats_with_sockets(session)) for session in sessions))
            for session in sessions:
                rooms.tell(session, {"type": "room.rejoin", "connection": None, "direction": None, "within": within})
        case _:
            pass
