"""Who may look at a sheet that is being worked on, and as what."""

from __future__ import annotations

from dataclasses import dataclass

from conference.base.errors import NotAllowed, NotFound
from conference.doors.visit import Visit
from conference.people.model import Person
from conference.program.model import Kind
from conference.results.collecting.rules import may_edit
from conference.results.model import SheetApproval
from conference.results.sheets.store import Draft, approval_by, draft_of


@dataclass(frozen=True)
class Opened:
    """A sheet as somebody has it before them. edits: they write in it; approval: they were asked to approve it."""

    draft: Draft
    person: Person
    edits: bool
    approval: SheetApproval | None

    @property
    def base(self) -> str:
        """The path of the sheet's pages, without the conference."""
        return f"/sessions/{self.draft.session.slug}/sheet"


async def opened(visit: Visit, slug: str, *, editing: bool = False) -> Opened:
    """The sheet for an editor or (unless editing) an approver. Raises NotFound, NotAllowed."""
    person = visit.viewer.person
    async with visit.services.db.read() as db:
        draft = await draft_of(db, visit.conference.id, slug)
        if draft.session.kind is Kind.BREAK:
            raise NotFound("session", slug=slug)
        edits = may_edit(visit.viewer.organiser, visit.viewer.held_in(draft.session.id))
        approval = await approval_by(db, draft.session.id, person.id) if person is not None else None
    if person is None or not (edits or (approval is not None and not editing)):
        raise NotAllowed("sheet_editors")
    return Opened(draft, person, edits, approval)
