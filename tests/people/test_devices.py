"""One's own list of devices: signing one out ends its pages, its sockets and its calls, and nobody else's."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from sqlmodel import select
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from conference.base.ids import digest
from conference.people.actions import DEVICE_ENDED, REVOKED
from conference.people.model import BrowserSession, Role
from tests.services import free_ports
from tests.site import SLUG_2021, Site, open_site, served

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    (port,) = free_ports()
    async with open_site(tmp_path, origin=f"http://127.0.0.1:{port}") as opened, served(opened):
        yield opened


async def entered(site: Site, path: str) -> httpx2.AsyncClient:
    device = site.browser()
    device.headers["user-agent"] = FIREFOX
    await device.post(path)
    return device


def listed(page: str) -> list[str]:
    """The devices that can be signed out from here."""
    return re.findall(r'name="device" value="(\w{64})"', page)


async def live(site: Site, device: httpx2.AsyncClient) -> ClientConnection:
    headers = {"cookie": f"meetingpoint={device.cookies['meetingpoint']}"}
    address = f"{site.origin.replace('http', 'ws')}/live?c={SLUG_2021}"
    socket = await connect(address, origin=site.origin, additional_headers=headers)  # type: ignore[arg-type]
    await socket.send(json.dumps({"type": "hello", "topics": [], "last": 0}))
    await socket.recv()
    return socket


async def ended(socket: ClientConnection) -> int:
    async with asyncio.timeout(15):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 0


async def test_a_device_is_listed_and_signed_out_with_its_sockets(site: Site) -> None:
    anna, path = await site.invite("Anna Beispiel", Role.MODERATOR)
    first, second = await entered(site, path), await entered(site, path)
    _, other = await site.invite("Bela Beispiel")
    third = await entered(site, other)
    told: list[tuple[str, str]] = []

    async def heard(row: object) -> None:
        if getattr(row, "kind", "") in (REVOKED, DEVICE_ENDED):
            told.append((row.kind, row.facts["person"]))  # type: ignore[attr-defined]

    site.services.live.on_row(heard)
    page = (await first.get("/me/devices")).text
    assert page.count("Firefox, Linux") >= 2
    (device,) = listed(page)
    gone, here, elsewhere = await live(site, second), await live(site, first), await live(site, third)
    answer = await first.post("/me/devices", data={"device": device})
    assert answer.headers["location"] == "/me/devices?ended"
    assert await ended(gone) == 4401
    await here.ping()
    assert told == [(DEVICE_ENDED, anna.id)]  # rooms end what that device has connected
    assert (await second.get("/me")).status_code == 401
    assert listed((await first.get("/me/devices")).text) == []
    await elsewhere.ping()
    await here.close()
    assert (await third.get("/me")).status_code == 200
    await elsewhere.close()


async def test_nobody_signs_out_other_peoples_devices(site: Site) -> None:
    _, path = await site.invite("Anna Beispiel")
    _, other = await site.invite("Bela Beispiel")
    first, second, bela = await entered(site, path), await entered(site, path), await entered(site, other)
    (device,) = listed((await first.get("/me/devices")).text)
    await bela.post("/me/devices", data={"device": device})
    await bela.post("/me/devices", data={"device": "others"})
    assert (await second.get("/me")).status_code == 200
    await first.post("/me/devices", data={"device": "others"})
    assert [(await each.get("/me")).status_code for each in (first, second, bela)] == [200, 401, 200]
    assert (await site.browser().get("/me/devices")).status_code == 401


async def test_when_a_device_was_here_is_kept_by_the_hour(site: Site) -> None:
    _, path = await site.invite("Anna Beispiel")
    device, other = await entered(site, path), await entered(site, path)
    seen = site.app._app._app._app.state.seen
    site.clock.advance(hours=3, minutes=7)
    await device.get(f"/{SLUG_2021}/")
    await seen.write_down()
    site.clock.advance(minutes=20)
    await device.get(f"/{SLUG_2021}/")
    await seen.write_down()
    async with site.services.db.read() as session:
        rows = {row.digest: row.seen for row in await session.exec(select(BrowserSession))}
    here, away = (rows[digest(each.cookies["meetingpoint"])] for each in (device, other))
    assert here
    assert away
    assert (here - away.replace(minute=0, second=0), here.minute) == (timedelta(hours=3), 0)
