"""What tables are called in the record of a deletion; each has its word and its part (tests/desk/afterwards)."""

from __future__ import annotations

from conference.keeping.model import ListKept
from conference.web.texts import Language

PARTS: dict[str, tuple[str, ...]] = {
    "people": (
        "person", "roleheld", "personconsent", "signinlink", "signedin", "browsersession", "signinflow", "accesstoken",
        "peopletable", "checkresult", "account", "factor", "provideridentity",
    ),
    "taking_part": ("registration", "choice", "accessneeds", "registrationterms"),
    "letters": ("mailing", "delivery", "lettertemplate"),
    "survey": ("surveyanswer", "surveyanswered", "survey"),
    "rooms": (
        "forum", "seat", "talk", "chatline", "question", "upvote", "poll", "ballot", "announcement", "plenary", "greeting",
        "piece", "screening",
    ),
    "cards": ("card", "cardfilm", "cardfile", "cardconsent", "cardplays", "cardterms"),
    "results": (
        "resultssheet", "sheetversion", "resultsdocument", "finding", "sheetevent", "sheetcomment", "sheetapproval",
        "resultslook", "closingshow", "report", "reportphoto", "handover",
    ),
    "program": ("session", "round", "billing", "sessiondraft", "programversion", "participation"),
    "office": ("legalpage", "statement", "audit_entry"),
}  # fmt: skip
"""Part -> its tables, in the order of the record."""
BESIDE = frozenset({"conference", "initiative", "closecheck", "purgerecord", "outbox", "job"})
"""What the record does not speak of: of no conference, or what is known of its end."""


def part_word(language: Language, part: str) -> str:
    _ = language.gettext
    return {
        "people": _("People and their access"),
        "taking_part": _("Registration"),
        "letters": _("Letters"),
        "survey": _("Survey"),
        "rooms": _("What happened in the rooms"),
        "cards": _("Video cards"),
        "results": _("Results and report"),
        "program": _("Program"),
        "office": _("Conference office"),
    }[part]


def word_of(language: Language, table: str) -> str:
    """What a row of the table is, in the plural."""
    return {**_of_people(language), **_of_rooms(language), **_of_results(language), **_of_program(language)}[table]


def _of_people(language: Language) -> dict[str, str]:
    _ = language.gettext
    return {
        "person": _("People"),
        "roleheld": _("Roles"),
        "personconsent": _("Consents of people"),
        "signinlink": _("Personal links"),
        "signedin": _("Sign-ins"),
        "browsersession": _("Signed-in devices"),
        "signinflow": _("Sign-ins that were begun"),
        "accesstoken": _("Access of programs"),
        "peopletable": _("Tables of people"),
        "checkresult": _("Results of the technical check"),
        "account": _("Accounts of organisers"),
        "factor": _("Second factors"),
        "provideridentity": _("Sign-ins through a provider"),
        "registration": _("Registrations"),
        "choice": _("Chosen sessions"),
        "accessneeds": _("Access needs"),
        "registrationterms": _("Terms of registration"),
        "mailing": _("Mailings"),
        "delivery": _("Letters to people"),
        "lettertemplate": _("Templates of letters"),
        "survey": _("Surveys"),
        "surveyanswer": _("Answers to the survey"),
        "surveyanswered": _("Notes of who has answered"),
    }


def _of_rooms(language: Language) -> dict[str, str]:
    _ = language.gettext
    return {
        "forum": _("Rooms"),
        "seat": _("Seats, with times of coming and going"),
        "talk": _("Talks in writing"),
        "chatline": _("Lines of chat"),
        "question": _("Questions"),
        "upvote": _("Votes for questions"),
        "poll": _("Polls"),
        "ballot": _("Votes in polls"),
        "announcement": _("Announcements"),
        "plenary": _("Plenaries"),
        "greeting": _("Greetings"),
        "piece": _("Slides and clips"),
        "screening": _("Screens of rooms"),
    }


def _of_results(language: Language) -> dict[str, str]:
    _ = language.gettext
    return {
        "card": _("Cards"),
        "cardfilm": _("Films of cards"),
        "cardfile": _("Files of cards"),
        "cardconsent": _("Consents of initiatives"),
        "cardplays": _("Counts of plays"),
        "cardterms": _("Terms of cards"),
        "resultssheet": _("Results sheets"),
        "sheetversion": _("Published versions of sheets"),
        "resultsdocument": _("PDFs"),
        "finding": _("Findings"),
        "sheetevent": _("Steps of the work at sheets"),
        "sheetcomment": _("Comments at sheets"),
        "sheetapproval": _("Approvals of sheets"),
        "resultslook": _("Looks of the sheets"),
        "closingshow": _("Slides of the closing plenary"),
        "report": _("Reports"),
        "reportphoto": _("Photos of the report"),
        "handover": _("Hand-over packs"),
    }


def _of_program(language: Language) -> dict[str, str]:
    _ = language.gettext
    return {
        "session": _("Sessions"),
        "round": _("Rounds"),
        "billing": _("Names in the program"),
        "sessiondraft": _("Drafts of the program"),
        "programversion": _("Published programs"),
        "participation": _("Initiatives that took part"),
        "legalpage": _("Forms of legal pages"),
        "statement": _("Notes of the readiness list"),
        "audit_entry": _("Entries in the log of changes"),
    }


def kept_word(language: Language, kept: ListKept | None) -> str:
    """The answer to the question about the list of participants, as a sentence."""
    _ = language.gettext
    return {
        ListKept.SAVED: _("The list is saved."),
        ListKept.NOT_NEEDED: _("The list is not needed."),
        None: _("Nobody has said whether the list is saved."),
    }[kept]


def why_stays(language: Language, table: str) -> str | None:
    """Why rows of tables stay of which others went, where the deletion concept says it of both at once."""
    _ = language.gettext
    return {
        "sheetversion": _("published, and meant to stay public"),
        "resultssheet": _("published, and meant to stay public"),
        "resultsdocument": _("published, and meant to stay public"),
        "report": _("published, and meant to stay public"),
        "reportphoto": _("published, and meant to stay public"),
    }.get(table)
