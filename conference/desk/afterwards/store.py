"""What the page after the day asks of the database, in few queries however long the day was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import Conference
from conference.cards.consent.rules import stays_when_purged
from conference.cards.model import Card, CardConsent
from conference.cards.store import cards_in
from conference.keeping.model import CloseCheck, PurgeRecord
from conference.program.model import Kind, Session
from conference.results.model import Finding, HandOver, Report, ResultsDocument, ResultsSheet, SheetVersion
from conference.results.publishing.rules import Position, position_without
from conference.survey.model import Survey


@dataclass(frozen=True)
class Sheet:
    """The results of one session and where they stand; whether the draft has changed since is not looked at."""

    session: Session
    sheet: ResultsSheet | None
    position: Position


@dataclass(frozen=True)
class Ends:
    """What there is of each thing that comes after the day; check: the newest."""

    report: Report | None
    handover: HandOver | None
    record: PurgeRecord | None
    check: CloseCheck | None
    survey: Survey | None


async def sheets_in(db: AsyncSession, conference_id: str, now: datetime) -> list[Sheet]:
    """Every session but the breaks, in the order of the day. Two queries."""
    findings = (
        select(func.count()).where(Finding.session_id == Session.id, col(Finding.gone).is_(None)).correlate(Session)
    ).scalar_subquery()
    query = (
        select(Session, ResultsSheet, findings)
        .join(ResultsSheet, col(ResultsSheet.session_id) == Session.id, isouter=True)
        .where(Session.conference_id == conference_id, col(Session.hidden).is_(None), Session.kind != Kind.BREAK)
        .order_by(col(Session.starts), col(Session.number), col(Session.position))
    )
    rows = (await db.exec(query)).all()
    versions: dict[str, list[SheetVersion]] = {}
    for version in await db.exec(select(SheetVersion).where(SheetVersion.conference_id == conference_id)):
        versions.setdefault(version.session_id, []).append(version)
    sheets = []
    for session, sheet, count in rows:
        begun = count > 0 or (sheet is not None and any(sheet.summary.values()))
        sheets.append(Sheet(session, sheet, position_without(sheet, versions.get(session.id, ()), now, begun=begun)))
    return sheets


async def ends_of(db: AsyncSession, conference_id: str) -> Ends:
    """One query."""
    newest = (
        select(CloseCheck.id).where(CloseCheck.conference_id == conference_id).order_by(col(CloseCheck.begun).desc()).limit(1)
    ).scalar_subquery()
    query = (
        select(Report, HandOver, PurgeRecord, CloseCheck, Survey)  # type: ignore[call-overload]
        .select_from(Conference)
        .join(Report, col(Report.conference_id) == Conference.id, isouter=True)
        .join(HandOver, col(HandOver.conference_id) == Conference.id, isouter=True)
        .join(PurgeRecord, col(PurgeRecord.conference_id) == Conference.id, isouter=True)
        .join(CloseCheck, col(CloseCheck.id) == newest, isouter=True)
        .join(Survey, col(Survey.conference_id) == Conference.id, isouter=True)
        .where(Conference.id == conference_id)
    )
    return Ends(*(await db.exec(query)).one())


async def staying_in(db: AsyncSession, conference: Conference) -> dict[str, int]:
    """Table -> how many rows stay public beyond the purge, as far as that is decided today: cards, sheets, PDFs, the report. Five
    queries."""
    found: dict[str, int] = {}
    for table in (ResultsSheet, ResultsDocument, Report):
        stays = (col(table.remains), col(table.published) <= conference.purge)
        query = select(func.count()).select_from(table).where(table.conference_id == conference.id, *stays)
        found[str(table.__tablename__)] = (await db.exec(query)).one()
    consents: dict[str, list[CardConsent]] = {}
    of_them = select(CardConsent).join(Card, col(Card.id) == CardConsent.card_id).where(Card.conference_id == conference.id)
    for consent in await db.exec(of_them):
        consents.setdefault(consent.card_id, []).append(consent)
    cards = await cards_in(db, conference.id)
    found["card"] = sum(stays_when_purged(card, consents.get(card.id, ())) for card in cards)
    return found
