"""How the conversation on /live ends: rights that were lost, closing, shutting down. Real server, real connections."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from starlette.datastructures import Headers
from starlette.websockets import WebSocket
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.live.house import TOPIC, Browser, Viewer, Web, serving

BASE = "https://meet.example.org"

BASE = "https://meet.example.org"


async def test_a_lost_right_is_taken_from_open_sockets(web: Web) -> None:
    async with web.browser(TOPIC, "session:s", query="?person=anna") as anna, web.browser(TOPIC, query="?person=berta") as berta:
        await anna.hear_until("state")
        web.gate.deaf.add(("anna", TOPIC))
        web.gate.banned.add("berta")
        await web.hub.recheck(web.gate, lambda socket: socket.viewer.person_id == "anna")
        assert await anna.hear() == {"type": "unsubscribed", "topics": [TOPIC]}
        await berta.silence()
        await web.tell(1)
        await web.tell(2, "session:s")
        assert (await anna.hear())["id"] == 2
        assert (await berta.hear())["id"] == 1
        await web.hub.recheck(web.gate)
        assert (await berta.hear())["code"] == "banned"
        assert await berta.closed() == 4403


async def test_a_gate_that_fails_lets_nobody_stay(web: Web) -> None:
    class Broken:
        async def again(self, viewer: object) -> object:
            raise RuntimeError("the gate is broken")

    async with web.browser(TOPIC) as browser:
        await web.hub.recheck(Broken())  # type: ignore[arg-type]
        assert await browser.closed() == 1013


async def test_a_subscription_that_is_being_checked_is_checked_again(web: Web) -> None:
    """The right is lost while `may_hear` is on its way to say yes."""
    asked, go_on = asyncio.Event(), asyncio.Event()
    before = web.gate.may_hear

    async def slowly(viewer: object, topic: str) -> bool:
        answer = await before(viewer, topic)
        if topic == "session:s" and not asked.is_set():
            asked.set()
            await go_on.wait()
        return answer

    web.gate.may_hear = slowly  # type: ignore[method-assign]
    async with web.browser(query="?person=anna") as anna:
        await anna.say({"type": "subscribe", "topics": ["session:s"]})
        await asked.wait()
        web.gate.deaf.add(("anna", "session:s"))
        recheck = asyncio.create_task(web.hub.recheck(web.gate))
        await asyncio.sleep(0.02)
        go_on.set()
        await recheck
        await web.tell(1, "session:s")
        kinds = [message["type"] for message in await anna.hear_until("unsubscribed")]
        assert "event" not in kinds
        await anna.silence()


async def test_who_loses_the_right_while_coming_in_does_not_stay(web: Web) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()
    enter = web.gate.enter

    async def slowly(websocket: WebSocket) -> Viewer:
        viewer = await enter(websocket)
        asked.set()
        await go_on.wait()
        return viewer

    web.gate.enter = slowly  # type: ignore[method-assign]
    coming = asyncio.create_task(web.open("?person=anna").__aenter__())
    await asked.wait()
    web.gate.banned.add("anna")
    await web.hub.recheck(web.gate)
    go_on.set()
    anna = Browser(await coming)
    assert (await anna.hear())["code"] == "banned"
    assert await anna.closed() == 4403


async def test_closing_ends_the_sockets_of_a_conference(web: Web) -> None:
    async with (
        web.browser(TOPIC) as attendee,
        web.browser(query="?conference=c1") as elsewhere,
        web.browser(TOPIC, query="?role=organiser") as organiser,
        web.browser(TOPIC, query="?conference=c2") as listener,
        web.browser("conference:c2", query="?conference=c2") as other,
    ):
        web.hub.end("c1", spare=lambda viewer: viewer.role == "organiser")  # type: ignore[attr-defined]
        for browser in (attendee, elsewhere, listener):
            assert await browser.hear() == {"type": "closed"}
            assert await browser.closed() == 4403
        await organiser.silence()
        await other.silence()
    web.gate.closed.add("c1")
    async with web.open() as connection:
        assert (await Browser(connection).hear())["code"] == "closed"


async def test_a_shut_down_sends_all_away_to_come_back(tmp_path: Path) -> None:
    async with serving(f"sqlite:///{tmp_path / 'x.sqlite3'}") as web, web.browser(TOPIC) as browser, web.browser() as other:
        web.server.should_exit = True
        for one in (browser, other):
            assert await one.hear() == {"type": "restart", "within": 20}
            assert await one.closed() == 1012


async def test_on_close_is_called_however_it_ends(web: Web) -> None:
    ended: list[str] = []
    async with web.browser(query="?person=anna") as browser, web.browser(query="?person=berta"):
        for socket in web.hub.audience.sockets:

            async def left(who: str | None = socket.viewer.person_id) -> None:
                ended.append(who or "")

            socket.on_close(left)
        browser.connection.transport.abort()
        async with asyncio.timeout(5):
            while not ended:
                await asyncio.sleep(0.01)
        assert ended == ["anna"]
    async with asyncio.timeout(5):
        while len(ended) < 2:
            await asyncio.sleep(0.01)
    assert ended == ["anna", "berta"]
    assert not web.hub.audience._hearing
    assert not web.hub.audience._by_person


async def test_a_message_type_of_live_itself_cannot_be_taken(web: Web) -> None:
    from conference.live.socket import LiveEndpoint

    with pytest.raises(ValueError, match="ping"):
        LiveEndpoint(web.hub, web.gate, {"ping": web.endpoint._ping}, {}, lambda e, _l: "", base_url=BASE)


async def test_a_connection_cut_in_the_handshake_is_nothing(web: Web) -> None:
    for _ in range(20):
        _, writer = await asyncio.open_connection("127.0.0.1", web.port)
        writer.write(b"GET /live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
        writer.transport.abort()
    async with web.browser() as browser:
        await browser.silence()
    with pytest.raises((ConnectionClosed, InvalidStatus)):
        async with web.open(origin=Headers({}).get("none")) as connection:
            await connection.recv()
