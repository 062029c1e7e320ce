"""The organisers' list of people: page by page, and searched, without any script."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conference.people.actions import put_person
from conference.people.model import Role
from tests.site import SLUG_2021, Site, open_site

PEOPLE = f"/desk/{SLUG_2021}/people"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as opened:
        yield opened


def names(text: str) -> list[str]:
    return re.findall(r'<th scope="row"><a [^>]*>([^<]*)</a>', text)


async def test_a_thousand_people_page_by_page(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    conference = await site.conference()
    async with site.services.db.work() as work:
        for number in range(120):
            await put_person(
                work, site.services.ids, conference_id=conference.id, name=f"Änne Muster {number:03}",
                email=f"a{number}@example.org", roles=[(Role.ATTENDEE, None)],
            )  # fmt: skip
    first = (await organiser.get(PEOPLE)).text
    assert len(names(first)) == 50
    assert 'rel="prev"' not in first
    found = (await organiser.get(f"{PEOPLE}?q=änne+muster")).text
    assert (len(names(found)), "120 Personen" in found, "Seite 1 von 3" in found) == (50, True, True)
    next_page = re.search(r'href="([^"]*)" rel="next"', found)
    assert next_page
    second = (await organiser.get(PEOPLE + next_page[1].replace("&amp;", "&"))).text
    assert names(second)[0] == "Änne Muster 050"
    assert len(names((await organiser.get(f"{PEOPLE}?q=ÄNNE&page=3")).text)) == 20
    one = (await organiser.get(f"{PEOPLE}?q=a7@example")).text
    assert (names(one), "1 Person" in one, "rel=" in one.split("<main")[1]) == (["Änne Muster 007"], True, False)
    for odd in ("page=0", "page=-1", "page=999999999999", "page=x", "page=²", "q=%00&page=2", "q=" + "x" * 500):
        assert (await organiser.get(f"{PEOPLE}?{odd}")).status_code == 200, odd
    nobody = (await organiser.get(f"{PEOPLE}?q=<script>")).text
    assert (names(nobody), "<script>" in nobody.split("<main")[1]) == ([], False)


async def test_the_list_by_role_and_as_a_table(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    await site.invite("=Formel Otto", Role.SPEAKER)
    assert names((await organiser.get(f"{PEOPLE}?role=speaker")).text) == ["=Formel Otto"]
    assert names((await organiser.get(f"{PEOPLE}?role=nobody&q=formel")).text) == ["=Formel Otto"]
    answer = await organiser.get(f"{PEOPLE}.csv")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"), newline=""), delimiter=";"))
    assert rows[0] == ["Name", "E-Mail", "Rollen", "Organisation", "Land"]
    assert ["'=Formel Otto", "'=formel.otto@example.org", "Beitrag", "", ""] in rows
    assert "sign-in" not in answer.text


async def test_links_for_a_mail_merge_open_the_door_and_leave_the_old_ones(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    _, first = await site.invite("Anna Alt", Role.SPEAKER)
    answer = await organiser.post(f"{PEOPLE}/links.csv", data={"role": "speaker"})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    (row,) = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"), newline=""), delimiter=";"))[1:]
    assert row[:2] == ["Anna Alt", "anna.alt@example.org"]
    for link in (row[4], first):
        assert (await site.browser().post(link)).status_code == 303
    everybody = (await organiser.post(f"{PEOPLE}/links.csv", data={"role": ""})).text
    assert everybody.count("/sign-in/") == 2
    assert (await site.browser().post(f"{PEOPLE}/links.csv", data={"role": ""})).status_code == 401
