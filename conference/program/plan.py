"""What organisers plan for a session: everything about it that a form can change, as a value. Pure.

`Plan` is what a session's row and its draft both say; `plan_to_json` is how drafts and published versions keep it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from conference.base.words import Words
from conference.program.model import Billing, Floor, Kind, Place, Round, Session


@dataclass(frozen=True)
class Named:
    """Somebody who is named for a session, as `Billing` has it. person_id: who that is, where somebody was invited."""

    name: str
    role: str
    title: Words
    affiliation: Words
    person_id: str | None = None
    origin: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Plan:
    """A session as planned; fields as columns of `Session`. hidden: it is not to be in the program. rounds: (starts, ends)."""

    slug: str
    kind: Kind
    number: int | None
    title: Words
    question: Words
    summary: Words
    starts: datetime
    ends: datetime
    floor: Floor
    place: Place
    where: Words
    guests: bool = False
    position: int = 0
    room: str | None = None
    places: int | None = None
    hidden: bool = False
    rounds: tuple[tuple[datetime, datetime], ...] = ()
    people: tuple[Named, ...] = ()
    origin: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Planned:
    """A session's row, what it says to readers, and what is planned for it. The two differ until it is published."""

    session: Session
    public: Plan
    plan: Plan

    @property
    def drafted(self) -> bool:
        return self.plan != self.public


_COLUMNS = tuple(field.name for field in dataclasses.fields(Plan) if field.name not in ("hidden", "rounds", "people"))
_BILLED = tuple(field.name for field in dataclasses.fields(Named))


def plan_of(session: Session, rounds: Sequence[Round], billing: Sequence[Billing]) -> Plan:
    """What the row says to readers."""
    return Plan(
        **{name: getattr(session, name) for name in _COLUMNS},
        hidden=session.hidden is not None,
        rounds=tuple((row.starts, row.ends) for row in rounds),
        people=tuple(Named(**{name: getattr(row, name) for name in _BILLED}) for row in billing),
    )


def facts_of(plan: Plan) -> dict[str, Any]:
    """The columns of Session that `actions.put_session` takes."""
    return {name: getattr(plan, name) for name in _COLUMNS} | {"hidden": plan.hidden}


def billing_of(plan: Plan) -> list[dict[str, Any]]:
    """The columns of Billing that `actions.put_session` takes."""
    return [{name: getattr(named, name) for name in _BILLED} for named in plan.people]


def plan_to_json(plan: Plan) -> dict[str, Any]:
    """With instants as ISO 8601 in UTC."""
    facts = {name: _plain(getattr(plan, name)) for name in _COLUMNS}
    rounds = [[_plain(starts), _plain(ends)] for starts, ends in plan.rounds]
    return facts | {"hidden": plan.hidden, "rounds": rounds, "people": billing_of(plan)}


def plan_from_json(facts: Mapping[str, Any]) -> Plan:
    """The way back."""
    values: dict[str, Any] = {name: facts[name] for name in _COLUMNS}
    values |= {name: datetime.fromisoformat(facts[name]) for name in ("starts", "ends")}
    values |= {"kind": Kind(facts["kind"]), "floor": Floor(facts["floor"]), "place": Place(facts["place"])}
    return Plan(
        **values,
        hidden=facts["hidden"],
        rounds=tuple((datetime.fromisoformat(starts), datetime.fromisoformat(ends)) for starts, ends in facts["rounds"]),
        people=tuple(Named(**named) for named in facts["people"]),
    )


def public_json(plan: Plan) -> dict[str, Any]:
    """What a published version keeps of it: nothing that points at a person or came along from elsewhere."""
    facts = {name: value for name, value in plan_to_json(plan).items() if name not in ("hidden", "origin")}
    people = [{name: value for name, value in one.items() if name not in ("person_id", "origin")} for one in facts["people"]]
    return facts | {"people": people}


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
