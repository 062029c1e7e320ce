"""One person: name and address, roles, personal links; and the form for somebody new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.base import audit
from conference.base.errors import Conflict, Invalid
from conference.base.words import LANGUAGES
from conference.desk.editions import changed_meanwhile
from conference.desk.people.actions import Facts, Held, add_person, save_person
from conference.desk.people.rules import land_of
from conference.desk.people.store import initiative_names, person_of
from conference.desk.people.taking import issue_links
from conference.desk.people.words import CHOOSABLE, consent_word, state_words
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.visit import Visit, by_of
from conference.doors.words import role_word
from conference.forums.check.store import results_of
from conference.forums.check.view import shown
from conference.initiatives.model import LAENDER
from conference.people.actions import revoke
from conference.people.model import Person, Role, RoleHeld, SignedIn, SignInLink, Source
from conference.people.store import roles_of
from conference.program.model import Session
from conference.registration.model import Registration
from conference.registration.store import consents_of
from conference.web.errors import explain
from conference.web.render import rendered

NOT_STORED = {"Cache-Control": "no-store"}
LINKS_PER_MINUTE = 20
MOST_SHOWN = 500
# Where a refusal belongs.
FIELD_OF = {
    "name": "name",
    "email": "email",
    "email_taken": "email",
    "email_factor": "email",
    "own_organiser": "role-organiser",
    "last_organiser": "role-organiser",
}


async def new(request: Request, visit: Visit) -> Response:
    """The form for somebody who is not there yet."""
    if request.method != "POST":
        entered = _empty(request.query_params.get("role", Role.ATTENDEE.value))
        return await _page(request, visit, None, entered)
    form = await form_of(request)
    try:
        async with visit.services.db.work() as work:
            facts = await _facts(work.session, visit, form, [])
            person = await add_person(work, visit.services, visit.conference.id, facts, by=by_of(visit))
    except Invalid as error:
        return await _page(request, visit, None, form, _errors(visit, error))
    return RedirectResponse(f"/desk/{visit.conference.slug}/people/{person.id}?done=added", 303)


async def one(request: Request, visit: Visit) -> Response:
    """GET shows the person; POST saves, makes a link, or makes all links worthless."""
    async with visit.services.db.read() as session:
        person = await person_of(session, visit.conference.id, request.path_params["p"])
        held = await roles_of(session, person.id)
    if request.method != "POST":
        return await _page(request, visit, person, _entered(person, held), flash=_done(visit, request))
    form = await form_of(request)
    if form.get("do") in ("link", "revoke"):
        return await _links(request, visit, person, held, form["do"])
    try:
        async with visit.services.db.work() as work:
            facts = await _facts(work.session, visit, form, held, person)
            await save_person(
                work, visit.services, visit.conference.id, person.id, facts, seen=form.get("version"), by=by_of(visit)
            )
    except Conflict as error:
        async with visit.services.db.read() as session:
            sentence = await changed_meanwhile(session, visit, error)
            person = await person_of(session, visit.conference.id, person.id)
        return await _page(request, visit, person, form, {"name": sentence}, status=409)
    except Invalid as error:
        return await _page(request, visit, person, form, _errors(visit, error))
    return RedirectResponse(f"{request.url.path}?done=saved", 303)


async def _links(request: Request, visit: Visit, person: Person, held: list[RoleHeld], do: str) -> Response:
    visit.services.limits.check("link by desk", by_of(visit) or "", per_minute=LINKS_PER_MINUTE)
    async with visit.services.db.work() as work:
        if do == "revoke":
            await revoke(work, visit.services.outbox, person.id, by=by_of(visit))
            return RedirectResponse(f"{request.url.path}?done=revoked", 303)
        (link,) = await issue_links(work, visit.services, [person.id])
        audit.record(work, "links taken", conference_id=visit.conference.id, person_id=by_of(visit), person=person.id, people=1)
    return await _page(request, visit, person, _entered(person, held), link=link)


def _empty(role: str) -> dict[str, str]:
    return {"name": "", "email": "", "organisation": "", "land": "", "language": "", f"role-{role}": "yes"}


def _entered(person: Person, held: Sequence[RoleHeld]) -> dict[str, str]:
    """The form as the person stands. The organisation's name is put in by the page."""
    return {
        "name": person.name, "email": person.email, "land": person.land, "language": person.language or "",
        "version": str(person.version),
        "shown": " ".join(sorted(f"{row.role.value}:{row.session_id or ''}" for row in held)),
        **{f"role-{row.role.value}": "yes" for row in held if row.session_id is None},
        **{f"held-{row.id}": "yes" for row in held if row.session_id is not None},
    }  # fmt: skip


def _shown(form: Mapping[str, str]) -> frozenset[Held] | None:
    """The roles that the form was opened with; None where it does not say."""
    if "shown" not in form:
        return None
    pairs = [each.partition(":") for each in form["shown"].split()[:MOST_SHOWN]]
    return frozenset((Role(role), session or None) for role, _, session in pairs if role in set(Role))


def _becomes_initiative(form: Mapping[str, str], held: Sequence[RoleHeld]) -> bool:
    name = Role.INITIATIVE.value
    return form.get(f"role-{name}") == "yes" and not any(row.role is Role.INITIATIVE for row in held)


async def _facts(
    session: AsyncSession, visit: Visit, form: Mapping[str, str], held: Sequence[RoleHeld], person: Person | None = None
) -> Facts:
    names = await initiative_names(session, visit.conference.id)
    typed = " ".join(form.get("organisation", "").split())
    initiative = next((id_ for id_, (_, name) in names.items() if name.casefold() == typed.casefold()), None)
    written = person is not None and person.initiative_id is None and typed == person.organisation
    if written and not _becomes_initiative(form, held):
        initiative = None  # somebody wrote it who registered: saving something else makes nobody the initiative's speaker
    roles: set[tuple[Role, str | None]] = {(role, None) for role in CHOOSABLE if form.get(f"role-{role.value}") == "yes"}
    roles |= {(row.role, row.session_id) for row in held if row.session_id and form.get(f"held-{row.id}") == "yes"}
    roles |= {(row.role, row.session_id) for row in held if row.role not in CHOOSABLE}
    added = next((role for role in CHOOSABLE if role.value == form.get("add-role")), None)
    if added is not None and form.get("add-session"):
        query = select(Session.id).where(Session.conference_id == visit.conference.id, Session.id == form["add-session"])
        roles |= {(added, found) for found in await session.exec(query)}
    return Facts(
        name=form.get("name", ""),
        email=form.get("email", ""),
        initiative_id=initiative,
        organisation=typed if typed and initiative is None else None,
        land=land_of(form.get("land", "")) or "",
        language=form.get("language") if form.get("language") in LANGUAGES else None,
        roles=frozenset(roles),
        shown=_shown(form),
    )


async def _page(
    request: Request, visit: Visit, person: Person | None, entered: Mapping[str, str], errors: dict[str, str] | None = None,
    *, flash: str | None = None, link: str | None = None, status: int = 422,
) -> Response:  # fmt: skip
    words = visit.services.texts[visit.language]
    _ = words.gettext
    async with visit.services.db.read() as session:
        names = await initiative_names(session, visit.conference.id)
        query = select(Session).where(Session.conference_id == visit.conference.id).order_by(col(Session.starts), Session.slug)
        sessions = list(await session.exec(query))
        known = await _known(session, visit, person)
    typed = dict(entered)
    if "organisation" not in typed and person is not None:
        own = names.get(person.initiative_id or "")
        typed["organisation"] = own[1] if own else person.organisation or ""
    if person is not None:
        typed["version"] = str(person.version)
    titles = {each.id: visit.say(each.title) for each in sessions}
    return await rendered(
        request,
        "desk/person.html",
        status=status if errors else 200,
        title=person.name if person else _("Add somebody"),
        headers=NOT_STORED,
        flash=flash,
        person={**known, "link": link, "is_new": person is None, "action": request.url.path},
        entered=typed,
        errors=errors or {},
        roles=[{"value": role.value, "label": role_word(words, role)} for role in CHOOSABLE],
        held=[
            {"id": row.id, "label": role_word(words, row.role), "session": titles.get(row.session_id or "", "")}
            for row in known["held"] if row.session_id
        ],
        sessions=[{"value": id_, "label": title} for id_, title in titles.items()],
        laender=[{"value": code, "label": word} for code, word in LAENDER.items()],
        initiatives=[name for _, name in names.values()],
        base=f"/desk/{visit.conference.slug}/people",
    )  # fmt: skip


async def _known(session: AsyncSession, visit: Visit, person: Person | None) -> dict[str, Any]:
    """What is known of somebody beside the form."""
    if person is None:
        return {"held": []}
    links = select(func.count()).where(SignInLink.person_id == person.id, col(SignInLink.revoked).is_(None))
    devices = select(func.count()).where(SignedIn.person_id == person.id)
    test = (await results_of(session, visit.conference.id)).get(person.id)
    return {
        "id": person.id,
        "held": sorted(await roles_of(session, person.id), key=lambda row: (row.role, row.id)),
        "links": (await session.exec(links)).one(),
        "devices": (await session.exec(devices)).one(),
        "source": _source(visit, person.source),
        "bounced": visit.local(person.bounced) if person.bounced else None,
        "test": shown(visit, test),
        "registered": await _registered(session, visit, person),
        "agreed": [
            {"word": consent_word(visit, kind), "since": visit.local(consent.given)}
            for kind, consent in sorted((await consents_of(session, person.id)).items())
        ],
    }


async def _registered(session: AsyncSession, visit: Visit, person: Person) -> dict[str, Any] | None:
    """The registration in a word, without what the person needs."""
    row = await session.get(Registration, person.id)
    if row is None:
        return None
    return {"word": state_words(visit.services.texts[visit.language])[row.state], "at": visit.local(row.at)}


def _source(visit: Visit, source: Source | None) -> str | None:
    _ = visit.services.texts[visit.language].gettext
    return {
        None: None,
        Source.FILE: _("from the conference file"),
        Source.LIST: _("from a table of the hosts"),
        Source.DESK: _("put in by the organisers"),
        Source.REGISTRATION: _("registered"),
        Source.GUEST: _("came as a guest"),
    }[source]


def _errors(visit: Visit, error: Invalid) -> dict[str, str]:
    return {FIELD_OF.get(error.code, "name"): explain(error, visit.services.texts[visit.language])}


def _done(visit: Visit, request: Request) -> str | None:
    _ = visit.services.texts[visit.language].gettext
    return {
        "added": _("Added. The personal link can be sent with a letter, or made here."),
        "merged": _("Both entries are one now."),
        "saved": _("Saved."),
        "revoked": _("No link and no device of this person is worth anything any more. A new link can be made at any time."),
    }.get(request.query_params.get("done", ""))


routes: list[Route] = [
    page("/desk/{c}/people/new", "desk.people.new", new, ("GET", "POST")),
    page("/desk/{c}/people/{p}", "desk.people.one", one, ("GET", "POST")),
]
