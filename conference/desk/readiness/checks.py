"""Asking for a look at mail, store, media, TURN and clock, and keeping what was found for the page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from sqlmodel import col, delete, select

from conference.access.model import Conference
from conference.base.db import Work
from conference.base.editions import locked
from conference.base.errors import NotFound
from conference.base.jobs import enqueue
from conference.desk.model import Statement
from conference.desk.readiness.shapes import Look
from conference.web.services import Services

KIND = "readiness.check"
READINESS_CHANGED = "readiness.changed"


async def ask_for_checks(services: Services, work: Work, conference_id: str, by: str | None) -> None:
    """Have the worker look; while it does, asking again adds nothing."""
    await enqueue(work, KIND, {"conference": conference_id}, unique_key=f"{KIND}:{conference_id}")
    await locked(work, Conference, conference_id)  # two at once would both find nothing
    query = select(Statement).where(Statement.conference_id == conference_id, Statement.key == "checking")
    if (await work.session.exec(query)).first() is None:
        work.session.add(Statement(id=services.ids.new(), conference_id=conference_id, key="checking", at=work.now, by=by))


async def keep_findings(services: Services, conference_id: str, found: Mapping[str, Sequence[Look]]) -> None:
    """Take the place of what was found before. Nothing when the conference is gone meanwhile."""
    async with services.db.work() as work:
        try:
            await locked(work, Conference, conference_id)
        except NotFound:
            return
        before = delete(Statement).where(col(Statement.conference_id) == conference_id)
        await work.session.exec(before.where(col(Statement.key).in_(("checked", "checking"))))
        for part, lines in found.items():
            text = json.dumps([{**asdict(line), "facts": dict(line.facts)} for line in lines])
            of = {"conference_id": conference_id, "key": "checked", "subject": part}
            work.session.add(Statement(id=services.ids.new(), **of, text=text, at=work.now))
        services.outbox.tell(work, f"desk:{conference_id}", READINESS_CHANGED, conference_id=conference_id)
