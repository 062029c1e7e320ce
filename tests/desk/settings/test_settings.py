"""The settings of a conference: words, times, hosts, address; two who edit; deleting what never was."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from sqlmodel import select

from conference.access.model import Conference
from conference.base.audit import AuditEntry
from conference.base.db import metadata
from conference.base.jobs import Job
from conference.desk import exporting
from conference.live.model import OutboxRow
from conference.people.actions import make_organiser
from conference.people.model import Role
from conference.program.store import sessions_of
from tests.site import MOMENTS, SLUG_2021, SLUG_2024, Site, open_site

BASE = f"/desk/{SLUG_2021}"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as opened:
        yield opened


async def form_at(browser: httpx2.AsyncClient, path: str) -> dict[str, str]:
    """What the form of a page would send."""
    text = (await browser.get(path)).text.split("<main")[1]
    fields = {}
    for tag in re.findall(r"<input [^>]*>", text):
        said = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if said.get("type") != "checkbox" or " checked" in tag:
            fields[said["name"]] = said.get("value", "").replace("&amp;", "&").replace("&#34;", '"').replace("&#39;", "'")
    for name, value in re.findall(r'<textarea id="[^"]*" name="([^"]*)"[^>]*>([^<]*)<', text):
        fields[name] = value
    return fields


async def creator(site: Site) -> httpx2.AsyncClient:
    async with site.services.db.work() as work:
        secret = await make_organiser(work, site.services.ids, "olga@example.org")
    browser = site.browser()
    await browser.post(f"/sign-in/{secret}")
    return browser


@pytest.mark.parametrize("page", ["", "/times", "/hosts", "/address"])
async def test_what_is_sent_as_it_stands_changes_nothing(site: Site, page: str) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    if page == "/address":
        site.clock.jump_to(MOMENTS["draft"])
    before = await site.conference()
    answer = await organiser.post(f"{BASE}/settings{page}", data=await form_at(organiser, f"{BASE}/settings{page}"))
    assert answer.status_code == 303, answer.text.split("<main")[1]
    assert await site.conference() == before


async def test_title_and_contact(site: Site) -> None:
    organiser, stranger = await site.signed_in("Olga Beispiel", Role.ORGANISER), site.browser()
    form = await form_at(organiser, f"{BASE}/settings")
    answer = await organiser.post(f"{BASE}/settings", data=form | {"title-de": "Neuer  Titel", "contact-phone": "+49 30 1234"})
    assert answer.headers["location"] == f"{BASE}/settings?saved"
    assert "Die Einstellungen sind gespeichert." in (await organiser.get(answer.headers["location"])).text
    home = (await stranger.get(f"/{SLUG_2021}/")).text
    assert ("Neuer Titel" in home, "+49 30 1234" in home) == (True, True)
    for wrong in ({"title-de": " "}, {"title-en": "x" * 151}, {"contact-email": "nobody"}, {"contact-name-de": ""}):
        fresh = await form_at(organiser, f"{BASE}/settings")
        answer = await organiser.post(f"{BASE}/settings", data=fresh | wrong)
        assert (answer.status_code, f'href="#{next(iter(wrong))}"' in answer.text) == (422, True), wrong


async def test_whoever_was_slower_sees_both_texts_and_decides(site: Site) -> None:
    olga, otto = await site.signed_in("Olga Beispiel", Role.ORGANISER), await site.signed_in("Otto Beispiel", Role.ORGANISER)
    hers, his = await form_at(olga, f"{BASE}/settings"), await form_at(otto, f"{BASE}/settings")
    await olga.post(f"{BASE}/settings", data=hers | {"motto-de": "Ihr Motto"})
    answer = await otto.post(f"{BASE}/settings", data=his | {"motto-de": "Sein Motto"})
    assert answer.status_code == 409
    main = answer.text.split("<main")[1]
    assert all(said in main for said in ("Olga Beispiel", "Ihr Motto", "Sein Motto"))
    assert (await site.conference()).motto["de"] == "Ihr Motto"
    version = re.search(r'name="version" value="(\d+)"', main)
    assert version
    again = await otto.post(f"{BASE}/settings", data=his | {"motto-de": "Sein Motto", "version": version[1]})
    assert again.status_code == 303
    changed = await site.conference()
    assert changed.motto["de"] == "Sein Motto"
    for page, change in (("/times", {"doors": "2021-05-04T09:00"}), ("/hosts", {"short-0": "Anders"})):
        old = await form_at(otto, f"{BASE}/settings{page}")
        await olga.post(f"{BASE}/settings", data=await form_at(olga, f"{BASE}/settings") | {"motto-de": f"Motto {page}"})
        assert (await otto.post(f"{BASE}/settings{page}", data=old | change)).status_code == 409, page


async def test_times_stay_in_order_and_a_draft_takes_its_program_along(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    form = await form_at(organiser, f"{BASE}/settings/times")
    for wrong, field in (
        ({"doors": "2021-05-04T10:30"}, "live"),
        ({"live": "2021-05-04T13:00"}, "archive"),
        ({"archive": "2021-05-20T13:00"}, "archive"),
        ({"purge": "2021-05-10"}, "purge"),
        ({"live": "bald"}, "live"),
        ({"purge": "bald"}, "purge"),
    ):
        answer = await organiser.post(f"{BASE}/settings/times", data=form | wrong)
        assert (answer.status_code, f'href="#{field}"' in answer.text) == (422, True), wrong
    site.clock.jump_to(MOMENTS["draft"])
    form = await form_at(organiser, f"{BASE}/settings/times")
    moved = {"doors": "2021-11-04T09:30", "live": "2021-11-04T10:00", "archive": "2021-11-04T12:45", "along": "yes"}
    answer = await organiser.post(f"{BASE}/settings/times", data=form | moved)
    assert answer.status_code == 303, answer.text.split("<main")[1]
    after = await site.conference()
    assert after.live == datetime(2021, 11, 4, 9, tzinfo=UTC)  # winter time by then
    assert after.closes == datetime(2021, 11, 17, 23, tzinfo=UTC)
    async with site.services.db.read() as session:
        panel = (await sessions_of(session, after.id))[0]
    assert (panel.starts, panel.ends) == (after.live, datetime(2021, 11, 4, 9, 40, tzinfo=UTC))


async def test_another_zone_keeps_the_wall_clock_while_it_is_a_draft(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    page = f"{BASE}/settings/times"
    form = await form_at(organiser, page)
    await organiser.post(page, data=form | {"zone": "Europe/Athens"})
    assert (await site.conference()).zone == "Europe/Berlin"  # others know the times already
    site.clock.jump_to(MOMENTS["draft"])
    before, form = await site.conference(), await form_at(organiser, page)
    assert (await organiser.post(page, data=form | {"zone": "Mond/Krater"})).status_code == 422
    answer = await organiser.post(page, data=form | {"zone": "Europe/Athens", "along": "yes"})
    assert answer.status_code == 303, answer.text.split("<main")[1]
    after, hour = await site.conference(), timedelta(hours=1)
    assert after.zone == "Europe/Athens"
    for name in ("doors", "live", "archive", "closes", "purge"):
        assert getattr(after, name) == getattr(before, name) - hour, name
    async with site.services.db.read() as session:
        panel = (await sessions_of(session, after.id))[0]
    assert panel.starts == after.live
    assert await form_at(organiser, page) == form | {"version": str(after.version)}


async def test_hosts_come_go_and_change_places(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    form = await form_at(organiser, f"{BASE}/settings/hosts")
    third = {"name-de-2": "Agentur Beispiel", "url-2": "https://agentur.example", "place-2": "1"}
    assert (await organiser.post(f"{BASE}/settings/hosts", data=form | third)).status_code == 303
    hosts = (await site.conference()).hosts
    assert [host["short"] for host in hosts] == ["", "BMAS", "BMWi"]
    assert hosts[0] == {"name": {"de": "Agentur Beispiel"}, "short": "", "url": "https://agentur.example"}
    form = await form_at(organiser, f"{BASE}/settings/hosts")
    wrong = await organiser.post(f"{BASE}/settings/hosts", data=form | {"url-0": "javascript:alert(1)"})
    assert wrong.status_code == 422
    gone = dict.fromkeys(("name-de-0", "name-en-0", "short-0", "url-0"), "")
    await organiser.post(f"{BASE}/settings/hosts", data=form | gone)
    assert [host["short"] for host in (await site.conference()).hosts] == ["BMAS", "BMWi"]


async def test_many_hosts_are_kept(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    for number in range(2, 20):
        form = await form_at(organiser, f"{BASE}/settings/hosts")
        answer = await organiser.post(f"{BASE}/settings/hosts", data=form | {f"name-de-{number}": f"Agentur {number}"})
        assert answer.status_code == 303
    assert len((await site.conference()).hosts) == 20


async def test_another_address_is_typed_once_others_know_the_old_one(site: Site) -> None:
    organiser, stranger = await site.signed_in("Olga Beispiel", Role.ORGANISER), site.browser()
    version = (await site.conference()).version
    form = {"version": str(version), "slug": "neu-2021"}
    for wrong in ({}, {"typed": "irgendwas"}, {"slug": "desk", "typed": SLUG_2021}, {"slug": "Groß Klein", "typed": SLUG_2021}):
        assert (await organiser.post(f"{BASE}/settings/address", data=form | wrong)).status_code == 422
    answer = await organiser.post(f"{BASE}/settings/address", data=form | {"typed": f" {SLUG_2021.upper()} "})
    assert answer.headers["location"] == "/desk/neu-2021/settings/address?saved"
    await site.services.live.catch_up()
    assert (await stranger.get("/neu-2021/")).status_code == 200
    assert (await stranger.get(f"/{SLUG_2021}/")).status_code == 404
    assert (await organiser.get(f"/desk/{SLUG_2021}")).status_code == 404


async def objects_of(site: Site, slug: str) -> set[str]:
    """Keys of the objects that the conference's file would take along."""
    _document, files = await exporting._document(site.services, slug)
    return set(files.values())


async def test_only_what_never_was_or_is_purged_is_deleted_and_nothing_of_it_stays(tmp_path: Path, database_url: str) -> None:
    async with open_site(tmp_path, database_url, conferences=("2021", "2024")) as site:
        organiser = await creator(site)
        own = await site.signed_in("Olga Beispiel", Role.ORGANISER)
        gone = await site.conference()
        assert (await own.get(f"{BASE}/delete")).status_code == 403
        assert (await own.post(f"{BASE}/delete", data={"typed": SLUG_2021})).status_code == 403
        assert "<form" not in (await organiser.get(f"{BASE}/delete")).text.split("<main")[1]
        assert (await organiser.post(f"{BASE}/delete", data={"typed": SLUG_2021})).status_code == 409
        site.clock.jump_to(MOMENTS["draft"])
        stored = await objects_of(site, SLUG_2021)
        assert stored
        page = (await organiser.get(f"{BASE}/delete")).text
        assert "Programmpunkte" in page
        assert (await organiser.post(f"{BASE}/delete", data={"typed": "falsch"})).status_code == 422
        answer = await organiser.post(f"{BASE}/delete", data={"typed": SLUG_2021})
        assert answer.headers["location"] == "/desk?deleted"
        assert (await organiser.get(f"/desk/{SLUG_2021}")).status_code == 404
        async with site.services.db.read() as session:
            assert [each.slug for each in await session.exec(select(Conference))] == [SLUG_2024]
            for table in metadata.sorted_tables:
                if "conference_id" in table.c and table.name not in ("audit_entry", "outbox"):
                    left = await (await session.connection()).execute(table.select().where(table.c.conference_id == gone.id))
                    assert left.first() is None, table.name
            acts = list(await session.exec(select(AuditEntry).where(AuditEntry.act == "conference deleted")))
            assert [act.conference_id for act in acts] == [gone.id]
            jobs = await session.exec(select(Job).where(Job.kind == "cards.forget"))
            assert {job.facts["key"] for job in jobs} == stored
            told = list(await session.exec(select(OutboxRow).where(OutboxRow.topic == f"conference:{gone.id}")))
            assert [(row.kind, row.conference_id) for row in told[-2:]] == [
                ("conference.deleted", gone.id), ("conference.changed", None),  # nobody looks up what is gone
            ]  # fmt: skip
        assert (await organiser.get(f"/desk/{SLUG_2024}")).status_code == 200
