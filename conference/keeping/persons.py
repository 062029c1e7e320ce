"""Every column that leads to a person, and what becomes of it when the person is deleted. What no row names (words that others
wrote) is not found here; `stays` says it to who asks.

`leading()` finds the columns; tests/house/test_persons.py asks that each of them is in WAYS, so that a new table says it here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from sqlalchemy import Column, Table

from conference.base.db import metadata


class Leads(Enum):
    """To a person, or to a seat of theirs in a room."""

    PERSON = "person"
    SEAT = "seat"


class Then(Enum):
    """goes: the row is deleted; emptied: the column says nobody any more, the row stays; first: an act of its feature has seen to
    it before, which tells others of it."""

    GOES = "goes"
    EMPTIED = "emptied"
    FIRST = "first"


@dataclass(frozen=True, slots=True)
class Way:
    to: Leads
    then: Then
    why: str = ""


# Columns without a key, by name: who did it last, or who has a place in a room.
ACTING = frozenset({"by", "changed_by", "made_by"})
SEATED = frozenset({"seat", "seat_id", "notes_by", "help_by", "spotlight", "captioner", "signer", "host", "deputy", "third"})

_GOES, _EMPTIED = Way(Leads.PERSON, Then.GOES), Way(Leads.PERSON, Then.EMPTIED, "what was made is not only this person's")
_LAST = Way(Leads.PERSON, Then.EMPTIED, "who edited last; what they edited is the conference's")
_PLACE = Way(Leads.SEAT, Then.EMPTIED, "a place in a room that is free now")
_SAID = Way(Leads.SEAT, Then.FIRST, "what was said in a room, which is told of it")

WAYS: dict[str, Way] = {
    # people
    "roleheld.person_id": _GOES,
    "personconsent.person_id": _GOES,
    "signinlink.person_id": _GOES,
    "signedin.person_id": _GOES,
    "signinflow.person_id": _GOES,
    "accesstoken.person_id": _GOES,
    "checkresult.person_id": _GOES,
    "person.changed_by": _LAST,
    "audit_entry.person_id": Way(Leads.PERSON, Then.FIRST, "that something was done is kept, by whom is not"),
    # registration, letters, survey
    "registration.person_id": Way(Leads.PERSON, Then.FIRST, "the place goes to who waits"),
    "choice.person_id": Way(Leads.PERSON, Then.FIRST, "the place goes to who waits"),
    "accessneeds.person_id": _GOES,
    "registrationterms.changed_by": _LAST,
    "delivery.person_id": _GOES,
    "lettertemplate.changed_by": _LAST,
    "mailing.changed_by": _LAST,
    "surveyanswered.person_id": _GOES,
    "survey.changed_by": _LAST,
    # the conference and its program
    "conference.changed_by": _LAST,
    "legalpage.changed_by": _LAST,
    "participation.changed_by": _LAST,
    "session.changed_by": _LAST,
    "programversion.made_by": _LAST,
    "billing.person_id": Way(Leads.PERSON, Then.EMPTIED, "the name in the program is the hosts' text; it goes when they say so"),
    "peopletable.by": _LAST,
    "statement.by": _LAST,
    # rooms
    "seat.person_id": _GOES,
    "seat.token": Way(Leads.PERSON, Then.FIRST, "seats of tokens that were made for the person"),
    "question.seat_id": _SAID,
    "chatline.seat_id": _SAID,
    "upvote.seat_id": _SAID,
    "ballot.seat_id": _SAID,
    "forum.spotlight": _PLACE,
    "forum.captioner": _PLACE,
    "forum.signer": _PLACE,
    "forum.notes_by": _PLACE,
    "forum.help_by": _PLACE,
    "plenary.host": _PLACE,
    "plenary.deputy": _PLACE,
    "plenary.third": _PLACE,
    "greeting.seat": Way(Leads.SEAT, Then.EMPTIED, "the name in the running order is the hosts' text, as in the program"),
    "announcement.by": _EMPTIED,
    "piece.by": _EMPTIED,
    # cards and results
    "cardfilm.by": _EMPTIED,
    "cardconsent.by": Way(Leads.PERSON, Then.EMPTIED, "the proof of consent stays as long as the card, with the name in it"),
    "finding.person_id": Way(Leads.PERSON, Then.FIRST, "findings are the session's; nobody is named with them any more"),
    "sheetversion.person_id": _EMPTIED,
    "sheetevent.person_id": _EMPTIED,
    "sheetcomment.person_id": _GOES,
    "sheetapproval.person_id": _GOES,
}


def leading() -> set[str]:
    """Every "table.column" that names a person or a seat, by its key or by its name."""
    return {
        f"{table.name}.{column.name}" for table in metadata.sorted_tables for column in table.columns if _leads(table, column)
    }


def _leads(table: Table, column: Column[object]) -> bool:
    if any(key.column.table.name in ("person", "seat", "accesstoken") for key in column.foreign_keys):
        return True
    if column.name == "person_id" or column.name in ACTING:
        return True
    return column.name in SEATED and table.name in ("forum", "plenary", "greeting")
