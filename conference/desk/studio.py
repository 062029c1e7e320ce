"""The desk's page for a studio: bearer tokens for its three streams into a plenary, shown once, with what OBS asks for."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from conference.base.errors import NotFound
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.visit import Visit
from conference.people.actions import mint_feeds
from conference.people.model import Feed
from conference.people.store import feed_tokens_of
from conference.program.model import Kind, Place, Session
from conference.program.store import session_by_slug, sessions_of
from conference.program.view import item_of
from conference.web.render import rendered

HOURS = 24 * 7.0  # rehearsals take place days before


async def studio(request: Request, visit: Visit) -> Response:
    """GET lists the plenaries; POST (`session`: its slug) makes three tokens, and those from before worthless."""
    if request.method != "POST":
        return await _page(request, visit)
    slug = (await form_of(request)).get("session", "")
    async with visit.services.db.work() as work:
        session = await session_by_slug(work.session, visit.conference.id, slug)
        if not _has_stage(session):
            raise NotFound("session", slug=slug)
        services, person = visit.services, visit.viewer.person
        labels = {feed: feed_word(visit, feed) for feed in Feed}
        secrets = await mint_feeds(
            work, services.ids, services.clock, conference_id=visit.conference.id, session_id=session.id, hours=HOURS,
            labels=labels, by=person.id if person else None,
        )  # fmt: skip
    return await _page(request, visit, made=(session, secrets))


def _has_stage(session: Session) -> bool:
    return session.kind is Kind.PLENARY and session.place is not Place.ON_SITE


def feed_word(visit: Visit, feed: Feed) -> str:
    _ = visit.services.texts[visit.language].gettext
    return {Feed.STAGE: _("Stage"), Feed.SIGNING: _("Sign language"), Feed.DEPUTY: _("Deputy")}[feed]


async def _page(request: Request, visit: Visit, made: tuple[Session, dict[Feed, str]] | None = None) -> Response:
    _ = visit.services.texts[visit.language].gettext
    async with visit.services.db.read() as reading:
        plenaries = [each for each in await sessions_of(reading, visit.conference.id) if _has_stage(each)]
        good = await feed_tokens_of(reading, [each.id for each in plenaries])
    return await rendered(
        request,
        "desk/studio.html",
        title=_("Studio streams"),
        headers={"Cache-Control": "no-store"},
        studio={
            "back": f"/desk/{visit.conference.slug}",
            "action": request.url.path,
            "sessions": [_shown(visit, each, good.get(each.id), made) for each in plenaries],
        },
    )


def _shown(visit: Visit, session: Session, until: Any, made: tuple[Session, dict[Feed, str]] | None) -> dict[str, Any]:
    """A plenary with the streams that were just made, if they are its own. until: when its newest tokens end, or None."""
    item, secrets = item_of(visit, session), made[1] if made is not None and made[0].id == session.id else {}
    address = f"{visit.services.settings.base_url}/{visit.conference.slug}/sessions/{session.slug}/whip"
    return {
        "slug": session.slug,
        "title": item.title,
        "starts": item.starts,
        "address": address,
        "until": visit.local(until) if until is not None else None,
        "feeds": [{"name": feed.value, "label": feed_word(visit, feed), "secret": secret} for feed, secret in secrets.items()],
    }


routes: list[Route] = [page("/desk/{c}/studio", "desk.studio", studio, ("GET", "POST"))]
