"""After the purge nothing leads to anybody: a name and an address that stood wherever one may stand are nowhere any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select as select_columns
from sqlmodel import select

from conference.access.model import LegalPage
from conference.base import audit
from conference.base.audit import AuditEntry
from conference.base.db import metadata
from conference.base.mail import Letter, post
from conference.desk.model import PeopleTable, Statement
from conference.keeping.model import PurgeRecord
from conference.keeping.purging import tables_of_people
from conference.mailing.actions import write_to
from conference.mailing.model import LetterKind
from conference.people.model import AccessToken, BrowserSession, Person, PersonConsent, PersonConsentKind, Role, SignedIn
from conference.program.model import Billing, ProgramVersion, SessionDraft
from conference.program.store import session_by_slug
from conference.purging import purge_due
from conference.registration.model import AccessNeeds, Registration, RegistrationState, RegistrationTerms
from conference.results.model import Finding
from conference.survey.model import Survey, SurveyAnswer, SurveyAnswered
from conference.worker import forget_old
from tests.site import MOMENTS, SLUG_2024, Site, open_site

NAME, ADDRESS = "Mira Merkmal", "mira.merkmal@example.org"


async def everywhere(site: Site) -> list[str]:
    """table.column of each value that names her, and keys of objects that do."""
    found = []
    async with site.services.db.read() as db:
        for table in metadata.sorted_tables:
            connection: Any = await db.connection()
            for row in (await connection.execute(select_columns(table))).mappings():
                said = {name: str(value).lower() for name, value in row.items()}
                found += [f"{table.name}.{name}" for name, value in said.items() if "merkmal" in value]
    return found + [key async for key in site.services.storage.list("") if b"Merkmal" in await site.services.storage.get(key)]


async def left(site: Site, person_id: str) -> list[str]:
    """table.column of each value that is her id, but for what is forgotten within a day anyway."""
    found = []
    async with site.services.db.read() as db:
        connection: Any = await db.connection()
        for table in metadata.sorted_tables:
            if table.name not in ("outbox", "job"):
                for row in (await connection.execute(select_columns(table))).mappings():
                    found += [f"{table.name}.{name}" for name, value in row.items() if person_id in str(value)]
    return found


async def fill(site: Site, person: Person) -> None:
    """Let her stand in every kind of place."""
    services, conference_id, now = site.services, person.conference_id, site.clock.now()
    assert conference_id is not None
    async with services.db.work() as work:
        session = await session_by_slug(work.session, conference_id, "forum-1")
        new, of = services.ids.new, {"conference_id": conference_id}
        her = {"id": new(), "person_id": person.id}
        session.changed_by, session.origin = person.id, {"persons": [{"name": NAME}]}
        work.session.add(session)
        digest = (await work.session.exec(select(SignedIn.browser).where(SignedIn.person_id == person.id))).first()
        assert digest is not None
        work.session.add_all(
            [
                Billing(session_id=session.id, position=9, name=NAME, role="panel", title={}, affiliation={}, **her),
                SessionDraft(session_id=session.id, facts={"people": [NAME]}, changed=now, **of),
                ProgramVersion(id=new(), number=1, made=now, made_by=person.id, content=[{"people": [NAME]}], **of),
                Statement(id=new(), key="deputy", text=f"{NAME}, 0151", at=now, by=person.id, **of),
                PersonConsent(id=new(), person_id=person.id, kind=PersonConsentKind.NEEDS, version=1, language="de", given=now),
                AccessToken(digest="d", session_id=session.id, role="viewer", label=NAME, created=now, expires=now, **of),
                RegistrationTerms(changed_by=person.id, **of),
                Registration(person_id=person.id, state=RegistrationState.CONFIRMED, at=now, wish=f"Grüße, {NAME}", **of),
                AccessNeeds(person_id=person.id, needs=[], text=f"{NAME} liest von den Lippen", at=now, **of),
                LegalPage(id=new(), page="imprint", changed=now, changed_by=person.id, film_key="legal/hers.mp4", **of),
                PeopleTable(id=new(), name="Liste.csv", rows=[{"name": NAME}], expires=now + timedelta(days=90), **of),
                Finding(id=new(), session_id=session.id, heading="topics", text={"de": "Gut"}, position=99, person_id=person.id),
                Survey(questions=[{"key": "first", "text": {"de": NAME}, "scale": "quality"}], changed_by=person.id, **of),
                SurveyAnswer(id=new(), answers={"first": 5}, comment=f"Danke an {NAME}", day=now.date(), **of),
                SurveyAnswered(person_id=person.id, **of),
            ]
        )  # fmt: skip
        audit.record(work, "closing moved", person_id=person.id, reason=f"Wunsch von {NAME}", **of)
        services.outbox.tell(work, f"desk:{conference_id}", "mailing.changed", conference_id=conference_id, name=NAME)
        await write_to(work, services, person.id, LetterKind.CONFIRMED)
        await post(work, Letter(to=ADDRESS, subject="Ihr Link", text=f"Liebe {NAME}"))
    await services.storage.put("legal/hers.mp4", NAME.encode(), "video/mp4")


async def test_a_name_that_stood_everywhere_is_nowhere_after_the_purge(tmp_path: Path, database_url: str) -> None:
    async with open_site(tmp_path, database_url, conferences=("2021", "2024")) as site:
        await site.signed_in("Olga Beispiel", Role.ORGANISER)
        await site.signed_in(NAME, Role.SPEAKER, session="forum-1")
        other = await site.signed_in("Von Nebenan", slug=SLUG_2024)
        async with site.services.db.work() as work:
            named = (await work.session.exec(select(Person).where(Person.name == NAME))).one()
            named.email = ADDRESS
        await fill(site, named)
        assert len(set(await everywhere(site))) > 8

        site.clock.jump_to(MOMENTS["closed"])
        await forget_old(site.services)
        assert "person.name" in await everywhere(site)  # not yet

        site.clock.jump_to(MOMENTS["purged"])
        await forget_old(site.services)
        assert await everywhere(site) == []
        assert await left(site, named.id) == []
        conference = await site.conference()
        async with site.services.db.read() as db:
            assert (await db.exec(select(Person).where(Person.conference_id == conference.id))).all() == []
            assert len((await db.exec(select(BrowserSession))).all()) == 1
            record = await db.get_one(PurgeRecord, conference.id)
            acts = [entry.act for entry in await db.exec(select(AuditEntry).where(AuditEntry.conference_id == conference.id))]
        assert (record.rows["person"], record.rows["statement"], record.ended) == (2, 1, site.clock.now())
        assert acts.count("people purged") == 1
        assert (await other.get("/me", follow_redirects=True)).status_code == 200  # who is of another conference stays signed in

        await forget_old(site.services)
        async with site.services.db.read() as db:
            assert (await db.get_one(PurgeRecord, conference.id)).rows == record.rows


def test_people_go_after_all_that_refers_to_them() -> None:
    names = [table.name for table in tables_of_people()]
    assert names[-1] == "person"
    assert {"roleheld", "signinlink", "signedin", "billing", "statement"} <= set(names)


async def test_a_demo_keeps_its_people(tmp_path: Path) -> None:
    async with open_site(tmp_path) as site:
        await site.invite(NAME)
        site.clock.jump_to(MOMENTS["purged"])
        demo = site.services.settings.model_copy(update={"demo": True})
        assert await purge_due(replace(site.services, settings=demo)) == []
        assert "person.name" in await everywhere(site)
