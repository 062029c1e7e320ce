"""People in and out of files for the command line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from conference.access.store import conference_by_slug
from conference.base.errors import Invalid
from conference.base.tables import read_table, write_table
from conference.desk.people.rules import MOST_ROWS, Fault, People, read_people
from conference.desk.people.store import initiative_names, session_ids
from conference.desk.people.taking import issue_links, take_over
from conference.web.services import Services


async def check_people(services: Services, slug: str, path: Path) -> People:
    """The dry run: what would be read, and every fault. Raises NotFound, Invalid."""
    async with services.db.read() as session:
        conference = await conference_by_slug(session, slug)
        sessions = await session_ids(session, conference.id)
        initiatives = dict((await initiative_names(session, conference.id)).values())
    people = read_people(_cells(path), sessions, initiatives)
    people.faults += [Fault(row.line, "initiative", row.organisation) for row in people.rows if row.organisation]
    people.faults.sort(key=lambda fault: fault.line)
    return people


def _cells(path: Path) -> list[list[str]]:
    try:
        return read_table(path.read_bytes(), most_rows=MOST_ROWS + 1)
    except (OSError, Invalid) as error:
        raise Invalid("people_file", faults=[f"{path}: cannot be read as a table ({error})"]) from None


async def import_people(services: Services, slug: str, people: People, *, links: bool) -> list[dict[str, str]]:
    """Put all rows in, in one unit of work. Returns for each person name, email and (with `links`) a fresh link.

    Raises Invalid when there are faults: on the command line a table is taken as a whole or not at all.
    """
    if people.faults:
        raise Invalid("people_file", faults=[fault.plain() for fault in people.faults])
    async with services.db.work() as work:
        conference = await conference_by_slug(work.session, slug)
        taken = await take_over(work, services, conference.id, people.rows, by=None)
        merged = [{"name": name, "email": email} for _, name, email in taken.people]
        if links:
            addresses = await issue_links(work, services, [person_id for person_id, _, _ in taken.people])
            merged = [{**entry, "link": link} for entry, link in zip(merged, addresses, strict=True)]
    return merged


def write_links(path: Path, merged: Sequence[dict[str, str]]) -> None:
    """The table for a mail merge."""
    path.touch(0o600)
    path.chmod(0o600)  # before anything stands in it: each link is a key
    names = ("name", "email", "link")
    text = write_table(names, [[entry[name] for name in names] for entry in merged])
    path.write_text(text, encoding="utf-8", newline="")
