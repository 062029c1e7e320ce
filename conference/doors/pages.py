"""Signing in by personal link, asking for it again, signing out, choosing the language.

A link acts only on POST: mail scanners open every link with GET, so that names the person and changes nothing.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.access.model import Conference, State
from conference.access.rules import state_at
from conference.access.store import conference_by_id, conferences, times_of
from conference.base.errors import Invalid, NotFound
from conference.base.mail import Letter, post
from conference.base.words import LANGUAGES, say
from conference.doors.factors.flow import with_flow
from conference.doors.guard import cookie_name, cookie_of, installation_page, refusal, visit_of
from conference.doors.table import Verdict
from conference.doors.view import conference_view, view_of
from conference.doors.visit import Viewer, Visit
from conference.doors.words import role_word
from conference.people.accounts.actions import asks_for_factor, begin_flow
from conference.people.accounts.model import FlowKind
from conference.people.actions import BROWSER_DAYS, issue_link, real_now, sign_in, sign_out, tell_browser
from conference.people.model import Person, Role, RoleHeld, SignInWay
from conference.people.rules import label_of
from conference.people.store import normal_email, person_by_link, persons_by_email, persons_of_browser, roles_of
from conference.web.errors import explain
from conference.web.render import rendered
from conference.web.services import Services

LANGUAGE_COOKIE = "language"
LINKS_PER_MINUTE = 30  # of one network: many sit behind one router
GUESSES_PER_MINUTE = 60
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def local_path(text: str) -> str | None:
    """`text` when it is a path of this site and nothing else, so that no redirect leads away."""
    if not text.startswith("/") or text.startswith(("//", "/\\")) or any(ord(c) < 33 or c == "\\" for c in text):
        return None
    parts = urlsplit(text)
    return text if not parts.scheme and not parts.netloc else None


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a small form, without files and without control characters (databases refuse NUL, terminals obey others)."""
    form = await request.form(max_files=0, max_fields=50, max_part_size=64 * 1024)
    return {name: _CONTROL.sub("", value) for name, value in form.items() if isinstance(value, str)}


def client_of(request: Request) -> str:
    return request.client.host if request.client else ""


async def language(request: Request) -> Response:
    form = await form_of(request)
    response = RedirectResponse(local_path(form.get("next", "")) or "/", 303)
    if form.get("lang") in LANGUAGES:
        secure = request.app.state.services.settings.secure
        response.set_cookie(LANGUAGE_COOKIE, form["lang"], max_age=365 * 86400, httponly=True, samesite="lax", secure=secure)
    return response


async def ask_for_link(request: Request) -> Response:
    """The form; on POST the links of this address are sent again. The answer tells nobody whether the address is known."""
    services: Services = request.app.state.services
    if request.method != "POST":
        return await _ask(request, {}, {}, sent=False)
    form = await form_of(request)
    email = normal_email(form.get("email", ""))
    if "@" not in email or len(email) > 254 or any(c.isspace() or not c.isprintable() for c in email):
        sentence = explain(Invalid("email"), services.texts[request.state.language])
        return await _ask(request, {"email": form.get("email", "")}, {"email": sentence}, sent=False)
    services.limits.check("link by address", client_of(request), per_minute=LINKS_PER_MINUTE)
    services.limits.check("link by email", email, per_minute=0.3, burst=3)
    await send_links(services, email, request.state.language)
    return await _ask(request, {}, {}, sent=True)


async def _ask(request: Request, entered: dict[str, str], errors: dict[str, str], *, sent: bool) -> Response:
    _ = request.app.state.services.texts[request.state.language].gettext
    status = 422 if errors else 200
    return await rendered(
        request, "people/sign_in.html", status=status, title=_("Sign in"), form={"entered": entered, "errors": errors}, sent=sent,
        provider=bool(request.app.state.services.settings.oidc_issuer),
    )  # fmt: skip


async def send_links(services: Services, email: str, code: str) -> None:
    """Mail a fresh link for each conference that this person may still enter. Links given out before stay valid."""
    _ = services.texts[code].gettext
    async with services.db.work() as work:
        lines = []
        for person in await persons_by_email(work.session, email):
            conference = await conference_by_id(work.session, person.conference_id) if person.conference_id else None
            held = await roles_of(work.session, person.id)
            if conference is None or link_opens(services, conference, held):
                secret = await issue_link(work, services.ids, person.id)
                title = say(conference.title, code) if conference else "Meetingpoint"
                lines.append(f"{title}\n{services.settings.base_url}/sign-in/{secret}")
                if conference is not None:
                    address = f"{services.settings.base_url}/{conference.slug}/check"
                    lines.append(_("You can test camera, sound and connection beforehand: {address}").format(address=address))
        if lines:
            text = "\n\n".join(
                [_("Good day,"), _("here is your personal link. It is meant for you alone and works until closing."), *lines]
            )
            await post(work, Letter(to=email, subject=_("Your personal link"), text=text + "\n"))


def link_opens(services: Services, conference: Conference, held: list[RoleHeld]) -> bool:
    """Links work until closing, organisers' beyond."""
    state = state_at(times_of(conference), services.clock.now())
    return state not in (State.CLOSED, State.PURGED) or any(row.role is Role.ORGANISER for row in held)


async def link(request: Request) -> Response:
    """GET names the person; POST signs the browser in."""
    services: Services = request.app.state.services
    secret = request.path_params["token"]
    async with services.db.read() as session:
        person = await person_by_link(session, secret)
        if person is None:
            # Only guesses count by address: a whole hall opens its links behind one address in the same minute.
            services.limits.check("sign-in", client_of(request), per_minute=GUESSES_PER_MINUTE)
            raise NotFound("link")
        services.limits.check("sign-in by link", person.id, per_minute=GUESSES_PER_MINUTE)
        held = await roles_of(session, person.id)
        conference = await conference_by_id(session, person.conference_id) if person.conference_id else None
        others = await persons_of_browser(session, cookie_of(request, services) or "", real_now(services.clock))
    if conference is not None:
        visit = visit_of(services, conference, Viewer(), request.state.language)
        request.state.visit = visit
        request.state.view = lambda: view_of(visit, request.url.path)
        if not link_opens(services, conference, held):
            raise refusal(Verdict.GONE, conference, visit.state)
    if request.method != "POST":
        return await _name_the_person(request, person, held, conference, others)
    form = await form_of(request)
    target = local_path(form.get("next", "")) or _start_of(conference, held)
    async with services.db.work() as work:
        if await asks_for_factor(work, person):
            facts = {"next": target, "way": SignInWay.LINK.value}
            begun = await begin_flow(
                work, services.ids, services.clock, FlowKind.SECOND, person_id=person.id, facts=facts
            )  # fmt: skip
            return with_flow(RedirectResponse("/sign-in/factor", 303), services, begun)
        fresh = await sign_in(
            work, services.ids, services.clock, person, cookie_of(request, services), label=browser_label(request)
        )  # fmt: skip
        tell_browser(work, services.outbox, cookie_of(request, services))
    return signed_in(RedirectResponse(target, 303), services, fresh)


def browser_label(request: Request) -> str | None:
    """Which browser this is, in general words, for its owner's list of devices."""
    return label_of(request.headers.get("user-agent", ""))


def _start_of(conference: Conference | None, held: list[RoleHeld]) -> str:
    organiser = any(row.role is Role.ORGANISER for row in held)
    if conference is None:
        return "/desk"
    return f"/desk/{conference.slug}" if organiser else f"/{conference.slug}/"


async def _name_the_person(
    request: Request, person: Person, held: list[RoleHeld], conference: Conference | None, others: list[Person]
) -> Response:
    services: Services = request.app.state.services
    words = services.texts[request.state.language]
    visit: Visit | None = getattr(request.state, "visit", None)
    entry: dict[str, Any] = {"title": "Meetingpoint", "kicker": words.gettext("Conference office")}
    if visit is not None:
        view = conference_view(visit)
        entry = {"title": view.title, "kicker": view.kicker}
    entry["roles"] = sorted({role_word(words, row.role) for row in held})
    other = next((known for known in others if known.conference_id == person.conference_id and known.id != person.id), None)
    return await rendered(
        request,
        "people/link.html",
        title=words.gettext("Your personal link"),
        headers={"X-Robots-Tag": "noindex"},
        link={
            "name": person.name,
            "action": request.url.path,
            "conferences": [entry],
            "signed_in_as": other.name if other else None,
            "next": local_path(request.query_params.get("next", "")) or "",
        },
    )


def signed_in(response: Response, services: Services, cookie: str) -> Response:
    response.set_cookie(
        cookie_name(services),
        cookie,
        max_age=BROWSER_DAYS * 86400,
        path="/",
        secure=services.settings.secure,
        httponly=True,
        samesite="lax",
    )
    return response


async def leave(request: Request) -> Response:
    """Sign this browser out everywhere."""
    services: Services = request.app.state.services
    cookie = cookie_of(request, services)
    if cookie is not None:
        async with services.db.work() as work:
            await sign_out(work, cookie)
            tell_browser(work, services.outbox, cookie)
    response = RedirectResponse("/", 303)
    response.delete_cookie(cookie_name(services), path="/", secure=services.settings.secure, httponly=True, samesite="lax")
    return response


async def farewell(request: Request) -> dict[str, Any]:
    """Context of the farewell page: when it closed and what remains. `remains` comes from the app's wiring."""
    visit: Visit = request.state.visit
    language = visit.services.texts[visit.language]
    return {
        "title": language.gettext("Closed"),
        "farewell": {
            "closed_on": visit.local(visit.conference.closes - timedelta(seconds=1)),  # the last moment, hence the last day
            "remains": await request.app.state.remains(visit),
            "network": False,
            "message": None,
        },
    }


async def known_conferences(services: Services, cookie: str | None) -> list[Conference]:
    """Conferences that this browser may see listed: public ones, and those where it is somebody."""
    now = services.clock.now()
    async with services.db.read() as session:
        every = await conferences(session)
        persons = await persons_of_browser(session, cookie, real_now(services.clock)) if cookie else []
    mine = {person.conference_id for person in persons}
    shown = []
    for conference in every:
        state = state_at(times_of(conference), now)
        if None in mine or conference.id in mine or state not in (State.DRAFT, State.CLOSED, State.PURGED):
            shown.append(conference)
    return shown


routes: list[Route] = [
    installation_page("/language", "language", language, ("POST",)),
    installation_page("/sign-in", "sign_in", ask_for_link, ("GET", "POST")),
    installation_page("/sign-in/{token}", "sign_in.link", link, ("GET", "POST")),
    installation_page("/sign-out", "sign_out", leave, ("POST",)),
]
