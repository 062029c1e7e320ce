"""What belongs into the pack: what is public, and of the cards those whose people agreed both to the hosts' own sites and to
their staying afterwards: nobody takes a copy back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import Conference, State
from conference.access.store import conference_by_id, times_of
from conference.cards.consent.rules import in_force, missing_for_publishing, stays_when_purged
from conference.cards.model import Card, CardConsent, CardFile, CardFilm, ConsentKind, FileRole
from conference.cards.rules import ENDINGS
from conference.cards.store import gallery_for_viewing
from conference.doors.table import Standing
from conference.doors.visit import Viewer, Visit
from conference.initiatives.store import TakingPart
from conference.program.model import Round, Session
from conference.program.store import billings_of
from conference.program.view import ProgramView
from conference.results.model import Report, ReportPhoto
from conference.results.rules import is_public
from conference.results.store import SET_PDF, Outcome, outcomes_for_viewing
from conference.web.services import Services


@dataclass(frozen=True)
class Document:
    """A results PDF where it lies in the pack, and its key in the store."""

    path: str
    key: str
    size: int


@dataclass(frozen=True)
class ShownCard:
    """A card with its film: the file's path, poster, captions by language."""

    initiative: TakingPart
    card: Card
    film: CardFilm
    rendition: CardFile
    poster: CardFile | None
    captions: Mapping[str, CardFile]

    def path(self, file: CardFile) -> str:
        part = f".{file.language}" if file.role is FileRole.CAPTIONS else ""
        return f"films/{self.initiative.slug}{part}.{ENDINGS[file.content_type]}"


@dataclass(frozen=True)
class Contents:
    """Everything, as the database has it at one moment. documents: by session's id."""

    conference: Conference
    program: ProgramView
    outcomes: list[Outcome]
    documents: Mapping[str, list[Document]]
    report: Report | None
    photos: list[ReportPhoto]
    cards: list[ShownCard]

    def visit(self, language: str) -> Visit:
        """A stranger's after the conference, in this language."""
        visit = self.program.visit
        return Visit(visit.services, visit.conference, visit.times, visit.state, visit.now, visit.viewer, language)

    def files(self) -> list[tuple[str, str, int]]:
        """(path in the pack, key in the store, bytes)."""
        found = [(document.path, document.key, document.size) for each in self.documents.values() for document in each]
        found += [(photo_path(photo), photo.object_key, photo.size) for photo in self.photos]
        for card in self.cards:
            files = [card.rendition, *([card.poster] if card.poster else []), *card.captions.values()]
            found += [(card.path(file), file.key, file.size) for file in files]
        return found


def document_path(session: str, document: str) -> str:
    return f"results/{session}-{document}.pdf"


def photo_path(photo: ReportPhoto) -> str:
    return f"photos/{photo.id}.jpg"


async def contents_of(services: Services, conference_id: str) -> Contents:
    """What a pack would hold now. Raises NotFound, Unavailable."""
    async with services.db.read() as db:
        return await contents_in(services, db, await conference_by_id(db, conference_id))


async def contents_in(services: Services, db: AsyncSession, conference: Conference) -> Contents:
    """As a stranger may see it in the archive: what is published. Nine queries."""
    now = services.clock.now()
    visit = Visit(services, conference, times_of(conference), State.ARCHIVE, now, Viewer(), "de")
    sessions, rounds = await _sessions(db, conference.id)
    program = ProgramView(visit, sessions, await billings_of(db, [session.id for session in sessions]), rounds)
    outcomes = await outcomes_for_viewing(db, conference, State.ARCHIVE, Standing.STRANGER, now, known=sessions)
    report, photos = await _report(db, conference.id, now)
    cards = await _cards(db, conference)
    documents = {outcome.session.id: _documents(outcome) for outcome in outcomes}
    return Contents(conference, program, outcomes, documents, report, photos, cards)


async def _sessions(db: AsyncSession, conference_id: str) -> tuple[list[Session], dict[str, list[Round]]]:
    """Those of the program in the order of the day, and the rounds of each that has any."""
    query = (
        select(Session, Round)
        .join(Round, col(Round.session_id) == Session.id, isouter=True)
        .where(Session.conference_id == conference_id, col(Session.hidden).is_(None))
        .order_by(col(Session.starts), col(Session.number), col(Session.position), col(Session.id), col(Round.number))
    )
    sessions: dict[str, Session] = {}
    rounds: dict[str, list[Round]] = {}
    for session, each in await db.exec(query):
        sessions[session.id] = session
        if each is not None:
            rounds.setdefault(session.id, []).append(each)
    return list(sessions.values()), rounds


async def _report(db: AsyncSession, conference_id: str, now: datetime) -> tuple[Report | None, list[ReportPhoto]]:
    """The report with its photos in their order, once it is public."""
    query = (
        select(Report, ReportPhoto)
        .join(ReportPhoto, col(ReportPhoto.conference_id) == Report.conference_id, isouter=True)
        .where(Report.conference_id == conference_id)
        .order_by(col(ReportPhoto.position), col(ReportPhoto.id))
    )
    rows = [(report, photo) for report, photo in await db.exec(query) if is_public(report, now)]
    return (rows[0][0], [photo for _, photo in rows if photo is not None]) if rows else (None, [])


def _documents(outcome: Outcome) -> list[Document]:
    """What somebody brought under the same name stands in the place of the PDF that was set."""
    slug, version = outcome.session.slug, outcome.version
    brought = outcome.documents
    found = [Document(document_path(slug, one.document), one.object_key, one.size) for one in brought]
    taken = {one.document for one in brought}
    if version is not None and version.object_key is not None and SET_PDF not in taken:
        found.insert(0, Document(document_path(slug, SET_PDF), version.object_key, version.size or 0))
    return found


async def _cards(db: AsyncSession, conference: Conference) -> list[ShownCard]:
    """In the host's order. As many queries for many as for few."""
    agreed: dict[str, list[CardConsent]] = {}
    query = select(CardConsent).join(Card, col(Card.id) == CardConsent.card_id).where(Card.conference_id == conference.id)
    for consent in await db.exec(query.order_by(col(CardConsent.given), col(CardConsent.id))):
        agreed.setdefault(consent.card_id, []).append(consent)
    shown = []
    for exhibit in await gallery_for_viewing(db, conference, State.ARCHIVE, Standing.STRANGER):
        card, film, renditions = exhibit.card, exhibit.film, exhibit.of(FileRole.RENDITION)
        if card is None or film is None or not renditions or not exhibit.plays:
            continue
        if may_leave(card, film, agreed.get(card.id, [])):
            captions = {file.language: file for file in exhibit.of(FileRole.CAPTIONS)}
            poster = next(iter(exhibit.of(FileRole.POSTER)), None)
            shown.append(ShownCard(exhibit.initiative, card, film, renditions[0], poster, captions))
    return shown


def may_leave(card: Card, film: CardFilm, consents: Sequence[CardConsent]) -> bool:
    """Whether everything was agreed to that a copy on the hosts' sites needs."""
    complete = not missing_for_publishing(card, film, consents) and stays_when_purged(card, consents)
    return complete and ConsentKind.SITE in in_force(consents)
