"""Who is asked, what they say, which text it is about; letters go to those who must know."""

from __future__ import annotations

import re

import pytest
from sqlmodel import select

from conference.base.errors import ConferenceError, Conflict, Invalid, NotFound
from conference.base.jobs import Job
from conference.people.model import Person, Role
from conference.people.store import roles_of
from conference.results.model import Decision, SheetState
from conference.results.publishing.overview import overview_of
from conference.results.publishing.rules import Lack
from conference.results.sheets import review
from conference.results.sheets.rules import Stand, stand_of
from conference.results.sheets.store import approvals_of, comments_of
from tests.results.house import House
from tests.results.publishing.test_documents import readable
from tests.results.sheets.writing import lines, person, post, sheet, typed

REVIEW = "/sessions/forum-1/sheet/review"


async def letters(house: House) -> list[tuple[str, str]]:
    """(to, subject), in the order in which they were written."""
    async with house.services.db.read() as db:
        jobs = await db.exec(select(Job).where(Job.kind == "mail.send").order_by(Job.created, Job.id))  # type: ignore[arg-type]
        return [(job.facts["to"], job.facts["subject"].partition(" / ")[0]) for job in jobs]


async def stands(house: House) -> dict[str, Stand]:
    async with house.services.db.read() as db:
        approvals = await approvals_of(db, (await house.session("forum-1")).id)
    changes = (await sheet(house)).changes
    return {person.name: stand_of(approval, changes) for approval, person in approvals}


async def test_from_draft_to_approval_and_back(house: House) -> None:
    services, conference, session = house.services, house.conference, await house.session("forum-1")
    mona = await person(house, "Mona", [(Role.MODERATOR, "forum-1")])
    speaker = await person(house, "Sven", [(Role.SPEAKER, "forum-1")])
    with pytest.raises(Conflict, match="sheet_no_approver"):
        await review.ask_review(services, conference, session, by=mona)
    amt = await review.name_approver(services, conference, session, "Frau  Amt", " AMT@example.org", by=mona)
    assert (amt.name, amt.email) == ("Frau Amt", "amt@example.org")
    await review.name_approver(services, conference, session, "Nochmal", "amt@example.org", by=mona)  # once is enough
    await review.name_person(services, conference, session, speaker, by=mona)
    assert await review.ask_review(services, conference, session, by=mona) == 2
    assert (await sheet(house)).state is SheetState.IN_REVIEW
    assert await stands(house) == {"Frau Amt": Stand.OPEN, "Sven": Stand.OPEN}

    seen = (await sheet(house)).changes
    await typed(house, "summary.de", "Neu.")
    with pytest.raises(Conflict, match="sheet_other_text"):
        await review.decide(services, conference, session, amt.id, Decision.APPROVED, seen, "")
    with pytest.raises(Invalid, match="text_missing"):
        await review.decide(services, conference, session, amt.id, Decision.CHANGES, seen, " ")
    with pytest.raises(NotFound):
        await review.decide(services, conference, session, mona, Decision.APPROVED, seen, "")
    seen = (await sheet(house)).changes
    await review.decide(services, conference, session, amt.id, Decision.APPROVED, seen, "")
    await review.decide(services, conference, session, amt.id, Decision.APPROVED, seen, "")  # a second click
    await review.decide(services, conference, session, speaker, Decision.CHANGES, seen, "Bitte kürzer")
    assert await stands(house) == {"Frau Amt": Stand.APPROVED, "Sven": Stand.CHANGES}
    await typed(house, "summary.de", "Kürzer.", "Neu.")
    assert (await stands(house))["Frau Amt"] is Stand.BEFORE

    assert await review.ask_review(services, conference, session, by=mona) == 2
    await review.end_review(services, session, by=mona)
    await review.end_review(services, session, by=mona)
    assert (await sheet(house)).state is SheetState.PUBLISHED  # an older version is still public
    with pytest.raises(Conflict, match="sheet_not_in_review"):
        await review.decide(services, conference, session, amt.id, Decision.APPROVED, seen, "")
    asked, said = "Bitte um Freigabe: Ergebnisse von „Forum eins“", "Ergebnisse von „Forum eins“"
    assert sorted(await letters(house)) == sorted(
        [(to, asked) for to in ("amt@example.org", "sven@example.org") for _ in range(2)]
        + [("mona@example.org", f"Freigegeben: {said}"), ("mona@example.org", f"Änderungen gewünscht: {said}")]
    )


async def test_an_approval_of_an_older_text_is_lacking_where_one_publishes(house: House) -> None:
    services, conference, session = house.services, house.conference, await house.session("forum-1")
    mona = await person(house, "Mona", [(Role.MODERATOR, "forum-1")])
    amt = await review.name_approver(services, conference, session, "Amt", "amt@example.org", by=mona)
    await review.ask_review(services, conference, session, by=mona)
    await review.decide(services, conference, session, amt.id, Decision.APPROVED, (await sheet(house)).changes, "")
    for lacking, text in ((False, None), (True, "Ganz anders.")):
        if text is not None:
            await typed(house, "summary.de", text)
        page = (await house.get("/sessions/forum-1/sheet/publish", "Mona")).text
        assert ("Noch nicht alle, die gefragt wurden" in page) is lacking
        async with services.db.read() as db:
            rows = await overview_of(db, conference.id, house.clock.now())
        assert (Lack.APPROVAL in rows[0].lacks) is lacking


async def test_what_changes_nothing_that_the_sheet_says_leaves_approvals(house: House) -> None:
    """PDFs of one's own, and who may add."""
    services, conference, session = house.services, house.conference, await house.session("forum-1")
    mona = await person(house, "Mona", [(Role.MODERATOR, "forum-1")])
    amt = await review.name_approver(services, conference, session, "Amt", "amt@example.org", by=mona)
    await review.ask_review(services, conference, session, by=mona)
    first = (await sheet(house)).changes
    await review.decide(services, conference, session, amt.id, Decision.APPROVED, first, "")
    document, file = "/sessions/forum-1/sheet/document", {"file": ("papier.pdf", readable(), "application/pdf")}
    brought = await house.post(document, "organiser", file, do="bring", title="Papier", place="beside")
    assert brought.status_code == 303
    assert (await house.post(document, "organiser", do="publish", document="papier")).status_code == 303
    assert (await post(house, "/sessions/forum-1/findings", "Mona", {"do": "who", "who": "closed"})).status_code == 303
    assert (await sheet(house)).closed is not None
    assert ((await sheet(house)).changes, await stands(house)) == (first, {"Amt": Stand.APPROVED})


async def test_a_second_click_writes_nobody_and_keeps_what_was_said(house: House) -> None:
    services, conference, session = house.services, house.conference, await house.session("forum-1")
    mona = await person(house, "Mona", [(Role.MODERATOR, "forum-1")])
    amt, rat = [
        await review.name_approver(services, conference, session, name, f"{name}@example.org", by=mona) for name in ("Amt", "Rat")
    ]
    assert (await post(house, REVIEW, "Mona", {"do": "ask"})).headers["location"].endswith("?done=ask")
    again = await post(house, REVIEW, "Mona", {"do": "ask"})
    assert again.headers["location"].endswith("?done=nobody")
    assert "Es ging keine E-Mail hinaus" in (await house.get(f"{REVIEW}?done=nobody", "Mona")).text
    late = await review.name_approver(services, conference, session, "Spät", "spaet@example.org", by=mona)  # written to at once
    assert await review.ask_review(services, conference, session, by=mona) == 0
    await review.decide(services, conference, session, amt.id, Decision.CHANGES, (await sheet(house)).changes, "Bitte kürzer")
    house.clock.advance(minutes=11)
    assert await review.ask_review(services, conference, session, by=mona) == 2  # reminds Rat and Spät
    assert (await stands(house))["Amt"] is Stand.CHANGES
    await typed(house, "summary.de", "Kürzer.")
    assert await review.ask_review(services, conference, session, by=mona) == 3
    assert set((await stands(house)).values()) == {Stand.OPEN}
    to = [address for address, _ in await letters(house)]
    assert {one.email: to.count(one.email) for one in (amt, rat, late)} == {amt.email: 2, rat.email: 3, late.email: 3}


async def test_whoever_is_removed_has_no_way_in_any_more(house: House) -> None:
    services, conference, session = house.services, house.conference, await house.session("forum-1")
    mona = await person(house, "Mona", [(Role.MODERATOR, "forum-1")])
    attendee = await review.name_approver(services, conference, session, "Egal", "attendee@example.org", by=mona)
    assert attendee.name == "attendee"  # somebody known keeps name and roles
    assert (await house.get(REVIEW, "attendee")).status_code == 200
    assert (await house.get("/sessions/forum-1/sheet", "attendee")).status_code == 403
    assert (await house.get("/sessions/forum-1/sheet/history", "attendee")).status_code == 403
    assert (await post(house, REVIEW, "attendee", {"do": "ask"})).status_code == 403
    await review.remove_approver(services, conference, session, attendee.id, by=mona)
    await review.remove_approver(services, conference, session, attendee.id, by=mona)
    assert (await house.get(REVIEW, "attendee")).status_code == 403
    async with services.db.read() as db:
        assert [held.role for held in await roles_of(db, attendee.id)] == [Role.ATTENDEE]


async def test_comments_on_lines_and_on_the_whole(house: House) -> None:
    await person(house, "Mona", [(Role.MODERATOR, "forum-1")])
    line = (await lines(house))[0]
    assert (await post(house, REVIEW, "Mona", {"do": "comment", "line": line.id, "text": "Zu <lang>"})).status_code == 303
    house.clock.advance(minutes=1)
    assert (await post(house, REVIEW, "Mona", {"do": "comment", "text": "Gut so"})).status_code == 303
    empty = await post(house, REVIEW, "Mona", {"do": "comment", "line": line.id, "text": " "})
    assert empty.status_code == 422
    assert re.search(rf'<details class="comment-on" open>(?s:.){{0,400}}text-{line.id}', empty.text)
    assert (await post(house, REVIEW, "Mona", {"do": "comment", "line": "nichts", "text": "x"})).status_code == 422
    async with house.services.db.read() as db:
        said = await comments_of(db, line.session_id)
    assert [(one.text, one.finding_id, name) for one, name in said] == [("Zu <lang>", line.id, "Mona"), ("Gut so", None, "Mona")]
    await post(house, REVIEW, "Mona", {"do": "settle", "comment": said[0][0].id})
    shown = (await house.get(REVIEW, "Mona")).text
    assert "Zu &lt;lang&gt;" in shown
    assert "· erledigt" in shown
    await post(house, "/sessions/forum-1/sheet", "Mona", {"do": f"remove:{line.id}"})
    assert "Zu einem Beitrag, der herausgenommen wurde" in (await house.get(REVIEW, "Mona")).text
    history = (await house.get("/sessions/forum-1/sheet/history", "Mona")).text
    for word in ("Angemerkt", "Anmerkung erledigt", "Beitrag herausgenommen"):
        assert word in history


async def test_names_and_addresses_are_looked_at(house: House) -> None:
    services, conference, session = house.services, house.conference, await house.session("forum-1")
    mona = await person(house, "Mona", [(Role.MODERATOR, "forum-1")])
    for name, email in [("", "amt@example.org"), ("Amt", "amt"), ("Amt", "a@b@c"), ("Amt", "amt@example.org\nBcc: x@y.z")]:
        with pytest.raises(ConferenceError):
            await review.name_approver(services, conference, session, name, email, by=mona)
    answer = await post(house, REVIEW, "Mona", {"do": "name", "name": "Frau Amt", "email": "amt"})
    assert (answer.status_code, 'value="Frau Amt"' in answer.text) == (422, True)
    with pytest.raises(NotFound):
        await review.name_person(services, conference, session, "nobody", by=mona)
    async with services.db.read() as db:
        assert (await db.exec(select(Person).where(Person.email == "amt@example.org"))).all() == []
