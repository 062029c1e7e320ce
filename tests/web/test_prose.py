"""Long texts of the hosts: headings, lists, paragraphs; nothing else of them is markup."""

from __future__ import annotations

from conference.web.prose import Block, prose


def test_headings_lists_and_paragraphs() -> None:
    text = "Anfang,\r\n zweite Zeile\r\n\r\n## Wer  verantwortlich ist\n\n- eine\n- zwei\n\n- kein\nListe\n\n## nur\nText\n\n\n"
    assert prose(text) == [
        Block("paragraph", ("Anfang, zweite Zeile",)),
        Block("heading", ("Wer verantwortlich ist",)),
        Block("list", ("eine", "zwei")),
        Block("paragraph", ("- kein Liste",)),
        Block("paragraph", ("## nur Text",)),
    ]
    assert prose("") == prose(" \n\n ") == []
