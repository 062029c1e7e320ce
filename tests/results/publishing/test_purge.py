"""After the purge stays what was public and is to stay; the store holds what rows name, and nothing else."""

from __future__ import annotations

from sqlmodel import select

from conference.access.model import State
from conference.results.actions import keep_sheet
from conference.results.model import Finding, ResultsDocument, ResultsSheet, SheetVersion
from conference.results.publishing.actions import publish
from conference.results.publishing.purge import forget_purged_results
from conference.results.reconcile import reconcile_results
from conference.results.store import sheet_locked
from tests.results.house import House
from tests.results.publishing.test_actions import say
from tests.results.test_actions import rows_of


async def test_what_stays_after_the_purge(any_house: House) -> None:
    house = any_house
    services, room = house.services, await house.session("raum-3")
    await publish(services, room, by=None)
    await say(house, "Zweite Fassung")
    await publish(services, await house.session("forum-1"), by=None)
    await say(house, "Nie veröffentlicht")
    async with services.db.work() as work:
        await keep_sheet(services, work, await house.session("forum-2"), False, by=None)
    assert await forget_purged_results(services) == 0
    house.at(State.PURGED)
    pages = [(await house.get(f"/sessions/{slug}/results")).text for slug in ("forum-1", "raum-3")]
    assert await forget_purged_results(services) > 0
    await house.work_off_jobs()
    assert [(await house.get(f"/sessions/{slug}/results")).text for slug in ("forum-1", "raum-3")] != pages  # no older versions
    assert "Zweite Fassung" in (await house.get("/sessions/forum-1/results")).text
    statuses = [
        (await house.get(f"/sessions/{slug}/results/ergebnisse.pdf")).status_code for slug in ("forum-1", "forum-2", "raum-3")
    ]
    assert statuses == [200, 410, 200]
    async with services.db.read() as db:
        counts = [len(list(await db.exec(select(table)))) for table in (Finding, ResultsSheet, SheetVersion, ResultsDocument)]
    assert counts == [0, 2, 2, 1]
    rows, keys = await rows_of(house), await house.keys()
    assert len([key for key in keys if key.startswith("results/")]) == 3
    assert await forget_purged_results(services) == 0
    assert (await rows_of(house), await house.keys()) == (rows, keys)


async def test_after_the_purge_there_is_no_draft_and_nothing_new_becomes_public(house: House) -> None:
    services, room = house.services, await house.session("raum-3")
    async with services.db.work() as work:
        sheet = await sheet_locked(work, room)
        sheet.summary, sheet.people = {"de": "Nur unter uns"}, [{"role": "host", "text": {"de": "Erika Muster"}}]
        sheet.headings, sheet.initiatives, sheet.expected = [{"key": "ideas", "title": {"de": "Nur wir"}}], 7, work.now
    page = "/sessions/raum-3/results"
    house.at(State.PURGED)
    before = (await house.get(page)).text
    desk = "//desk/treffen/results"
    assert (await house.post(desk, "organiser", session="raum-3", do="publish")).status_code == 410
    await forget_purged_results(services)
    sheet = await sheet_of(house)
    assert (sheet.summary, sheet.people, sheet.headings, sheet.initiatives, sheet.expected) == ({}, None, None, None, None)
    assert (await house.get(page)).text == before
    assert (await house.post(desk, "organiser", session="raum-3", do="plan", at="2031-01-01T10:00")).status_code == 410


async def test_what_remains_can_be_taken_back_after_the_purge(house: House) -> None:
    desk, paths = "//desk/treffen/results", ("/sessions/forum-1/results", "/sessions/forum-1/results/ergebnisse.pdf")
    house.at(State.PURGED)
    await forget_purged_results(house.services)
    shown = (await house.get(desk, "organiser")).text
    assert 'value="unpublish_document"' in shown
    assert 'value="publish"' not in shown
    assert [(await house.get(path)).status_code for path in paths] == [200, 200]
    done = await house.post(desk, "organiser", session="forum-1", do="unpublish_document", document="ergebnisse")
    assert done.headers["location"].endswith("?done=document_unpublished#forum-1")
    assert [(await house.get(path)).status_code for path in paths] == [200, 410]
    await house.post(desk, "organiser", session="forum-1", do="let_go")
    assert (await house.get(paths[0])).status_code == 410
    assert await forget_purged_results(house.services) > 0
    async with house.services.db.read() as db:
        assert list(await db.exec(select(ResultsDocument))) == []


async def sheet_of(house: House) -> ResultsSheet:
    session = await house.session("raum-3")
    async with house.services.db.read() as db:
        return (await db.exec(select(ResultsSheet).where(ResultsSheet.session_id == session.id))).one()


async def test_the_store_holds_what_rows_name(any_house: House) -> None:
    house, services = any_house, any_house.services
    await publish(services, await house.session("raum-3"), by=None)
    keys = await house.keys()
    old, young = f"results/{services.ids.secret()}.pdf", f"results/{services.ids.secret()}.pdf"
    await services.storage.put(old, b"%PDF-", "application/pdf")
    house.clock.advance(hours=2)
    await services.storage.put(young, b"%PDF-", "application/pdf")
    done = await reconcile_results(services)
    assert (done.deleted, done.missing) == (1, [])
    assert sorted(await house.keys()) == sorted([*keys, young])
    async with services.db.read() as db:
        (version,) = [one for one in await db.exec(select(SheetVersion)) if one.object_key is not None]
    assert version.object_key is not None
    await services.storage.delete(version.object_key)
    assert (await reconcile_results(services)).missing == [version.object_key]
