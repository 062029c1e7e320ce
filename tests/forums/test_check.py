"""The addresses of the connection test: who may, for how long, what they grant, and that no room hears of them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import pytest

from conference.app import build_app
from conference.forums.check import rules, store
from conference.people.model import Role
from media.gateway import CapacityReached, Direction, NodeLost
from tests.forums.house import House, at
from tests.forums.test_pages import BASE, SDP, Site

CHECK = "/treffen/check"
FORUM = "check:c1"


@pytest.fixture
async def site(rooms: House) -> AsyncIterator[Site]:
    transport = httpx2.ASGITransport(app=build_app(rooms.services))
    async with httpx2.AsyncClient(transport=transport, base_url=BASE) as client:
        yield Site(rooms, client)


async def cookie_of(site: Site, name: str = "ada", role: Role = Role.ATTENDEE) -> dict[str, str]:
    return await site.cookie(await site.rooms.person(name, role))


async def offered(site: Site, headers: dict[str, str], way: str = "udp", body: str = "offer") -> httpx2.Response:
    return await site.client.post(f"{CHECK}/whep?way={way}", content=body, headers={**SDP, **headers})


def with_turn(rooms: House) -> None:
    update = {"turn_url": "turn:turn.example.org,turns:turn.example.org:443", "turn_secret": rooms.services.settings.secret_key}
    object.__setattr__(rooms.services, "settings", rooms.services.settings.model_copy(update=update))


async def test_the_page_is_for_everybody_who_may_see_the_conference(site: Site) -> None:
    strange = await site.client.get(CHECK, headers={"accept-language": "de"})
    assert strange.status_code == 200
    assert '"ways": null' in strange.text
    assert "/sign-in" in strange.text
    known = await site.client.get(CHECK, headers=await cookie_of(site))
    assert f'"ways": "{CHECK}/ways"' in known.text
    site.rooms.clock.jump_to(at(-20_000))  # a draft
    assert (await site.client.get(CHECK)).status_code == 404
    site.rooms.clock.jump_to(at(30_000))
    assert (await site.client.get(CHECK)).status_code == 410


@pytest.mark.parametrize(("way_back", "led"), [("/treffen/sessions/forum/room", True), ("https://evil.example/", False)])
async def test_back_leads_to_pages_of_this_site_alone(site: Site, way_back: str, led: bool) -> None:
    page = (await site.client.get(CHECK, params={"next": way_back})).text
    assert (f'href="{way_back}"' in page) is led


async def test_what_can_be_tried(site: Site) -> None:
    headers = await cookie_of(site)
    assert (await site.client.get(f"{CHECK}/ways", headers=headers)).json() == {"ways": ["udp", "tcp"], "ice_servers": []}
    with_turn(site.rooms)
    answer = await site.client.get(f"{CHECK}/ways", headers=headers)
    assert answer.json()["ways"] == ["udp", "tcp", "relay-0", "relay-1"]
    (server,) = answer.json()["ice_servers"]
    expiry, _, who = server["username"].partition(":")
    assert 60 <= int(expiry) - site.rooms.clock.real() <= 600
    assert who != "ada"
    assert answer.headers["cache-control"] == "no-store"


async def test_a_connection_grants_nothing_and_ends_within_a_minute(site: Site) -> None:
    headers = await cookie_of(site)
    answers = [await offered(site, headers, way) for way in ("udp", "tcp")]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert set(site.rooms.node.connections.values()) == {
        (FORUM, "ada:udp", Direction.RECEIVE),
        (FORUM, "ada:tcp", Direction.RECEIVE),
    }
    grant = site.rooms.node.last_grant(FORUM, "ada:udp")
    assert grant.sources == frozenset()
    assert grant.not_after == site.rooms.clock.real() + rules.WITHIN
    place = answers[0].headers["location"]
    assert (await site.client.delete(place, headers=await cookie_of(site, "eve"))).status_code == 404
    assert (await site.client.delete(place, headers=headers)).status_code == 200
    assert (await site.client.delete(place, headers=headers)).status_code == 404


@pytest.mark.parametrize("minutes", [-20_000, -5_000, -10, 70])
async def test_people_may_until_the_end_of_the_day(site: Site, minutes: float) -> None:
    site.rooms.clock.jump_to(at(minutes))
    assert (await offered(site, await cookie_of(site))).status_code == 201


async def test_nobody_else_may(site: Site) -> None:
    assert (await offered(site, {})).status_code == 401
    assert (await site.client.get(f"{CHECK}/ways", headers={"accept": "application/json"})).status_code == 401
    assert (await offered(site, await site.token("secret", session="forum"))).status_code == 401
    person = await site.rooms.person("anna", conference_id="c2")
    assert (await offered(site, await site.cookie(person))).status_code == 401
    headers = await cookie_of(site)
    site.rooms.clock.jump_to(at(400))  # the archive
    assert (await offered(site, headers)).status_code == 404
    site.rooms.clock.jump_to(at(30_000))
    assert (await offered(site, headers)).status_code == 410
    assert site.rooms.node.connections == {}


async def test_guests_may_once_they_have_a_name(site: Site) -> None:
    headers = await cookie_of(site, "gast", Role.GUEST)
    assert (await offered(site, headers)).status_code == 201
    site.rooms.clock.jump_to(at(-5_000))
    assert (await offered(site, headers)).status_code == 401


@pytest.mark.parametrize("way", ["", "relay-0", "sctp", "udp2"])
async def test_only_ways_that_there_are(site: Site, way: str) -> None:
    assert (await offered(site, await cookie_of(site), way)).status_code == 404


async def test_refused_as_in_a_room(site: Site) -> None:
    headers = await cookie_of(site)
    assert (await offered(site, headers, body="nonsense")).status_code == 400
    assert (await offered(site, headers, body="odd")).status_code == 422
    assert (await offered(site, {**headers, "Content-Type": "text/plain"})).status_code == 415
    site.rooms.node.fails = [CapacityReached("full")]
    assert (await offered(site, headers)).status_code == 503
    assert [(await offered(site, headers)).status_code for _ in range(12)][-1] == 429


async def test_no_room_hears_of_it(site: Site) -> None:
    assert (await offered(site, await cookie_of(site))).status_code == 201
    browser, seat = await site.rooms.joined("ben")
    assert (await offered(site, await site.cookie(await site.rooms.person("cem")))).status_code == 201
    site.rooms.node.tell(NodeLost((FORUM, "forum")))
    await browser.see(seat)
    assert FORUM not in site.rooms.keeper.presence.sessions()


def test_hosts_and_ports_are_those_of_the_settings() -> None:
    assert rules.named_hosts("192.0.2.1, 2001:db8::1", 8443, 2) == {"hosts": ["192.0.2.1", "2001:db8::1"], "ports": [8443, 8444]}
    assert rules.named_hosts("", 8443, 1) == {"hosts": [], "ports": [8443]}


# -- what the organisers learn


async def told(site: Site, headers: dict[str, str], outcome: str) -> httpx2.Response:
    return await site.client.post(f"{CHECK}/result", data={"outcome": outcome}, headers={**headers, "Accept": "application/json"})


async def kept(site: Site) -> dict[str, str]:
    async with site.rooms.services.db.read() as session:
        return {person: result.outcome.value for person, result in (await store.results_of(session, "c1")).items()}


async def test_the_last_result_is_kept_for_the_organisers_until_it_is_forgotten(site: Site) -> None:
    headers = await cookie_of(site)
    assert (await told(site, headers, "failed")).status_code == 204
    assert (await told(site, headers, "passed")).status_code == 204
    assert await kept(site) == {"ada": "passed"}
    page = (await site.client.get(CHECK, headers=headers)).text
    assert 'id="share" checked' in page
    assert "The organisers see: passed" in page
    answer = await site.client.post(f"{CHECK}/result", data={"outcome": "forget"}, headers={**headers, "Accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, CHECK)
    assert (await told(site, headers, "forget")).status_code == 204  # nothing to forget is no fault
    assert await kept(site) == {}


async def test_only_people_whom_the_organisers_invited_tell_and_only_results(site: Site) -> None:
    assert (await told(site, {}, "passed")).status_code == 401
    assert (await told(site, await cookie_of(site, "gast", Role.GUEST), "passed")).status_code == 401
    installation = await site.rooms.person("root", Role.ORGANISER, conference_id=None)
    assert (await told(site, await site.cookie(installation), "passed")).status_code == 401
    assert (await told(site, await cookie_of(site), "untested")).status_code == 422
    assert await kept(site) == {}
    assert 'id="share"' not in (await site.client.get(CHECK, headers=await cookie_of(site, "gast2", Role.GUEST))).text


async def test_the_desk_shows_who_is_ready_in_words_and_shapes(site: Site) -> None:
    for name, outcome in (("ada", "passed"), ("ben", "limits"), ("cem", "failed")):
        await told(site, await cookie_of(site, name), outcome)
    await site.rooms.person("dora")
    organiser = await cookie_of(site, "olga", Role.ORGANISER)
    page = (await site.client.get("/desk/treffen/people", headers=organiser)).text
    assert "1 passed, 1 with limits, 1 not possible" in page
    for name, drawing, word in (
        ("Ada", "circle-check", "passed"),
        ("Ben", "triangle-alert", "limits"),
        ("Cem", "circle-x", "not pos"),
    ):
        row = page.partition(f">{name}</a></th>")[2].partition("</tr>")[0]
        assert drawing in row
        assert word in row
    assert "nothing told" in page.partition(">Dora</a></th>")[2].partition("</tr>")[0]
    assert (await site.client.get("/desk/treffen/people", headers=await cookie_of(site, "eve"))).status_code == 403
