"""Builds the web application from opened services. No work at import, no globals."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from conference import health
from conference.access.store import conference_by_id
from conference.base.errors import ConferenceError, NotFound
from conference.cards import pages as cards
from conference.cards.captions import pages as card_captions
from conference.cards.consent import pages as card_consent
from conference.cards.contact import pages as card_contact
from conference.cards.films import pages as card_films
from conference.cards.gallery import pages as card_gallery
from conference.cards.numbers import pages as card_numbers
from conference.demo import pages as demo
from conference.desk import pages as desk
from conference.desk.letters import view as letters_live
from conference.desk.readiness.checks import READINESS_CHANGED
from conference.desk.run import live as run_live
from conference.doors import pages as doors
from conference.doors.factors import pages as factors
from conference.doors.gate import ConferenceGate, came_with, own_conference
from conference.doors.guard import installation_page, visit_of
from conference.doors.oidc import pages as oidc
from conference.doors.seen import Seen
from conference.doors.visit import Viewer
from conference.forums import live as forums_live
from conference.forums import pages as forums
from conference.forums.restricted import put_out_restricted, put_out_unverified
from conference.forums.rooms import RoomKeeper
from conference.front import feedback, findings, help, home, legal, logos, sessions, sheets
from conference.front import index as front
from conference.front.remains import what_remains_after
from conference.keeping.attendance import pages as attendance_pages
from conference.keeping.checking.actions import CHECK_CHANGED
from conference.live.hub import Renderer
from conference.live.model import OutboxRow
from conference.live.socket import LiveEndpoint
from conference.mailing.store import REGISTERED
from conference.people.actions import ROLES_CHANGED
from conference.program import pages as program
from conference.program.view import ProgramView
from conference.registration import pages as registration_pages
from conference.registration.store import registered_words
from conference.results import pages as results
from conference.results.closing import pages as closing_pages
from conference.results.closing.events import CLOSING_CHANGED
from conference.results.closing.telling import ClosingTeller
from conference.results.collecting import live as collecting_live
from conference.results.collecting import pages as collecting
from conference.results.events import SHEET_CHANGED
from conference.results.publishing import pages as publishing_pages
from conference.results.publishing.news import news_of
from conference.results.report import pages as report
from conference.results.sheets import pages as sheet_pages
from conference.survey import pages as survey_pages
from conference.ticker import Ticker
from conference.web.errors import body_cut_off, conference_error, explain, http_exception, server_error
from conference.web.guides.reading import PICTURES, Guides
from conference.web.middleware import Edge
from conference.web.objects import objects_routes
from conference.web.page_cache import PageCache
from conference.web.render import Rendering
from conference.web.services import Services
from conference.web.static import Assets, DigestFiles
from conference.web.texts import preferred_language

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def build_app(services: Services) -> ASGIApp:
    """The whole application as one ASGI callable. Its lifespan starts the hub, the ticker and the media listener."""
    assets, pictures = Assets(), Assets(PICTURES, "/static/guides")
    rendering = Rendering(services.texts, assets, demo=services.settings.demo)
    closing = ClosingTeller(services)
    topics = {
        **dict.fromkeys(("conference", "board", "timeline"), ("live:conference", own_conference)),
        **forums_live.topics,
        **findings.topics,
        **letters_live.topics,
        **run_live.topics,
        "closing": ("closing", closing.hears),
    }
    gate = ConferenceGate(services, topics)
    room = forums_live.Rooms(services, gate)
    console = run_live.Console(room.keeper, rendering)
    drawn = {**collecting_live.renderers_of(services, rendering), **letters_live.renderers_of(services, rendering)}
    services.audiences[REGISTERED] = registered_words
    services.renderers.update({**_program_renderers(services, rendering), **room.renderers, **drawn})

    def say(error: ConferenceError, language: str) -> str:
        return explain(error, services.texts[language])

    live = LiveEndpoint(
        services.live,
        gate,
        room.handlers,
        {**room.snapshots, **console.snapshots, "closing": closing.snapshot},
        say,
        base_url=services.settings.base_url,
        demo=services.settings.demo,
    )
    starlette = Starlette(
        routes=_routes(services, live, assets, pictures),
        exception_handlers={
            ConferenceError: conference_error,
            HTTPException: http_exception,
            ClientDisconnect: body_cut_off,
            Exception: server_error,
        },
        lifespan=_lifespan(services),
    )
    starlette.router.redirect_slashes = False  # its redirects are absolute
    cache = PageCache(
        Edge(_Language(starlette), services.settings, services.clock, services.ids, services.storage.public_origin),
        services.clock,
    )
    services.outbox.on_commit(cache.conference_changed)
    services.recent.keep(harmless=forums_live.ROOMS_OWN | drawn.keys() | {CLOSING_CHANGED})
    services.db.on_commit(lambda work: services.recent.committed(work.told))
    services.live.on_row(lambda row: services.recent.committed({row.kind}))
    services.live.on_row(_sign_ins(services, gate, room.keeper))
    ticker = Ticker(services, gate, cache, services.renderers)
    state = starlette.state
    state.services, state.rendering, state.guides = services, rendering, Guides(pictures=pictures.root)
    state.rooms, state.closing, state.console, state.seen = room, closing, console, Seen(services)
    state.background = [ticker.run, room.run, closing.run, console.run, state.seen.run]
    state.demo_bar = demo.demo_bar if services.settings.demo else None
    state.farewell, state.remains = doors.farewell, what_remains_after
    return cache


def _sign_ins(services: Services, gate: ConferenceGate, rooms: RoomKeeper) -> Callable[[OutboxRow], Awaitable[None]]:
    """Sockets of a browser that signed out, or of a person whose links were revoked, are checked again at once; after a change
    of roles those that hear a desk. Who may do less there from now on leaves the rooms."""

    async def heard(row: OutboxRow) -> None:
        if row.kind == "browser.changed":
            browser = row.facts["browser"]
            await services.live.recheck(gate, lambda socket: came_with(socket.viewer, browser))
            put_out_restricted(rooms, browser)
        elif row.kind == "person.revoked":
            person = row.facts["person"]
            await services.live.recheck(gate, lambda socket: socket.viewer.person_id == person)
        elif row.kind == ROLES_CHANGED:
            await services.live.recheck(gate, lambda socket: any(topic.startswith("desk:") for topic in socket.topics))
            if row.conference_id is not None:
                await put_out_unverified(rooms, gate, row.conference_id)

    return heard


def _routes(services: Services, live: ASGIApp, assets: Assets, pictures: Assets) -> list[BaseRoute]:
    routes: list[BaseRoute] = [
        *health.routes,
        *front.routes,
        *factors.routes,  # these two before the links, which take any word below /sign-in
        *oidc.routes,
        *doors.routes,
        *desk.routes,
        Mount("/static/guides", DigestFiles(pictures), name="static"),
        Mount("/static", DigestFiles(assets), name="static"),
        WebSocketRoute("/live", live, name="live"),
        installation_page("/favicon.ico", "favicon", _favicon(assets)),
        installation_page("/robots.txt", "robots", _robots),
    ]
    routes += objects_routes(services.storage, services.clock)
    if services.settings.demo:
        routes += demo.routes
    for feature in (
        home,
        logos,
        program,
        sessions,
        findings,
        sheets,
        sheet_pages,
        feedback,
        help,
        legal,
        results,
        report,
        publishing_pages,
        collecting,
        closing_pages,
        card_gallery,
        cards,
        card_contact,
        card_numbers,
        card_films,
        card_captions,
        card_consent,
        registration_pages,
        survey_pages,
        attendance_pages,
        forums,
    ):
        routes += feature.routes
    return [*routes, installation_page("/{slug}", "slash", _slash)]


def _program_renderers(services: Services, rendering: Rendering) -> dict[str, Renderer]:
    """Fragments of the program as a stranger sees them, in one language."""

    def fragment(template: str, target: str, part: Callable[[ProgramView], dict[str, object]]) -> Renderer:
        async def render(facts: object, language: str) -> dict[str, str]:
            assert isinstance(facts, dict)
            async with services.db.read() as session:
                conference = await conference_by_id(session, facts["conference"])
            view = await program.program_of(visit_of(services, conference, Viewer(), language))
            html = rendering.html(template, language, **{target.replace("now-next", "board"): part(view)})
            return {"target": target, "html": html}

        return render

    async def anew(_facts: object, _language: str) -> dict[str, str]:
        return {"type": "conference.state"}  # pages of the conference load anew, each at a moment of its own

    return {
        **dict.fromkeys(("conference.changed", "report.changed", "card.changed", "handover.changed"), anew),
        **dict.fromkeys((READINESS_CHANGED, CHECK_CHANGED), anew),
        SHEET_CHANGED: news_of(services),
        "board": fragment("program/_now_next.html", "now-next", lambda view: view.board()),
        "timeline": fragment("program/_timeline.html", "timeline", lambda view: view.timeline()),
    }


def _lifespan(services: Services) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await services.live.start()
            stack.push_async_callback(services.live.aclose)
            for run in app.state.background:
                task = asyncio.create_task(run())
                stack.push_async_callback(_end, task)
            yield

    return lifespan


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


class _Language:
    """Puts the language of the request into its state, for every page and refusal."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope)
            chosen = request.cookies.get(doors.LANGUAGE_COOKIE, "")
            scope.setdefault("state", {})["language"] = preferred_language(request.headers.get("accept-language", ""), chosen)
        await self._app(scope, receive, send)


def _favicon(assets: Assets) -> Callable[[Request], Awaitable[Response]]:
    async def favicon(_request: Request) -> Response:
        return RedirectResponse(assets.address("img/favicon.svg"), 302)

    return favicon


async def _slash(request: Request) -> Response:
    """A conference's address without its last stroke. Relative, so that no scheme or host is guessed behind a proxy."""
    slug: str = request.path_params["slug"]
    if not SLUG.fullmatch(slug):
        raise NotFound("page")
    return RedirectResponse(f"/{slug}/", 308)


async def _robots(_request: Request) -> Response:
    return PlainTextResponse(
        "User-agent: *\nDisallow: /live\nDisallow: /sign-in/\nDisallow: /desk\nDisallow: /me\nDisallow: /objects/\n"
    )
