"""The HTTP of WHIP (RFC 9725) and WHEP, row by row, as programs and pages of other origins see it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx2
import pytest

from conference.app import build_app
from conference.base.ids import digest
from conference.forums import media_pages
from conference.people.model import AccessToken
from media.gateway import CapacityReached, NodeUnavailable
from tests.forums.house import House, at

ROOM = "/treffen/sessions/forum"
BEARER = {"Authorization": "Bearer secret"}
SDP = {**BEARER, "Content-Type": "application/sdp"}
TRICKLE = {**BEARER, "Content-Type": "application/trickle-ice-sdpfrag"}
KNOWN = "a=group:BUNDLE 0 1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=ice-ufrag:peer\r\na=ice-pwd:" + "p" * 22
FRESH = KNOWN.replace("peer", "peer2")
CANDIDATE = "\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\na=end-of-candidates\r\n"


@pytest.fixture
async def client(rooms: House) -> AsyncIterator[httpx2.AsyncClient]:
    token = AccessToken(
        digest=digest("secret"), conference_id="c1", session_id="forum", role="publisher", label="Studio",
        created=rooms.clock.now(), expires=rooms.clock.now() + timedelta(hours=1),
    )  # fmt: skip
    await rooms.add(token)
    transport = httpx2.ASGITransport(app=build_app(rooms.services))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        yield client


async def begun(client: httpx2.AsyncClient, word: str = "whip") -> httpx2.Response:
    answer = await client.post(f"{ROOM}/{word}", content="offer", headers=SDP)
    assert answer.status_code == 201
    return answer


async def patched(client: httpx2.AsyncClient, place: str, body: str, **headers: str) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.patch(place, content=body, headers={**TRICKLE, **named})


@pytest.mark.parametrize("word", ["whip", "whep"])
async def test_an_answer_says_all_that_comes_after(client: httpx2.AsyncClient, word: str) -> None:
    answer = await begun(client, word)
    assert answer.headers["content-type"] == "application/sdp"
    assert answer.headers["etag"] == '"ufrag1"'
    assert answer.headers["location"].startswith(f"{ROOM}/{word}/connection-1?sig=")
    assert answer.headers["accept-patch"] == "application/trickle-ice-sdpfrag"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert {"Location", "ETag", "Link"} <= set(answer.headers["access-control-expose-headers"].split(", "))
    assert "access-control-allow-credentials" not in answer.headers
    assert "link" not in answer.headers


async def test_turn_is_announced_by_links(client: httpx2.AsyncClient, rooms: House) -> None:
    settings = rooms.services.settings.model_copy(
        update={
            "turn_url": "turn:turn.example.org:3478,turns:turn.example.org:443",
            "turn_secret": rooms.services.settings.secret_key,
        }
    )
    object.__setattr__(rooms.services, "settings", settings)
    links = (await begun(client)).headers.get_list("link")
    assert [link.partition(">")[0] for link in links] == ["<turn:turn.example.org:3478", "<turns:turn.example.org:443"]
    assert all('rel="ice-server"' in link and 'credential-type="password"' in link for link in links)


@pytest.mark.parametrize(("path", "told"), [("whip", "POST"), ("whep", "POST"), ("whip/any", "PATCH"), ("whep/any", "PATCH")])
async def test_a_preflight_needs_no_rights(client: httpx2.AsyncClient, rooms: House, path: str, told: str) -> None:
    rooms.clock.jump_to(at(600))  # not even an open room
    asked = {"Origin": "https://studio.example.org", "Access-Control-Request-Method": told}
    answer = await client.options(f"{ROOM}/{path}", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert told in answer.headers["access-control-allow-methods"].split(", ")
    assert answer.headers["access-control-allow-headers"] == "Authorization, Content-Type, If-Match"
    if told == "POST":
        assert answer.headers["accept-post"] == "application/sdp"


async def test_a_page_of_another_origin_may_with_a_token_and_never_with_a_cookie(client: httpx2.AsyncClient) -> None:
    foreign = {"Origin": "https://studio.example.org", "Sec-Fetch-Site": "cross-site"}
    answer = await client.post(f"{ROOM}/whip", content="offer", headers={**SDP, **foreign})
    assert answer.status_code == 201
    assert (await client.delete(answer.headers["location"], headers={**BEARER, **foreign})).status_code == 200
    with_cookie = {**SDP, **foreign, "Cookie": "meetingpoint=somebody"}
    assert (await client.post(f"{ROOM}/whip", content="offer", headers=with_cookie)).status_code == 403
    refused = await client.post(f"{ROOM}/whip", content="offer", headers={**SDP, **foreign, "Authorization": "Bearer no"})
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (401, "*")


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Type": "application/json"}, "offer", 415),
        ({}, "", 400),
        ({}, b"\xff\xfe", 400),
        ({}, "nonsense", 400),
        ({}, "odd", 422),
        ({}, "x" * (64 * 1024 + 1), 413),
        ({"Accept": "text/html"}, "offer", 406),
        ({"Accept": "application/sdp;q=0, */*;q=0"}, "offer", 406),
        ({"Accept": "text/html, application/*;q=0.5"}, "offer", 201),
        ({"Accept": "application/sdp"}, "offer", 201),
        ({"Authorization": "Bearer wrong"}, "offer", 401),
        ({"Authorization": ""}, "offer", 401),
    ],
)
async def test_refused_offers(client: httpx2.AsyncClient, headers: dict[str, str], body: str | bytes, status: int) -> None:
    answer = await client.post(f"{ROOM}/whip", content=body, headers={**SDP, **headers})
    assert answer.status_code == status
    if status == 401:
        assert answer.headers["www-authenticate"] == "Bearer"
    if status == 415:
        assert answer.headers["accept-post"] == "application/sdp"


async def test_an_unsupported_offer_is_explained(client: httpx2.AsyncClient) -> None:
    answer = await client.post(f"{ROOM}/whip", content="odd", headers=SDP)
    assert answer.json() == {"code": "offer_not_supported", "detail": "codec"}


async def test_overload_says_when_to_come_again(client: httpx2.AsyncClient, rooms: House) -> None:
    rooms.node.fails = [NodeUnavailable("away"), CapacityReached("full")]
    answers = [await client.post(f"{ROOM}/whip", content="offer", headers=SDP) for _ in range(2)]
    assert [(answer.status_code, answer.headers["retry-after"]) for answer in answers] == [(503, "2"), (503, "5")]
    place = (await begun(client)).headers["location"]
    rooms.node.fails = [NodeUnavailable("away")]
    assert (await patched(client, place, FRESH, If_Match="*")).status_code == 503


@pytest.mark.parametrize(("session", "minutes", "again"), [("later", 70, "30"), ("forum", 151, None)])
async def test_a_room_that_is_not_open(
    client: httpx2.AsyncClient, rooms: House, session: str, minutes: int, again: str | None
) -> None:
    token = AccessToken(
        digest=digest("viewer"), conference_id="c1", session_id=session, role="viewer", label="Wall",
        created=rooms.clock.now(), expires=at(300),
    )  # fmt: skip
    await rooms.add(token)
    rooms.clock.jump_to(at(minutes))
    headers = {**SDP, "Authorization": "Bearer viewer"}
    answer = await client.post(f"/treffen/sessions/{session}/whep", content="offer", headers=headers)
    assert (answer.status_code, answer.headers.get("retry-after")) == (409, again)


@pytest.mark.parametrize("path", ["whip", "whep", "whip/connection-1", "whep/connection-1"])
async def test_other_methods_are_not_allowed(client: httpx2.AsyncClient, path: str) -> None:
    for method in ("GET", "PUT", "DELETE" if "/" not in path else "POST"):
        answer = await client.request(method, f"{ROOM}/{path}", headers=BEARER)
        assert answer.status_code == 405, method
        assert set(answer.headers["allow"].split(", ")) == (
            {"DELETE", "PATCH", "OPTIONS"} if "/" in path else {"POST", "OPTIONS"}
        )


async def test_trickled_candidates_are_taken_and_change_nothing(client: httpx2.AsyncClient, rooms: House) -> None:
    answer = await begun(client)
    for tag in ('"ufrag1"', '"other", "ufrag1"'):
        told = await patched(client, answer.headers["location"], KNOWN + CANDIDATE, If_Match=tag)
        assert (told.status_code, told.text) == (204, "")
        assert "etag" not in told.headers
    assert rooms.node.ice["connection-1"][2] == 1


async def test_a_restart_brings_new_credentials_and_a_new_tag(client: httpx2.AsyncClient) -> None:
    answer = await begun(client)
    place = answer.headers["location"]
    for _ in range(2):  # the answer may be lost on its way, and is then asked for again
        told = await patched(client, place, FRESH + CANDIDATE, If_Match="*")
        assert (told.status_code, told.headers["content-type"]) == (200, "application/trickle-ice-sdpfrag")
        assert told.headers["etag"] == '"ufrag2"'
        assert told.text.splitlines() == [
            "a=ice-lite",
            "a=group:BUNDLE 0 1",
            "m=audio 9 UDP/TLS/RTP/SAVPF 111",
            "a=mid:0",
            "a=ice-ufrag:ufrag2",
            "a=ice-pwd:passwordpasswordpassword",
            "a=candidate:1 1 udp 1 127.0.0.1 8443 typ host",
            "a=end-of-candidates",
        ]
    assert (await patched(client, place, KNOWN, If_Match='"ufrag1"')).status_code == 412
    assert (await patched(client, place, FRESH, If_Match='"ufrag2"')).status_code == 204
    again = await patched(client, place, FRESH.replace("peer2", "peer3"), If_Match='"ufrag2"')
    assert (again.status_code, again.headers["etag"]) == (200, '"ufrag3"')


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, KNOWN, 428),
        ({"If_Match": '"stale"'}, KNOWN, 412),
        ({"If_Match": '"stale"'}, FRESH, 412),
        ({"If_Match": 'W/"ufrag1"'}, KNOWN, 412),
        ({"If_Match": "ufrag1"}, KNOWN, 412),
        ({"If_Match": "*", "Content_Type": "application/sdp"}, KNOWN, 415),
        ({"If_Match": "*"}, "", 400),
        ({"If_Match": "*"}, "a=candidate:1", 400),
        ({"If_Match": "*"}, "a=ice-ufrag:peer2\r\na=ice-pwd:short", 400),
        ({"If_Match": "*"}, "x" * (64 * 1024 + 1), 413),
    ],
)
async def test_refused_patches(client: httpx2.AsyncClient, rooms: House, headers: dict[str, str], body: str, status: int) -> None:
    answer = await begun(client)
    told = await patched(client, answer.headers["location"], body, **headers)
    assert told.status_code == status
    assert rooms.node.ice["connection-1"][2] == 1
    if status == 415:
        assert told.headers["accept-patch"] == "application/trickle-ice-sdpfrag"


async def test_nothing_of_a_fragment_comes_back_but_what_is_understood(client: httpx2.AsyncClient) -> None:
    answer = await begun(client)
    odd = "m=audio 9 UDP/TLS/RTP/SAVPF 111 x\r\na=mid:<b>\r\na=group:BUNDLE 0\r\n" + "a=mid:1\r\na=mid:2\r\n"
    told = await patched(client, answer.headers["location"], odd + FRESH, If_Match="*")
    assert told.text.splitlines()[1:4] == ["a=group:BUNDLE 0", "a=mid:1", "m=audio 9 UDP/TLS/RTP/SAVPF 111"]


async def test_an_end_frees_everything_whatever_the_tag(client: httpx2.AsyncClient, rooms: House) -> None:
    place = (await begun(client)).headers["location"]
    assert (await client.delete(place, headers={**BEARER, "If-Match": '"stale"'})).status_code == 200
    assert rooms.node.connections == {}
    assert (await client.delete(place, headers=BEARER)).status_code == 404
    assert (await patched(client, place, FRESH, If_Match="*")).status_code == 404
    assert (await patched(client, place, KNOWN, If_Match='"ufrag1"')).status_code == 404


async def test_a_connection_belongs_to_its_token(client: httpx2.AsyncClient) -> None:
    place = (await begun(client)).headers["location"]
    assert (await client.patch(place, content=FRESH, headers={**TRICKLE, "Authorization": "Bearer x"})).status_code == 404
    assert (await patched(client, place[:-1], FRESH, If_Match="*")).status_code == 404


async def test_patches_have_a_rate(client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media_pages, "PATCHES", 5)
    place = (await begun(client)).headers["location"]
    statuses = [(await patched(client, place, KNOWN, If_Match="*")).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]
