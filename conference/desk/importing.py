"""Reading a whole conference in. Doing it again with the same file changes nothing; a changed file brings up to date."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from sqlmodel import select

from conference.access.model import Conference
from conference.base import audit
from conference.base.db import Work
from conference.base.editions import next_edition
from conference.base.errors import Invalid
from conference.cards.actions import import_initiatives
from conference.cards.review.terms import Wanted, set_terms
from conference.desk.conference_file import ConferenceFile, LegalFacts, SessionFacts, read_conference_file
from conference.desk.creating.onto import Onto, drop_drafts, hold
from conference.forums.slides.importing import import_pieces
from conference.mailing.file import import_letters
from conference.program.actions import put_session, tell_program
from conference.program.model import Session
from conference.registration.file import put_registration
from conference.results.actions import import_session_results, put_report
from conference.results.report.importing import import_photos
from conference.results.setting.file import import_look, look_faults
from conference.web.services import Services

NAME = "conference.yaml"
LARGEST_ZIP = 4 * 1024**3
LARGEST_TEXT = 16 * 1024**2
Read = Callable[[str], bytes]


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
    folder = path.parent.resolve()

    def read(name: str) -> bytes:
        file = (folder / name).resolve()
        if not file.is_relative_to(folder):
            raise FileNotFoundError(name)
        return file.read_bytes()

    return read_conference_file(text), read


def _open_zip(path: Path, largest: int) -> tuple[ConferenceFile, Read]:
    archive = zipfile.ZipFile(path)
    if sum(member.file_size for member in archive.infolist()) > largest:
        raise Invalid("conference_file", faults=[f"{path}: unpacks to more than {largest // 1024**2} MB"])
    try:
        if archive.getinfo(NAME).file_size > LARGEST_TEXT:
            raise _too_large(path)
        text = archive.read(NAME).decode()
    except (KeyError, UnicodeDecodeError):
        raise Invalid("conference_file", faults=[f"{path}: has no readable {NAME}"]) from None

    def read(name: str) -> bytes:
        try:
            return archive.read(name)
        except KeyError:
            raise FileNotFoundError(name) from None

    return read_conference_file(text), read


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
    _check_files(file, read)
    async with services.db.work() as work:
        file, before = await hold(work, file, onto) if onto is not None else (file, [])
        conference = await _put_conference(work, services, file, by)
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
        await put_report(services, work, conference.id, file.report)
        audit.record(work, "conference imported", conference_id=conference.id, person_id=by)
        services.outbox.tell(work, f"conference:{conference.id}", "conference.changed", conference_id=conference.id)
        tell_program(work, services.outbox, conference.id)
    for facts, results in file.sessions:
        await import_session_results(services, sessions[facts.slug], results, read)
        if (pieces := file.slides.get(facts.slug)) is not None:
            await import_pieces(services, sessions[facts.slug], pieces, read)
    await import_photos(services, conference.id, file.report.photos if file.report else [], read)
    await import_look(services, conference, file.look, read)
    await import_letters(services, conference.id, file.letters)
    if file.initiatives is not None:
        await import_initiatives(services, conference.id, file.initiatives, read)
    return conference


def _check_files(file: ConferenceFile, read: Read) -> None:
    """Every file that is named must be there before anything is written."""
    names = [name for _, results in file.sessions for name in results.files]
    names += [name for pieces in file.slides.values() for piece in pieces for name in piece.files]
    names += [photo.file for photo in (file.report.photos if file.report else ())]
    names += [file.look.logo] if file.look and file.look.logo else []
    for card in (initiative.card for initiative in file.initiatives or ()):
        if card is not None:
            names += [card.video, *card.posters, *(captions.file for captions in card.captions)]
    missing = []
    for name in names:
        try:
            read(name)
        except OSError:
            missing.append(f"{name}: there is no such file beside the conference file")
    if faults := missing or look_faults(file.look, read):
        raise Invalid("conference_file", faults=faults)


async def _put_conference(work: Work, services: Services, file: ConferenceFile, by: str | None) -> Conference:
    facts = file.conference
    values = {
        **facts.model_dump(exclude={"times", "hosts", "contact"}),
        "hosts": [host.model_dump() for host in facts.hosts],
        "contact": facts.contact.model_dump(),
        **({"legal": file.legal.model_dump()} if file.legal is not None else {}),
        **asdict(file.times),
    }
    found = (await work.session.exec(select(Conference).where(Conference.slug == facts.slug))).first()
    if found is None:
        found = Conference(id=services.ids.new(), **{"legal": LegalFacts().model_dump(), **values})
    elif any(getattr(found, name) != value for name, value in values.items()):
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
