"""What the pages of a room look at, on its way to the media node."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from conference.base.errors import Invalid
from conference.forums.plenary import places
from media.gateway import MediaError, MediaGateway, Source, Tile, View

APART = 0.2  # seconds between two views of one seat
TILES, PINNED = 64, 8
LARGEST = 8192  # device pixels
_SEAT = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SEEN = {"camera": Source.CAMERA, "screen": Source.SCREEN}


def read_view(message: Mapping[str, Any], own: str) -> View:
    """The view that a page tells: sizes clamped, what is too much left out, nothing of the page's own seat.

    Raises Invalid for what is no view.
    """
    tiles, pinned = message.get("tiles"), message.get("pinned", [])
    if not isinstance(tiles, list):
        raise Invalid("field", field="tiles")
    if not isinstance(pinned, list):
        raise Invalid("field", field="pinned")
    read = [_tile(tile) for tile in tiles[:TILES]]
    seats = dict.fromkeys(_seat(seat, "pinned") for seat in pinned[:PINNED])
    seats.pop(own, None)
    return View(tuple(tile for tile in read if tile.peer != own), tuple(seats))


def _tile(told: object) -> Tile:
    if not isinstance(told, dict) or not isinstance(told.get("source"), str) or told["source"] not in _SEEN:
        raise Invalid("field", field="tiles")
    width, height = _pixels(told.get("width")), _pixels(told.get("height"))
    if not width or not height:
        width = height = 0  # a tile without height is as hidden as one without width
    return Tile(_seat(told.get("seat"), "tiles"), _SEEN[told["source"]], width, height)


def _seat(told: object, field: str) -> str:
    if not isinstance(told, str) or not _SEAT.fullmatch(told):
        raise Invalid("field", field=field)
    return told


def _pixels(told: object) -> int:
    if isinstance(told, bool) or not isinstance(told, int | float):
        raise Invalid("field", field="tiles")
    return round(min(max(told, 0), LARGEST))


class Lookout:
    """The newest view of each seat whose page is connected here. A page that tells too often is not refused: what has
    been overtaken meanwhile is left out."""

    def __init__(self, media: MediaGateway) -> None:
        self._media = media
        self._newest: dict[tuple[str, str], View] = {}
        self._due: set[tuple[str, str]] = set()
        self._telling: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._behind: set[tuple[str, str]] = set()  # seats that have a connection behind a stage

    def take(self, session: str, seat: str, view: View) -> None:
        """Remember a view, and tell the node soon."""
        self._newest[session, seat] = view
        self.again(session, seat)

    def again(self, session: str, seat: str) -> None:
        """Tell the node what it has forgotten with the connection before: a new one begins without a view."""
        place = (session, seat)
        if place not in self._newest:
            return
        self._due.add(place)
        if place not in self._telling:
            self._telling[place] = asyncio.create_task(self._tell(place), name="room view")

    def behind(self, session: str, seat: str) -> None:
        """The same for a new connection behind the stage; from there a page looks at both sides."""
        self._behind.add((session, seat))
        self.again(session, seat)

    def forget(self, session: str, seat: str) -> None:
        """The page has gone."""
        self._newest.pop((session, seat), None)
        self._behind.discard((session, seat))

    async def aclose(self) -> None:
        tasks = list(self._telling.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _tell(self, place: tuple[str, str]) -> None:
        try:
            while place in self._due:
                self._due.discard(place)
                view = self._newest.get(place)
                if view is not None:
                    with suppress(MediaError):  # a node that comes back gets new connections, and then the view
                        await self._media.view(*place, view)
                        if place in self._behind:
                            await self._media.view(places.behind_of(place[0]), place[1], view)
                await asyncio.sleep(APART)
        finally:
            del self._telling[place]
