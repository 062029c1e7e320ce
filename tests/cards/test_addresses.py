"""Who holds which address of a film or of a part, and what it opens: on a real S3 server and out of the folder, in every state.

What the stores do with a single address is in tests/contracts; here it is the addresses that the platform gives out.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from sqlmodel import select

from conference.access.model import State
from conference.base.errors import Invalid, NotFound, OutsideWindow
from conference.base.jobs import Job
from conference.cards.actions import FORGET, handlers, publish_card, withdraw_card
from conference.cards.films import actions
from conference.cards.films.actions import Bringing
from conference.cards.films.rules import PART_SIZE, Offer
from conference.cards.model import Card, CardFilm, FilmState
from conference.cards.store import card_by_id, card_of, shown_film
from conference.initiatives.store import initiative_by_slug
from tests.cards.test_pages import IN_ORDER, VIDEO
from tests.results.house import CLOSES, House, house_at, small_film
from tests.services import Swift

BODY = b"of somebody else"


@dataclass
class Stand:
    """The platform with one kind of store."""

    house: House
    bucket: str
    outside: httpx2.AsyncClient

    async def ask(self, address: str, method: str = "GET", body: bytes | None = None, **headers: str) -> httpx2.Response:
        """As anybody on the network."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if address.startswith("http"):
            return await self.outside.request(method, address, content=body, headers=sent)
        inside = httpx2.ASGITransport(app=self.house.app)
        async with httpx2.AsyncClient(transport=inside, base_url=self.house.services.settings.base_url) as client:
            return await client.request(method, address, content=body, headers=sent)

    async def refused(self, address: str, method: str = "GET", body: bytes | None = None) -> bool:
        """Swift says 400 or 401 where there is no signature at all."""
        answer = await self.ask(address, method, body)
        no = answer.status_code in (400, 401, 403, 405, 501)
        assert not (no and small_film(90)[:64] in answer.content)
        return no

    def raw(self, key: str) -> list[str]:
        """Addresses without a signature. Swift has one of its own API besides."""
        if not self.bucket:
            return [f"/objects/{key}"]
        origin = self.house.services.storage.public_origin
        return [f"{origin}/{self.bucket}/{key}", f"{origin}/v1/AUTH_test/{self.bucket}/{key}"]

    def key_of(self, address: str) -> str:
        path = urlsplit(address).path
        return path.removeprefix("/objects/").removeprefix(f"/{self.bucket}/")

    async def ended(self, address: str, method: str = "GET", body: bytes | None = None) -> bool:
        """Whether it is refused once its seconds are over: our own clock is moved, the S3 server's goes by itself."""
        self.house.clock.advance(seconds=2)
        async with asyncio.timeout(15):
            while not await self.refused(address, method, body):
                await asyncio.sleep(0.1)
        return True

    async def forget(self) -> None:
        """What a worker would delete."""
        services = self.house.services
        async with services.db.work() as work:
            for job in list(await work.session.exec(select(Job).where(Job.kind == FORGET))):
                await handlers(services.storage)[FORGET](job)
                await work.session.delete(job)

    async def bringing(self, slug: str = "werkbank") -> Bringing:
        async with self.house.services.db.read() as db:
            initiative = await initiative_by_slug(db, slug)
        assert initiative is not None
        return Bringing(self.house.conference.id, initiative.id, None)

    async def card(self, slug: str = "werkbank") -> Card:
        async with self.house.services.db.read() as db:
            card = await card_of(db, self.house.conference.id, (await self.bringing(slug)).initiative_id)
        assert card is not None
        return card


@pytest.fixture(scope="module", params=["folder", "s3"])
async def stand_of_all(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stand]:
    folder = tmp_path_factory.mktemp("addresses")
    if request.param == "folder":
        async with house_at(folder, "folder") as house, httpx2.AsyncClient() as outside:
            yield Stand(house, "", outside)
        return
    swift: Swift = request.getfixturevalue("swift")
    bucket = "addresses"
    swift.create_bucket(bucket)
    access: dict[str, Any] = {"storage_access_key": swift.access_key, "storage_secret_key": swift.secret_key}
    async with house_at(folder, swift.storage_url(bucket), **access) as house, httpx2.AsyncClient(timeout=10) as outside:
        yield Stand(house, bucket, outside)


@pytest.fixture
def stand(stand_of_all: Stand) -> Stand:
    stand_of_all.house.at(State.ARCHIVE)
    return stand_of_all


async def test_an_address_opens_one_film_for_its_seconds(stand: Stand) -> None:
    house = stand.house
    answer = await house.get(VIDEO)
    address = _absolute(answer.headers["location"])
    assert (answer.status_code, answer.headers["cache-control"], _seconds(address, house)) == (302, "no-store", 900)
    film = await stand.ask(address)
    assert (film.status_code, film.content, film.headers["content-type"]) == (200, small_film(90), "video/mp4")
    assert film.headers["cache-control"] == "private, no-store"
    part = await stand.ask(address, range="bytes=4-7")
    assert (part.status_code, part.content) == (206, b"ftyp")
    own = stand.key_of(address)
    other = next(key for key in await house.keys() if key.endswith(".mp4") and key != own)
    for altered in (
        address.replace(own, other), re.sub(r"(xpires=\d+)", r"\g<1>0", address), _other_signature(address),
        address.replace("video%2Fmp4", "text%2Fhtml"), address.partition("?")[0],
    ):  # fmt: skip
        assert altered != address
        assert await stand.refused(altered), altered
    for method in ("PUT", "DELETE", "POST"):
        assert await stand.refused(address, method, BODY if method != "DELETE" else None)
    assert (await stand.ask(address)).content == small_film(90)


async def test_no_address_outlives_the_conference(stand: Stand) -> None:
    house = stand.house
    house.clock.jump_to(CLOSES - timedelta(seconds=2))
    address = _absolute((await house.get(VIDEO)).headers["location"])
    assert _seconds(address, house) == 2
    assert (await stand.ask(address)).status_code == 200
    bringing = await stand.bringing()
    film = await actions.begin(house.services, bringing, Offer("late.mp4", 50), replace=True)
    (part,) = (await actions.sign_parts(house.services, bringing, film.id, [1], 2)).values()
    assert await stand.ended(address)
    assert await stand.ended(_absolute(part), "PUT", BODY)
    assert (await house.get(VIDEO)).status_code == 410
    with pytest.raises(OutsideWindow):
        await actions.sign_parts(house.services, bringing, film.id, [1], 0)


async def test_a_part_goes_to_its_place_and_nowhere_else(stand: Stand) -> None:
    services = stand.house.services
    bringing, stranger = await stand.bringing(), await stand.bringing("wendland")
    film = await actions.begin(services, bringing, Offer("film.mp4", PART_SIZE + 50), replace=True)
    theirs = await actions.begin(services, stranger, Offer("theirs.mp4", PART_SIZE + 50))
    assert re.fullmatch(r"incoming/[A-Za-z0-9_-]{43}", film.key or "")
    signed = await actions.sign_parts(services, bringing, film.id, [1, 2], 900)
    first, second = _absolute(signed[1]), _absolute(signed[2])
    with pytest.raises(NotFound):
        await actions.sign_parts(services, stranger, film.id, [1], 900)
    with pytest.raises(Invalid):
        await actions.sign_parts(services, bringing, film.id, [3], 900)
    assert film.key is not None
    assert film.upload_id is not None
    assert theirs.key is not None
    assert theirs.upload_id is not None
    for altered in (
        re.sub(r"(part|partNumber)=1", r"\1=2", first), first.replace(film.key, theirs.key),
        first.replace(film.upload_id, theirs.upload_id), re.sub(r"(xpires=\d+)", r"\g<1>0", first), _other_signature(first),
    ):  # fmt: skip
        assert altered != first
        assert await stand.refused(altered, "PUT", BODY), altered
    for method in ("GET", "HEAD", "DELETE", "POST"):
        assert await stand.refused(first, method)
    assert list(await services.storage.list_parts(film.key, film.upload_id)) == []
    assert (await stand.ask(first, "PUT", bytes(PART_SIZE))).status_code == 200
    assert (await stand.ask(second, "PUT", bytes(50))).status_code == 200
    assert (await actions.complete(services, bringing, film.id)).state is FilmState.WAITING
    late = (await stand.ask(second, "PUT", BODY)).status_code
    assert late == 404 or (late == 200 and stand.bucket)  # Swift takes it; the worker fetches the source once, and looks at that
    assert (await services.storage.head(film.key)).size == PART_SIZE + 50
    await actions.break_off(services, bringing, film.id)
    await stand.forget()
    for address in (first, second):
        assert (await stand.ask(address, "PUT", BODY)).status_code == 404
    assert film.key not in await stand.house.keys()


async def test_more_than_was_promised_is_thrown_away(stand: Stand) -> None:
    services = stand.house.services
    bringing = await stand.bringing()
    before = await stand.house.keys()
    film = await actions.begin(services, bringing, Offer("larger.mp4", 50), replace=True)
    (address,) = (await actions.sign_parts(services, bringing, film.id, [1], 900)).values()
    assert (await stand.ask(_absolute(address), "PUT", bytes(51))).status_code == 200
    refused = await actions.complete(services, bringing, film.id)
    assert (refused.state, refused.refusal) == (FilmState.REFUSED, "film_too_large")
    await stand.forget()
    assert await stand.house.keys() == before
    assert film.key not in {upload.key for upload in await services.storage.list_open_parts()}
    assert (await stand.ask(_absolute(address), "PUT", bytes(50))).status_code == 404
    async with services.db.read() as db:
        assert (await db.get(CardFilm, film.id)) is not None


async def test_what_is_not_public_is_for_its_owner_and_the_organisers(stand: Stand) -> None:
    """Previews of an unpublished film, and the addresses that its page is made of, in every state."""
    house = stand.house
    async with house.services.db.read() as db:
        mine, theirs = await shown_film(db, (await stand.card()).id), await shown_film(db, (await stand.card("heimat")).id)
    assert mine is not None
    assert theirs is not None
    paths = {
        "own": ("/cards/werkbank/own", "/cards/werkbank/own/film", f"/cards/werkbank/films/{mine.id}/video.mp4"),
        "others": ("/cards/heimat/own", "/cards/heimat/own/film", f"/cards/heimat/films/{theirs.id}/video.mp4"),
        "mixed": (f"/cards/werkbank/films/{theirs.id}/video.mp4", f"/cards/heimat/films/{mine.id}/video.mp4"),
    }
    for state in IN_ORDER:
        house.at(state)
        for who in ("stranger", "attendee", "initiative", "organiser"):
            for whose, addresses in paths.items():
                owner = (who, whose) == ("initiative", "own") and state not in (State.CLOSED, State.PURGED)
                organiser = who == "organiser" and whose != "mixed" and state is not State.PURGED
                for path in addresses:
                    status = (await house.get(path, who)).status_code
                    assert (status in (200, 302)) == (owner or organiser), (state, who, path, status)
                    assert status < 500


async def test_without_a_signature_nothing_opens_in_any_state(stand: Stand) -> None:
    """The last one: it withdraws a card."""
    house, store = stand.house, stand.house.services.storage
    await store.put("incoming/source", small_film(90), "application/octet-stream")
    keys = await house.keys()
    assert {key.partition("/")[0] for key in keys} == {"cards", "incoming", "results"}

    async def shut(*methods: str) -> None:
        asked = [(address, method) for key in keys for address in stand.raw(key) for method in methods]
        found = await asyncio.gather(*(stand.refused(one, how, BODY if how == "PUT" else None) for one, how in asked))
        assert all(found), [each for each, no in zip(asked, found, strict=True) if not no]

    for state in IN_ORDER:
        house.at(state)
        await shut("GET")
    house.at(State.ARCHIVE)
    card = await stand.card()
    async with house.services.db.work() as work:
        await publish_card(house.services, work, card.id, by=None)
        (await card_by_id(work.session, card.id)).unspoken = True
    address = (await house.get("/cards/werkbank/media/video.mp4")).headers["location"]
    assert (await stand.ask(_absolute(address))).content == small_film(110)
    await shut("GET", "HEAD", "PUT", "DELETE", "POST")
    async with house.services.db.work() as work:
        await withdraw_card(house.services, work, card.id, by=None)
    await shut("GET")
    await stand.forget()
    assert (await stand.ask(_absolute(address))).status_code == 404  # signed, and there is nothing any more
    assert await store.get("incoming/source") == small_film(90)


def _absolute(address: str) -> str:
    return address if address.startswith("http") else "/" + address.lstrip("/")


def _seconds(address: str, house: House) -> int:
    query = parse_qs(urlsplit(address).query)
    if "X-Amz-Expires" in query:
        return int(query["X-Amz-Expires"][0])
    return int(query["expires"][0]) - int(house.clock.real())


def _other_signature(address: str) -> str:
    return re.sub(r"((?:sig|Signature)=)(.)", lambda match: match[1] + ("0" if match[2] != "0" else "1"), address)
