"""Writing a whole conference out, so that importing it again gives the same."""

from __future__ import annotations

import zipfile
from contextlib import aclosing
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from conference.access.model import Conference
from conference.access.store import conference_by_slug
from conference.cards.file import initiative_with_card_to_file
from conference.cards.review.file import terms_to_file
from conference.cards.store import card_of, files_of, terms_of
from conference.desk.conference_file import (
    FORMAT,
    ConferenceFile,
    read_conference_file,
    wall_time,
    write_conference_file,
)
from conference.desk.importing import NAME
from conference.desk.settings.logos import hosts_to_file
from conference.forums.slides.file import pieces_to_file
from conference.forums.slides.store import pieces_of
from conference.initiatives.store import initiatives_in
from conference.mailing.file import letters_to_file
from conference.mailing.store import templates_of
from conference.program.model import Session
from conference.program.store import billings_of, rounds_of, sessions_of
from conference.registration.file import registration_to_file
from conference.registration.store import terms_of as registration_terms
from conference.results.file import report_to_file, session_results_to_file
from conference.results.report.store import photos_of
from conference.results.setting.file import look_to_file
from conference.results.setting.store import look_row
from conference.results.store import documents_of, findings_of, report_of, sheet_of, versions_of
from conference.survey.file import survey_to_file
from conference.survey.store import survey_of
from conference.web.services import Services


async def export_conference(services: Services, slug: str, target: Path) -> None:
    """Write the conference as a zip with its files, or (target ends in .yaml) as the YAML alone. Raises NotFound."""
    document, files = await _document(services, slug)
    text = write_conference_file(document)
    if target.suffix in (".yaml", ".yml"):
        target.write_text(text, encoding="utf-8")  # noqa: ASYNC240  a command's only work
        return
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:  # PDFs, MP4 and WebP are compressed already
        archive.writestr(NAME, text)
        for name, key in sorted(files.items()):
            _facts, chunks = await services.storage.open_range(key)
            async with aclosing(chunks):
                with archive.open(name, "w", force_zip64=True) as entry:
                    async for piece in chunks:
                        entry.write(piece)


async def conference_as_file(services: Services, slug: str) -> ConferenceFile:
    """What its file would say, read again. Raises NotFound."""
    document, _files = await _document(services, slug)
    return read_conference_file(write_conference_file(document))


async def _document(services: Services, slug: str) -> tuple[dict[str, Any], dict[str, str]]:
    files: dict[str, str] = {}
    async with services.db.read() as session:
        conference = await conference_by_slug(session, slug)
        zone = ZoneInfo(conference.zone)
        sessions = await sessions_of(session, conference.id, hidden=True)
        ids = [each.id for each in sessions]
        billings, rounds = await billings_of(session, ids), await rounds_of(session, ids)
        entries = []
        for each in sessions:
            entry = _session(each, zone)
            entry["rounds"] = [
                {"starts": wall_time(r.starts, zone), "ends": wall_time(r.ends, zone)} for r in rounds.get(each.id, ())
            ]
            entry["people"] = [
                {"name": b.name, "role": b.role, "title": b.title, "affiliation": b.affiliation, "origin": b.origin}
                for b in billings.get(each.id, ())
            ]
            results, stored = session_results_to_file(
                each.slug,
                await sheet_of(session, each.id),
                await versions_of(session, each.id),
                await findings_of(session, each.id),
                await documents_of(session, each.id),
            )
            files |= stored
            slides, stored = pieces_to_file(each.slug, await pieces_of(session, each.id))
            files |= stored
            entries.append(entry | results | ({"slides": slides} if slides else {}))
        initiatives = []
        for taking_part in await initiatives_in(session, conference.id):
            card = await card_of(session, conference.id, taking_part.id)
            entry, stored = initiative_with_card_to_file(taking_part, card, await files_of(session, card.id) if card else [])
            initiatives.append(entry)
            files |= stored
        terms = await terms_of(session, conference.id)
        report, stored = report_to_file(await report_of(session, conference.id), await photos_of(session, conference.id))
        files |= stored
        registration = await registration_terms(session, conference.id)
        survey = survey_to_file(await survey_of(session, conference.id))
        letters = letters_to_file(await templates_of(session, conference.id))
        look, stored = look_to_file(await look_row(session, conference.id))
        files |= stored
    until = wall_time(registration.until, zone, end_of_day=True) if registration else None
    registered = registration_to_file(registration, until)
    hosts, stored = hosts_to_file(conference.hosts)
    files |= stored
    return {
        "meetingpoint": FORMAT,
        "conference": _conference(conference, zone, hosts),
        "sessions": entries,
        "initiatives": initiatives,
        "card_terms": terms_to_file(terms, wall_time(terms.until, zone, end_of_day=True)),
        "report": report,
        "look": look,
        "letters": letters,
        **({"registration": registered} if registered else {}),
        **({"survey": survey} if survey else {}),
        "legal": conference.legal,
    }, files


def _conference(conference: Conference, zone: ZoneInfo, hosts: list[dict[str, Any]]) -> dict[str, Any]:
    names = ("slug", "title", "motto", "purpose", "zone", "place", "people_expected", "contact")
    times = {name: wall_time(getattr(conference, name), zone) for name in ("announced", "doors", "live", "archive")}
    times |= {name: wall_time(getattr(conference, name), zone, end_of_day=True) for name in ("closes", "purge")}
    return {**{name: getattr(conference, name) for name in names}, "hosts": hosts, "times": times}


def _session(session: Session, zone: ZoneInfo) -> dict[str, Any]:
    entry: dict[str, Any] = {"slug": session.slug, "kind": session.kind.value, "number": session.number}
    entry |= {name: getattr(session, name) for name in ("title", "question", "summary")}
    entry |= {"starts": wall_time(session.starts, zone), "ends": wall_time(session.ends, zone)}
    return entry | {
        "floor": session.floor.value,
        "place": session.place.value,
        "where": session.where,
        "guests": session.guests,
        "room": session.room,
        "places": session.places,
        "hidden": session.hidden is not None,
        "origin": session.origin,
    }
