"""People at the page of findings: browsers without scripts, one for each of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx2
import uvicorn

from conference.people.actions import put_person, sign_in, welcome_guest
from conference.people.model import Role
from conference.program.model import Round, Session
from conference.program.store import rounds_of
from conference.results.model import Finding
from conference.results.store import findings_of
from tests.results.house import SLUG, House

JSON = {"accept": "application/json"}


class Table:
    """One session of the house. `anna` and `bela` attend, `mona` moderates it, `nora` takes its minutes, `gast` is a guest."""

    def __init__(self, house: House, session: Session, browsers: dict[str, httpx2.AsyncClient], cookies: dict[str, str]) -> None:
        self.house, self.session, self.browsers, self.cookies = house, session, browsers, cookies
        self.path = f"/{SLUG}/sessions/{session.slug}/findings"

    async def get(self, who: str, query: str = "", **headers: str) -> httpx2.Response:
        return await self.browsers[who].get(self.path + query, headers={"accept": "text/html", **headers})

    async def do(self, who: str, do: str, /, *, script: bool = True, **fields: Any) -> httpx2.Response:
        headers = JSON if script else {"accept": "text/html"}
        return await self.browsers[who].post(self.path, data={"do": do, **fields}, headers=headers)

    async def add(self, who: str, text: str, heading: str = "ideas", **fields: Any) -> dict[str, Any]:
        answer = await self.do(who, "add", text=text, heading=heading, **fields)
        assert answer.status_code == 200, answer.text
        line: dict[str, Any] = answer.json()["lines"][0]
        return line

    async def lines(self) -> list[Finding]:
        async with self.house.services.db.read() as db:
            return await findings_of(db, self.session.id)

    async def texts(self) -> list[str]:
        return [next(iter(line.text.values())) for line in await self.lines()]


async def room_of_its_own(house: House) -> Session:
    """A theme room with two rounds, about which nobody knows anything yet."""
    like = await house.session("raum-3")
    ids = house.services.ids
    fields = like.model_dump(exclude={"id", "slug", "guests"})
    session = Session(id=ids.new(), slug=f"raum-{ids.new().lower().replace('_', '-')}", guests=True, **fields)
    async with house.services.db.work() as work:
        work.session.add(session)
        await work.session.flush()
        for each in (await rounds_of(work.session, [like.id]))[like.id]:
            work.session.add(Round(id=ids.new(), session_id=session.id, **each.model_dump(exclude={"id", "session_id"})))
    return session


@asynccontextmanager
async def table_at(house: House) -> AsyncIterator[Table]:
    """A room of its own in the middle of its second round."""
    session = await room_of_its_own(house)
    house.clock.jump_to(session.starts + timedelta(minutes=45))
    roles = {"anna": Role.ATTENDEE, "bela": Role.ATTENDEE, "mona": Role.MODERATOR, "nora": Role.NOTE_TAKER, "gast": Role.GUEST}
    async with AsyncExitStack() as stack:
        browsers = {"fremd": await stack.enter_async_context(_browser(house, None))}
        cookies = {name: await _signed_in(house, session, name, role) for name, role in roles.items()}
        for name, cookie in cookies.items():
            browsers[name] = await stack.enter_async_context(_browser(house, cookie))
        yield Table(house, session, browsers, cookies)


async def _signed_in(house: House, session: Session, name: str, role: Role) -> str:
    services = house.services
    async with services.db.work() as work:
        if role is Role.GUEST:
            person = await welcome_guest(work, services.ids, house.conference.id, session.id, name)
        else:
            held = (role, None if role is Role.ATTENDEE else session.id)
            person = await put_person(
                work,
                services.ids,
                conference_id=house.conference.id,
                name=name.title(),
                email=f"{name}@{session.slug}.example.org",
                roles=[held],
            )
        await work.session.flush()
        return await sign_in(work, services.ids, services.clock, person, None)


def _browser(house: House, cookie: str | None) -> httpx2.AsyncClient:
    headers = {"accept-language": "de", "sec-fetch-site": "same-origin"} | (
        {"cookie": f"meetingpoint={cookie}"} if cookie else {}
    )
    transport = httpx2.ASGITransport(app=house.app)
    return httpx2.AsyncClient(transport=transport, base_url=house.services.settings.base_url, headers=headers)


@asynccontextmanager
async def live(house: House) -> AsyncIterator[str]:
    """The house reachable by browsers, telling them live what changes: its origin."""
    port = int(house.services.settings.base_url.rpartition(":")[2])
    server = uvicorn.Server(uvicorn.Config(house.app, port=port, lifespan="on", ws="websockets-sansio", log_level="warning"))
    running = asyncio.create_task(server.serve())
    try:
        while not server.started:
            await asyncio.sleep(0.02)
        yield house.services.settings.base_url
    finally:
        server.should_exit = True
        await running
