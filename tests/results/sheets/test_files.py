"""Files that leave a sheet: they say what it says, in their own markup, and nothing that people wrote becomes markup."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import docx as word
import pytest
from docx.oxml.ns import qn
from markdown_it import MarkdownIt

from conference.results.content import Content, Entry, Group, Named
from conference.results.sheets.files import docx, markdown
from conference.results.sheets.outline import Head, Labels, outline_of

AT = datetime(2021, 5, 4, 12, tzinfo=UTC)
LABELS = Labels("Runde {n}", "Zentrale Erkenntnis", "12 Initiativen haben teilgenommen.", {"impulse": "Impuls"})
HEAD = Head("de", "Ergebnisse von Fachforum 1", "Vernetzungstreffen", "Dienstag, 4. Mai 2021", LABELS)
CONTENT = Content(
    title={"de": "Forum eins", "en": "Forum one"},
    question={"de": "Was hilft?"},
    summary={"de": "Erster Absatz.\n\nZweiter\nAbsatz."},
    people=(Named("impulse", {"de": "Ada Beispiel, Agentur"}),),
    initiatives=12,
    groups=(
        Group("topics", {"de": "Themen", "en": "Topics"}, (Entry("1", {"de": "Nähe & Ferne"}),)),
        Group("practice", {"de": "Best Practice"}),
        Group("ideas", {"de": "Ideen"}, (Entry("2", {"de": "Kalender"}, True), Entry("3", {"de": "Weiter"}, round=2))),
    ),
)
HOSTILE = [
    "# keine Überschrift",
    "*kein* _Nachdruck_ `code` ~~weg~~",
    "<script>alert(1)</script> &amp; <b>",
    "[Verweis](https://example.org/) ![Bild](x)",
    "1. kein Listenpunkt",
    "2) auch keiner",
    "- keiner",
    "+ keiner",
    "=====",
    "| a | b |",
    "Schluss\\",
    "Smile 🙂 und Ümläute",
]


def with_line(text: str) -> Content:
    return replace(CONTENT, groups=(Group("topics", {"de": "Themen"}, (Entry("1", {"de": text}),)),))


def words_in(text: str) -> list[str]:
    """The text of each inline token as a reader gets it, markup gone."""
    tokens = MarkdownIt().enable(["table", "strikethrough"]).parse(text)
    return [
        "".join("\n" if child.type == "hardbreak" else child.content for child in token.children or ())
        for token in tokens
        if token.type == "inline"
    ]


def styled(document: Any) -> list[tuple[str, str]]:
    """Each paragraph's style and text."""
    return [(line.style.name, line.text) for line in document.paragraphs]


def test_markdown_says_all_that_the_sheet_says() -> None:
    assert markdown(outline_of(CONTENT, HEAD)) == (
        "# Was hilft?\n\n"
        "Ergebnisse von Fachforum 1\\\nForum eins\\\nVernetzungstreffen\\\nDienstag, 4. Mai 2021\\\n"
        "Impuls: Ada Beispiel, Agentur\\\n12 Initiativen haben teilgenommen.\n\n"
        "Erster Absatz.\n\nZweiter Absatz.\n\n"
        "## Themen\n\n- Nähe \\& Ferne\n\n"
        "## Ideen\n\n- ★ **Zentrale Erkenntnis:** Kalender\n\n"
        "### Runde 2\n\n- Weiter\n"
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_what_people_write_stays_text_in_markdown(text: str) -> None:
    made = markdown(outline_of(with_line(text), HEAD))
    tokens = [token.type for token in MarkdownIt().enable(["table", "strikethrough"]).parse(made)]
    assert words_in(made)[-1] == text
    assert tokens.count("list_item_open") == 1
    assert tokens.count("heading_open") == 2
    assert {"html_block", "table_open", "ordered_list_open", "fence"}.isdisjoint(tokens)


def test_a_word_file_has_headings_lists_title_and_language() -> None:
    made = word.Document(io.BytesIO(docx(outline_of(CONTENT, HEAD), AT)))
    lines = styled(made)
    assert [text for style, text in lines if style.startswith("Heading")] == ["Was hilft?", "Themen", "Ideen", "Runde 2"]
    assert [style for style, _ in lines if style.startswith("Heading")] == ["Heading 1", "Heading 2", "Heading 2", "Heading 3"]
    bullets = [text for style, text in lines if style == "List Bullet"]
    assert bullets == ["Nähe & Ferne", "★ Zentrale Erkenntnis: Kalender", "Weiter"]
    assert (made.core_properties.title, made.core_properties.language) == ("Ergebnisse von Fachforum 1", "de-DE")
    assert next(each.get(qn("w:val")) for each in made.styles.element.iter(qn("w:lang"))) == "de-DE"


@pytest.mark.parametrize("text", [*HOSTILE, "steuer\x01\x0b\ufffezeichen"])
def test_what_people_write_stays_text_in_word(text: str) -> None:
    made = word.Document(io.BytesIO(docx(outline_of(with_line(text), HEAD), AT)))
    expected = text.replace("\x01\x0b\ufffe", "")
    assert [line for style, line in styled(made) if style == "List Bullet"] == [expected]


def test_without_a_question_the_title_leads() -> None:
    made = outline_of(replace(CONTENT, question={}, people=(), summary={}), replace(HEAD, labels=replace(LABELS, initiatives="")))
    assert markdown(made).startswith(
        "# Forum eins\n\nErgebnisse von Fachforum 1\\\nVernetzungstreffen\\\nDienstag, 4. Mai 2021\n\n## Themen"
    )
