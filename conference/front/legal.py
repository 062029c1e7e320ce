"""Imprint, privacy, accessibility; Leichte Sprache and sign language. They belong to the conference, in the hosts' words."""

from __future__ import annotations

from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from conference.access.model import LegalPage, Page
from conference.access.rules import signed_seconds
from conference.base.errors import NotFound
from conference.doors.guard import page
from conference.doors.visit import Visit
from conference.front.feedback import recipient
from conference.web.objects import send_object
from conference.web.render import rendered

FILM_NAMES = {"video/mp4": "film.mp4", "video/webm": "film.webm"}


async def legal(request: Request, visit: Visit) -> Response:
    """One of the texts that the law asks for. The notice is for people from lists, and only there where it was written."""
    _ = visit.services.texts[visit.language].gettext
    titles = {
        Page.IMPRINT: _("Imprint"),
        Page.PRIVACY: _("Privacy"),
        Page.ACCESSIBILITY: _("Accessibility"),
        Page.NOTICE: _("Notice for people from lists"),
    }
    what = request.path_params["what"]
    if what not in titles or (what == Page.NOTICE and not visit.conference.legal.get(what)):
        raise NotFound("page")
    links = await _links(visit, what)
    return await _page(request, visit, Page(what), titles[what], visit.say(visit.conference.legal.get(what)), links=links)


async def _links(visit: Visit, what: str) -> list[dict[str, str]]:
    """What stands below a text. Reports of barriers are asked for where a letter can go somewhere."""
    _ = visit.services.texts[visit.language].gettext
    base = f"/{visit.conference.slug}/legal"
    if what == Page.ACCESSIBILITY:
        async with visit.services.db.read() as session:
            reachable = await recipient(session, visit) is not None
        return [{"href": f"{base}/accessibility/feedback", "label": _("Report a barrier")}] if reachable else []
    if what == Page.PRIVACY and visit.conference.legal.get(Page.NOTICE.value):
        return [{"href": f"{base}/notice", "label": _("Invited without having registered? Where your details come from")}]
    return []


async def easy(request: Request, visit: Visit) -> Response:
    """What it is all about in Leichte Sprache, or why there is no such text."""
    _ = visit.services.texts[visit.language].gettext
    return await _alternative(request, visit, Page.EASY, _("Easy language"), None)


async def signed(request: Request, visit: Visit) -> Response:
    """What it is all about in sign language, or why there is nothing."""
    _ = visit.services.texts[visit.language].gettext
    async with visit.services.db.read() as session:
        row = await signed_page(session, visit.conference.id)
    film = None
    if row is not None and row.film_key:
        base = f"/{visit.conference.slug}/signed"
        film = {
            "href": f"{base}/{FILM_NAMES[row.film_type or '']}",
            "captions": f"{base}/captions.vtt" if row.film_captions else None,
        }
    return await _alternative(request, visit, Page.SIGNED, _("Sign language"), film)


async def signed_page(session: AsyncSession, conference_id: str) -> LegalPage | None:
    query = select(LegalPage).where(LegalPage.conference_id == conference_id, LegalPage.page == Page.SIGNED)
    return (await session.exec(query)).first()


async def film(request: Request, visit: Visit) -> Response:
    """The film of the page in sign language, by an address of the store that is good for some minutes; its captions."""
    async with visit.services.db.read() as session:
        row = await signed_page(session, visit.conference.id)
    name = request.path_params["film"]
    if row is None or row.film_key is None:
        raise NotFound("page")
    if name == "captions.vtt" and row.film_captions:
        return Response(row.film_captions, media_type="text/vtt; charset=utf-8", headers={"Cache-Control": "no-store"})
    if name != FILM_NAMES[row.film_type or ""]:
        raise NotFound("page")
    storage, seconds = visit.services.storage, signed_seconds(visit.times, visit.now)
    if storage.public_origin and seconds:
        address = storage.sign_get(row.film_key, seconds, content_type=row.film_type)
        return RedirectResponse(address, 302, {"Cache-Control": "no-store"})
    return await send_object(
        request, storage, row.film_key, content_type=row.film_type or "", headers={"Cache-Control": "no-store"}
    )


async def _alternative(request: Request, visit: Visit, what: Page, title: str, film: dict[str, Any] | None) -> Response:
    entry = visit.conference.legal.get(what.value) or {}
    return await _page(request, visit, what, title, visit.say(entry.get("text")), visit.say(entry.get("reason")), film=film)


async def _page(
    request: Request, visit: Visit, what: Page, title: str, text: str, reason: str = "", *, film: dict[str, Any] | None = None,
    links: list[dict[str, str]] | None = None,
) -> Response:  # fmt: skip
    shown = {"what": what.value, "title": title, "text": text, "reason": reason, "film": film, "links": links or []}
    return await rendered(request, "legal/legal.html", title=title, legal=shown)


routes = [
    page("/{c}/legal/{what}", "legal", legal),
    page("/{c}/easy", "easy", easy),
    page("/{c}/signed", "signed", signed),
    page("/{c}/signed/{film}", "signed.film", film),
]
