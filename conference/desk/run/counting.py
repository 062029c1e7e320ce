"""How many are in a room, and how they are, out of what the rooms' keeper has just looked at. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conference.forums import rules, view
from conference.forums.told import Now
from conference.people.model import Role

_CAST = rules.BEFORE_THE_AUDIENCE | {Role.NOTE_TAKER}


@dataclass(frozen=True, slots=True)
class Tally:
    """poor: connections that are bad; staff: ids of persons there who make the session; moderated: one of them moderates."""

    here: int = 0
    hands: int = 0
    poor: int = 0
    waiting: int = 0
    moderated: bool = False
    staff: frozenset[str] = frozenset()

    def numbers(self) -> dict[str, int]:
        """What is told live."""
        return {"here": self.here, "hands": self.hands, "poor": self.poor, "waiting": self.waiting}


NOBODY = Tally()


def tally_of(now: Now) -> Tally:
    """Once for each look at a room, whoever listens."""
    here = {seat: person for seat, person in now.people.items() if person["here"]}
    staff = [
        each for each in now.seats if each.role in _CAST and each.person is not None and _there(each.seat.id, here, each.behind)
    ]
    return Tally(
        here=len(here),
        hands=sum(person["hand"] is not None for person in here.values()),
        poor=sum(person["line"] == "poor" for person in here.values()),
        waiting=len(view.waiting_in(now.seats, now.knocking)),
        moderated=any(rules.may_moderate(each.role) for each in staff),
        staff=frozenset(each.seat.person_id for each in staff if each.seat.person_id),
    )


def _there(seat: str, here: dict[str, dict[str, Any]], behind: bool) -> bool:
    return seat in here or behind
