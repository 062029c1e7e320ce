"""The curtain, people behind the stage, lower thirds, and a deputy for the host: what browsers and the node are told."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import httpx2
from sqlmodel import col, delete

from conference.app import build_app
from conference.base.ids import digest
from conference.doors.gate import ConferenceGate
from conference.forums.grants import forum_of, grant_for
from conference.forums.plenary.store import plenary_of
from conference.forums.plenary.watch import Watch
from conference.forums.store import room_of
from conference.people.actions import tell_roles
from conference.people.model import BrowserSession, Person, Role, RoleHeld, SignedIn
from conference.ticker import Ticker
from media.gateway import Connected, Direction, NodeBack, NodeLost, SlotAssignment, SlotsChanged, Source, SpeakersChanged
from tests.forums.house import Browser, House, at
from tests.forums.plenary.cast import BEHIND, RUNNING, joined, plenary


async def client_of(rooms: House, person: Person) -> httpx2.AsyncClient:
    """A browser that is signed in as this person, for the media's addresses."""
    now = rooms.clock.now()
    cookie = f"cookie of {person.id}"
    await rooms.add(
        BrowserSession(digest=digest(cookie), created=now, expires=at(10_000)),
        SignedIn(id=f"signed {person.id}", browser=digest(cookie), person_id=person.id),
    )
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=build_app(rooms.services)),
        base_url="http://127.0.0.1:8000",
        cookies={"meetingpoint": cookie},
        headers={"Content-Type": "application/sdp", "Origin": "http://127.0.0.1:8000"},
    )


def told(browser: Browser, kind: str) -> dict[str, Any] | None:
    """The newest message of a kind."""
    return next((frame for frame in reversed(browser.frames) if frame["type"] == kind), None)


async def hear(browser: Browser, kind: str, **expected: Any) -> dict[str, Any]:
    return await browser.hear(lambda frame: frame["type"] == kind and expected.items() <= frame.items())


async def test_who_makes_a_plenary_meets_behind_the_curtain(rooms: House) -> None:
    await plenary(rooms)
    mo, mos = await joined(rooms, "mo", Role.MODERATOR)
    sina, sinas = await joined(rooms, "sina", Role.SPEAKER)
    anna, _ = await joined(rooms, "anna")
    await hear(mo, "plenary.you", crew=True, behind=True)
    behind = await mo.hear(lambda frame: frame["type"] == "plenary.behind" and len(frame["people"]) == 2)
    assert {person["seat"] for person in behind["people"]} == {mos, sinas}
    entered = await anna.enter("plenum")
    assert entered["plenary"]["closed"] is True
    assert entered["plenary"]["until"] == at(100).isoformat()
    assert entered["floor"] == "stage"
    assert not {mos, sinas} & {person["seat"] for person in entered["people"]}
    await rooms.keeper.refresh("plenum")
    assert not any(frame["type"].startswith("plenary.") and frame["type"] != "plenary.state" for frame in anna.frames)

    # we hear you: said by another one behind the stage, to nobody in front of it
    await sina.ask("room.state", microphone=True, camera=True)
    await mo.ask("plenary.hear", seat=sinas)
    assert (await sina.hear(lambda frame: frame["type"] == "plenary.you" and frame["heard"] is not None))["behind"] is True
    assert await sina.refusal("plenary.hear", seat=sinas) == "not_behind"
    assert await anna.refusal("plenary.hear", seat=sinas) == "stage_only"


async def test_from_behind_nothing_reaches_the_audience_whatever_a_page_does(rooms: House) -> None:
    await plenary(rooms)
    mo, mos = await joined(rooms, "mo", Role.MODERATOR)
    sina, seat = await joined(rooms, "sina", Role.SPEAKER)
    seated = await rooms.seated("plenum", seat)
    assert seated.person is not None
    async with await client_of(rooms, seated.person) as client:
        path = "/treffen/sessions/plenum"
        assert (await client.post(f"{path}/whip", content="offer")).status_code == 201
        assert (await client.post(f"{path}/whep", content="offer")).status_code == 201
        follows = await client.post(f"{path}/whep?stage", content="offer")
        assert follows.status_code == 201
        assert sorted(rooms.node.connections.values()) == [
            ("plenum", seat, Direction.RECEIVE),
            (BEHIND, seat, Direction.PUBLISH),
            (BEHIND, seat, Direction.RECEIVE),
        ]
        assert rooms.node.last_grant(BEHIND, seat).sources == frozenset(Source)
        assert rooms.node.last_grant("plenum", seat).sources == frozenset()

        # onto the stage: by a moderator alone; the connections behind it end, and the next ones are made on it
        assert await sina.refusal("plenary.place", seat=seat, behind=False) == "moderators_only"
        await mo.ask("plenary.place", seat=seat, behind=False)
        assert rooms.node.connections == {}
        assert (await client.post(f"{path}/whip", content="offer")).status_code == 201
        assert list(rooms.node.connections.values()) == [("plenum", seat, Direction.PUBLISH)]
        assert (await client.post(f"{path}/whep?stage", content="offer")).status_code == 403

        # before the start the curtain lets nothing through; at the start it opens by itself
        assert rooms.node.last_grant("plenum", seat).sources == frozenset()
        rooms.clock.jump_to(RUNNING)
        await rooms.keeper.refresh("plenum")
        await rooms.until(lambda: rooms.node.last_grant("plenum", seat).sources == frozenset(Source))
        await mo.ask("plenary.curtain", closed=True, text="Gleich geht es weiter", minutes=5)
        assert rooms.node.last_grant("plenum", seat).sources == frozenset()

        # and behind it again, by oneself
        await sina.ask("plenary.place", seat=seat, behind=True)
        assert rooms.node.connections == {}
    state = await mo.hear(lambda frame: frame["type"] == "plenary.state" and frame["text"] == "Gleich geht es weiter")
    assert state["until"] == at(106).isoformat()
    await mo.ask("plenary.place", seat=None, behind=False)
    assert not (await rooms.seated("plenum", mos)).behind


async def test_who_loses_the_role_neither_hears_nor_speaks_behind_the_stage(rooms: House) -> None:
    await plenary(rooms)
    await joined(rooms, "mo", Role.MODERATOR)
    sina, seat = await joined(rooms, "sina", Role.SPEAKER)
    person = (await rooms.seated("plenum", seat)).person
    assert person is not None
    async with await client_of(rooms, person) as client:
        for word in ("whip", "whep", "whep?stage"):
            assert (await client.post(f"/treffen/sessions/plenum/{word}", content="offer")).status_code == 201
        await rooms.until(lambda: rooms.keeper.behind.with_media("plenum"))
        async with rooms.services.db.work() as work:
            await work.session.exec(delete(RoleHeld).where(col(RoleHeld.person_id) == "sina"))
            tell_roles(work, rooms.services.outbox, "c1")
        await hear(sina, "plenary.you", crew=False, behind=False)
        await rooms.until(lambda: not any(forum == BEHIND for forum, _, _ in rooms.node.connections.values()))
        assert (await client.post("/treffen/sessions/plenum/whep", content="offer")).status_code == 201
        assert {forum for forum, _, _ in rooms.node.connections.values()} == {"plenum"}


async def test_closing_ends_what_is_said_behind_the_stage_as_well(rooms: House) -> None:
    await plenary(rooms)
    ticker = Ticker(rooms.services, ConferenceGate(rooms.services, {}), cast(Any, SimpleNamespace(drop=lambda _: None)), {})
    await ticker.tick()
    rooms.clock.jump_to(at(20_001))
    await ticker.tick()
    assert {"plenum", BEHIND, "forum"} <= set(rooms.node.closed)


async def test_who_is_moved_while_the_node_answers_is_not_connected_in_the_wrong_place(rooms: House) -> None:
    await plenary(rooms)
    rooms.clock.jump_to(RUNNING)
    mo, _ = await joined(rooms, "mo", Role.MODERATOR)
    _, seat = await joined(rooms, "sina", Role.SPEAKER)
    person = (await rooms.seated("plenum", seat)).person
    assert person is not None
    connect = rooms.node.connect

    async def slow(*given: Any) -> Any:
        answer = await connect(*given)
        rooms.node.connect = connect  # type: ignore[method-assign]
        await mo.ask("plenary.place", seat=seat, behind=True)
        await connect("plenum", seat, Direction.PUBLISH, "offer", given[4])  # as if the node had been slower than the move
        return type(answer)(list(rooms.node.connections)[-1], answer.sdp)

    rooms.node.connect = slow  # type: ignore[method-assign, assignment]
    async with await client_of(rooms, person) as client:
        answer = await client.post("/treffen/sessions/plenum/whip", content="offer")
    assert (answer.status_code, answer.json()["code"]) == (409, "moved")
    assert rooms.node.connections == {}


async def test_the_nodes_news_from_behind_are_told_behind_alone(rooms: House) -> None:
    await plenary(rooms)
    mo, mos = await joined(rooms, "mo", Role.MODERATOR)
    anna, annas = await joined(rooms, "anna")
    rooms.node.tell(Connected(BEHIND, mos, "c-1", Direction.RECEIVE))
    rooms.node.tell(SpeakersChanged(BEHIND, (mos,)))
    assert (await mo.hear_kind("plenary.speakers"))["seats"] == [mos]
    slots = (SlotAssignment("0", mos, Source.CAMERA),)
    rooms.node.tell(SlotsChanged(BEHIND, mos, "c-1", slots))
    await mo.hear(lambda frame: frame["type"] == "room.slots" and frame["connection"] == "c-1")
    rooms.node.tell(SlotsChanged("plenum", mos, "c-2", slots))  # what is followed from behind
    await mo.hear(lambda frame: frame["type"] == "room.slots" and frame["connection"] == "c-2")
    remembered = rooms.keeper.slots_of("plenum", mos)
    assert remembered is not None
    assert remembered["connection"] == "c-1"
    await mo.ask("room.view", tiles=[], pinned=[annas])
    await rooms.until(lambda: (BEHIND, mos) in rooms.node.views)
    rooms.node.tell(NodeLost((BEHIND,)))
    await rooms.until(lambda: not rooms.keeper.behind.has_media("plenum"))
    rooms.node.tell(NodeBack((BEHIND,)))
    await mo.hear_kind("room.rejoin")
    assert not any(frame["type"] in ("plenary.speakers", "room.slots") for frame in anna.frames)
    assert BEHIND not in rooms.keeper.presence.sessions()


async def test_only_the_stage_speaks_and_questions_wait(rooms: House) -> None:
    await plenary(rooms)
    mo, _ = await joined(rooms, "mo", Role.MODERATOR)
    anna, annas = await joined(rooms, "anna")
    assert await mo.refusal("floor.set", floor="discussion", microphones_free=True) == "plenary_floor"
    assert await mo.refusal("floor.set", floor="stage", microphones_free=False) == "none"
    assert await mo.refusal("talk.set", approval=False, keeps_chat=None) == "plenary_approval"
    asked = await anna.ask("question.ask", text="Warum?", unnamed=False, client="1")
    assert asked["state"] == "pending"
    assert await mo.refusal("plenary.place", seat=annas, behind=True) == "not_of_the_stage"
    assert await anna.refusal("plenary.place", seat=annas, behind=True) == "not_of_the_stage"
    rooms.clock.jump_to(RUNNING)
    await mo.ask("floor.give", seat=annas)  # a question from the hall
    async with rooms.services.db.read() as reading:
        room = await room_of(reading, "plenum")
    seated = await rooms.seated("plenum", annas)
    assert forum_of(seated) == "plenum"
    assert grant_for(seated, room, rooms.clock).sources == frozenset(Source)


async def test_lower_thirds_name_who_is_billed(rooms: House) -> None:
    await plenary(rooms)
    mo, _ = await joined(rooms, "mo", Role.MODERATOR)
    _, sinas = await joined(rooms, "sina", Role.SPEAKER)
    await joined(rooms, "berta", Role.SPEAKER)
    await mo.ask("plenary.place", seat=None, behind=False)
    state = await mo.hear(lambda frame: frame["type"] == "plenary.state" and len(frame["names"]) == 3)
    by_seat = {one["seat"]: one for one in state["names"]}
    assert by_seat[sinas]["function"]["de"] == "Leiterin"
    assert state["thirds"] == {"auto": True, "seat": None}
    assert sorted(one["name"] for one in state["names"]) == ["Berta", "Mo", "Sina"]
    await mo.ask("plenary.thirds", auto=False, seat=sinas)
    await mo.hear(lambda frame: frame["type"] == "plenary.state" and frame["thirds"] == {"auto": False, "seat": sinas})
    assert await mo.refusal("plenary.thirds", auto=False, seat="nobody") == "seat"


async def test_the_deputy_takes_over_when_the_host_is_gone(rooms: House) -> None:
    await plenary(rooms)
    host, hosts = await joined(rooms, "mo", Role.MODERATOR)
    sina, sinas = await joined(rooms, "sina", Role.SPEAKER)
    anna, _ = await joined(rooms, "anna")
    await host.ask("plenary.turn", greeting="b0")
    await host.ask("plenary.deputy", seat=sinas)
    assert await host.refusal("plenary.deputy", seat=hosts) == "deputy_is_host"
    assert await sina.refusal("plenary.take_over") == "deputy_only"
    await rooms.live.watch.look("plenum")
    await host.close()
    await rooms.live.watch.look("plenum")
    await rooms.pass_time(11)
    await rooms.live.watch.look("plenum")
    lead = await sina.hear(lambda frame: frame["type"] == "plenary.lead" and frame["host_gone"] is not None)
    assert (lead["host"], lead["deputy"]) == (hosts, sinas)
    assert await anna.refusal("plenary.take_over") == "deputy_only"

    await sina.ask("plenary.take_over")
    lead = await sina.hear(lambda frame: frame["type"] == "plenary.lead" and frame["host"] == sinas)
    assert (lead["deputy"], lead["host_gone"]) == (hosts, None)
    assert (await hear(sina, "room.you", moderates=True))["role"] == "moderator"
    order = told(sina, "plenary.order")
    assert order is not None
    assert [entry["state"] for entry in order["greetings"]] == ["now", "waiting"]

    # who led before comes back: still a moderator, and the deputy now
    again = rooms.browser((await rooms.seated("plenum", hosts)).person)
    assert (await again.enter("plenum"))["you"]["moderates"] is True


async def test_a_host_who_comes_back_in_time_is_not_gone(rooms: House) -> None:
    await plenary(rooms)
    host, hosts = await joined(rooms, "mo", Role.MODERATOR)
    mia, mias = await joined(rooms, "mia", Role.MODERATOR)
    await host.ask("plenary.deputy", seat=mias)
    await rooms.live.watch.look("plenum")
    await host.close()
    await rooms.live.watch.look("plenum")
    await rooms.pass_time(11)
    await rooms.live.watch.look("plenum")
    await mia.hear(lambda frame: frame["type"] == "plenary.lead" and frame["host_gone"] is not None)
    again = rooms.browser((await rooms.seated("plenum", hosts)).person)
    await again.enter("plenum")
    await rooms.live.watch.look("plenum")
    lead = await again.hear(lambda frame: frame["type"] == "plenary.lead" and frame["host_gone"] is None)
    assert (lead["host"], lead["deputy"]) == (hosts, mias)
    await mia.ask("plenary.take_over")  # a moderator may at any time
    assert (await hear(mia, "plenary.lead", host=mias, deputy=hosts))["host_gone"] is None


async def test_after_a_restart_the_host_has_time_to_come_back(rooms: House) -> None:
    await plenary(rooms)
    host, _ = await joined(rooms, "mo", Role.MODERATOR)
    _, sinas = await joined(rooms, "sina", Role.SPEAKER)
    await host.ask("plenary.deputy", seat=sinas)
    await host.close()
    watch = Watch(rooms.live.keeper)  # of a process that has just begun
    for seconds, gone in ((15, False), (10, False), (11, True)):
        await rooms.pass_time(seconds)
        await watch.look("plenum")
        async with rooms.services.db.read() as session:
            assert ((await plenary_of(session, "plenum")).host_gone is not None) is gone


async def test_the_curtain_opens_at_the_planned_moment(rooms: House) -> None:
    await plenary(rooms)
    anna, _ = await joined(rooms, "anna")
    rooms.clock.jump_to(at(100) - timedelta(seconds=0.2))
    await rooms.live.watch.look("plenum")
    await rooms.live.keeper.refresh("plenum")
    told_before = told(anna, "plenary.state")
    assert told_before is None or told_before["closed"]
    rooms.clock.jump_to(at(100))
    await hear(anna, "plenary.state", closed=False)  # without anybody looking at the room in the meantime
