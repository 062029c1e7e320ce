"""All sheets of a conference at once, for the desk: a fixed number of queries, however many sessions there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.rules import state_at
from conference.access.store import conference_by_id, times_of
from conference.doors.table import Standing
from conference.program.model import Kind, Session
from conference.program.store import billings_of, sessions_of
from conference.results.content import content_of
from conference.results.model import Finding, ResultsDocument, ResultsSheet, SheetApproval, SheetVersion
from conference.results.publishing.rules import Lack, Position, lacks_of, position_of
from conference.results.rules import may_see
from conference.results.sheets.rules import approving


@dataclass(frozen=True)
class Row:
    """One session's results. lacks: what readers would miss; new: everybody can read it now, and nobody has been written to
    about it."""

    session: Session
    sheet: ResultsSheet | None
    position: Position
    lacks: list[Lack]
    findings: int
    readable: bool
    documents: list[ResultsDocument] = field(default_factory=list)

    @property
    def new(self) -> bool:
        return self.readable and self.sheet is not None and self.position.shown is not None and self.sheet.told is None


class _Owned(Protocol):
    @property
    def session_id(self) -> str: ...


Owned = TypeVar("Owned", bound=_Owned)


async def overview_of(db: AsyncSession, conference_id: str, now: datetime) -> list[Row]:
    """Every session but the breaks, in the order of the day. Eight queries."""
    state = state_at(times_of(await conference_by_id(db, conference_id)), now)
    sessions = [one for one in await sessions_of(db, conference_id) if one.kind is not Kind.BREAK]
    ids = {one.id for one in sessions}
    found = await db.exec(select(ResultsSheet).where(col(ResultsSheet.session_id).in_(ids)))
    sheets = {sheet.session_id: sheet for sheet in found}
    newest_first = select(SheetVersion).where(col(SheetVersion.session_id).in_(ids)).order_by(col(SheetVersion.number).desc())
    versions = _by_session(await db.exec(newest_first))
    findings = _by_session(await db.exec(select(Finding).where(col(Finding.session_id).in_(ids), col(Finding.gone).is_(None))))
    documents = _by_session(await db.exec(select(ResultsDocument).where(col(ResultsDocument.session_id).in_(ids))))
    approvals = _by_session(await db.exec(select(SheetApproval).where(col(SheetApproval.session_id).in_(ids))))
    billings = await billings_of(db, ids)
    rows = []
    for session in sessions:
        sheet, lines = sheets.get(session.id), findings.get(session.id, [])
        draft = content_of(session, billings.get(session.id, ()), sheet, lines)
        asked = approvals.get(session.id, [])
        lacks = lacks_of(draft, len(asked), approving(asked, sheet.changes if sheet else 0))
        position = position_of(sheet, versions.get(session.id, ()), draft, now)
        readable = sheet is not None and may_see(sheet, state, Standing.PERSON, now)
        rows.append(Row(session, sheet, position, lacks, len(draft.entries), readable, documents.get(session.id, [])))
    return rows


def _by_session(rows: Iterable[Owned]) -> dict[str, list[Owned]]:
    found: dict[str, list[Owned]] = {}
    for row in rows:
        found.setdefault(row.session_id, []).append(row)
    return found
