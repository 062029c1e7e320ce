"""What the doctor finds of mail, store, media, TURN and clock, for organisers: a job of the worker, since it may take a while."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing

from conference.base.jobs import Handler, Job
from conference.desk.readiness.checks import KIND, keep_findings
from conference.desk.readiness.shapes import Look, Result
from conference.doctor.examine import findings
from conference.doctor.finding import Finding
from conference.web.services import Services

PARTS = {"Mail": "mail", "Store": "store", "Media": "media", "TURN": "turn", "Clock": "clock"}


def handlers(services: Services) -> Mapping[str, Handler]:
    """For the worker."""

    async def look(job: Job) -> None:
        await keep_findings(services, job.facts["conference"], await looked(services))

    return {KIND: look}


async def looked(services: Services) -> dict[str, list[Look]]:
    """All parts that organisers ask about, with what was found; what else the doctor looks at is the operator's."""
    found: dict[str, list[Look]] = {}
    async with aclosing(findings(services)) as every:
        async for finding in _of_parts(every):
            found.setdefault(PARTS[finding.part], []).append(_look(finding))
    return found


async def _of_parts(every: AsyncIterator[Finding]) -> AsyncIterator[Finding]:
    async for finding in every:
        if finding.part in PARTS:
            yield finding


def _look(finding: Finding) -> Look:
    facts = {name: str(value) for name, value in finding.facts.items()}
    return Look(Result(finding.result.name.lower()), finding.text, facts)
