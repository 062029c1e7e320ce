"""Showing a second factor: after a link, or where a conference asks for one later."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from conference.base.db import Work
from conference.base.errors import NotAllowed, SignInNeeded
from conference.base.ids import digest
from conference.doors.factors.flow import flow_of, with_flow, without_flow
from conference.doors.guard import cookie_of, installation_page
from conference.doors.pages import browser_label, form_of, local_path, signed_in
from conference.people.accounts.actions import (
    ask_passkey,
    begin_flow,
    end_flow,
    show_code,
    show_passkey,
    verify_browser,
    wrong_try,
)
from conference.people.accounts.model import Account, Factor, FactorKind, FlowKind, SignInFlow
from conference.people.accounts.store import account_by_email, factors_of, flow_by_secret, identities_of
from conference.people.actions import exchange_cookie, real_now, sign_in, tell_browser
from conference.people.model import Person, SignInWay
from conference.people.store import persons_of_browser
from conference.web.render import rendered
from conference.web.services import Services


@dataclass(frozen=True)
class Waiting:
    """Whose second factor is awaited. flow: after a link (None: somebody who is signed in); factors: those that count;
    next: where it leads; bound: an identity of the house's provider has the address, which confirmed no factor."""

    person: Person
    account: Account | None
    factors: list[Factor]
    flow: SignInFlow | None
    next: str
    bound: bool

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
            return await _waiting(services, session, person, flow, flow.facts.get("next", "/"))
    persons = await persons_of_browser(session, cookie_of(request, services) or "", now)
    target = local_path(request.query_params.get("next", "")) or "/me"
    every = [await _waiting(services, session, person, None, target) for person in persons if person.email]
    if not every:
        raise SignInNeeded("sign_in")
    return next((each for each in every if each.factors), every[0])


async def _waiting(services: Services, session: AsyncSession, person: Person, flow: SignInFlow | None, target: str) -> Waiting:
    account = await account_by_email(session, person.email)
    factors = await factors_of(session, account.id) if account is not None else []
    identities = await identities_of(session, account.id) if account is not None and services.settings.oidc_issuer else []
    bound = any(each.issuer == services.settings.oidc_issuer for each in identities)
    return Waiting(person, account, [each for each in factors if each.confirmed is not None], flow, target, bound)


async def factor(request: Request) -> Response:
    """GET asks; POST (`code`) signs in, or says how many tries are left."""
    services: Services = request.app.state.services
    if request.method != "POST":
        async with services.db.read() as session:
            waiting = await waiting_of(request, session)
        return await ask(request, waiting)
    form = await form_of(request)
    async with services.db.work() as work:
        waiting = await waiting_of(request, work.session, change=True)
        if waiting.account is None:
            raise SignInNeeded("sign_in")
        services.limits.check("second factor", waiting.account.id, per_minute=1, burst=10)
        if await _shown(services, work, waiting, waiting.account, form):
            return await passed(request, work, waiting)
        left = await wrong_try(work, waiting.flow) if waiting.flow is not None else 1
    if left == 0:
        raise NotAllowed("factor_tries")
    _ = services.texts[request.state.language].gettext
    if form.get("credential"):
        return await ask(request, waiting, failed=_("That passkey could not be checked. Please try once more, or take a code."))
    sentence = _("This code does not fit, or was used already. Please type the one that your app shows now.")
    return await ask(request, waiting, error=sentence)


async def _shown(services: Services, work: Work, waiting: Waiting, account: Account, form: dict[str, str]) -> bool:
    if credential := form.get("credential"):
        base = services.settings.base_url
        return waiting.flow is not None and await show_passkey(work, services.clock, waiting.flow, base, account, credential)
    return await show_code(work, services.clock, services.settings.key, account, form.get("code", "")) is not None


async def options(request: Request) -> Response:
    """POST by the page's script: what the browser is asked to sign. Somebody who is signed in begins a sign-in by it."""
    services: Services = request.app.state.services
    async with services.db.work() as work:
        waiting = await waiting_of(request, work.session, change=True)
        if waiting.account is None:
            raise SignInNeeded("sign_in")
        services.limits.check("passkey", waiting.account.id, per_minute=6)
        flow, secret = waiting.flow, flow_of(request, services)
        if flow is None:
            facts = {"next": waiting.next, "way": SignInWay.LINK.value}
            secret = await begin_flow(
                work, services.ids, services.clock, FlowKind.SECOND, person_id=waiting.person.id, facts=facts
            )  # fmt: skip
            await work.session.flush()
            flow = await flow_by_secret(work.session, secret, FlowKind.SECOND, real_now(services.clock))
        assert flow is not None
        asked = await ask_passkey(work, flow, services.settings.base_url, waiting.account)
    return with_flow(JSONResponse(asked, headers={"Cache-Control": "no-store"}), services, secret or "")


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


async def ask(request: Request, waiting: Waiting, error: str | None = None, failed: str | None = None) -> Response:
    services: Services = request.app.state.services
    _ = services.texts[request.state.language].gettext
    bound = waiting.bound and not waiting.factors
    return await rendered(
        request,
        "people/factor.html",
        status=422 if error or failed else 403 if bound else 200,
        title=_("Second factor"),
        headers={"Cache-Control": "no-store"},
        factor={
            "name": waiting.person.name,
            "totp": waiting.has(FactorKind.TOTP),
            "passkey": waiting.has(FactorKind.PASSKEY),
            "recovery": waiting.has(FactorKind.RECOVERY),
            "action": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
            "next": waiting.next,
            "provider": f"/sign-in/oidc?{urlencode({'anew': 'yes', 'next': waiting.next})}" if bound else None,
            "options": "/sign-in/factor/options" + (f"?{request.url.query}" if request.url.query else ""),
        },
        error=error,
        failed=failed,
    )


routes: list[Route] = [
    installation_page("/sign-in/factor", "sign_in.factor", factor, ("GET", "POST")),
    installation_page("/sign-in/factor/options", "sign_in.factor.options", options, ("POST",)),
]
