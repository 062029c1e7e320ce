"""A sheet's history: who did what, when, and what stood there before. Written in the act's own unit of work."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.db import Work
from conference.base.ids import Ids
from conference.results.model import ResultsSheet, SheetEvent

WHAT: Final = frozenset(
    {
        # lines; `about` is the finding's id, `heading` its heading
        "line_changed", "line_moved", "line_starred", "line_unstarred", "lines_merged", "line_taken_out", "line_put_back",
        # the sheet's own words; `about` is the field: summary, people, initiatives, expected, headings, collecting
        "field_changed",
        # review
        "review_asked", "review_ended", "approver_named", "approver_removed", "commented", "settled", "approved", "changes_asked",
        # publishing; `number`: the version's
        "published", "scheduled", "unpublished", "imported",
    }
)  # fmt: skip
"""All that a line of the history may say; `sheets.view` has a sentence for each."""

TYPING = timedelta(minutes=10)
"""Who goes on typing at the same thing for so long changes it once."""

SEEN = 50


async def note(
    work: Work, ids: Ids, sheet: ResultsSheet, what: str, by: str | None, *, about: str = "", **facts: Any
) -> SheetEvent | None:
    """Write one line. by: the person's id. about: the thing that it was done to. facts: JSON values; `before` and `after` where a
    text was exchanged.

    Somebody's changes of the same thing, one soon after the other, stay one line: what stood there before the first. None: the
    text is again what it was, so that nothing has happened. Raises ValueError for what is not in WHAT.
    """
    if what not in WHAT:
        raise ValueError(what)
    last = await _typed(work, sheet.session_id, what, about, by) if "before" in facts else None
    if last is not None:
        before = last.facts["before"]
        if before == facts.get("after"):
            await work.session.delete(last)
            return None
        last.at, last.facts = work.now, {"about": about, **facts, "before": before}
        work.session.add(last)
        return last
    event = SheetEvent(
        id=ids.new(), conference_id=sheet.conference_id, session_id=sheet.session_id, at=work.now, person_id=by, what=what,
        facts={"about": about, **facts} if about else dict(facts),
    )  # fmt: skip
    work.session.add(event)
    return event


async def _typed(work: Work, session_id: str, what: str, about: str, by: str | None) -> SheetEvent | None:
    """The line that this change belongs to: the newest of the same thing, when it is the same person's and not long ago."""
    query = (
        select(SheetEvent)
        .where(SheetEvent.session_id == session_id, col(SheetEvent.at) >= work.now - TYPING)
        .order_by(col(SheetEvent.at).desc(), col(SheetEvent.id).desc())
        .limit(SEEN)
    )
    for event in await work.session.exec(query):
        if event.facts.get("about", "") == about:
            return event if event.what == what and event.person_id == by and "before" in event.facts else None
    return None


async def events_of(db: AsyncSession, session_id: str, most: int = 500) -> list[SheetEvent]:
    """The newest first."""
    query = select(SheetEvent).where(SheetEvent.session_id == session_id)
    return list(await db.exec(query.order_by(col(SheetEvent.at).desc(), col(SheetEvent.id).desc()).limit(most)))


def about(event: SheetEvent) -> str:
    """A finding's id or a field's name; "" where it concerns the whole sheet."""
    facts: Mapping[str, Any] = event.facts
    return str(facts.get("about", ""))
