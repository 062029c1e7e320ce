"""Taking a schedule over in the browser: dry run first, drafts afterwards, and the same comes out again."""

from __future__ import annotations

import html
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from conference.people.model import Role
from conference.program.drafts import program_planned
from tests.program.schedule.foreign import PRETALX
from tests.program.schedule.structure import check_json, check_xml
from tests.site import MOMENTS, SLUG_2021, Site, open_site

DESK = f"/desk/{SLUG_2021}/program"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as opened:
        opened.clock.jump_to(MOMENTS["announced"])
        yield opened


async def bring(browser: httpx2.AsyncClient, data: bytes, name: str = "schedule.json") -> httpx2.Response:
    return await browser.post(f"{DESK}/schedule", files={"file": (name, data, "application/octet-stream")})


async def take(browser: httpx2.AsyncClient, trial: httpx2.Response) -> httpx2.Response:
    fields = {name: re.search(rf'name="{name}" value="([^"]*)"', trial.text) for name in ("content", "edition")}
    sent = {name: (None, html.unescape(found[1])) for name, found in fields.items() if found}
    return await browser.post(f"{DESK}/schedule", files=sent)


async def events(site: Site) -> dict[str, dict[str, Any]]:
    await site.services.live.catch_up()
    answer = await site.browser().get(f"/{SLUG_2021}/schedule.json")
    check_json(answer.json())
    check_xml((await site.browser().get(f"/{SLUG_2021}/schedule.xml")).content)
    days = answer.json()["schedule"]["conference"]["days"]
    return {event["guid"]: event for day in days for room in day["rooms"].values() for event in room}


async def publish(browser: httpx2.AsyncClient) -> None:
    edition = re.search(r'name="edition" value="(\d+)"', (await browser.get(f"{DESK}/publish")).text)
    assert edition is not None
    assert (await browser.post(f"{DESK}/publish", data={"edition": edition[1]})).status_code == 303


async def test_a_foreign_schedule_goes_in_and_comes_out_the_same(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    before = await events(site)
    trial = await bring(organiser, PRETALX)
    assert trial.status_code == 200
    for text in (
        "4 neue Programmpunkte",
        "Workshop: Äpfel &amp; Birnen",
        "event.answers (1)",
        "room.capacity (1)",
        "person.biography",
    ):
        assert text in trial.text, text
    assert await events(site) == before  # nothing has been changed so far
    taken = await take(organiser, trial)
    assert taken.status_code == 303, taken.text
    assert await events(site) == before  # readers learn of it when it is published
    await publish(organiser)

    after = await events(site)
    theirs = {
        event["guid"]: event
        for day in json.loads(PRETALX)["schedule"]["conference"]["days"]
        for room in day["rooms"].values()
        for event in room
    }
    assert set(after) == set(before) | set(theirs)
    for guid, event in theirs.items():
        ours = after[guid]
        kept = set(event) - {"url", "answers", "persons", "duration"}  # the addresses are ours; answers are for organisers alone
        assert {name: ours[name] for name in kept} == {name: event[name] for name in kept}
        assert ours["duration"] in (event["duration"], f"0{event['duration']}")
        assert [each["public_name"] for each in ours["persons"]] == [each["public_name"] for each in event["persons"]]
        assert "answers" not in ours
    assert "0123 456" not in json.dumps(after)

    again = await bring(organiser, PRETALX)
    assert "0 neue Programmpunkte, 0 geänderte, 4 unverändert" in again.text
    assert 'name="content"' not in again.text


async def test_what_lies_years_away_is_named_and_left_out(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    far = json.loads(PRETALX)
    event = next(event for room in far["schedule"]["conference"]["days"][0]["rooms"].values() for event in room)
    event["date"] = "2031-05-04T13:05:00+02:00"
    trial = await bring(organiser, json.dumps(far).encode())
    assert ("3 neue Programmpunkte" in trial.text, "liegt mehr als 5 Jahre von der Veranstaltung entfernt" in trial.text) == (
        True,
        True,
    )


async def test_our_own_files_change_nothing(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    for name in ("schedule.json", "schedule.xml"):
        own = (await organiser.get(f"/{SLUG_2021}/{name}")).content
        trial = await bring(organiser, own, name)
        assert "0 neue Programmpunkte, 0 geänderte" in trial.text, name


async def test_two_who_bring_one(site: Site) -> None:
    olga, otto = await site.signed_in("Olga Beispiel", Role.ORGANISER), await site.signed_in("Otto Beispiel", Role.ORGANISER)
    first, second = await bring(olga, PRETALX), await bring(otto, PRETALX)
    assert (await take(olga, first)).status_code == 303
    late = await take(otto, second)
    assert late.status_code == 409
    assert "Inzwischen geändert" in late.text
    async with site.services.db.read() as db:
        planned = await program_planned(db, (await site.conference()).id)
    assert sum(each.plan.origin is not None for each in planned) == 4


async def test_what_is_no_schedule_is_said_on_the_page(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    for data in (b"", b"\xff\xfe", b"<html></html>", b"{}"):
        answer = await bring(organiser, data)
        assert answer.status_code == 422, data
        assert "lässt sich nicht als Programm lesen" in answer.text
    assert (await organiser.get(f"{DESK}/schedule")).status_code == 200
    assert (await (await site.signed_in("Mara Beispiel")).get(f"{DESK}/schedule")).status_code == 403
