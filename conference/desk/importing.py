"""Reading a whole conference in. Doing it again with the same file changes nothing; a changed file brings up to date."""

from __future__ import annotations

import asyncio
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlmodel import select

from conference.access.model import Conference
from conference.base import audit
from conference.base.db import Work
from conference.base.editions import next_edition
from conference.base.errors import Invalid
from conference.base.logos import kind_of_logo
from conference.cards.actions import import_initiatives
from conference.cards.model import FileRole
from conference.cards.review.terms import Wanted, set_terms
from conference.cards.rules import LARGEST as LARGEST_CARD
from conference.desk.conference_file import ConferenceFile, LegalFacts, SessionFacts, read_conference_file
from conference.desk.creating.beside import Archive, Folder, Read
from conference.desk.creating.onto import Onto, drop_drafts, hold
from conference.desk.settings.logos import brought_hosts, drop_logos, forget_logos, keys_of
from conference.forums.slides.importing import import_pieces
from conference.forums.slides.rules import LARGEST_CLIP
from conference.mailing.file import import_letters
from conference.program.actions import put_session, tell_program
from conference.program.model import Session
from conference.registration.file import put_registration
from conference.results.actions import import_session_results, put_report
from conference.results.report.importing import import_photos
from conference.results.report.rules import LARGEST_PHOTO
from conference.results.rules import LARGEST_DOCUMENT
from conference.results.setting.file import import_look, look_faults
from conference.survey.file import put_survey
from conference.web.services import Services

NAME = "conference.yaml"
LARGEST_ZIP = 4 * 1024**3
LARGEST_TEXT = 16 * 1024**2
LARGEST_RESULT = 2 * LARGEST_DOCUMENT  # what we have set ourselves may be larger than what is brought


def open_conference_file(path: Path, largest: int = LARGEST_ZIP) -> tuple[ConferenceFile, Read]:
    """The file at `path` (YAML, a folder, a zip) and the way to the files that it names. largest: bytes of what is in a zip.
    Raises Invalid."""
    if path.is_dir():
        path /= NAME
    try:
        if zipfile.is_zipfile(path):
            return _open_zip(path, largest)
        if path.stat().st_size > LARGEST_TEXT:
            raise _too_large(path)
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid("conference_file", faults=[f"{path}: {getattr(error, 'strerror', None) or 'is not UTF-8 text'}"]) from None
    return read_conference_file(text), Folder(path.parent)


def _open_zip(path: Path, largest: int) -> tuple[ConferenceFile, Read]:
    archive = Archive(path, largest)
    try:
        if archive.size(NAME) > LARGEST_TEXT:
            raise _too_large(path)
        text = archive(NAME).decode()
    except (FileNotFoundError, UnicodeDecodeError):
        raise Invalid("conference_file", faults=[f"{path}: has no readable {NAME}"]) from None
    return read_conference_file(text), archive


def _too_large(path: Path) -> Invalid:
    return Invalid("conference_file", faults=[f"{path}: {NAME} is larger than {LARGEST_TEXT // 1024**2} MB"])


async def import_conference(services: Services, path: Path) -> Conference:
    """Put the conference of this file into the database and its documents and videos into the store.

    Raises Invalid with all faults of a file that cannot be used; then nothing was changed.
    """
    file, read = open_conference_file(path)
    return await put_conference_file(services, file, read, by=None)


async def put_conference_file(
    services: Services, file: ConferenceFile, read: Read, *, by: str | None, onto: Onto | None = None
) -> Conference:
    """The same for a file that is read already. by: id of the organiser who brought it.

    onto: the conference that it goes into, within what a file may change there (None: the one it names, as it says; a new one
    where there is none). Then Conflict("changed_meanwhile") is raised as well.
    """
    await asyncio.to_thread(_check_files, file, read)
    hosts, new = await _hosts(services, file, read, onto)
    try:
        conference, sessions = await _put_rows(services, file, hosts, by, onto)
    except BaseException as error:
        await drop_logos(services, new, error)
        raise
    for facts, results in file.sessions:
        fetched = await asyncio.to_thread(_fetched, read, results.files)
        await import_session_results(services, sessions[facts.slug], results, fetched)
        if (pieces := file.slides.get(facts.slug)) is not None:
            await import_pieces(services, sessions[facts.slug], pieces, read)
    photos = file.report.photos if file.report else []
    fetched = await asyncio.to_thread(_fetched, read, [photo.file for photo in photos])
    await import_photos(services, conference.id, photos, fetched)
    await import_look(services, conference, file.look, read)
    await import_letters(services, conference.id, file.letters)
    if file.initiatives is not None:
        await import_initiatives(services, conference.id, file.initiatives, read)
    return conference


async def _hosts(
    services: Services, file: ConferenceFile, read: Read, onto: Onto | None
) -> tuple[list[dict[str, Any]], set[str]]:
    """The hosts of the file with their logos in the store, and the keys of those that were put."""
    which = Conference.slug == file.conference.slug if onto is None else Conference.id == onto.conference_id
    async with services.db.read() as session:
        present = (await session.exec(select(Conference.hosts).where(which))).first() or []
    logos = await asyncio.to_thread(lambda: {host.logo: read(host.logo) for host in file.conference.hosts if host.logo})
    made = await brought_hosts(services, [host.model_dump() for host in file.conference.hosts], present, logos)
    return made, keys_of(made) - keys_of(present)


async def _put_rows(
    services: Services, file: ConferenceFile, hosts: list[dict[str, Any]], by: str | None, onto: Onto | None
) -> tuple[Conference, dict[str, Session]]:
    """The conference and its sessions by slug: all that one unit of work holds."""
    async with services.db.work() as work:
        file, before = await hold(work, file, onto) if onto is not None else (file, [])
        conference = await _put_conference(work, services, file, hosts, by)
        await work.session.flush()
        sessions = {
            facts.slug: await _put_session(work, services, conference, facts, position)
            for position, (facts, _) in enumerate(file.sessions)
        }
        await drop_drafts(work, conference.id, before)
        if file.card_terms is not None:
            await set_terms(work, conference.id, Wanted(**file.card_terms.model_dump()), by=by)
        if file.registration is not None:
            await put_registration(work, services, conference.id, file.registration, by=by)
        if file.survey is not None:
            await put_survey(work, services, conference.id, file.survey, by=by)
        await put_report(services, work, conference.id, file.report)
        audit.record(work, "conference imported", conference_id=conference.id, person_id=by)
        services.outbox.tell(work, f"conference:{conference.id}", "conference.changed", conference_id=conference.id)
        tell_program(work, services.outbox, conference.id)
    return conference, sessions


def _check_files(file: ConferenceFile, read: Read) -> None:
    """Every file that is named must be there, be sound and have a size that it can have, before anything is written."""
    faults = []
    for name, largest in _named(file).items():
        try:
            if read.size(name) > largest:
                faults.append(f"{name}: is larger than {largest // 1024**2} MB")
            else:
                read.check(name)
        except OSError:
            faults.append(f"{name}: there is no such file beside the conference file")
    if faults := faults or look_faults(file.look, read) + _logo_faults(file, read):
        raise Invalid("conference_file", faults=faults)


def _logo_faults(file: ConferenceFile, read: Read) -> list[str]:
    faults = []
    for number, host in enumerate(file.conference.hosts):
        if host.logo is None:
            continue
        try:
            kind_of_logo(read(host.logo))
        except Invalid as error:
            faults.append(f"conference.hosts[{number}].logo: {host.logo} is no PNG or SVG that may be used ({error.code})")
    return faults


def _named(file: ConferenceFile) -> dict[str, int]:
    """Each file that is named -> how many bytes it may have at most."""
    names = {name: LARGEST_RESULT for _, results in file.sessions for name in results.files}
    names |= {name: LARGEST_CLIP for pieces in file.slides.values() for piece in pieces for name in piece.files}
    names |= {photo.file: LARGEST_PHOTO for photo in (file.report.photos if file.report else ())}
    names |= {file.look.logo: LARGEST_PHOTO} if file.look and file.look.logo else {}
    names |= {host.logo: LARGEST_PHOTO for host in file.conference.hosts if host.logo}
    for card in (initiative.card for initiative in file.initiatives or ()):
        if card is not None:
            names |= {captions.file: LARGEST_CARD[FileRole.CAPTIONS] for captions in card.captions}
            names |= dict.fromkeys(card.posters, LARGEST_CARD[FileRole.POSTER]) | {card.video: LARGEST_CARD[FileRole.RENDITION]}
    return names


def _fetched(read: Read, names: Iterable[str]) -> Callable[[str], bytes]:
    """These files read already, for parts that read on the event loop."""
    return {name: read(name) for name in names}.__getitem__


async def _put_conference(
    work: Work, services: Services, file: ConferenceFile, hosts: list[dict[str, Any]], by: str | None
) -> Conference:
    facts = file.conference
    values = {
        **facts.model_dump(exclude={"times", "hosts", "contact"}),
        "hosts": hosts,
        "contact": facts.contact.model_dump(),
        **asdict(file.times),
    }
    found = (await work.session.exec(select(Conference).where(Conference.slug == facts.slug))).first()
    if file.legal is not None:
        values["legal"] = {**(found.legal if found is not None else LegalFacts().model_dump()), **file.legal.named()}
    if found is None:
        found = Conference(id=services.ids.new(), **{"legal": LegalFacts().model_dump(), **values})
    elif any(getattr(found, name) != value for name, value in values.items()):
        await forget_logos(work, found.hosts, hosts)
        for name, value in values.items():
            setattr(found, name, value)
        next_edition(found, by)
    work.session.add(found)
    return found


async def _put_session(work: Work, services: Services, conference: Conference, facts: SessionFacts, position: int) -> Session:
    values = facts.model_dump(exclude={"rounds", "people"}) | {"position": position}
    return await put_session(
        work,
        services.ids,
        conference.id,
        values,
        rounds=[(each.starts, each.ends) for each in facts.rounds],
        billing=[named.model_dump() for named in facts.people],
    )
