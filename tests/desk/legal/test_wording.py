"""The templates say what the law wants them to say, in both languages, and nothing is left of their places."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from conference.access.model import Page
from conference.base.words import LANGUAGES
from conference.desk.legal.defaults import defaults_of
from conference.desk.legal.fields import Kind, composed, fields_of, read_fields
from conference.web.texts import read_texts
from tests.desk.readiness.sample import conference

TEXTS = read_texts()
BOTH = {code: TEXTS[code] for code in LANGUAGES}
TODAY = date(2030, 5, 6)
PAGES = [Page.IMPRINT, Page.PRIVACY, Page.ACCESSIBILITY, Page.NOTICE]
FILLED = {
    "body": "Beispielamt", "street": "Beispielstraße 1", "town": "00000 Beispielstadt", "represented": "Präsidentin Beispiel",
    "email": "post@example.org", "phone": "+49 30 23125 000", "controllers": "Amt A, a@example.org\nAmt B, b@example.org",
    "joint": "yes", "essence-de": "A lädt ein, B betreibt.", "essence-en": "A invites, B operates.", "dpo": "dsb@example.org",
    "basis": "public", "law": "§ 3 BDSG", "processors": "Rechenzentrum, Bonn", "log_days": "7", "authority": "BfDI, Bonn",
    "status": "partial", "assessment": "self", "assessed": "2030-04-01", "barriers-de": "Ein {PDF} ohne Struktur",
    "enforcement": "Schlichtungsstelle", "made": "2030-03-01", "source-de": "Verteiler", "categories-de": "Name",
}  # fmt: skip
WANTED = {
    Page.IMPRINT: ["Beispielamt", "Beispielstraße 1", "Präsidentin Beispiel", "post@example.org", "+49 30 23125 000"],
    Page.PRIVACY: ["Amt A", "Amt B", "Artikel 26", "dsb@example.org", "§ 3 BDSG", "Artikel 28", "Rechenzentrum", "28 Tage",
                   "Artikel 15 bis 20", "Artikel 21", "BfDI", "§ 25 Absatz 2 Nummer 2 TDDDG", "widerrufen"],
    Page.ACCESSIBILITY: ["teilweise vereinbar", "1. April 2030", "Ein {PDF} ohne Struktur", "Schlichtungsstelle", "6. Mai 2030"],
    Page.NOTICE: ["Verteiler", "Name", "Amt A", "post@example.org", "28 Tage"],
}  # fmt: skip


def filled(page: Page, **changes: str) -> dict[str, str]:
    values, errors = read_fields(page, {**FILLED, **changes}, TEXTS["de"])
    assert errors == {}
    return {**values, "purge_days": "28"}


@pytest.mark.parametrize("page", PAGES)
def test_a_filled_template_says_everything_in_both_languages(page: Page) -> None:
    words = composed(page, filled(page), TODAY, BOTH)
    assert [each for each in WANTED[page] if each not in words["de"]] == []
    for code in LANGUAGES:
        assert re.findall(r"\{(?!PDF)\w*\}", words[code]) == []
        assert "None" not in words[code]
    assert words["de"].count("##") == words["en"].count("##")


@pytest.mark.parametrize("page", PAGES)
def test_each_required_field_is_asked_for(page: Page) -> None:
    needed = {each.names[0] for each in fields_of(page, TEXTS["de"]) if each.required and each.when is None}
    _values, errors = read_fields(page, {}, TEXTS["de"])
    assert set(errors) == needed
    assert needed >= {"email"} or page is Page.PRIVACY


def test_what_is_needed_only_sometimes() -> None:
    assert "essence-de" in read_fields(Page.PRIVACY, {**FILLED, "essence-de": ""}, TEXTS["de"])[1]
    assert "essence-de" not in read_fields(Page.PRIVACY, {**FILLED, "essence-de": "", "joint": ""}, TEXTS["de"])[1]
    assert "law" in read_fields(Page.PRIVACY, {**FILLED, "law": ""}, TEXTS["de"])[1]
    assert "law" not in read_fields(Page.PRIVACY, {**FILLED, "law": "", "basis": "interest"}, TEXTS["de"])[1]
    assert "barriers-de" not in read_fields(Page.ACCESSIBILITY, {**FILLED, "barriers-de": "", "status": "full"}, TEXTS["de"])[1]


@pytest.mark.parametrize(
    ("page", "wrong"),
    [
        (Page.IMPRINT, {"email": "nobody"}),
        (Page.IMPRINT, {"body": "x" * 301}),
        (Page.PRIVACY, {"log_days": "a week"}),
        (Page.PRIVACY, {"basis": "none"}),
        (Page.PRIVACY, {"controllers": "x" * 8001}),
        (Page.ACCESSIBILITY, {"assessed": "yesterday"}),
        (Page.ACCESSIBILITY, {"barriers-en": "x" * 8001}),
    ],
)
def test_what_cannot_be_has_a_sentence(page: Page, wrong: dict[str, str]) -> None:
    assert len(read_fields(page, {**FILLED, **wrong}, TEXTS["de"])[1]) == 1


def test_alternatives_of_the_wording() -> None:
    alone = composed(Page.PRIVACY, filled(Page.PRIVACY, joint="", processors="", log_days="0", basis="interest"), TODAY, BOTH)[
        "de"
    ]
    assert "Artikel 26" not in alone
    assert "Artikel 28" not in alone
    assert "Die IP-Adresse wird nicht gespeichert." in alone
    assert "Buchstabe f" in alone
    full = composed(Page.ACCESSIBILITY, filled(Page.ACCESSIBILITY, status="full"), TODAY, BOTH)
    assert "nicht barrierefrei ist" not in full["de"]
    assert "vollständig vereinbar" in full["de"]


def test_forms_begin_with_what_is_known() -> None:
    hosts: list[dict[str, Any]] = [
        {"name": {"de": "Ministerium A"}, "short": "A"},
        {"name": {"de": "Ministerium B"}, "short": "B"},
    ]
    known = defaults_of(Page.PRIVACY, conference(hosts=hosts), {}, TODAY)
    assert known["controllers"] == "Ministerium A\nMinisterium B"
    assert known["joint"] == "yes"
    for page in PAGES:
        kinds = {name: each.kind for each in fields_of(page, TEXTS["de"]) for name in each.names}
        values = defaults_of(page, conference(hosts=hosts), {}, TODAY)
        assert all(values.get(name) for name, kind in kinds.items() if kind in (Kind.CHOICE, Kind.DAY)), page
