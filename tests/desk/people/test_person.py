"""One person at the desk: put in, changed by two at once, roles, links."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import select

from conference.access.model import State
from conference.base.audit import AuditEntry
from conference.desk.people.rules import Row
from conference.desk.people.taking import take_over
from conference.people.actions import give_role, take_role
from conference.people.model import Person, Role
from conference.people.store import person_in, roles_of
from conference.program.casting import Casting, Part, cast
from tests.site import SLUG_2021, Site, open_site

PEOPLE = f"/desk/{SLUG_2021}/people"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as opened:
        yield opened


async def found(site: Site, email: str) -> tuple[Person, set[tuple[Role, bool]]]:
    conference = await site.conference()
    async with site.services.db.read() as session:
        person = await person_in(session, conference.id, email)
        assert person is not None
        return person, {(row.role, row.session_id is None) for row in await roles_of(session, person.id)}


def form_in(text: str) -> dict[str, str]:
    """What the page's form would send as it is."""
    form = text.split('class="form person"')[1].split("</form>")[0]
    fields = dict(re.findall(r'name="(name|email|organisation|version)"[^>]*value="([^"]*)"', form))
    fields |= dict.fromkeys(re.findall(r'name="((?:role|held)-[^"]+)" type="checkbox" value="yes" checked', form), "yes")
    return fields


async def test_somebody_is_added_and_changed_and_refusals_keep_the_form(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    new = {"name": "Käthe Müller", "email": "Kaethe@example.org", "organisation": "agentur wendlandleben", "land": "NI",
           "language": "de", "role-speaker": "yes"}  # fmt: skip
    bad = await organiser.post(f"{PEOPLE}/new", data={**new, "email": "olga.beispiel@example.org"})
    assert (bad.status_code, "Diese Adresse hat schon jemand anderes" in bad.text, "Käthe Müller" in bad.text) == (
        422,
        True,
        True,
    )
    assert (await organiser.post(f"{PEOPLE}/new", data={**new, "name": " "})).status_code == 422
    answer = await organiser.post(f"{PEOPLE}/new", data=new)
    address = answer.headers["location"]
    person, roles = await found(site, "kaethe@example.org")
    assert (address, roles, person.land, person.language) == (
        f"{PEOPLE}/{person.id}?done=added", {(Role.SPEAKER, True)}, "NI", "de",
    )  # fmt: skip
    assert person.initiative_id is not None
    page = (await organiser.get(address)).text
    sent = form_in(page)
    assert (sent["organisation"], sent["role-speaker"], sent["version"]) == ("Agentur Wendlandleben", "yes", "1")
    session = re.search(r'<option value="([^"]+)">Rückkehrarbeit', page)
    assert session
    changed = {**sent, "organisation": "Etwas anderes", "land": "", "add-role": "moderator", "add-session": session[1]}
    assert (await organiser.post(f"{PEOPLE}/{person.id}", data=changed)).status_code == 303
    person, roles = await found(site, "kaethe@example.org")
    assert (person.organisation, person.initiative_id, person.version) == ("Etwas anderes", None, 2)
    assert roles == {(Role.SPEAKER, True), (Role.MODERATOR, False)}
    late = await organiser.post(f"{PEOPLE}/{person.id}", data={**changed, "name": "Zu spät"})
    assert (late.status_code, "von Olga Beispiel" in late.text, "Zu spät" in late.text) == (409, True, True)
    assert (await found(site, "kaethe@example.org"))[0].name == "Käthe Müller"
    sent = form_in((await organiser.get(f"{PEOPLE}/{person.id}")).text)
    held = next(name for name in sent if name.startswith("held-"))
    del sent[held], sent["role-speaker"]
    assert (await organiser.post(f"{PEOPLE}/{person.id}", data=sent)).status_code == 303
    assert (await found(site, "kaethe@example.org"))[1] == set()
    async with site.services.db.read() as session_:
        acts = [entry.act for entry in await session_.exec(select(AuditEntry).where(AuditEntry.act.like("%person%")))]  # type: ignore[attr-defined]
    assert sorted(acts) == ["person added", "person changed", "person changed"]


async def test_nobody_takes_the_last_or_the_own_right_to_organise(site: Site) -> None:
    olga = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    otto = await site.signed_in("Otto Beispiel", Role.ORGANISER)
    ids = {name: (await found(site, f"{name}.beispiel@example.org"))[0].id for name in ("olga", "otto")}
    own = form_in((await olga.get(f"{PEOPLE}/{ids['olga']}")).text)
    del own["role-organiser"]
    refused = await olga.post(f"{PEOPLE}/{ids['olga']}", data=own)
    assert (refused.status_code, "sich selbst" in refused.text) == (422, True)
    assert (await found(site, "olga.beispiel@example.org"))[1] == {(Role.ORGANISER, True)}
    assert (await otto.post(f"{PEOPLE}/{ids['olga']}", data=own)).status_code == 303
    assert (await olga.get(PEOPLE)).status_code in (401, 403)


async def test_a_link_is_made_and_all_are_made_worthless(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    anna, first = await site.invite("Anna Alt")
    address = f"{PEOPLE}/{anna.id}"
    made = (await organiser.post(address, data={"do": "link"})).text
    link = re.search(r"<code>(http[^<]+/sign-in/[^<]+)</code>", made)
    assert link
    for one in (first, link[1]):
        assert (await site.browser().post(one)).status_code == 303
    page = (await organiser.get(address)).text
    assert ("2 Links sind gültig" in page, "2 Geräte sind angemeldet" in page, link[1] in page) == (True, True, False)
    assert (await organiser.post(address, data={"do": "revoke"})).status_code == 303
    assert (await site.browser().post(link[1])).status_code == 404
    assert (await organiser.get(f"{PEOPLE}/nobody")).status_code == 404


async def test_a_role_given_while_the_form_lay_open_is_noticed_and_stays(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    anna, _ = await site.invite("Anna Alt", Role.ATTENDEE, Role.SPEAKER)
    text = (await organiser.get(f"{PEOPLE}/{anna.id}")).text
    shown = re.search(r'name="shown" value="([^"]*)"', text)
    assert shown
    async with site.services.db.work() as work:
        await give_role(work, site.services.outbox, site.services.ids, anna, Role.MODERATOR, by=None)
        await take_role(work, site.services.outbox, anna, Role.SPEAKER, by=None)
    sent = form_in(text) | {"shown": shown[1]}
    del sent["role-attendee"]
    assert sent["role-speaker"] == "yes"
    noticed = await organiser.post(f"{PEOPLE}/{anna.id}", data=sent)
    assert (noticed.status_code, "Inzwischen" in noticed.text) == (409, True)
    again = sent | {"version": form_in(noticed.text)["version"]}
    assert (await organiser.post(f"{PEOPLE}/{anna.id}", data=again)).status_code == 303
    assert (await found(site, "anna.alt@example.org"))[1] == {(Role.MODERATOR, True)}


async def test_whoever_gives_a_part_in_a_session_is_noticed_as_well(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    anna, _ = await site.invite("Anna Alt", Role.ATTENDEE)
    opened = form_in((await organiser.get(f"{PEOPLE}/{anna.id}")).text)
    conference = await site.conference()
    async with site.services.db.work() as work:
        casting = Casting(Part.MODERATOR, "Anna Alt", anna.email)
        await cast(work, site.services, conference, State.LIVE, "forum-1", casting, seen=None, by=None)
    assert (await organiser.post(f"{PEOPLE}/{anna.id}", data=opened)).status_code == 409
    version = (await found(site, anna.email))[0].version
    rows = [Row(line=2, name="Anna Alt", email=anna.email, roles=((Role.SPEAKER, None),))]
    async with site.services.db.work() as work:
        taken = await take_over(work, site.services, conference.id, rows, by=None)
    assert (taken.changed, (await found(site, anna.email))[0].version) == (0, version + 1)
    async with site.services.db.work() as work:
        await take_over(work, site.services, conference.id, rows, by=None)
    assert (await found(site, anna.email))[0].version == version + 1  # nothing was new


async def test_what_somebody_wrote_of_themselves_makes_nobody_an_initiatives_speaker(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    anna, _ = await site.invite("Anna Alt", Role.INITIATIVE)
    async with site.services.db.work() as work:
        person = await work.session.get_one(Person, anna.id)
        person.organisation, person.initiative_id = "Agentur Wendlandleben", None
        work.session.add(person)
    sent = form_in((await organiser.get(f"{PEOPLE}/{anna.id}")).text)
    assert (await organiser.post(f"{PEOPLE}/{anna.id}", data={**sent, "name": "Anna Neu"})).status_code == 303
    person, _ = await found(site, "anna.alt@example.org")
    assert (person.name, person.initiative_id, person.organisation) == ("Anna Neu", None, "Agentur Wendlandleben")


async def test_the_log_says_who_made_links_worthless(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    anna, _ = await site.invite("Anna Alt")
    await organiser.post(f"{PEOPLE}/{anna.id}", data={"do": "revoke"})
    async with site.services.db.read() as session:
        entries = [each for each in await session.exec(select(AuditEntry)) if each.act == "links revoked"]
    assert [each.person_id for each in entries] == [(await found(site, "olga.beispiel@example.org"))[0].id]
