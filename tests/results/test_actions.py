# ruff: noqa: E501  (tables are easier to read in one line)
"""Results come in out of a file, again and again, and never leave anything behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import select

from conference.base.errors import Invalid, Unavailable
from conference.base.jobs import Job
from conference.desk.importing import import_conference
from conference.live.model import OutboxRow
from conference.results.actions import store_document
from conference.results.file import DocumentFacts
from conference.results.model import Finding, Report, ResultsDocument, ResultsSheet, SheetVersion
from tests.results.house import House, conference_yaml, small_pdf

FACTS = DocumentFacts(document="ergebnisse", title={"de": "Ergebnisse"}, file="results/forum-1.pdf", published=True)


async def rows_of(house: House) -> list[Any]:
    """Every row of results, comparable."""
    async with house.services.db.read() as db:
        found = [
            row
            for table in (Finding, ResultsSheet, SheetVersion, ResultsDocument, Report)
            for row in await db.exec(select(table))
        ]
    return sorted(repr(row.model_dump()) for row in found)


async def told(house: House) -> int:
    async with house.services.db.read() as db:
        return len([row for row in await db.exec(select(OutboxRow)) if row.kind in ("results.changed", "report.changed")])


async def test_the_same_file_again_changes_nothing(any_house: House) -> None:
    before = await rows_of(any_house), await any_house.keys(), await told(any_house)
    any_house.clock.advance(hours=1)
    await any_house.again()
    assert (await rows_of(any_house), await any_house.keys(), await told(any_house)) == before


async def test_a_changed_pdf_gets_a_new_key_and_the_old_object_goes(any_house: House) -> None:
    before = set(await any_house.keys())
    (any_house.folder / "results/forum-1.pdf").write_bytes(small_pdf("corrected"))
    await any_house.again()
    await any_house.work_off_jobs()
    after = set(await any_house.keys())
    assert len(before - after) == len(after - before) == 1
    assert (await any_house.get("/sessions/forum-1/results/ergebnisse.pdf")).content == small_pdf("corrected")


async def test_a_changed_file_brings_up_to_date(any_house: House) -> None:
    document = conference_yaml()
    forum = document["sessions"][0]
    forum["findings"] = [{"heading": "practice", "text": "Ein anderer Beitrag"}]
    forum["results"][0]["title"] = "Ergebnisse, korrigiert"
    document["sessions"][1]["results"] = []
    document["report"] = None
    keys = set(await any_house.keys())
    await any_house.again(document)
    await any_house.work_off_jobs()
    text = (await any_house.get("/sessions/forum-1/results")).text
    assert "Ein anderer Beitrag" in text
    assert "Ein gemeinsamer Kalender" not in text
    assert "Ergebnisse, korrigiert" in text
    assert (await any_house.get("/sessions/forum-2/results/ergebnisse.pdf")).status_code == 404
    assert (await any_house.get("/report")).status_code == 404
    assert len(keys - set(await any_house.keys())) == 2


async def test_what_is_no_pdf_leaves_nothing_behind(house: House) -> None:
    session, before = await house.session("forum-1"), (await rows_of(house), await house.keys())
    for data in (b"<html>", b"%PDF-1.7 no end", b""):
        with pytest.raises(Invalid):
            await store_document(house.services, session, FACTS, data)
    assert (await rows_of(house), await house.keys()) == before


async def test_a_failing_database_leaves_no_object(house: House) -> None:
    session, keys = await house.session("forum-1"), await house.keys()
    await house.services.db.aclose()
    broken = FACTS.model_copy(update={"title": object()})  # no JSON: the unit of work fails after the object was put
    with pytest.raises(Exception, match="JSON serializable"):
        await store_document(house.services, session, broken, small_pdf("new"))
    assert await house.keys() == keys


async def test_a_store_that_is_full_leaves_no_row(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    session, before = await house.session("pause"), await rows_of(house)

    async def full(*_: object, **__: object) -> None:
        raise Unavailable("store_full")

    monkeypatch.setattr(house.services.storage, "put", full)
    with pytest.raises(Unavailable):
        await store_document(house.services, session, FACTS, small_pdf("new"))
    assert await rows_of(house) == before


async def test_deleting_waits_for_the_commit(house: House) -> None:
    keys = set(await house.keys())
    (house.folder / "results/forum-1.pdf").write_bytes(small_pdf("second"))
    await house.again()
    assert keys <= set(await house.keys())
    async with house.services.db.read() as db:
        jobs = [job.kind for job in await db.exec(select(Job))]
    assert jobs == ["results.forget"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda d: d["sessions"][0]["findings"][0].update(heading="wishes"), "sessions[0].findings[0].heading: must be one of topics, practice, ideas"),
        (lambda d: d["sessions"][0]["findings"][1].pop("text"), "sessions[0].findings[1].text: is missing"),
        (lambda d: d["sessions"][0]["findings"][1].update(text=7), "sessions[0].findings[1].text: must be a text, or {de: a text, en: a text}"),
        (lambda d: d["sessions"][0]["findings"][1].update(text={"en": " "}), "sessions[0].findings[1].text: needs a text"),
        (lambda d: d["sessions"][0]["findings"][1].update(text={"fr": "non"}), "sessions[0].findings[1].text: has no language fr; there are de, en"),
        (lambda d: d["sessions"][0]["findings"][1].update(round=1), "sessions[0].findings[1].round: there is no round 1"),
        (lambda d: d["sessions"][2]["findings"][1].update(round=3), "sessions[2].findings[1].round: there is no round 3"),
        (lambda d: d["sessions"][0]["results"][0].update(document="Zu Groß"), "sessions[0].results[0].document: may have only small letters a to z, digits and single hyphens"),
        (lambda d: d["sessions"][0]["results"][0].update(file="../../etc/passwd"), "sessions[0].results[0].file: must be the path of a file beside the conference file, such as results/forum-1.pdf"),
        (lambda d: d["sessions"][0]["results"][0].update(file="/etc/passwd"), "sessions[0].results[0].file: must be the path of a file beside the conference file, such as results/forum-1.pdf"),
        (lambda d: d["sessions"][0]["results"][0].update(published="maybe"), "sessions[0].results[0].published: must be true or false"),
        (lambda d: d["sessions"][0]["results"][0].update(publishd=True), "sessions[0].results[0].publishd: is not known here; check the spelling"),
        (lambda d: d["sessions"][1]["results"][1].update(document="ergebnisse"), "sessions[1].results[1].document: ergebnisse is there twice"),
        (lambda d: d["report"].pop("body"), "report.body: is missing"),
        (lambda d: d["report"].update(title="a\x07b"), "report.title: contains control characters"),
    ],
)  # fmt: skip
async def test_faults_are_told_in_plain_words(house: House, change: Callable[[dict[str, Any]], object], fault: str) -> None:
    document, before = conference_yaml(), await rows_of(house)
    change(document)
    with pytest.raises(Invalid) as refused:
        await house.again(document)
    assert refused.value.facts["faults"] == [fault]
    assert await rows_of(house) == before


async def test_a_missing_file_is_named(house: House) -> None:
    (house.folder / "results/forum-1.pdf").unlink()
    with pytest.raises(Invalid) as refused:
        await import_conference(house.services, house.folder / "conference.yaml")
    assert "results/forum-1.pdf" in refused.value.facts["faults"][0]
