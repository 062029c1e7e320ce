"""Rights that shrink while rooms are open: organisers without the factor that is asked for from now on, and those who look at the
pages as somebody else, are out of their rooms and calls; nobody else is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlmodel import col, update
from websockets.asyncio.client import ClientConnection

from conference.people.actions import give_role, real_now
from conference.people.model import Person, Role, SignedIn
from conference.program.store import session_by_slug
from tests.people.test_devices import ended, live
from tests.people.test_factors import set_up
from tests.services import free_ports
from tests.site import SLUG_2021, Site, open_site, served

ROOM, DESK = f"/{SLUG_2021}/sessions/forum-1", f"/desk/{SLUG_2021}"
SDP = {"content-type": "application/sdp", "accept": "application/sdp"}


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    (port,) = free_ports()
    async with open_site(tmp_path, origin=f"http://127.0.0.1:{port}") as opened, served(opened):
        yield opened
        opened.services.live.restart()  # a server waits for its open sockets


async def ask(socket: ClientConnection, kind: str, **message: Any) -> dict[str, Any]:
    await socket.send(json.dumps({"type": kind, "ref": kind, **message}))
    return await hear(socket, lambda frame: frame.get("ref") == kind)


async def hear(socket: ClientConnection, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    async with asyncio.timeout(15):
        while not fits(frame := json.loads(await socket.recv())):
            pass
    return frame  # type: ignore[no-any-return]


async def subscribe(socket: ClientConnection, *topics: str) -> list[str]:
    """Those of the topics that may be heard."""
    await socket.send(json.dumps({"type": "subscribe", "topics": topics, "last": None}))
    heard: list[str] = (await hear(socket, lambda frame: frame["type"] == "subscribed"))["topics"]
    return heard


async def forum(site: Site) -> str:
    async with site.services.db.read() as session:
        return (await session_by_slug(session, (await site.conference()).id, "forum-1")).id


async def inside(site: Site, device: httpx2.AsyncClient) -> ClientConnection:
    """A page of the forum with a call."""
    socket = await live(site, device)
    entered = await ask(socket, "room.enter", session=await forum(site))
    assert entered["type"] == "ok", entered
    answer = await device.post(f"{ROOM}/whip", content="offer", headers=SDP)
    assert answer.status_code == 201, answer.text
    return socket


async def until(site: Site, fits: Callable[[], bool]) -> None:
    async with asyncio.timeout(15):
        while not fits():
            site.clock.advance(seconds=1)  # rooms look at themselves every half second
            await asyncio.sleep(0.01)


async def show_factor(site: Site, person: Person) -> None:
    async with site.services.db.work() as work:
        rows = update(SignedIn).where(col(SignedIn.person_id) == person.id)
        await work.session.exec(rows.values(verified=real_now(site.clock)))


async def device_of(site: Site, name: str, *roles: Role) -> tuple[Person, httpx2.AsyncClient]:
    person, path = await site.invite(name, *roles)
    device = site.browser()
    assert (await device.post(path)).status_code == 303
    return person, device


async def test_where_a_factor_is_asked_for_organisers_without_one_are_out(site: Site) -> None:
    olga, olgas = await device_of(site, "Olga Beispiel", Role.ORGANISER)
    _, ottos = await device_of(site, "Otto Beispiel", Role.ORGANISER)
    anna, annas = await device_of(site, "Anna Beispiel")
    await show_factor(site, olga)
    hers, his, annas_page = [await inside(site, device) for device in (olgas, ottos, annas)]
    assert len(site.node.connections) == 3
    asked = await olgas.post(f"{DESK}/access", data={"do": "factor", "wanted": "yes"})
    assert asked.headers["location"] == f"{DESK}/access?asked"
    assert await ended(his) == 1012
    await until(site, lambda: len(site.node.connections) == 2)
    again = await live(site, ottos)
    assert (await ask(again, "room.enter", session=await forum(site)))["code"] == "second_factor"
    assert (await ottos.post(f"{ROOM}/whip", content="offer", headers=SDP)).status_code == 403
    for page in (hers, annas_page):
        assert (await ask(page, "room.state", microphone=False))["type"] == "ok"
    assert len(site.node.connections) == 2

    # whoever becomes an organiser there needs one from that moment on
    async with site.services.db.work() as work:
        await give_role(work, site.services.outbox, site.services.ids, anna, Role.ORGANISER, by=olga.id)
    assert await ended(annas_page) == 1012
    await until(site, lambda: len(site.node.connections) == 1)
    assert (await ask(hers, "room.state", microphone=False))["type"] == "ok"
    for socket in (hers, again):
        await socket.close()


async def test_whoever_removes_their_last_factor_is_out(site: Site) -> None:
    _, olgas = await device_of(site, "Olga Beispiel", Role.ORGANISER)
    await set_up(site, olgas)
    assert (await olgas.post(f"{DESK}/access", data={"do": "factor", "wanted": "yes"})).headers["location"].endswith("?asked")
    page = await inside(site, olgas)
    number = (await olgas.get("/me/factors")).text.partition('name="factor" value="')[2].partition('"')[0]
    assert (await olgas.post("/me/factors", data={"do": "remove", "factor": number})).status_code == 303
    assert await ended(page) == 1012
    await until(site, lambda: not site.node.connections)


async def test_while_somebody_looks_their_socket_has_the_rights_of_whom_they_look_as(site: Site) -> None:
    _, olgas = await device_of(site, "Olga Beispiel", Role.ORGANISER)
    conference = await site.conference()
    desk, board = f"desk:{conference.id}", f"board:{conference.id}"
    page, open_desk = await inside(site, olgas), await live(site, olgas)
    assert await subscribe(open_desk, desk, board) == [desk, board]
    for role in ("stranger", "attendee"):
        look = {"role": role, "state": "live"}
        assert (await olgas.post(f"{DESK}/look-as", data=look)).status_code == 303
        if role == "stranger":
            assert await ended(page) == 1012
            await until(site, lambda: not site.node.connections)
            lost = await hear(open_desk, lambda frame: frame["type"] == "unsubscribed")
            assert lost["topics"] == [desk]  # it stays, and hears what everybody hears
        seen = await live(site, olgas)
        for kind in ("room.enter", "chat.say", "hand.raise"):
            assert (await ask(seen, kind, session=await forum(site)))["code"] == "looking", kind
        assert (await olgas.post(f"{ROOM}/whip", content="offer", headers=SDP)).status_code == 403
        assert await subscribe(seen, desk, board) == [board]
        await seen.close()
    assert (await olgas.post(f"{DESK}/look-as", data={"end": "yes"})).status_code == 303
    assert (await ask(open_desk, "room.enter", session=await forum(site)))["type"] == "ok"
    await open_desk.close()
