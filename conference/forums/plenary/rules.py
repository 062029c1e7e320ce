"""When the curtain is closed, who stands in which place of the running order, when somebody counts as gone. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

HOST_GONE = 10.0  # seconds without a page after which the deputy may take over
ALL_BACK = 20.0  # seconds in which pages come back to a server that has restarted (PROTOCOL.md, "Endings")
FEED_DEAD = 5.0  # seconds without a picture after which the deputy's feed is shown
GREETINGS = 60  # entries of one order
DROPPED_FOR = timedelta(minutes=10)  # in which an entry that was taken out can be brought back
NAME_LENGTH, LINE_LENGTH, TEXT_LENGTH = 120, 160, 300
MINUTES = range(1, 121)
UNNAMED_IN_ORDER = frozenset({"moderator"})  # who leads through the order does not stand in it


def is_closed(curtain: bool | None, starts: datetime, now: datetime) -> bool:
    """Whether the audience sees the holding slide, and nothing of the stage is forwarded: as the moderators have said, else
    before the start."""
    return now < starts if curtain is None else curtain


class Turn(Protocol):
    """What of an entry its place depends on."""

    @property
    def began(self) -> datetime | None: ...

    @property
    def ended(self) -> datetime | None: ...


def state_of(entry: Turn) -> str:
    """ "waiting", "now" or "done"."""
    if entry.began is None:
        return "waiting"
    return "now" if entry.ended is None else "done"


def present(order: Sequence[Turn]) -> int | None:
    """Where in the order the present one stands."""
    return next((place for place, entry in enumerate(order) if state_of(entry) == "now"), None)


def following(order: Sequence[Turn]) -> int | None:
    """Where in the order the next one stands: the first that waits behind the present one, or else at all."""
    waiting = [place for place, entry in enumerate(order) if state_of(entry) == "waiting"]
    at = present(order)
    behind = [place for place in waiting if at is not None and place > at]
    return next(iter(behind or waiting), None)


def moved(order: Sequence[str], one: str, before: str | None) -> list[str]:
    """The order with `one` put in front of `before`, or at the end when that is None or not there."""
    rest = [each for each in order if each != one]
    at = rest.index(before) if before in rest else len(rest)
    return [*rest[:at], one, *rest[at:]]
