"""Registering in a browser: the form and what it refuses, the same answer for every address, one's own page, the desk's lists."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from sqlmodel import select

from conference.base.audit import AuditEntry
from conference.initiatives.store import initiatives_in
from conference.people.actions import issue_link
from conference.people.model import Person, PersonConsent, PersonConsentKind, Role
from conference.people.store import person_in
from conference.program.store import session_by_slug
from conference.registration.form import TRAP
from conference.registration.model import AccessNeeds, Choice, Registration, RegistrationState
from conference.registration.store import consents_of
from tests.registration.conftest import opens
from tests.registration.test_places import letters, states
from tests.site import MOMENTS, SLUG_2021, Site, open_site

REGISTER, MINE, DESK = f"/{SLUG_2021}/register", f"/{SLUG_2021}/register/mine", f"/desk/{SLUG_2021}/registration"
ANNA = {"name": "Anna Alt", "email": "anna@example.org", "land": "TH", "organisation": "Agentur Wendlandleben"}


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as opened:
        opened.clock.jump_to(MOMENTS["announced"])
        await opens(opened)
        yield opened


async def hidden(site: Site, browser: httpx2.AsyncClient) -> dict[str, str]:
    """The hidden fields of a form that somebody has looked at for a while."""
    page = (await browser.get(REGISTER)).text
    fields = dict(re.findall(r'<input type="hidden" name="(client|drawn)" value="([^"]*)"', page))
    site.clock.advance(seconds=20)
    return fields


async def sends(site: Site, browser: httpx2.AsyncClient, **more: str) -> httpx2.Response:
    return await browser.post(REGISTER, data={**await hidden(site, browser), **ANNA, **more})


async def registration(site: Site, email: str = "anna@example.org") -> Registration | None:
    conference = await site.conference()
    async with site.services.db.read() as session:
        person = await person_in(session, conference.id, email)
        return await session.get(Registration, person.id) if person else None


async def link_for(site: Site, email: str = "anna@example.org") -> httpx2.AsyncClient:
    """A browser that has opened the link of the letter."""
    conference = await site.conference()
    async with site.services.db.work() as work:
        person = await person_in(work.session, conference.id, email)
        assert person is not None
        secret = await issue_link(work, site.services.ids, person.id)
    browser = site.browser()
    assert (await browser.post(f"/sign-in/{secret}")).status_code == 303
    return browser


async def test_the_home_page_leads_to_the_form_while_it_is_open(site: Site) -> None:
    stranger = site.browser()
    home = (await stranger.get(f"/{SLUG_2021}/")).text
    assert f'href="{REGISTER}"' in home
    assert "Sigrun" not in (await stranger.get(REGISTER)).text
    await opens(site, is_open=False)
    assert f'href="{REGISTER}"' not in (await stranger.get(f"/{SLUG_2021}/")).text
    assert "Die Anmeldung ist geschlossen" in (await stranger.get(REGISTER)).text
    assert (await stranger.post(REGISTER, data=ANNA)).status_code == 200
    assert await registration(site) is None
    site.clock.jump_to(MOMENTS["archive"])
    assert "Die Anmeldung ist geschlossen" in (await stranger.get(REGISTER)).text
    site.clock.jump_to(MOMENTS["draft"])
    assert (await stranger.get(REGISTER)).status_code == 404


async def test_a_form_is_sent_once_and_its_faults_stand_beside_the_fields(site: Site) -> None:
    stranger = site.browser()
    for more, said in (
        ({"name": " "}, "Bitte geben Sie einen Namen"), ({"email": "anna"}, "Bitte geben Sie eine Adresse"),
        ({"needs-signing": "yes"}, "Ohne Ihre Einwilligung"), ({"wish": "x" * 501}, "höchstens 500 Zeichen"),
        ({"needs-text": "x" * 501, "consent-needs": "yes"}, "höchstens 500 Zeichen"),
        ({TRAP: "http://spam.example"}, "Das ging sehr schnell"), ({"drawn": "1.x"}, "Das ging sehr schnell"),
    ):  # fmt: skip
        answer = await sends(site, stranger, **more)
        assert (answer.status_code, said in answer.text, "Anna Alt" in answer.text or "name" in more) == (422, True, True), said
    quick = dict(re.findall(r'name="(client|drawn)" value="([^"]*)"', (await stranger.get(REGISTER)).text))
    assert (await stranger.post(REGISTER, data={**quick, **ANNA})).status_code == 422
    assert await registration(site) is None
    fields = {**await hidden(site, stranger), **ANNA, "consent-later": "yes", "needs-signing": "yes", "consent-needs": "yes"}
    for _ in range(2):
        answer = await stranger.post(REGISTER, data=fields)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{REGISTER}?sent")
    assert "unterwegs" in (await stranger.get(answer.headers["location"])).text
    row = await registration(site)
    assert row is not None
    assert sum((await letters(site)).values()) == 1
    async with site.services.db.read() as session:
        person = await session.get_one(Person, row.person_id)
        needs = await session.get_one(AccessNeeds, row.person_id)
        kinds = {consent.kind for consent in await session.exec(select(PersonConsent))}
    assert (person.land, person.organisation, needs.needs) == ("TH", "Agentur Wendlandleben", ["signing"])
    assert kinds == {PersonConsentKind.LATER, PersonConsentKind.NEEDS}


async def test_nobody_learns_who_is_known_already(site: Site) -> None:
    await site.invite("Anna Alt")
    stranger = site.browser()
    known = await sends(site, stranger, email="anna.alt@example.org")
    twice = await sends(site, site.browser(), email="anna.alt@example.org")
    new = await sends(site, site.browser(), email="neu@example.org")
    answers = {(one.status_code, one.headers["location"]) for one in (known, twice, new)}
    assert answers == {(303, f"{REGISTER}?sent")}
    for _ in range(2):
        last = await sends(site, stranger, email="anna.alt@example.org")
    assert last.status_code == 429


async def test_ones_own_registration_is_changed_and_withdrawn(site: Site) -> None:
    conference = await site.conference()
    async with site.services.db.work() as work:
        forum = await session_by_slug(work.session, conference.id, "forum-1")
        other = await session_by_slug(work.session, conference.id, "forum-2")
        forum.places = 0
        work.session.add(forum)
    form = (await site.browser().get(REGISTER)).text
    assert "(Warteliste)" in form
    number = re.search(rf'name="choice-(\d+)-1"[^§]*?value="{forum.id}"', form)
    assert number
    choice = f"choice-{number[1]}"
    await sends(site, site.browser(), **{f"{choice}-1": forum.id, f"{choice}-2": other.id})
    anna = await link_for(site)
    assert (await anna.get(REGISTER)).headers["location"] == MINE
    assert f'href="{MINE}"' in (await anna.get(f"/{SLUG_2021}/")).text
    page = (await anna.get(MINE)).text
    assert ("Sie haben einen Platz" in page, page.count(">Warteliste<"), page.count(">Platz<")) == (True, 1, 1)
    answer = await anna.post(MINE, data={"name": "Anna Neu", "land": "", f"{choice}-1": other.id, "consent-listed": "yes"})
    assert answer.headers["location"] == f"{MINE}?done=changed"
    page = (await anna.get(MINE)).text
    assert ("Anna Neu" in page, ">Warteliste<" in page, page.count(">Platz<")) == (True, False, 1)
    assert (await anna.post(MINE, data={"name": ""})).status_code == 422
    assert (await anna.post(MINE, data={"do": "withdraw"})).status_code == 303
    assert "zurückgezogen" in (await anna.get(MINE)).text
    async with site.services.db.read() as session:
        assert list(await session.exec(select(Choice))) == []
    assert (await site.browser().get(MINE)).status_code == 401
    again = await anna.post(REGISTER, data={**await hidden(site, anna), "name": "Anna Neu"})
    assert again.headers["location"] == f"{MINE}?done=registered"
    assert await states(site) == {RegistrationState.CONFIRMED: 1}


async def test_what_is_asked_no_more_stays_and_consent_can_still_be_taken_back(site: Site) -> None:
    await opens(site, wishes={"de": "Was bringen Sie mit?"})
    form = (await site.browser().get(REGISTER)).text
    conference = await site.conference()
    async with site.services.db.read() as session:
        forum = await session_by_slug(session, conference.id, "forum-1")
    number = re.search(rf'name="choice-(\d+)-1"[^§]*?value="{forum.id}"', form)
    assert number
    more = {
        f"choice-{number[1]}-1": forum.id,
        "wish": "Kuchen",
        "needs-text": "Hund",
        "consent-needs": "yes",
        "consent-later": "yes",
    }
    await sends(site, site.browser(), organisation="Verein", **more)
    anna = await link_for(site)
    await opens(site, asks=())
    assert 'name="consent-later"' not in (await site.browser().get(REGISTER)).text
    page = (await anna.get(MINE)).text
    assert [name in page for name in ("consent-later", "consent-needs", "consent-listed")] == [True, True, False]
    await anna.post(MINE, data={"name": "Anna Neu", "needs-text": "Hund", "consent-needs": "yes"})
    row = await registration(site)
    assert row is not None
    async with site.services.db.read() as session:
        person = await session.get_one(Person, row.person_id)
        assert (person.name, person.organisation, person.land, row.wish) == ("Anna Neu", "Verein", "TH", "Kuchen")
        assert len(list(await session.exec(select(Choice)))) == 1
        assert (await session.get_one(AccessNeeds, row.person_id)).text == "Hund"
        assert set(await consents_of(session, row.person_id)) == {PersonConsentKind.NEEDS}
    await anna.post(MINE, data={"name": "Anna Neu"})
    assert "consent-needs" not in (await anna.get(MINE)).text


async def test_who_waits_sees_the_own_page_without_any_role(site: Site) -> None:
    await opens(site, places=0)
    await sends(site, site.browser())
    anna = await link_for(site)
    page = (await anna.get(MINE)).text
    assert "Sie stehen auf der Warteliste. Auf Platz 1." in page
    assert "Anna Alt" in (await anna.get(MINE)).text
    assert (await anna.get(f"/{SLUG_2021}/sessions/forum-1/room")).status_code != 200


async def test_the_desk_sets_terms_and_sees_lists(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    await sends(
        site, site.browser(), **{"needs-other": "yes", "needs-text": "=Hund", "consent-needs": "yes", "organisation": "=1+1"}
    )
    page = (await organiser.get(DESK)).text
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    assert "1 angemeldet" in page
    terms = {
        "version": version[1],
        "open": "yes",
        "places": "1",
        "kept": "3",
        "asks-needs": "yes",
        "wish-de": "Was bringen Sie mit?",
    }
    for wrong in (
        {"places": "viele"},
        {"kept": "61"},
        {"until": "gestern"},
        {"until": "2021-05-05T10:00"},
        {"until": "2021-01-01T10:00"},
        {"wish-en": "What?", "wish-de": ""},
    ):
        assert (await organiser.post(DESK, data={**terms, **wrong})).status_code == 422, wrong
    english = await organiser.post(DESK, data={**terms, "wish-en": "What?", "wish-de": "", "intro-en": "Hello"})
    for sentence in ("Ihre eigene Frage braucht auch einen deutschen Text.", "Den Text über dem Formular braucht es auch"):
        assert sentence in english.text
    assert (await organiser.post(DESK, data=terms)).status_code == 303
    late = await organiser.post(DESK, data={**terms, "places": "5"})
    assert (late.status_code, "von Olga Beispiel" in late.text) == (409, True)
    form = (await site.browser().get(REGISTER)).text
    assert ("Was bringen Sie mit?" in form, "Alle Plätze sind vergeben" in form) == (True, True)
    await sends(site, site.browser(), email="bodo@example.org", name="Bodo")
    waiting = await registration(site, "bodo@example.org")
    assert waiting is not None
    listed = (await organiser.get(f"{DESK}/people?state=waiting")).text
    assert ("Bodo" in listed, "Anna Alt" in listed) == (True, False)
    assert (
        await organiser.post(f"{DESK}/people?state=waiting", data={"do": "confirm", "person": waiting.person_id})
    ).status_code == 303
    assert (await organiser.post(f"{DESK}/people", data={"do": "confirm", "person": waiting.person_id})).status_code == 422
    assert (await organiser.post(f"{DESK}/people", data={"do": "withdraw", "person": waiting.person_id})).status_code == 303
    assert await states(site) == {RegistrationState.CONFIRMED: 1, RegistrationState.WITHDRAWN: 1}
    table = (await organiser.get(f"{DESK}/people?csv&state=confirmed")).text.removeprefix("\ufeff")
    rows = list(csv.reader(io.StringIO(table, newline=""), delimiter=";"))
    assert (len(rows), rows[1][0], rows[1][2], "Hund" in table) == (2, "Anna Alt", "'=1+1", False)


async def test_needs_are_on_a_page_of_their_own_and_each_look_is_written_down(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    moderator = await site.signed_in("Mo Beispiel", Role.MODERATOR)
    await sends(site, site.browser(), **{"needs-signing": "yes", "needs-text": "Hund kommt mit", "consent-needs": "yes"})
    row = await registration(site)
    assert row is not None
    assert (await moderator.get(f"{DESK}/needs")).status_code == 403
    for page in (f"{DESK}/people", DESK, f"/desk/{SLUG_2021}/people", f"/desk/{SLUG_2021}/people/{row.person_id}"):
        assert "Hund" not in (await organiser.get(page)).text
    assert "Hund kommt mit" in (await organiser.get(f"{DESK}/needs")).text
    assert (await organiser.post(f"{DESK}/needs", data={"person": row.person_id})).status_code == 303
    assert "erledigt" in (await organiser.get(f"{DESK}/needs")).text
    assert (await organiser.post(f"{DESK}/needs", data={"person": "nobody"})).status_code == 404
    assert (await organiser.post(f"{DESK}/needs", data={"typed": "ja"})).status_code == 422
    assert (await organiser.post(f"{DESK}/needs", data={"typed": SLUG_2021})).status_code == 303
    assert "Niemand hat einen Bedarf angegeben" in (await organiser.get(f"{DESK}/needs")).text
    async with site.services.db.read() as session:
        entries = [entry for entry in await session.exec(select(AuditEntry)) if "needs" in entry.act]
    acts = [entry.act for entry in entries]
    assert not [entry for entry in entries if row.person_id in repr(entry.facts)]
    assert sorted(acts) == [
        "access needs arranged",
        "access needs deleted",
        "access needs read",
        "access needs read",
        "access needs read",
    ]
    site.clock.jump_to(MOMENTS["closed"])
    over = (await organiser.get(f"{DESK}/needs")).text
    assert "gespeichert und ist gelöscht" in over
    assert "Niemand hat einen Bedarf angegeben" not in over


async def test_whoever_names_an_initiative_does_not_speak_for_it(site: Site) -> None:
    """Its card is for whom the organisers put there."""
    zoe, link = await site.invite("Zoe Zuerst", Role.INITIATIVE)
    browser = site.browser()
    await browser.post(link)
    assert (await sends(site, browser)).status_code == 303
    conference = await site.conference()
    async with site.services.db.read() as session:
        person = await session.get_one(Person, zoe.id)
        initiative = next(each for each in await initiatives_in(session, conference.id) if each.name == ANNA["organisation"])
    assert (await browser.get(f"/{SLUG_2021}/cards/{initiative.slug}/own")).status_code == 403
    assert (await browser.post(MINE, data={**ANNA, "organisation": ANNA["organisation"].upper()})).status_code == 303
    async with site.services.db.read() as session:
        person = await session.get_one(Person, zoe.id, populate_existing=True)
    assert (person.initiative_id, person.organisation) == (zoe.initiative_id, ANNA["organisation"])
    assert (await browser.get(f"/{SLUG_2021}/cards/{initiative.slug}/own")).status_code == 403
