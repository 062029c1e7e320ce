"""The program editor without scripts: organisers add, change, order, take out, publish; readers see it when they should."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from sqlmodel import select

from conference.access.model import Conference
from conference.base.editions import locked
from conference.live.model import OutboxRow
from conference.mailing.model import LetterKind, Mailing
from conference.people.model import Role
from conference.program.drafts import program_planned
from conference.program.model import Session
from conference.program.plan import Planned
from conference.program.store import session_by_slug
from conference.registration.actions import Entered, register
from conference.registration.store import demand
from tests.registration.conftest import opens
from tests.site import MOMENTS, SLUG_2021, Site, open_site, persons_of

DESK = f"/desk/{SLUG_2021}/program"
NEW = {
    "title_de": "Ausklang am Abend", "kind": "plenary", "number": "", "day": "2021-05-04", "starts": "13:00", "ends": "13:30",
    "place": "online", "floor": "", "room": "", "places": "", "rounds": "", "question_de": "", "summary_de": "",
}  # fmt: skip


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as opened:
        opened.clock.jump_to(MOMENTS["announced"])
        yield opened


async def planned(site: Site, slug: str) -> Planned:
    async with site.services.db.read() as db:
        return next(each for each in await program_planned(db, (await site.conference()).id) if each.plan.slug == slug)


def fields(page: str) -> dict[str, str]:
    """What the form of a session holds when it is sent back untouched."""
    form = page.partition('<form class="form wide"')[2].partition("</form>")[0]
    found = dict(re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', form))
    found = {name: text for name, text in found.items() if name != "guests"}
    found |= dict(re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>([^<]*)</textarea>', form))
    for name, options in re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="(\w*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    if re.search(r'name="guests"[^>]* checked', form):
        found["guests"] = "yes"
    return found


async def edition(browser: httpx2.AsyncClient) -> str:
    """What the form for moving the day was shown with."""
    return (await browser.get(f"{DESK}/shift")).text.partition('name="edition" value="')[2].partition('"')[0]


async def shown(site: Site, path: str = "program") -> str:
    await site.services.live.catch_up()
    return (await site.browser().get(f"/{SLUG_2021}/{path}")).text


async def test_a_session_is_added_kept_back_and_published(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    answer = await organiser.post(f"{DESK}/new", data=NEW)
    assert answer.headers["location"] == f"{DESK}/ausklang-am-abend?added"
    assert "Ausklang" not in await shown(site)
    assert (await site.browser().get(f"/{SLUG_2021}/sessions/ausklang-am-abend")).status_code == 404
    desk = (await organiser.get(DESK)).text
    assert "Ausklang am Abend" in desk
    assert "1 Änderung ist noch nicht veröffentlicht." in desk

    preview = (await organiser.get(f"{DESK}/publish")).text
    assert "Neu im Programm: 4. Mai 2021, 13:00–13:30." in preview
    edition = re.search(r'name="edition" value="(\d+)"', preview)
    assert edition is not None
    data = {"edition": edition[1], "note_de": "Mit Ausklang"}
    assert (await organiser.post(f"{DESK}/publish", data=data)).status_code == 303
    assert "Ausklang am Abend" in await shown(site)
    changes = await shown(site, "program/changes")
    assert "Mit Ausklang" in changes
    assert "Neu im Programm" in changes
    assert "Fassung 1" in (await organiser.get(f"{DESK}/versions")).text
    assert (await organiser.post(f"{DESK}/publish", data={"edition": edition[1]})).status_code == 409


async def test_a_form_that_is_sent_back_untouched_changes_nothing(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    for slug in ("forum-1", "panel", "pause", "abschluss"):
        page = (await organiser.get(f"{DESK}/{slug}")).text
        answer = await organiser.post(f"{DESK}/{slug}", data=fields(page))
        assert answer.status_code == 303, answer.text
        assert not (await planned(site, slug)).drafted, slug


async def test_while_it_is_a_draft_edits_are_the_program(site: Site) -> None:
    site.clock.jump_to(MOMENTS["draft"])
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    page = (await organiser.get(f"{DESK}/forum-1")).text
    await organiser.post(f"{DESK}/forum-1", data=fields(page) | {"title_de": "Anders"})
    found = await planned(site, "forum-1")
    assert found.session.title["de"] == "Anders"
    assert not found.drafted


async def test_two_who_edit_one_session(site: Site) -> None:
    olga, otto = await site.signed_in("Olga Beispiel", Role.ORGANISER), await site.signed_in("Otto Beispiel", Role.ORGANISER)
    form = fields((await olga.get(f"{DESK}/forum-1")).text)
    assert (await olga.post(f"{DESK}/forum-1", data=form | {"title_de": "Olgas Titel"})).status_code == 303
    late = await otto.post(f"{DESK}/forum-1", data=form | {"title_de": "Ottos Titel"})
    assert late.status_code == 409
    assert "Inzwischen geändert von Olga Beispiel" in late.text
    assert "Olgas Titel" in late.text
    assert "Ottos Titel" in late.text
    assert (await planned(site, "forum-1")).plan.title["de"] == "Olgas Titel"
    again = await otto.post(f"{DESK}/forum-1", data=fields(late.text))
    assert again.status_code == 303
    assert (await planned(site, "forum-1")).plan.title["de"] == "Ottos Titel"


async def test_taking_out_is_undone(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    version = (await planned(site, "forum-2")).session.version
    answer = await organiser.post(f"{DESK}/forum-2", data={"act": "out", "version": version})
    page = (await organiser.get(answer.headers["location"])).text
    assert "Wieder aufnehmen" in page
    assert (await planned(site, "forum-2")).plan.hidden
    assert "/sessions/forum-2" in await shown(site)  # readers see it until that is published
    await organiser.post(f"{DESK}/publish", data={"edition": edition_in((await organiser.get(f"{DESK}/publish")).text)})
    assert (await site.browser().get(f"/{SLUG_2021}/sessions/forum-2")).status_code == 404
    await organiser.post(f"{DESK}/forum-2", data={"act": "back"})
    await organiser.post(f"{DESK}/publish", data={"edition": edition_in((await organiser.get(f"{DESK}/publish")).text)})
    assert (await site.browser().get(f"/{SLUG_2021}/sessions/forum-2")).status_code == 200


def edition_in(page: str) -> str:
    found = re.search(r'name="edition" value="(\d+)"', page)
    assert found is not None
    return found[1]


async def test_the_order_of_the_day_changes_and_times_follow(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    edition = edition_in((await organiser.get(DESK)).text)
    before = {slug: (await planned(site, slug)).plan for slug in ("panel", "pause", "forum-1", "forum-3", "abschluss")}
    answer = await organiser.post(f"{DESK}/order", data={"session": "forum-1", "before": "pause", "edition": edition})
    assert answer.status_code == 303, answer.text
    after = {slug: (await planned(site, slug)).plan for slug in before}
    assert after["forum-1"].starts == after["forum-3"].starts == before["pause"].starts
    assert after["pause"].starts >= after["forum-1"].ends
    for slug, plan in after.items():
        assert plan.ends - plan.starts == before[slug].ends - before[slug].starts
    late = await organiser.post(f"{DESK}/order", data={"session": "forum-1", "before": "", "edition": edition})
    assert late.status_code == 409
    assert (await organiser.post(f"{DESK}/order", data={"session": "forum-1", "before": "nirgends"})).status_code == 422


async def test_a_person_is_named_invited_and_given_the_role_at_once(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    conference = await site.conference()

    async def add(**form: str) -> httpx2.Response:
        version = str((await planned(site, "forum-1")).session.version)
        return await organiser.post(f"{DESK}/forum-1/people", data={"version": version, **form})

    answer = await add(person_name="Änne Beispiel", person_email="Aenne@Example.org", part="moderator", person_affiliation="Land")
    assert answer.status_code == 303, answer.text
    assert (await add(person_name="Ida Schrift", person_email="ida@example.org", part="notes")).status_code == 303
    assert (await add(person_name="", person_email="x@example.org", part="impulse")).status_code == 422
    assert (await add(person_name="Nur Name", person_email="", part="interpreter")).status_code == 422
    found = await planned(site, "forum-1")
    named = next(each for each in found.plan.people if each.name == "Änne Beispiel")
    assert (named.role, named.affiliation) == ("moderator", {"de": "Land"})
    async with site.services.db.read() as db:
        people = {person.email: person for person in await persons_of(db, conference.id)}
    assert named.person_id == people["aenne@example.org"].id
    assert "Änne Beispiel" not in await shown(site, "sessions/forum-1")
    page = (await organiser.get(f"{DESK}/forum-1")).text
    assert "Ida Schrift" in page
    assert "aenne@example.org" in page

    number = str(found.plan.people.index(named))
    assert (await add(remove=number)).status_code == 303
    assert not (await planned(site, "forum-1")).drafted
    held = re.search(r'name="held" value="([^"]+)"', (await organiser.get(f"{DESK}/forum-1")).text)
    assert held is not None
    assert (await add(held=held[1])).status_code == 303
    assert (await add(held=held[1])).status_code == 404
    assert "Ida Schrift" not in (await organiser.get(f"{DESK}/forum-1")).text


async def test_what_is_wrong_is_said_beside_its_field(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    wrong = {
        "title_de": "", "starts": "25:00", "ends": "12:00", "number": "hundert", "places": "-1", "rounds": "irgendwann",
        "room": "x" * 300, "question_de": "x" * 501, "day": "2021-05-04",
    }  # fmt: skip
    answer = await organiser.post(f"{DESK}/new", data=NEW | wrong)
    assert answer.status_code == 422
    for name in ("title_de", "starts", "number", "places", "rounds", "room", "question_de"):
        assert f'href="#{name}"' in answer.text, name
    for change in (
        {"day": "morgen"},
        {"day": "2027-05-04"},
        {"day": "9999-12-31"},
        {"ends": "12:00"},
        {"kind": "theme_room", "rounds": "13:00-13:10\n13:05-13:20"},
    ):
        assert (await organiser.post(f"{DESK}/new", data=NEW | change)).status_code == 422, change
    rounds = NEW | {"kind": "theme_room", "number": "7", "rounds": "13:00-13:10\n 13:10 – 13:30 "}
    assert (await organiser.post(f"{DESK}/new", data=rounds)).headers["location"] == f"{DESK}/raum-7?added"
    assert len((await planned(site, "raum-7")).plan.rounds) == 2


async def test_the_day_moves_for_everybody_at_once(site: Site) -> None:
    site.clock.jump_to(MOMENTS["live"])  # 11:20, in the middle of the forums
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    before = (await planned(site, "abschluss")).session
    ics = await shown(site, "sessions/abschluss.ics")
    form = {"minutes": "5", "from": "2021-05-04T11:20", "edition": await edition(organiser)}
    answer = await organiser.post(f"{DESK}/shift", data=form)
    assert answer.status_code == 303, answer.text
    again = await organiser.post(f"{DESK}/shift", data=form)  # pressed twice, or by two
    assert again.status_code == 409
    assert "Inzwischen geändert" in again.text
    assert f'name="edition" value="{await edition(organiser)}"' in again.text  # sending it once more is a decision
    after, forum = (await planned(site, "abschluss")).session, (await planned(site, "forum-1")).session
    assert after.sequence == before.sequence + 1
    assert (after.starts - before.starts).total_seconds() == 300
    assert (after.planned_starts, after.planned_ends) == (before.starts, before.ends)
    assert forum.planned_starts == forum.starts
    assert forum.planned_ends is not None
    assert forum.ends > forum.planned_ends
    assert ics != await shown(site, "sessions/abschluss.ics")
    assert f"SEQUENCE:{after.sequence}" in await shown(site, "sessions/abschluss.ics")
    assert "bisher" in await shown(site, "program/changes")
    for wrong in (
        {"minutes": "0"},
        {"minutes": "x"},
        {"minutes": "999"},
        {"minutes": "-60"},
        {"from": ""},
        {"from": "2021-05-05T11:00"},
    ):
        form["edition"] = await edition(organiser)
        answer = await organiser.post(f"{DESK}/shift", data=form | wrong)
        assert answer.status_code == 422, wrong
    async with site.services.db.read() as db:
        told = (await db.exec(select(OutboxRow).where(OutboxRow.kind == "room.changed"))).all()
    assert forum.id in {row.facts["session"] for row in told}  # clocks of open rooms follow
    assert (await site.conference()).archive == after.ends  # the rooms stay open for what takes longer


async def test_with_the_day_places_that_are_free_are_given_as_well(site: Site) -> None:
    await opens(site)
    conference = await site.conference()
    async with site.services.db.work() as work:
        forum = await session_by_slug(work.session, conference.id, "forum-1")
        forum.places = 1
        work.session.add(forum)
        for name in ("Anna", "Bodo"):
            entered = Entered(name, f"{name}@example.org", "de", choices=((forum.id, 1),))
            await register(work, site.services, conference.id, entered, client=None)
    site.clock.jump_to(MOMENTS["live"])
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    async with site.services.db.work() as work:
        forum = await locked(work, Session, forum.id)
        forum.places = 2
        work.session.add(forum)
    form = {"minutes": "5", "from": "2021-05-04T11:20", "edition": await edition(organiser)}
    assert (await organiser.post(f"{DESK}/shift", data=form)).status_code == 303
    async with site.services.db.read() as session:
        assert (await demand(session, conference.id))[forum.id] == (2, 0)


async def test_only_organisers_come_in(site: Site) -> None:
    attendee = await site.signed_in("Mara Beispiel")
    for path in ("", "/new", "/forum-1", "/publish", "/versions", "/shift"):
        assert (await attendee.get(DESK + path)).status_code == 403
        assert (await site.browser().get(DESK + path)).status_code == 401


async def test_every_link_of_a_session_leads_somewhere(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    page = (await organiser.get(f"{DESK}/forum-1")).text
    links = re.findall(r'href="(/(?:desk/)?vernetzungstreffen-2021[^"#]*)"', page)
    assert f"/{SLUG_2021}/sessions/forum-1/slides" in links
    assert f"/{SLUG_2021}/sessions/forum-1/sheet" in links
    for link in dict.fromkeys(links):
        if "/program" in link or "/sessions" in link:
            assert (await organiser.get(link)).status_code == 200, link


async def test_a_draft_is_forgotten(site: Site) -> None:
    olga, otto = await site.signed_in("Olga Beispiel", Role.ORGANISER), await site.signed_in("Otto Beispiel", Role.ORGANISER)
    page = (await olga.get(f"{DESK}/forum-1")).text
    await olga.post(f"{DESK}/forum-1", data=fields(page) | {"title_de": "Anders", "question_de": "Warum?", "room": "Saal"})
    preview = (await olga.get(f"{DESK}/publish")).text
    for line in ("Neuer Titel: Anders", "Neue Leitfrage: Warum?", "Der Ort ist ein anderer."):
        assert line in preview, line
    version = str((await planned(site, "forum-1")).session.version)
    late = await otto.post(f"{DESK}/forum-1", data={"act": "discard", "version": "1"})
    assert late.status_code == 409
    assert "Anders" in late.text
    assert (await otto.post(f"{DESK}/forum-1", data={"act": "discard", "version": version})).status_code == 303
    assert not (await planned(site, "forum-1")).drafted
    version = str((await planned(site, "forum-1")).session.version)
    assert (await otto.post(f"{DESK}/forum-1", data={"act": "discard", "version": version})).status_code == 404
    for act in ("out", "back"):
        assert (await otto.post(f"{DESK}/forum-1", data={"act": act, "version": "1"})).status_code == 409


async def test_the_day_never_moves_beyond_the_closing_date(site: Site) -> None:
    site.clock.jump_to(MOMENTS["live"])
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    conference = await site.conference()
    async with site.services.db.work() as work:
        row = await locked(work, Conference, conference.id)
        row.closes, row.purge = row.archive, row.archive
    form = {"minutes": "30", "from": "2021-05-04T11:20", "edition": await edition(organiser)}
    answer = await organiser.post(f"{DESK}/shift", data=form)
    assert answer.status_code == 422
    assert "wenn die Veranstaltung schon geschlossen ist" in answer.text


async def test_more_places_are_given_to_who_waits_once_they_are_published(site: Site) -> None:
    await opens(site)
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    conference = await site.conference()
    async with site.services.db.work() as work:
        forum = await session_by_slug(work.session, conference.id, "forum-1")
        forum.places = 1
        work.session.add(forum)
        for name in ("Anna", "Bodo", "Carla"):
            entered = Entered(name, f"{name}@example.org", "de", choices=((forum.id, 1),))
            await register(work, site.services, conference.id, entered, client=None)

    async def placed() -> int:
        async with site.services.db.read() as session:
            return (await demand(session, conference.id))[forum.id][0]

    site.clock.advance(minutes=5)
    page = (await organiser.get(f"{DESK}/forum-1")).text
    assert (await organiser.post(f"{DESK}/forum-1", data={**fields(page), "places": "2"})).status_code == 303
    assert await placed() == 1
    edition = re.search(r'name="edition" value="(\d+)"', (await organiser.get(f"{DESK}/publish")).text)
    assert edition is not None
    assert (await organiser.post(f"{DESK}/publish", data={"edition": edition[1]})).status_code == 303
    assert await placed() == 2
    async with site.services.db.read() as session:
        written = list(await session.exec(select(Mailing).where(Mailing.kind == LetterKind.MOVED_UP)))
        assert [each.session_id for each in written] == [forum.id]
    site.clock.jump_to(MOMENTS["draft"])
    page = (await organiser.get(f"{DESK}/forum-1")).text
    assert (await organiser.post(f"{DESK}/forum-1", data={**fields(page), "places": "3"})).status_code == 303
    assert await placed() == 3


async def test_guests_come_into_all_rooms_or_none_by_one_press(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    slugs = ("panel", "forum-1", "forum-2")
    for wanted in ("no", "yes", "no"):
        seen = await edition(organiser)
        answer = await organiser.post(f"{DESK}/guests", data={"guests": wanted, "edition": seen})
        assert answer.headers["location"] == f"{DESK}?guests={wanted}"
        assert [(await planned(site, slug)).plan.guests for slug in slugs] == [wanted == "yes"] * 3
        assert (await organiser.post(f"{DESK}/guests", data={"guests": "yes", "edition": "0"})).status_code == 409
    assert "in 0 von" in (await organiser.get(DESK)).text
