"""What is done on the way to release: who is asked, what they say, comments on the whole and on single lines.

None of it changes what the sheet says, so its number stays; what the number says is which text somebody has approved.
"""

from __future__ import annotations

from sqlmodel import col, delete, select

from conference.access.model import Conference
from conference.base.db import Work
from conference.base.errors import Conflict, Invalid, NotFound
from conference.base.mail import deliverable
from conference.people.actions import clean_name, tell_roles
from conference.people.model import Person, Role, RoleHeld
from conference.people.store import normal_email, person_in, roles_of
from conference.program.model import Session
from conference.results.collecting.events import tell_findings
from conference.results.collecting.store import line_in
from conference.results.history import note
from conference.results.model import Decision, ResultsSheet, SheetApproval, SheetComment, SheetState
from conference.results.sheets import letters
from conference.results.sheets.fields import LONGEST_COMMENT
from conference.results.sheets.rules import has_heard
from conference.results.sheets.store import approval_by, approvals_of, comment_in, last_event
from conference.results.store import sheet_locked
from conference.results.text import clean
from conference.web.services import Services

MOST_APPROVERS = 20
MOST_COMMENTS = 500


async def ask_review(services: Services, conference: Conference, session: Session, *, by: str) -> int:
    """Give the sheet to its approvers and write to all who have not approved it as it is, but not twice in a row about the same
    text; how many letters that were. Where nobody is to be written to, a sheet in review stays as it is. Raises Conflict when
    nobody is named."""
    async with services.db.work() as work:
        sheet = await sheet_locked(work, session)
        approvals = await approvals_of(work.session, session.id)
        if not approvals:
            raise Conflict("sheet_no_approver")
        asked = [(approval, person) for approval, person in approvals if not has_heard(approval, sheet, work.now)]
        if not asked and sheet.state is SheetState.IN_REVIEW:
            return 0
        written = 0
        for approval, person in asked:
            approval.asked, approval.decision, approval.decided = work.now, None, None
            approval.changes = sheet.changes
            work.session.add(approval)
            written += await letters.ask(services, work, conference, session, person)
        sheet.state = SheetState.IN_REVIEW
        await _done(services, work, session, sheet, "review_asked", by, letters=written)
        return written


async def end_review(services: Services, session: Session, *, by: str) -> None:
    """Take the sheet back to the editors. Doing it again changes nothing."""
    async with services.db.work() as work:
        sheet = await sheet_locked(work, session)
        if sheet.state is SheetState.IN_REVIEW:
            sheet.state = SheetState.PUBLISHED if sheet.published is not None else SheetState.DRAFT
            await _done(services, work, session, sheet, "review_ended", by)


async def name_approver(
    services: Services, conference: Conference, session: Session, name: str, email: str, *, by: str
) -> Person:
    """Let somebody approve who may have had nothing to do with the conference so far: they get a link and see this sheet.

    While the sheet is in review, the letter goes out at once. Raises Invalid (name, email), TooMany.
    """
    address = normal_email(email)
    if not deliverable(address):
        raise Invalid("email", value=email)
    async with services.db.work() as work:
        person = await person_in(work.session, conference.id, address)
        if person is None:
            person = Person(
                id=services.ids.new(), conference_id=conference.id, name=clean_name(name), email=address, created=work.now
            )
            work.session.add(person)
            await work.session.flush()
        held = await roles_of(work.session, person.id)
        if not any(row.role is Role.APPROVER and row.session_id in (None, session.id) for row in held):
            # Who has nothing else to do with the conference is a guest in its rooms, where these let guests in.
            for role in (Role.APPROVER,) if held else (Role.APPROVER, Role.GUEST):
                work.session.add(RoleHeld(id=services.ids.new(), person_id=person.id, role=role, session_id=session.id))
            tell_roles(work, services.outbox, conference.id)
        await _name(services, work, conference, session, person, by)
        return person


async def name_person(services: Services, conference: Conference, session: Session, person_id: str, *, by: str) -> None:
    """Let somebody approve who has a role already. Raises NotFound."""
    async with services.db.work() as work:
        person = await work.session.get(Person, person_id)
        if person is None or person.conference_id != conference.id or not deliverable(person.email):
            raise NotFound("person")
        await _name(services, work, conference, session, person, by)


async def _name(services: Services, work: Work, conference: Conference, session: Session, person: Person, by: str) -> None:
    sheet = await sheet_locked(work, session)
    if await approval_by(work.session, session.id, person.id) is not None:
        return
    if len(await approvals_of(work.session, session.id)) >= MOST_APPROVERS:
        raise Conflict("sheet_approvers", most=MOST_APPROVERS)
    work.session.add(
        SheetApproval(
            id=services.ids.new(),
            conference_id=conference.id,
            session_id=session.id,
            person_id=person.id,
            asked=work.now,
            changes=sheet.changes,
        )
    )
    if sheet.state is SheetState.IN_REVIEW:
        await letters.ask(services, work, conference, session, person)
    await _done(services, work, session, sheet, "approver_named", by, name=person.name)


async def remove_approver(services: Services, conference: Conference, session: Session, person_id: str, *, by: str) -> None:
    """Nobody waits for this person any more; whoever was named for this sheet alone has no way in any more. Doing it again
    changes nothing."""
    async with services.db.work() as work:
        sheet = await sheet_locked(work, session)
        approval = await approval_by(work.session, session.id, person_id)
        if approval is None:
            return
        person = await work.session.get(Person, person_id)
        await work.session.delete(approval)
        held = delete(RoleHeld).where(col(RoleHeld.person_id) == person_id, col(RoleHeld.session_id) == session.id)
        await work.session.exec(held.where(col(RoleHeld.role) == Role.APPROVER))
        tell_roles(work, services.outbox, conference.id)
        await _done(services, work, session, sheet, "approver_removed", by, name=person.name if person else "")


async def decide(
    services: Services, conference: Conference, session: Session, person_id: str, decision: Decision, seen: int, text: str
) -> None:
    """What an approver says of the sheet. seen: its number as they had it before them; text: a comment, needed where they wish
    for changes. Whoever asked for the review learns of it by letter.

    Raises NotFound for who was not asked; Conflict (sheet_not_in_review, sheet_other_text); Invalid (text).
    """
    said = clean(text, LONGEST_COMMENT, lines=True, needed=decision is Decision.CHANGES)
    async with services.db.work() as work:
        sheet = await sheet_locked(work, session)
        approval = await approval_by(work.session, session.id, person_id)
        if approval is None:
            raise NotFound("sheet_approval")
        if sheet.state is not SheetState.IN_REVIEW:
            raise Conflict("sheet_not_in_review")
        if decision is Decision.APPROVED and seen != sheet.changes:
            raise Conflict("sheet_other_text")
        if (approval.decision, approval.changes) == (decision, sheet.changes) and not said:
            return
        approval.decision, approval.decided, approval.changes = decision, work.now, sheet.changes
        work.session.add(approval)
        if said:
            await _comment(services, work, session, sheet, person_id, said, None)
        asked = await last_event(work.session, session.id, "review_asked")
        await letters.decided(services, work, conference, session, asked.person_id if asked else None, person_id, decision, said)
        what = "approved" if decision is Decision.APPROVED else "changes_asked"
        await _done(services, work, session, sheet, what, person_id)


async def comment(services: Services, session: Session, person_id: str, text: str, finding_id: str | None) -> None:
    """Say something about the sheet or one of its lines. Raises Invalid (text), NotFound for a line that there is not."""
    said = clean(text, LONGEST_COMMENT, lines=True, needed=True)
    async with services.db.work() as work:
        sheet = await sheet_locked(work, session)
        if finding_id is not None:
            await line_in(work.session, session.id, finding_id)
        await _comment(services, work, session, sheet, person_id, said, finding_id)
        await _done(services, work, session, sheet, "commented", person_id, **({"about": finding_id} if finding_id else {}))


async def _comment(
    services: Services, work: Work, session: Session, sheet: ResultsSheet, person_id: str, text: str, finding_id: str | None
) -> None:
    written = await work.session.exec(select(col(SheetComment.id)).where(SheetComment.session_id == session.id))
    if len(written.all()) >= MOST_COMMENTS:
        raise Conflict("sheet_comments", most=MOST_COMMENTS)
    work.session.add(
        SheetComment(
            id=services.ids.new(), conference_id=sheet.conference_id, session_id=session.id, finding_id=finding_id,
            person_id=person_id, at=work.now, text=text,
        )
    )  # fmt: skip


async def settle(services: Services, session: Session, comment_id: str, on: bool, *, by: str) -> None:
    """Mark a comment as dealt with, or as open again. Raises NotFound."""
    async with services.db.work() as work:
        sheet = await sheet_locked(work, session)
        said = await comment_in(work.session, session.id, comment_id)
        if (said.settled is not None) == on:
            return
        said.settled = work.now if on else None
        work.session.add(said)
        if on:
            await _done(services, work, session, sheet, "settled", by, text=said.text)


async def _done(
    services: Services, work: Work, session: Session, sheet: ResultsSheet, what: str, by: str, **facts: str | int
) -> None:
    work.session.add(sheet)
    about = str(facts.pop("about", ""))
    await note(work, services.ids, sheet, what, by, about=about, **facts)
    tell_findings(services.outbox, work, session, sheet.changes)
