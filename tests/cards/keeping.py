"""What tests of consents and of keeping share: the house's cards by name, and what is stored of them."""

from __future__ import annotations

import httpx2
from sqlmodel import col, select

from conference.base.jobs import Job
from conference.base.mail import KIND, Letter
from conference.cards.model import Card, CardConsent, CardFilm, CardState, ConsentKind, FilmState
from conference.cards.store import card_of, consents_of
from conference.initiatives.store import initiative_in
from tests.results.house import SLUG, House


async def card_named(house: House, slug: str) -> Card:
    async with house.services.db.read() as db:
        initiative = await initiative_in(db, house.conference.id, slug)
        assert initiative is not None
        card = await card_of(db, house.conference.id, initiative.id)
    assert card is not None
    return card


async def consents_now(house: House, slug: str) -> dict[ConsentKind, CardConsent]:
    """Those that hold."""
    card = await card_named(house, slug)
    async with house.services.db.read() as db:
        return {one.kind: one for one in await consents_of(db, card.id) if one.ended is None}


async def all_consents(house: House, card_id: str) -> list[CardConsent]:
    async with house.services.db.read() as db:
        return await consents_of(db, card_id)


async def set_state(house: House, card_id: str, state: CardState) -> None:
    async with house.services.db.work() as work:
        card = await work.session.get(Card, card_id)
        assert card is not None
        card.state = state
        work.session.add(card)


async def add_film(house: House, card_id: str, *, state: FilmState = FilmState.UPLOADING, parts: int = 1) -> CardFilm:
    """A film whose upload has begun, with its open upload in the store."""
    services = house.services
    key = f"incoming/{services.ids.secret()}"
    upload_id = await services.storage.begin_parts(key, "application/octet-stream")
    for number in range(1, parts + 1):
        await services.storage.put_part(key, upload_id, number, b"part")
    film = CardFilm(
        id=services.ids.new(), card_id=card_id, state=state, key=key, upload_id=upload_id, size=4 * parts,
        begun=services.clock.now(),
    )  # fmt: skip
    async with services.db.work() as work:
        work.session.add(film)
    return film


async def post(house: House, path: str, who: str = "stranger", **fields: str) -> httpx2.Response:
    """A form of one of our pages, sent; `path` within the conference."""
    base = house.services.settings.base_url
    headers = {"accept-language": "de", "origin": base}
    if who != "stranger":
        headers["cookie"] = f"meetingpoint={house.cookies[who]}"
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=house.app), base_url=base) as client:
        return await client.post(f"/{SLUG}{path}", data=fields, headers=headers)


async def letters(house: House) -> list[Letter]:
    """Every letter that waits to be sent, the oldest first; they count as sent then."""
    async with house.services.db.work() as work:
        jobs = list(await work.session.exec(select(Job).where(Job.kind == KIND).order_by(col(Job.created), col(Job.id))))
        for job in jobs:
            await work.session.delete(job)
    return [Letter(**job.facts) for job in jobs]


async def work_off(house: House) -> None:
    """What a worker would do with all jobs that wait, letters left out."""
    await letters(house)
    await house.work_off_jobs()
