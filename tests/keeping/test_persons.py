"""One person out and gone: on both databases, over every kind of place; what others wrote is neither taken out nor deleted."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from conference.base.audit import AuditEntry
from conference.base.jobs import Job
from conference.base.mail import Letter, post
from conference.cards.model import CardConsent, ConsentKind
from conference.forums.check.model import CheckResult, Outcome
from conference.forums.model import Forum, Seat
from conference.forums.plenary.model import Greeting
from conference.forums.talk.model import Ballot, ChatLine, Poll, PollState, Question, QuestionState, Upvote
from conference.keeping.persons_gone import delete_person, traces_of
from conference.keeping.persons_terminal import data_of, delete_by_email
from conference.live.model import OutboxRow
from conference.mailing.model import Delivery
from conference.people.accounts.model import Account, Factor, FactorKind
from conference.people.actions import REVOKED
from conference.people.model import BrowserSession, Person, Role, SignedIn
from conference.program.model import Billing, ProgramVersion, Session, SessionDraft
from conference.program.store import session_by_slug
from conference.registration.actions import Entered
from conference.registration.model import Registration, RegistrationState
from conference.results.model import Finding, ResultsSheet, SheetApproval, SheetComment, SheetEvent
from conference.survey.model import SurveyAnswered
from tests.keeping.test_purging import ADDRESS, NAME, everywhere, fill, left
from tests.registration.conftest import opens
from tests.registration.test_places import registers, states
from tests.site import MOMENTS, SLUG_2021, Site, open_site

OTHER = "Bela Beispiel"
# Words and films of the organisers, answers that lead to nobody, and what proves something: said on the page that asks. And what
# goes by itself: a table that waits to be taken within the hour, what was told within a day.
KEPT = {
    "statement.text", "audit_entry.facts", "accesstoken.label", "survey.questions", "surveyanswer.comment", "cardconsent.by_name",
    "legal/hers.mp4", "peopletable.rows", "outbox.facts",
}  # fmt: skip


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as opened:
        yield opened


async def named(site: Site, name: str = NAME, email: str = ADDRESS) -> Person:
    async with site.services.db.work() as work:
        person = (await work.session.exec(select(Person).where(Person.name == name))).one()
        person.email = email
        work.session.add(person)
    return person


async def spoken(site: Site, person: Person, other: Person) -> None:
    """She has spoken in a room, and in other places where people work; somebody else answered."""
    ids, now = site.services.ids.new, site.clock.now()
    async with site.services.db.work() as work:
        session = await session_by_slug(work.session, person.conference_id or "", "forum-1")
        of: dict[str, Any] = {"session_id": session.id}
        both: dict[str, Any] = {"conference_id": person.conference_id, **of}
        for one, seat in ((person, "hers"), (other, "his")):
            work.session.add(Seat(id=seat, person_id=one.id, entered=now, **both))
        await work.session.flush()
        said = {"client": "a", "change": 1, **of}
        work.session.add_all(
            [
                Forum(spotlight="hers", help_by="hers", notes_by="his", **of),
                Greeting(id=ids(), position=1, name=NAME, function={}, organisation={}, seat="hers", **of),
                Question(id="q1", seat_id="hers", text=f"Fragt {NAME}", state=QuestionState.APPROVED, asked=now, **said),
                Question(id="q2", seat_id="his", text="Seine Frage", state=QuestionState.APPROVED, votes=1, asked=now, **said),
                ChatLine(id="l1", seat_id="hers", text=f"Sagt {NAME}", number=1, at=now, **said),
                ChatLine(id="l2", seat_id="his", text="Seine Antwort", number=2, at=now, reply_to="l1", **said),
                Poll(id="p", question="Wohin?", options=["A", "B"], state=PollState.OPEN, counts=[2, 0], voters=2, number=1,
                     change=1, **of),
                CheckResult(person_id=person.id, outcome=Outcome.PASSED, at=now),
            ]
        )  # fmt: skip
        await work.session.flush()
        work.session.add_all([Upvote(question_id="q1", seat_id="his"), Upvote(question_id="q2", seat_id="hers")])
        work.session.add_all([Ballot(poll_id="p", seat_id=seat, choices=[0]) for seat in ("hers", "his")])
        card = (await work.session.exec(select(CardConsent.card_id).limit(1))).first()
        assert card is not None
        consent = {"card_id": card, "kind": ConsentKind.SITE, "version": 1, "language": "de"}
        work.session.add(CardConsent(id=ids(), given=now, by_name=NAME, by=person.id, **consent))
        sheet = await work.session.get(ResultsSheet, session.id) or ResultsSheet(**both)
        work.session.add(sheet)
        line = {"heading": "topics", "position": 98, "named": True, "person_id": person.id, **of}
        work.session.add(Finding(id="named", text={"de": "Ihr Ergebnis"}, **line))
        work.session.add(SheetEvent(id=ids(), at=now, what="approver_named", facts={"name": NAME}, person_id=person.id, **both))
        work.session.add(SheetComment(id=ids(), at=now, text=f"Gruß, {NAME}", person_id=person.id, **both))
        work.session.add(SheetApproval(id=ids(), person_id=person.id, asked=now, **both))
        draft = await work.session.get(SessionDraft, session.id)
        if draft is not None:
            draft.facts = {"people": [{"name": NAME, "person_id": person.id}, {"name": OTHER, "person_id": other.id}]}
            work.session.add(draft)
        version = (await work.session.exec(select(ProgramVersion).where(ProgramVersion.number == 1))).first()
        if version is not None:
            version.content = [{"slug": "forum-1", "people": [{"name": NAME}, {"name": OTHER}]}]
            version.changes = [{"what": "people", "session": "forum-1", "title": {}, "before": [OTHER], "after": [NAME, OTHER]}]
            work.session.add(version)
        await post(work, Letter(to=ADDRESS, subject="x", text=f"Guten Tag {NAME}"))


async def test_a_name_that_stood_everywhere_is_where_it_is_said_to_stay(tmp_path: Path, database_url: str) -> None:
    async with open_site(tmp_path, database_url) as site:
        await site.signed_in("Olga Beispiel", Role.ORGANISER)
        hers = await site.signed_in(NAME, Role.SPEAKER, session="forum-1")
        his = await site.signed_in(OTHER)
        person, other = await named(site), await named(site, OTHER, "bela@example.org")
        await fill(site, person)
        await spoken(site, person, other)
        before = set(await everywhere(site))
        assert len(before) > 14
        async with site.services.db.read() as db:
            traces = await traces_of(db, person.id)
        assert (traces.registered, traces.rooms, traces.said, traces.devices, traces.findings) == (1, 1, 2, 1, 2)

        async with site.services.db.work() as work:
            await delete_person(work, site.services, person.id, by=None, from_program=True)
        assert set(await everywhere(site)) == KEPT
        assert await left(site, person.id) == []
        assert (await hers.get("/me")).status_code == 401
        assert (await his.get("/me")).status_code == 200
        async with site.services.db.read() as db:
            assert (await db.exec(select(Seat.id))).all() == ["his"]
            assert (await db.get_one(Question, "q2")).votes == 0
            assert (await db.get_one(ChatLine, "l2")).reply_to is None
            poll = await db.get_one(Poll, "p")
            assert (poll.counts, poll.voters) == ([1, 0], 1)
            finding = await db.get_one(Finding, "named")
            assert (finding.text, finding.person_id, finding.named) == ({"de": "Ihr Ergebnis"}, None, False)
            version = (await db.exec(select(ProgramVersion))).one()
            assert version.content[0]["people"] == [{"name": OTHER}]
            assert version.changes[0]["after"] == [OTHER]
            assert len((await db.exec(select(BrowserSession))).all()) == 2
            assert (await db.exec(select(Job).where(Job.kind == "mail.send"))).all() == []
            rows = (await db.exec(select(OutboxRow).where(OutboxRow.kind == REVOKED))).all()
            acts = [entry.act for entry in await db.exec(select(AuditEntry))]
        assert [row.facts for row in rows] == [{"person": person.id}]
        assert "person deleted" in acts
        assert "closing moved" in acts


async def test_the_name_in_the_program_stays_unless_the_hosts_take_it_out(site: Site) -> None:
    await site.signed_in("Olga Beispiel", Role.ORGANISER)
    person, _ = await site.invite(NAME, Role.SPEAKER, session="forum-1")
    await site.signed_in(NAME, Role.SPEAKER, session="forum-1")
    await fill(site, person)
    async with site.services.db.work() as work:
        await delete_person(work, site.services, person.id, by=None)
    async with site.services.db.read() as db:
        (billing,) = (await db.exec(select(Billing).where(Billing.name == NAME))).all()
        assert billing.person_id is None
        assert (await db.get_one(Session, billing.session_id)).changed_by is None
    assert await left(site, person.id) == []


async def test_what_one_takes_along(site: Site) -> None:
    browser = await site.signed_in(NAME, Role.SPEAKER, session="forum-1")
    person, other = await named(site), (await site.invite(OTHER))[0]
    await fill(site, person)
    await spoken(site, person, other)
    answer = await browser.get("/me/data.json")
    assert answer.headers["content-disposition"] == 'attachment; filename="my-data.json"'
    assert answer.headers["cache-control"] == "no-store"
    file = json.loads(answer.text)
    (mine,) = file["conferences"]
    assert (mine["person"]["name"], mine["person"]["email"], mine["conference"]["address"]) == (NAME, ADDRESS, SLUG_2021)
    assert [line["text"] for line in mine["chat_lines"]] == [f"Sagt {NAME}"]
    assert [line["text"] for line in mine["questions"]] == [f"Fragt {NAME}"]
    assert mine["access_needs"][0]["in_own_words"] == f"{NAME} liest von den Lippen"
    assert mine["registration"][0]["answer_to_the_hosts_question"] == f"Grüße, {NAME}"
    assert mine["letters"][0]["letter"]["kind"] == "confirmed"
    assert mine["polls"] == [{"poll": "Wohin?", "chosen_options": [0]}]
    assert {finding["text"]["de"] for finding in mine["findings"]} == {"Gut", "Ihr Ergebnis"}
    assert mine["card_consents"][0]["name"] == NAME
    assert mine["devices"][0]["device"]["created"]
    assert {act["act"] for act in mine["acts"]} == {"closing moved"}
    assert mine["survey"] == 1  # that she answered, and nothing of what
    assert file["second_factors"] == []
    for foreign in (OTHER, other.id, "Seine", person.id):  # nor names of rows, which say nothing
        assert foreign not in answer.text
    asks = await browser.get(f"/me/delete?p={person.id}")
    assert f'href="/{SLUG_2021}/cards/withdraw/' in asks.text
    page = await browser.get("/me/data")
    assert 'href="/me/data.json"' in page.text
    assert 'href="/me/data"' in (await browser.get("/me")).text
    assert (await site.browser().get("/me/data.json")).status_code == 401


async def test_deleting_oneself_is_typed_and_signs_out(site: Site) -> None:
    browser = await site.signed_in(NAME)
    person = await named(site)
    asks = await browser.get(f"/me/delete?p={person.id}")
    assert ADDRESS in asks.text
    refused = await browser.post(f"/me/delete?p={person.id}", data={"typed": NAME})
    assert refused.status_code == 422
    done = await browser.post(f"/me/delete?p={person.id}", data={"typed": ADDRESS.upper()})
    assert done.status_code == 200
    assert "gelöscht" in done.text
    assert not browser.cookies
    async with site.services.db.read() as db:
        assert await db.get(Person, person.id) is None
    assert (await browser.post(f"/me/delete?p={person.id}", data={"typed": ADDRESS})).status_code == 401


async def test_whoever_is_several_people_chooses_and_stays_the_others(tmp_path: Path) -> None:
    async with open_site(tmp_path, conferences=("2021", "2024")) as site:
        browser = await site.signed_in(NAME)
        person = await named(site)
        _, path = await site.invite("Mira Nebenan", slug="meetingpoint-2024")
        await browser.post(path)
        assert person.id in (await browser.get("/me/delete")).text
        done = await browser.post(f"/me/delete?p={person.id}", data={"typed": ADDRESS})
        assert done.headers["location"] == "/me/data?deleted"
        assert "Mira Nebenan" in (await browser.get("/me/data?deleted")).text


async def test_who_has_a_second_factor_shows_it_first(site: Site) -> None:
    browser = await site.signed_in(NAME)
    person, now = await named(site), site.clock.now()
    async with site.services.db.work() as work:
        work.session.add(Account(id="account", email=ADDRESS, created=now))
        await work.session.flush()
        work.session.add(Factor(id="factor", account_id="account", kind=FactorKind.TOTP, secret="x", created=now, confirmed=now))
    for path in ("/me/data", "/me/data.json", f"/me/delete?p={person.id}"):
        asked = await browser.get(path)
        assert asked.status_code == 303
        assert asked.headers["location"].startswith("/sign-in/factor?next=%2Fme%2Fd")
    assert (await browser.post(f"/me/delete?p={person.id}", data={"typed": ADDRESS})).status_code == 403


async def test_the_last_organiser_stays_and_nobody_deletes_others(site: Site) -> None:
    browser = await site.signed_in(NAME, Role.ORGANISER)
    person, other = await named(site), (await site.invite(OTHER))[0]
    refused = await browser.post(f"/me/delete?p={person.id}", data={"typed": ADDRESS})
    assert refused.status_code == 422
    stranger = await site.signed_in("Cem Beispiel")
    assert (await stranger.get(f"/desk/{SLUG_2021}/people/{other.id}/data")).status_code == 403
    await stranger.post(f"/me/delete?p={other.id}", data={"typed": OTHER})
    async with site.services.db.read() as db:
        assert await db.get(Person, person.id) is not None
        assert await db.get(Person, other.id) is not None


async def test_organisers_give_out_and_delete(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    await site.signed_in(NAME)
    person = await named(site)
    address = f"/desk/{SLUG_2021}/people/{person.id}"
    assert f"{address}/data" in (await organiser.get(address)).text
    before = (await organiser.get(f"{address}/data")).text
    async with site.services.db.work() as work:
        work.session.add(SurveyAnswered(person_id=person.id, conference_id=person.conference_id or ""))
    assert (await organiser.get(f"{address}/data")).text == before  # or results before and after would tell what was answered
    file = json.loads((await organiser.get(f"{address}/data.json")).text)
    assert "second_factors" not in file
    assert "survey" not in file["conferences"][0]
    assert file["conferences"][0]["person"]["name"] == NAME
    assert (await organiser.post(f"{address}/data", data={"typed": "jemand"})).status_code == 422
    done = await organiser.post(f"{address}/data", data={"typed": NAME})
    assert done.headers["location"] == f"/desk/{SLUG_2021}/people?done=deleted"
    assert (await organiser.get(f"{address}/data")).status_code == 404
    async with site.services.db.read() as db:
        acts = [entry for entry in await db.exec(select(AuditEntry)) if entry.act.startswith("person d")]
        olga = (await db.exec(select(Person.id).where(Person.name == "Olga Beispiel"))).one()
    assert [(entry.act, entry.person_id) for entry in acts] == [("person data taken", olga), ("person deleted", olga)]
    assert all(person.id not in str(entry.facts) for entry in acts)
    own = await organiser.post(f"/desk/{SLUG_2021}/people/{olga}/data", data={"typed": "Olga Beispiel"})
    assert own.status_code == 422


async def test_whoever_waits_moves_up(site: Site) -> None:
    site.clock.jump_to(MOMENTS["announced"])
    await opens(site, places=1)
    await registers(site, Entered(NAME, ADDRESS, "de"))
    await registers(site, Entered(OTHER, "bela@example.org", "de"))
    await delete_by_email(site.services, SLUG_2021, ADDRESS, from_program=False)
    assert await states(site) == {RegistrationState.CONFIRMED: 1}
    async with site.services.db.read() as db:
        assert len((await db.exec(select(Registration))).all()) == 1
        assert {each.person_id for each in await db.exec(select(Delivery))} == {
            (await db.exec(select(Person.id).where(Person.name == OTHER))).one()
        }
        assert (await db.exec(select(SignedIn))).all() == []
    assert json.loads(await data_of(site.services, SLUG_2021, "bela@example.org"))["conferences"][0]["registration"]
