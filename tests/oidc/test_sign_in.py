"""Sign-in by a real OpenID provider: only who is invited, bound to the subject, each answer once and for its own question."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
from sqlmodel import select

from conference.people.accounts.actions import account_for
from conference.people.accounts.model import FlowKind, ProviderIdentity, SignInFlow
from conference.people.model import Role, SignedIn, SignInWay
from tests.oidc.conftest import RealProvider, ended
from tests.people.test_factors import code_of, set_up
from tests.site import ORIGIN, SLUG_2021, Site

DESK = f"/desk/{SLUG_2021}/closing"


async def begun(site: Site, after: str = "") -> tuple[httpx2.AsyncClient, str]:
    """A browser that was sent to the provider, and where."""
    browser = site.browser()
    answer = await browser.get("/sign-in/oidc" + (f"?next={after}" if after else ""))
    assert answer.status_code == 303, answer.text
    return browser, answer.headers["location"]


async def change_flow(site: Site, **facts: Any) -> None:
    async with site.services.db.work() as work:
        flow = (await work.session.exec(select(SignInFlow).where(SignInFlow.kind == FlowKind.OIDC))).one()
        flow.facts = {**flow.facts, **facts}
        work.session.add(flow)


def local(address: str) -> str:
    return address.removeprefix(ORIGIN)


async def test_an_organiser_signs_in_and_is_bound(site: Site, provider: RealProvider) -> None:
    await site.invite("Olga Beispiel", Role.ORGANISER)
    assert "Konto Ihrer Organisation" in (await site.browser().get("/sign-in")).text
    browser, address = await begun(site, DESK)
    asked = parse_qs(urlsplit(address).query)
    assert (asked["code_challenge_method"], asked["response_type"], len(asked["nonce"][0])) == (["S256"], ["code"], 43)
    back = local(await provider.signs_in(address, "olga.beispiel"))
    answer = await browser.get(back)
    assert (answer.status_code, answer.headers.get("location")) == (303, DESK), answer.text
    assert (await browser.get(DESK)).status_code == 200
    async with site.services.db.read() as session:
        (bound,) = (await session.exec(select(ProviderIdentity))).all()
        (signed,) = (await session.exec(select(SignedIn))).all()
    assert (bound.issuer, bound.subject) == (provider.issuer, "olga.beispiel")
    assert (signed.way, signed.verified) == (SignInWay.OIDC, None)

    # the same answer again, here and in another browser that has the cookie of the sign-in
    assert (await browser.get(back)).status_code == 403
    assert (await site.browser().get(back)).status_code == 403


async def test_an_answer_for_another_question_signs_nobody_in(site: Site, provider: RealProvider) -> None:
    await site.invite("Olga Beispiel", Role.ORGANISER)
    for wrong in ({"nonce": "x" * 43}, {"verifier": "y" * 43}, {"state": "z" * 43}):
        browser, address = await begun(site)
        back = local(await provider.signs_in(address, "olga.beispiel"))
        await change_flow(site, **wrong)
        answer = await browser.get(back)
        assert (answer.status_code, "meetingpoint" in browser.cookies) == (403, False), wrong
        async with site.services.db.work() as work:
            for flow in await work.session.exec(select(SignInFlow)):
                await work.session.delete(flow)
    # of another provider (RFC 9207), without a code, refused there, and in a browser that never began
    browser, address = await begun(site)
    back = local(await provider.signs_in(address, "olga.beispiel"))
    query = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
    assert (await site.browser().get(back)).status_code == 403
    other = {**query, "iss": "https://evil.example.org"}
    assert (await browser.get(f"/sign-in/oidc/back?{urlencode(other)}")).status_code == 403
    for odd in ({"error": "access_denied"}, {"code": "made up", "iss": provider.issuer}, {"iss": provider.issuer}):
        browser, address = await begun(site)
        state = parse_qs(urlsplit(address).query)["state"][0]
        assert (await browser.get(f"/sign-in/oidc/back?{urlencode({**odd, 'state': state})}")).status_code == 403, odd
        assert "meetingpoint" not in browser.cookies


async def test_only_who_is_invited_gets_in_by_a_verified_address(site: Site, provider: RealProvider) -> None:
    await site.invite("Olga Beispiel", Role.ORGANISER)
    for login, sentence in (
        ("nobody", "niemand eingeladen"),
        ("olga.beispiel+unverified", "bürgt nicht"),
    ):
        browser, address = await begun(site)
        answer = await browser.get(local(await provider.signs_in(address, login)))
        assert (answer.status_code, sentence in answer.text) == (403, True), login
    browser, address = await begun(site)
    assert (await browser.get(local(await provider.signs_in(address, "olga.beispiel")))).status_code == 303
    browser, address = await begun(site)
    answer = await browser.get(local(await provider.signs_in(address, "olga.beispiel+two")))  # the address was given away there
    assert (answer.status_code, "anderen Konto" in answer.text) == (403, True)
    # who was bound once stays who they are when the provider changes the address
    async with site.services.db.work() as work:
        account = await account_for(work, site.services.ids, site.clock, "olga.beispiel@example.org")
        row = ProviderIdentity(
            id="renamed", account_id=account.id, issuer=provider.issuer, subject="olga+renamed", bound=work.now
        )  # fmt: skip
        work.session.add(row)
    browser, address = await begun(site)
    assert (await browser.get(local(await provider.signs_in(address, "olga+renamed")))).status_code == 303
    assert "Olga Beispiel" in (await browser.get("/me")).text


async def test_ones_own_second_factor_is_asked_for_as_after_a_link(site: Site, provider: RealProvider) -> None:
    _, link = await site.invite("Olga Beispiel", Role.ORGANISER)
    first = site.browser()
    await first.post(link)
    secret, _ = await set_up(site, first)
    browser, address = await begun(site, DESK)
    answer = await browser.get(local(await provider.signs_in(address, "olga.beispiel")))
    assert (answer.headers["location"], "meetingpoint" in browser.cookies) == ("/sign-in/factor", False)
    passed = await browser.post("/sign-in/factor", data={"code": code_of(secret, site.clock.real())})
    assert passed.headers["location"] == DESK
    assert (await browser.get(DESK)).status_code == 200


async def test_who_comes_without_a_factor_is_refused_where_one_is_asked_for(site: Site, provider: RealProvider) -> None:
    await site.invite("Olga Beispiel", Role.ORGANISER)
    conference = await site.conference()
    async with site.services.db.work() as work:
        conference.second_factor = work.now
        work.session.add(conference)
    browser, address = await begun(site, DESK)
    assert (await browser.get(local(await provider.signs_in(address, "olga.beispiel")))).headers["location"] == DESK
    away = (await browser.get(DESK)).headers["location"]
    refused = await browser.get(away)
    assert (refused.status_code, "hat keinen zweiten Faktor bestätigt" in refused.text) == (403, True)
    again = re.search(r'href="(/sign-in/oidc[^"]+)"', refused.text)
    assert again
    asked = parse_qs(urlsplit((await browser.get(again[1].replace("&amp;", "&"))).headers["location"]).query)
    assert asked["prompt"] == ["login"]
    await set_up(site, browser)
    assert (await browser.get(DESK)).status_code == 200


async def test_without_a_provider_there_is_no_such_page(site: Site) -> None:
    object.__setattr__(site.services.settings, "oidc_issuer", "")
    assert (await site.browser().get("/sign-in/oidc")).status_code == 404
    assert (await site.browser().get("/sign-in/oidc/back")).status_code == 404
    assert "Konto Ihrer Organisation" not in (await site.browser().get("/sign-in")).text


async def test_a_provider_that_is_down_is_told_and_links_go_on(site: Site, provider: RealProvider) -> None:
    """The last test of the module: the provider does not come back."""
    _, link = await site.invite("Olga Beispiel", Role.ORGANISER)
    browser, address = await begun(site)
    back = local(await provider.signs_in(address, "olga.beispiel"))
    await ended(provider.process)
    answer = await browser.get(back)
    assert (answer.status_code, "persönlicher Link" in answer.text) == (503, True)
    assert (await site.browser().get("/sign-in/oidc")).status_code == 503
    assert (await site.browser().post(link)).status_code == 303
