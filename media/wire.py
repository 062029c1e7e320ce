"""How gateway and node write to each other: frames of JSON, each with its length in front.

Requests  {"id", "do", ...arguments}   ->  {"id", "value"} or {"id", "error", "text"}
Events    {"event": name, ...fields}, from the node only.
"""

from __future__ import annotations

import asyncio
import json
import struct
from dataclasses import asdict, fields
from typing import Any

from media import gateway
from media.gateway import Direction, Grant, MediaEvent, PeerHealth, SlotAssignment, SlotState, Source, Tile, View

LIMIT = 4 << 20  # bytes of a frame: a snapshot of a full node is the largest
_LENGTH = struct.Struct("!I")
_EVENTS = ("Connected", "Disconnected", "TracksChanged", "SlotsChanged", "SpeakersChanged", "LayersWanted")
_ERRORS = ("PeerFault", "Unsupported", "CapacityReached", "NodeUnavailable")


async def read_frame(reader: asyncio.StreamReader) -> dict[str, Any]:
    """The next frame. Raises ConnectionError at the end of the stream or for what cannot be a frame."""
    try:
        (size,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        if size > LIMIT:
            raise ConnectionError("frame too large")
        frame = json.loads(await reader.readexactly(size))
    except (asyncio.IncompleteReadError, ValueError):
        raise ConnectionError("the other side is gone") from None
    if not isinstance(frame, dict):
        raise ConnectionError("not a frame")
    return frame


def frame(content: dict[str, Any]) -> bytes:
    data = json.dumps(content, separators=(",", ":")).encode()
    return _LENGTH.pack(len(data)) + data


def pack_grant(grant: Grant) -> dict[str, Any]:
    return {"sources": sorted(grant.sources), "not_after": grant.not_after, "priority": grant.priority}


def unpack_grant(packed: dict[str, Any]) -> Grant:
    sources = frozenset(Source(source) for source in packed["sources"])
    return Grant(sources, float(packed["not_after"]), int(packed["priority"]))


def pack_view(view: View) -> dict[str, Any]:
    tiles = [[tile.peer, tile.source, tile.width, tile.height] for tile in view.tiles]
    return {"tiles": tiles, "pinned": list(view.pinned)}


def unpack_view(packed: dict[str, Any]) -> View:
    tiles = tuple(Tile(peer, Source(source), int(width), int(height)) for peer, source, width, height in packed["tiles"])
    return View(tiles, tuple(packed["pinned"]))


def pack_health(health: PeerHealth) -> dict[str, Any]:
    return asdict(health)


def unpack_health(packed: dict[str, Any]) -> PeerHealth:
    return PeerHealth(**{**packed, "direction": Direction(packed["direction"])})


def pack_event(event: MediaEvent) -> dict[str, Any]:
    """An event of a node as JSON values."""
    packed: dict[str, Any] = {"event": type(event).__name__}
    for field in fields(event):
        value = getattr(event, field.name)
        if field.name == "slots":
            value = [[slot.mid, slot.peer, slot.source, slot.state] for slot in value]
        elif isinstance(value, frozenset):
            value = sorted(value)
        packed[field.name] = value
    return packed


def unpack_event(packed: dict[str, Any]) -> MediaEvent:
    """Raises ValueError or KeyError for anything that is not one of the node's events."""
    values = dict(packed)
    name = values.pop("event")
    if name not in _EVENTS:
        raise ValueError(name)
    if "direction" in values:
        values["direction"] = Direction(values["direction"])
    if "sources" in values:
        values["sources"] = frozenset(Source(source) for source in values["sources"])
    if "source" in values:
        values["source"] = Source(values["source"])
    for name_of_many in ("peers", "rids"):
        if name_of_many in values:
            values[name_of_many] = tuple(values[name_of_many])
    if "slots" in values:
        values["slots"] = tuple(
            SlotAssignment(mid, peer, Source(source) if source else None, SlotState(state))
            for mid, peer, source, state in values["slots"]
        )
    event: MediaEvent = getattr(gateway, name)(**values)
    return event


def pack_error(error: gateway.MediaError) -> dict[str, Any]:
    return {"error": type(error).__name__, "text": str(error)}


def unpack_error(packed: dict[str, Any]) -> gateway.MediaError:
    name = packed["error"]
    kind = getattr(gateway, name) if name in _ERRORS else gateway.MediaError
    error: gateway.MediaError = kind(packed.get("text", ""))
    return error
