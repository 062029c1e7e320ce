"""Texts of a sheet: cleaned quietly where nothing is lost, refused with the character named where something would be."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Any
from unicodedata import category, is_normalized

import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped,unused-ignore]
from hypothesis import given
from hypothesis import strategies as st

from conference.base.errors import Invalid
from conference.demo.assets.places import FONTS
from conference.demo.assets.typefaces import covered, runs
from conference.results.coverage import RUNS
from conference.results.text import clean, shown
from conference.web.errors import explain
from conference.web.texts import read_texts

UNSEEN = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\ufe0f"


def refused(text: str, most: int = 500, **rules: bool) -> Invalid:
    with pytest.raises(Invalid) as error:
        clean(text, most, **rules)
    return error.value


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Grüße aus Görlitz \n", "Grüße aus Görlitz"),
        ("Gru\u0308ße", "Grüße"),
        ("eins\r\nzwei\tdrei", "eins zwei drei"),
        ("Zu\u00adkunft\u200b und\ufeff", "Zukunft und"),
        ("✔\ufe0f erledigt → gut", "✔ erledigt → gut"),
        ("10\u202f% und 20\u2009km", "10\u00a0% und 20 km"),
        ("Łódź, Αθήνα, София, 5 ≤ 6 €", "Łódź, Αθήνα, София, 5 ≤ 6 €"),
        ("#set page(width: 1pt) $x^2$ <b>fett</b> @ref \\ // /* */", "#set page(width: 1pt) $x^2$ <b>fett</b> @ref \\ // /* */"),
        ("\u00a0 \u200b ", ""),
        ("e\u200b\u0301", "é"),
        ("\ufb01nden und e\ufb03zient", "finden und effizient"),
    ],
)  # fmt: skip
def test_what_is_kept(typed: str, kept: str) -> None:
    assert clean(typed, 500) == kept


def test_paragraphs_stay_where_they_may() -> None:
    assert clean(" eins \r\n\r\n\r\n\u2028 zwei  drei\n", 500, lines=True) == "eins\n\nzwei drei"
    assert clean(" eins \n\n zwei", 500) == "eins zwei"


@pytest.mark.parametrize(
    ("typed", "code", "character", "named", "place"),
    [
        ("gut 😀", "text_character", "😀", "U+1F600", 5),
        ("Gruß an שלום", "text_character", "ש", "U+05E9", 9),
        ("\u202egnu", "text_control", "", "U+202E", 1),
        ("a\u2066b", "text_control", "", "U+2066", 2),
        ("a\x00b", "text_control", "", "U+0000", 2),
        ("a\x1b[31m", "text_control", "", "U+001B", 2),
        ("a\ud800", "text_character", "", "U+D800", 2),
        ("\ue000", "text_character", "", "U+E000", 1),
        ("a" + "\u0323\u0301\u0302\u0304" * 8, "text_control", "", "U+0323", 4),
        ("\u0301", "text_control", "", "U+0301", 1),
        ("東京", "text_character", "東", "U+6771", 1),
    ],
)
def test_what_is_refused_is_named(typed: str, code: str, character: str, named: str, place: int) -> None:
    error = refused(typed)
    assert (error.code, error.facts["character"], error.facts["point"], error.facts["place"]) == (code, character, named, place)


def test_sentences_name_the_character_and_its_place() -> None:
    texts = read_texts()
    assert explain(refused("Wir sind froh 😀"), texts["de"]) == (
        "Das Zeichen „😀“ (U+1F600) nach „Wir sind froh“ lässt sich nicht drucken. Bitte schreiben Sie es in Worten."
    )
    assert explain(refused("\u202egnu"), texts["en"]) == (
        "There is a control character (U+202E) at the beginning. Please type that place again."
    )
    assert explain(refused("a" * 501), texts["de"]) == (
        "Dieser Text hat 501 Zeichen, möglich sind höchstens 500. Bitte kürzen Sie ihn."
    )
    assert explain(refused(" ", needed=True), texts["de"]) == "Bitte schreiben Sie hier etwas."
    assert "{" not in explain(refused("{code}\ue000"), texts["de"]).replace("{code}", "")


@pytest.mark.parametrize("text", ["a" * 100_000, "\u0316\u0301" * 50_000, "a" * 501, "a\n" * 400])
def test_what_is_too_long_costs_nothing(text: str) -> None:
    assert refused(text).code == "text_too_long"


@given(st.text(max_size=200), st.booleans())
def test_cleaned_is_fit_for_every_page(text: str, lines: bool) -> None:
    try:
        kept = clean(text, 150, lines=lines)
    except Invalid:
        return
    assert all(shown(one) or (lines and one == "\n") for one in kept)
    assert is_normalized("NFC", kept)
    assert len(kept) <= 150
    assert clean(kept, 150, lines=lines) == kept
    assert "  " not in kept
    assert "\n\n\n" not in kept


@given(st.text(st.sampled_from("aäß é.\n\t" + UNSEEN), max_size=60))
def test_what_nobody_sees_changes_nothing(text: str) -> None:
    seen = "".join(one for one in text if one not in UNSEEN)
    assert clean(text, 100) == clean(seen, 100) == " ".join(seen.split())


def test_the_table_is_what_the_fonts_have() -> None:
    assert runs(covered()) == list(RUNS)
    assert not any(category(chr(point))[0] == "C" for first, last in RUNS for point in range(first, last + 1))


@pytest.mark.parametrize("family", ["AtkinsonHyperlegibleNext", "NotoSans", "NotoSerif"])
def test_all_weights_have_the_same_characters(family: str) -> None:
    regular, semi, bold = (
        {*TTFont(FONTS / f"{family}-{weight}.ttf").getBestCmap()} for weight in ("Regular", "SemiBold", "Bold")
    )
    assert regular == semi == bold


def test_fonts_are_the_listed_ones_and_bring_their_licence() -> None:
    packages: list[dict[str, Any]] = tomllib.loads((FONTS / "fonts.toml").read_text())["package"]
    sums = {name: value for one in packages for name, value in one["sha256"].items()}
    there = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in Path(FONTS).iterdir() if file.name != "fonts.toml"
    }
    assert there == sums
    for package in packages:
        assert package["licence"] == "OFL-1.1"
        terms = next((FONTS / name).read_text("utf-8") for name in package["sha256"] if name.startswith("OFL-"))
        assert "SIL OPEN FONT LICENSE Version 1.1" in terms
