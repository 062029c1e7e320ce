"""The purge as one act: begun anew wherever it was killed, the record is whole; letters, store and second runs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from conference import purging
from conference.access.actions import change_settings, move_closing
from conference.base.audit import AuditEntry
from conference.base.errors import Conflict, Invalid
from conference.base.jobs import Job, Worker
from conference.base.mail import KIND, Letter, mail_handlers, post
from conference.keeping.ending import answer_list, purge_early, remind
from conference.keeping.model import ListKept, PurgeRecord
from conference.keeping.records import counts_in, left_over, record_of
from conference.people.actions import give_role
from conference.people.model import Person, Role
from conference.purging import purge, purge_due
from conference.worker import forget_old
from tests.keeping.waiting import until_somebody_waits
from tests.media.browsers.length import LONG
from tests.site import MOMENTS, SLUG_2021, SLUG_2024, Site, open_site


async def letters(site: Site) -> list[Letter]:
    """Those that were sent since the last time."""
    services = site.services
    worker = Worker(services.db, services.clock, services.ids, mail_handlers(services.mail))
    while await worker.run_once():
        pass
    sent, site.mail.letters[:] = list(site.mail.letters), []
    return sent


async def keys(site: Site) -> list[str]:
    return [key async for key in site.services.storage.list("")]


async def record(site: Site, slug: str = SLUG_2021) -> PurgeRecord:
    conference = await site.conference(slug)
    async with site.services.db.read() as db:
        found = await record_of(db, conference.id)
    assert found is not None
    return found


async def test_database_and_store_are_empty_at_once_and_the_record_is_sent(tmp_path: Path, database_url: str) -> None:
    async with open_site(tmp_path, database_url) as site:
        await site.signed_in("Olga Beispiel", Role.ORGANISER)
        await site.signed_in("Anna Beispiel")
        async with site.services.db.work() as work:  # came to nothing, and is on its way
            await post(work, Letter(to="anna.beispiel@example.org", subject="Liebe Anna", text="Ihr Link"))
        conference = await site.conference()
        site.clock.jump_to(MOMENTS["purged"])
        before = await keys(site)
        assert len(before) > 5
        (done,) = await purge_due(site.services)
        assert done.ended == site.clock.now()
        assert (done.early, done.rows["person"], done.rows["browsersession"]) == (False, 2, 2)
        assert done.objects == len(before) - len(await keys(site)) > 0
        async with site.services.db.read() as db:
            counts = await counts_in(db, conference.id)
            to = [job.facts["to"] for job in await db.exec(select(Job).where(Job.kind == KIND, col(Job.done_at).is_(None)))]
            entries = list(await db.exec(select(AuditEntry).where(AuditEntry.conference_id == conference.id)))
        assert left_over(counts) == {}
        assert {name: count for name, count in counts.items() if count} == done.remains | {"audit_entry": len(entries)}
        assert set(to) == {"olga.beispiel@example.org", conference.contact["email"]}
        sent = await letters(site)
        assert {letter.to for letter in sent} == set(to)
        assert all("Löschprotokoll" in letter.subject and "Personen .." in letter.text for letter in sent)

        assert await purge_due(site.services) == []
        await forget_old(site.services)
        assert (await record(site)).model_dump() == done.model_dump()
        assert await letters(site) == []


@pytest.mark.parametrize("after", [0, 4, len(purging.STEPS)] if LONG else [4])
async def test_a_purge_that_was_broken_off_goes_on_and_writes_the_whole_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    class Killed(Exception):
        pass

    async def killed(*_anything: Any) -> int:
        raise Killed

    async with open_site(tmp_path) as site:
        await site.signed_in("Olga Beispiel", Role.ORGANISER)
        site.clock.jump_to(MOMENTS["purged"])
        conference = await site.conference()
        async with site.services.db.read() as db:
            before = await counts_in(db, conference.id)
        with monkeypatch.context() as patch:
            patch.setattr(purging, "STEPS", (*purging.STEPS[:after], killed))
            with pytest.raises(Killed):
                await purge(site.services, conference.id)
        assert ((await record(site)).ended, (await record(site)).rows) == (None, before)
        done = await purge(site.services, conference.id)
        assert done.rows["person"] == before["person"]
        assert {name: count + done.remains.get(name, 0) for name, count in done.rows.items() if name == "finding"} == {
            "finding": before["finding"]
        }
        assert len(await letters(site)) == 2


async def test_what_comes_later_is_deleted_and_added(tmp_path: Path) -> None:
    async with open_site(tmp_path) as site:
        site.clock.jump_to(MOMENTS["purged"])
        (first,) = await purge_due(site.services)
        await site.invite("Nora Nachzug")
        await letters(site)
        (second,) = await purge_due(site.services)
        assert second.rows["person"] == first.rows.get("person", 0) + 1
        assert second.rows.get("finding") == first.rows.get("finding")
        assert await letters(site) == []  # the record is sent once


async def test_letters_to_who_takes_part_elsewhere_still_go(tmp_path: Path) -> None:
    async with open_site(tmp_path, conferences=("2021", "2024")) as site:
        await site.invite("Anna Beispiel")
        await site.invite("Anna Beispiel", slug=SLUG_2024)
        for text in (f"{site.origin}/{SLUG_2021}/", f"{site.origin}/{SLUG_2024}/"):
            async with site.services.db.work() as work:
                await post(work, Letter(to="anna.beispiel@example.org", subject="Ihr Link", text=text))
        conference = await site.conference()
        site.clock.jump_to(MOMENTS["purged"])
        await purge(site.services, conference.id)
        assert [letter.text for letter in await letters(site) if letter.to == "anna.beispiel@example.org"] == [
            f"{site.origin}/{SLUG_2024}/"
        ]


async def test_nothing_is_purged_before_its_day_or_in_a_demo(tmp_path: Path) -> None:
    async with open_site(tmp_path) as site:
        conference = await site.conference()
        with pytest.raises(Conflict, match="purge_not_due"):
            await purge(site.services, conference.id)
        site.clock.jump_to(MOMENTS["purged"])
        demo = replace(site.services, settings=site.services.settings.model_copy(update={"demo": True}))
        with pytest.raises(Conflict, match="purge_demo"):
            await purge(demo, conference.id)
        assert (await purge_due(demo), await remind(demo)) == ([], 0)


async def test_earlier_only_after_the_day_and_the_answer(tmp_path: Path) -> None:
    async with open_site(tmp_path) as site:
        services, conference = site.services, await site.conference()
        person, _link = await site.invite("Olga Beispiel", Role.ORGANISER)

        async def early() -> None:
            async with services.db.work() as work:
                await purge_early(work, services.outbox, conference.id, by=person.id)

        with pytest.raises(Conflict, match="day_not_over"):
            await early()
        site.clock.jump_to(MOMENTS["archive"])
        with pytest.raises(Invalid, match="list_unanswered"):
            await early()
        async with services.db.work() as work:
            await answer_list(work, conference.id, ListKept.SAVED, by=person.id)
        await early()
        moved = await site.conference()
        assert (moved.closes, moved.purge) == (site.clock.now(), site.clock.now())
        await Worker(services.db, services.clock, services.ids, purging.handlers(services)).run_once()
        done = await record(site)
        assert (done.early, done.kept_list, done.ended) == (True, ListKept.SAVED, site.clock.now())
        async with services.db.work() as work:
            with pytest.raises(Invalid, match="purge_begun"):
                await answer_list(work, conference.id, ListKept.NOT_NEEDED, by=None)


async def test_organisers_are_written_to_once_for_each_date(tmp_path: Path) -> None:
    async with open_site(tmp_path) as site:
        person, _link = await site.invite("Olga Beispiel", Role.ORGANISER)
        await site.invite("Anna Beispiel")
        conference = await site.conference()
        site.clock.jump_to(conference.purge - timedelta(days=6))
        assert (await remind(site.services), await remind(site.services)) == (1, 0)
        (letter,) = await letters(site)
        assert letter.to == person.email
        assert f"?next=/desk/{SLUG_2021}/after/purge" in letter.text
        assert "Teilnehmendenliste" in letter.text
        async with site.services.db.work() as work:
            await answer_list(work, conference.id, ListKept.NOT_NEEDED, by=person.id)
        site.clock.jump_to(conference.purge - timedelta(hours=12))
        assert (await remind(site.services), await remind(site.services)) == (1, 0)
        (letter,) = await letters(site)
        assert "Teilnehmendenliste" not in letter.text
        browser = site.browser()
        path = letter.text.split(site.origin, 1)[1].split()[0]
        answer = await browser.post(path.partition("?")[0], data={"next": f"/desk/{SLUG_2021}/after/purge"})
        assert answer.status_code == 303


async def test_without_organisers_those_of_the_installation_are_written_to(tmp_path: Path) -> None:
    async with open_site(tmp_path) as site:
        async with site.services.db.work() as work:
            person = Person(id="i", name="Ina Beispiel", email="ina@example.org", language="en", created=work.now)
            work.session.add(person)
        async with site.services.db.work() as work:
            await give_role(work, site.services.outbox, site.services.ids, person, Role.ORGANISER, by=None)
        conference = await site.conference()
        site.clock.jump_to(conference.purge - timedelta(hours=1))
        await remind(site.services)
        (letter,) = await letters(site)
        assert (letter.to, "Good day," in letter.text, "Guten Tag" in letter.text) == ("ina@example.org", True, False)


async def test_whose_day_has_come_is_not_opened_again(tmp_path: Path, database_url: str) -> None:
    async with open_site(tmp_path, database_url) as site:
        services, conference = site.services, await site.conference()
        site.clock.jump_to(MOMENTS["archive"] + timedelta(hours=1))
        later = conference.closes + timedelta(days=30)

        async def extend() -> None:
            async with services.db.work() as work:
                await move_closing(work, services.outbox, conference.id, later, by=None, reason="länger")

        async with services.db.work() as work:
            await purge_early(work, services.outbox, conference.id, by=None, unanswered=True)
            await work.session.flush()
            waits = asyncio.create_task(extend())
            await until_somebody_waits(site)
        with pytest.raises(Invalid, match="purged"):
            await waits
        now = await site.conference()
        with pytest.raises(Invalid, match="purged"):
            async with services.db.work() as work:
                await change_settings(work, services.outbox, now.id, {"closes": later, "purge": later}, seen=now.version, by=None)
        async with services.db.work() as work:  # what the farewell page says may still be put right
            contact = {**now.contact, "email": "neu@example.org"}
            await change_settings(work, services.outbox, now.id, {"contact": contact}, seen=now.version, by=None)
        assert (await site.conference()).purge == services.clock.now()
