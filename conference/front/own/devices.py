"""The browsers in which one is signed in, and signing out any of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.access.store import conferences
from conference.base.errors import SignInNeeded
from conference.base.ids import digest
from conference.base.words import say
from conference.doors.guard import cookie_of, installation_page
from conference.doors.pages import form_of
from conference.people.actions import end_device, real_now
from conference.people.model import BrowserSession, Person, SignedIn, SignInWay
from conference.people.store import devices_of, persons_of_browser
from conference.web.render import rendered
from conference.web.services import Services

OTHERS = "others"


async def devices(request: Request) -> Response:
    """GET lists them; POST (`device`: one of the list, or "others") signs out. Raises SignInNeeded for strangers."""
    services: Services = request.app.state.services
    cookie = cookie_of(request, services) or ""
    now = real_now(services.clock)
    async with services.db.read() as session:
        persons = await persons_of_browser(session, cookie, now)
        if not persons:
            raise SignInNeeded("sign_in")
        found = await devices_of(session, [person.id for person in persons], now)
        titles = {each.id: each.title for each in await conferences(session)}
    if request.method == "POST":
        await _end(request, services, persons, found, digest(cookie))
        return RedirectResponse("/me/devices?ended", 303)
    language = services.texts[request.state.language]
    _ = language.gettext
    names = {
        person.id: say(titles.get(person.conference_id or ""), language.code) or _("Conference office") for person in persons
    }
    return await rendered(
        request,
        "people/devices.html",
        title=_("Signed-in devices"),
        headers={"Cache-Control": "no-store"},
        devices=_rows(request, found, names, digest(cookie)),
        flash=_("The device is signed out.") if "ended" in request.query_params else None,
    )


async def _end(
    request: Request, services: Services, persons: Sequence[Person], found: Sequence[tuple[BrowserSession, SignedIn]], own: str
) -> None:
    chosen = (await form_of(request)).get("device", "")
    others = {browser.digest for browser, _ in found} - {own}
    async with services.db.work() as work:
        for browser in sorted(others if chosen == OTHERS else others & {chosen}):
            await end_device(work, services.outbox, browser, persons, by=persons[0].id)


def _rows(
    request: Request, found: Sequence[tuple[BrowserSession, SignedIn]], names: dict[str, str], own: str
) -> list[dict[str, Any]]:
    """One row for each browser, one's own first."""
    language = request.app.state.services.texts[request.state.language]
    _ = language.gettext
    rows: dict[str, dict[str, Any]] = {}
    for browser, signed in found:
        row = rows.setdefault(
            browser.digest,
            {
                "id": browser.digest,
                "own": browser.digest == own,
                "label": browser.label or _("Unknown browser"),
                "at": signed.at or browser.created,
                "seen": browser.seen,
                "where": [],
            },
        )
        how = _("by the provider") if signed.way is SignInWay.OIDC else _("by link")
        factor = _("with a second factor") if signed.verified is not None else ""
        row["where"].append(", ".join(filter(None, (names[signed.person_id], how, factor))))
    return sorted(rows.values(), key=lambda row: not row["own"])


routes: list[Route] = [installation_page("/me/devices", "me.devices", devices, ("GET", "POST"))]
