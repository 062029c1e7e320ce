"""One's own second factors: set up, confirmed, removed; recovery codes, which are shown once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import segno
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from conference.base import audit
from conference.base.db import Work
from conference.base.errors import NotAllowed, SignInNeeded
from conference.base.ids import digest
from conference.base.mail import Letter, post
from conference.doors.factors.flow import flow_of, with_flow, without_flow
from conference.doors.guard import cookie_of, installation_page
from conference.doors.pages import browser_label, form_of, local_path
from conference.people.accounts import passkeys
from conference.people.accounts.actions import (
    SHOWN,
    account_for,
    add_passkey,
    begin_flow,
    begin_totp,
    confirm_totp,
    end_flow,
    make_recovery_codes,
    remove_factor,
    verify_browser,
    wrong_try,
)
from conference.people.accounts.model import Account, Factor, FactorKind, FlowKind
from conference.people.accounts.own_address import begin_proof, proof_of, prove, vouched
from conference.people.accounts.rules import provisioning, written
from conference.people.accounts.sealing import unlocked
from conference.people.accounts.store import account_by_email, factors_of, flow_by_secret, organises
from conference.people.actions import real_now
from conference.people.model import Person
from conference.people.store import known_in_browser
from conference.web.render import rendered
from conference.web.services import Services

SITE = "Meetingpoint"


@dataclass(frozen=True)
class Mine:
    """Whose they are. factors: all but recovery codes; recovery: codes that are left; verified: this browser showed one; proved:
    that the address is theirs (None: not shown, and no letter is under way), which the first factor needs."""

    person: Person
    factors: list[Factor]
    recovery: int
    verified: bool
    proved: bool | None

    @property
    def counting(self) -> list[Factor]:
        return [each for each in self.factors if each.confirmed is not None]

    @property
    def may_add(self) -> bool:
        return self.verified if self.counting else self.proved is True


async def mine_of(request: Request) -> Mine:
    """Raises SignInNeeded for strangers, NotAllowed for people who organise nothing."""
    services: Services = request.app.state.services
    now = real_now(services.clock)
    async with services.db.read() as session:
        known = await known_in_browser(session, cookie_of(request, services) or "", now)
        if not known:
            raise SignInNeeded("sign_in")
        organising = [each for each in known if await organises(session, each.person.email)]
        if not organising:
            raise NotAllowed("role")
        first = organising[0]
        account = await account_by_email(session, first.person.email)
        every = await factors_of(session, account.id) if account is not None else []
        proved = vouched(known, first.person.email) or await proof_of(session, flow_of(request, services), first.person, now)
    verified = any(each.verified is not None for each in organising if each.person.email == first.person.email)
    left = sum(each.kind is FactorKind.RECOVERY and each.spent is None for each in every)
    return Mine(first.person, [each for each in every if each.kind in SHOWN], left, verified, proved)


async def factors(request: Request) -> Response:
    """GET lists them; POST (`do`: letter, prove, begin, confirm, passkey, remove, recovery) changes them. Who has one shows it
    first; who adds the first has shown that the address is theirs."""
    mine = await mine_of(request)
    if mine.counting and not mine.verified:
        if request.method != "GET":
            raise NotAllowed("factor_first")
        return RedirectResponse(f"/sign-in/factor?{urlencode({'next': _here(request)})}", 303)
    if request.method != "POST":
        return await page_of(request, mine)
    form = await form_of(request)
    adds = {"begin": _begin, "confirm": _confirm, "passkey": _passkey}
    acts = {**adds, "letter": _letter, "prove": _prove, "remove": _remove, "recovery": _recovery}
    if form.get("do", "") in adds and not mine.may_add:
        raise NotAllowed("own_address")
    return await acts.get(form.get("do", ""), _again)(request, mine, form)


async def _again(request: Request, mine: Mine, _form: dict[str, str]) -> Response:
    return RedirectResponse(str(request.url.path), 303)


async def _letter(request: Request, mine: Mine, _form: dict[str, str]) -> Response:
    """Send a code to the person's address."""
    services: Services = request.app.state.services
    services.limits.check("code by email", mine.person.email, per_minute=0.3, burst=3)
    _ = services.texts[mine.person.language or request.state.language].gettext
    async with services.db.work() as work:
        secret, code = await begin_proof(work, services.ids, services.clock, services.settings.key, mine.person)
        lines = [
            _("Good day,"),
            _("with this code you set up a second factor for your sign-in:"),
            code,
            _("It is good for ten minutes. If that was not you, please do not pass the code on and throw this letter away."),
        ]
        await post(work, Letter(to=mine.person.email, subject=_("Your code"), text="\n\n".join(lines) + "\n"))
    return with_flow(RedirectResponse(_here(request), 303), services, secret)


async def _prove(request: Request, mine: Mine, form: dict[str, str]) -> Response:
    services: Services = request.app.state.services
    services.limits.check("second factor", mine.person.id, per_minute=5, burst=10)
    _ = services.texts[request.state.language].gettext
    async with services.db.work() as work:
        secret, now = flow_of(request, services), real_now(services.clock)
        flow = await flow_by_secret(work.session, secret, FlowKind.ENROL, now, change=True)
        if flow is None or prove(work, services.settings.key, flow, mine.person, form.get("code", "")):
            return RedirectResponse(_here(request), 303)
        left = await wrong_try(work, flow)
    wrong = (
        _("This is not the code of our letter.") if left else _("Those were too many wrong codes. Please have a new one sent.")
    )
    return await page_of(request, replace(mine, proved=False if left else None), error=wrong)


def _here(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


async def _begin(request: Request, mine: Mine, form: dict[str, str]) -> Response:
    services: Services = request.app.state.services
    async with services.db.work() as work:
        account = await account_for(work, services.ids, services.clock, mine.person.email)
        label = form.get("label", "").strip()
        factor, secret = await begin_totp(work, services.ids, services.clock, services.settings.key, account, label)
    return await page_of(request, mine, begun=_begun(factor, secret, mine.person.email))


async def _confirm(request: Request, mine: Mine, form: dict[str, str]) -> Response:
    services: Services = request.app.state.services
    key = services.settings.key
    services.limits.check("second factor", mine.person.id, per_minute=5, burst=10)
    codes: list[str] = []
    async with services.db.work() as work:
        account = await account_for(work, services.ids, services.clock, mine.person.email)
        factor = await confirm_totp(work, services.clock, key, account, form.get("factor", ""), form.get("code", ""))
        if factor is not None:
            codes = await added(request, work, mine, account)
    if factor is None:
        async with services.db.read() as session:
            found = [each for each in await factors_of(session, account.id, FactorKind.TOTP) if each.confirmed is None]
        secret = unlocked(key, found[0].secret or "") or b""
        _ = services.texts[request.state.language].gettext
        wrong = _("This code does not fit. Please type the one that your app shows now.")
        return await page_of(request, mine, begun=_begun(found[0], secret, mine.person.email), error=wrong)
    return await page_of(request, await mine_of(request), codes=codes, added=True)


async def options(request: Request) -> Response:
    """POST by the page's script: what passkey the browser is asked to make."""
    services: Services = request.app.state.services
    mine = await mine_of(request)
    if not mine.may_add:
        raise NotAllowed("factor_first" if mine.counting else "own_address")
    services.limits.check("passkey", mine.person.id, per_minute=6)
    async with services.db.work() as work:
        account = await account_for(work, services.ids, services.clock, mine.person.email)
        asked, challenge = passkeys.creation(services.settings.base_url, account, mine.person.name, mine.factors)
        facts = {"challenge": challenge, "account": account.id, "email": mine.person.email, "proved": mine.proved is True}
        secret = await begin_flow(work, services.ids, services.clock, FlowKind.ENROL, person_id=mine.person.id, facts=facts)
    return with_flow(JSONResponse(asked, headers={"Cache-Control": "no-store"}), services, secret)


async def _passkey(request: Request, mine: Mine, form: dict[str, str]) -> Response:
    services: Services = request.app.state.services
    secret, codes = flow_of(request, services), list[str]()
    async with services.db.work() as work:
        account = await account_for(work, services.ids, services.clock, mine.person.email)
        flow = await flow_by_secret(work.session, secret, FlowKind.ENROL, real_now(services.clock), change=True)
        factor = None
        if flow is not None and flow.facts.get("account") == account.id and (challenge := flow.facts.get("challenge")):
            flow.facts = {**flow.facts, "challenge": None}  # good for one answer
            factor = await add_passkey(
                work, services.ids, services.clock, services.settings.base_url, account, challenge=challenge,
                credential=form.get("credential", ""), label=browser_label(request) or "",
            )  # fmt: skip
        if factor is not None:
            codes = await added(request, work, mine, account)
    if factor is None:
        _ = services.texts[request.state.language].gettext
        return await page_of(request, mine, failed=_("That passkey could not be set up. Please try once more."))
    return without_flow(await page_of(request, await mine_of(request), codes=codes, added=True), services)


async def added(request: Request, work: Work, mine: Mine, account: Account) -> list[str]:
    """After a factor was shown for the first time: this browser counts as verified, its owner gets a letter, and with the first
    factor recovery codes, which are returned."""
    services: Services = request.app.state.services
    await end_flow(work, flow_of(request, services))
    await verify_browser(work, services.clock, digest(cookie_of(request, services) or ""), account.email)
    audit.record(work, "factor added", conference_id=mine.person.conference_id, person_id=mine.person.id)
    await _tell(services, work, mine, request.state.language, gone=False)
    if mine.recovery:
        return []
    return await make_recovery_codes(work, services.ids, services.clock, services.settings.key, account)


async def _remove(request: Request, mine: Mine, form: dict[str, str]) -> Response:
    services: Services = request.app.state.services
    async with services.db.work() as work:
        account = await account_for(work, services.ids, services.clock, mine.person.email)
        factor = await remove_factor(work, services.outbox, account, form.get("factor", ""))
        if factor.confirmed is not None:
            audit.record(work, "factor removed", conference_id=mine.person.conference_id, person_id=mine.person.id)
            await _tell(services, work, mine, request.state.language, gone=True)
    return RedirectResponse("/me/factors?removed", 303)


async def _recovery(request: Request, mine: Mine, _form: dict[str, str]) -> Response:
    services: Services = request.app.state.services
    if not mine.counting:
        return await _again(request, mine, _form)
    async with services.db.work() as work:
        account = await account_for(work, services.ids, services.clock, mine.person.email)
        codes = await make_recovery_codes(work, services.ids, services.clock, services.settings.key, account)
        audit.record(work, "recovery codes made", conference_id=mine.person.conference_id, person_id=mine.person.id)
    return await page_of(request, replace(mine, recovery=len(codes)), codes=codes)


async def _tell(services: Services, work: Work, mine: Mine, language: str, *, gone: bool) -> None:
    """Write to the owner: whoever else did it is noticed."""
    _ = services.texts[mine.person.language or language].gettext
    what = _("A second factor of yours was removed.") if gone else _("A second factor was added to your sign-in.")
    rest = _("If that was not you, please write to whoever runs the conference at once.")
    await post(work, Letter(to=mine.person.email, subject=_("Your second factor"), text=f"{what}\n\n{rest}\n"))


def _begun(factor: Factor, secret: bytes, email: str) -> dict[str, str]:
    address = provisioning(secret, email, SITE)
    drawn = segno.make(address, micro=False, error="m").svg_data_uri(scale=5, border=4, light="#fff", dark="#000")
    text = written(secret)
    groups = " ".join(text[start : start + 4] for start in range(0, len(text), 4))
    return {"id": factor.id, "drawn": drawn, "secret": groups, "address": address}


async def page_of(
    request: Request,
    mine: Mine,
    *,
    begun: dict[str, str] | None = None,
    codes: list[str] | None = None,
    error: str | None = None,
    failed: str | None = None,
    added: bool = False,
) -> Response:
    services: Services = request.app.state.services
    _ = services.texts[request.state.language].gettext
    words = {FactorKind.TOTP: _("App with codes"), FactorKind.PASSKEY: _("Passkey of a device")}
    rows: list[dict[str, Any]] = [
        {
            "id": each.id,
            "label": each.label or words[each.kind],
            "kind": words[each.kind],
            "created": each.created,
            "used": each.used,
        }
        for each in mine.counting
    ]  # fmt: skip
    flash = _("The second factor is set up.") if added else None
    if "removed" in request.query_params:
        flash = _("The second factor is removed.")
    return await rendered(
        request,
        "people/factors.html",
        status=422 if error or failed else 200,
        title=_("Second factor"),
        headers={"Cache-Control": "no-store"},
        factors=rows,
        recovery=mine.recovery,
        ask=None if mine.may_add else {"email": mine.person.email, "sent": mine.proved is False},
        begun=begun,
        codes=codes,
        error=error,
        failed=failed,
        passkeys=passkeys.possible(services.settings.base_url),
        flash=flash,
        next=local_path(request.query_params.get("next", "")),
    )


routes: list[Route] = [
    installation_page("/me/factors", "me.factors", factors, ("GET", "POST")),
    installation_page("/me/factors/options", "me.factors.options", options, ("POST",)),
]
