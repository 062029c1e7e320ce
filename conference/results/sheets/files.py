"""A sheet as Markdown and as a word processor's file, for the hosts' own procedures."""

from __future__ import annotations

import io
import re
from datetime import datetime
from typing import Any

from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from conference.results.sheets.outline import Bullets, Facts, Outline, Paragraph, Title

LOCALES = {"de": "de-DE", "en": "en-GB"}
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&])")
_AT_START = re.compile(r"^([+\-=]|\d+(?=[.)]))")
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def markdown(outline: Outline) -> str:
    """CommonMark. Whatever people wrote is text there: nothing of it becomes markup."""
    parts = []
    for block in outline.blocks:
        if isinstance(block, Title):
            parts.append(f"{'#' * block.level} {_plain(block.text)}")
        elif isinstance(block, Paragraph):
            parts.append(_plain(block.text))
        elif isinstance(block, Facts):
            parts.append("\\\n".join(_plain(line) for line in block.lines))
        else:
            parts.append("\n".join(f"- {f'★ **{_plain(key)}:** ' if key else ''}{_plain(text)}" for key, text in block.points))
    return "\n\n".join(parts) + "\n"


def _plain(text: str) -> str:
    line = _SPECIAL.sub(r"\\\1", " ".join(text.split()))
    return _AT_START.sub(lambda found: f"\\{found[0]}" if not found[0].isdigit() else f"{found[0]}\\", line)


def docx(outline: Outline, at: datetime) -> bytes:
    """Office Open XML with real headings and lists, title and language. at: when it was made. Some 30 ms: not for the loop."""
    document = Document()
    head = outline.head
    _speak(document, LOCALES[head.language])
    facts = document.core_properties
    facts.title, facts.author, facts.language = _clean(head.title)[:255], _clean(head.conference)[:255], LOCALES[head.language]
    facts.created = facts.modified = at.replace(tzinfo=None)
    facts.comments = ""
    for block in outline.blocks:
        if isinstance(block, Title):
            document.add_heading(_clean(block.text), block.level)
        elif isinstance(block, Paragraph):
            document.add_paragraph(_clean(block.text))
        elif isinstance(block, Facts):
            document.add_paragraph(_clean("\n".join(block.lines)))
        elif isinstance(block, Bullets):
            for key, text in block.points:
                line = document.add_paragraph(style="List Bullet")
                if key:
                    line.add_run(f"★ {_clean(key)}: ").bold = True
                line.add_run(_clean(text))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _speak(document: Any, locale: str) -> None:
    """Name the language where everything takes it from, so that it is hyphenated, checked and read out as what it is."""
    for properties in document.styles.element.iter(qn("w:rPrDefault")):
        for run in properties.iter(qn("w:rPr")):
            for old in run.findall(qn("w:lang")):
                run.remove(old)
            language = OxmlElement("w:lang")
            language.set(qn("w:val"), locale)
            run.append(language)


def _clean(text: str) -> str:
    """XML 1.0 has no place for some characters; a file that somebody brought may hold them."""
    return _NO_XML.sub("", text)
