"""Keeping and forgetting the result of a test. Nobody looks at it live, so nobody is told."""

from __future__ import annotations

from conference.base.db import Work
from conference.forums.check.model import CheckResult, Outcome
from conference.forums.check.store import result_of


async def keep(work: Work, person_id: str, outcome: Outcome) -> None:
    """The person wants the organisers to know. Takes the place of the result before."""
    result = await result_of(work.session, person_id)
    if result is None:
        result = CheckResult(person_id=person_id, outcome=outcome, at=work.now)
    result.outcome, result.at = outcome, work.now
    work.session.add(result)


async def forget(work: Work, person_id: str) -> None:
    """Nothing is kept of this person any more."""
    result = await result_of(work.session, person_id)
    if result is not None:
        await work.session.delete(result)
