"""Autosave: what is typed is stored field by field, and nobody overwrites what somebody else has written meanwhile."""

from __future__ import annotations

import pytest

from conference.base.errors import Invalid
from conference.people.model import Role
from conference.results.collecting import actions as collecting
from conference.results.history import events_of
from conference.results.sheets.fields import Page
from conference.results.sheets.saving import Change, Form, count_initiatives, save
from tests.results.house import House
from tests.results.sheets.writing import ROLES, lines, person, sheet, typed


async def history(house: House) -> list[tuple[str, str, object, object]]:
    async with house.services.db.read() as db:
        events = await events_of(db, (await house.session("forum-1")).id)
    told = [one for one in events if one.what != "imported"]
    return [(one.what, one.facts.get("about", ""), one.facts.get("before"), one.facts.get("after")) for one in told]


FIRST = "Impuls: Ada Beispiel, Agentur Beispiel"
STORED = [
    ("summary.de", "", "  Kurz  gesagt.\r\n\r\nMehr. ", "Kurz gesagt.\n\nMehr."),
    ("summary.en", "", "In short.", "In short."),
    ("initiatives", "", " 12 ", "12"),
    ("expected", "", "2021-05-05", "2021-05-05"),
    ("people", FIRST, "Impuls: Ada Muster, Amt\n\nGast: Bo\nCem", "Impuls: Ada Muster, Amt\nGast: Bo\nCem"),
]
REFUSED = [
    ("summary.de", "", "x" * 1501, "text_too_long"),
    ("summary.de", "", "家", "text_character"),
    ("initiatives", "", "zwölf", "sheet_initiatives"),
    ("initiatives", "", "10000", "sheet_initiatives"),
    ("initiatives", "", "-1", "sheet_initiatives"),
    ("expected", "", "morgen", "sheet_expected"),
    ("expected", "", "2021-02-30", "sheet_expected"),
    ("people", FIRST, "\n".join(f"P{n}" for n in range(21)), "sheet_people"),
    ("people", FIRST, "x" * 301, "text_too_long"),
]


async def test_each_field_is_stored_as_it_is_meant(house: House) -> None:
    first = (await sheet(house)).changes
    for field, base, text, stored in STORED:
        saved = await typed(house, field, text, base)
        assert (saved.result, saved.text) == ("saved", stored)
        assert (await typed(house, field, text, base)).result == "same"  # the same request once more, its answer was lost
        assert (await typed(house, field, text, stored)).result == "same"
    assert sorted(await history(house)) == sorted(("field_changed", field, base, stored) for field, base, _, stored in STORED)
    assert (await sheet(house)).changes == first + len(STORED)


async def test_people_keep_their_role_and_their_other_language(house: House) -> None:
    await typed(house, "people", "Impulse: Ada, Agency", "Impuls: Ada Beispiel, Agentur Beispiel", language="en")
    assert (await sheet(house)).people == [{"role": "Impulse", "text": {"en": "Ada, Agency"}}]
    await typed(house, "people", "", "Impulse: Ada, Agency", language="en")
    assert (await sheet(house)).people is None  # the program's again


async def test_who_is_late_sees_both_texts(house: House) -> None:
    ada = await person(house, "Ada", [(Role.MODERATOR, "forum-1")])
    await typed(house, "summary.de", "von Ada", by=ada)
    late = await typed(house, "summary.de", "von Bo")
    assert (late.result, late.text, late.by) == ("conflict", "von Ada", ada)
    assert (await sheet(house)).summary == {"de": "von Ada"}
    assert (await typed(house, "summary.de", "von beiden", late.text)).result == "saved"


async def test_a_line_is_changed_in_one_language_and_a_star_is_no_conflict(house: House) -> None:
    ada = await person(house, "Ada", [(Role.MODERATOR, "forum-1")])
    line = (await lines(house))[0]
    session = await house.session("forum-1")
    async with house.services.db.work() as work:
        await collecting.star(house.services, work, session, line.id, False, by=ada)
    field = f"line.{line.id}.de"
    assert (await typed(house, field, "Ein Kalender für alle", line.text["de"], by=ada)).result == "saved"
    assert (await lines(house))[0].text == {"de": "Ein Kalender für alle", "en": "One calendar"}
    late = await typed(house, field, "Zwei Kalender", line.text["de"])
    assert (late.result, late.text, late.by) == ("conflict", "Ein Kalender für alle", ada)
    assert (await typed(house, f"line.{line.id}.en", "", "One calendar")).result == "saved"
    assert (await lines(house))[0].text == {"de": "Ein Kalender für alle"}


async def test_a_line_that_was_taken_out_is_gone(house: House) -> None:
    line, session = (await lines(house))[0], await house.session("forum-1")
    async with house.services.db.work() as work:
        await collecting.take_out(house.services, work, session, line.id, by=None)
    assert (await typed(house, f"line.{line.id}.de", "doch", line.text["de"])).result == "gone"
    assert (await typed(house, "line.nothing.de", "x")).result == "gone"


async def test_what_cannot_be_is_refused_and_nothing_changes(house: House) -> None:
    first = (await sheet(house)).changes
    for field, base, text, code in REFUSED:
        saved = await typed(house, field, text, base)
        assert saved.error is not None
        assert (saved.result, saved.error.code) == ("refused", code)
    for field in ("title", "summary.fr", "line..de", "line.x.fr", ""):
        with pytest.raises(Invalid, match="field"):
            await typed(house, field, "x")
    assert (await sheet(house)).changes == first
    assert await history(house) == []


async def test_an_empty_line_is_not_stored(house: House) -> None:
    line = (await lines(house))[1]
    saved = await typed(house, f"line.{line.id}.de", "  ", line.text["de"])
    assert saved.error is not None
    assert (saved.result, saved.error.code) == ("refused", "text_missing")


async def test_one_refusal_does_not_hold_up_the_others(house: House) -> None:
    form = Form(None, Page("de", "Europe/Berlin"), ROLES)
    changes = [Change("initiatives", "viele", ""), Change("summary.de", "Gut.", "")]
    first = (await sheet(house)).changes
    number, saved = await save(house.services, await house.session("forum-1"), changes, form)
    assert (number, [one.result for one in saved]) == (first + 1, ["refused", "saved"])


async def test_initiatives_are_counted_once_and_by_people_afterwards(house: House) -> None:
    session = await house.session("forum-1")
    before, after = session.starts, session.ends
    await count_initiatives(house.services, session, 7, before)
    assert (await sheet(house)).initiatives is None
    await count_initiatives(house.services, session, 7, after)
    assert (await sheet(house)).initiatives == 7
    ada = await person(house, "Ada", [(Role.MODERATOR, "forum-1")])
    await typed(house, "initiatives", "", "7", by=ada)
    await count_initiatives(house.services, session, 8, after)
    assert (await sheet(house)).initiatives is None  # somebody has decided to say nothing
