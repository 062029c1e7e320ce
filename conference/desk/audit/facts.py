"""The facts of an entry in words. What has no words here stands in the database alone."""

from __future__ import annotations

from collections.abc import Mapping

from conference.base.words import say
from conference.cards.consent.texts import TEXTS
from conference.cards.model import ConsentKind
from conference.desk.readiness.of_pages import titles
from conference.doors.words import role_word
from conference.keeping.model import ListKept
from conference.mailing.model import LetterKind
from conference.mailing.shipped import kind_word
from conference.people.model import Role
from conference.web.texts import Language

SILENT = frozenset(
    {"all_of_it", "closes", "document", "film", "gone", "key", "logo", "mailing", "missing", "name", "objects", "open",
     "organiser", "own", "program", "rule", "size", "source", "template", "to"}
)  # fmt: skip
"""Facts for whoever runs the installation: keys, names in the code, what the sentence says already."""


def labels(language: Language) -> dict[str, str]:
    """What facts are called."""
    _ = language.gettext
    return {
        "session": _("Session"),
        "card": _("Initiative"),
        "person": _("Concerns"),
        "target": _("Concerns"),
        "role": _("Role"),
        "given": _("Given"),
        "taken": _("Taken away"),
        "roles": _("Roles"),
        "before": _("Before"),
        "after": _("Afterwards"),
        "at": _("Time"),
        "moment": _("Time"),
        "until": _("Until"),
        "reason": _("Reason"),
        "label": _("Name"),
        "page": _("Page"),
        "fields": _("Concerns"),
        "kind": _("Kind"),
        "kinds": _("Kinds"),
        "kept": _("Kept"),
        "new": _("New"),
        "changed": _("Changed"),
        "people": _("People"),
        "count": _("People"),
        "initiatives": _("Initiatives"),
        "sessions": _("Sessions"),
        "places": _("Places"),
        "questions": _("Questions"),
        "letters": _("Letters"),
        "sheets": _("Results sheets"),
        "cards": _("Video cards"),
        "films": _("Films"),
        "photos": _("Photos"),
        "rows": _("Entries"),
        "number": _("Number"),
        "version": _("Number"),
        "minutes": _("Minutes"),
        "devices": _("Devices"),
    }


def words_of(language: Language, fact: str, value: str) -> str | None:
    """The words for keys in the value, each once; None for a fact whose value is not made of keys."""
    known = _known(language, fact)
    if known is None:
        return None
    return ", ".join(dict.fromkeys(known.get(each, each) for each in value.replace(",", " ").split()))


def _known(language: Language, fact: str) -> Mapping[str, str] | None:
    _ = language.gettext
    if fact in ("role", "given", "taken"):
        return {role.value: role_word(language, role) for role in Role} | _tokens(language)
    if fact == "page":
        return {page.value: title for page, title in titles(language).items()}
    if fact == "kind":
        return {kind.value: kind_word(language, kind) for kind in LetterKind}
    if fact == "kinds":
        return {kind.value: say(TEXTS[kind][-1].title, language.code) for kind in ConsentKind}
    if fact == "kept":
        return {ListKept.SAVED.value: _("Yes, it is saved"), ListKept.NOT_NEEDED.value: _("It is not needed")}
    if fact == "fields":
        rest = {"hosts": _("Hosts"), "zone": _("Time zone"), "slug": _("Address")}
        words = dict.fromkeys(("title", "motto", "purpose", "place", "people_expected", "contact"), _("Title and contact"))
        return words | dict.fromkeys(("doors", "live", "archive", "purge"), _("Times")) | rest
    return None


def _tokens(language: Language) -> dict[str, str]:
    """What a token may do, by its role (people/model.py: AccessToken)."""
    _ = language.gettext
    return {"publisher": _("sends sound and picture"), "viewer": _("listens and watches"), "captioner": _("writes captions")}
