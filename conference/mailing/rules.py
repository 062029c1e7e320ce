"""What may stand in a letter, who gets it, when it is due and when it is tried again. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from conference.access.model import State
from conference.mailing.model import DeliveryState, LetterKind, MailingState
from conference.people.model import Role

LONGEST_SUBJECT, LONGEST_BODY = 150, 8000
DAY, SOON = 24 * 60, 10  # minutes before the beginning
GRACE = timedelta(minutes=10)  # a reminder that was held up still says where the door is
MOST_TRIES = 24
HANDED_FOR = timedelta(minutes=11)  # longer than anybody waits for a reply; afterwards nobody knows
CLAIMED_FOR = timedelta(minutes=5)  # longer than putting a letter together and offering it may take
_PAUSES = (1, 5, 15, 30, 60)  # minutes: greylisting lets through after some, a full mailbox after hours

PLACEHOLDERS = ("name", "conference", "day", "begins", "place", "until", "link")
OF_A_SESSION = ("session", "session_begins")
_PLACEHOLDER = re.compile(r"\{([^{}\s]*)\}")
_ADDRESS = re.compile(r"https?://|\bwww\.", re.IGNORECASE)

REMINDERS = frozenset({LetterKind.DAY_BEFORE, LetterKind.MINUTES_BEFORE})
ONE_BY_ONE = frozenset({LetterKind.CONFIRMED, LetterKind.WAITING, LetterKind.MOVED_UP, LetterKind.DECLINED})
TO_MANY = tuple(kind for kind in LetterKind if kind not in ONE_BY_ONE)
GOING = frozenset({MailingState.SENDING, MailingState.STANDING})


def filled(text: str, said: Mapping[str, str]) -> str:
    """The text with its placeholders filled; what nobody knows stays as it stands."""
    return _PLACEHOLDER.sub(lambda found: said.get(found[1], found[0]), text)


def text_faults(subject: Mapping[str, str], body: Mapping[str, str], *, session: bool) -> dict[str, tuple[str, dict[str, str]]]:
    """Field ("subject_de", "body_en", ...) -> code and facts of what is wrong with it. German is needed, English may be missing
    as a whole. session: whether the letter is about one."""
    known = {*PLACEHOLDERS, *(OF_A_SESSION if session else ())}
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for code in ("de", "en"):
        one, text = subject.get(code, ""), body.get(code, "")
        if code == "en" and not one and not text:
            continue
        for name, fault in (
            (f"subject_{code}", _fault(one, LONGEST_SUBJECT, known - {"link"})),
            (f"body_{code}", _fault(text, LONGEST_BODY, known) or _link_fault(text)),
        ):
            if fault is not None:
                found[name] = fault
    return found


def _fault(text: str, longest: int, known: set[str]) -> tuple[str, dict[str, str]] | None:
    if not text.strip():
        return "empty", {}
    if len(text) > longest:
        return "long", {"longest": str(longest)}
    unknown = next((name for name in _PLACEHOLDER.findall(text) if name not in known), None)
    if unknown is not None:
        return "placeholder", {"word": f"{{{unknown}}}"}
    return ("address", {}) if _ADDRESS.search(text) else None


def _link_fault(body: str) -> tuple[str, dict[str, str]] | None:
    count = body.count("{link}")
    return None if count == 1 else ("link", {"count": str(count)})


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a mailing is for: those who match every list that is not empty. only: "unwritten" (no letter of this kind so far),
    "unseen" (never signed in), or None; registered: one of the words that `Someone.registered` may hold, or None."""

    roles: frozenset[Role] = frozenset()
    sessions: frozenset[str] = frozenset()
    initiatives: frozenset[str] = frozenset()
    only: str | None = None
    registered: str | None = None


def audience_from(facts: Mapping[str, object]) -> Audience:
    """Out of `Mailing.audience`; what it cannot know is left out."""

    def texts(name: str) -> list[str]:
        given = facts.get(name)
        return [each for each in given if isinstance(each, str)] if isinstance(given, list) else []

    only, registered = facts.get("only"), facts.get("registered")
    return Audience(
        frozenset(Role(word) for word in texts("roles") if word in set(Role)),
        frozenset(texts("sessions")),
        frozenset(texts("initiatives")),
        only if only in ("unwritten", "unseen") else None,
        registered if isinstance(registered, str) and registered else None,
    )


@dataclass(frozen=True, slots=True)
class Someone:
    """A person as the audience sees them. held: roles with the session's id or None. reachable: has an address that works;
    registered: "waiting" (for a place in the conference, so without a role), "placed:ID" (chose that session and has a place
    in it), "hopes:ID" (waits for one)."""

    id: str
    held: frozenset[tuple[Role, str | None]]
    initiative: str | None
    reachable: bool
    written: bool
    seen: bool
    registered: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Chosen:
    """Ids of those who get the letter, and of those who would if they could be reached."""

    people: list[str]
    unreachable: list[str]


def chosen(audience: Audience, everybody: Iterable[Someone]) -> Chosen:
    people: list[str] = []
    unreachable: list[str] = []
    for someone in everybody:
        if _meant(audience, someone):
            (people if someone.reachable else unreachable).append(someone.id)
    return Chosen(people, unreachable)


def _meant(audience: Audience, someone: Someone) -> bool:
    """Guests gave a name for one session and no address."""
    held = {(role, session) for role, session in someone.held if role is not Role.GUEST}
    if audience.registered is None and not held:
        return False
    if audience.registered is not None and audience.registered not in someone.registered:
        return False
    if audience.roles and not audience.roles & {role for role, _ in held}:
        return False
    if audience.sessions and not audience.sessions & {session for _, session in held}:
        return False
    if audience.initiatives and someone.initiative not in audience.initiatives:
        return False
    return not ((audience.only == "unwritten" and someone.written) or (audience.only == "unseen" and someone.seen))


def due_at(at: datetime | None, minutes: int | None, begins: datetime) -> datetime | None:
    """When a planned mailing is to begin; None: when somebody sends it."""
    return at if minutes is None else begins - timedelta(minutes=minutes)


def too_late(kind: LetterKind, begins: datetime, now: datetime) -> bool:
    """Whether a reminder has lost its point."""
    return kind in REMINDERS and now >= begins + (GRACE if kind is LetterKind.MINUTES_BEFORE else timedelta())


def opens(state: State) -> bool:
    """Whether the personal link of a letter leads anywhere."""
    return state not in (State.CLOSED, State.PURGED)


def pause_after(tries: int) -> timedelta | None:
    """How long to wait after so many tries that failed; None: give up."""
    if tries >= MOST_TRIES:
        return None
    return timedelta(minutes=_PAUSES[min(tries, len(_PAUSES)) - 1])


def uncertain(state: DeliveryState, until: datetime | None, now: datetime) -> bool:
    """Whether nobody knows of a letter that was handed over. until: how long somebody may wait for the reply (real time)."""
    return state is DeliveryState.HANDED and (until is None or until <= now)
