"""From a file to a playing preview in a real browser: over a cut network, after a reload, by keyboard, on a phone, by a form."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Route, async_playwright, expect

from conference.cards.films import rules
from conference.cards.model import FilmState
from tests.browser.axe import source, violations
from tests.browser.conftest import ARGUMENTS, WATCH
from tests.browser.room_house import CHROMIUM
from tests.cards.films.films import FilmHouse, real_film
from tests.media.browsers.length import in_soak
from tests.results.house import conference_yaml, house_at, served
from tests.services import Swift, free_ports, skip_or_fail

pytestmark = pytest.mark.browser
PARTS = 5
SMALL = 256 * 1024
PLAYS = """(video) => new Promise((over, failed) => {
  video.muted = true;
  video.addEventListener("timeupdate", () => { if (video.currentTime > 0.2) over(); });
  video.play().catch(failed);
})"""
OWN = "/cards/werkbank/own"

LISTENS = """() => {
  window.heard = [];
  const said = document.querySelector("#sending-said");
  new MutationObserver(() => window.heard.push(said.textContent)).observe(said, { childList: true });
}"""


@dataclass
class Stage:
    """A served house whose worker prepares films, and browsers of its people."""

    films: FilmHouse
    base: str
    browser: Browser
    film: Path
    problems: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    async def page(self, language: str = "de", **options: Any) -> Page:
        """The owner's page in a fresh browser."""
        locale = {"de": "de-DE", "en": "en-GB"}[language]
        context = await self.browser.new_context(locale=locale, **{"viewport": {"width": 1280, "height": 900}, **options})
        self.contexts.append(context)
        context.set_default_timeout(15_000)
        await context.add_init_script(WATCH)
        cookie = self.films.house.cookies["initiative"]
        await context.add_cookies([{"name": "meetingpoint", "value": cookie, "url": self.base}])
        page = await context.new_page()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda said: self.problems.append(said.text) if said.text.startswith("CSP") else None)
        await page.goto(f"{self.base}{OWN}")
        return page

    async def arrived(self) -> int:
        """How many parts the store has."""
        return sum([len(await self._parts(upload.key, upload.upload_id)) for upload in await self.films.open_uploads()])

    async def _parts(self, key: str, upload_id: str) -> Any:
        return await self.films.services.storage.list_parts(key, upload_id)


@pytest.fixture
async def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """With a folder as store, which takes small parts as well."""
    monkeypatch.setattr(rules, "PART_SIZE", SMALL)
    async with staged(tmp_path, "folder") as built:
        yield built


@asynccontextmanager
async def staged(tmp_path: Path, storage: str, **settings: str) -> AsyncIterator[Stage]:
    """storage: as `house_at` takes it."""
    if not CHROMIUM.exists():
        skip_or_fail("Chromium is not installed (Debian: apt install chromium)")
    expect.set_options(timeout=15_000)
    async with AsyncExitStack() as stack:
        [port] = free_ports()
        house = await stack.enter_async_context(house_at(tmp_path, storage, _without_film(), port=port, **settings))
        base = await stack.enter_async_context(served(house))
        films = FilmHouse(house, house.services)
        for kind in (True, False):
            task = asyncio.create_task(films.worker(films=kind).run())
            stack.push_async_callback(_end, task)
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        film = tmp_path / "Über uns.mp4"
        film.write_bytes(large(real_film()))
        stage = Stage(films, base, browser, film)
        yield stage
        for context in stage.contexts:
            await context.close()
        await browser.close()
        assert stage.problems == []


def _without_film() -> dict[str, Any]:
    """The workshop's initiative has nothing yet."""
    document = conference_yaml()
    del document["initiatives"][1]["card"]
    return document


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def large(film: bytes) -> bytes:
    """The same film with a box of nothing behind it, so that it goes in several parts."""
    rest = PARTS * rules.PART_SIZE - 1000 - len(film)
    return film + struct.pack(">I4s", rest, b"free") + bytes(rest - 8)


async def until_there(stage: Stage, parts: int) -> None:
    async with asyncio.timeout(15):
        while await stage.arrived() < parts:
            await asyncio.sleep(0.05)


async def test_the_network_goes_at_forty_percent_and_comes_back(stage: Stage) -> None:
    """By keyboard; the way ends with the preview playing and a letter."""
    page = await stage.page()
    page.on("filechooser", lambda _: None)  # from now on choosers are caught; from `expect` on would be a moment after the key
    await slowed(page)
    assert await violations(page, source()) == []
    await page.locator("#film").focus()
    await expect(page.locator("#film")).to_be_focused()
    async with page.expect_file_chooser() as chooser:
        await page.keyboard.press("Enter")
    await (await chooser.value).set_files(stage.film)
    await expect(page.locator("#sending")).to_be_focused()
    await until_there(stage, 2)
    await page.context.set_offline(True)
    await expect(page.locator(".sending-facts")).to_contain_text("Es gibt keine Verbindung.")
    await expect(page.locator("#sending-said")).to_have_text(
        "Es gibt keine Verbindung. Sobald es eine gibt, geht das Senden von selbst weiter."
    )
    there = await stage.arrived()
    assert 2 <= there < PARTS
    await page.context.set_offline(False)
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Anhalten")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Weiter senden")).to_be_focused()
    await expect(page.locator(".sending-facts")).to_contain_text("Angehalten.")
    assert await violations(page, source()) == []
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Vorschau Ihres Films")).to_be_visible(timeout=30_000)
    await expect(page.locator("#own-film")).to_contain_text("Über uns.mp4")
    await page.get_by_label("Vorschau Ihres Films").evaluate(PLAYS)
    assert await page.locator(".card-steps li").first.inner_text() == "Film\nerledigt"
    [film] = await stage.films.films(await stage.films.bringing("werkbank"))
    assert (film.state, film.shown, film.name) == (FilmState.READY, True, "Über uns.mp4")
    async with asyncio.timeout(15):  # letters go out beside the preparation
        while not any("Ihr Film ist fertig" in letter for letter in stage.films.letters):
            await asyncio.sleep(0.05)


async def slowed(page: Page, sizes: list[int] | None = None) -> None:
    """Parts take a moment, as they do outside of this machine."""

    async def later(route: Route) -> None:
        if sizes is not None:
            sizes.append(len(route.request.post_data_buffer or b""))
        await asyncio.sleep(0.25)
        with suppress(Exception):  # the page may have broken it off meanwhile
            await route.continue_()

    await page.route("**/objects/**", later)


async def test_a_phone_goes_on_after_a_reload_with_the_same_file(stage: Stage) -> None:
    page = await stage.page("en", viewport={"width": 320, "height": 640}, has_touch=True, is_mobile=True, color_scheme="dark")
    assert await page.evaluate("document.documentElement.scrollWidth") == 320
    await expect(page.get_by_text("Film with the phone")).to_be_visible()
    assert await page.locator("#film-camera").get_attribute("capture") == "user"
    assert await violations(page, source()) == []
    gone = 0

    async def cut(route: Route) -> None:
        nonlocal gone
        gone += 1
        await (route.continue_() if gone <= 2 else route.abort("connectionreset"))

    await page.route("**/objects/**", cut)
    await page.locator("#film-camera").set_input_files(stage.film)
    await expect(page.locator(".sending-facts")).to_contain_text("The connection is interrupted. Trying again")
    await until_there(stage, 2)
    await page.reload()
    await expect(page.get_by_text("An upload is unfinished")).to_be_visible()
    other = stage.film.with_name("another.mp4")
    other.write_bytes(real_film(shade=120))
    await page.locator("#film").set_input_files(other)
    await expect(page.get_by_role("alertdialog")).to_contain_text("There is an unfinished upload of “Über uns.mp4”.")
    await page.get_by_role("button", name="Keep the unfinished one").click()

    await page.unroute_all()
    sent: list[int] = []
    await slowed(page, sent)
    await page.evaluate(LISTENS)
    await page.locator("#film").set_input_files(stage.film)
    await expect(page.get_by_label("Preview of your film")).to_be_visible(timeout=30_000)
    assert len(sent) == PARTS - 2  # what had arrived is not sent again
    heard = await page.evaluate("window.heard")
    assert {"Everything has been sent. The film is being put together …", "The film has arrived."} <= set(heard)
    assert {said for said in heard if said.endswith("% sent")} <= {f"{part}\u202f% sent" for part in (25, 50, 75)}
    assert "50\u202f% sent" in heard
    assert await page.evaluate("document.documentElement.scrollWidth") == 320
    assert await page.evaluate("localStorage.length + sessionStorage.length") == 0


async def test_what_cannot_become_a_card_is_told_before_it_is_sent(stage: Stage) -> None:
    page = await stage.page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method != "GET" else None)
    letter = stage.film.with_name("brief.pdf")
    letter.write_bytes(b"%PDF-")
    small = stage.film.with_name("klein.mp4")
    small.write_bytes(real_film(width=320, height=180))
    for file, says in (
        (letter, "Diese Datei ist kein Film"),
        (small, "Das Bild ist 180 Bildpunkte hoch, mindestens 360 sind nötig."),
    ):
        await page.locator("#film").set_input_files(file)
        await expect(page.locator("#film-error")).to_contain_text(says)
        await expect(page.locator("#film")).to_be_focused()
        await expect(page.locator("#film")).to_have_attribute("aria-invalid", "true")
    assert asked == []


async def test_parts_go_straight_to_an_s3_store(tmp_path: Path, swift: Swift) -> None:
    """A store of another origin: the content policy and its CORS let the page in, and no part passes through our process."""
    swift.create_bucket("films-of-browsers")
    access = {"storage_access_key": swift.access_key, "storage_secret_key": swift.secret_key}
    async with staged(tmp_path, swift.storage_url("films-of-browsers"), **access) as stage:
        page = await stage.page()
        went: list[str] = []
        page.on("request", lambda request: went.append(request.url) if request.method == "PUT" else None)
        await page.locator("#film").set_input_files(stage.film)
        await expect(page.get_by_label("Vorschau Ihres Films")).to_be_visible(timeout=40_000)
        assert len(went) == PARTS
        assert all(address.startswith(f"{swift.endpoint}/films-of-browsers/incoming/") for address in went)
        await page.get_by_label("Vorschau Ihres Films").evaluate(PLAYS)


@in_soak
async def test_two_windows(stage: Stage) -> None:
    """The later one says what the other one does."""
    first, second = await stage.page(), await stage.page()
    await slowed(first)
    await first.locator("#film").set_input_files(stage.film)
    await until_there(stage, 1)
    other = stage.film.with_name("anderer.mp4")
    other.write_bytes(real_film(shade=120))
    await second.locator("#film").set_input_files(other)
    await second.get_by_role("button", name="Den neuen Film hochladen").click()
    await expect(first.locator("#film-error")).to_contain_text("Dieser Upload wurde in einem anderen Fenster beendet.")
    await expect(second.get_by_label("Vorschau Ihres Films")).to_be_visible(timeout=30_000)
    [film] = await stage.films.films(await stage.films.bringing("werkbank"))
    assert film.name == "anderer.mp4"


@in_soak
async def test_a_recording_of_the_browser_becomes_a_card(stage: Stage) -> None:
    page = await stage.page(permissions=["camera", "microphone"])
    await page.get_by_text("Im Browser aufnehmen").click()
    await page.get_by_role("button", name="Aufnahme beginnen").click()
    await expect(page.locator("#record-clock")).to_contain_text("0:02")
    await page.get_by_role("button", name="Aufnahme beenden").click()
    await page.get_by_role("button", name="Diese Aufnahme senden").click()
    await expect(page.get_by_label("Vorschau Ihres Films")).to_be_visible(timeout=30_000)


async def test_without_scripts(stage: Stage) -> None:
    page = await stage.page("en", java_script_enabled=False)
    small = stage.film.with_name("small.mp4")
    small.write_bytes(real_film())
    await page.locator("#film").set_input_files(small)
    await page.get_by_role("button", name="Send this film").click()
    await expect(page.locator("#own-film")).to_contain_text("small.mp4")
    async with asyncio.timeout(30):
        while not await page.locator("#preview").count():
            await page.wait_for_timeout(200)
            await page.reload()
    await page.get_by_text("Choose the picture of the card").click()
    await page.get_by_role("button", name="The picture at 0:00").first.click()
    await expect(page.locator("h1")).to_have_text("Your video card")
