"""The conference file: one YAML document (or a folder or zip with its PDFs and videos) that holds a whole conference.

Pure: text in, facts out, and back. Faults name the place in the file and say in plain words what is wrong. Parts that
belong to one feature are read by that feature's own `file` module.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import AfterValidator, Field, model_validator

from conference.access.rules import Times, order_faults
from conference.base.errors import Invalid
from conference.cards.file import InitiativeEntry, initiatives_from
from conference.cards.review.file import TermsFacts, terms_from
from conference.forums.slides.file import PieceFacts, pieces_from
from conference.initiatives.file import Entry, FullText, Land, Line, RelativePath, Slug, Text, WebAddress, read_entry, unlike
from conference.mailing.file import LetterFacts, letters_from
from conference.people.model import Role
from conference.program.model import Floor, Kind, Place
from conference.program.rules import FARTHEST_YEARS, is_near
from conference.registration.file import RegistrationFacts, registration_from
from conference.results.file import ReportFacts, SessionResults, report_from, session_results_from
from conference.results.setting.file import LookFacts, look_from
from conference.survey.file import SurveyFacts, survey_from

Dated = TypeVar("Dated", TermsFacts, RegistrationFacts)

FORMAT = 1
MOST_REPEATED = 256 * 1024
LARGEST_ORIGIN = 64 * 1024
"""What a session and its people may have brought along from another program, in bytes of JSON."""
RESERVED = frozenset(
    {"static", "live", "objects", "sign-in", "sign-out", "language", "me", "desk", "new", "help", "network", "demo", "healthz",
     "readyz", "metrics", "favicon.ico", "robots.txt"}
)  # fmt: skip

RESERVED_FOR_CARDS = frozenset({"terms", "reminder", "withdraw"})


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("must be a time zone such as Europe/Berlin")
    return value


def _slug(value: str) -> str:
    if value in RESERVED:
        raise ValueError(f"{value} is a word that addresses of the platform itself need")
    return value


class HostFacts(Entry):
    """logo: where the picture lies beside the file; logo_alt: what it shows."""

    name: FullText
    short: Line = ""
    url: WebAddress | None = None
    logo: RelativePath | None = None
    logo_alt: Text = Field(default_factory=dict)

    @model_validator(mode="after")
    def _told(self) -> HostFacts:
        if self.logo is not None and not self.logo_alt.get("de"):
            raise ValueError("logo_alt.de: must say what the logo shows")
        return self


class ContactFacts(Entry):
    name: FullText
    email: Line = ""
    phone: Line = ""


class TimesFacts(Entry):
    """Wall times in the conference's zone; a bare date means the end of that day."""

    announced: datetime | date | None = None
    doors: datetime | date
    live: datetime | date
    archive: datetime | date
    closes: datetime | date
    purge: datetime | date


class ConferenceFacts(Entry):
    slug: Annotated[Slug, AfterValidator(_slug)]
    title: FullText
    motto: Text = Field(default_factory=dict)
    purpose: Text = Field(default_factory=dict)
    zone: Annotated[str, AfterValidator(_zone)]
    place: Text = Field(default_factory=dict)
    people_expected: Text = Field(default_factory=dict)
    hosts: list[HostFacts] = Field(default_factory=list)
    contact: ContactFacts
    times: TimesFacts


class RoundFacts(Entry):
    starts: datetime
    ends: datetime


def _length(origin: Mapping[str, Any] | None) -> int:
    return len(json.dumps(origin, ensure_ascii=False, allow_nan=False).encode()) if origin else 0


def _origin(value: dict[str, Any]) -> dict[str, Any]:
    try:
        _length(value)
    except (TypeError, ValueError, RecursionError):
        raise ValueError("must be what JSON can hold: texts, numbers, lists and the like") from None
    return value


Origin = Annotated[dict[str, Any], AfterValidator(_origin)]


class NamedFacts(Entry):
    name: Line
    role: Literal["speaker", "impulse", "moderator", "greeting", "panel", "host"]
    title: Text = Field(default_factory=dict)
    affiliation: Text = Field(default_factory=dict)
    origin: Origin | None = None


class SessionFacts(Entry):
    slug: Slug
    kind: Kind
    number: Annotated[int, Field(ge=1, le=99)] | None = None
    title: FullText
    question: Text = Field(default_factory=dict)
    summary: Text = Field(default_factory=dict)
    starts: datetime
    ends: datetime
    floor: Floor
    place: Place
    where: Text = Field(default_factory=dict)
    guests: bool = False
    room: Line | None = None
    places: Annotated[int, Field(ge=1, le=100_000)] | None = None
    hidden: bool = False
    origin: Origin | None = None
    rounds: list[RoundFacts] = Field(default_factory=list)
    people: list[NamedFacts] = Field(default_factory=list)


class OptionalText(Entry):
    """A text, or the recorded reason why there is none."""

    text: Text | None = None
    reason: Text | None = None


class LegalFacts(Entry):
    """A page that the file does not name stays as it is; one that it names with nothing is emptied."""

    imprint: Text = Field(default_factory=dict)
    privacy: Text = Field(default_factory=dict)
    accessibility: Text = Field(default_factory=dict)
    notice: Text = Field(default_factory=dict)
    easy: OptionalText = OptionalText()
    signed: OptionalText = OptionalText()

    def named(self) -> dict[str, Any]:
        """The pages that the file speaks of."""
        return {page: text for page, text in self.model_dump().items() if page in self.model_fields_set}


class RoleFacts(Entry):
    role: Role
    session: Slug | None = None


class DemoPerson(Entry):
    name: Line
    email: Line
    initiative: Slug | None = None
    land: Land | None = None
    roles: list[RoleFacts]
    key: str | None = None
    simulated: bool = False
    forum: Slug | None = None


class DemoStream(Entry):
    session: Slug
    person: Line
    clip: Line
    captions: Line = ""


class DemoFinding(Entry):
    session: Slug
    heading: Slug
    text: Line


class DemoFacts(Entry):
    people: list[DemoPerson] = Field(default_factory=list)
    streams: list[DemoStream] = Field(default_factory=list)
    findings: list[DemoFinding] = Field(default_factory=list)


@dataclass(frozen=True)
class ConferenceFile:
    """legal, initiatives, card_terms, report, look, registration, survey: None where the file says nothing of them; they stay."""

    conference: ConferenceFacts
    times: Times
    legal: LegalFacts | None
    sessions: list[tuple[SessionFacts, SessionResults]]
    initiatives: list[InitiativeEntry] | None
    card_terms: TermsFacts | None
    report: ReportFacts | None
    look: LookFacts | None
    letters: list[LetterFacts]
    registration: RegistrationFacts | None
    survey: SurveyFacts | None
    demo: DemoFacts
    slides: dict[str, list[PieceFacts]]  # slug of a session that names decks and clips -> these


class _Loader(yaml.SafeLoader):
    """Aliases only as dumpers write them for what stands there twice: all of them together may repeat MOST_REPEATED characters.
    A few lines of aliases to aliases would stand for more than a machine can hold."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._taken = self._repeated = 0  # characters and nodes, written out
        self._sizes: dict[str, int] = {}

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            size = self._sizes.get(str(event.anchor), MOST_REPEATED + 1)  # of itself: without end
            self._taken, self._repeated = self._taken + size, self._repeated + size
            if self._repeated > MOST_REPEATED:
                mark: Any = event.start_mark
                problem = "too much is repeated by aliases (*), please write it out"
                raise yaml.composer.ComposerError(None, None, problem, mark)
            return super().compose_node(parent, index)
        before = self._taken
        node = super().compose_node(parent, index)
        self._taken += 1 + (len(node.value) if isinstance(node, yaml.ScalarNode) else 0)
        if event.anchor is not None:
            self._sizes[event.anchor] = self._taken - before
        return node


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def read_conference_file(text: str) -> ConferenceFile:
    """Raises Invalid("conference_file", faults=[one sentence each]); nothing of a faulty file is used."""
    try:
        raw = yaml.load(text, _Loader)  # noqa: S506  a SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}" if mark else "the file"
        raise _faulty(f"{place}: this is not YAML: {getattr(error, 'problem', '') or 'unreadable'}") from None
    except RecursionError:
        raise _faulty("the file: this is not YAML: it is nested too deeply") from None
    if not isinstance(raw, dict) or raw.get("meetingpoint") != FORMAT:
        raise _faulty(f"meetingpoint: must be {FORMAT}, the version of the format")
    known = {
        "meetingpoint", "conference", "sessions", "initiatives", "card_terms", "report", "look", "letters", "registration",
        "survey", "legal", "demo",
    }  # fmt: skip
    if unknown := sorted(set(map(str, raw)) - known):
        raise _faulty(f"{unknown[0]}: is not known; there are {', '.join(sorted(known))}")
    conference = read_entry(ConferenceFacts, raw.get("conference"), "conference")
    times = _times(conference)
    return ConferenceFile(
        conference,
        times,
        None if raw.get("legal") is None else read_entry(LegalFacts, raw["legal"], "legal"),
        _sessions(raw.get("sessions") or [], conference.zone, times.live),
        _initiatives(raw.get("initiatives")),
        _dated(terms_from(raw.get("card_terms")), conference.zone, "card_terms"),
        report_from(raw.get("report")),
        look_from(raw.get("look")),
        letters_from(raw.get("letters")),
        _dated(registration_from(raw.get("registration")), conference.zone, "registration"),
        survey_from(raw.get("survey")),
        read_entry(DemoFacts, raw.get("demo") or {}, "demo"),
        _slides(raw.get("sessions") or []),
    )


def _faulty(*faults: str) -> Invalid:
    return Invalid("conference_file", faults=list(faults))


def _initiatives(raw: Any) -> list[InitiativeEntry] | None:
    """An empty list says that none takes part, nothing at all leaves them as they are."""
    if raw is None:
        return None
    initiatives = initiatives_from(raw)
    for index, entry in enumerate(initiatives):
        if entry.slug in RESERVED_FOR_CARDS:
            raise _faulty(f"initiatives[{index}].slug: {entry.slug} is a word that addresses of the platform itself need")
    return initiatives


def _dated(facts: Dated | None, zone_name: str, where: str) -> Dated | None:
    """With `until` as an instant."""
    if facts is None:
        return None
    return facts.model_copy(update={"until": _instant(facts.until, ZoneInfo(zone_name), f"{where}.until")})


def _times(facts: ConferenceFacts) -> Times:
    zone = ZoneInfo(facts.zone)
    names = ("announced", "doors", "live", "archive", "closes", "purge")
    times = Times(**{name: _instant(getattr(facts.times, name), zone, f"conference.times.{name}") for name in names})
    if wrong := order_faults(times):
        raise _faulty(*(f"conference.times: {earlier} must not be after {later}" for earlier, later in wrong))
    return times


def _instant(value: datetime | date | None, zone: ZoneInfo, where: str) -> Any:
    """An instant in UTC. Raises Invalid for a wall time that the zone skips (the night when summer time begins)."""
    if value is None:
        return None
    if not isinstance(value, datetime):  # a day: until its end
        value = datetime.combine(value + timedelta(days=1), time())
    if value.tzinfo is not None:
        return value.astimezone(UTC)
    instant = value.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != value:
        raise _faulty(f"{where}: {value:%d.%m.%Y %H:%M} does not exist in {zone.key}: the clocks go forward over it")
    return instant


def _sessions(raw: Any, zone_name: str, live: datetime) -> list[tuple[SessionFacts, SessionResults]]:
    if not isinstance(raw, list):
        raise _faulty("sessions: must be a list")
    zone = ZoneInfo(zone_name)
    read = []
    for index, entry in enumerate(raw):
        where = f"sessions[{index}]"
        if not isinstance(entry, dict):
            raise _faulty(f"{where}: must have keys such as slug and title")
        own = {key: value for key, value in entry.items() if key not in ("findings", "results", "sheet", "slides")}
        facts: SessionFacts = read_entry(SessionFacts, own, where)
        rounds = [
            RoundFacts(starts=_instant(r.starts, zone, f"{where}.rounds"), ends=_instant(r.ends, zone, f"{where}.rounds"))
            for r in facts.rounds
        ]
        facts = facts.model_copy(
            update={
                "starts": _instant(facts.starts, zone, f"{where}.starts"),
                "ends": _instant(facts.ends, zone, f"{where}.ends"),
                "rounds": rounds,
            }
        )
        if sum(map(_length, [facts.origin, *(named.origin for named in facts.people)])) > LARGEST_ORIGIN:
            raise _faulty(f"{where}.origin: is larger than {LARGEST_ORIGIN // 1024} KB")
        if facts.ends <= facts.starts:
            raise _faulty(f"{where}.ends: must be after starts")
        if not is_near(facts.starts, live):
            raise _faulty(f"{where}.starts: must lie within {FARTHEST_YEARS} years of conference.times.live")
        for number, each in enumerate(rounds, 1):
            if not facts.starts <= each.starts < each.ends <= facts.ends:
                raise _faulty(f"{where}.rounds[{number - 1}]: must lie within the session")
        read.append((facts, session_results_from(entry, where)))
    unlike([facts for facts, _ in read], "slug", "sessions")
    return read


def _slides(sessions: list[dict[str, Any]]) -> dict[str, list[PieceFacts]]:
    """Of the sessions that name any, if only none: others keep theirs."""
    named = [(index, entry) for index, entry in enumerate(sessions) if entry.get("slides") is not None]
    return {entry["slug"]: pieces_from(entry["slides"], f"sessions[{index}].slides") for index, entry in named}


def wall_time(instant: datetime | None, zone: ZoneInfo, *, end_of_day: bool = False) -> datetime | date | None:
    """The way back: a wall time, or a date where the instant is the end of that day."""
    if instant is None:
        return None
    local = instant.astimezone(zone).replace(tzinfo=None)
    if end_of_day and local.time() == time():
        return local.date() - timedelta(days=1)
    return local


def write_conference_file(document: Mapping[str, Any]) -> str:
    """YAML as people would write it: order kept, umlauts readable."""
    text: str = yaml.dump(dict(document), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)
    return text
