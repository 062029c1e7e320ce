"""Import, again, change, withdraw: the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from conference.access.model import State
from conference.cards.actions import withdraw_card
from conference.cards.store import cards_in
from conference.cards.sweeping import wanted_objects
from conference.desk.exporting import export_conference
from conference.desk.importing import import_conference
from conference.results.collecting.settings import set_headings
from conference.results.model import Collecting, ResultsSheet, SheetVersion
from conference.results.publishing.actions import publish, unpublish
from conference.results.publishing.notice import tell_attendees
from conference.results.publishing.overview import overview_of
from conference.results.publishing.purge import forget_purged_results
from conference.results.reconcile import named_keys, reconcile_results
from conference.results.store import findings_of, next_publication, sheet_for_change, versions_of
from tests.cards.test_actions import rows_of as rows_of_cards
from tests.results.house import House, conference_yaml, house_at, small_pdf
from tests.results.publishing.test_documents import bring, readable
from tests.results.test_actions import rows_of as rows_of_results

PAGES = ("/cards", "/cards/heimat", "/sessions/forum-1/results", "/sessions/raum-3/results", "/report", "/easy")


async def test_the_life_of_results_and_cards(database_url: str, tmp_path: Path) -> None:
    async with house_at(tmp_path, database_url=database_url) as house:
        assert [(await house.get(page)).status_code for page in PAGES] == [200] * len(PAGES)
        keys = await house.keys()
        await house.again()
        assert await house.keys() == keys
        (house.folder / "results/forum-1.pdf").write_bytes(small_pdf("corrected"))
        document = conference_yaml()
        del document["initiatives"][1]
        await house.again(document)
        async with house.services.db.work() as work:
            for card in await cards_in(work.session, house.conference.id):
                await withdraw_card(house.services, work, card.id, by=None)
        await house.work_off_jobs()
        async with house.services.db.read() as db:
            assert await wanted_objects(db) == {}
            assert sorted(await named_keys(db)) == await house.keys()
        assert (await house.get("/sessions/forum-1/results/ergebnisse.pdf")).content == small_pdf("corrected")
        await _publishing(house)
        house.at(State.CLOSED)
        found = [(await house.get(page)).status_code for page in PAGES]
        assert found == [410, 410, 200, 200, 200, 200]
        house.at(State.PURGED)
        assert await forget_purged_results(house.services) > 0
        assert (await house.get("/sessions/raum-3/results")).status_code == 200


async def _publishing(house: House) -> None:
    """Planned, public, written about, compared."""
    services, room, moment = house.services, await house.session("raum-3"), house.clock.now() + timedelta(hours=1)
    await publish(services, room, by=None, at=moment, note="neu")
    async with services.db.read() as db:
        assert await next_publication(db, house.conference.id, house.clock.now()) == moment
    house.clock.jump_to(moment)
    async with services.db.read() as db:
        assert await next_publication(db, house.conference.id, moment) is None
        rows = {row.session.slug: row for row in await overview_of(db, house.conference.id, moment)}
    assert rows["raum-3"].position.shown is not None
    assert rows["raum-3"].position.shown.number == 2
    async with services.db.work() as work:
        assert await tell_attendees(services, work, house.conference, [room.id], by=None) == (3, 1)
    assert (await reconcile_results(services)).missing == []
    assert (await house.get("/")).status_code == 200


async def test_what_is_exported_is_what_was_imported(tmp_path: Path) -> None:
    """Also a sheet with versions, one of them still to come, words of its own, and a PDF that was brought."""
    async with house_at(tmp_path) as house:
        services, forum, room = house.services, await house.session("forum-1"), await house.session("raum-3")
        async with services.db.work() as work:
            await unpublish(services, work, forum, by=None)
            sheet = await sheet_for_change(work, room)
            sheet.headings = [
                {"key": "ideas", "title": {"de": "Einfälle", "en": "Notions"}},
                {"key": "own", "title": {"de": "Eigenes"}},
            ]
            sheet.summary, sheet.initiatives = {"de": "Kurz gesagt."}, 12
            sheet.people = [{"role": "moderator", "text": {"de": "Mo"}}]
            sheet.collecting, sheet.closed, sheet.told = Collecting.MODERATORS, work.now, work.now
            sheet.expected = work.now + timedelta(days=2)
        await publish(services, room, by=None, note="mit Überschriften")
        await bring(house, readable(), title="Papier", summary="Worum es geht.", place="beside")
        async with services.db.work() as work:
            finding = (await findings_of(work.session, room.id))[0]
            finding.text = {"en": "Typed in English"}
            work.session.add(finding)
        await publish(services, room, by=None, at=house.clock.now() + timedelta(days=1))
        await house.work_off_jobs()
        before = await rows_of_results(house), await rows_of_cards(house), await house.keys()
        await export_conference(services, "treffen", tmp_path / "out.zip")
        await import_conference(services, tmp_path / "out.zip")
        assert (await rows_of_results(house), await rows_of_cards(house), await house.keys()) == before
        pages = await read_of(house)
        zipped = (await house.get("/results.zip")).content
    async with house_at(tmp_path / "other") as other:
        await import_conference(other.services, tmp_path / "out.zip")
        sheet, versions = await sheet_of_room(other)
        assert sheet.changes == versions[0].changes
        assert await read_of(other) == pages
        assert (await other.get("/results.zip")).content == zipped
        assert (await other.get("/sessions/forum-1/results")).status_code == 404
        other.clock.advance(days=1)
        assert "Typed in English" in (await other.get("/sessions/raum-3/results")).text


async def read_of(house: House) -> list[str]:
    """What two pages say, whichever id the conference has."""
    pages = [(await house.get(page)).text for page in ("/sessions/raum-3/results", "/sessions/forum-2/results")]
    return [page.replace(house.conference.id, "") for page in pages]


async def test_headings_of_ones_own_travel_whoever_typed_them(tmp_path: Path) -> None:
    """Keys as the page makes them, and a title in English alone."""
    async with house_at(tmp_path) as house:
        services, room = house.services, await house.session("raum-3")
        for headings, language in (
            ([("ideas", {"de": "Ideen"}), ("", {"de": "Nächste Schritte"})], "de"),
            ([("", {"en": "Next steps"})], "en"),
        ):
            async with services.db.work() as work:
                await set_headings(services, work, room, headings, language, by=None)
            before = await rows_of_results(house)
            await export_conference(services, "treffen", tmp_path / "out.zip")
            await import_conference(services, tmp_path / "out.zip")
            assert await rows_of_results(house) == before


async def test_a_sheet_from_before_there_were_versions_travels(tmp_path: Path) -> None:
    async with house_at(tmp_path) as house:
        services, room = house.services, await house.session("raum-3")
        async with services.db.work() as work:
            for version in await versions_of(work.session, room.id):
                version.content = {**version.content, "people": None, "summary": None}
                work.session.add(version)
        before = await rows_of_results(house)
        await export_conference(services, "treffen", tmp_path / "out.zip")
        await import_conference(services, tmp_path / "out.zip")
        assert await rows_of_results(house) == before


async def test_a_pdf_may_be_called_what_it_likes(tmp_path: Path) -> None:
    """Even as a version of the sheet."""
    async with house_at(tmp_path) as house:
        await publish(house.services, await house.session("raum-3"), by=None)
        await bring(house, readable(), title="Version 1", place="beside")
        before = await rows_of_results(house), await house.keys()
        await export_conference(house.services, "treffen", tmp_path / "out.zip")
        await import_conference(house.services, tmp_path / "out.zip")
        assert (await rows_of_results(house), await house.keys()) == before


async def sheet_of_room(house: House) -> tuple[ResultsSheet, list[SheetVersion]]:
    session = await house.session("raum-3")
    async with house.services.db.read() as db:
        sheet = await db.get(ResultsSheet, session.id)
        assert sheet is not None
        return sheet, await versions_of(db, session.id)


async def test_a_corrected_program_takes_no_results_away(tmp_path: Path) -> None:
    async with house_at(tmp_path) as house:
        document = conference_yaml()
        for entry in document["sessions"]:
            for key in ("findings", "results"):
                entry.pop(key, None)
        document["sessions"][0]["title"] = "Forum eins, verschoben"
        before = await rows_of_results(house)
        await house.again(document)
        assert await rows_of_results(house) == before
