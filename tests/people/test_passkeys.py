"""Passkeys in a real browser, with Chromium's virtual authenticator: set up, used after a link, and what is refused."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, CDPSession, Page, async_playwright, expect
from sqlmodel import select

from conference.people.accounts import passkeys
from conference.people.accounts.model import Factor, FactorKind
from conference.people.model import Role
from tests.browser.axe import violations
from tests.people.test_factors import code_by_letter
from tests.services import free_ports
from tests.site import SLUG_2021, Site, open_site, served

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

House = tuple[Site, Browser]


@pytest_asyncio.fixture(loop_scope="session")
async def house(tmp_path: Path) -> AsyncIterator[House]:
    (port,) = free_ports()
    # A name: for an address browsers make no passkeys.
    async with open_site(tmp_path, origin=f"http://localhost:{port}") as site, served(site), async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield site, browser
        await browser.close()


async def page_with_authenticator(browser: Browser, *, verified: bool = True) -> tuple[Page, CDPSession, str]:
    context = await browser.new_context(locale="de")
    page = await context.new_page()
    page.set_default_timeout(10_000)
    devtools = await context.new_cdp_session(page)
    await devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": verified, "automaticPresenceSimulation": True,
    }  # fmt: skip
    made = await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return page, devtools, made["authenticatorId"]


async def looks_right(page: Page, axe_core: str) -> None:
    assert await violations(page, axe_core) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


async def enter(site: Site, page: Page, link: str) -> None:
    await page.goto(f"{site.origin}{link}")
    await page.get_by_role("button", name="Weiter als").click()
    await page.wait_for_url(lambda address: "/sign-in/" not in address or address.endswith("/factor"))


async def show_address(site: Site, page: Page, axe_core: str | None = None) -> None:
    await page.get_by_role("button", name="Code zusenden").click()
    if axe_core is not None:
        await looks_right(page, axe_core)
    await page.get_by_label("Code aus unserer Nachricht").fill(await code_by_letter(site, "olga.beispiel@example.org"))
    await page.get_by_role("button", name="Bestätigen").click()


async def test_a_passkey_is_set_up_and_shown_after_the_link(house: House, axe_core: str) -> None:
    site, browser = house
    _, link = await site.invite("Olga Beispiel", Role.ORGANISER)
    page, devtools, authenticator = await page_with_authenticator(browser)
    await enter(site, page, link)
    await page.goto(f"{site.origin}/me/factors")
    await show_address(site, page, axe_core)
    await page.get_by_role("button", name="Passkey dieses Geräts").click()
    await expect(page.get_by_role("heading", name="Ihre Ersatzcodes")).to_be_visible()
    await page.set_viewport_size({"width": 320, "height": 640})
    await looks_right(page, axe_core)
    await page.get_by_role("button", name="App mit Codes").click()
    await looks_right(page, axe_core)
    await page.goto(f"{site.origin}/me/devices")
    await looks_right(page, axe_core)
    await page.context.clear_cookies()

    await enter(site, page, link)
    await expect(page).to_have_url(f"{site.origin}/sign-in/factor")
    await looks_right(page, axe_core)
    await page.get_by_role("button", name="Passkey verwenden").click()
    await expect(page).to_have_url(f"{site.origin}/desk/{SLUG_2021}")
    async with site.services.db.read() as session:
        (factor,) = (await session.exec(select(Factor).where(Factor.kind == FactorKind.PASSKEY))).all()
    assert (factor.used is not None, factor.sign_count > 0, factor.secret) == (True, True, None)

    # who is not recognised by the device gets nowhere, and is told
    await devtools.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    await page.context.clear_cookies()
    await enter(site, page, link)
    await page.get_by_role("button", name="Passkey verwenden").click()
    await expect(page.get_by_text("Der Passkey wurde nicht verwendet.")).to_be_visible()
    assert page.url == f"{site.origin}/sign-in/factor"


async def test_an_answer_counts_once_and_only_for_its_question(house: House) -> None:
    site, browser = house
    _, link = await site.invite("Olga Beispiel", Role.ORGANISER)
    page, _, _ = await page_with_authenticator(browser)
    await enter(site, page, link)
    await page.goto(f"{site.origin}/me/factors")
    await show_address(site, page)
    await page.get_by_role("button", name="Passkey dieses Geräts").click()
    await expect(page.get_by_role("heading", name="Ihre Ersatzcodes")).to_be_visible()

    # the same browser signs for one sign-in; another one cannot use what it signed
    await page.context.clear_cookies()
    await enter(site, page, link)
    credential = await page.evaluate(
        """async () => {
        const asked = await (await fetch("/sign-in/factor/options", { method: "POST" })).json();
        const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked);
        return JSON.stringify((await navigator.credentials.get({ publicKey })).toJSON());
        }"""
    )
    thief = site.browser()
    await thief.post(link)
    asked = (await thief.post("/sign-in/factor/options")).json()
    assert (asked["userVerification"], asked["rpId"]) == ("required", "localhost")
    for said in (credential, "{}", "nonsense", json.dumps({"id": 7}), json.dumps(json.loads(credential) | {"response": {}})):
        assert (await thief.post("/sign-in/factor", data={"credential": said})).status_code in (422, 403), said
    cookies = {cookie["name"]: cookie["value"] for cookie in await page.context.cookies()}
    owner = site.browser()
    owner.cookies.set("meetingpoint-flow", cookies["meetingpoint-flow"])
    assert (await owner.post("/sign-in/factor", data={"credential": credential})).headers["location"] == f"/desk/{SLUG_2021}"
    owner.cookies.set("meetingpoint-flow", cookies["meetingpoint-flow"])
    assert (await owner.post("/sign-in/factor", data={"credential": credential})).status_code in (401, 422)


def test_passkeys_are_offered_where_browsers_make_them() -> None:
    sites = {
        "https://meet.example.org": True,
        "http://localhost:8000": True,
        "http://127.0.0.1:8000": False,
        "http://[::1]": False,
    }
    assert {site: passkeys.possible(site) for site in sites} == sites
