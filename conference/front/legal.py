"""Imprint, privacy, accessibility; Leichte Sprache and sign language. They belong to the conference, in the hosts' words."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from conference.base.errors import NotFound
from conference.doors.guard import page
from conference.doors.visit import Visit
from conference.web.render import rendered


async def legal(request: Request, visit: Visit) -> Response:
    """One of the three texts that the law asks for."""
    _ = visit.services.texts[visit.language].gettext
    titles = {"imprint": _("Imprint"), "privacy": _("Privacy"), "accessibility": _("Accessibility")}
    what = request.path_params["what"]
    if what not in titles:
        raise NotFound("page")
    return await _page(request, visit, what, titles[what], visit.say(visit.conference.legal.get(what)), "")


async def easy(request: Request, visit: Visit) -> Response:
    """What it is all about in Leichte Sprache, or why there is no such text."""
    _ = visit.services.texts[visit.language].gettext
    return await _alternative(request, visit, "easy", _("Easy language"))


async def signed(request: Request, visit: Visit) -> Response:
    """What it is all about in sign language, or why there is nothing."""
    _ = visit.services.texts[visit.language].gettext
    return await _alternative(request, visit, "signed", _("Sign language"))


async def _alternative(request: Request, visit: Visit, what: str, title: str) -> Response:
    entry = visit.conference.legal.get(what) or {}
    return await _page(request, visit, what, title, visit.say(entry.get("text")), visit.say(entry.get("reason")))


async def _page(request: Request, visit: Visit, what: str, title: str, text: str, reason: str) -> Response:
    return await rendered(
        request, "legal/legal.html", title=title, legal={"what": what, "title": title, "text": text, "reason": reason}
    )


routes = [
    page("/{c}/legal/{what}", "legal", legal),
    page("/{c}/easy", "easy", easy),
    page("/{c}/signed", "signed", signed),
]
