"""What readiness is judged by, what a rule is, and what it finds. Pure values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from conference.access.model import Conference, LegalPage, Page, State
from conference.cards.review.rules import Reviewed
from conference.desk.model import Statement
from conference.forums.check.model import Outcome
from conference.people.model import Person, Role
from conference.program.model import Billing, Session
from conference.registration.model import RegistrationTerms
from conference.web.texts import Language


class Severity(StrEnum):
    """red: to be solved, or waived with a reason, before going live; amber: better solved, and never in the way."""

    RED = "red"
    AMBER = "amber"


class Group(StrEnum):
    """What a rule looks at, in the order of the page."""

    PROGRAM = "program"
    PEOPLE = "people"
    CARDS = "cards"
    PAGES = "pages"
    MACHINE = "machine"
    DAY = "day"


@dataclass(frozen=True)
class Someone:
    """A person with every role held: (role, id of the session, or None for the whole conference), and the last test's outcome."""

    person: Person
    roles: frozenset[tuple[Role, str | None]]
    outcome: Outcome | None = None

    def holds(self, role: Role, session_id: str) -> bool:
        """A role in the whole conference counts in each session."""
        return (role, session_id) in self.roles or (role, None) in self.roles


class Result(StrEnum):
    OK = "ok"
    NOTE = "note"
    FAILED = "failed"


@dataclass(frozen=True)
class Look:
    """One line of what the machine's doctor found. text: an English text with {places}, which the terminal's catalogue knows;
    facts: what stands in the places."""

    result: Result
    text: str
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """One part of the installation: what was found and when (conference time)."""

    at: datetime
    lines: Sequence[Look]

    @property
    def failed(self) -> bool:
        return any(line.result is Result.FAILED for line in self.lines)


@dataclass(frozen=True)
class Capacity:
    """What this machine was measured to bear. discussion: people in one room whose floor is open (cameras and microphones);
    audience: those who watch and listen to one stage; installation: people in all rooms together; at: when."""

    discussion: int
    audience: int
    installation: int
    at: datetime


@dataclass(frozen=True)
class Facts:
    """All that rules may look at, read in at most ten queries (`reading.facts_of`).

    sessions: in the public program, in the order of the day; billings: by session; people: those who do more than attend;
    invited: all but guests; from_lists: some of them came in a table; uncertain_letters: of which nobody knows whether they
    arrived; cards: all initiatives, with or without a card; pages: forms of legal pages that were saved; statements: all;
    checks: by part ("mail", "store", "turn", "media", "clock"), no older than an hour unless it failed; capacity: None where
    nothing was measured; sends_mail, has_turn: the installation is set to; registration: how one registers, None: nobody does;
    chosen: session id -> how many of those who registered chose it first, or have a place in it.
    """

    conference: Conference
    state: State
    now: datetime
    sessions: Sequence[Session] = ()
    billings: Mapping[str, Sequence[Billing]] = field(default_factory=dict)
    people: Sequence[Someone] = ()
    invited: int = 0
    from_lists: bool = False
    uncertain_letters: int = 0
    cards: Sequence[Reviewed] = ()
    pages: Mapping[Page, LegalPage] = field(default_factory=dict)
    statements: Sequence[Statement] = ()
    checks: Mapping[str, Check] = field(default_factory=dict)
    capacity: Capacity | None = None
    sends_mail: bool = True
    has_turn: bool = True
    registration: RegistrationTerms | None = None
    chosen: Mapping[str, int] = field(default_factory=dict)

    @property
    def desk(self) -> str:
        return f"/desk/{self.conference.slug}"

    @property
    def front(self) -> str:
        return f"/{self.conference.slug}"

    def stated(self, key: str, subject: str = "") -> Statement | None:
        """What the organisers stated under `key`."""
        return next((each for each in self.statements if (each.key, each.subject) == (key, subject)), None)


@dataclass(frozen=True)
class Missing:
    """Something that a rule found. sentence: what is missing, in the reader's language; href: where it is mended; subject: id of
    the thing it is about ("" where the rule can find but one), by which it alone is waived; detail: one more sentence."""

    sentence: str
    href: str
    subject: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Rule:
    """key: lower-case words joined by "_", never renamed (waivers name it); find: what is missing, nothing when all is well;
    help: section of the organisers' guide; states: a key of `Statement` that organisers give on the page itself to solve
    it; day: can hardly be mended before people know of the conference, so it turns red only once that is announced."""

    key: str
    severity: Severity
    group: Group
    find: Callable[[Facts, Language], Iterator[Missing]]
    help: str = ""
    states: str = ""
    day: bool = False

    def severity_at(self, state: State) -> Severity:
        return Severity.AMBER if self.day and state is State.DRAFT else self.severity
