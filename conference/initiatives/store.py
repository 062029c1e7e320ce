"""Who takes part in a conference."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.words import Words
from conference.initiatives.model import Initiative, Participation


@dataclass(frozen=True)
class TakingPart:
    """An initiative as one conference shows it. land: a key of LAENDER; kind, topics, reachable: as in Participation."""

    id: str
    slug: str
    name: str
    land: str
    aim: Words
    about: Words
    url: str | None
    example: bool
    kind: Words = field(default_factory=dict)
    topics: tuple[Words, ...] = ()
    reachable: bool = True


async def initiatives_in(session: AsyncSession, conference_id: str) -> list[TakingPart]:
    """All of a conference, in the host's order. One query."""
    found = await session.exec(
        select(Initiative, Participation)
        .join(Participation, col(Participation.initiative_id) == Initiative.id)
        .where(Participation.conference_id == conference_id)
        .order_by(col(Participation.position), col(Initiative.slug))
    )
    return [_taking_part(initiative, participation) for initiative, participation in found]


async def initiative_in(session: AsyncSession, conference_id: str, slug: str) -> TakingPart | None:
    """The one of this slug, None when it takes no part."""
    found = await session.exec(
        select(Initiative, Participation)
        .join(Participation, col(Participation.initiative_id) == Initiative.id)
        .where(Participation.conference_id == conference_id, Initiative.slug == slug)
    )
    row = found.first()
    return _taking_part(*row) if row else None


async def initiative_by_slug(session: AsyncSession, slug: str) -> Initiative | None:
    """Of any conference."""
    return (await session.exec(select(Initiative).where(Initiative.slug == slug))).first()


async def participations_of(session: AsyncSession, conference_id: str) -> list[Participation]:
    return list(await session.exec(select(Participation).where(Participation.conference_id == conference_id)))


def _taking_part(initiative: Initiative, participation: Participation) -> TakingPart:
    return TakingPart(
        id=initiative.id,
        slug=initiative.slug,
        name=initiative.name,
        land=initiative.land,
        aim=initiative.aim,
        about=participation.about,
        url=initiative.url,
        example=initiative.example,
        kind=participation.kind,
        topics=tuple(participation.topics),
        reachable=participation.reachable,
    )
