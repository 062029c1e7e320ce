"""A table of people (CSV or XLSX) read in: dry run first, faults row by row; links out as a table for a mail merge."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from conference.access.model import Conference
from conference.access.store import conference_by_slug
from conference.base import audit
from conference.base.errors import Invalid
from conference.initiatives.model import LAENDER
from conference.initiatives.store import initiatives_in
from conference.people.actions import clean_name, issue_link, put_person, tell_roles
from conference.people.model import Role
from conference.people.store import normal_email
from conference.program.store import sessions_of
from conference.web.services import Services

MOST_ROWS = 10_000
COLUMNS = {
    "name": ("name",),
    "email": ("email", "e-mail", "mail", "e-mail-adresse"),
    "initiative": ("initiative", "organisation"),
    "land": ("land", "bundesland"),
    "roles": ("roles", "rolle", "rollen", "role"),
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Row:
    """One person of the table. roles: (role, session slug or None); initiative: slug or None. line: as the table counts."""

    line: int
    name: str
    email: str
    initiative: str | None
    land: str
    roles: tuple[tuple[Role, str | None], ...]


@dataclass
class People:
    rows: list[Row] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def read_table(path: Path) -> list[list[str]]:
    """Cells of the first sheet. Raises Invalid("people_file") for what is no table."""
    try:
        data = path.read_bytes()
        if path.suffix.lower() == ".xlsx":  # from memory: the library keeps a file open that it is given by its name
            sheet = load_workbook(io.BytesIO(data), read_only=True, data_only=True).worksheets[0]
            return [["" if cell is None else str(cell).strip() for cell in row] for row in sheet.iter_rows(values_only=True)]
    except (OSError, KeyError, ValueError, IndexError) as error:
        raise Invalid("people_file", faults=[f"{path}: cannot be read as a table ({error})"]) from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")  # what German spreadsheets save as "CSV"
    first = text.partition("\n")[0]
    separator = max(";,\t", key=first.count)
    return [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=separator)]


def read_people(table: Sequence[Sequence[str]], sessions: Iterable[str], initiatives: Iterable[str]) -> People:
    """Pure. Every fault of every row is named with its line; rows without faults are usable."""
    people = People()
    if not table:
        people.faults.append("line 1: the table is empty")
        return people
    columns = {cell.strip().lower(): index for index, cell in enumerate(table[0])}
    place = {name: next((columns[word] for word in words if word in columns), None) for name, words in COLUMNS.items()}
    for name in ("name", "email"):
        if place[name] is None:
            people.faults.append(f"line 1: there is no column {name}")
    if people.faults:
        return people
    if len(table) > MOST_ROWS + 1:
        people.faults.append(f"line {MOST_ROWS + 2}: more than {MOST_ROWS} people")
        return people
    known_sessions, known_initiatives, seen = set(sessions), set(initiatives), dict[str, int]()
    for line, cells in enumerate(table[1:], 2):
        if not any(cells):
            continue
        value = {name: cells[index] if index is not None and index < len(cells) else "" for name, index in place.items()}
        faults, row = _row(line, value, known_sessions, known_initiatives)
        if row is not None and (other := seen.setdefault(row.email, line)) != line:
            faults.append(f"{row.email} is in line {other} already")
        people.faults += [f"line {line}: {fault}" for fault in faults]
        if row is not None and not faults:
            people.rows.append(row)
    return people


def _row(line: int, value: dict[str, str], sessions: set[str], initiatives: set[str]) -> tuple[list[str], Row | None]:
    faults: list[str] = []
    name, email = value["name"], normal_email(value["email"])
    try:
        name = clean_name(name)
    except Invalid:
        faults.append("the name is missing or longer than 120 characters")
    if "@" not in email or len(email) > 254 or any(c.isspace() for c in email):
        faults.append(f"“{value['email']}” is no address")
    land = value["land"]
    if land and land not in LAENDER:
        land = next((code for code, word in LAENDER.items() if word.lower() == land.lower()), "")
        if not land:
            faults.append(f"“{value['land']}” is no Land; {', '.join(LAENDER)} are known")
    if value["initiative"] and value["initiative"] not in initiatives:
        faults.append(f"there is no initiative “{value['initiative']}” in this conference")
    roles = []
    for word in (part.strip() for part in value["roles"].replace(";", ",").split(",")):
        if not word:
            continue
        role, _, session = word.partition(":")
        if role not in {each.value for each in Role}:
            faults.append(f"“{role}” is no role; {', '.join(each.value for each in Role)} are known")
        elif session and session not in sessions:
            faults.append(f"there is no session “{session}”")
        else:
            roles.append((Role(role), session or None))
    if faults:
        return faults, None
    return [], Row(line, name, email, value["initiative"] or None, land, tuple(roles) or ((Role.ATTENDEE, None),))


async def check_people(services: Services, slug: str, path: Path) -> People:
    """The dry run: what would be read, and every fault. Raises NotFound, Invalid."""
    async with services.db.read() as session:
        conference = await conference_by_slug(session, slug)
        sessions = [each.slug for each in await sessions_of(session, conference.id)]
        initiatives = [each.slug for each in await initiatives_in(session, conference.id)]
    return read_people(read_table(path), sessions, initiatives)


async def import_people(services: Services, slug: str, people: People, *, links: bool) -> list[dict[str, str]]:
    """Put all rows in, in one unit of work. Returns for each person name, email and (with `links`) a fresh link.

    Raises Invalid when there are faults: a table is taken as a whole or not at all.
    """
    if people.faults:
        raise Invalid("people_file", faults=people.faults)
    merged = []
    async with services.db.work() as work:
        conference: Conference = await conference_by_slug(work.session, slug)
        sessions = {each.slug: each.id for each in await sessions_of(work.session, conference.id)}
        initiatives = {each.slug: each.id for each in await initiatives_in(work.session, conference.id)}
        for row in people.rows:
            person = await put_person(
                work,
                services.ids,
                conference_id=conference.id,
                name=row.name,
                email=row.email,
                roles=[(role, sessions[session] if session else None) for role, session in row.roles],
                initiative_id=initiatives[row.initiative] if row.initiative else None,
                land=row.land,
            )
            entry = {"name": person.name, "email": person.email}
            if links:
                secret = await issue_link(work, services.ids, person.id)
                entry["link"] = f"{services.settings.base_url}/sign-in/{secret}"
            merged.append(entry)
        tell_roles(work, services.outbox, conference.id)
        audit.record(work, "people imported", conference_id=conference.id, people=len(merged))
    return merged


def write_links(path: Path, merged: Sequence[dict[str, Any]]) -> None:
    """The table for a mail merge: UTF-8 with BOM and semicolons, as German spreadsheets open it; formulas defused."""
    path.touch(0o600)
    path.chmod(0o600)  # before anything stands in it: each link is a key
    with path.open("w", newline="", encoding="utf-8-sig") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(["name", "email", "link"])
        writer.writerows([defused(entry[name]) for name in ("name", "email", "link")] for entry in merged)


def defused(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return "'" + cell if cell.startswith(_FORMULA) else cell
