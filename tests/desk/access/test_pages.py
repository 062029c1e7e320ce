"""Rights in the whole conference: invited by address, with a letter; taken away, but never one's own or the last one."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from conference.base.jobs import Worker
from conference.base.mail import mail_handlers
from conference.people.model import Role
from conference.people.store import person_in, rights_in
from tests.people.test_factors import set_up
from tests.site import SLUG_2021, Site, open_site

ADDRESS = f"/desk/{SLUG_2021}/access"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as opened:
        yield opened


async def rights(site: Site) -> list[tuple[str, Role]]:
    conference = await site.conference()
    async with site.services.db.read() as session:
        return [
            (person.name, role)
            for person, role in await rights_in(session, conference.id, list(Role))
            if person.name[:5] != "Mara "
        ]


async def give(desk: httpx2.AsyncClient, email: str, name: str = "", role: str = "organiser") -> httpx2.Response:
    return await desk.post(ADDRESS, data={"do": "give", "email": email, "name": name, "role": role})


async def letters(site: Site) -> list[tuple[str, str]]:
    worker = Worker(site.services.db, site.services.clock, site.services.ids, mail_handlers(site.mail))
    while await worker.run_once():
        pass
    sent = [(letter.to, letter.text) for letter in site.mail.letters]
    site.mail.letters.clear()
    return sent


async def test_an_organiser_is_invited_and_enters_the_desk(site: Site) -> None:
    desk = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    assert "Die letzte" not in (await desk.get(ADDRESS)).text  # it is oneself, which is what the page says
    answer = await give(desk, " Neu@Example.org ", "Nele Neu")
    assert answer.headers["location"] == f"{ADDRESS}?given"
    assert "unterwegs" in (await desk.get(answer.headers["location"])).text
    ((to, text),) = await letters(site)
    assert (to, "Organisation" in text) == ("neu@example.org", True)
    link = re.search(r"http://127\.0\.0\.1:8000(/sign-in/\S+)", text)
    assert link
    nele = site.browser()
    assert (await nele.post(link[1])).headers["location"] == f"/desk/{SLUG_2021}"
    assert (await nele.get(ADDRESS)).status_code == 200
    assert (await give(desk, "neu@example.org")).headers["location"] == f"{ADDRESS}?held"
    assert await letters(site) == []


async def test_whoever_is_there_keeps_their_roles(site: Site) -> None:
    desk = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    await site.invite("Anna Beispiel", Role.ATTENDEE, Role.SPEAKER)
    assert (await give(desk, "anna.beispiel@example.org", role="moderator")).status_code == 303
    assert [role for name, role in await rights(site) if name == "Anna Beispiel"] == [Role.MODERATOR, Role.SPEAKER, Role.ATTENDEE]


async def test_what_cannot_be_is_said_beside_its_field(site: Site) -> None:
    desk = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    for email, name, role, field in (
        ("no address", "Nele", "organiser", "email"),
        ("neu@example.org", "", "organiser", "name"),
        ("neu@example.org", "Nele", "guest", "email"),
        ("neu@example.org", "Nele", "x", "email"),
    ):
        answer = await give(desk, email, name, role)
        assert answer.status_code == 422, (email, role)
        assert f'id="{field}-error"' in answer.text
    assert await letters(site) == []


async def test_the_last_right_and_ones_own_stay(site: Site) -> None:
    desk = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    conference = await site.conference()
    async with site.services.db.read() as session:
        olga = await person_in(session, conference.id, "olga.beispiel@example.org")
    assert olga
    own = await desk.post(ADDRESS, data={"do": "take", "person": olga.id, "role": "organiser"})
    assert (own.status_code, "Ihr eigenes Recht" in own.text) == (403, True)
    omar, _ = await site.invite("Omar Beispiel", Role.ORGANISER)
    taken = await desk.post(ADDRESS, data={"do": "take", "person": omar.id, "role": "organiser"})
    assert taken.headers["location"] == f"{ADDRESS}?taken"
    assert (await desk.post(ADDRESS, data={"do": "take", "person": "nobody", "role": "organiser"})).status_code == 404


async def test_nobody_else_sees_or_changes_rights(site: Site) -> None:
    anna = await site.signed_in("Anna Beispiel", Role.MODERATOR)
    assert (await anna.get(ADDRESS)).status_code == 403
    assert (await give(anna, "anna.beispiel@example.org")).status_code == 403
    assert (await give(site.browser(), "anna.beispiel@example.org")).status_code == 401


async def test_whoever_asks_for_a_second_factor_has_one(site: Site) -> None:
    desk = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    other = await site.signed_in("Omar Beispiel", Role.ORGANISER)
    ask = {"do": "factor", "wanted": "yes"}
    assert (await desk.post(ADDRESS, data=ask)).headers["location"].startswith("/me/factors?next=")
    await set_up(site, desk)
    assert "1 Person hat noch keinen zweiten Faktor." in (await desk.get(ADDRESS)).text
    for _ in range(2):
        assert (await desk.post(ADDRESS, data=ask)).headers["location"] == f"{ADDRESS}?asked"
    assert (await desk.get(ADDRESS)).status_code == 200
    assert (await other.get(ADDRESS)).headers["location"].startswith("/sign-in/factor?next=")
    assert (await other.post(ADDRESS, data={"do": "factor", "wanted": "no"})).status_code == 403
    assert (await desk.post(ADDRESS, data={"do": "factor", "wanted": "no"})).headers["location"] == f"{ADDRESS}?unasked"
    assert (await other.get(ADDRESS)).status_code == 200
    acts = (await desk.get(f"/desk/{SLUG_2021}/audit?part=access")).text
    assert acts.count("Die Organisation braucht seither einen zweiten Faktor.") == 1
    assert "Eine Person der Organisation richtete einen zweiten Faktor ein." in acts
