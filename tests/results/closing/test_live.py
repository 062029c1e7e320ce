"""What open pages hear of the slides: at once when somebody turns, once when something is starred, and no finding."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, cast

import httpx2
from sqlmodel import col, select

from conference.base.ids import digest
from conference.doors.gate import SocketViewer
from conference.doors.guard import viewer_now, visit_of
from conference.live.audience import LiveSocket
from conference.live.limits import Limits
from conference.live.line import Line
from conference.people.model import Role
from conference.program.model import Session
from conference.results.closing.telling import ClosingTeller
from conference.results.events import SHEET_CHANGED
from conference.results.model import Finding
from tests.site import SLUG_2021, Site

CLOSING = f"/{SLUG_2021}/sessions/abschluss/closing"
Frames = list[dict[str, Any]]


async def listening(site: Site, browser: httpx2.AsyncClient, topic: str) -> Frames:
    """What a socket of this browser hears of the topic, from now on."""
    frames: Frames = []

    async def send(event: Any) -> None:
        if "text" in event:
            frames.append(json.loads(event["text"]))

    conference, cookie = await site.conference(), browser.cookies["meetingpoint"]
    assert digest(cookie)
    visit = visit_of(site.services, conference, await viewer_now(site.services, conference, cookie), "de")
    limits = Limits()
    socket = LiveSocket(
        cast(Any, SocketViewer(visit, cookie)), "127.0.0.1", Line(send, lambda: None, limits), limits, lambda *_: ""
    )
    site.services.live.audience.join(socket)
    site.services.live.audience.subscribe(socket, [topic])
    return frames


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.01)


def teller_of(site: Site) -> ClosingTeller:
    """The one of the running app."""
    app: Any = site.app
    while not hasattr(app, "state"):
        app = app._app
    return cast(ClosingTeller, app.state.closing)


async def plenary(site: Site, slug: str = "abschluss") -> Session:
    async with site.services.db.read() as db:
        return (await db.exec(select(Session).where(Session.slug == slug))).one()


async def test_pages_hear_which_slide_is_on_and_fetch_what_is_new_on_one(site: Site) -> None:
    lea = await site.signed_in("Lea Leitung", Role.MODERATOR, session="abschluss")
    mara = await site.signed_in("Mara Muster")
    held, teller = await plenary(site), teller_of(site)
    topic = f"closing:{held.id}"
    [first] = await teller.snapshot(topic, cast(Any, None), "de")
    assert (first["running"], first["shown"], list(dict(first["slides"]))) == (False, None, ["forum-1", "forum-2", "forum-3"])
    heard = await listening(site, mara, topic)
    for fields in ({"do": "begin"}, {"do": "turn", "slide": "forum-1"}, {"do": "light"}):
        count = len(heard)
        assert (await lea.post(CLOSING, data=fields, headers={"accept": "application/json"})).status_code == 200
        await until(lambda count=count: len(heard) > count)  # type: ignore[misc]
    told = heard[-1]
    assert (told["type"], told["topic"], told["data"]["type"], told["data"]["shown"]) == ("fact", topic, "closing.now", "forum-1")
    assert told["data"]["light"]["seconds"] == 120
    assert told["data"]["slides"] == first["slides"]

    forum = await plenary(site, "forum-1")
    for star in (False, True):  # only what stands on a slide is news
        count = len(heard)
        async with site.services.db.work() as work:
            plain = select(Finding).where(Finding.session_id == forum.id, col(Finding.key).is_(False))
            finding = (await work.session.exec(plain)).first()
            assert finding is not None
            finding.key, finding.text = star, {"de": "Anders gesagt"}
            work.session.add(finding)
            site.services.outbox.tell(
                work, f"session:{forum.id}", SHEET_CHANGED, conference_id=None, conference="", session="forum-1"
            )
        if star:
            await until(lambda count=count: len(heard) > count)  # type: ignore[misc]
    assert dict(heard[-1]["data"]["slides"])["forum-1"] != dict(first["slides"])["forum-1"]
    assert dict(heard[-1]["data"]["slides"])["forum-2"] == dict(first["slides"])["forum-2"]
    assert sum(frame["data"]["slides"] != first["slides"] for frame in heard) == 1
    assert "Anders gesagt" not in json.dumps(heard, ensure_ascii=False)  # fetched through the door


async def test_who_may_hear_of_the_slides(site: Site) -> None:
    held, teller, conference = await plenary(site), teller_of(site), await site.conference()
    for name, role, expected in (("Mara Muster", Role.ATTENDEE, True), ("Gast", Role.GUEST, False)):
        person, _ = await site.invite(name, role)
        browser = await site.signed_in(name, role)
        visit = visit_of(
            site.services, conference, await viewer_now(site.services, conference, browser.cookies["meetingpoint"]), "de"
        )
        assert await teller.hears(visit, held.id) is expected, person.name
        assert await teller.hears(visit, "nothing") is False
        assert await teller.hears(visit, (await plenary(site, "forum-1")).id) is False
