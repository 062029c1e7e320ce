"""The proof of attendance in browsers: only for who was there and agrees, in both languages, and taken back again."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx2
import pikepdf
import pytest
from sqlmodel import select

from conference.access.model import Conference
from conference.base.audit import AuditEntry
from conference.keeping.attendance.proof import TEMPLATE, drawn
from conference.keeping.attendance.rules import Stay, days_of
from conference.keeping.attendance.store import Present
from conference.people.actions import issue_link
from conference.people.model import Person, PersonConsent, PersonConsentKind, Role, RoleHeld
from conference.results.setting.press import press
from conference.results.setting.shape import Look
from tests.keeping.attendance.seeds import present, sat
from tests.results.pdf_ua import faults
from tests.results.pdf_words import read_off
from tests.results.setting.sheets import png
from tests.site import MOMENTS, SLUG_2021, Site, open_site

OWN, DESK = f"/{SLUG_2021}/attendance", f"/desk/{SLUG_2021}/after/attendance"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as opened:
        opened.clock.jump_to(MOMENTS["archive"])
        yield opened


async def visitor(site: Site, name: str = "Änne Übel") -> tuple[Person, httpx2.AsyncClient]:
    person, path = await site.invite(name)
    browser = site.browser()
    assert (await browser.post(path)).status_code == 303
    return person, browser


async def test_who_was_there_agrees_and_has_a_proof(site: Site) -> None:
    anna, browser = await visitor(site)
    async with site.services.db.work() as work:
        (await work.session.get_one(Person, anna.id)).organisation = "Verein für Änderungen e. V."
    assert f'href="{OWN}"' in (await browser.get(f"/{SLUG_2021}/")).text
    assert "nichts zu bestätigen" in (await browser.get(OWN)).text
    await sat(site, anna.id, begins=-2, ends=40)
    await sat(site, anna.id, "forum-2", begins=10, ends=30)
    page = (await browser.get(OWN)).text
    assert "Ich stimme zu" in page
    assert "zusammen 42 min" in page
    assert (await browser.get(f"{OWN}.pdf")).status_code == 404
    assert (await browser.post(OWN, data={"do": "agree"})).status_code == 303
    await browser.post(OWN, data={"do": "agree"})  # twice is once
    assert f'href="{OWN}.pdf?lang=de"' in (await browser.get(OWN)).text

    answer = await browser.get(f"{OWN}.pdf?lang=de")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["cache-control"] == "no-store"
    assert faults(answer.content) == []
    text = said(answer.content)
    for part in ("Teilnahmebestätigung", "Änne Übel", "Verein für Änderungen e. V.", "zusammen 42 min", "Uhr", "Erstellt am"):
        assert part in text
    english = await browser.get(f"{OWN}.pdf?lang=en")
    assert faults(english.content) == []
    assert "Proof of attendance" in said(english.content)
    with pikepdf.open(io.BytesIO(english.content)) as pdf:
        assert pdf.Root.Lang == "en"

    assert (await browser.post(OWN, data={"do": "end"})).status_code == 303
    assert (await browser.get(f"{OWN}.pdf")).status_code == 404
    async with site.services.db.read() as session:
        (consent,) = await session.exec(select(PersonConsent).where(PersonConsent.person_id == anna.id))
    assert consent.ended is not None


def said(data: bytes) -> str:
    """The words of the PDF, in order."""
    return " ".join(read_off(data).split())


async def test_a_proof_is_one_s_own_and_of_the_time_of_the_conference(site: Site) -> None:
    anna, browser = await visitor(site)
    await sat(site, anna.id, ends=40)
    await browser.post(OWN, data={"do": "agree"})
    assert (await site.browser().get(f"{OWN}.pdf")).status_code == 401
    assert (await site.browser().get(OWN)).status_code == 401
    _, other = await visitor(site, "Otto Anders")
    assert (await other.get(f"{OWN}.pdf")).status_code == 404
    assert (await other.get(f"{DESK}/{anna.id}.pdf")).status_code == 403
    for moment, status in (("announced", 404), ("doors", 404), ("closed", 410), ("purged", 410)):
        site.clock.jump_to(MOMENTS[moment])
        assert (await browser.get(OWN)).status_code == status, moment
        assert (await browser.get(f"{OWN}.pdf")).status_code == status, moment


async def test_waiting_outside_is_not_being_there(site: Site) -> None:
    anna, browser = await visitor(site)
    await sat(site, anna.id, knocked=site.clock.now())
    assert "nichts zu bestätigen" in (await browser.get(OWN)).text


async def test_all_stays_in_a_room_count(site: Site) -> None:
    anna, browser = await visitor(site)
    await sat(site, anna.id, begins=40, ends=50, earlier=[(0, 10), (15, 20)])
    await sat(site, anna.id, "forum-2", begins=30, ends=35, earlier=[(5, 18)], knocked=site.clock.now())
    assert "zusammen 30 min" in (await browser.get(OWN)).text
    file = (await browser.get("/me/data.json")).json()
    assert [len(room["earlier_stays"]) for room in file["conferences"][0]["in_rooms"]] in ([2, 1], [1, 2])


async def test_the_organisers_list_has_who_agreed_and_of_others_no_name(site: Site) -> None:
    olga = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    assert "Bisher hat niemand zugestimmt" in (await olga.get(DESK)).text
    hidden, _ = await visitor(site, "Hilde Heimlich")
    await sat(site, hidden.id)
    nobody = (await olga.get(DESK)).text
    assert ("Weniger als fünf Personen waren da." in nobody, "Außer ihnen" in nobody) == (True, False)
    await present(site, 2)
    agreed, _ = await visitor(site, "=cmd()")
    await sat(site, agreed.id, begins=5, ends=50)
    async with site.services.db.work() as work:  # as the form of registration keeps it
        work.session.add(
            PersonConsent(
                id="c", person_id=agreed.id, kind=PersonConsentKind.ATTENDANCE, version=1, language="de", given=work.now
            )
        )
    page = (await olga.get(DESK)).text
    assert page.count("Gerda Gegenwart") >= 2
    assert "Hilde" not in page
    assert "weniger als fünf Personen da, die nicht zugestimmt" in page
    answer = await olga.get(f"{DESK}.csv")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))
    assert rows[0][0] == "Name"
    assert [row[0] for row in rows[1:]] == ["'=cmd()", "Gerda Gegenwart 000", "Gerda Gegenwart 001"]
    assert rows[1][5] == "45"
    assert (await olga.get(f"{DESK}/{agreed.id}.pdf")).status_code == 200
    assert (await olga.get(f"{DESK}/{hidden.id}.pdf")).status_code == 404
    async with site.services.db.read() as session:
        acts = [entry.facts for entry in await session.exec(select(AuditEntry).where(AuditEntry.act == "attendance list taken"))]
    assert [facts["people"] for facts in acts] == [3]


async def test_an_odd_name_and_a_title_in_one_language_still_give_a_sound_pdf(site: Site) -> None:
    conference = await site.conference()
    async with site.services.db.work() as work:
        row = await work.session.get_one(Conference, conference.id)
        row.title = {"de": "Nur auf Deutsch: " + "Donaudampfschifffahrtsgesellschaft" * 3}
        row.hosts = []
        person = Person(
            id="odd",
            conference_id=conference.id,
            name="#set page() 😀 “x” " + "lang" * 20,
            email="x@example.org",
            created=work.now,
        )
        work.session.add(person)
        await work.session.flush()
        secret = await issue_link(work, site.services.ids, "odd")
    await sat(site, "odd", ends=30)
    browser = site.browser()
    async with site.services.db.work() as work:
        work.session.add(RoleHeld(id="r", person_id="odd", role=Role.ATTENDEE))
    await browser.post(f"/sign-in/{secret}")
    await browser.post(OWN, data={"do": "agree"})
    answer = await browser.get(f"{OWN}.pdf?lang=en")
    assert answer.status_code == 200
    assert faults(answer.content) == []
    assert "#set page()" in said(answer.content)


async def test_the_look_of_the_hosts_and_two_days(site: Site) -> None:
    conference = await site.conference()
    zone = ZoneInfo(conference.zone)
    stays = [
        Stay(conference.live + day, conference.live + day + timedelta(minutes=75)) for day in (timedelta(), timedelta(days=1))
    ]
    there = Present("p", "Anna Alt", "", days_of(stays, zone))
    look = Look(colour="#7a1f5c", face="noto-serif", logo=png(), logo_alt="Zeichen der Gastgeber")
    data = drawn(conference, there, site.services.texts["de"], site.clock.now(), look)
    files, pages = await press(data, made=site.clock.now(), template=TEMPLATE)
    assert pages == 1
    assert faults(files[0]) == []
    assert "Zusammen an allen Tagen: 2 h 30 min" in said(files[0])
