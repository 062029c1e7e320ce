"""Showing a second factor: after a link, or where a conference asks for one later."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.base.db import Work
from conference.base.errors import NotAllowed, SignInNeeded
from conference.base.ids import digest
from conference.doors.factors.flow import flow_of, without_flow
from conference.doors.guard import cookie_of, installation_page
from conference.doors.pages import browser_label, form_of, local_path, signed_in
from conference.people.accounts.actions import end_flow, show_code, verify_browser, wrong_try
from conference.people.accounts.model import Account, Factor, FactorKind, FlowKind, SignInFlow
from conference.people.accounts.store import account_by_email, factors_of, flow_by_secret
from conference.people.actions import exchange_cookie, real_now, sign_in, tell_browser
from conference.people.model import Person, SignInWay
from conference.people.store import persons_of_browser
from conference.web.render import rendered
from conference.web.services import Services


@dataclass(frozen=True)
class Waiting:
    """Whose second factor is awaited. flow: after a link (None: somebody who is signed in); factors: those that count;
    next: where it leads."""

    person: Person
    account: Account | None
    factors: list[Factor]
    flow: SignInFlow | None
    next: str

    def has(self, kind: FactorKind) -> bool:
        return any(each.kind is kind and each.spent is None for each in self.factors)


async def waiting_of(request: Request, session: AsyncSession, *, change: bool = False) -> Waiting:
    """Raises SignInNeeded for strangers whose sign-in is over."""
    services: Services = request.app.state.services
    now = real_now(services.clock)
    flow = await flow_by_secret(session, flow_of(request, services), FlowKind.SECOND, now, change=change)
    if flow is not None and flow.person_id is not None:
        person = await session.get(Person, flow.person_id)
        if person is not None:
            return await _waiting(session, person, flow, flow.facts.get("next", "/"))
    persons = await persons_of_browser(session, cookie_of(request, services) or "", now)
    target = local_path(request.query_params.get("next", "")) or "/me"
    every = [await _waiting(session, person, None, target) for person in persons if person.email]
    if not every:
        raise SignInNeeded("sign_in")
    return next((each for each in every if each.factors), every[0])


async def _waiting(session: AsyncSession, person: Person, flow: SignInFlow | None, target: str) -> Waiting:
    account = await account_by_email(session, person.email)
    factors = await factors_of(session, account.id) if account is not None else []
    return Waiting(person, account, [each for each in factors if each.confirmed is not None], flow, target)


async def factor(request: Request) -> Response:
    """GET asks; POST (`code`) signs in, or says how many tries are left."""
    services: Services = request.app.state.services
    if request.method != "POST":
        async with services.db.read() as session:
            waiting = await waiting_of(request, session)
        return await ask(request, waiting)
    code = (await form_of(request)).get("code", "")
    async with services.db.work() as work:
        waiting = await waiting_of(request, work.session, change=True)
        if waiting.account is None:
            raise SignInNeeded("sign_in")
        services.limits.check("second factor", waiting.account.id, per_minute=1, burst=10)
        if await show_code(work, services.clock, services.settings.key, waiting.account, code):
            return await passed(request, work, waiting)
        left = await wrong_try(work, waiting.flow) if waiting.flow is not None else 1
    if left == 0:
        raise NotAllowed("factor_tries")
    language = services.texts[request.state.language]
    sentence = language.gettext("This code does not fit, or was used already. Please type the one that your app shows now.")
    return await ask(request, waiting, error=sentence)


async def passed(request: Request, work: Work, waiting: Waiting) -> Response:
    """A factor was shown: the browser is signed in, or counts as verified from now on."""
    services: Services = request.app.state.services
    cookie = cookie_of(request, services)
    if waiting.flow is not None:
        way = SignInWay(waiting.flow.facts.get("way", SignInWay.LINK.value))
        fresh = await sign_in(
            work, services.ids, services.clock, waiting.person, cookie, way=way, verified=real_now(services.clock),
            label=browser_label(request),
        )  # fmt: skip
        tell_browser(work, services.outbox, cookie)
        await end_flow(work, flow_of(request, services))
    else:
        fresh = await exchange_cookie(work, services.ids, services.outbox, cookie or "")
    await verify_browser(work, services.clock, digest(fresh), waiting.person.email)
    return without_flow(signed_in(RedirectResponse(waiting.next, 303), services, fresh), services)


async def ask(request: Request, waiting: Waiting, error: str | None = None) -> Response:
    services: Services = request.app.state.services
    _ = services.texts[request.state.language].gettext
    return await rendered(
        request,
        "people/factor.html",
        status=422 if error else 200,
        title=_("Second factor"),
        headers={"Cache-Control": "no-store"},
        factor={
            "name": waiting.person.name,
            "totp": waiting.has(FactorKind.TOTP),
            "passkey": waiting.has(FactorKind.PASSKEY),
            "recovery": waiting.has(FactorKind.RECOVERY),
            "action": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
            "next": waiting.next,
        },
        error=error,
    )


routes: list[Route] = [installation_page("/sign-in/factor", "sign_in.factor", factor, ("GET", "POST"))]
