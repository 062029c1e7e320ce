"""Who may be in a room, when, and what they may publish there. Pure: values in, values out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from conference.access.rules import Times, rooms_open
from conference.people.model import Role
from conference.program.model import Floor, Kind, Place
from conference.program.rules import EARLY, LATE
from media.gateway import PeerHealth, Source

OPEN_ROUND_SEATS = 25
SEATS = 250
STAGE_SEATS = 1000  # everybody of a conference, and as many connections as a media node takes in one forum
CAPTION_LENGTH = 500

ALL = frozenset(Source)
NOTHING: frozenset[Source] = frozenset()
MICROPHONE = frozenset({Source.MICROPHONE})
CAMERA = frozenset({Source.CAMERA})

MODERATING = frozenset({Role.MODERATOR, Role.ORGANISER, Role.TECHNICAL_DIRECTOR})
ON_STAGE = MODERATING | {Role.SPEAKER, Role.INTERPRETER}
BEFORE_THE_AUDIENCE = ON_STAGE | {Role.CAPTIONER}

# The role somebody has in a room is the first of these that they hold there.
PRECEDENCE = (
    Role.MODERATOR,
    Role.SPEAKER,
    Role.INTERPRETER,
    Role.CAPTIONER,
    Role.ORGANISER,
    Role.TECHNICAL_DIRECTOR,
    Role.NOTE_TAKER,
    Role.INITIATIVE,
    Role.ATTENDEE,
    Role.GUEST,
    Role.APPROVER,
)


def room_role(roles: Collection[Role]) -> Role:
    """The role in a room of somebody who holds `roles` there (conference-wide ones included); without any: attendee."""
    return next((role for role in PRECEDENCE if role in roles), Role.ATTENDEE)


def may_moderate(role: Role) -> bool:
    """Whether one may give and take the floor, mute, remove and set the floor."""
    return role in MODERATING


def may_caption(role: Role) -> bool:
    return role is Role.CAPTIONER


def sources_for(floor: Floor, microphones_free: bool, role: Role, has_floor: bool) -> frozenset[Source]:
    """What one may publish. A captioner hears the room and publishes nothing; guests are treated as attendees."""
    if role is Role.CAPTIONER:
        return NOTHING
    if role in ON_STAGE or has_floor or floor is Floor.OPEN_ROUND:
        return ALL
    if floor is Floor.STAGE:
        return NOTHING
    return CAMERA | MICROPHONE if microphones_free else CAMERA


def granted(sources: frozenset[Source], muted: bool) -> frozenset[Source]:
    """What the node forwards of what one may publish: nothing of the microphone while the moderator's mute holds."""
    return sources - MICROPHONE if muted else sources


def role_of_token(kind: str) -> Role:
    """What a bearer token without a person is in a room: a studio, captioning software, or a screen that watches."""
    return {"publisher": Role.SPEAKER, "captioner": Role.CAPTIONER}.get(kind, Role.ATTENDEE)


def priority_of(role: Role, signs: bool = False, stands_by: bool = False) -> int:
    """The order in which the node fills slots when they are short: whoever signs (an interpreter, or somebody who speaks by
    signing), then stage, then everybody else."""
    if signs or (role is Role.INTERPRETER and not stands_by):
        return 2
    return 1 if role in ON_STAGE else 0


def passes_lock(role: Role) -> bool:
    """Whether somebody new gets into a locked room: whoever makes the session happen does."""
    return role in BEFORE_THE_AUDIENCE


def waits_in_lobby(role: Role) -> bool:
    """Whether somebody new must be let in where there is a lobby: whoever has given no more than a name."""
    return role is Role.GUEST


NOTES = 10_000  # characters


def note_text(text: object) -> str | None:
    """The moderators' notes as they may be kept; None: not a text, or too long."""
    if not isinstance(text, str) or len(text) > NOTES:
        return None
    return "".join(character for character in text if character.isprintable() or character in "\n\t")


SEATS_OF_ONE = 3  # devices of one person in one room: one that speaks, the others stand beside it


# -- when -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Slot:
    """What of a session the room's opening depends on."""

    starts: datetime
    ends: datetime
    place: Place
    guests: bool = False
    kind: Kind = Kind.FORUM


EXTENSION = timedelta(minutes=3)


def extended(slot: Slot, times: Times, following: datetime | None, now: datetime) -> datetime | None:
    """The end of a session that gets three minutes more, from now (a full minute) when its time is up; None when the
    following session or the end of the day does not leave them."""
    begun = now.replace(second=0, microsecond=0)
    base = slot.ends if now < slot.ends else begun + timedelta(minutes=now > begun)
    last = min(each for each in (following, times.archive, times.closes) if each is not None)
    return base + EXTENSION if base + EXTENSION <= last else None


class Door(StrEnum):
    """Whether somebody may be in a room now, and why not."""

    OPEN = "open"
    NO_ROOM = "no_room"  # on site only
    NOT_FOR_GUESTS = "not_for_guests"
    NOT_YET = "not_yet"
    OVER = "over"


def opens_at(slot: Slot, times: Times, role: Role) -> datetime:
    """From when somebody with `role` may be in the room."""
    if role in BEFORE_THE_AUDIENCE:
        return times.doors
    return max(times.doors, slot.starts - EARLY)


def closes_at(slot: Slot, times: Times) -> datetime:
    """The first instant at which nobody may be in the room any more."""
    return min(slot.ends + LATE, times.archive, times.closes, times.purge)


def door_at(slot: Slot, times: Times, role: Role, now: datetime) -> Door:
    """Whether somebody with `role` may be in the room at `now`."""
    if slot.place is Place.ON_SITE or slot.kind is Kind.BREAK:
        return Door.NO_ROOM
    if role is Role.GUEST and not slot.guests:
        return Door.NOT_FOR_GUESTS
    if now >= closes_at(slot, times):
        return Door.OVER
    if now < opens_at(slot, times, role) or not rooms_open(times, now):
        return Door.NOT_YET
    return Door.OPEN


def capacity_of(floor: Floor) -> int:
    """How many people fit in. Who is on the stage or captions is let in beyond it."""
    return {Floor.OPEN_ROUND: OPEN_ROUND_SEATS, Floor.STAGE: STAGE_SEATS}.get(floor, SEATS)


def is_full(floor: Floor, here: int, role: Role) -> bool:
    """Whether one more with `role` is too many beside the `here` others."""
    return role not in BEFORE_THE_AUDIENCE and here >= capacity_of(floor)


# -- connections -------------------------------------------------------------------------------------------------------


class Quality(StrEnum):
    """How well media can reach somebody."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


@dataclass(frozen=True, slots=True)
class Bound:
    """The worst that a quality bears. loss: share of packets, 0-1; round_trip: seconds; budget: bit/s for pictures."""

    loss: float
    round_trip: float
    budget: float


# What people notice: above 2 % gaps in speech, above 400 ms they talk at the same time; below 150 kbit/s no picture is left.
BOUNDS = {Quality.GOOD: Bound(0.02, 0.2, 400_000), Quality.FAIR: Bound(0.05, 0.4, 150_000)}


def quality_of(connections: Iterable[PeerHealth], paused: bool = False) -> Quality | None:
    """The worst of somebody's connections; None while nothing is known of any. The budget counts where pictures flow
    (without them nobody has tried how much goes through) and not more gets through than it says (then it is a guess that has
    been overtaken). paused: a picture is held back that would not get through."""
    worst = Quality.POOR if paused else None
    for each in connections:
        budget = each.budget if each.layers and each.budget is not None and each.bitrate <= each.budget else None
        if (each.loss, each.round_trip, budget) == (None, None, None):
            continue
        found = next((quality for quality, bound in BOUNDS.items() if _bears(bound, each, budget)), Quality.POOR)
        worst = found if worst is None else max(worst, found, key=list(Quality).index)
    return worst


def _bears(bound: Bound, health: PeerHealth, budget: float | None) -> bool:
    return (
        (health.loss is None or health.loss < bound.loss)
        and (health.round_trip is None or health.round_trip < bound.round_trip)
        and (budget is None or budget >= bound.budget)
    )


# -- hands and captions -------------------------------------------------------------------------------------------------


MINUTES = (1, 2, 3, 5)  # that a moderator may name when giving the floor


@dataclass(frozen=True, slots=True)
class Hand:
    """A raised hand. turn: where the moderation or the order of coming has put it."""

    seat: str
    turn: int | None
    since: datetime


def in_order(hands: Iterable[Hand]) -> list[str]:
    """The seats in the queue: by their turn, and who raised the hand first is first."""
    return [hand.seat for hand in sorted(hands, key=lambda hand: (hand.turn or 0, hand.since, hand.seat))]


def queue(hands: Iterable[Hand]) -> dict[str, int]:
    """Places in the queue from 1, by seat."""
    return {seat: place for place, seat in enumerate(in_order(hands), start=1)}


def moved(order: Sequence[str], seat: str, before: str | None) -> list[str]:
    """The queue with `seat` put in front of `before`, or at its end when that is None or waits no more."""
    rest = [each for each in order if each != seat]
    at = rest.index(before) if before in rest else len(rest)
    return [*rest[:at], seat, *rest[at:]]


def caption_line(text: object) -> str | None:
    """A caption as it may be shown: one line of at most 500 characters, without control characters; None: not a text."""
    if not isinstance(text, str):
        return None
    line = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(line.split())[:CAPTION_LENGTH]
