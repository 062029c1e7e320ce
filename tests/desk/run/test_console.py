"""The run console: what stands there, that each number has its list, and what organisers do to rooms from there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from conference.forums import store
from conference.forums.actions_moderation import call_for_help
from conference.forums.store import Room, Seated
from conference.forums.told import Now
from conference.people.model import Role
from conference.program.model import Session
from conference.program.store import sessions_of
from tests.desk.run.rooms import console_of, socket_of, someone
from tests.desk.test_queries import counted
from tests.site import MOMENTS, SLUG_2021, Site, open_site

RUN = f"/desk/{SLUG_2021}/run"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as opened:
        yield opened


@pytest.fixture
async def desk(site: Site) -> httpx2.AsyncClient:
    return await site.signed_in("Olga Beispiel", Role.ORGANISER)


async def room_at(site: Site, slug: str = "forum-1") -> Room:
    async with site.services.db.read() as db:
        return await store.room_by_slug(db, (await site.conference()).id, slug)


async def shown(desk: httpx2.AsyncClient, address: str = RUN) -> str:
    answer = await desk.get(address)
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", answer.text.split("<main")[1])


def number(page: str, session: str, key: str) -> int:
    line = page.split(f'data-session="{session}"')[1].split("</li> </ul>")[0]
    found = re.search(rf'data-number="{key}".*?<span class="count">(\d+)', line)
    assert found is not None
    return int(found[1])


async def test_each_room_says_how_it_is_and_each_number_leads_to_its_list(site: Site, desk: httpx2.AsyncClient) -> None:
    room = await room_at(site)
    await someone(site, "Mo Leitung", Role.MODERATOR)
    await someone(site, "Anna Nah")
    await someone(site, "Fern Weit", line="poor")
    page = await shown(desk)
    assert [number(page, room.session.id, key) for key in ("here", "poor", "hands", "waiting")] == [3, 1, 0, 0]
    for address in re.findall(r'<a href="([^"]*)"[^>]*data-number', page):
        assert (await desk.get(address.partition("#")[0])).status_code == 200, address
    there = await shown(desk, f"{RUN}/rooms/forum-1?show=here")
    assert all(name in there for name in ("Mo Leitung", "Anna Nah", "Fern Weit"))
    poor = (await shown(desk, f"{RUN}/rooms/forum-1?show=poor")).split('id="people"')[1]
    assert "Fern Weit" in poor
    assert "Anna Nah" not in poor


async def test_who_is_missing_has_a_name_until_they_come(site: Site, desk: httpx2.AsyncClient) -> None:
    await site.invite("Ines Impuls", Role.SPEAKER, session="forum-1")
    assert "Ines Impuls" in await shown(desk)
    assert "Ines Impuls" in (await shown(desk, f"{RUN}/rooms/forum-1")).split('id="missing"')[1].split("</section>")[0]
    await someone(site, "Ines Impuls", Role.SPEAKER)
    assert "Ines Impuls" not in await shown(desk)


async def test_a_call_for_help_stands_on_top_until_it_is_answered(site: Site, desk: httpx2.AsyncClient) -> None:
    seated, _ = await someone(site, "Mo Leitung", Role.MODERATOR)
    await call_for_help(site.services, seated.seat.session_id, seated.seat.id, on=True)
    page = await shown(desk)
    assert page.index("Mo Leitung") < page.index('id="run-now"')
    answer = await desk.post(f"/desk/{SLUG_2021}/calls/forum-1", data={"to": "run"})
    assert answer.headers["location"] == RUN
    assert 'id="run-calls"' not in await shown(desk)


async def test_numbers_and_lists_reach_an_open_console(site: Site, desk: httpx2.AsyncClient) -> None:
    console, room = console_of(site), await room_at(site)
    conference = room.session.conference_id
    told: list[dict[str, object]] = []
    console._send = lambda topic, data, language=None: told.append({"topic": topic, **data})  # type: ignore[method-assign]
    await someone(site, "Mo Leitung", Role.MODERATOR)
    assert console._news[conference][room.session.id] == {"here": 1, "hands": 0, "poor": 0, "waiting": 0}
    await console._tell(conference)
    assert told[-1] == {
        "topic": f"rooms:{conference}",
        "rooms": {room.session.id: console.tallies_of(conference)[room.session.id].numbers()},
    }
    await console._note_begun()
    assert (await room_at(site)).session.began == site.clock.now()
    states = await console.lists(f"run:{conference}", None, "de")  # type: ignore[arg-type]
    assert states[0]["target"] == "run-board"
    assert number(str(states[0]["html"]), room.session.id, "here") == 1


async def test_acts_of_two_consoles_do_not_add_up(site: Site, desk: httpx2.AsyncClient) -> None:
    other = await site.signed_in("Otto Beispiel", Role.ORGANISER)
    ends = (await room_at(site)).session.ends
    form = {"act": "extend", "ends": ends.isoformat()}
    first, second = await desk.post(f"{RUN}/rooms/forum-1", data=form), await other.post(f"{RUN}/rooms/forum-1", data=form)
    assert (first.status_code, second.status_code) == (303, 409)
    assert (await room_at(site)).session.ends == ends + timedelta(minutes=3)
    for act, locked in (("lock", True), ("lock", True), ("unlock", False)):
        answers = await asyncio.gather(*(each.post(f"{RUN}/rooms/forum-1", data={"act": act}) for each in (desk, other)))
        assert [answer.status_code for answer in answers] == [303, 303]
        assert ((await room_at(site)).forum.locked is not None) is locked
    for browser in (desk, other):
        assert (await browser.post(f"{RUN}/rooms/forum-1", data={"act": "end"})).status_code == 303
    session = (await room_at(site)).session
    assert session.ended == session.ends == site.clock.now()
    answer = await desk.post(f"{RUN}/rooms/forum-1", data={"act": "begin"})
    assert answer.status_code == 409


async def test_guests_of_all_rooms_wait_in_one_queue(site: Site, desk: httpx2.AsyncClient) -> None:
    for slug in ("forum-1", "forum-2"):
        async with site.services.db.work() as work:
            held = await work.session.get(Session, (await room_at(site, slug)).session.id)
            assert held is not None
            held.guests = True
            work.session.add(held)
        await desk.post(f"{RUN}/rooms/{slug}", data={"act": "lobby"})
    first, told = await someone(site, "Gast Eins", Role.GUEST, session="forum-1")
    site.clock.advance(seconds=1)
    await someone(site, "Gast Zwei", Role.GUEST, session="forum-2")
    site.clock.advance(seconds=1)
    await someone(site, "Gast Drei", Role.GUEST, session="forum-2")
    page = await shown(desk, f"{RUN}/guests")
    assert page.index("Gast Eins") < page.index("Gast Drei")
    assert "Gast Eins" not in await shown(desk, f"{RUN}/guests?room=forum-2")
    assert number(await shown(desk), (await room_at(site, "forum-2")).session.id, "waiting") == 2
    answer = await desk.post(f"{RUN}/guests", data={"admit": first.seat.id})
    assert answer.headers["location"].endswith("?let=1")
    await console_of(site).rooms.refresh(first.seat.session_id)
    assert told[-1]["type"] == "room.admitted"
    seats = re.findall(r'name="admit" value="([\w-]{10,})"', await shown(desk, f"{RUN}/guests"))
    answers = [await desk.post(f"{RUN}/guests", data={"admit": "all", "seats": " ".join(seats)}) for _ in "ab"]
    assert [answer.headers["location"].rpartition("=")[2] for answer in answers] == ["2", "0"]
    assert "Gast" not in (await shown(desk, f"{RUN}/guests")).split('id="run-part"')[1].split("empty")[0]


async def test_people_are_asked_over_and_their_place_is_kept(site: Site, desk: httpx2.AsyncClient) -> None:
    seated, told = await someone(site, "Anna Nah")
    await desk.post(f"{RUN}/rooms/forum-2", data={"act": "lock"})
    answer = await desk.post(f"{RUN}/move", data={"room": "forum-1", "to": "forum-2", "seat": [seated.seat.id]})
    assert answer.headers["location"] == f"{RUN}/rooms/forum-1?asked=1&out=0"
    await site.services.live.catch_up()
    invited = next(frame for frame in told if frame["type"] == "room.invited")
    assert invited["href"] == f"/{SLUG_2021}/sessions/forum-2/room?join"
    assert seated.person is not None
    again: list[Any] = []
    rooms = console_of(site).rooms
    rooms.seat(await socket_of(site, seated.person, again), seated)  # the page is loaded anew
    for _ in range(2):
        await console_of(site)._asking.tell()
    assert [frame["type"] for frame in again].count("room.invited") == 1
    there, _ = await someone(site, "Anna Nah", session="forum-2")  # locked for all others
    assert there.seat.left is None
    await rooms_quiet(site, seated)
    for wrong in ({"seat": []}, {"seat": [seated.seat.id], "to": "forum-1"}):
        assert (await desk.post(f"{RUN}/move", data={"room": "forum-1", "to": "forum-2", **wrong})).status_code == 422
    assert (await desk.post(f"{RUN}/move", data={"room": "forum-1", "to": "panel", "seat": [seated.seat.id]})).status_code == 409


async def rooms_quiet(site: Site, seated: Seated) -> None:
    """Whoever has come is not asked again, back in the first room."""
    back: list[Any] = []
    console_of(site).rooms.seat(await socket_of(site, seated.person, back), seated)
    await console_of(site)._asking.tell()
    assert "room.invited" not in [frame["type"] for frame in back]


async def test_the_console_is_for_organisers(site: Site) -> None:
    attendee = await site.signed_in("Anna Nah")
    for address in (RUN, f"{RUN}/guests", f"{RUN}/rooms/forum-1"):
        assert (await attendee.get(address)).status_code == 403
    assert (await attendee.post(f"{RUN}/rooms/forum-1", data={"act": "lock"})).status_code == 403


async def test_a_text_for_an_emergency_stands_on_every_page_and_in_every_room(site: Site, desk: httpx2.AsyncClient) -> None:
    _, told = await someone(site, "Anna Nah")
    stranger = site.browser()
    version = (await site.conference()).version
    text = {"de": "Feueralarm in Berlin: bitte warten.", "en": "", "version": str(version)}
    assert (await desk.post(f"{RUN}/emergency", data={**text, "de": " "})).status_code == 422
    assert "Feueralarm" not in (await stranger.get(f"/{SLUG_2021}/")).text
    other = await site.signed_in("Otto Beispiel", Role.ORGANISER)
    assert (await desk.post(f"{RUN}/emergency", data=text)).status_code == 303
    late = await other.post(f"{RUN}/emergency", data={**text, "de": "Entwarnung."})
    assert (late.status_code, "Olga Beispiel" in late.text, "Entwarnung." in late.text) == (409, True, True)
    await site.services.live.catch_up()
    assert [frame["text"] for frame in told if frame["type"] == "room.emergency"] == ["Feueralarm in Berlin: bitte warten."]
    attendee = await site.signed_in("Berta Nah", session="forum-1")
    for browser, address in ((stranger, ""), (stranger, "program"), (attendee, "sessions/forum-1/room"), (desk, "program")):
        assert "Feueralarm" in (await browser.get(f"/{SLUG_2021}/{address}")).text, address
    for browser in (desk, other):
        assert (await browser.post(f"{RUN}/emergency", data={"act": "down"})).status_code == 303
    assert "Feueralarm" not in (await stranger.get(f"/{SLUG_2021}/")).text
    assert "Feueralarm" not in (await attendee.get(f"/{SLUG_2021}/sessions/forum-1/room")).text


async def test_doors_open_early_and_shut_and_open_again(site: Site, desk: httpx2.AsyncClient) -> None:
    planned = await site.conference()
    site.clock.jump_to(MOMENTS["announced"])
    assert (await desk.post(f"{RUN}/doors", data={"act": "open"})).status_code == 303
    assert (await site.conference()).doors == site.clock.now()
    assert (await desk.post(f"{RUN}/doors", data={"typed": SLUG_2021})).status_code == 303
    assert (await site.conference()).doors == planned.live
    site.clock.jump_to(MOMENTS["live"])
    _, told = await someone(site, "Anna Nah")
    assert (await desk.post(f"{RUN}/doors", data={"typed": "nein"})).status_code == 422
    assert (await site.conference()).archive == planned.archive
    assert (await desk.post(f"{RUN}/doors", data={"typed": SLUG_2021})).status_code == 303
    await console_of(site).rooms.refresh((await room_at(site)).session.id)
    assert told[-1]["type"] == "closed"
    for _ in "ab":  # of two consoles the second one finds it done
        assert (await desk.post(f"{RUN}/doors", data={"act": "open"})).status_code == 303
    assert (await site.conference()).archive == planned.archive
    site.clock.jump_to(MOMENTS["closed"])  # nothing is offered that would be refused
    page = (await desk.get(f"{RUN}/doors")).text
    assert ("Bitte verschieben Sie zuerst das Schlussdatum" in page, 'value="open"' in page) == (True, False)


async def test_an_announcement_for_one_room_stands_in_no_other(site: Site, desk: httpx2.AsyncClient) -> None:
    here, there = [await someone(site, name, session=slug) for name, slug in (("Anna Nah", "forum-1"), ("Fern Weit", "forum-2"))]
    page = await desk.get(f"/desk/{SLUG_2021}/announcements?room=forum-2")
    assert re.search(r'<option value="forum-2" selected', page.text)
    form = {"de": "Bitte lauter sprechen.", "en": "", "room": "forum-2"}
    assert (await desk.post(f"/desk/{SLUG_2021}/announcements", data=form)).status_code == 303
    async with asyncio.timeout(5):
        while not any(frame["type"] == "talk.announcements" for frame in here[1]):
            await asyncio.sleep(0.01)
    assert [frame["announcements"] for frame in here[1] if frame["type"] == "talk.announcements"] == [[]]
    (told,) = [frame["announcements"] for frame in there[1] if frame["type"] == "talk.announcements"]
    assert [one["text"] for one in told] == ["Bitte lauter sprechen."]
    assert (await desk.post(f"/desk/{SLUG_2021}/announcements", data={**form, "room": "nowhere"})).status_code == 404


async def test_numbers_of_a_full_room_cost_the_database_nothing(site: Site, desk: httpx2.AsyncClient) -> None:
    console, room = console_of(site), await room_at(site)
    conference = room.session.conference_id
    console._send = lambda topic, data, language=None: None  # type: ignore[method-assign]
    people = {
        str(n): {"here": True, "hand": n if n % 9 == 0 else None, "line": "poor" if n % 10 == 0 else "good"} for n in range(200)
    }
    console._lists[conference] = asyncio.get_running_loop().time()
    with counted(site.services.db) as statements:
        for n in range(1, 200):
            console._look(Now(room, [], {seat: people[seat] for seat in list(people)[:n]}))
            if n > 1:  # the first one there is news for the lists as well
                await console._tell(conference)
    assert console.tallies_of(conference)[room.session.id].numbers() == {"here": 199, "hands": 23, "poor": 20, "waiting": 0}
    assert statements == []


async def test_five_minutes_later_is_one_tap_and_never_two(site: Site, desk: httpx2.AsyncClient) -> None:
    async with site.services.db.read() as db:
        before = {each.slug: each for each in await sessions_of(db, (await site.conference()).id)}
    form = re.search(r'action="[^"]*/run/later"> ?<input type="hidden" name="edition" value="(\d+)"', await shown(desk))
    assert form is not None
    assert (await desk.post(f"{RUN}/later", data={"edition": form[1]})).headers["location"] == f"{RUN}?later"
    again = await desk.post(f"{RUN}/later", data={"edition": form[1]})
    assert (again.status_code, "gerade eben geändert" in again.text) == (409, True)
    assert "fünf Minuten später" in await shown(desk, f"{RUN}?later")
    async with site.services.db.read() as db:
        after = {each.slug: each for each in await sessions_of(db, (await site.conference()).id)}
    five, now = timedelta(minutes=5), MOMENTS["live"]
    for slug, was in before.items():
        assert after[slug].ends == (was.ends + five if was.ends > now else was.ends), slug
        assert after[slug].starts == (was.starts + five if was.starts >= now else was.starts), slug
    assert after != before
    site.clock.jump_to(MOMENTS["archive"])
    assert "/run/later" not in await shown(desk)
    late = await desk.post(f"{RUN}/later", data={"edition": str(sum(each.version for each in after.values()))})
    assert (late.status_code, "nichts mehr übrig" in late.text) == (422, True)
