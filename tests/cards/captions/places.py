"""What tests of a card's words stand on: the card, its film, a form sent by somebody."""

from __future__ import annotations

from typing import Any

import httpx2

from conference.cards.model import Card, CardFile, CardFilm, CardState, FileRole, FilmState
from conference.cards.store import card_of, files_of_film, shown_film
from conference.initiatives.store import initiative_in
from tests.results.house import SLUG, House

SRT = (
    "1\r\n00:00:01,000 --> 00:00:04,000\r\nGrüße aus Sachsen.\r\n\r\n2\r\n00:00:05,000 --> 00:00:07,500\r\nKommen Sie vorbei.\r\n"
)
VTT = "WEBVTT\n\n00:00:01.000 --> 00:00:04.000\nGrüße aus Sachsen.\n\n00:00:05.000 --> 00:00:07.500\nKommen Sie vorbei.\n"
WORDS = "/cards/werkbank/own/words"


async def card_at(house: House, slug: str = "werkbank") -> Card:
    async with house.services.db.read() as db:
        initiative = await initiative_in(db, house.conference.id, slug)
        assert initiative is not None
        card = await card_of(db, house.conference.id, initiative.id)
        assert card is not None
        return card


async def film_at(house: House, slug: str = "werkbank") -> CardFilm:
    card = await card_at(house, slug)
    async with house.services.db.read() as db:
        film = await shown_film(db, card.id)
        assert film is not None
        return film


async def captions_at(house: House, film_id: str) -> dict[str, CardFile]:
    async with house.services.db.read() as db:
        files = await files_of_film(db, film_id)
    return {file.language: file for file in files if file.role is FileRole.CAPTIONS}


async def become(house: House, state: CardState, slug: str = "werkbank") -> None:
    card = await card_at(house, slug)
    async with house.services.db.work() as work:
        card.state = state
        work.session.add(card)


async def successor(house: House, slug: str = "werkbank", seconds: float = 3.0, state: FilmState = FilmState.READY) -> CardFilm:
    """A newer film beside the one that is shown."""
    house.clock.advance(minutes=1)
    card = await card_at(house, slug)
    async with house.services.db.work() as work:
        film = CardFilm(id=house.services.ids.new(), card_id=card.id, state=state, begun=work.now, seconds=seconds)
        work.session.add(film)
    return film


async def without_films(house: House, slug: str = "werkbank") -> None:
    from conference.cards.actions import forget_films

    card = await card_at(house, slug)
    async with house.services.db.work() as work:
        await forget_films(work, card.id)


async def post(
    house: House,
    path: str,
    fields: dict[str, str],
    file: tuple[str, bytes] | None = None,
    who: str = "initiative",
    language: str = "de",
    accept: str = "text/html",
) -> httpx2.Response:
    """A form sent from one of our pages."""
    base = house.services.settings.base_url
    headers = {"accept-language": language, "accept": accept, "origin": base}
    if who != "stranger":
        headers["cookie"] = f"meetingpoint={house.cookies[who]}"
    sent: dict[str, Any] = {"data": fields}
    if file is not None:
        sent["files"] = {"file": (*file, "text/plain")}
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=house.app), base_url=base) as client:
        return await client.post(f"/{SLUG}{path}", headers=headers, **sent)
