"""The cookie of a sign-in that takes several requests: the second factor, or an identity provider's answer."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from conference.people.accounts.actions import MINUTES
from conference.web.services import Services


def _name(services: Services) -> str:
    return "__Host-meetingpoint-flow" if services.settings.secure else "meetingpoint-flow"


def flow_of(request: Request, services: Services) -> str | None:
    return request.cookies.get(_name(services)) or None


def with_flow(response: Response, services: Services, secret: str) -> Response:
    # Lax: a provider sends the browser back from its own site with GET, and the cookie must come along.
    secure = services.settings.secure
    response.set_cookie(_name(services), secret, max_age=MINUTES * 60, path="/", secure=secure, httponly=True, samesite="lax")
    return response


def without_flow(response: Response, services: Services) -> Response:
    response.delete_cookie(_name(services), path="/", secure=services.settings.secure, httponly=True, samesite="lax")
    return response
