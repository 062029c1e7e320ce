"""What the demo does with the doors of the house: puts its people in, shifts the clock, makes the visitor somebody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.store import conference_by_slug, times_of
from conference.base.clock import SystemClock
from conference.base.db import Work
from conference.base.errors import Invalid, NotFound
from conference.base.ids import Ids
from conference.demo.cast import Cast, Contribution, Played, Seat
from conference.demo.results import go_on
from conference.demo.rules import instant_of
from conference.demo.script import Invented, Script
from conference.initiatives.store import initiative_by_slug
from conference.people.actions import forget_browser, issue_link, mint_token, put_person, sign_in
from conference.people.model import Person, Role
from conference.program.model import Kind, Session
from conference.program.store import forums_among, sessions_of
from conference.web.services import Services

TOKEN_HOURS = 24.0 * 31
STRANGER = "stranger"


async def put_cast(services: Services, scripts: Sequence[Script], digest: str) -> Cast:
    """Put the invented people of all conferences in and hand out their links. The first script is the one that is played."""
    persons: dict[str, list[str]] = {}
    async with services.db.work() as work:
        for script in scripts:
            put = await _put_people(work, services.ids, script)
            for invented in script.people:
                if invented.key:
                    persons.setdefault(invented.key, []).append(put[invented.email].id)
            if script is scripts[0]:
                first = put
        return await _cast_of(work, services.ids, scripts[0], first, persons, digest)


async def _put_people(work: Work, ids: Ids, script: Script) -> dict[str, Person]:
    """Everybody of one conference, by address."""
    conference = await conference_by_slug(work.session, script.slug)
    sessions = {row.slug: row.id for row in await sessions_of(work.session, conference.id)}
    put = {}
    for invented in (*script.people, *_captioners(script)):
        initiative = await initiative_by_slug(work.session, invented.initiative) if invented.initiative else None
        put[invented.email] = await put_person(
            work,
            ids,
            conference_id=conference.id,
            name=invented.name,
            email=invented.email,
            roles=[(Role(role), sessions[slug] if slug else None) for role, slug in invented.roles],
            initiative_id=initiative.id if initiative else None,
            land=invented.land,
            simulated=invented.simulated,
        )
    return put


def _captioners(script: Script) -> list[Invented]:
    """One who types what is spoken, in each session with spoken streams."""
    spoken = sorted({stream.session for stream in script.streams if stream.captions})
    return [
        Invented(
            name="Schriftdolmetschung (Beispiel)",
            email=f"captions-{slug}@example.org",
            initiative=None,
            land="",
            roles=((Role.CAPTIONER.value, slug),),
            key=None,
            simulated=True,
            forum=slug,
        )
        for slug in spoken
    ]


async def _cast_of(
    work: Work, ids: Ids, script: Script, put: Mapping[str, Person], persons: dict[str, list[str]], digest: str
) -> Cast:
    conference = await conference_by_slug(work.session, script.slug)
    program = await sessions_of(work.session, conference.id)
    sessions = {row.slug: row.id for row in program}
    closing = closing_plenary(program)
    lines: dict[str, dict[str, str]] = {}
    for stream in script.streams:
        if stream.captions:
            lines.setdefault(stream.session, {})[put[stream.email].name] = str(stream.captions)

    async def seat(invented: Invented, typed: dict[str, str]) -> Seat:
        link = await issue_link(work, ids, put[invented.email].id)
        return Seat(link, sessions[invented.forum or ""], invented.name, typed)

    attendees = [await seat(who, {}) for who in script.people if who.simulated and who.forum]
    return Cast(
        digest=digest,
        slug=script.slug,
        times={name: instant.isoformat() if instant else None for name, instant in asdict(times_of(conference)).items()},
        forum=_moderated(script),
        plenary={"slug": closing.slug, "starts": closing.starts.isoformat()} if closing else None,
        persons=persons,
        links={who.key: await issue_link(work, ids, put[who.email].id) for who in script.people if who.key},
        attendees=attendees,
        captioners=[await seat(who, lines[who.forum or ""]) for who in _captioners(script)],
        played=[
            Played(
                session=sessions[row.session],
                slug=row.session,
                person=put[row.email].id,
                name=put[row.email].name,
                clip=str(row.clip),
                spoken=row.captions is not None,
            )
            for row in script.streams
        ],
        contributions=_contributions(script, attendees, sessions),
    )


def closing_plenary(program: Sequence[Session]) -> Session | None:
    """The last plenary that begins behind a forum or theme room; None when there is none."""
    forums = forums_among(program)
    plenaries = [row for row in program if row.kind is Kind.PLENARY and any(forum.starts < row.starts for forum in forums)]
    return max(plenaries, key=lambda row: row.starts, default=None)


def _moderated(script: Script) -> str:
    """The session that the visitor moderates."""
    held = (held for person in script.people if person.key == Role.MODERATOR for held in person.roles)
    return next((session for role, session in held if role == Role.MODERATOR and session), "")


def _contributions(script: Script, attendees: Sequence[Seat], sessions: Mapping[str, str]) -> list[Contribution]:
    """Each by another of those who sit in that forum, one after the other."""
    sitting: dict[str, list[Seat]] = {}
    for seat in attendees:
        sitting.setdefault(seat.session, []).append(seat)
    made: list[Contribution] = []
    for said in script.findings:
        number = sum(one.slug == said.session for one in made)
        there = sitting[sessions[said.session]]
        link = there[number % len(there)].link
        made.append(Contribution(link, said.session, said.heading, said.text, f"demo-{said.session}-{number + 1}"))
    return made


async def mint_play_tokens(services: Services, cast: Cast) -> list[str]:
    """A publisher's token for each played stream, in order, bound to its example person."""
    async with services.db.work() as work:
        conference = await conference_by_slug(work.session, cast.slug)
        return [
            await mint_token(
                work,
                services.ids,
                services.clock,
                conference_id=conference.id,
                session_id=row.session,
                role="publisher",
                hours=TOKEN_HOURS,
                person_id=row.person,
                label=row.name,
            )
            for row in cast.played
        ]


async def instant_in(session: AsyncSession, slug: str, moment: str) -> datetime:
    """When a moment of the conference is, by its present times. Raises Invalid("moment"), NotFound."""
    conference = await conference_by_slug(session, slug)
    program = await sessions_of(session, conference.id)
    closing = closing_plenary(program)
    try:
        return instant_of(
            moment,
            times_of(conference),
            [(row.starts, row.ends) for row in forums_among(program)],
            closing.starts if closing else None,
        )
    except KeyError:
        raise Invalid("moment", value=moment) from None


async def go_to(services: Services, cast: Cast, instant: datetime) -> None:
    """Let it be `instant` for all, and the results stand as they do then."""
    shift(services, instant)
    await go_on(services, cast, instant)


def shift(services: Services, instant: datetime) -> None:
    """Let it be `instant` for all processes of the demo."""
    clock = services.clock
    if not isinstance(clock, SystemClock):
        raise NotFound("page")
    clock.shift_to(instant)


async def become(services: Services, cast: Cast, role: str, cookie: str | None) -> str | None:
    """Make the browser be the person of that role in every conference; its new cookie, None for a stranger. Raises Invalid."""
    if role != STRANGER and role not in cast.persons:
        raise Invalid("role", value=role)
    async with services.db.work() as work:
        if role == STRANGER:
            if cookie is not None:
                await forget_browser(work, cookie)
            return None
        for person_id in cast.persons[role]:
            person = await work.session.get(Person, person_id)
            if person is not None:
                cookie = await sign_in(work, services.ids, services.clock, person, cookie)
    return cookie
