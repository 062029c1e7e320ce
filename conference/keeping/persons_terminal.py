"""One person's data for the command line."""

from __future__ import annotations

from pathlib import Path

from conference.access.store import conference_by_slug
from conference.base import audit
from conference.base.db import Work
from conference.base.errors import NotFound
from conference.keeping.persons_gone import delete_person
from conference.keeping.persons_out import as_text, file_of
from conference.people.model import Person
from conference.people.store import person_in
from conference.web.services import Services


async def data_of(services: Services, slug: str, email: str) -> str:
    """The file as text. Raises NotFound."""
    async with services.db.work() as work:
        person = await _person(work, slug, email)
        language = services.texts[person.language or "de"]
        file = await file_of(work.session, [person], language, made=work.now, own=False)
        audit.record(work, "person data taken", conference_id=person.conference_id, person=person.id)
    return as_text(file)


def write_file(path: Path, text: str) -> None:
    """For nobody else's eyes."""
    path.touch(0o600)
    path.chmod(0o600)  # before anything stands in it
    path.write_text(text, encoding="utf-8")


async def delete_by_email(services: Services, slug: str, email: str, *, from_program: bool) -> None:
    """Raises NotFound, Conflict("last_organiser")."""
    async with services.db.work() as work:
        person = await _person(work, slug, email)
        await delete_person(work, services, person.id, by=None, from_program=from_program)


async def _person(work: Work, slug: str, email: str) -> Person:
    conference = await conference_by_slug(work.session, slug)
    person = await person_in(work.session, conference.id, email)
    if person is None:
        raise NotFound("person")
    return person
