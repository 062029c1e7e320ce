"""People in the rooms of a whole site, without browsers: seats as the rooms give them, sockets that only listen."""

from __future__ import annotations

import json
from typing import Any, cast

from starlette.applications import Starlette

from conference.desk.run.live import Console
from conference.doors.gate import SocketViewer
from conference.doors.guard import visit_of
from conference.doors.visit import Viewer
from conference.forums import actions
from conference.forums.presence import Showing
from conference.forums.store import Seated
from conference.live.audience import LiveSocket
from conference.live.limits import Limits
from conference.live.line import Line
from conference.people.model import Role
from conference.program.store import session_by_slug
from tests.site import SLUG_2021, Site


def console_of(site: Site) -> Console:
    app = site.app
    while not isinstance(app, Starlette):
        app = app._app
    return cast(Console, app.state.console)


async def someone(
    site: Site, name: str, *roles: Role, session: str = "forum-1", line: str | None = None
) -> tuple[Seated, list[Any]]:
    """Somebody who has entered a room (or waits in front of it), and what their page is told."""
    person, _ = await site.invite(name, *roles, session=session)
    conference = await site.conference()
    async with site.services.db.read() as db:
        held = await session_by_slug(db, conference.id, session)

    async def nobody(*_: object) -> int:
        return 0

    _room, seated = await actions.enter(site.services, held.id, person, nobody)
    told: list[Any] = []
    socket = await socket_of(site, person, told)
    rooms = console_of(site).rooms
    if seated.seat.knocked is not None:
        rooms.knock(socket, seated)
    else:
        rooms.seat(socket, seated)
        rooms.show(socket, Showing(line=line))
    await rooms.refresh(held.id)
    return seated, told


async def socket_of(site: Site, person: Any, told: list[Any]) -> LiveSocket:
    visit = visit_of(site.services, await site.conference(SLUG_2021), Viewer(person=person), "de")

    async def send(event: Any) -> None:
        if "text" in event:
            told.append(json.loads(event["text"]))

    limits = Limits()
    return LiveSocket(
        SocketViewer(visit, None), "127.0.0.1", Line(send, lambda: None, limits), limits, lambda error, _: error.code
    )
