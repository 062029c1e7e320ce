"""People who work at a sheet, and short ways to what they do."""

from __future__ import annotations

from collections.abc import Iterable

import httpx2

from conference.people.actions import put_person, sign_in
from conference.people.model import Role
from conference.program.model import Session
from conference.results.model import Finding, ResultsSheet
from conference.results.sheets.fields import Page
from conference.results.sheets.saving import Change, Form, Saved, save
from conference.results.store import findings_of, sheet_of
from tests.results.house import SLUG, House

ROLES = {"impulse": "Impuls", "moderator": "Moderation"}


async def person(house: House, name: str, roles: Iterable[tuple[Role, str | None]]) -> str:
    """Somebody with these roles (in a session, by its slug), signed in as `name`; their id."""
    services = house.services
    held = [(role, (await house.session(slug)).id if slug else None) for role, slug in roles]
    async with services.db.work() as work:
        made = await put_person(
            work, services.ids, conference_id=house.conference.id, name=name, email=f"{name.lower()}@example.org", roles=held
        )
        await work.session.flush()
        house.cookies[name] = await sign_in(work, services.ids, services.clock, made, None)
    return made.id


async def typed(house: House, field: str, text: str, base: str = "", *, by: str | None = None, language: str = "de") -> Saved:
    """One change of one field of the first forum's sheet."""
    session = await house.session("forum-1")
    form = Form(by, Page(language, "Europe/Berlin"), ROLES)
    _, saved = await save(house.services, session, [Change(field, text, base)], form)
    return saved[0]


async def sheet(house: House, slug: str = "forum-1") -> ResultsSheet:
    async with house.services.db.read() as db:
        found = await sheet_of(db, (await house.session(slug)).id)
    assert found is not None
    return found


async def lines(house: House, slug: str = "forum-1") -> list[Finding]:
    session: Session = await house.session(slug)
    async with house.services.db.read() as db:
        return await findings_of(db, session.id)


async def post(
    house: House, path: str, who: str, fields: dict[str, str] | None = None, *, json: object = None
) -> httpx2.Response:
    """A form sent (or JSON by the page's script) from our own pages."""
    base = house.services.settings.base_url
    headers = {"accept-language": "de", "origin": base, "cookie": f"meetingpoint={house.cookies[who]}"}
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=house.app), base_url=base) as client:
        if json is not None:
            return await client.post(f"/{SLUG}{path}", json=json, headers={**headers, "accept": "application/json"})
        return await client.post(f"/{SLUG}{path}", data=fields or {}, headers=headers)
