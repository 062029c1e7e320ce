"""What can be told of a conference in figures, none of which tells of a person or of a group of fewer than five."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import Conference
from conference.cards.model import Card, CardPlays, CardState
from conference.cards.numbers.rules import numbers_of
from conference.cards.store import cards_in
from conference.forums.model import Seat
from conference.forums.stays import stays_of
from conference.initiatives.model import LAENDER
from conference.initiatives.store import initiatives_in
from conference.program.model import Kind, Session
from conference.program.store import sessions_of
from conference.results.report.figures import Groups, groups_of, most_at_once, told
from conference.survey.store import outcome_of, survey_of
from conference.survey.words import group_words
from conference.web.texts import Texts

Figure = dict[str, Any]
"""{"key", "value" (int)}, of several groups also {"parts": [{"name": Words, "value": int}], "others": how many are not told,
"together": their sum or None}; "name": Words, where the program has no word for it. Plain JSON, since the report
keeps it as it was."""


async def figures_of(db: AsyncSession, conference: Conference, now: datetime, texts: Texts) -> list[Figure]:
    """All that can be told now, in the order of the report; what there is none or too few of is left out. Eight queries."""
    sessions = await sessions_of(db, conference.id)
    seats = await _seats(db, conference.id)
    initiatives = await initiatives_in(db, conference.id)
    lands: dict[str, int] = {}
    for initiative in initiatives:
        lands[initiative.land] = lands.get(initiative.land, 0) + 1
    published = [card for card in await cards_in(db, conference.id) if card.state is CardState.PUBLISHED]
    found = [
        _one("participants", len({seat.person_id for seat in seats})),
        _one("initiatives", len(initiatives)),
        _several("lands", groups_of(lands), {land: {"de": LAENDER[land]} for land in lands}),
        _one("forums", sum(1 for each in sessions if each.kind in (Kind.FORUM, Kind.THEME_ROOM)), least=1),
        _peaks(sessions, seats, now),
        _one("cards", len(published)),
        _one("plays", await _plays(db, published)),
        *await _survey(db, texts, conference.id),
    ]
    return [figure for figure in found if figure is not None]


def _one(key: str, count: int, *, least: int | None = None) -> Figure | None:
    """least: what is no group of people may be told from this number on."""
    value = (count if count >= least else None) if least is not None else told(count)
    return None if value is None else {"key": key, "value": value}


def _several(key: str, groups: Groups, names: Mapping[str, Mapping[str, str]], *, sums: bool = True) -> Figure | None:
    if not groups.exact or (sums and groups.hidden and groups.together is None):
        return None
    parts = [{"name": dict(names[name]), "value": count} for name, count in groups.exact]
    together = groups.together if sums else None
    return {"key": key, "value": len(parts) + groups.hidden, "parts": parts, "others": groups.hidden, "together": together}


def _peaks(sessions: Sequence[Session], seats: Iterable[Seat], now: datetime) -> Figure | None:
    """How many were in each room at once, at the most. A seat that nobody gave up counts until its session is over."""
    spans: dict[str, list[tuple[datetime, datetime]]] = {}
    ends = {session.id: min(session.ends, now) for session in sessions}
    for seat in seats:
        until = ends[seat.session_id]
        spans.setdefault(seat.session_id, []).extend((entered, min(left or until, until)) for entered, left in stays_of(seat))
    rooms = {session.id: session for session in sessions if session.kind is not Kind.BREAK}
    groups = groups_of({name: most_at_once(spans.get(name, ())) for name in rooms})
    figure = _several("peaks", groups, {name: room.title for name, room in rooms.items()}, sums=False)
    if figure is not None:
        order = [room.title for room in rooms.values()]
        figure["parts"].sort(key=lambda part: order.index(part["name"]))
    return figure


async def _seats(db: AsyncSession, conference_id: str) -> list[Seat]:
    """One for each person and room; of those who only waited outside or were kept out none."""
    query = select(Seat).where(Seat.conference_id == conference_id, Seat.number == 1, col(Seat.person_id).is_not(None))
    found = await db.exec(query.where(col(Seat.banned).is_(None)))
    return [seat for seat in found if seat.knocked is None or seat.earlier]


async def _survey(db: AsyncSession, texts: Texts, conference_id: str) -> list[Figure]:
    """How many answered, and what they said to each question of which more than a mean can be told. texts: for the words of
    the answers."""
    survey = await survey_of(db, conference_id)
    outcome = await outcome_of(db, survey) if survey is not None else None
    if outcome is None or outcome.count is None:
        return []
    figures: list[Figure] = [{"key": "survey", "value": outcome.count}]
    for question, said in zip(outcome.questions, outcome.told, strict=True):
        if said is not None and said.groups:
            groups = [(group, count) for group, count in reversed(said.groups) if count]
            parts = [{"name": group_words(texts, question.scale, group), "value": count} for group, count in groups]
            figure = {"key": f"survey{question.key}", "value": said.count, "name": dict(question.text), "parts": parts}
            figures.append(figure | {"others": 0, "together": None})
    return figures


async def _plays(db: AsyncSession, cards: Iterable[Card]) -> int:
    """Of each card what its own people may know, so that nobody can take theirs away and learn the rest."""
    rows: dict[str, list[tuple[Any, int, int]]] = {}
    query = select(CardPlays).where(col(CardPlays.card_id).in_([card.id for card in cards]))
    for row in await db.exec(query):
        rows.setdefault(row.card_id, []).append((row.day, row.plays, row.ends))
    return sum(numbers_of(each).plays.exact or 0 for each in rows.values())
