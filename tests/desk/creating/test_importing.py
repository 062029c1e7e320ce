"""A file over a conference that is there: what it does not speak of stays, what it would take away is asked for."""

from __future__ import annotations

import dataclasses
import io
import re
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
import yaml

from conference.access.model import Conference, State
from conference.base.errors import Invalid
from conference.cards.store import cards_in
from conference.desk.conference_file import read_conference_file
from conference.desk.creating.changes import changes_between
from conference.initiatives.store import initiatives_in
from conference.people.model import Role
from conference.program.drafts import program_planned, save_plan
from tests.site import DEMO, SLUG_2021, Site, open_site

PAGE = f"/desk/{SLUG_2021}/import"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as opened:
        yield opened


def part_of_it(**changes: object) -> bytes:
    """The demo of 2021 with its settings alone, and what is given here."""
    document = yaml.safe_load((DEMO / "2021" / "conference.yaml").read_text())
    document = {name: document[name] for name in ("meetingpoint", "conference")}
    return yaml.safe_dump(document | changes, allow_unicode=True).encode()


async def send(browser: httpx2.AsyncClient, body: bytes, do: str, **fields: str) -> httpx2.Response:
    return await browser.post(PAGE, files={"file": ("a.yaml", body)}, data={"do": do, **fields})


async def counts(site: Site) -> tuple[int, int]:
    """Initiatives that take part, and cards."""
    conference = await site.conference()
    async with site.services.db.read() as session:
        return len(await initiatives_in(session, conference.id)), len(await cards_in(session, conference.id))


async def test_what_a_file_does_not_speak_of_stays(site: Site) -> None:
    organiser, before, legal = await site.signed_in("Olga", Role.ORGANISER), await counts(site), (await site.conference()).legal
    assert min(before) > 0
    assert (await send(organiser, part_of_it(), "take")).status_code == 303
    assert await counts(site) == before
    assert (await site.conference()).legal == legal


async def test_a_legal_page_that_a_file_does_not_name_stays(site: Site) -> None:
    organiser, before = await site.signed_in("Olga", Role.ORGANISER), (await site.conference()).legal
    assert before["privacy"]
    now, same = (read_conference_file(part_of_it(legal=legal).decode()) for legal in (before, {"imprint": before["imprint"]}))
    assert "legal" not in changes_between(now, same).fields
    body = part_of_it(legal={"imprint": {"de": "Neues Impressum"}, "accessibility": {}, "easy": {"text": {"de": "Leicht."}}})
    assert (await send(organiser, body, "take")).status_code == 303
    told = {"imprint": {"de": "Neues Impressum"}, "accessibility": {}, "easy": {"text": {"de": "Leicht."}, "reason": None}}
    assert (await site.conference()).legal == before | told


async def test_sessions_years_away_are_refused(site: Site) -> None:
    organiser = await site.signed_in("Olga", Role.ORGANISER)
    (entry, *_others) = yaml.safe_load((DEMO / "2021" / "conference.yaml").read_text())["sessions"]
    entry.pop("results", None)
    for year, status in (("2031", 422), ("2011", 422), ("2024", 303)):
        day = {name: f"{year}-05-04T{hour}:00" for name, hour in (("starts", "10"), ("ends", "11"))}
        answer = await send(organiser, part_of_it(sessions=[{**entry, **day, "rounds": []}]), "take")
        assert (answer.status_code, "muss innerhalb von 5 Jahren um conference.times.live liegen" in answer.text) == (
            status,
            status == 422,
        ), year


async def test_what_a_list_would_take_away_is_named_and_wants_the_word(site: Site) -> None:
    organiser, before = await site.signed_in("Olga", Role.ORGANISER), await counts(site)
    body = part_of_it(initiatives=[])
    looked = await send(organiser, body, "look")
    assert "Nehmen nicht mehr teil" in looked.text
    assert "Videokarten, die mit Filmen" in looked.text
    assert (await send(organiser, body, "take", typed="nein")).status_code == 422
    assert await counts(site) == before
    assert (await send(organiser, body, "take", typed=SLUG_2021)).status_code == 303
    assert await counts(site) == (0, 0)


def moved(**times: object) -> bytes:
    settings = yaml.safe_load(part_of_it())["conference"]
    return part_of_it(conference=settings | {"times": settings["times"] | times})


async def test_a_file_neither_announces_nor_closes_nor_purges(site: Site) -> None:
    organiser, before = await site.signed_in("Olga", Role.ORGANISER), await site.conference()
    async with site.services.db.work() as work:
        row = await work.session.get_one(Conference, before.id)
        row.announced = None
        work.session.add(row)
    old = {name: f"2020-05-0{n}T10:00" for n, name in enumerate(("announced", "doors", "live", "archive", "closes", "purge"), 1)}
    assert "Ankündigung, Schließung und Löschung bleiben" in (await send(organiser, moved(**old), "look")).text
    for body in (part_of_it(), moved(**old), moved(live="2021-05-04T09:45", purge="2021-05-20T10:00")):
        assert (await send(organiser, body, "take")).status_code == 303
        now = await site.conference()
        assert (now.announced, now.closes, now.purge) == (None, before.closes, before.purge)
    assert (now.doors, now.archive) == (before.doors, before.archive)
    assert now.live == datetime(2021, 5, 4, 7, 45, tzinfo=UTC)


async def test_whoever_looked_at_another_edition_is_told_and_nothing_is_written(site: Site) -> None:
    organiser = await site.signed_in("Olga", Role.ORGANISER)
    looked = await send(organiser, part_of_it(), "look")
    edition = re.search(r'name="edition" value="([\d.]+)"', looked.text)
    assert edition is not None
    async with site.services.db.work() as work:
        row = await work.session.get_one(Conference, (await site.conference()).id)
        row.motto, row.version = {"de": "Anders"}, row.version + 1
        work.session.add(row)
    refused = await send(organiser, part_of_it(), "take", edition=edition[1])
    assert (refused.status_code, (await site.conference()).motto) == (409, {"de": "Anders"})
    again = re.search(r'name="edition" value="([\d.]+)"', refused.text)
    assert again is not None
    assert (await send(organiser, part_of_it(), "take", edition=again[1])).status_code == 303


async def test_what_was_planned_for_a_session_goes_when_the_file_replaces_it(site: Site) -> None:
    organiser, conference = await site.signed_in("Olga", Role.ORGANISER), await site.conference()
    async with site.services.db.work() as work:
        for each in (await program_planned(work.session, conference.id))[:2]:
            plan = dataclasses.replace(each.plan, summary={"de": "Geplant"})
            await save_plan(work, site.services, conference, State.LIVE, plan, seen=None, by=None)
    entries = yaml.safe_load((DEMO / "2021" / "conference.yaml").read_text())["sessions"]
    for entry in entries:
        entry.pop("results", None)
    async with site.services.db.read() as session:
        first, second = (await program_planned(session, conference.id))[:2]
    next(entry for entry in entries if entry["slug"] == first.plan.slug)["title"] = {"de": "Ganz neu"}
    body = part_of_it(sessions=entries)
    assert "die verworfen werden" in (await send(organiser, body, "look")).text
    assert (await send(organiser, body, "take")).status_code == 303
    async with site.services.db.read() as session:
        drafted = {each.plan.slug for each in await program_planned(session, conference.id) if each.drafted}
    assert drafted == {second.plan.slug}


def packed(compressed: bool = True) -> bytearray:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED) as archive:
        archive.writestr("conference.yaml", part_of_it())
    return bytearray(file.getvalue())


def bent(what: str) -> bytes:
    body = packed()
    entry, data = body.find(b"PK\x01\x02"), body.find(b"conference.yaml") + 15
    if what == "encrypted":
        body[6] |= 1
        body[entry + 8] |= 1
    elif what == "deflate":
        body[data + 20 : data + 22] = bytes(each ^ 0xFF for each in body[data + 20 : data + 22])
    elif what == "method":
        body[8] = body[entry + 10] = 98
    elif what == "offset":
        body[entry + 42] = 0x7F
    elif what == "before":  # the directory's own place makes each file begin before the first byte
        body[body.rfind(b"PK\x05\x06") + 19] = 0x7F
    else:
        body[data : data + 1] = b"\xff"
    return bytes(body)


@pytest.mark.parametrize("what", ["encrypted", "deflate", "method", "offset", "before", "block"])
async def test_a_damaged_zip_is_refused_with_a_sentence(site: Site, what: str) -> None:
    organiser = await site.signed_in("Olga", Role.ORGANISER)
    for page in (PAGE,):
        answer = await organiser.post(page, files={"file": ("a.zip", bent(what))}, data={"do": "look"})
        assert (answer.status_code, "ist beschädigt, verschlüsselt" in answer.text) == (422, True)


async def test_a_damaged_or_too_large_file_in_a_zip_is_found_before_anything_is_written(site: Site) -> None:
    organiser, before = await site.signed_in("Olga", Role.ORGANISER), await site.conference()
    card = {"video": "film.mp4", "seconds": 3}
    entry = {"slug": "neue", "name": "Neue", "land": "BE", "card": card}
    settings = yaml.safe_load(part_of_it())["conference"] | {"motto": {"de": "Anders"}}
    for film, said in ((bytes(201 * 1024**2), "größer als 200 MB"), (b"film" * 999, "beschädigt, verschlüsselt")):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("conference.yaml", part_of_it(conference=settings, initiatives=[entry]))
            archive.writestr("film.mp4", film)
        body = bytearray(file.getvalue())
        if len(film) < 4000:
            body[body.find(b"film.mp4") + 9] ^= 0xFF
        fields = {"do": "take", "typed": SLUG_2021}
        answer = await organiser.post(PAGE, files={"file": ("a.zip", bytes(body))}, data=fields)
        assert (answer.status_code, said in answer.text) == (422, True), said
    assert (await site.conference()).motto == before.motto


def with_origin(*lines: str) -> str:
    session = {"slug": "a", "kind": "break", "title": "A", "floor": "discussion", "place": "online"}
    session |= {"starts": "2021-05-04T10:00", "ends": "2021-05-04T10:10"}
    text = part_of_it(sessions=[session]).decode()
    return text.replace("  slug: a\n", "".join(f"  {line}\n" for line in ("slug: a", "origin:", *lines)))


def test_aliases_do_not_grow_and_what_came_along_has_an_end() -> None:
    read_conference_file(with_origin("  a: &a [x, y]", "  b: *a"))
    bomb = ["  a0: &a0 [x, x]", *(f"  a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40))]
    for lines, said in (
        (bomb, "aliases"),
        (["  a: &a [*a]"], "aliases"),
        ([f"  a: {'x' * 70_000}"], "64 KB"),
        (["  a: 2021-01-01"], "JSON"),
        (['  a: "\\ud800"'], "JSON"),
    ):
        with pytest.raises(Invalid) as refused:
            read_conference_file(with_origin(*lines))
        assert said in str(refused.value.facts["faults"])
