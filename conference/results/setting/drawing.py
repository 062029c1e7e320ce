"""A sheet as its template draws it: all texts in one language, in their order, each with its language where that is another.

`templates/results/sheet.typ` says what each field is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any
from unicodedata import category, normalize
from zoneinfo import ZoneInfo

from conference.access.model import Conference
from conference.base.logos import SVG
from conference.base.words import say
from conference.program.model import Place, Session
from conference.program.view import word_of_kind, word_of_role
from conference.results.content import Content, Entry, Group
from conference.results.setting.shape import FACES, Look, Occasion
from conference.results.text import shown
from conference.web.texts import Language

# The colours of forums 1 to 4, as on the pages (css/base.css); white on each of them has a contrast of 5 or more.
TONES = ("#0B5563", "#6B3FA0", "#8A4B08", "#1F5FBF")
BOX = "\u25a1"
# A place where a line may end without a hyphen; the template draws nothing there.
BREAK = "\u200b"
_LONGEST_IN_TEXT, _LONGEST_IN_TITLE, _PIECE = 48, 26, 7


def occasion_of(
    conference: Conference,
    session: Session,
    language: Language,
    *,
    made: datetime,
    corrected: datetime | None = None,
    note: str = "",
    draft: bool = False,
    example: bool = False,
) -> Occasion:
    """corrected: when, for a second version and later ones; note: what was corrected. Instants are aware."""
    _ = language.gettext
    zone = ZoneInfo(conference.zone)
    line = _("Corrected on {day}").format(day=language.date(corrected.astimezone(zone))) if corrected else ""
    return Occasion(
        language=language.code,
        conference=say(conference.title, language.code),
        kind=word_of_kind(language, session.kind),
        number=session.number,
        day=language.day(session.starts.astimezone(zone)),
        place=_("online") if session.place is Place.ONLINE else say(session.where, language.code),
        made=made,
        corrected=f"{line}: {note}" if line and note else line,
        draft=draft,
        example=example,
    )


def drawn(content: Content, occasion: Occasion, look: Look, language: Language) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The template's data, and the characters that had to become a box."""
    _ = language.gettext
    pen = Pen(occasion.language)
    of = f"{occasion.kind} {occasion.number}" if occasion.number else occasion.kind
    kicker = f"{_('Results')} · {of}"
    title = say(content.title, occasion.language)
    marks = [_("Draft")] * occasion.draft + [_("Example")] * occasion.example
    data = {
        "language": occasion.language,
        "title": pen.text(f"{kicker}: {title}"),
        "conference": pen.text(occasion.conference),
        "day": pen.text(", ".join(filter(None, [occasion.day, occasion.place]))),
        "number": occasion.number,
        "kicker": pen.text(kicker),
        "headline": pen.words(content.question or content.title, _LONGEST_IN_TITLE),
        "name": pen.words(content.title) if content.question else None,
        "people": [
            {"role": pen.text(word_of_role(language, one.role)), **pen.words(one.text)}
            for one in content.people
            if say(one.text, occasion.language)
        ],
        "initiatives": _initiatives(content.initiatives, language),
        "summary": pen.paragraphs(content.summary),
        "groups": [_group(group, pen, language) for group in content.groups if group.entries],
        "empty": _("No findings were written down in this session."),
        "key": _("Key finding"),
        "marks": marks,
        "corrected": pen.text(occasion.corrected),
        "foot": _("Entries with the word “Beispiel” are invented for demonstration.") if occasion.example else "",
        **looks(look, occasion.number, pen),
    }
    return data, tuple(pen.missing)


def looks(look: Look, number: int | None, pen: Pen) -> dict[str, Any]:
    """tone, face and logo as templates take them. number: of the forum whose colour it has where the host chose none."""
    logo = None
    if look.logo is not None:
        kind = "svg" if look.logo_type == SVG else "png"
        logo = {"bytes": list(look.logo), "format": kind, "alt": pen.text(look.logo_alt)}
    return {
        "tone": look.colour or TONES[((number or 1) - 1) % len(TONES)],
        "face": FACES.get(look.face, FACES["atkinson"]),
        "logo": logo,
    }


def _initiatives(number: int | None, language: Language) -> str:
    if not number:
        return ""
    return language.ngettext("{n} initiative took part", "{n} initiatives took part", number).format(n=number)


def _group(group: Group, pen: Pen, language: Language) -> dict[str, Any]:
    """{title, rounds: [{title (None where there are no rounds), entries: [{text, lang, key}]}]}."""
    _ = language.gettext
    rounds = []
    for number, entries in groupby(group.entries, key=lambda entry: entry.round):
        lines = [_entry(entry, pen) for entry in entries]
        rounds.append({"title": _("Round {n}").format(n=number) if number else None, "entries": lines})
    return {"title": pen.words(group.title, _LONGEST_IN_TITLE), "rounds": rounds}


def _entry(entry: Entry, pen: Pen) -> dict[str, Any]:
    return {**pen.words(entry.text), "key": entry.key}


@dataclass
class Pen:
    """Writes texts so that each can be set; remembers what no typeface has."""

    language: str
    missing: dict[str, None] = field(default_factory=dict)

    def words(self, words: Mapping[str, str], longest: int = _LONGEST_IN_TEXT) -> dict[str, str]:
        """{text, lang}."""
        text = say(words, self.language)
        lang = next((code for code, one in words.items() if one == text), self.language)
        own = words.get(self.language) == text or not re.fullmatch("[a-z]{2,3}", lang)
        return {"text": self.text(text, longest), "lang": self.language if own else lang}

    def paragraphs(self, words: Mapping[str, str]) -> list[dict[str, str]]:
        whole = self.words(words)
        return [{**whole, "text": self.text(part)} for part in re.split("\n+", say(words, self.language)) if part.strip()]

    def text(self, text: str, longest: int = _LONGEST_IN_TEXT) -> str:
        """In one line, without unseen characters, with places to break in what is longer than a line may be."""
        seen = (one for one in normalize("NFC", text) if category(one) not in ("Cc", "Cf", "Zl", "Zp") or one in "\n\t")
        line = " ".join("".join(map(self._shown, seen)).split(" "))
        return re.sub(rf"[^\s/-]{{{longest},}}", lambda run: BREAK.join(re.findall(f".{{1,{_PIECE}}}", run[0])), line).strip()

    def _shown(self, one: str) -> str:
        if one in "\n\t":
            return " "
        if shown(one):
            return one
        self.missing[one] = None
        return BOX
