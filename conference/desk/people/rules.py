"""A table of people, read: what each row says, and what is wrong with it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from conference.base.errors import Invalid
from conference.base.letters import deliverable
from conference.base.tables import fused
from conference.base.words import LANGUAGES
from conference.initiatives.model import LAENDER
from conference.people.actions import clean_name
from conference.people.model import Role
from conference.people.store import normal_email

MOST_ROWS = 10_000
LONGEST_ORGANISATION = 160
COLUMNS = {
    "name": ("name", "vor- und nachname", "vollständiger name", "full name"),
    "first": ("vorname", "first name", "given name"),
    "last": ("nachname", "familienname", "last name", "surname", "family name"),
    "email": ("email", "e-mail", "mail", "e-mail-adresse", "emailadresse", "mailadresse", "e-mail address", "email address"),
    "initiative": ("initiative", "organisation", "institution", "einrichtung", "organization"),
    "land": ("land", "bundesland", "state"),
    "roles": ("roles", "rolle", "rollen", "role"),
    "language": ("language", "sprache"),
}
ROLES = {
    **{role.value: role for role in Role if role is not Role.GUEST},
    "organisation": Role.ORGANISER, "veranstaltung": Role.ORGANISER, "moderation": Role.MODERATOR,
    "vortrag": Role.SPEAKER, "impuls": Role.SPEAKER, "referent": Role.SPEAKER, "referentin": Role.SPEAKER,
    "dolmetschen": Role.INTERPRETER, "untertitel": Role.CAPTIONER, "protokoll": Role.NOTE_TAKER,
    # as pages and our own tables call them
    "beitrag": Role.SPEAKER, "gebärdensprachdolmetschung": Role.INTERPRETER, "sign language interpreting": Role.INTERPRETER,
    "schriftdolmetschung": Role.CAPTIONER, "live captions": Role.CAPTIONER, "minutes": Role.NOTE_TAKER,
    "technische leitung": Role.TECHNICAL_DIRECTOR, "technical direction": Role.TECHNICAL_DIRECTOR, "approval": Role.APPROVER,
    "technik": Role.TECHNICAL_DIRECTOR, "freigabe": Role.APPROVER, "teilnahme": Role.ATTENDEE, "teilnehmend": Role.ATTENDEE,
    # as lists of people call whoever has it; "Moderator/in", "Moderator*in" and "Moderator:in" are the second of each
    "moderatorin": Role.MODERATOR, "sprecher": Role.SPEAKER, "sprecherin": Role.SPEAKER, "teilnehmer": Role.ATTENDEE,
    "teilnehmerin": Role.ATTENDEE,
}  # fmt: skip
_LAENDER = {word.casefold(): code for code, word in LAENDER.items()} | {code.casefold(): code for code in LAENDER} | {"nrw": "NW"}
_LANGUAGES = {"deutsch": "de", "german": "de", "englisch": "en", "english": "en", **{code: code for code in LANGUAGES}}
_ENDING = re.compile(r"(?<=\w)[*/:_]in(?![\w-])")  # of "Moderator*in"


@dataclass(frozen=True)
class Fault:
    """What is wrong in a line (as the table counts, its head is 1). code: a key of `plain`; value: what stands there."""

    line: int
    code: str
    value: str = ""

    def plain(self) -> str:
        """For the terminal."""
        return f"line {self.line}: {PLAIN[self.code].format(value=self.value)}"


PLAIN = {
    "empty": "the table is empty",
    "column": "there is no column {value}",
    "name": "the name is missing or longer than 120 characters",
    "email": "“{value}” is no address",
    "land": f"“{{value}}” is no Land; {', '.join(LAENDER)} are known",
    "language": f"“{{value}}” is no language; {', '.join(LANGUAGES)} are known",
    "role": f"“{{value}}” is no role; {', '.join(role.value for role in Role if role is not Role.GUEST)} are known",
    "session": "there is no session “{value}”",
    "initiative": "there is no initiative “{value}” in this conference",
    "organisation": "the organisation is longer than 160 characters",
    "address_taken": "this address stands in line {value} already, with another name",
}


@dataclass(frozen=True)
class Row:
    """One person of the table. initiative: slug of one that takes part, or None; organisation: as typed where there is none.
    roles: (role, session slug or None), empty where the table names none; language: "de", "en" or None."""

    line: int
    name: str
    email: str
    initiative: str | None = None
    organisation: str | None = None
    land: str = ""
    language: str | None = None
    roles: tuple[tuple[Role, str | None], ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "roles": [[role.value, session] for role, session in self.roles]}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Row:
        return cls(**{**value, "roles": tuple((Role(role), session) for role, session in value["roles"])})


@dataclass
class People:
    """merged: lines that said more of somebody whom a line above has brought."""

    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    merged: int = 0


def read_people(table: Sequence[Sequence[str]], sessions: Iterable[str], initiatives: Mapping[str, str]) -> People:
    """The people of the table; a row with any fault is none of them. sessions: slugs; initiatives: slug -> name.

    Two lines with one address and one name are one person with what both say.
    """
    people = People()
    if not table:
        people.faults.append(Fault(1, "empty"))
        return people
    place = _places(table[0])
    if place["first"] is None or place["last"] is None:
        missing = [name for name in ("name", "email") if place[name] is None]
    else:
        missing = [] if place["email"] is not None else ["email"]
    if missing:
        people.faults += [Fault(1, "column", name) for name in missing]
        return people
    known = _Known(frozenset(sessions), _by_word(initiatives))
    found: dict[str, Row] = {}
    for line, cells in enumerate(table[1:], 2):
        if not any(cells):
            continue
        value = {name: fused(cells[at]) if at is not None and at < len(cells) else "" for name, at in place.items()}
        faults, row = _row(line, value, known)
        if not faults and row is not None and (before := found.get(row.email)) is not None:
            if before.name.casefold() != row.name.casefold():
                faults.append(Fault(line, "address_taken", str(before.line)))
            else:
                found[row.email] = _both(before, row)
                people.merged += 1
        elif not faults and row is not None:
            found[row.email] = row
        people.faults += faults
    people.rows = list(found.values())
    return people


@dataclass(frozen=True)
class _Known:
    sessions: frozenset[str]
    initiatives: Mapping[str, str]  # slug or name, case-folded -> slug


def _by_word(initiatives: Mapping[str, str]) -> dict[str, str]:
    return {word.casefold(): slug for slug, name in initiatives.items() for word in (name, slug)}


def _places(head: Sequence[str]) -> dict[str, int | None]:
    columns = {_plain(cell): index for index, cell in reversed(list(enumerate(head)))}
    return {
        name: next((columns[_plain(word)] for word in words if _plain(word) in columns), None) for name, words in COLUMNS.items()
    }


def _plain(head: str) -> str:
    """Letters and digits only: "E-Mail-Adresse", "E-Mail Adresse:" and "E-Mail-Adresse*" are one column."""
    return "".join(letter for letter in head.casefold() if letter.isalnum())


def _row(line: int, value: Mapping[str, str], known: _Known) -> tuple[list[Fault], Row | None]:
    faults: list[Fault] = []
    name = value["name"] or f"{value['first']} {value['last']}"
    try:
        name = clean_name(name)
    except Invalid:
        faults.append(Fault(line, "name"))
    email = normal_email(value["email"])
    if not deliverable(email):
        faults.append(Fault(line, "email", value["email"][:100]))
    land = land_of(value["land"])
    if land is None:
        faults.append(Fault(line, "land", value["land"][:60]))
    language = _LANGUAGES.get(value["language"].casefold())
    if value["language"] and language is None:
        faults.append(Fault(line, "language", value["language"][:60]))
    organisation = " ".join(value["initiative"].split())
    initiative = known.initiatives.get(organisation.casefold())
    if len(organisation) > LONGEST_ORGANISATION:
        faults.append(Fault(line, "organisation"))
    roles, wrong = _roles(line, value["roles"], known.sessions)
    faults += wrong
    if faults:
        return faults, None
    typed = organisation if organisation and initiative is None else None
    return [], Row(line, name, email, initiative, typed, land or "", language, roles)


def _roles(line: int, text: str, sessions: frozenset[str]) -> tuple[tuple[tuple[Role, str | None], ...], list[Fault]]:
    roles: list[tuple[Role, str | None]] = []
    faults: list[Fault] = []
    for part in (part.strip() for part in re.split(r"[,;\n]", text)):
        word, _, session = (piece.strip() for piece in _ENDING.sub("in", part).partition(":"))
        slug = "-".join(session.casefold().split())
        role = ROLES.get(word.casefold())
        if part and role is None:
            faults.append(Fault(line, "role", word[:60]))
        elif slug and slug not in sessions:
            faults.append(Fault(line, "session", session[:60]))
        elif role is not None and (role, slug or None) not in roles:
            roles.append((role, slug or None))
    return tuple(roles), faults


def _both(first: Row, second: Row) -> Row:
    """What two lines say of one person; the first counts where they differ."""
    return replace(
        first,
        initiative=first.initiative or (second.initiative if first.organisation is None else None),
        organisation=first.organisation or (second.organisation if first.initiative is None else None),
        land=first.land or second.land,
        language=first.language or second.language,
        roles=tuple(dict.fromkeys((*first.roles, *second.roles))),
    )


def land_of(text: str) -> str | None:
    """The code of a Land that is written as a code, with or without "DE-", or as a name; "" for nothing, None for no Land."""
    word = " ".join(text.split()).casefold().removeprefix("de-")
    return _LAENDER.get(word) if word else ""


def new_initiatives(rows: Iterable[Row]) -> dict[str, tuple[str, str]]:
    """What stands as organisation and is no initiative of the conference: case-folded name -> (name, Land or "")."""
    found: dict[str, tuple[str, str]] = {}
    for row in rows:
        if row.organisation:
            name, land = found.get(row.organisation.casefold(), (row.organisation, ""))
            found[row.organisation.casefold()] = (name, land or row.land)
    return found


_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def slug_from(name: str) -> str:
    """A word for addresses, at most 60 characters; "initiative" where nothing of the name can stand in one."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower().translate(_UMLAUTS)).strip("-")[:60].strip("-") or "initiative"
