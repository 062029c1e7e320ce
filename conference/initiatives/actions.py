"""Initiatives come into a conference out of its file."""

from __future__ import annotations

from collections.abc import Collection

from conference.base.db import Work
from conference.base.errors import NotFound
from conference.base.ids import Ids
from conference.initiatives.file import InitiativeFacts
from conference.initiatives.model import Initiative, Participation
from conference.initiatives.store import initiative_by_slug, participations_of


async def put_initiative(work: Work, ids: Ids, conference_id: str, facts: InitiativeFacts, position: int = 0) -> Initiative:
    """Let the initiative of this slug be what `facts` say and take part at `position`. Doing it again changes nothing.

    An initiative outlives conferences: name, Land, aim and address are the same in all of them, the last file wins.
    Whether it can be reached through the form stays as its people chose it where the file does not say.
    """
    initiative = await initiative_by_slug(work.session, facts.slug)
    if initiative is None:
        initiative = Initiative(id=ids.new(), slug=facts.slug, name=facts.name, land=facts.land, aim=facts.aim)
    initiative.name, initiative.land, initiative.aim = facts.name, facts.land, facts.aim
    initiative.url, initiative.example = facts.url, facts.example
    work.session.add(initiative)
    await work.session.flush()
    present = {row.initiative_id: row for row in await participations_of(work.session, conference_id)}
    participation = present.get(initiative.id)
    if participation is None:
        participation = Participation(
            id=ids.new(), conference_id=conference_id, initiative_id=initiative.id, about=facts.about, position=position
        )
    participation.about, participation.position = facts.about, position
    participation.kind, participation.topics = facts.kind, list(facts.topics)
    if facts.reachable is not None:
        participation.reachable = facts.reachable
    work.session.add(participation)
    await work.session.flush()
    return initiative


async def set_reachable(work: Work, conference_id: str, initiative_id: str, reachable: bool) -> bool:
    """Let strangers write to the initiative through the conference's form, or not; whether that changed. Raises NotFound."""
    rows = await participations_of(work.session, conference_id)
    row = next((row for row in rows if row.initiative_id == initiative_id), None)
    if row is None:
        raise NotFound("card")
    if row.reachable is reachable:
        return False
    row.reachable = reachable
    work.session.add(row)
    return True


async def keep_only(work: Work, conference_id: str, initiative_ids: Collection[str]) -> int:
    """All others take no part any more; how many those were. Their cards are withdrawn by the cards' own import."""
    leaving = [row for row in await participations_of(work.session, conference_id) if row.initiative_id not in initiative_ids]
    for row in leaving:
        await work.session.delete(row)
    await work.session.flush()
    return len(leaving)
