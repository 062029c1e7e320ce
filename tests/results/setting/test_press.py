"""Sheets as PDF: the same bytes for the same sheet, small, in their order; nothing that is written breaks or runs."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from unicodedata import category

import pikepdf
import pytest

from conference.base.errors import Invalid, Unavailable
from conference.results.content import Content, Entry, Group
from conference.results.coverage import RUNS
from conference.results.setting import press as presses
from conference.results.setting.press import press, set_pictures, set_sheet
from conference.results.setting.shape import Look
from conference.results.text import clean
from conference.web.services import Services
from conference.web.texts import read_texts
from tests.results.pdf_ua import faults
from tests.results.pdf_words import read_off
from tests.results.setting.sheets import OCCASION, full, pdf_of

SMALL = 150 * 1024
ENDLESS = "#for a in range(100000) { for b in range(100000) {} }"
HOSTILE = [
    '#set page(width: 1pt); #import "@preview/x:1.0.0": * #read("/etc/passwd") #panic()',
    "$ sum_(x=1)^oo $ *fett* _kursiv_ = Titel @verweis <marke> `code` // fort /* fort */ \\ \\u{1F600} https://example.org",
    "<script>alert(1)</script> &amp; ]]> -- ' \" {{ 7*7 }} {% x %} ${x} %n%s",
    "- Liste + Aufzählung / Begriff: x ~ --- ...",
    "](javascript:alert(1)) [x]: y | | \\begin{x} \\input{/etc/passwd}",
]


def words(pdf: bytes) -> str:
    """As pdftotext reads them, in one line, hyphens at the ends of lines taken back."""
    text = read_off(pdf, "-raw").replace("\u00ad\n", "").replace("\f", "\n")
    return " ".join(text.split())


def services() -> Services:
    return cast(Services, SimpleNamespace(texts=read_texts(), setting=asyncio.Semaphore(1)))


async def test_a_full_sheet_is_small_and_says_everything_in_order() -> None:
    content = full(rounds=2)
    made = await set_sheet(services(), content, replace(OCCASION, corrected="Korrigiert am 5. Mai 2021: ein Name", example=True))
    said = words(made.data)
    assert made.pages == 2
    assert made.missing == ()
    assert len(made.data) < SMALL
    expected = [
        "Ergebnisse · Forum 2",
        "Beispiel",
        "Wie finden Rückkehrende und Regionen zueinander?",
        "Zusammenarbeit auf Bundesebene",
    ]
    expected += ["Impuls: Ada Beispiel, Agentur Beispiel", "Moderation: Bert Beispiel", "17 Initiativen waren dabei"]
    expected += [
        "Korrigiert am 5. Mai 2021: ein Name",
        "Kurz gesagt: gemeinsam geht es besser.",
        "Darüber waren sich alle einig.",
    ]
    for group in content.groups:
        expected += [group.title["de"], "Runde 1", *(one.text["de"] for one in group.entries[:3]), "Runde 2"]
        expected += [one.text["de"] for one in group.entries[3:]]
    at = 0
    for one in expected:
        found = said.find(one, at)
        assert found >= at, one
        at = found + len(one)
    assert said.count("Zentrale Erkenntnis:") == 5
    assert faults(made.data) == []


async def test_the_same_sheet_gives_the_same_bytes() -> None:
    first, second = await pdf_of(full()), await pdf_of(full())
    assert first == second


async def test_a_sheet_without_number_question_or_findings() -> None:
    empty = Content({"de": "Abschluss"}, {}, {}, (), None, tuple(replace(group, entries=()) for group in full().groups))
    made = await pdf_of(empty, replace(OCCASION, number=None, kind="Plenum"))
    assert made.pages == 1
    assert "Ergebnisse · Plenum Abschluss In diesem Programmpunkt" in words(made.data)
    assert faults(made.data) == []


async def test_another_language_is_named_where_it_stands() -> None:
    made = await pdf_of(full(text={"en": "Only in English"}))
    with pikepdf.open(io.BytesIO(made.data)) as pdf:
        languages = [str(one["/Lang"]) for one in pdf.objects if isinstance(one, pikepdf.Dictionary) and "/Lang" in one]
    assert sorted(languages) == ["de", "en"]
    assert faults(made.data) == []


async def test_previews_are_pictures_of_each_page() -> None:
    pictures = await set_pictures(services(), full(rounds=2), OCCASION)
    assert [picture[:8] for picture in pictures] == [b"\x89PNG\r\n\x1a\n"] * 2


@pytest.mark.parametrize("face", ["atkinson", "noto-sans", "noto-serif"])
async def test_every_face_sets_every_script(face: str) -> None:
    text = "Łódź, Αθήνα, София, x\u0304, ẹ\u0301, 5 ≤ 6 €, → ✓ ☐, ♪ ◊"
    made = await pdf_of(full(1, text={"de": text}), look=Look(face=face))
    assert made.missing == ()
    assert faults(made.data) == []
    assert text.replace(" ", "") in words(made.data).replace(" ", "")
    assert len(made.data) < SMALL


@pytest.mark.parametrize("face", ["atkinson", "noto-sans", "noto-serif"])
async def test_whatever_may_be_typed_can_be_set_in_every_weight(face: str) -> None:
    every = [chr(point) for first, last in RUNS for point in range(first, last + 1)]
    typed = " ".join(f"a{one}" if category(one)[0] == "M" else one for one in every)
    text = {"de": clean(typed, len(typed))}
    content = replace(full(1, text=text), title=text, question=text, groups=(Group("x", text, (Entry("y", text, True),)),))
    made = await pdf_of(content, look=Look(face=face))
    assert made.missing == ()
    with pikepdf.open(io.BytesIO(made.data)) as pdf:
        assert len(pdf.pages) == made.pages


@pytest.mark.parametrize("text", HOSTILE)
async def test_what_is_written_stands_as_text(text: str) -> None:
    content = replace(full(1, text={"de": text}), title={"de": text}, question={"de": text}, summary={"de": text})
    made = await pdf_of(content, replace(OCCASION, conference=text, place=text, corrected=text))
    assert words(made.data).replace(" ", "").count(text.replace(" ", "")) >= 4
    assert faults(made.data) == []
    assert b"/URI" not in made.data


async def test_what_no_typeface_has_is_a_box_where_programs_brought_it() -> None:
    made = await pdf_of(replace(full(1), title={"de": "Gut 😀 שלום \u202e\x00 x"}))
    assert made.missing == ("😀", "ש", "ל", "ו", "ם")
    assert "Gut □ □□□□ x" in words(made.data)


@pytest.mark.parametrize("text", ["a" * 500, "https://www.example.org/" + "x" * 470, "ä-" * 250, "W" * 60])
async def test_long_words_stay_on_the_page(text: str) -> None:
    made = await pdf_of(replace(full(1, text={"de": text}), question={"de": text[:200]}))
    right = max(float(part.partition('"')[0]) for part in read_off(made.data, "-bbox").split('xMax="')[1:])
    assert right <= 595.3 - 60
    assert text in words(made.data).replace(" ", "")
    assert faults(made.data) == []


async def test_very_many_long_findings_are_set() -> None:
    entries = tuple(Entry(str(n), {"de": f"{n} " + "lang und breit " * 32}) for n in range(300))
    made = await pdf_of(replace(full(1), groups=(Group("topics", {"de": "Themen"}, entries),)))
    assert made.pages > 15
    assert "299 lang" in words(made.data)


@pytest.mark.parametrize(
    ("template", "limit", "value"),
    [
        (ENDLESS, "TIMEOUT", 0.5),
        (ENDLESS, "MOST_SECONDS", 1),
        ('#range(40).fold("x" * 4096, (grown, _) => grown + grown)', "MOST_MEMORY", 400 * 1024**2),
    ],
)
async def test_one_that_hangs_or_grows_is_ended(
    template: str, limit: str, value: float, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "sheet.typ"
    file.write_text(template)
    monkeypatch.setattr(presses, "TEMPLATE", file)
    monkeypatch.setattr(presses, limit, value)
    with pytest.raises(Invalid) as refused:
        await press({}, made=OCCASION.made)
    assert refused.value.code == "sheet_too_long"


async def test_who_waits_too_long_for_a_turn_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presses, "PATIENCE", 0.05)
    one = services()
    async with presses.turn(one):
        with pytest.raises(Unavailable) as refused:
            await set_sheet(one, full(1), OCCASION)
    assert refused.value.code == "setting"
    assert (await set_sheet(one, full(1), OCCASION)).pages == 1
