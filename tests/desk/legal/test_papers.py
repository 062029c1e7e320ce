"""The papers for the data protection officer say what the settings say, in both languages, and can be opened."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from conference.base.settings import read_settings
from conference.desk.legal.fate_words import fate_word, why_words
from conference.desk.legal.papers import NAMES, Known, paper
from conference.keeping.fates import FATES, Fate
from conference.people.model import Role
from conference.results.sheets.outline import Bullets, Facts, Outline, Paragraph, Title
from conference.web.texts import read_texts
from tests.desk.legal.test_wording import FILLED
from tests.desk.readiness.sample import NOW, conference
from tests.site import SLUG_2021, open_site

TEXTS = read_texts()


def known(**settings: Any) -> Known:
    fixed = {"secret_key": "k" * 40, "base_url": "https://treffen.example.org", **settings}
    return Known(conference(), read_settings({}, **fixed), dict(FILLED), [("Closes", NOW)], organisers=2, today="6. Mai 2030")


def words_of(outline: Outline) -> str:
    lines: list[str] = []
    for block in outline.blocks:
        if isinstance(block, Title | Paragraph):
            lines.append(block.text)
        elif isinstance(block, Facts):
            lines += block.lines
        elif isinstance(block, Bullets):
            lines += [text for _key, text in block.points]
    return "\n".join(lines)


def test_every_fate_of_a_table_has_its_words() -> None:
    """Whoever changes a reason in keeping/fates.py says it in fate_words.py too."""
    for language in (TEXTS["de"], TEXTS["en"]):
        assert {entry.why for entry in FATES.values() if entry.why} == why_words(language).keys()
        assert len({fate_word(fate, language) for fate in Fate}) == len(Fate)
    german = why_words(TEXTS["de"])
    assert [why for why, said in german.items() if why == said] == []


@pytest.mark.parametrize("code", ["de", "en"])
def test_the_deletion_concept_names_each_table_and_the_moments(code: str) -> None:
    said = words_of(paper("deletion", known(), TEXTS[code]))
    assert [table for table in FATES if table not in said] == []
    assert "21" in said  # days between closing and deletion
    assert "06.05.2030 09:00" in said


def test_the_record_is_filled_from_the_privacy_page_and_the_settings() -> None:
    said = words_of(paper("records", known(mail_url="smtp://name:geheim@mail.example.org"), TEXTS["de"]))
    assert [
        each for each in ("Amt A", "dsb@example.org", "§ 3 BDSG", "Rechenzentrum", "mail.example.org") if each not in said
    ] == []
    assert "geheim" not in said
    empty = Known(conference(), known().settings, {}, [], organisers=0, today="heute")
    assert "noch einzutragen" in words_of(paper("records", empty, TEXTS["de"]))


def test_measures_say_what_this_installation_has() -> None:
    said = words_of(paper("measures", known(), TEXTS["de"]))
    assert "TLS" in said
    assert "SQLite" in said
    plain = words_of(paper("measures", known(base_url="http://127.0.0.1:8000"), TEXTS["de"]))
    assert "nicht für personenbezogene Daten" in plain


async def test_organisers_fetch_them(tmp_path: Path) -> None:
    async with open_site(tmp_path) as site:
        organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
        assert (await site.browser().get(f"/desk/{SLUG_2021}/legal/documents/records.docx")).status_code == 401
        for name in NAMES:
            answer = await organiser.get(f"/desk/{SLUG_2021}/legal/documents/{name}.docx")
            assert answer.status_code == 200, answer.text
            read = Document(io.BytesIO(answer.content))
            assert read.paragraphs[0].style is not None
            assert read.paragraphs[0].style.name == "Heading 1"
        assert (await organiser.get(f"/desk/{SLUG_2021}/legal/documents/other.docx")).status_code == 404
