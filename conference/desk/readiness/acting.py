"""What organisers do on the readiness page: waive with a reason, state something, go live."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import select

from conference.access.model import Conference, State
from conference.access.rules import state_at
from conference.access.store import times_of
from conference.base import audit
from conference.base.db import Work
from conference.base.editions import locked, next_edition
from conference.base.errors import Conflict, Invalid
from conference.desk.model import Statement
from conference.desk.readiness.rules import RULES
from conference.web.services import Services

LONGEST_REASON = 300
GIVEN = ("deputy", "rehearsal", "emergency", "remains")
"""What is stated on the page itself."""


async def waive(services: Services, work: Work, conference_id: str, by: str | None, rule: str, subject: str, reason: str) -> None:
    """Let one thing (or, with an empty subject, all) that a rule finds pass. Raises Invalid("waiver_reason"), Invalid("rule")."""
    reason = " ".join(reason.split())
    if rule not in {each.key for each in RULES}:
        raise Invalid("rule")
    if not 3 <= len(reason) <= LONGEST_REASON:
        raise Invalid("waiver_reason")
    await _put(services, work, conference_id, "waived", f"{rule}:{subject}" if subject else rule, reason, by)
    audit.record(work, "rule waived", conference_id=conference_id, person_id=by, rule=rule, all_of_it=not subject)


async def take_back(work: Work, conference_id: str, by: str | None, key: str, subject: str) -> None:
    """A waiver, or something stated, is not so any more. Nothing when it was taken back already."""
    found = await _statement(work, conference_id, key, subject)
    if found is not None and (key == "waived" or key in GIVEN):
        await work.session.delete(found)
        rule = subject.partition(":")[0]
        audit.record(work, "statement taken back", conference_id=conference_id, person_id=by, key=key, rule=rule)


async def state_that(services: Services, work: Work, conference_id: str, by: str | None, key: str, text: str) -> None:
    """Write down what no row can know, such as who is the deputy. Raises Invalid("statement")."""
    text = text.replace("\r\n", "\n").strip()
    if key not in GIVEN or not (text or key == "remains") or len(text) > LONGEST_REASON:
        raise Invalid("statement")
    await _put(services, work, conference_id, key, "", text, by)
    audit.record(work, "readiness stated", conference_id=conference_id, person_id=by, key=key)


async def go_live(
    services: Services, work: Work, conference: Conference, by: str | None, at: datetime | None, *, ready: bool
) -> Conference:
    """Announce the conference now or at a moment to come. ready: nothing red is open, as judged under `locked_draft`.

    Raises Conflict("not_ready"); Conflict("announced") when it is public already; Invalid("announced_too_late") for a moment
    behind the opening of the doors, or one that is past.
    """
    held = await locked_draft(services, work, conference.id)
    if not ready:
        raise Conflict("not_ready")
    now = services.clock.now()
    when = at or now
    if when > held.doors or when < now:
        raise Invalid("announced_too_late")
    held.announced = when
    next_edition(held, by)
    work.session.add(held)
    audit.record(work, "conference announced", conference_id=held.id, person_id=by, at=when)
    services.outbox.tell(work, f"conference:{held.id}", "conference.changed", conference_id=held.id)
    return held


async def stay_a_draft(services: Services, work: Work, conference: Conference, by: str | None) -> None:
    """Take a planned announcement back. Raises Conflict("announced") when its moment has come."""
    held = await locked_draft(services, work, conference.id)
    held.announced = None
    next_edition(held, by)
    work.session.add(held)
    audit.record(work, "announcement taken back", conference_id=held.id, person_id=by)
    services.outbox.tell(work, f"conference:{held.id}", "conference.changed", conference_id=held.id)


async def locked_draft(services: Services, work: Work, conference_id: str) -> Conference:
    """The conference, held until the end of the work. What it is judged by is read afterwards: whoever changed it has finished,
    and the moment is that of now, not of when this began to wait. Raises Conflict("announced"), NotFound."""
    held = await locked(work, Conference, conference_id)
    if state_at(times_of(held), services.clock.now()) is not State.DRAFT:
        raise Conflict("announced")
    return held


async def _statement(work: Work, conference_id: str, key: str, subject: str) -> Statement | None:
    query = select(Statement).where(Statement.conference_id == conference_id, Statement.key == key, Statement.subject == subject)
    return (await work.session.exec(query.with_for_update())).first()


async def _put(services: Services, work: Work, conference_id: str, key: str, subject: str, text: str, by: str | None) -> None:
    await locked(work, Conference, conference_id)  # two at once would both find nothing
    found = await _statement(work, conference_id, key, subject)
    row = found or Statement(id=services.ids.new(), conference_id=conference_id, key=key, subject=subject, at=work.now)
    row.text, row.at, row.by = text, work.now, by
    work.session.add(row)
