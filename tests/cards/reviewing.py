"""What tests of reviewing need: agreed cards, further versions, people, posts."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import httpx2
from sqlmodel import select

from conference.base.audit import AuditEntry
from conference.base.db import Work
from conference.base.jobs import Job, Worker
from conference.base.mail import Letter, Mail, MemoryMail, mail_handlers
from conference.cards.actions import handlers
from conference.cards.consent.rules import NEEDED
from conference.cards.model import Card, CardConsent, CardFile, CardFilm, CardState, FileRole, FilmState
from conference.cards.store import card_by_id, card_of, films_of
from conference.initiatives.model import Initiative, Participation
from conference.initiatives.store import initiative_in
from conference.people.actions import put_person, sign_in
from conference.people.model import Person, Role
from tests.results.house import SLUG, House, small_film

DESK = f"/desk/{SLUG}/cards"


async def card_at(house: House, slug: str) -> Card:
    async with house.services.db.read() as db:
        initiative = await initiative_in(db, house.conference.id, slug)
        card = await card_of(db, house.conference.id, initiative.id) if initiative else None
    assert card is not None
    return card


async def changed(house: House, card: Card, **values: Any) -> None:
    async with house.services.db.work() as work:
        found = await card_by_id(work.session, card.id)
        for name, value in values.items():
            setattr(found, name, value)
        work.session.add(found)


async def agreed(house: House, card: Card, kinds: tuple[Any, ...] = NEEDED) -> None:
    """The initiative has agreed to all that publishing needs, or to some of it, and to the newest film."""
    async with house.services.db.work() as work:
        at = await _latest(work, card)
        for kind in kinds:
            work.session.add(
                CardConsent(id=house.services.ids.new(), card_id=card.id, kind=kind, version=1, language="de", given=at,
                            by_name="Ada Beispiel")
            )  # fmt: skip


async def film_beside(house: House, card: Card, state: FilmState = FilmState.READY, **values: Any) -> CardFilm:
    """A newer film of the card, a ready one with its rendition in the store."""
    services = house.services
    async with services.db.work() as work:
        begun = await _latest(work, card) + timedelta(seconds=1)
        facts = {"begun": begun, "seconds": 12.0, "width": 160, "height": 90, **values}
        film = CardFilm(id=services.ids.new(), card_id=card.id, state=state, **facts)
        work.session.add(film)
        await work.session.flush()
        if state is FilmState.READY:
            key = f"cards/{secrets.token_urlsafe(32)}.mp4"
            await services.storage.put(key, small_film(150), "video/mp4")
            work.session.add(
                CardFile(id=services.ids.new(), card_id=card.id, film_id=film.id, role=FileRole.RENDITION, key=key,
                         content_type="video/mp4", size=9, etag=secrets.token_hex(32), width=160, height=90)
            )  # fmt: skip
    return film


async def _latest(work: Work, card: Card) -> datetime:
    """Now, or later where a film of the card came later: houses are built in the archive and then travel back."""
    return max([work.now, *(film.begun for film in await films_of(work.session, card.id))])


async def person_of(house: House, name: str, *roles: Role, initiative: str | None = None, email: str | None = None) -> Person:
    """Somebody whose cookie is `house.cookies[name]`."""
    services = house.services
    async with services.db.work() as work:
        found = await initiative_in(work.session, house.conference.id, initiative) if initiative else None
        person = await put_person(
            work, services.ids, conference_id=house.conference.id, name=name, email=email or f"{name.lower()}@example.org",
            roles=[(role, None) for role in roles], initiative_id=found.id if found else None,
        )  # fmt: skip
        await work.session.flush()
        house.cookies[name] = await sign_in(work, services.ids, services.clock, person, None)
    return person


async def post(house: House, path: str, who: str = "organiser", language: str = "de", **data: str) -> httpx2.Response:
    """A form sent by one of the house's people, as their browser would."""
    base = house.services.settings.base_url
    sent = {"accept-language": language, "accept": "text/html", "sec-fetch-site": "same-origin"}
    if who != "stranger":
        sent["cookie"] = f"meetingpoint={house.cookies[who]}"
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=house.app), base_url=base) as client:
        return await client.post(path, data=data, headers=sent)


async def letters_waiting(house: House) -> list[Letter]:
    """What jobs would send."""
    async with house.services.db.read() as db:
        jobs = await db.exec(select(Job).where(Job.kind == "mail.send").order_by(Job.created, Job.id))
        return [Letter(**job.facts) for job in jobs if job.facts]


async def objects_forgotten(house: House) -> None:
    """Do what a worker would do with objects that no card refers to any more."""
    services = house.services
    worker = Worker(services.db, services.clock, services.ids, handlers(services.storage))
    while await worker.run_once():
        pass


async def acts_of(house: House) -> list[str]:
    """What was written down, in order of time."""
    async with house.services.db.read() as db:
        return [entry.act for entry in await db.exec(select(AuditEntry)) if entry.act.startswith("card")]


@asynccontextmanager
async def postman(house: House, mail: Mail | None = None) -> AsyncIterator[Worker]:
    """A worker that sends letters, and does nothing else."""
    services = house.services
    mail = mail or services.mail
    yield Worker(services.db, services.clock, services.ids, mail_handlers(mail), lease_seconds=5)


async def all_sent(house: House) -> list[Letter]:
    assert isinstance(house.services.mail, MemoryMail)
    async with postman(house) as worker:
        while await worker.run_once():
            pass
    return house.services.mail.letters


async def many_more(house: House, number: int) -> None:
    """So many more initiatives take part, each with a card, a film with captions, and a consent."""
    new = house.services.ids.new
    async with house.services.db.work() as work:
        for each in range(number):
            initiative = Initiative(id=new(), slug=f"more-{each}", name=f"Initiative {each}", land="TH", aim={})
            card = Card(
                id=new(),
                conference_id=house.conference.id,
                initiative_id=initiative.id,
                state=CardState.READY,
                seconds=1,
                words={},
            )
            film = CardFilm(id=new(), card_id=card.id, state=FilmState.READY, shown=True, begun=work.now)
            file = CardFile(id=new(), card_id=card.id, film_id=film.id, role=FileRole.CAPTIONS, key=f"cards/{film.id}.vtt",
                            content_type="text/vtt", size=1, etag="x", language="de")  # fmt: skip
            consent = CardConsent(
                id=new(), card_id=card.id, kind=NEEDED[0], version=1, language="de", given=work.now, by_name="Ada"
            )
            taking_part = Participation(
                id=new(), conference_id=house.conference.id, initiative_id=initiative.id, about={}, position=9
            )
            for row in (initiative, taking_part, card, film, file, consent):
                work.session.add(row)
                await work.session.flush()
