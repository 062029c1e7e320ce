"""One person's data as a file: everything that is kept of them, table by table, in words that one understands.

What others wrote is not in it, and no secrets: links and cookies are stored as hashes, which open nothing and say nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import Table
from sqlalchemy import select as select_columns
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from conference.access.model import Conference
from conference.base.audit import AuditEntry, concerns
from conference.base.db import metadata
from conference.base.words import say
from conference.forums.model import Seat
from conference.keeping.persons import WAYS, Leads
from conference.people.accounts.store import account_by_email, factors_of, identities_of
from conference.people.model import Person
from conference.web.texts import Language


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of a table that `column` leads to, under `name` in the file. shows: column -> what it is called there; empty: only
    how many there are."""

    name: str
    column: str
    shows: Mapping[str, str]

    @property
    def table(self) -> Table:
        return metadata.tables[self.column.partition(".")[0]]


def _named(*columns: str, **others: str) -> dict[str, str]:
    return {**{name: name for name in columns}, **others}


PARTS = (
    Part("roles", "roleheld.person_id", _named("role", session_id="session")),
    Part("consents", "personconsent.person_id", _named("kind", "version", "language", "given", ended="taken_back")),
    Part("registration", "registration.person_id", _named(
        "state", "at", "confirmed", "withdrawn", "language", turn="place_in_line", wish="answer_to_the_hosts_question")),
    Part("chosen_sessions", "choice.person_id", _named("rank", "at", "placed", session_id="session")),
    Part("access_needs", "accessneeds.person_id", _named("needs", "at", "arranged", text="in_own_words")),
    Part("connection_test", "checkresult.person_id", _named("outcome", "at")),
    Part("personal_links", "signinlink.person_id", _named("created", "revoked")),
    Part("devices", "signedin.person_id", _named("way", browser="device", at="signed_in", verified="second_factor_shown",
                                                 looks_as="looks_at_pages_as")),
    Part("access_tokens", "accesstoken.person_id", _named("role", "label", "feed", "created", "expires", "revoked",
                                                         session_id="session")),
    Part("letters", "delivery.person_id", _named("state", "tries", "next_try", mailing_id="letter", number="time",
                                                handed="handed_to_mail_server", told="answered_by_mail_server", reply="answer")),
    Part("survey", "surveyanswered.person_id", {}),
    Part("in_rooms", "seat.person_id", _named(
        "entered", "left", "removed", "banned", "knocked", "promoted", "signs", "muted", "way", "hand", "behind", "heard",
        "has_floor", "floor_until", "turn", session_id="session", number="device_number",
        earlier="earlier_stays")),
    Part("questions", "question.seat_id", _named(
        "text", "state", "reason", "votes", "asked", "shown", session_id="session", unnamed="without_name")),
    Part("chat_lines", "chatline.seat_id", _named("text", "at", session_id="session", taken="taken_back_by")),
    Part("votes_for_questions", "upvote.seat_id", {}),
    Part("polls", "ballot.seat_id", _named(poll_id="poll", choices="chosen_options")),
    Part("running_order", "greeting.seat", _named(
        "name", "function", "organisation", "minutes", "began", "ended", "dropped", session_id="session")),
    Part("announcements", "announcement.by", _named("text", "at", "withdrawn", session_id="session")),
    Part("slides", "piece.by", _named("kind", "title", "size", "added", "shown", session_id="session")),
    Part("in_the_program", "billing.person_id", _named("name", "role", "title", "affiliation", session_id="session")),
    Part("findings", "finding.person_id", _named(
        "text", "heading", "added", "changed", "named", session_id="session", gone="taken_out")),
    Part("released_sheets", "sheetversion.person_id", _named("number", "made", "public_from", "note", session_id="session")),
    Part("work_at_sheets", "sheetevent.person_id", _named("at", "what", session_id="session")),
    Part("comments_on_sheets", "sheetcomment.person_id", _named("text", "at", "settled", session_id="session")),
    Part("approvals", "sheetapproval.person_id", _named("asked", "decided", "decision", session_id="session")),
    Part("films_brought", "cardfilm.by", _named("name", "size", "state", "shown", "begun", "arrived", card_id="card_of")),
    Part("card_consents", "cardconsent.by", _named(
        "kind", "version", "language", "given", card_id="card_of", by_name="name", ended="taken_back")),
)  # fmt: skip

NOT_OUT: dict[str, str] = {
    **{name: "who edited last; that they did is among the acts" for name, way in WAYS.items()
       if name.partition(".")[2] in ("changed_by", "made_by") or name in ("statement.by", "peopletable.by")},
    **{name: "a place in a room; the rooms that one was in are listed" for name, way in WAYS.items()
       if name.partition(".")[0] in ("forum", "plenary") and way.to is Leads.SEAT},
    "signinflow.person_id": "a sign-in that is under way; gone within ten minutes",
    "audit_entry.person_id": "the acts, which are listed by hand, with those that concern the person",
    "seat.token": "nobody's: a token without a person",
}  # fmt: skip
"""Columns that lead to a person and are no part of the file, with the reason."""

OWN = ("name", "email", "organisation", "land", "language", "shows_name", "source", "created", "bounced", "simulated")
OWN_EYES = frozenset({"survey"})
# Columns that lead elsewhere: table and what is shown of its row.
FOLLOWED = {
    "session_id": ("session", ("title",)),
    "mailing_id": ("mailing", ("kind", "subject")),
    "poll_id": ("poll", ("question",)),
    "browser": ("browsersession", ("label", "created", "seen", "expires")),
    "initiative_id": ("initiative", ("name",)),
    "card_id": ("card", ("initiative_id",)),
}


async def file_of(
    session: AsyncSession, people: Sequence[Person], language: Language, *, made: datetime, own: bool
) -> dict[str, Any]:
    """Everything of these people, of whom each is one in another conference. own: it is for themselves, so second factors and
    accounts at a provider, which belong to the address, are in it, and that somebody answered a survey: whoever organises could
    look at the results before and after that."""
    _ = language.gettext
    file: dict[str, Any] = {
        "made": made.isoformat(),
        "about": [
            _("This is everything that this installation keeps about you, except what is named here."),
            _("Answers to a survey are not in it: nothing leads from them to you. It is only kept that you answered."),
            _("What others wrote, and backups that the operator makes, are not in it."),
            _("Letters that are just being sent, and events for open pages, are forgotten within a day and are not in it."),
        ],
        "conferences": [await everything_of(session, person, language, own=own) for person in people],
    }
    if own:
        file["second_factors"], file["provider_accounts"] = await _accounts(session, {person.email for person in people})
    return file


async def everything_of(session: AsyncSession, person: Person, language: Language, *, own: bool) -> dict[str, Any]:
    """What is kept of somebody in one conference (or as an organiser of the installation). own: as `file_of`."""
    conference = await session.get(Conference, person.conference_id) if person.conference_id is not None else None
    seats = list(await session.exec(select(Seat.id).where(Seat.person_id == person.id)))
    file: dict[str, Any] = {
        "conference": {"title": say(conference.title, language.code), "address": conference.slug} if conference else None,
        "person": {name: _plain(getattr(person, name)) for name in OWN},
    }
    if person.initiative_id is not None:
        (found,) = await _followed(session, "initiative_id", {person.initiative_id}, language)
        file["person"]["initiative"] = found[1]
    for part in PARTS:
        if part.name in OWN_EYES and not own:
            continue
        rows = await _rows(session, part, [person.id] if WAYS[part.column].to is Leads.PERSON else seats, language)
        if rows:
            file[part.name] = rows if part.shows else len(rows)
    file |= await _acts(session, person)
    return file


async def _rows(session: AsyncSession, part: Part, ids: Sequence[str], language: Language) -> list[dict[str, Any]]:
    table = part.table
    query = select_columns(table).where(table.c[part.column.partition(".")[2]].in_(ids)).order_by(*table.primary_key.columns)
    found = [dict(row) for row in (await (await session.connection()).execute(query)).mappings()]
    meant = {
        name: dict(await _followed(session, name, {row[name] for row in found if row[name] is not None}, language))
        for name in part.shows.keys() & FOLLOWED.keys()
        if found
    }
    return [
        {called: meant[name].get(row[name]) if name in meant else _plain(row[name]) for name, called in part.shows.items()}
        for row in found
    ]


async def _followed(session: AsyncSession, name: str, ids: Iterable[str], language: Language) -> list[tuple[str, Any]]:
    """Id -> what the file says instead of it."""
    table_name, shown = FOLLOWED[name]
    table = metadata.tables[table_name]
    (key,) = table.primary_key.columns
    query = select_columns(key, *(table.c[each] for each in shown)).where(key.in_(sorted(set(ids))))
    rows = list(await (await session.connection()).execute(query))
    if shown[0] in FOLLOWED:
        further = dict(await _followed(session, shown[0], {row[1] for row in rows}, language))
        return [(row[0], further.get(row[1])) for row in rows]
    if len(shown) == 1:
        return [(row[0], say(row[1], language.code) if isinstance(row[1], dict) else row[1]) for row in rows]
    return [(row[0], {each: _plain(value) for each, value in zip(shown, row[1:], strict=True)}) for row in rows]


async def _acts(session: AsyncSession, person: Person) -> dict[str, Any]:
    """What stands in the log of acts: theirs, and those that concern them, without anybody else."""
    query = select(AuditEntry).where(concerns(person.id))
    acts: dict[str, list[dict[str, Any]]] = {"acts": [], "acts_of_others_about_you": []}
    for entry in await session.exec(query.order_by(col(AuditEntry.at), AuditEntry.id)):
        acts["acts" if entry.person_id == person.id else "acts_of_others_about_you"].append(
            {"act": entry.act, "at": entry.at.isoformat()}
        )
    return {name: found for name, found in acts.items() if found}


async def _accounts(session: AsyncSession, emails: Iterable[str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    factors, identities = [], []
    for email in sorted(filter(None, emails)):
        account = await account_by_email(session, email)
        if account is None:
            continue
        for factor in await factors_of(session, account.id):
            shown = ("kind", "label", "created", "confirmed", "used", "spent")
            factors.append({"email": email, **{name: _plain(getattr(factor, name)) for name in shown}})
        for identity in await identities_of(session, account.id):
            identities.append(
                {"email": email, "issuer": identity.issuer, "subject": identity.subject, "bound": _plain(identity.bound)}
            )
    return factors, identities


def json_file(file: Mapping[str, Any], name: str) -> Response:
    """To be kept by the browser as a file, and by nothing on the way."""
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(as_text(file), media_type="application/json", headers=headers)


def as_text(file: Mapping[str, Any]) -> str:
    return json.dumps(file, ensure_ascii=False, indent=2) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, datetime) else value
