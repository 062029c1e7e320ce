"""Import, again, change, withdraw: the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from conference.access.model import State
from conference.cards.actions import withdraw_card
from conference.cards.store import cards_in
from conference.cards.sweeping import wanted_objects
from conference.desk.exporting import export_conference
from conference.desk.importing import import_conference
from conference.results.publishing.actions import unpublish
from conference.results.store import object_keys_of as document_keys_of
from tests.cards.test_actions import rows_of as rows_of_cards
from tests.results.house import conference_yaml, house_at, small_pdf
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
            assert sorted(await document_keys_of(db, house.conference.id)) == await house.keys()
        assert (await house.get("/sessions/forum-1/results/ergebnisse.pdf")).content == small_pdf("corrected")
        house.at(State.CLOSED)
        found = [(await house.get(page)).status_code for page in PAGES]
        assert found == [410, 410, 200, 200, 200, 200]


async def test_what_is_exported_is_what_was_imported(tmp_path: Path) -> None:
    async with house_at(tmp_path) as house:
        async with house.services.db.work() as work:
            await unpublish(house.services, work, await house.session("forum-1"), by=None)
        before = await rows_of_results(house), await rows_of_cards(house), await house.keys()
        await export_conference(house.services, "treffen", tmp_path / "out.zip")
        await import_conference(house.services, tmp_path / "out.zip")
        assert (await rows_of_results(house), await rows_of_cards(house), await house.keys()) == before
