"""The guard: finds out who is at the door and asks the table, at request time, for pages and for the live socket alike."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from urllib.parse import urlencode

from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.access.model import Conference, State
from conference.access.rules import state_at
from conference.access.store import conference_by_slug, times_of
from conference.base.errors import ConferenceError, NotAllowed, NotFound, OutsideWindow, SignInNeeded
from conference.base.ids import digest
from conference.doors.looking import seen_as
from conference.doors.table import INSTALLATION, TABLE, Door, Standing, Verdict, decide
from conference.doors.view import view_of
from conference.doors.visit import Viewer, Visit, standing_of
from conference.people.actions import real_now
from conference.people.model import Person, Role, RoleHeld
from conference.people.store import Known, known_in_browser, roles_of, token_by_secret
from conference.web.services import Services

Endpoint = Callable[[Request, Visit], Awaitable[Response]]


def cookie_name(services: Services) -> str:
    """`__Host-` binds the cookie to https and to this very host; plain http (loopback only) cannot have it."""
    return "__Host-meetingpoint" if services.settings.secure else "meetingpoint"


def cookie_of(connection: HTTPConnection, services: Services) -> str | None:
    return connection.cookies.get(cookie_name(services)) or None


async def conference_at(services: Services, slug: str) -> Conference:
    """Raises NotFound."""

    async def load() -> Conference:
        async with services.db.read() as session:
            return await conference_by_slug(session, slug)

    return await services.recent.get(("conference", slug), load)


async def viewer_at(services: Services, conference: Conference, cookie: str | None, bearer: str | None = None) -> Viewer:
    """Who this is in the conference: by cookie (as of a second ago at most, unless something was told since), or by bearer token
    for programs."""
    if bearer is None and cookie is not None:
        return await services.recent.get((conference.id, digest(cookie)), lambda: viewer_now(services, conference, cookie, None))
    return await viewer_now(services, conference, cookie, bearer)


async def viewer_now(services: Services, conference: Conference, cookie: str | None, bearer: str | None = None) -> Viewer:
    """The same as the database has it now."""
    now = real_now(services.clock)
    async with services.db.read() as session:
        if bearer is not None:
            token = await token_by_secret(session, bearer, now)
            if token is None or token.conference_id != conference.id:
                return Viewer()
            person = await session.get(Person, token.person_id) if token.person_id else None
            # A token never carries an organiser's rights, whoever minted it.
            return replace(_viewer(person, await roles_of(session, person.id) if person else []), token=token)
        if cookie is None:
            return Viewer()
        known = await known_in_browser(session, cookie, now)
    return _viewer_among(known, conference)


def _viewer_among(known: list[Known], conference: Conference) -> Viewer:
    """Who the browser is here: its person of the conference, else its organiser of the installation, whose rights count in any
    case. Where the conference asks for a second factor, who has not shown it there organises nothing."""
    here = next((each for each in known if each.person.conference_id == conference.id), None)
    installation = next((each for each in known if each.person.conference_id is None), None)
    somebody = here or installation
    if somebody is None:
        return Viewer()
    viewer = replace(_viewer(somebody.person, somebody.held), looks_as=somebody.looks_as)
    organising = [each for each in (here, installation) if each is not None and (each is installation or _organises(each.held))]
    if not organising:
        return viewer
    if conference.second_factor is not None and not any(each.verified is not None for each in organising):
        return replace(viewer, roles=viewer.roles - {Role.ORGANISER}, unverified=True)
    return replace(viewer, organiser=True)


def _organises(held: list[RoleHeld]) -> bool:
    return any(row.role is Role.ORGANISER and row.session_id is None for row in held)


def _viewer(person: Person | None, held: list[RoleHeld]) -> Viewer:
    """The person with all roles, as yet no organiser."""
    roles = frozenset(row.role for row in held if row.session_id is None)
    by_session: dict[str, frozenset[Role]] = {}
    for row in held:
        if row.session_id is not None:
            by_session[row.session_id] = by_session.get(row.session_id, frozenset()) | {row.role}
    return Viewer(person=person, roles=roles, session_roles=by_session)


def require(door: Door, viewer: Viewer, state: State, conference: Conference) -> None:
    """Raise the ConferenceError that fits, or return."""
    verdict = decide(door, standing_of(viewer), viewer.all_roles(), state)
    if verdict is not Verdict.PASS:
        raise refusal(verdict, conference, state)


def refusal(verdict: Verdict, conference: Conference, state: State) -> ConferenceError:
    facts = {"slug": conference.slug, "state": state.value}
    if verdict is Verdict.SIGN_IN:
        return SignInNeeded("sign_in", **facts)
    if verdict is Verdict.FORBIDDEN:
        return NotAllowed("role", **facts)
    if verdict is Verdict.GONE:
        return OutsideWindow("closed", **facts)
    if verdict is Verdict.NOT_YET:
        return NotFound("not_yet", **facts)
    return NotFound("conference")  # as for one that does not exist


def lacks_factor_only(door: Door, visit: Visit) -> bool:
    """Whether the door would open, if only the second factor had been shown."""
    before = decide(door, standing_of(visit.viewer), visit.viewer.all_roles(), visit.state)
    return before is not Verdict.PASS and decide(door, Standing.ORGANISER, frozenset(), visit.state) is Verdict.PASS


def to_factor(request: Request) -> Response:
    """To where a second factor is shown, or set up, and back. Raises NotAllowed where there is no page to come back to."""
    if request.method not in ("GET", "HEAD"):
        raise NotAllowed("second_factor")
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/sign-in/factor?{urlencode({'next': here})}", 303)


def bearer_of(connection: HTTPConnection) -> str | None:
    scheme, _, secret = connection.headers.get("authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" and secret.strip() else None


async def visit_at(
    services: Services, conference: Conference, connection: HTTPConnection, language: str, *, programs: bool = False
) -> Visit:
    """The visit of this request or socket, before any door was asked. programs: a bearer token counts."""
    bearer = bearer_of(connection) if programs else None
    viewer = await viewer_at(services, conference, cookie_of(connection, services), bearer)
    return visit_of(services, conference, viewer, language)


def visit_of(services: Services, conference: Conference, viewer: Viewer, language: str) -> Visit:
    now = services.clock.now()
    times = times_of(conference)
    return Visit(services, conference, times, state_at(times, now), now, viewer, language)


def page(path: str, name: str, endpoint: Endpoint, methods: tuple[str, ...] = ("GET",)) -> Route:
    """A route of a conference whose door is the row `name` of the table. `path` begins with /{c}."""
    door = TABLE[name]

    async def guarded(request: Request) -> Response:
        services: Services = request.app.state.services
        # Taken before anything is read: a page may then learn a change twice, but never miss one.
        request.state.live_last = services.live.last
        conference = await conference_at(services, request.path_params["c"])
        present = await visit_at(services, conference, request, request.state.language, programs=door.programs)
        request.state.visit = present
        request.state.view = lambda: view_of(present, request.url.path)
        if present.viewer.person is not None and (cookie := cookie_of(request, services)):
            request.app.state.seen.note(cookie)
        visit = seen_as(present, name, request.method)
        request.state.visit = visit
        request.state.view = lambda: view_of(visit, request.url.path)
        if visit.viewer.unverified and lacks_factor_only(door, visit):
            return to_factor(request)
        require(door, visit.viewer, visit.state, conference)
        return await endpoint(request, visit)

    return Route(path, guarded, methods=list(methods), name=name)


def installation_page(
    path: str, name: str, endpoint: Callable[[Request], Awaitable[Response]], methods: tuple[str, ...] = ("GET",)
) -> Route:
    """A route of the installation: it opens nothing of a conference by itself."""
    if name not in INSTALLATION:
        raise KeyError(name)
    return Route(path, endpoint, methods=list(methods), name=name)
