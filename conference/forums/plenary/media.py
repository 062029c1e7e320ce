"""What the media node tells of the forums behind stages, turned into what pages there must learn."""

from __future__ import annotations

from dataclasses import replace

from conference.forums.plenary import places
from conference.forums.rooms import RoomKeeper
from media.gateway import (
    Connected,
    Direction,
    Disconnected,
    LayersWanted,
    MediaEvent,
    NodeBack,
    NodeLost,
    SlotsChanged,
    SpeakersChanged,
)


def take_behind(rooms: RoomKeeper, event: MediaEvent, unwanted: frozenset[str]) -> None:
    """Take in an event of a forum behind a stage, or of a node. unwanted: reasons for which a page has to offer again."""
    if isinstance(event, NodeLost | NodeBack):
        event = replace(event, forums=tuple(name for name, behind in map(places.session_of, event.forums) if behind))
        for session in rooms.behind.heard(event):
            rooms.changed(session)
        return
    session, _ = places.session_of(event.forum)
    for changed in rooms.behind.heard(replace(event, forum=session)):
        rooms.changed(changed)
    match event:
        case SlotsChanged(_, peer, connection, slots):
            told = [{"mid": slot.mid, "seat": slot.peer, "source": slot.source, "state": slot.state} for slot in slots]
            rooms.remember_slots(session, peer, {"type": "room.slots", "connection": connection, "slots": told})
        case Connected(_, peer, _, Direction.RECEIVE):
            rooms.lookout.behind(session, peer)
        case SpeakersChanged(_, peers):
            for seat in rooms.behind.with_media(session):
                rooms.tell(session, {"type": "plenary.speakers", "seats": list(peers)}, seat)
        case LayersWanted(_, peer, connection, source, rids):
            layers = {"type": "room.layers", "connection": connection, "source": source, "rids": list(rids)}
            rooms.remember_layers(session, peer, layers)
        case Disconnected(_, peer, connection, direction, reason) if reason in unwanted:
            rooms.tell(session, {"type": "room.rejoin", "connection": connection, "direction": direction, "within": 1.0}, peer)
        case _:
            pass
