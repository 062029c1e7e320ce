"""A sheet that shows a host how their look looks: invented lines, said to be so."""

from __future__ import annotations

from datetime import UTC, datetime

from conference.access.model import Conference
from conference.base.words import say
from conference.program.model import Kind
from conference.program.view import word_of_kind
from conference.results.content import HEADINGS, Content, Entry, Group, Named
from conference.results.setting.shape import Occasion
from conference.web.texts import Language


def sample_occasion(conference: Conference, language: Language) -> Occasion:
    moment = datetime(2021, 5, 4, tzinfo=UTC)
    of = say(conference.title, language.code)
    kind = word_of_kind(language, Kind.FORUM)
    return Occasion(language.code, of, kind, 1, language.day(conference.live), "", moment, example=True)


def sample_content(language: Language) -> Content:
    """Every kind of line once."""
    _, code = language.gettext, language.code
    lines = [
        _("A key finding carries a star and the words for it."),
        _("Other findings are lines of one or two sentences, in the order that the moderation gives them (example)."),
        _("Long words are parted as German spells them: Mehrgenerationenhäuser, Willkommensstrukturen (example)."),
    ]
    groups = [
        Group(key, title, (Entry(key, {code: line}, key == "topics"),))
        for (key, title), line in zip(HEADINGS.items(), lines, strict=True)
    ]
    return Content(
        title={code: _("The theme of a forum")},
        question={code: _("What does a forum ask?")},
        summary={code: _("A short text may stand above the findings.")},
        people=(Named("moderator", {code: "Erika Beispiel, Agentur Beispiel"}),),
        initiatives=12,
        groups=tuple(groups),
    )
