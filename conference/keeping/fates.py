"""What becomes of every table when a conference is purged, and who sees to it. No table is without (tests/house/test_fates.py).

A table that is new says here what it is; whoever is named deletes it (a function of that module, called by the purge).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Fate(Enum):
    """deleted: all rows of the conference; emptied: rows stay, without what leads to persons; chosen: what was decided to remain
    stays, the rest goes; kept: nothing in it leads to a person; shared: is of no conference and has a life of its own."""

    DELETED = "deleted"
    EMPTIED = "emptied"
    CHOSEN = "chosen"
    KEPT = "kept"
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class Entry:
    """by: the module whose purge does it; why: for the deletion concept, which prints this table."""

    fate: Fate
    by: str
    why: str


_D, _E, _C, _K, _S = Fate.DELETED, Fate.EMPTIED, Fate.CHOSEN, Fate.KEPT, Fate.SHARED
_ROOMS = Entry(_D, "forums.actions_purge", "what happened in rooms")
_SLIDES = Entry(_D, "forums.slides.actions", "decks and clips with their files")
_CARDS = Entry(_C, "cards.purge", "cards stay where their owners agreed to that, without links to persons")
_SHEETS = Entry(_D, "results.sheets.purge", "work at the sheets")
_RESULTS = Entry(_C, "results.publishing.purge", "what was public and is to stay")
_REPORT = Entry(_C, "results.report.purge", "the report stays where it was published to stay")
_PEOPLE = Entry(_D, "keeping.purging", "people, their roles, links and browsers")
_LETTERS = Entry(_D, "mailing.purge", "who was written to, and the letters")
_TAKING_PART = Entry(_D, "registration.purge", "what people entered when they registered")
_SURVEY = Entry(_D, "survey.purge", "answers; figures of five and more are in the report")
_ORGANISERS = Entry(_S, "keeping.purging", "goes when nobody with this address organises anything")
_SWEPT = Entry(_S, "worker", "is forgotten within a day by itself")

FATES: dict[str, Entry] = {
    # the conference
    "conference": Entry(
        _E, "keeping.purging", "title, hosts and times name what was there; contact and legal texts stay for the farewell page"
    ),
    "legalpage": Entry(_E, "keeping.purging", "who edited is forgotten, films go"),
    "session": Entry(
        _E, "keeping.purging", "public results hang on it; who edited and what came along from a schedule are forgotten"
    ),
    "sessiondraft": Entry(_D, "keeping.purging", "holds names"),
    "programversion": Entry(_D, "keeping.purging", "holds names"),
    "round": Entry(_K, "", "times"),
    "billing": Entry(_D, "keeping.purging", "names; what remains public has them in its own text"),
    "statement": Entry(_D, "keeping.purging", "holds names and numbers"),
    "initiative": Entry(_S, "", "organisations outlive the day"),
    "participation": Entry(_E, "keeping.purging", "an organisation's own description; who edited is forgotten"),
    # people
    "person": _PEOPLE,
    "personconsent": _PEOPLE,
    "roleheld": _PEOPLE,
    "signinlink": _PEOPLE,
    "signedin": _PEOPLE,
    "signinflow": _PEOPLE,
    "accesstoken": _PEOPLE,
    "browsersession": Entry(_S, "keeping.purging", "goes when it is signed in as nobody any more, or is over"),
    "peopletable": Entry(_D, "desk.people.sweeping", "goes within the hour in any case"),
    "checkresult": _ROOMS,
    "account": _ORGANISERS,
    "factor": _ORGANISERS,
    "provideridentity": _ORGANISERS,
    # registration, letters, survey
    "registrationterms": _TAKING_PART,
    "registration": _TAKING_PART,
    "choice": _TAKING_PART,
    "accessneeds": Entry(_D, "registration.purge", "needs go earlier than all else: days after the end that the terms say"),
    "lettertemplate": _LETTERS,
    "mailing": _LETTERS,
    "delivery": _LETTERS,
    "survey": _SURVEY,
    "surveyanswer": _SURVEY,
    "surveyanswered": _SURVEY,
    # rooms
    "forum": _ROOMS,
    "seat": _ROOMS,
    "plenary": _ROOMS,
    "greeting": _ROOMS,
    "talk": _ROOMS,
    "question": _ROOMS,
    "upvote": _ROOMS,
    "chatline": _ROOMS,
    "poll": _ROOMS,
    "ballot": _ROOMS,
    "announcement": _ROOMS,
    "piece": _SLIDES,
    "screening": _SLIDES,
    # cards
    "cardterms": Entry(_D, "cards.purge", "what was asked of cards"),
    "card": _CARDS,
    "cardfilm": _CARDS,
    "cardfile": _CARDS,
    "cardconsent": _CARDS,
    "cardplays": _CARDS,
    # results
    "finding": _RESULTS,
    "resultssheet": _RESULTS,
    "sheetversion": _RESULTS,
    "resultsdocument": _RESULTS,
    "resultslook": _RESULTS,
    "closingshow": _RESULTS,
    "sheetevent": _SHEETS,
    "sheetcomment": _SHEETS,
    "sheetapproval": _SHEETS,
    "report": _REPORT,
    "reportphoto": _REPORT,
    "handover": Entry(_D, "desk.handover.actions", "packs are kept for a week"),
    # the end, and what belongs to the installation
    "closecheck": Entry(_K, "", "addresses and counts"),
    "purgerecord": Entry(_K, "", "counts"),
    "audit_entry": Entry(
        _E, "keeping.purging", "acts without names: ids of people who are deleted lead nowhere; reasons and labels go"
    ),
    "outbox": _SWEPT,
    "job": _SWEPT,
}
