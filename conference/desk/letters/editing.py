"""The form of a letter to many: its words, whom it is for, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from conference.base.errors import Conflict, Invalid, NotFound
from conference.base.words import LANGUAGES, Words
from conference.desk.editions import changed_meanwhile
from conference.desk.letters.words import fault_sentence, placeholder_words
from conference.doors.entered import entered_instant
from conference.doors.pages import form_of
from conference.doors.table import TABLE
from conference.doors.visit import Visit
from conference.doors.words import role_word
from conference.initiatives.store import initiatives_in
from conference.mailing.actions import Written, put_mailing
from conference.mailing.composing import words_of
from conference.mailing.model import LetterKind, Mailing, MailingState
from conference.mailing.rules import DAY, LONGEST_BODY, LONGEST_SUBJECT, SOON, TO_MANY, audience_from
from conference.mailing.shipped import kind_word
from conference.mailing.store import mailing_by_id
from conference.people.model import Role
from conference.program.model import Kind, Session
from conference.program.store import sessions_of
from conference.registration.rules import CHOOSABLE
from conference.registration.store import terms_of
from conference.web.render import rendered

ROLES = tuple(role for role in Role if role is not Role.GUEST)
ONLY = ("", "unwritten", "unseen")


@dataclass(frozen=True)
class Choices:
    """What the form offers."""

    sessions: Sequence[Session]
    initiatives: Sequence[tuple[str, str]]
    registers: bool = False  # whether people register for this conference

    @property
    def registered(self) -> list[str]:
        """Words that `Audience.registered` may hold."""
        forums = [each for each in self.sessions if each.kind in CHOOSABLE]
        return ["waiting", *(f"{word}:{each.id}" for each in forums for word in ("placed", "hopes"))] if self.registers else []


def offered() -> list[LetterKind]:
    """Kinds that can be written to many: none whose link leads to a page that there is not."""
    return [kind for kind in TO_MANY if kind is not LetterKind.SURVEY or "survey" in TABLE]


async def new(request: Request, visit: Visit) -> Response:
    """`?kind=`, perhaps `session=`: GET shows the template's words, POST keeps a draft. Raises NotFound."""
    try:
        kind = LetterKind(request.query_params.get("kind", LetterKind.LETTER.value))
    except ValueError:
        raise NotFound("page") from None
    if kind not in offered():
        raise NotFound("page")
    choices = await _choices(visit)
    if request.method == "POST":
        return await _put(request, visit, choices, kind, None)
    fresh = Mailing(id="", conference_id=visit.conference.id, kind=kind, subject={}, body={}, made=visit.now, version=0)
    async with visit.services.db.read() as session:
        fresh.subject, fresh.body = await words_of(visit.services, session, fresh)
    fresh.calendar = kind is LetterKind.INVITATION
    fresh.minutes = {LetterKind.DAY_BEFORE: DAY, LetterKind.MINUTES_BEFORE: SOON}.get(kind)
    return await _page(request, visit, choices, kind, entered_from(visit, fresh), {}, None)


async def edit(request: Request, visit: Visit) -> Response:
    """A draft, or what has not begun yet. Raises NotFound, Conflict."""
    async with visit.services.db.read() as session:
        mailing = await mailing_by_id(session, visit.conference.id, request.path_params["m"])
        if not mailing.body:
            mailing.subject, mailing.body = await words_of(visit.services, session, mailing)
    if mailing.state not in (MailingState.DRAFT, MailingState.PLANNED):
        raise Conflict("mailing_begun")
    choices = await _choices(visit)
    if request.method == "POST":
        return await _put(request, visit, choices, mailing.kind, mailing)
    return await _page(request, visit, choices, mailing.kind, entered_from(visit, mailing), {}, mailing)


async def _choices(visit: Visit) -> Choices:
    async with visit.services.db.read() as session:
        sessions = await sessions_of(session, visit.conference.id)
        initiatives = await initiatives_in(session, visit.conference.id)
        registers = await terms_of(session, visit.conference.id) is not None
    return Choices(
        [each for each in sessions if each.kind is not Kind.BREAK],
        sorted(((each.id, each.name) for each in initiatives), key=lambda each: each[1]),
        registers,
    )


def entered_from(visit: Visit, mailing: Mailing) -> dict[str, str]:
    """A mailing as the form has it."""
    audience = audience_from(mailing.audience)
    entered = {"version": str(mailing.version), "session": mailing.session_id or "", "only": audience.only or ""}
    for code in LANGUAGES:
        entered[f"subject_{code}"] = mailing.subject.get(code, "")
        entered[f"body_{code}"] = mailing.body.get(code, "")
    entered |= {f"role_{role.value}": "yes" for role in audience.roles}
    entered["in"] = next(iter(audience.sessions), "")
    entered["registered"] = audience.registered or ""
    entered["initiative"] = next(iter(audience.initiatives), "")
    if mailing.calendar:
        entered["calendar"] = "yes"
    if mailing.at is not None:
        entered["at"] = visit.local(mailing.at).strftime("%Y-%m-%dT%H:%M")
    if mailing.minutes is not None:
        entered["minutes"] = str(mailing.minutes)
    return entered


def words_from(form: Mapping[str, str]) -> tuple[Words, Words]:
    """Subject and body; a language in which nothing was written is left out."""
    subject: Words = {}
    body: Words = {}
    for code in LANGUAGES:
        one, text = form.get(f"subject_{code}", "").strip(), form.get(f"body_{code}", "").replace("\r\n", "\n").strip()
        if one or text or code == LANGUAGES[0]:
            subject[code], body[code] = one, text
    return subject, body


def _written(visit: Visit, form: Mapping[str, str], choices: Choices, errors: dict[str, str]) -> Written:
    """What the form says; what cannot be is in `errors`."""
    _ = visit.services.texts[visit.language].gettext
    subject, body = words_from(form)
    known = {each.id for each in choices.sessions}
    audience: dict[str, Any] = {"roles": [role.value for role in ROLES if form.get(f"role_{role.value}")]}
    if form.get("in") in known:
        audience["sessions"] = [form["in"]]
    if form.get("initiative") in {key for key, _name in choices.initiatives}:
        audience["initiatives"] = [form["initiative"]]
    if form.get("registered") in choices.registered:
        audience["registered"] = form["registered"]
    if form.get("only") in ONLY[1:]:
        audience["only"] = form["only"]
    at = None
    if form.get("at"):
        at = entered_instant(form["at"], visit)
        if at is None:
            errors["at"] = _("Please enter a date and a time that exist in the conference's zone.")
        elif at <= visit.now:
            errors["at"] = _("This moment has passed. Leave the field empty to send the letter by hand.")
    return Written(
        subject,
        body,
        audience,
        calendar=bool(form.get("calendar")),
        session_id=form["session"] if form.get("session") in known else None,
        at=at,
        minutes=int(form["minutes"]) if form.get("minutes") in ("10", "60", "1440") and at is None else None,
    )


async def _put(request: Request, visit: Visit, choices: Choices, kind: LetterKind, before: Mailing | None) -> Response:
    form = await form_of(request)
    errors: dict[str, str] = {}
    written = _written(visit, form, choices, errors)
    person = visit.viewer.person
    if errors:
        return await _page(request, visit, choices, kind, form, errors, before)
    try:
        async with visit.services.db.work() as work:
            mailing = await put_mailing(
                work,
                visit.services,
                visit.conference.id,
                kind,
                written,
                by=person.id if person else None,
                mailing_id=before.id if before else None,
                seen=int(form.get("version", "0")) if form.get("version", "").isdigit() else 0,
            )
    except Invalid as error:
        words = visit.services.texts[visit.language]
        errors = {name: fault_sentence(words, *fault) for name, fault in error.facts["faults"].items()}
        return await _page(request, visit, choices, kind, form, errors, before)
    except Conflict as error:
        return await _clash(request, visit, choices, kind, form, error, before)
    return RedirectResponse(f"/desk/{visit.conference.slug}/letters/{mailing.id}/check", 303)


async def _clash(
    request: Request,
    visit: Visit,
    choices: Choices,
    kind: LetterKind,
    form: dict[str, str],
    error: Conflict,
    before: Mailing | None,
) -> Response:
    """Somebody else was faster: both texts, nothing is written."""
    async with visit.services.db.read() as session:
        sentence = await changed_meanwhile(session, visit, error)
        now = await mailing_by_id(session, visit.conference.id, before.id) if before else None
    form["version"] = str(error.facts["version"])
    return await _page(request, visit, choices, kind, form, {}, before, clash=sentence, now=now)


async def _page(
    request: Request,
    visit: Visit,
    choices: Choices,
    kind: LetterKind,
    entered: Mapping[str, str],
    errors: dict[str, str],
    mailing: Mailing | None,
    *,
    clash: str | None = None,
    now: Mailing | None = None,
) -> Response:
    words = visit.services.texts[visit.language]
    _ = words.gettext
    base = f"/desk/{visit.conference.slug}/letters"
    sessions = [{"value": each.id, "label": visit.say(each.title)} for each in choices.sessions]
    return await rendered(
        request,
        "desk/letters_form.html",
        status=409 if clash else 422 if errors else 200,
        title=kind_word(words, kind),
        headers={"Cache-Control": "no-store"},
        letter={
            "action": str(request.url.path) + (f"?{request.url.query}" if request.url.query else ""),
            "base": base,
            "back": f"{base}/{mailing.id}" if mailing else base,
            "longest_subject": LONGEST_SUBJECT,
            "longest_body": LONGEST_BODY,
            "roles": [{"name": f"role_{role.value}", "label": role_word(words, role)} for role in ROLES],
            "sessions": [{"value": "", "label": _("the whole conference")}, *sessions],
            "places": [{"value": "", "label": _("any")}, *sessions],
            "initiatives": [
                {"value": "", "label": _("any")},
                *({"value": key, "label": name} for key, name in choices.initiatives),
            ],
            "registered": _registered(visit, choices),
            "only": [
                {"value": "", "label": _("all of them")},
                {"value": "unwritten", "label": _("who has had no letter of this kind yet")},
                {"value": "unseen", "label": _("who has never signed in")},
            ],
            "minutes": [
                {"value": "", "label": _("at no such moment")},
                {"value": "1440", "label": _("a day before")},
                {"value": "60", "label": _("an hour before")},
                {"value": "10", "label": _("ten minutes before")},
            ],
            "placeholders": placeholder_words(words, session=True),
            "clash": clash,
            "now": {code: (now.subject.get(code, ""), now.body.get(code, "")) for code in LANGUAGES} if now else None,
        },
        form={"entered": entered, "errors": errors},
        above=[{"label": _("Letters"), "href": base}],
    )


def _registered(visit: Visit, choices: Choices) -> list[dict[str, str]]:
    """What can be asked of those who registered; nothing where nobody can."""
    if not choices.registered:
        return []
    _ = visit.services.texts[visit.language].gettext
    labels = {"placed": _("has a place: {session}"), "hopes": _("waits for a place: {session}")}
    titles = {each.id: visit.say(each.title) for each in choices.sessions}
    options = [{"value": "", "label": _("any")}, {"value": "waiting", "label": _("is on the waiting list of the conference")}]
    for value in choices.registered[1:]:
        word, _colon, session = value.partition(":")
        options.append({"value": value, "label": labels[word].format(session=titles[session])})
    return options
