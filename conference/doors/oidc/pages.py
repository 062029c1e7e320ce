"""To the provider and back. Who comes back is somebody only if they are invited: nobody is created here."""

from __future__ import annotations

import hmac

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.access.store import conference_by_id
from conference.base.db import Work
from conference.base.errors import NotAllowed, NotFound
from conference.base.ids import digest
from conference.doors.factors.flow import flow_of, with_flow, without_flow
from conference.doors.guard import cookie_of, installation_page
from conference.doors.oidc.provider import Provider
from conference.doors.oidc.rules import Identity
from conference.doors.pages import browser_label, client_of, link_opens, local_path, signed_in
from conference.people.accounts.actions import asks_for_factor, begin_flow, bind_identity, end_flow, verify_browser
from conference.people.accounts.model import FlowKind
from conference.people.accounts.store import flow_by_secret
from conference.people.actions import real_now, sign_in, tell_browser
from conference.people.model import Person, Role, SignInWay
from conference.people.store import persons_by_email, roles_of
from conference.web.services import Services

TRIES_PER_MINUTE = 30  # of one network


def _provider(services: Services) -> Provider:
    """Raises NotFound where no provider is set."""
    if not services.settings.oidc_issuer:
        raise NotFound("page")
    return Provider(services.settings, services.clock)


async def away(request: Request) -> Response:
    """GET leads to the provider. A link and no form, since browsers let a form lead nowhere but to us."""
    services: Services = request.app.state.services
    provider = _provider(services)
    services.limits.check("sign-in by provider", client_of(request), per_minute=TRIES_PER_MINUTE)
    state, nonce, verifier = (services.ids.secret() for _ in range(3))
    anew = "anew" in request.query_params
    address = await provider.address(state=state, nonce=nonce, verifier=verifier, anew=anew)
    facts = {"state": state, "nonce": nonce, "verifier": verifier, "next": local_path(request.query_params.get("next", ""))}
    async with services.db.work() as work:
        secret = await begin_flow(work, services.ids, services.clock, FlowKind.OIDC, facts=facts)
    return with_flow(RedirectResponse(address, 303, {"Cache-Control": "no-store"}), services, secret)


async def back(request: Request) -> Response:
    """GET with the provider's answer, which counts once."""
    services: Services = request.app.state.services
    provider = _provider(services)
    services.limits.check("sign-in by provider", client_of(request), per_minute=TRIES_PER_MINUTE)
    secret, answer = flow_of(request, services), request.query_params
    async with services.db.work() as work:
        flow = await flow_by_secret(work.session, secret, FlowKind.OIDC, real_now(services.clock), change=True)
        # A browser that did not begin here, or came back before, has no flow: somebody else's answer signs nobody in.
        if flow is None or not hmac.compare_digest(answer.get("state", "").encode(), flow.facts["state"].encode()):
            raise NotAllowed("oidc_over")
        facts = dict(flow.facts)
        await end_flow(work, secret)
    if "error" in answer:
        raise NotAllowed("oidc_refused")
    identity = await provider.identity(answer, nonce=facts["nonce"], verifier=facts["verifier"])
    async with services.db.work() as work:
        persons = await _persons(services, work, identity)
        return await _enter(request, work, persons, identity, facts["next"])


async def _persons(services: Services, work: Work, identity: Identity) -> list[tuple[Person, bool]]:
    """Whom the identity is bound to, or is bound to now, each with whether they organise; organisers first.
    Raises NotAllowed("oidc_unverified"), NotAllowed("oidc_unknown"), NotAllowed("oidc_other")."""
    email = await bind_identity(
        work, services.ids, services.clock, issuer=identity.issuer, subject=identity.subject, email=identity.email
    )
    found = []
    for person in await persons_by_email(work.session, email):
        held = await roles_of(work.session, person.id)
        conference = await conference_by_id(work.session, person.conference_id) if person.conference_id else None
        if conference is None or link_opens(services, conference, held):
            organises = any(row.role is Role.ORGANISER and row.session_id is None for row in held)
            found.append((person, organises or conference is None))
    if not found:
        raise NotAllowed("oidc_unknown")
    return sorted(found, key=lambda each: (not each[1], each[0].conference_id is not None, each[0].created))


async def _enter(
    request: Request, work: Work, persons: list[tuple[Person, bool]], identity: Identity, target: str | None
) -> Response:
    services: Services = request.app.state.services
    first, organises = persons[0]
    to = target or ("/desk" if organises else "/me")
    if not identity.factor and await asks_for_factor(work, first):
        facts = {"next": to, "way": SignInWay.OIDC.value}
        begun = await begin_flow(work, services.ids, services.clock, FlowKind.SECOND, person_id=first.id, facts=facts)
        return with_flow(RedirectResponse("/sign-in/factor", 303), services, begun)
    cookie = before = cookie_of(request, services)
    verified = real_now(services.clock) if identity.factor else None
    for person, _organises in reversed(persons):  # of two in one conference the last one stays, which organises
        cookie = await sign_in(
            work, services.ids, services.clock, person, cookie, way=SignInWay.OIDC, verified=verified,
            label=browser_label(request),
        )  # fmt: skip
        await work.session.flush()
    tell_browser(work, services.outbox, before)
    if identity.factor:
        await verify_browser(work, services.clock, digest(cookie or ""), first.email)
    return without_flow(signed_in(RedirectResponse(to, 303), services, cookie or ""), services)


routes: list[Route] = [
    installation_page("/sign-in/oidc", "sign_in.oidc", away),
    installation_page("/sign-in/oidc/back", "sign_in.oidc.back", back),
]
