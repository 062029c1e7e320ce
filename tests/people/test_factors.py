"""The second factor: codes of an app, recovery codes, who is asked for one, and what a wrong one costs."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from conference.base.jobs import Worker
from conference.base.mail import Letter, mail_handlers
from conference.people.accounts.actions import forget_factors
from conference.people.accounts.model import Account, Factor, SignInFlow
from conference.people.accounts.rules import STEP, recovery_code, step_of
from conference.people.accounts.sealing import locked, unlocked
from conference.people.actions import issue_link, make_organiser, take_role
from conference.people.model import Person, Role, RoleHeld, SignedIn, SignInWay
from conference.people.store import persons_by_email
from conference.worker import forget_old
from tests.site import SLUG_2021, Site, open_site

DESK = f"/desk/{SLUG_2021}/closing"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as opened:
        yield opened


def code_of(secret: bytes, at: float) -> str:
    """As an authenticator app has it."""
    return TOTP(secret, 6, SHA1(), STEP).generate(at).decode()


def secret_in(page: str) -> bytes:
    shown = re.search(r"<code>((?:[A-Z2-7]{4} ?)+)</code>", page)
    assert shown
    return base64.b32decode(shown[1].replace(" ", ""))


async def letters(site: Site) -> list[Letter]:
    """All that were sent, to anybody."""
    worker = Worker(site.services.db, site.services.clock, site.services.ids, mail_handlers(site.mail))
    while await worker.run_once():
        pass
    return site.mail.letters


async def code_by_letter(site: Site, email: str) -> str:
    """The newest code that went to the address for its first factor."""
    told = [letter.text for letter in await letters(site) if letter.to == email and letter.subject in ("Ihr Code", "Your code")]
    return re.findall(r"^[a-z0-9]{5}-[a-z0-9]{5}$", told[-1], re.MULTILINE)[0]


async def show_address(site: Site, browser: httpx2.AsyncClient) -> None:
    """Type the code that goes to one's own address, if the page asks for it."""
    page = (await browser.get("/me/factors")).text
    if 'value="letter"' not in page:
        return
    email = re.search(r"Ein Code geht an ([^ ]+@[a-z.]+[a-z])", page)
    assert email
    assert (await browser.post("/me/factors", data={"do": "letter"})).status_code == 303
    assert 'value="prove"' in (await browser.get("/me/factors")).text
    typed = (await code_by_letter(site, email[1])).upper()
    assert (await browser.post("/me/factors", data={"do": "prove", "code": f" {typed}"})).status_code == 303


async def set_up(site: Site, browser: httpx2.AsyncClient) -> tuple[bytes, list[str]]:
    """An app with codes and the recovery codes, through the page."""
    await show_address(site, browser)
    begun = (await browser.post("/me/factors", data={"do": "begin"})).text
    secret, number = secret_in(begun), re.search(r'name="factor" value="([^"]+)"', begun)
    assert number
    wrong = await browser.post("/me/factors", data={"do": "confirm", "factor": number[1], "code": "000000"})
    assert (wrong.status_code, secret_in(wrong.text)) == (422, secret)
    good = await browser.post(
        "/me/factors", data={"do": "confirm", "factor": number[1], "code": code_of(secret, site.clock.real())}
    )
    codes = re.findall(r"<code>([a-z0-9]{5}-[a-z0-9]{5})</code>", good.text)
    assert len(set(codes)) == 10
    site.clock.advance(seconds=STEP)
    return secret, codes


@given(st.binary(min_size=20, max_size=20), st.integers(min_value=0, max_value=4_000_000_000))
def test_a_code_counts_one_step_around_and_never_twice(secret: bytes, now: int) -> None:
    here = now // STEP
    for offset in (-2, -1, 0, 1, 2):
        if here + offset < 0:
            continue
        found = step_of(secret, code_of(secret, (here + offset) * STEP), now, None)
        if abs(offset) <= 1:
            assert found is not None
            assert step_of(secret, code_of(secret, found * STEP), now, found) is None
            assert step_of(secret, code_of(secret, found * STEP), now, found + 1) is None
    for odd in ("", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "12 34"):
        assert step_of(secret, odd, now, None) is None


def test_the_published_values_hold() -> None:
    """RFC 6238, appendix B, to six digits."""
    for at, code in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        assert step_of(b"12345678901234567890", f"{code[:3]} {code[3:]}", at, None) == at // STEP


def test_what_lies_in_the_database_needs_the_key() -> None:
    kept = locked(b"k" * 40, b"secret")
    assert (unlocked(b"k" * 40, kept), unlocked(b"x" * 40, kept), unlocked(b"k" * 40, "nonsense")) == (b"secret", None, None)
    assert re.fullmatch(r"[a-z2-9]{5}-[a-z2-9]{5}", recovery_code(bytes(range(16))))


async def test_after_its_factor_a_link_alone_signs_nobody_in(site: Site) -> None:
    _, link = await site.invite("Olga Beispiel", Role.ORGANISER)
    first = site.browser()
    await first.post(link)
    secret, codes = await set_up(site, first)
    assert (await first.get("/me/factors")).status_code == 200  # whoever just confirmed one has shown it

    second = site.browser()
    answer = await second.post(link, data={"next": DESK})
    assert (answer.headers["location"], "meetingpoint" in second.cookies) == ("/sign-in/factor", False)
    assert (await second.get("/me")).status_code == 401
    assert "Sechs Ziffern" in (await second.get("/sign-in/factor")).text
    wrong = await second.post("/sign-in/factor", data={"code": "000000"})
    assert (wrong.status_code, "passt nicht" in wrong.text) == (422, True)
    code = code_of(secret, site.clock.real())
    passed = await second.post("/sign-in/factor", data={"code": code})
    assert passed.headers["location"] == DESK
    assert (await second.get(DESK)).status_code == 200

    third = site.browser()
    await third.post(link)
    assert (await third.post("/sign-in/factor", data={"code": code})).status_code == 422  # this one was shown already
    assert (await third.post("/sign-in/factor", data={"code": codes[0].upper().replace("-", " ")})).status_code == 303
    fourth = site.browser()
    await fourth.post(link)
    assert (await fourth.post("/sign-in/factor", data={"code": codes[0]})).status_code == 422


async def test_five_wrong_codes_end_the_sign_in(site: Site) -> None:
    _, link = await site.invite("Olga Beispiel", Role.ORGANISER)
    first, thief = site.browser(), site.browser()
    await first.post(link)
    secret, _ = await set_up(site, first)
    await thief.post(link)
    answers = [(await thief.post("/sign-in/factor", data={"code": f"00000{number}"})).status_code for number in range(5)]
    assert answers == [422] * 4 + [403]
    assert (await thief.post("/sign-in/factor", data={"code": code_of(secret, site.clock.real())})).status_code == 401
    async with site.services.db.read() as session:
        assert (await session.exec(select(SignInFlow))).all() == []
    await thief.post(link)
    assert [(await thief.post("/sign-in/factor", data={"code": "000000"})).status_code for _ in range(5)][-1] == 403
    await thief.post(link)
    assert (await thief.post("/sign-in/factor", data={"code": "000000"})).status_code == 429  # beginning anew does not help
    site.clock.advance(minutes=10)
    await thief.post(link)
    site.clock.advance(minutes=11)
    assert (await thief.get("/sign-in/factor")).status_code == 401  # too late


async def test_a_conference_that_asks_for_a_factor_leads_to_it_and_back(site: Site) -> None:
    olga = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    conference = await site.conference()
    async with site.services.db.work() as work:
        conference.second_factor = work.now
        work.session.add(conference)
    away = (await olga.get(DESK)).headers["location"]
    page = (await olga.get(away)).text
    setup = re.search(r'href="(/me/factors\?next=[^"]+)"', page)
    assert setup
    assert (await olga.get(setup[1])).status_code == 200
    secret, _ = await set_up(site, olga)
    assert (await olga.get(DESK)).status_code == 200

    # another browser was signed in before there was a factor: it shows it without opening the link again
    _, link = await site.invite("Olga Beispiel", Role.ORGANISER)
    other = site.browser()
    await other.post(link)
    await other.post("/sign-in/factor", data={"code": code_of(secret, site.clock.real())})
    async with site.services.db.work() as work:
        for row in await work.session.exec(select(Factor).where(Factor.step.is_not(None))):  # type: ignore[union-attr]
            row.step = None
    cookie = other.cookies["meetingpoint"]
    assert (
        await other.post(f"/sign-in/factor?next={DESK}", data={"code": code_of(secret, site.clock.real())})
    ).status_code == 303
    assert other.cookies["meetingpoint"] != cookie
    assert (await other.get(DESK)).status_code == 200


async def test_removing_the_last_factor_takes_its_codes_along(site: Site) -> None:
    olga = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    await set_up(site, olga)
    page = (await olga.get("/me/factors")).text
    number = re.search(r'name="factor" value="([^"]+)"', page)
    assert number
    more = (await olga.post("/me/factors", data={"do": "recovery"})).text
    assert len(re.findall(r"<code>[a-z0-9]{5}-[a-z0-9]{5}</code>", more)) == 10
    assert (await olga.post("/me/factors", data={"do": "remove", "factor": "nonsense"})).status_code == 404
    await olga.post("/me/factors", data={"do": "remove", "factor": number[1]})
    async with site.services.db.read() as session:
        assert (await session.exec(select(Factor))).all() == []
        assert [account.email for account in await session.exec(select(Account))] == ["olga.beispiel@example.org"]
    assert (await site.signed_in("Olga Beispiel", Role.ORGANISER)).cookies["meetingpoint"]


async def test_only_organisers_have_one_and_a_link_alone_changes_none(site: Site) -> None:
    anna = await site.signed_in("Anna Beispiel")
    assert (await anna.get("/me/factors")).status_code == 403
    assert (await site.browser().get("/me/factors")).status_code == 401
    assert (await site.browser().get("/sign-in/factor")).status_code == 401


async def test_accounts_go_with_the_last_right_and_codes_by_the_operator(site: Site) -> None:
    olga = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    omar = await site.signed_in("Omar Beispiel", Role.ORGANISER)
    await set_up(site, olga)
    await set_up(site, omar)
    await forget_old(site.services)
    assert await accounts(site) == ["olga.beispiel@example.org", "omar.beispiel@example.org"]
    async with site.services.db.work() as work:
        assert await forget_factors(work, site.services.outbox, "Omar.Beispiel@example.org")
        assert not await forget_factors(work, site.services.outbox, "omar.beispiel@example.org")
        person = (await persons_by_email(work.session, "olga.beispiel@example.org"))[0]
        await take_role(work, site.services.outbox, person, Role.ORGANISER, by=None)
    _, link = await site.invite("Omar Beispiel", Role.ORGANISER)
    assert (await site.browser().post(link)).headers["location"] == f"/desk/{SLUG_2021}"
    await forget_old(site.services)
    assert await accounts(site) == ["omar.beispiel@example.org"]


async def accounts(site: Site) -> list[str]:
    async with site.services.db.read() as session:
        return sorted((await session.exec(select(Account.email))).all())


async def test_one_code_signs_in_one_browser_however_many_send_it_at_once(tmp_path: Path, database_url: str) -> None:
    async with open_site(tmp_path / "one", database_url) as site:
        _, link = await site.invite("Olga Beispiel", Role.ORGANISER)
        first = site.browser()
        await first.post(link)
        secret, codes = await set_up(site, first)
        for code in (code_of(secret, site.clock.real()), codes[0]):
            browsers = [site.browser() for _ in range(4)]
            for each in browsers:
                await each.post(link)
            answers = await asyncio.gather(*(each.post("/sign-in/factor", data={"code": code}) for each in browsers))
            assert sorted(each.status_code for each in answers) == [303, 422, 422, 422]


async def test_the_first_factor_needs_the_address_and_not_only_a_link(site: Site) -> None:
    """A link to somebody else's address may be in the hands of who made it: it locks nobody out of their account."""
    _, link = await site.invite("Vera Victim", Role.ORGANISER)  # the organiser who typed the address in has this link
    mallory, vera = site.browser(), site.browser()
    for each in (mallory, vera):
        await each.post(link)
    page = (await mallory.get("/me/factors")).text
    assert ('value="letter"' in page, 'value="begin"' in page, 'data-passkey="create"' in page) == (True, False, False)

    async def refused() -> None:
        for do in ("begin", "confirm", "passkey"):
            answer = await mallory.post("/me/factors", data={"do": do})
            assert (answer.status_code, "Code ein, den wir an Ihre Adresse" in answer.text) == (403, True)
        assert (await mallory.post("/me/factors/options")).status_code == 403
        assert await accounts(site) == []

    await refused()
    await mallory.post("/me/factors", data={"do": "prove", "code": "aaaaa-aaaaa"})  # before any letter
    await refused()
    await vera.post("/me/factors", data={"do": "letter"})
    hers = await code_by_letter(site, "vera.victim@example.org")
    await mallory.post("/me/factors", data={"do": "letter"})
    guesses = [await mallory.post("/me/factors", data={"do": "prove", "code": code}) for code in (hers, "", "a", "b", "c")]
    assert [answer.status_code for answer in guesses] == [422] * 5
    assert 'value="prove"' not in guesses[-1].text  # five are enough
    await mallory.post("/me/factors", data={"do": "prove", "code": await code_by_letter(site, "vera.victim@example.org")})
    await refused()
    assert [letter.to for letter in await letters(site)] == ["vera.victim@example.org"] * 2
    await vera.post("/me/factors", data={"do": "prove", "code": hers})
    assert 'value="begin"' in (await vera.get("/me/factors")).text
    await set_up(site, vera)
    assert await accounts(site) == ["vera.victim@example.org"]
    assert (await mallory.get("/me/factors")).headers["location"].startswith("/sign-in/factor")


async def test_who_came_by_the_operators_link_or_a_provider_has_shown_the_address(site: Site) -> None:
    async with site.services.db.work() as work:
        printed = await make_organiser(work, site.services.ids, "office@example.org")
    office = site.browser()
    await office.post(f"/sign-in/{printed}")
    assert 'value="begin"' in (await office.get("/me/factors")).text
    olga = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    assert 'value="letter"' in (await olga.get("/me/factors")).text
    async with site.services.db.work() as work:
        for row in await work.session.exec(select(SignedIn)):
            row.way = SignInWay.OIDC
            work.session.add(row)
    assert 'value="begin"' in (await olga.get("/me/factors")).text


async def test_an_address_that_is_changed_leaves_nobody_signed_in(site: Site) -> None:
    """An organiser who types somebody else's address in cannot act on that account's factors from where they are signed in."""
    olga, link = await site.invite("Olga Beispiel", Role.ORGANISER)
    mallory = site.browser()
    await mallory.post(link)
    otto, ottos = await site.invite("Otto Beispiel", Role.ORGANISER)
    people = f"/desk/{SLUG_2021}/people"
    form = {"name": "Otto Beispiel", "role-organiser": "yes", "version": str(otto.version)}
    taken = await mallory.post(f"{people}/{otto.id}", data={**form, "email": "victim@example.org"})
    assert taken.status_code == 303
    assert (await site.browser().post(ottos)).status_code == 404  # went to the address from before

    victim = site.browser()
    async with site.services.db.work() as work:
        other = Person(id="victim", conference_id=None, name="V", email="real@example.org", created=work.now)
        work.session.add(other)
        await work.session.flush()
        work.session.add(RoleHeld(id="victims", person_id=other.id, role=Role.ORGANISER))
        victims = await issue_link(work, site.services.ids, other.id)
    assert (await victim.post(f"/sign-in/{victims}")).status_code == 303
    await set_up(site, victim)
    own = {"name": "Olga Beispiel", "role-organiser": "yes", "version": str(olga.version)}
    refused = await mallory.post(f"{people}/{olga.id}", data={**own, "email": "real@example.org"})
    assert (refused.status_code, "zweiten Faktor" in refused.text) == (422, True)
    assert (await mallory.post(f"{people}/{olga.id}", data={**own, "email": "new@example.org"})).status_code == 303
    assert (await mallory.get("/me/factors")).status_code == 401
    assert (await site.browser().post(link)).status_code == 404
