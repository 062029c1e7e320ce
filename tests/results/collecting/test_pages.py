"""The page of findings without scripts and as scripts use it: who may what, what comes back, what nobody is told."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import State
from conference.doors.guard import visit_of
from conference.doors.visit import Viewer
from conference.forums.actions import enter
from conference.forums.actions_moderation import lift_ban, remove
from conference.forums.store import Room
from conference.front.findings import hears_findings
from conference.people.model import Person, Role
from conference.results.history import events_of
from conference.results.model import Finding, ResultsSheet
from tests.results.collecting.at_findings import Table, table_at
from tests.results.house import House, house_at

ENGLISH = {"accept-language": "en"}


@pytest_asyncio.fixture(scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with house_at(tmp_path_factory.mktemp("findings")) as house:
        yield house


@pytest.fixture
async def table(shared: House) -> AsyncIterator[Table]:
    async with table_at(shared) as made:
        yield made


async def test_one_adds_with_a_plain_form(table: Table) -> None:
    page = await table.get("anna")
    assert page.status_code == 200
    client = re.search(r'name="client" value="([^"]+)"', page.text)
    assert client is not None
    fields = {"text": "  Ein <b>Fahrplan</b>\nfür alle ", "heading": "ideas", "client": client[1]}
    for _ in range(2):
        answer = await table.do("anna", "add", script=False, **fields)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{table.path}?done=add#findings")
    page = await table.get("anna", "?done=add")
    assert "Ein &lt;b&gt;Fahrplan&lt;/b&gt; für alle" in page.text
    assert "Ihr Beitrag ist gespeichert." in page.text
    assert "Runde 2" in page.text
    assert len(await table.lines()) == 1
    refused = await table.do("anna", "add", script=False, text="Smile \U0001f600", heading="practice")
    assert refused.status_code == 422
    assert "Smile \U0001f600</textarea>" in refused.text
    assert 'value="practice" required checked' in refused.text


async def test_whoever_goes_back_and_writes_something_else_adds_it(table: Table) -> None:
    for text in ("Erster", "Zweiter", "Zweiter"):
        answer = await table.do("anna", "add", script=False, text=text, heading="ideas", client="abc")
        assert answer.status_code == 303
    assert await table.texts() == ["Erster", "Zweiter"]


async def test_what_was_stored_is_acknowledged_whatever_comes_between(table: Table) -> None:
    fields: dict[str, Any] = {"text": "Einmal", "heading": "ideas", "client": "k1"}
    line = await table.add("anna", **fields)
    await table.do("mona", "who", who="closed")
    again = await table.do("anna", "add", **fields)
    assert (again.status_code, again.json()["lines"][0]["id"]) == (200, line["id"])
    refused = [(await table.do("anna", "add", **fields | more)).json()["code"] for more in ({"client": "k2"}, {"client": ""})]
    assert refused == ["findings_closed"] * 2
    assert await table.texts() == ["Einmal"]


async def test_nothing_is_added_in_the_name_of_who_signed_in_later(table: Table) -> None:
    person = re.search(r'name="person" value="([^"]+)"', (await table.get("anna")).text)
    assert person is not None
    await table.add("anna", "Von Anna", person=person[1])
    for script in (True, False):
        refused = await table.do("bela", "add", script=script, text="Auch von Anna", heading="ideas", person=person[1])
        assert (refused.status_code, "jemand anders angemeldet" in refused.text) == (409, True)
        assert script or "Auch von Anna</textarea>" in refused.text
    assert await table.texts() == ["Von Anna"]


async def test_names_and_numbers_that_cannot_be(database_url: str, tmp_path: Path) -> None:
    """A database that is strict about characters and sizes is never asked for them."""
    async with house_at(tmp_path, database_url=database_url) as house, table_at(house) as table:
        line = await table.add("mona", "Eins")
        for name in ("a\0b", "x" * 41, "ä", ""):
            answers = [
                await table.do("mona", "star", finding=name),
                await table.do("mona", f"star {name}"),
                await table.do("mona", "merge", chosen=[name, line["id"]]),
                await table.do("mona", "add", text="Zwei", heading=name),
                await table.do("mona", "place", finding=line["id"], heading=name),
            ]
            assert [answer.status_code for answer in answers] == [404, 404, 404, 422, 422], name
        for since in ("9" * 15, "9" * 10):
            assert (await table.get("anna", f"?since={since}", accept="application/json")).status_code == 200
        assert (await table.do("mona", "undo", undo="9" * 15)).status_code == 404
        assert (
            await table.do("mona", "change", finding=line["id"], text="Zwei", seen="9" * 15, round="9" * 15)
        ).status_code == 200


async def test_who_may_come_in(table: Table) -> None:
    assert [(await table.get(who)).status_code for who in ("gast", "anna", "mona", "nora")] == [200] * 4
    assert (await table.get("fremd", accept="application/json")).status_code == 401
    assert "Unter welchem Namen" in (await table.get("fremd")).text
    unnamed = await table.browsers["fremd"].post(table.path, data={"name": " "}, headers={"accept": "text/html"})
    assert unnamed.status_code == 422
    door = await table.browsers["fremd"].post(table.path, data={"name": "Greta Gast"}, headers={"accept": "text/html"})
    assert (door.status_code, door.headers["location"]) == (303, table.path)
    assert (await table.do("fremd", "add", text="Aus dem Saal", heading="ideas")).status_code == 200
    async with table.house.services.db.work() as work:
        session = await work.session.merge(table.session)
        session.guests = False
    assert (await table.get("gast")).status_code == 403
    assert (await table.browsers["anna"].get(table.path.replace(table.session.slug, "pause"))).status_code == 404
    code = await table.browsers["mona"].get(f"{table.path}/code.svg")
    assert (code.headers["content-type"], code.text[:4]) == ("image/svg+xml", "<svg")
    table.house.at(State.CLOSED)
    assert (await table.get("anna")).status_code == 410


async def test_a_whole_hall_comes_in_at_once(table: Table) -> None:
    strangers = table.browsers["fremd"]  # all of them behind one address
    for number in range(25):
        door = await strangers.post(table.path, data={"name": f"Gast {number}"}, headers={"accept": "text/html"})
        assert door.status_code == 303, number
        strangers.cookies.clear()


async def test_nobody_learns_who_wrote_without_a_name(table: Table) -> None:
    await table.add("anna", "Ohne Namen")
    await table.add("bela", "Mit Namen", named="yes")
    own = (await table.lines())[0]
    await table.do("anna", "change", finding=own.id, text="Noch ohne Namen", seen=own.change)
    for who in ("bela", "mona"):
        page = (await table.get(who)).text
        assert "Anna" not in page
        assert '<span class="who">Bela</span>' in page
    async with table.house.services.db.read() as db:
        assert {event.person_id for event in await events_of(db, table.session.id)} == {None}


async def test_nobodys_name_stands_under_what_others_wrote(table: Table) -> None:
    first, second, third = [
        await table.add(who, f"{text} von {who}", named="yes")
        for who, text in (("anna", "Eins"), ("anna", "Zwei"), ("bela", "Drei"))
    ]

    async def named() -> list[bool]:
        return [line.named for line in await table.lines()]

    done = await table.do("mona", "merge", chosen=[first["id"], second["id"]])
    assert await named() == [True, True]
    merged = await table.do("mona", "merge", chosen=[first["id"], third["id"]])
    assert (await named(), "Anna" in merged.text, "Anna" in (await table.get("bela")).text) == ([False], False, False)
    await table.do("mona", "undo", undo=merged.json()["undo"])
    assert (await named(), done.status_code) == ([True, True], 200)
    own = await table.do("bela", "change", finding=third["id"], text="Drei, berichtigt")
    assert (await named(), own.status_code) == ([True, True], 200)
    changed = await table.do("mona", "change", finding=third["id"], text="Etwas anderes")
    assert await named() == [True, False]
    await table.do("mona", "undo", undo=changed.json()["undo"])
    assert await named() == [True, True]


async def nobody_else(_db: AsyncSession, _room: Room) -> int:
    return 0


async def test_whoever_is_banned_from_the_room_neither_adds_nor_hears(table: Table) -> None:
    services, session = table.house.services, table.session
    async with services.db.read() as db:
        held = list(await db.exec(select(Person).where(col(Person.email).endswith(f"@{session.slug}.example.org"))))
    people = {person.name: person for person in held}
    seats = {name: (await enter(services, session.id, people[name], nobody_else))[1].seat.id for name in ("Mona", "Bela")}
    visit = visit_of(services, table.house.conference, Viewer(people["Bela"], frozenset({Role.ATTENDEE})), "de")
    line = await table.add("bela", "Vorher")
    for ban, status in ((False, 200), (True, 403)):
        if ban:
            await remove(services, session.id, seats["Mona"], seats["Bela"], ban=True)
        assert (await table.get("bela")).status_code == status
        assert (await table.get("bela", "?since=0", accept="application/json")).status_code == status
        assert (await table.do("bela", "change", finding=line["id"], text="Nachher")).status_code == status
        assert await hears_findings(visit, session.id) is not ban
    assert (await table.do("bela", "add", text="Noch einer", heading="ideas")).json()["code"] == "banned"
    await lift_ban(services, session.id, seats["Mona"], seats["Bela"])
    assert (await table.get("bela")).status_code == 200


async def test_one_corrects_ones_own_until_it_is_starred(table: Table) -> None:
    line = await table.add("anna", "Ein Farplan")
    refused = await table.do("bela", "change", finding=line["id"], text="Etwas anderes", seen=line["change"])
    assert (refused.status_code, refused.json()["code"]) == (403, "editors_only")
    answer = await table.do("anna", "change", finding=line["id"], text="Ein Fahrplan", seen=line["change"])
    assert (answer.status_code, answer.json()["undo"]) == (200, 0)
    link = f'href="?edit={line["id"]}#'
    assert [link in (await table.get(who)).text for who in ("anna", "bela", "mona")] == [True, False, True]
    field = f'name="finding" value="{line["id"]}"'
    edit = f"?edit={line['id']}"
    assert [field in (await table.get(who, edit)).text for who in ("anna", "bela", "mona")] == [True, False, True]
    await table.do("mona", "star", finding=line["id"])
    assert (await table.do("anna", "take_out", finding=line["id"])).status_code == 403
    await table.do("mona", "unstar", finding=line["id"])
    assert (await table.do("anna", "take_out", finding=line["id"])).status_code == 200
    for do in ("star", "up", "merge", "bring_back", "undo", "who", "headings"):
        assert (await table.do("bela", do, finding=line["id"], who="closed")).status_code == 403, do


async def test_editing_by_forms(table: Table) -> None:
    first, second, third = [await table.add("anna", text) for text in ("Eins", "Zwei", "Drei")]
    answer = await table.do("nora", "up", script=False, finding=third["id"])
    assert answer.headers["location"] == f"{table.path}?done=up&undo=4#finding-{third['id']}"
    assert await table.texts() == ["Eins", "Drei", "Zwei"]
    page = await table.get("nora", "?done=up&undo=4")
    assert 'name="undo" value="4"' in page.text
    await table.do("nora", "undo", script=False, undo=4)
    assert await table.texts() == ["Eins", "Zwei", "Drei"]
    await table.do("nora", "place", script=False, finding=first["id"], heading="topics")
    await table.do("nora", f"star {first['id']}", script=False)
    await table.do("nora", "merge", script=False, chosen=[second["id"], third["id"]])
    assert [(line.heading, line.text["de"], line.key) for line in await table.lines()] == [
        ("topics", "Eins", True),
        ("ideas", "Zwei; Drei", False),
    ]
    late = await table.do("nora", "change", script=False, finding=second["id"], text="Zu spät", seen=second["change"])
    assert late.status_code == 409
    assert "Ihrer war: „Zu spät“" in late.text
    assert "Zu spät</textarea>" in late.text
    alone = await table.do("nora", "merge", script=False, chosen=[second["id"]])
    assert (alone.status_code, "mindestens zwei" in alone.text) == (422, True)


async def test_who_edits_says_who_adds_and_under_which_headings(table: Table) -> None:
    line = await table.add("anna", "Eins", "ideas")
    for who, status in (("moderators", 403), ("closed", 403), ("all", 200)):
        assert (await table.do("mona", "who", who=who)).status_code == 200
        assert (await table.do("anna", "add", text=who, heading="ideas")).status_code == status
        assert (await table.do("mona", "add", text=who, heading="ideas")).status_code == 200
    headings: dict[str, Any] = {"heading-key": ["topics", "ideas", ""], "heading-title": ["Themen", "", "Was bleibt"]}
    answer = await table.do("mona", "headings", **headings)
    assert [one["title"] for one in answer.json()["headings"]] == ["Themen", "Was bleibt"]
    assert {one.heading for one in await table.lines()} == {"topics"}
    assert (await table.do("anna", "add", text="Zwei", heading="ideas")).status_code == 422
    new = answer.json()["headings"][1]["key"]
    assert (await table.do("anna", "add", text="Zwei", heading=new)).status_code == 200
    await table.do("mona", "headings", **{"heading-key": ["topics", new], "heading-title": ["Fragen", "Was bleibt"]})
    assert "Best practice" not in (await table.get("anna")).text
    assert '<h2 id="findings-topics">Topics</h2>' in (await table.get("anna", **ENGLISH)).text  # it was not asked for
    wrong = await table.do("mona", "headings", script=False, **{"heading-key": ["topics", ""], "heading-title": ["x", "x"]})
    assert (wrong.status_code, "verschiedene Überschriften" in wrong.text) == (422, True)
    newer = (await table.get("bela", f"?since={line['change']}", accept="application/json")).json()
    assert line["id"] in [one["id"] for one in newer["lines"]]
    assert [one["title"] for one in newer["headings"]] == ["Fragen", "Was bleibt"]


async def test_a_heading_is_called_something_in_both_languages(table: Table) -> None:
    """Renaming it in German takes no English away; the form has both, and a page says which language it is that stands there."""
    form = (await table.get("mona")).text
    assert 'name="heading-title" value="Themen" lang="de"' in form
    assert 'name="heading-title-en" value="Topics" lang="en"' in form
    assert "Auch auf Englisch" in form
    fields: dict[str, Any] = {
        "heading-key": ["topics", "practice", ""],
        "heading-title": ["Fragen", "Gutes Beispiel", "Was bleibt"],
        "heading-title-en": ["Questions", "Best practice", ""],
    }
    assert (await table.do("mona", "headings", **fields)).status_code == 200
    german, english = (await table.get("anna")).text, (await table.get("anna", **ENGLISH)).text
    assert '<h2 id="findings-topics">Fragen</h2>' in german
    assert '<h2 id="findings-topics">Questions</h2>' in english
    assert '<h2 id="findings-practice">Best practice</h2>' in english
    assert 'lang="de">Was bleibt</h2>' in english
    assert 'lang="de">Was bleibt</h2>' not in german
    gone = {**fields, "heading-key": ["topics", "practice"], "heading-title": ["Fragen", ""]}
    answer = await table.do("mona", "headings", **gone)
    assert [one["title"] for one in answer.json()["headings"]] == ["Fragen"]


async def test_before_it_begins_and_after_it_is_published(table: Table) -> None:
    table.house.clock.jump_to(table.session.starts - timedelta(minutes=30))
    assert "Ab 4. Mai 2021, 10:35 Uhr können Sie" in (await table.get("anna")).text
    assert (await table.do("anna", "add", text="Zu früh", heading="ideas")).json()["code"] == "findings_not_yet"
    assert (await table.do("mona", "add", text="Vorbereitet", heading="ideas", round=2)).json()["lines"][0]["round"] == 1
    table.house.clock.jump_to(table.session.starts - timedelta(minutes=15))
    await table.add("anna", "Die Türen sind offen")
    async with table.house.services.db.work() as work:
        sheet = await work.session.get(ResultsSheet, table.session.id)
        assert sheet is not None
        sheet.published = work.now + timedelta(days=1)
    assert (await table.do("anna", "add", text="Zu spät", heading="ideas")).json()["code"] == "findings_closed"
    assert "Das Ergebnisblatt ist fertig und erscheint am 5. Mai 2021, 10:35 Uhr." in (await table.get("anna")).text
    async with table.house.services.db.work() as work:
        sheet = await work.session.merge(sheet)
        sheet.published = work.now
    assert (await table.do("anna", "add", text="Zu spät", heading="ideas")).json()["code"] == "findings_closed"
    assert "Die Ergebnisse sind veröffentlicht." in (await table.get("anna")).text
    assert (await table.do("mona", "add", text="Nachtrag", heading="ideas")).status_code == 200


async def test_a_finding_belongs_to_the_round_in_which_it_was_written(table: Table) -> None:
    assert (await table.add("anna", "Jetzt"))["round"] == 2
    assert (await table.add("anna", "Noch aus der ersten", round=1))["round"] == 1
    assert (await table.add("anna", "Aus der Zukunft", round=3))["round"] == 2
    page = (await table.get("bela")).text
    assert page.index("Runde 1") < page.index("Noch aus der ersten") < page.index("Runde 2") < page.index("Jetzt")


async def test_whoever_moderates_stars_as_fast_as_they_click(table: Table) -> None:
    """Two clicks a second for a minute; a flood is held up."""
    line = (await table.add("mona", "Ein Bus"))["id"]
    answers = []
    for number in range(120):
        answers.append((await table.do("mona", "unstar" if number % 2 else "star", finding=line)).status_code)
        table.house.clock.advance(seconds=0.5)
    assert set(answers) == {200}
    flood = [(await table.do("mona", "star", finding=line)).status_code for _ in range(130)]
    assert flood[-1] == 429
    assert flood.count(200) <= 121


async def test_nobody_floods_a_session(table: Table) -> None:
    answers = [(await table.do("anna", "add", text=str(n), heading="ideas")).status_code for n in range(31)]
    assert answers == [200] * 30 + [429]
    async with table.house.services.db.read() as db:
        assert len(list(await db.exec(select(Finding).where(Finding.session_id == table.session.id)))) == 30


TAKEN = [
    "#set page(width: 1pt) $sum$ *fett* `x` @heim <label>",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "{{ 7 * 7 }} {% raw %} ${x} %s %(x)s",
    "Grüße aus Łódź, Šibenik und Ελλάδα & „Anführung“ – 5 €",
    "A\u0308rger im Tal",
]
REFUSED = [
    "Smile \U0001f600",
    "שלום",
    "مرحبا",
    "oben\x00unten",
    "ab\u202edc\x07",
    "\ud7ff\ue000",
    "a" * 501,
    "ä" * 100_000,
    " \n\t ",
]


async def test_hostile_text_is_text_or_refused_with_a_sentence(table: Table) -> None:
    for text in TAKEN:
        assert (await table.do("mona", "add", text=text, heading="ideas")).status_code == 200
    page = (await table.get("anna")).text
    for text in TAKEN:
        assert html.escape(unicodedata.normalize("NFC", text)).replace("&quot;", "&#34;").replace("&#x27;", "&#39;") in page
    for text in REFUSED:
        answer = await table.do("mona", "add", text=text, heading="ideas")
        assert answer.status_code == 422, (text[:20], answer.status_code)
        assert answer.json()["text"].endswith("."), text[:20]
        plain = await table.do("mona", "add", script=False, text=text, heading="ideas")
        assert (plain.status_code, "<script>alert" in plain.text) == (422, False)
    assert len(await table.lines()) == len(TAKEN)


async def test_the_history_of_a_merge_names_all_that_was_merged(table: Table) -> None:
    """What stood there before are all the texts; what stands there now is another matter."""
    one, two = await table.add("anna", "Ein Bus"), await table.add("anna", "Ein Fahrplan")
    await table.do("mona", "merge", chosen=[one["id"], two["id"]])
    await table.do("mona", "change", finding=one["id"], text="Ganz anders")
    page = (await table.browsers["mona"].get(table.path.replace("/findings", "/sheet/history"))).text
    merged = page[page.index("Beiträge zusammengeführt") :]
    assert "<del>Ein Bus</del><br><del>Ein Fahrplan</del>" in merged
    assert "<ins>Ein Bus; Ein Fahrplan</ins>" in merged
