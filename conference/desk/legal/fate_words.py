"""What the deletion concept says of each table's fate, in the reader's language; tests/desk/legal compares it with FATES."""

from __future__ import annotations

from conference.keeping.fates import Fate
from conference.web.texts import Language


def fate_word(fate: Fate, language: Language) -> str:
    _ = language.gettext
    return {
        Fate.DELETED: _("Deleted"),
        Fate.EMPTIED: _("Stays without what leads to persons"),
        Fate.CHOSEN: _("Deleted, but for what is meant to stay"),
        Fate.KEPT: _("Stays, since nothing in it leads to a person"),
        Fate.SHARED: _("Belongs to the installation, with a time of its own"),
    }[fate]


def why_words(language: Language) -> dict[str, str]:
    """The reasons in `keeping.fates`, word by word -> in the reader's language."""
    _ = language.gettext
    return {
        "title, hosts and times name what was there; contact and legal texts stay for the farewell page": _(
            "title, hosts and times name what was there; contact and legal texts stay for the farewell page"
        ),
        "who edited is forgotten, films go": _("who edited is forgotten, films go"),
        "public results hang on it; who edited and what came along from a schedule are forgotten": _(
            "public results hang on it; who edited and what came along from a schedule are forgotten"
        ),
        "holds names": _("holds names"),
        "times": _("times"),
        "names; what remains public has them in its own text": _("names; what remains public has them in its own text"),
        "holds names and numbers": _("holds names and numbers"),
        "organisations outlive the day": _("organisations outlive the day"),
        "an organisation's own description; who edited is forgotten": _(
            "an organisation's own description; who edited is forgotten"
        ),
        "people, their roles, links and browsers": _("people, their roles, links and browsers"),
        "goes when it is signed in as nobody any more, or is over": _("goes when it is signed in as nobody any more, or is over"),
        "goes within the hour in any case": _("goes within the hour in any case"),
        "what happened in rooms": _("what happened in rooms"),
        "goes when nobody with this address organises anything": _("goes when nobody with this address organises anything"),
        "what people entered when they registered": _("what people entered when they registered"),
        "needs go earlier than all else: days after the end that the terms say": _(
            "needs go earlier than all else: days after the end that the terms say"
        ),
        "who was written to, and the letters": _("who was written to, and the letters"),
        "answers; figures of five and more are in the report": _("answers; figures of five and more are in the report"),
        "decks and clips with their files": _("decks and clips with their files"),
        "what was asked of cards": _("what was asked of cards"),
        "cards stay where their owners agreed to that, without links to persons": _(
            "cards stay where their owners agreed to that, without links to persons"
        ),
        "what was public and is to stay": _("what was public and is to stay"),
        "work at the sheets": _("work at the sheets"),
        "the report stays where it was published to stay": _("the report stays where it was published to stay"),
        "packs are kept for a week": _("packs are kept for a week"),
        "addresses and counts": _("addresses and counts"),
        "counts": _("counts"),
        "acts without names: ids of people who are deleted lead nowhere; reasons and labels go": _(
            "acts without names: ids of people who are deleted lead nowhere; reasons and labels go"
        ),
        "is forgotten within a day by itself": _("is forgotten within a day by itself"),
    }
