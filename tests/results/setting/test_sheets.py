"""Any text makes a good PDF, whatever programs bring; and the three sheets of 2021 that the demo ships are good ones."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conference.base.words import say
from conference.demo.assets.places import DEMO, conference_of
from conference.demo.assets.sheets import sheet_of
from conference.results.content import Named
from tests.results.pdf_ua import faults
from tests.results.setting.sheets import OCCASION, full, pdf_of
from tests.results.setting.test_press import SMALL, words

FORUMS = [(session, results) for session in conference_of("2021")["sessions"] for results in session["results"]]
ANY = st.text(max_size=200)
# A title in which nothing can be seen is none, and PDF/UA has no documents without one.
SEEN = ANY.map(lambda text: f"Blatt {text}")


@settings(max_examples=12, deadline=None)
@given(SEEN, ANY, ANY, ANY)
def test_any_text_makes_a_good_pdf(title: str, entry: str, person: str, place: str) -> None:
    content = replace(
        full(1, text={"de": entry}),
        title={"de": title},
        question={},
        summary={"de": person},
        people=(Named(place, {"de": person}),),
    )
    made = asyncio.run(pdf_of(content, replace(OCCASION, conference=title, place=place, corrected=entry)))
    assert faults(made.data) == []


@pytest.mark.parametrize(("session", "results"), FORUMS, ids=[results["file"] for _, results in FORUMS])
def test_the_demos_sheets_say_what_the_file_says(session: dict[str, Any], results: dict[str, Any]) -> None:
    shipped = (DEMO / "2021" / results["file"]).read_bytes()
    assert faults(shipped) == []
    assert len(shipped) < SMALL
    assert words(shipped) == words(sheet_of(conference_of("2021")["conference"], session, results))
    said = words(shipped).replace(" ", "")
    for finding in session["findings"]:
        assert say(finding["text"], "de").replace(" ", "") in said
