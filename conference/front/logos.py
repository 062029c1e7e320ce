"""Logos of the hosts, as their start page shows them."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from conference.base.errors import NotFound
from conference.doors.guard import page
from conference.doors.view import logo_href
from conference.doors.visit import Visit
from conference.web.objects import send_object

HEADERS = {
    "Cache-Control": "private, max-age=3600",  # another picture has another address
    # A drawing may bring styles of its own, and nothing else, also to those who open it alone.
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
}


async def logo(request: Request, visit: Visit) -> Response:
    """Raises NotFound for what is no logo of a host now, Unavailable."""
    for host in visit.conference.hosts:
        found = host.get("logo")
        if found and logo_href(visit.conference, found) == request.url.path:
            return await send_object(request, visit.services.storage, found["key"], content_type=found["type"], headers=HEADERS)
    raise NotFound("page")


routes: list[Route] = [page("/{c}/hosts/{logo}", "host.logo", logo)]
