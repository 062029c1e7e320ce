"""Every page that links lead to, seen by everybody at every moment: what it loads, says, costs and leaves behind."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Error

from tests.browser import axe
from tests.browser.conftest import PageFor, Running, Visitor
from tests.browser.reading import Seen, walk
from tests.media.browsers.length import LONG

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROLES = (None, "attendee", "moderator", "organiser")
READERS = ((None, "de"), (None, "en"), ("attendee", "de"), ("moderator", "en"), ("organiser", "de"), ("organiser", "en"))
MOMENTS = ("before", "doors", "live", "archive", "closed")


def starts_of(site: Running, role: str | None) -> list[str]:
    """Where each may begin, also where nothing leads any more."""
    pages = ["/", "/sign-in", site.path(), site.path("program"), "/robots.txt"]
    pages += ["/me"] if role else []
    return pages + (["/desk", f"/desk/{site.slug}", f"/desk/{site.slug}/closing"] if role == "organiser" else [])


def allowed(moment: str, role: str | None, path: str) -> set[int]:
    """What a link may answer. Closed: the pages are gone for all but organisers, whoever leads there."""
    if moment == "closed" and role != "organiser":
        return {200, 303, 410}
    # The program is the same for all, so a stranger meets the room's door, which says who may pass it, and when.
    return {200, 303, 401, 409} if role is None and path.partition("?")[0].endswith("/room") else {200, 302, 303}


def faults_of(path: str, found: Seen, language: str) -> list[str]:
    """What is wrong with one answer, whoever got it."""
    wrong = []
    if "unsafe" in found.headers.get("content-security-policy", "unsafe") and not path.endswith(".pdf"):
        wrong.append("no strict content policy")
    if found.headers.get("x-content-type-options") != "nosniff" or found.headers.get("referrer-policy") != "same-origin":
        wrong.append("a header is missing")
    if found.content is not None:
        wrong += found.content.faults()
        if found.content.lang != language:
            wrong.append(f"in {found.content.lang}")
        wrong += [f"loads {load}" for load in found.content.loads if urlsplit(load).netloc]
        wrong += [
            f"plain link {link}" for link in found.content.links if urlsplit(link).scheme not in ("", "https", "mailto", "tel")
        ]
    return wrong


@pytest.mark.parametrize("moment", MOMENTS if LONG else ("archive",))
async def test_every_link_leads_somewhere_for_everybody(site: Running, moment: str) -> None:
    await site.at(moment)
    wrong = []
    static: set[str] = set()  # scripts and styles are the same for all, and asked for once
    for role, language in READERS:
        async with await site.client_of(role, language) as client:
            seen = await walk(client, starts_of(site, role), static)
        static.update(path for path in seen if path.startswith("/static/"))
        assert len(static | seen.keys()) > (15 if moment == "closed" and role != "organiser" else 40), sorted(seen)
        for path, found in seen.items():
            who = f"{role or 'stranger'} {language} {path} (from {found.by})"
            if found.status not in allowed(moment, role, path):
                wrong.append(f"{who}: {found.status}")
            if role is None and "set-cookie" in found.headers:
                wrong.append(f"{who}: sets a cookie")
            wrong += [f"{who}: {fault}" for fault in faults_of(path, found, language)]
    assert not wrong, report(wrong)


@pytest.mark.parametrize("moment", ["before", "doors", "live", "archive"])
async def test_the_one_big_button_never_leads_to_a_closed_door(site: Running, page_for: PageFor, moment: str) -> None:
    await site.at(moment)
    for role in ROLES:
        visitor = await page_for(role)
        await visitor.go(site.path())
        async with visitor.page.expect_navigation() as leading:
            await visitor.page.click("main .button.main.big")
        answer = await leading.value
        assert answer
        assert answer.status == 200, f"{role}: {visitor.page.url}"
        visitor.clean()


def report(lines: Iterable[str], most: int = 60) -> str:
    every = sorted(set(lines))
    return "\n".join([f"{len(every)} faults", *every[:most]])


# -- in the browser


NARROW = 320
# A page of each kind, and what leads to it at which moments. Rooms have tests of their own.
KINDS: dict[str, tuple[str | None, str, str]] = {
    # name: (role, moment, path below the conference, or from the root)
    "home before": (None, "before", ""),
    "home live": ("attendee", "live", ""),
    "home afterwards": (None, "archive", ""),
    "program": (None, "live", "program"),
    "forums": (None, "live", "forums"),
    "session before": (None, "before", "sessions/forum-1"),
    "session live": ("attendee", "live", "sessions/forum-1"),
    "session afterwards": (None, "archive", "sessions/forum-1"),
    "room": ("attendee", "live", "sessions/forum-1/room"),
    "room not yet open": ("attendee", "doors", "sessions/forum-1/room"),
    "check": (None, "before", "check"),
    "check live": ("attendee", "live", "check"),
    "guest": (None, "doors", "sessions/panel/guest"),
    "gallery": (None, "archive", "cards"),
    "card": (None, "archive", "cards/rueckenwind-beispielkueste"),
    "results": (None, "archive", "sessions/forum-1/results"),
    "report": (None, "archive", "report"),
    "imprint": (None, "live", "legal/imprint"),
    "accessibility": (None, "live", "legal/accessibility"),
    "easy": (None, "live", "easy"),
    "signed": (None, "live", "signed"),
    "help": (None, "live", "help"),
    "help found": (None, "live", "help?q=link"),
    "guide": ("attendee", "live", "help/attendee"),
    "sign in": (None, "live", "/sign-in"),
    "conferences": ("organiser", "live", "/"),
    "me": ("attendee", "live", "/me"),
    "desk": ("organiser", "live", "/desk/vernetzungstreffen-2021"),
    "closing": ("organiser", "live", "/desk/vernetzungstreffen-2021/closing"),
    "not found": (None, "live", "nothing-here"),
    "sign in first": (None, "live", "sessions/forum-1/room"),
    "no right": ("attendee", "live", "/desk/vernetzungstreffen-2021"),
    "farewell": (None, "closed", "program"),
}
REFUSALS = {"not found": 404, "sign in first": 401, "no right": 403, "farewell": 410, "room not yet open": 409}
MOMENTS_OF_KINDS = tuple(dict.fromkeys(moment for _, moment, _ in KINDS.values()))


def kinds_at(site: Running, moment: str) -> list[tuple[str, str | None, str]]:
    return [
        (name, role, path if path.startswith("/") else site.path(path))
        for name, (role, when, path) in KINDS.items()
        if when == moment
    ]


async def wider_than_the_window(visitor: Visitor) -> str | None:
    """What sticks out to the right on a page that can be scrolled sideways."""
    return await visitor.page.evaluate(  # type: ignore[no-any-return]
        """() => { const edge = innerWidth; if (document.documentElement.scrollWidth <= edge) return null;
        return [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > edge + 1)
          .slice(-3).map((one) => one.outerHTML.slice(0, 120)).join(" | ") || "scrolls sideways"; }"""
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("moment", MOMENTS_OF_KINDS)
async def test_axe_finds_nothing_and_nothing_else_goes_wrong(
    site: Running, page_for: PageFor, axe_core: str, moment: str, scheme: str
) -> None:
    await site.at(moment)
    wrong: list[str] = []
    visitors: dict[str | None, Visitor] = {}
    for name, role, path in kinds_at(site, moment):
        if role not in visitors:
            visitors[role] = await page_for(role, lang="de" if scheme == "light" else "en", scheme=scheme)
        visitor = visitors[role]
        try:
            wrong += await seen_by(visitor, name, role, path, axe_core)
        except Error as error:  # the program moved on, and the page was loaded anew while it was looked at
            if "context was destroyed" not in str(error):
                raise
            wrong += await seen_by(visitor, name, role, path, axe_core)
    for visitor in visitors.values():
        wrong += visitor.problems + visitor.foreign + visitor.dialogs
    assert not wrong, report(wrong)


async def seen_by(visitor: Visitor, name: str, role: str | None, path: str, axe_core: str) -> list[str]:
    """What axe finds on one page. Strangers are left without cookie and storage."""
    status = await visitor.go(path)
    assert status == REFUSALS.get(name, 200), f"{name}: {status}"
    found = [f"{name}: {fault}" for fault in await axe.violations(visitor.page, axe_core)]
    if role is None:
        kept = await visitor.page.evaluate("[document.cookie, localStorage.length, sessionStorage.length].join()")
        assert kept == ",0,0", f"{name}: {kept}"
        assert await visitor.context.cookies() == [], name
    return found


@pytest.mark.parametrize("moment", MOMENTS_OF_KINDS)
async def test_nothing_scrolls_sideways_on_a_narrow_phone(site: Running, page_for: PageFor, moment: str) -> None:
    await site.at(moment)
    wrong: list[str] = []
    visitors: dict[tuple[str | None, str], Visitor] = {}
    for name, role, path in kinds_at(site, moment):
        for lang in ("de", "en"):
            if (role, lang) not in visitors:
                colours = "active" if lang == "en" else None
                visitors[role, lang] = await page_for(
                    role, lang=lang, width=NARROW, height=640, forced_colors=colours, reduced_motion="reduce"
                )
            visitor = visitors[role, lang]
            await visitor.go(path)
            if (what := await wider_than_the_window(visitor)) is not None:
                wrong.append(f"{name} {lang}: {what}")
            moving = await visitor.page.evaluate("document.getAnimations().filter((one) => one.playState === 'running').length")
            wrong += [f"{name} {lang}: {moving} things move"] if moving else []
    for visitor in visitors.values():
        wrong += visitor.problems + visitor.foreign
    assert not wrong, report(wrong)


async def test_the_program_fits_one_sheet_of_paper(site: Running, page_for: PageFor) -> None:
    await site.at("before")
    for lang in ("de", "en"):
        visitor = await page_for(None, lang=lang)
        await visitor.go(site.path("program"))
        paper = await visitor.page.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page[^s]", paper)) == 1


async def test_the_card_of_the_moderation_fits_one_sheet_of_paper(site: Running, page_for: PageFor) -> None:
    await site.at("before")
    for lang in ("de", "en"):
        visitor = await page_for(None, lang=lang)
        await visitor.go(site.path("help/moderator"))
        paper = await visitor.page.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page[^s]", paper)) == 1, lang


async def test_pages_are_readable_without_scripts(site: Running, page_for: PageFor) -> None:
    await site.at("archive")
    visitor = await page_for(None, scripts=False)
    page = visitor.page
    for path, text in (
        ("", "Zurück für die Zukunft"),
        ("program", "Was die Initiativen für ihre Regionen leisten"),
        ("sessions/forum-1", "Ergebnisse"),
        ("cards", "Beispiel"),
        ("sessions/forum-1/results", "Ergebnisse"),
        ("report", "Vernetzungstreffen"),
    ):
        await visitor.go(site.path(path))
        assert text in await page.inner_text("main"), path
    await visitor.go(site.path("cards/rueckenwind-beispielkueste"))
    assert await page.get_attribute("video", "controls") is not None
    assert await page.locator("video track[kind=captions]").count() == 2
    await visitor.go("/sign-in")
    await page.fill("input[name=email]", "nobody@example.org")
    await page.click("main form button")
    assert await page.locator("main .notice").count() == 1
    assert await page.locator("input[name=email]").count() == 0
    visitor.clean()


async def test_the_desk_works_without_scripts(site: Running, page_for: PageFor) -> None:
    await site.at("live")
    visitor = await page_for("organiser", scripts=False)
    page = visitor.page
    await visitor.go(f"/desk/{site.slug}/closing")
    until = await page.input_value("input[name=until]")
    assert until == "2021-05-18T00:00"
    await page.click("main form button")  # without a reason
    assert await page.locator("[aria-invalid=true]").count() == 1
    await page.fill("textarea[name=reason]", "Eine Probe")
    await page.click("main form button")
    await page.wait_for_url("**/closing?moved")
    assert "Eine Probe" in await page.inner_text("#audit, .section table")
    visitor.clean()
