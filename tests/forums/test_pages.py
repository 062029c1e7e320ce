"""The room's page and its media addresses over HTTP, through the whole app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import httpx2
import pytest

from conference.app import build_app
from conference.base.ids import digest
from conference.people.actions import sign_in
from conference.people.model import AccessToken, Person, Role
from media.gateway import CapacityReached, Direction, NodeUnavailable, Source
from tests.forums.house import House, at

BASE = "http://127.0.0.1:8000"
ROOM = "/treffen/sessions/forum"
SDP = {"Content-Type": "application/sdp"}


@dataclass
class Site:
    rooms: House
    client: httpx2.AsyncClient

    async def cookie(self, person: Person) -> dict[str, str]:
        async with self.rooms.services.db.work() as work:
            cookie = await sign_in(work, self.rooms.services.ids, self.rooms.clock, person, None)
        return {"Cookie": f"meetingpoint={cookie}", "Sec-Fetch-Site": "same-origin"}

    async def seated(self, name: str, role: Role = Role.ATTENDEE, session: str = "forum") -> tuple[dict[str, str], str]:
        browser, seat = await self.rooms.joined(name, role, session)
        person = (await self.rooms.seated(session, seat)).person
        assert person is not None
        assert browser.socket.viewer.person_id == person.id
        return await self.cookie(person), seat

    async def offer(self, word: str, headers: dict[str, str], body: str = "offer", session: str = "forum") -> httpx2.Response:
        return await self.client.post(f"/treffen/sessions/{session}/{word}", content=body, headers={**SDP, **headers})

    async def token(self, secret: str, role: str = "publisher", session: str = "forum", **more: object) -> dict[str, str]:
        fields = {"label": "Studio", "expires": self.rooms.clock.now() + timedelta(hours=1), **more}
        token = AccessToken(
            digest=digest(secret), conference_id="c1", session_id=session, role=role, created=self.rooms.clock.now(), **fields
        )
        await self.rooms.add(token)
        return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
async def site(rooms: House) -> AsyncIterator[Site]:
    transport = httpx2.ASGITransport(app=build_app(rooms.services))
    async with httpx2.AsyncClient(transport=transport, base_url=BASE) as client:
        yield Site(rooms, client)


async def test_the_page_brings_all_that_its_scripts_need(site: Site) -> None:
    cookie = await site.cookie(await site.rooms.person("anna"))
    page = await site.client.get(f"{ROOM}/room", headers={**cookie, "Accept-Language": "de"})
    assert page.status_code == 200
    assert '"session": "forum"' in page.text
    assert '"whep": "/treffen/sessions/forum/whep"' in page.text
    assert "<script>" not in page.text
    assert "style=" not in page.text


@pytest.mark.parametrize(
    ("role", "led"),
    [
        (Role.ATTENDEE, set()),
        (Role.MODERATOR, {"slides"}),
        (Role.SPEAKER, {"slides"}),
        (Role.CAPTIONER, {"captions"}),
        (Role.ORGANISER, {"slides", "captions"}),
    ],
)
async def test_the_page_leads_nobody_to_a_door_that_stays_shut(site: Site, role: Role, led: set[str]) -> None:
    cookie = await site.cookie(await site.rooms.person("anna", role))
    page = (await site.client.get(f"{ROOM}/room", headers=cookie)).text
    for word in ("slides", "captions"):
        assert (f' href="{ROOM}/{word}"' in page) is (word in led), word
        assert ((await site.client.get(f"{ROOM}/{word}", headers=cookie)).status_code == 200) is (word in led), word


@pytest.mark.parametrize(
    ("session", "status", "words"), [("later", 409, "opens at"), ("site", 409, "on site"), ("nowhere", 404, "")]
)
async def test_closed_doors_say_why(site: Site, session: str, status: int, words: str) -> None:
    cookie = await site.cookie(await site.rooms.person("anna"))
    page = await site.client.get(f"/treffen/sessions/{session}/room", headers={**cookie, "Accept-Language": "en"})
    assert page.status_code == status
    assert words in page.text


async def test_the_door_after_the_end(site: Site) -> None:
    cookie = await site.cookie(await site.rooms.person("anna"))
    site.rooms.clock.jump_to(at(151))
    page = await site.client.get(f"{ROOM}/room", headers={**cookie, "Accept-Language": "en"})
    assert (page.status_code, "The room is closed" in page.text) == (409, True)


async def test_strangers_give_a_name_where_guests_are_let_in(site: Site) -> None:
    assert (await site.client.get(f"{ROOM}/room")).status_code == 401
    answer = await site.client.get("/treffen/sessions/open/room")
    assert (answer.status_code, answer.headers["location"]) == (303, "/treffen/sessions/open/guest")


async def test_a_program_with_a_token_opens_no_pages(site: Site) -> None:
    """Also one that was made for a person: whoever finds it cannot make further ones, or bring slides."""
    await site.rooms.person("mo", Role.MODERATOR)
    await site.rooms.person("karl", Role.CAPTIONER)
    for person, word in (("mo", "slides"), ("mo", "talk/chat.csv"), ("karl", "captions"), ("mo", "room")):
        bearer = await site.token(f"{person} {word}", person_id=person)
        assert (await site.client.get(f"{ROOM}/{word}", headers=bearer)).status_code == 401, word
        assert (await site.offer("whip", bearer)).status_code == 201


async def test_an_offer_of_somebody_in_the_room(site: Site) -> None:
    cookie, seat = await site.seated("anna")
    answer = await site.offer("whep", cookie)
    assert (answer.status_code, answer.headers["content-type"]) == (201, "application/sdp")
    assert answer.text.startswith("answer to offer")
    place = answer.headers["location"]
    assert place.startswith(f"{ROOM}/whep/connection-1?sig=")
    grant = site.rooms.node.last_grant("forum", seat)
    assert grant.sources == {Source.CAMERA}
    assert site.rooms.node.connections == {"connection-1": ("forum", seat, Direction.RECEIVE)}
    assert (await site.client.delete(place, headers=cookie)).status_code == 200
    assert site.rooms.node.connections == {}
    assert (await site.client.delete(place, headers=cookie)).status_code == 404


async def test_a_connection_is_its_seats_alone(site: Site) -> None:
    anna, _ = await site.seated("anna")
    jo, _ = await site.seated("jo")
    place = (await site.offer("whip", anna)).headers["location"]
    other = (await site.offer("whip", jo)).headers["location"]
    assert (await site.client.delete(place, headers=jo)).status_code == 404
    assert (await site.client.delete(f"{place.partition('?')[0]}?{other.partition('?')[2]}", headers=jo)).status_code == 404
    assert (await site.client.delete(place.partition("?")[0], headers=anna)).status_code == 404
    assert (await site.client.delete(place)).status_code == 404
    assert len(site.rooms.node.connections) == 2


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ("offer", {"Content-Type": "text/plain"}, 415),
        ("offer", {"Content-Type": "application/sdp; charset=utf-8"}, 201),
        ("", {}, 400),
        ("x" * (64 * 1024 + 1), {}, 413),
        ("nonsense", {}, 400),
        ("odd", {}, 422),
    ],
)
async def test_offers_that_cannot_be(site: Site, body: str, headers: dict[str, str], status: int) -> None:
    cookie, _ = await site.seated("anna")
    assert (await site.offer("whip", {**cookie, **headers}, body)).status_code == status


async def test_a_node_that_is_away_or_full_says_when_to_come_again(site: Site) -> None:
    cookie, _ = await site.seated("anna")
    site.rooms.node.fails = [NodeUnavailable("away"), CapacityReached("full"), NodeUnavailable("away")]
    away = await site.offer("whep", cookie)
    full = await site.offer("whep", cookie)
    assert [(answer.status_code, answer.headers["retry-after"]) for answer in (away, full)] == [(503, "2"), (503, "5")]
    site.rooms.node.fails = []
    place = (await site.offer("whep", cookie)).headers["location"]
    site.rooms.node.fails = [NodeUnavailable("away")]
    assert (await site.client.delete(place, headers=cookie)).status_code == 503


async def test_media_need_a_seat(site: Site) -> None:
    cookie = await site.cookie(await site.rooms.person("anna"))
    assert (await site.offer("whip", cookie)).status_code == 409
    stranger = await site.offer("whip", {})
    assert (stranger.status_code, stranger.headers["www-authenticate"]) == (401, "Bearer")


async def test_who_left_or_was_removed_offers_in_vain(site: Site) -> None:
    cookie, seat = await site.seated("anna")
    moderator, _ = await site.rooms.joined("mo", Role.MODERATOR)
    await moderator.ask("room.remove", seat=seat)
    assert (await site.offer("whip", cookie)).status_code == 403
    assert (await site.client.get(f"{ROOM}/room", headers=cookie)).status_code == 200  # may come back
    await moderator.ask("room.lift_ban", seat=seat)
    other, other_seat = await site.seated("jo")
    await moderator.ask("room.ban", seat=other_seat)
    cookie = other
    assert (await site.client.get(f"{ROOM}/room", headers=cookie)).status_code == 403


async def test_a_room_that_is_over_takes_no_offers(site: Site) -> None:
    cookie, _ = await site.seated("anna")
    site.rooms.clock.jump_to(at(151))
    assert (await site.offer("whip", cookie)).status_code == 409


async def test_tokens_publish_or_watch_in_one_session(site: Site) -> None:
    publisher = await site.token("publisher-secret")
    answer = await site.offer("whip", publisher)
    assert answer.status_code == 201
    assert (await site.offer("whip", publisher, session="stage")).status_code == 403
    assert (await site.offer("whep", publisher)).status_code == 201
    viewer = await site.token("viewer-secret", role="viewer")
    assert (await site.offer("whip", viewer)).status_code == 403
    assert (await site.offer("whep", viewer)).status_code == 201
    seats = {peer for _, peer, _ in site.rooms.node.connections.values()}
    assert len(seats) == 2
    watching = await site.rooms.seated("forum", site.rooms.node.connections["connection-3"][1])
    assert (watching.publishes, site.rooms.node.last_grant("forum", watching.seat.id).sources) == (False, frozenset())
    assert (await site.client.delete(answer.headers["location"], headers=publisher)).status_code == 200
    assert (await site.offer("whip", {"Authorization": "Bearer wrong"})).status_code == 401


async def test_a_token_of_a_person_takes_the_persons_seat(site: Site) -> None:
    await site.rooms.person("speaker", Role.SPEAKER)
    headers = await site.token("secret", person_id="speaker")
    await site.offer("whip", headers)
    ((_, seat, _),) = site.rooms.node.connections.values()
    assert (await site.rooms.seated("forum", seat)).name == "Speaker"


async def test_offers_have_a_rate(site: Site) -> None:
    cookie, _ = await site.seated("anna")
    statuses = [(await site.offer("whep", cookie)).status_code for _ in range(45)]
    assert statuses.count(201) == 40
    assert statuses[-1] == 429
