"""The editor's pages: a form that works without scripts, autosave for those that have them, files, and who may come in."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta

import pikepdf
from docx import Document
from sqlmodel import select

from conference.access.model import State
from conference.forums.model import Seat
from conference.people.model import Person, Role
from conference.results.model import ResultsDocument
from conference.results.publishing.actions import unpublish
from tests.results.house import SLUG, House
from tests.results.sheets.writing import lines, person, post, sheet

SHEET = "/sessions/forum-1/sheet"


async def editor(house: House, name: str = "Mo") -> None:
    await person(house, name, [(Role.MODERATOR, "forum-1")])


async def test_who_may_come_in(house: House) -> None:
    await editor(house)
    await person(house, "Notiz", [(Role.NOTE_TAKER, "forum-1")])
    await person(house, "Anders", [(Role.MODERATOR, "forum-2")])
    for address in ("", "/preview", "/review", "/history", "/export.md"):
        told = {
            who: (await house.get(SHEET + address, who)).status_code
            for who in ("stranger", "attendee", "Anders", "Mo", "Notiz", "organiser")
        }
        assert told == {"stranger": 401, "attendee": 403, "Anders": 403, "Mo": 200, "Notiz": 200, "organiser": 200}, address
    assert (await house.get("/sessions/nichts/sheet", "Mo")).status_code == 404
    assert (await house.get("/sessions/pause/sheet", "organiser")).status_code == 404
    assert (await house.get(f"{SHEET}/export.exe", "Mo")).status_code == 404
    house.at(State.CLOSED)
    assert (await house.get(SHEET, "Mo")).status_code == 410
    assert (await house.get(SHEET, "organiser")).status_code == 200


async def test_a_whole_form_is_saved_without_scripts(house: House) -> None:
    await editor(house)
    line = (await lines(house))[0]
    shown = (await house.get(SHEET, "Mo")).text
    assert f'name="line.{line.id}.de"' in shown
    form = {
        "do": "save", "summary.de": "Gut gelaufen.", "was.summary.de": "", "new.ideas": "Noch ein Einfall", "was.initiatives": "",
        f"line.{line.id}.de": "Ein Kalender", f"was.line.{line.id}.de": line.text["de"], "initiatives": "9",
    }  # fmt: skip
    answer = await post(house, SHEET, "Mo", form)
    assert answer.status_code == 303
    assert ((await sheet(house)).summary, (await sheet(house)).initiatives) == ({"de": "Gut gelaufen."}, 9)
    assert [one.text["de"] for one in await lines(house)] == ["Ein Kalender", "Nähe & <b>Ferne</b>", "Noch ein Einfall"]
    assert "Gut gelaufen." in (await house.get(f"{SHEET}?saved", "Mo")).text


async def test_what_could_not_be_saved_stays_in_the_form(house: House) -> None:
    await editor(house)
    await editor(house, "Bo")
    await post(house, SHEET, "Bo", {"do": "save", "summary.de": "Von Bo", "was.summary.de": ""})
    form = {
        "do": "add:ideas",
        "new.ideas": "Einfall",
        "summary.de": "Von Mo",
        "was.summary.de": "",
        "initiatives": "viele",
        "was.initiatives": "",
    }
    answer = await post(house, SHEET, "Mo", form)
    assert answer.status_code == 409
    assert "Bo hat hier inzwischen" in answer.text
    assert re.search(r"<textarea id=\"f-summary.de\"[^>]*>\nVon Mo</textarea>", answer.text)
    assert re.search(r"<textarea name=\"was.summary.de\"[^>]*>\nVon Bo</textarea>", answer.text)
    assert 'value="viele"' in answer.text
    assert 'value="Einfall"' in answer.text
    assert len(await lines(house)) == 2  # nothing was done before everything was saved
    again = await post(house, SHEET, "Mo", {"do": "save", "summary.de": "Von Mo", "was.summary.de": "Von Bo"})
    assert again.status_code == 303
    assert (await sheet(house)).summary == {"de": "Von Mo"}


async def test_lines_are_put_in_order_without_scripts(house: House) -> None:
    await editor(house)
    first, second = await lines(house)
    await post(house, SHEET, "Mo", {"do": f"unstar:{first.id}"})
    await post(house, SHEET, "Mo", {"do": f"star:{second.id}"})
    await post(house, SHEET, "Mo", {"do": f"to:ideas:{second.id}"})
    await post(house, SHEET, "Mo", {"do": f"up:{second.id}"})
    there = [(one.id, one.heading, one.key) for one in await lines(house)]
    assert there == [(second.id, "ideas", True), (first.id, "ideas", False)]
    answer = await post(house, SHEET, "Mo", {"do": f"remove:{first.id}"})
    assert [one.id for one in await lines(house)] == [second.id]
    number = re.search(r"undo=(\d+)", answer.headers["location"])
    assert number is not None
    await post(house, SHEET, "Mo", {"do": f"undo:{number[1]}"})
    assert len(await lines(house)) == 2
    one = await post(house, SHEET, "Mo", {"do": "merge", "chosen": first.id})
    assert (one.status_code, "mindestens zwei" in one.text) == (422, True)
    assert (await post(house, SHEET, "Mo", {"do": "invented"})).status_code == 422


async def test_scripts_save_field_by_field_and_hear_of_conflicts(house: House) -> None:
    await editor(house)
    await editor(house, "Bo")
    change = {"field": "summary.de", "text": "Von Bo", "base": ""}
    assert (await post(house, f"{SHEET}/save", "Bo", json={"changes": [change]})).json()["saved"][0]["result"] == "saved"
    told = (await post(house, f"{SHEET}/save", "Mo", json={"changes": [{**change, "text": "Von Mo"}]})).json()
    assert told["changes"] == (await sheet(house)).changes
    assert told["saved"] == [{"field": "summary.de", "result": "conflict", "text": "Von Bo", "by": "Bo", "error": ""}]
    refused = (
        await post(house, f"{SHEET}/save", "Mo", json={"changes": [{"field": "initiatives", "text": "x", "base": ""}]})
    ).json()
    assert refused["saved"][0]["error"].startswith("Bitte geben Sie eine ganze Zahl")
    broken: object
    for broken in ({}, [], {"changes": 3}, {"changes": [{"field": 1, "text": "", "base": ""}]}, {"changes": [{}]}):
        assert (await post(house, f"{SHEET}/save", "Mo", json=broken)).status_code == 422
    part = await house.get(f"{SHEET}?part", "Mo")
    assert 'id="sheet-fields"' in part.text
    assert "<html" not in part.text


async def test_the_sheet_leaves_as_files(house: House) -> None:
    await editor(house)
    text = (await house.get(f"{SHEET}/export.md", "Mo")).text
    assert text.startswith("# Was hilft?\n\nErgebnisse: Fachforum 1\\\nForum eins\\\nVernetzungstreffen\\\nDienstag, 4. Mai 2021")
    assert "- Nähe \\& \\<b\\>Ferne\\</b\\>" in text
    page = await house.get(f"{SHEET}/export.html?language=en", "Mo")
    assert '<html lang="en">' in page.text
    assert "<strong>Key finding:</strong> One calendar" in page.text
    assert "Nähe &amp; &lt;b&gt;Ferne&lt;/b&gt;" in page.text
    document = Document(io.BytesIO((await house.get(f"{SHEET}/export.docx", "Mo")).content))
    assert document.core_properties.title == "Ergebnisse: Fachforum 1"
    pdf = await house.get(f"{SHEET}/export.pdf", "Mo")
    assert pdf.headers["content-disposition"] == 'attachment; filename="treffen-forum-1-ergebnisse.pdf"'
    with pikepdf.open(io.BytesIO(pdf.content)) as opened:
        assert str(opened.Root.Lang) == "de"
    shown = (await house.get(f"{SHEET}/preview.json", "Mo")).json()
    assert shown["changes"] == (await sheet(house)).changes
    assert [page[:22] for page in shown["pages"]] == ["data:image/png;base64,"]


async def test_initiatives_that_were_in_the_room_are_counted_when_the_sheet_is_opened(house: House) -> None:
    session = await house.session("forum-1")
    async with house.services.db.work() as work:
        for number, who in enumerate(await work.session.exec(select(Person).where(Person.conference_id == house.conference.id))):
            seat = Seat(
                id=f"s{number}", conference_id=house.conference.id, session_id=session.id, person_id=who.id, entered=work.now
            )
            work.session.add(seat)
    house.clock.jump_to(session.ends - timedelta(minutes=1))
    await house.get(SHEET, "organiser")
    assert (await sheet(house)).initiatives is None
    house.clock.jump_to(session.ends)
    assert (
        'name="initiatives" inputmode="numeric" maxlength="4" autocomplete="off" data-field value="1"'
        in (await house.get(SHEET, "organiser")).text
    )
    assert (await sheet(house)).initiatives == 1


async def test_until_then_the_pages_say_that_results_follow(house: House) -> None:
    await editor(house)
    async with house.services.db.work() as work:
        await unpublish(house.services, work, await house.session("forum-1"), by=None)
        for document in await work.session.exec(select(ResultsDocument)):
            await work.session.delete(document)
    for address in ("/sessions/forum-1", "/forums"):
        assert "Ergebnisse folgen." in (await house.get(address)).text
    await post(house, f"{SHEET}/save", "Mo", json={"changes": [{"field": "expected", "text": "2021-05-11", "base": ""}]})
    for address in ("/sessions/forum-1", "/forums"):
        assert "Ergebnisse folgen am 11. Mai 2021." in (await house.get(address)).text
    house.clock.jump_to(house.clock.now() + timedelta(days=2))
    assert "Ergebnisse folgen." in (await house.get("/sessions/forum-1")).text


async def test_a_planned_publication_names_its_day(house: House) -> None:
    """On the session's page, and at the sheet's own address, which leads back to the session."""
    await editor(house)
    async with house.services.db.work() as work:
        await unpublish(house.services, work, await house.session("forum-1"), by=None)
        for document in await work.session.exec(select(ResultsDocument)):
            await work.session.delete(document)
    before = await house.get("/sessions/forum-1/results")
    assert (before.status_code, "Ergebnisse folgen." in before.text) == (404, True)
    await post(house, f"{SHEET}/publish", "Mo", {"do": "plan", "at": "2021-05-12T09:00"})
    for address in ("/sessions/forum-1", "/forums", "/sessions/forum-1/results"):
        assert "Ergebnisse folgen am 12. Mai 2021." in (await house.get(address)).text, address
    page = await house.get("/sessions/forum-1/results", accept_language="en")
    assert page.status_code == 404
    assert "Results follow on 12 May 2021." in page.text
    assert "Forum one" in page.text
    assert f'href="/{SLUG}/sessions/forum-1"' in page.text
    await post(house, f"{SHEET}/save", "Mo", json={"changes": [{"field": "expected", "text": "2021-05-13", "base": ""}]})
    assert "Ergebnisse folgen am 13. Mai 2021." in (await house.get("/sessions/forum-1")).text
    assert "Ergebnisse folgen" not in (await house.get("/sessions/nirgends/results")).text
    assert "Ergebnisse folgen" not in (await house.get("/sessions/pause/results")).text


async def test_strangers_are_told_of_the_day_on_which_they_can_read(house: House) -> None:
    """Published while the day runs: the archive's beginning is theirs."""
    await editor(house)
    house.clock.jump_to(datetime(2021, 5, 4, 9, 30, tzinfo=UTC))
    await post(house, f"{SHEET}/publish", "Mo", {"do": "publish"})
    house.at(State.LIVE)
    assert "Ergebnisse folgen am 4. Mai 2021." in (await house.get("/sessions/forum-1")).text
