"""From `serve` on an empty folder to a published conference with three forums and 30 people, in a browser, touching no file. With
the long runs also through its day, to its end with nobody left in database and store: the server's clock is moved meanwhile.
"""

from __future__ import annotations

import csv
import io
import re
import socket
import time
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av
import httpx2
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from tests.browser.axe import violations
from tests.media.browsers.length import LONG
from tests.processes.running import environment, finished, free_port, running, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
TITLE = "Vernetzungstreffen der Initiativen"
AHEAD = 20  # days to the conference
FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
IMPRINT = {
    "body": "Netzwerkbüro Beispiel", "street": "Musterweg 1", "town": "12345 Beispielstadt",
    "represented": "Olga Beispiel, Leitung", "email": "buero@example.org", "phone": "+49 30 23125 000",
}  # fmt: skip
PRIVACY = {
    "controllers": "Netzwerkbüro Beispiel, Musterweg 1, buero@example.org", "dpo": "Datenschutzbüro, dsb@example.org",
    "law": "§ 3 BDSG", "log_days": "0", "authority": "Bundesbeauftragte für den Datenschutz, Bonn",
}  # fmt: skip
ACCESSIBILITY = {
    "body": "Netzwerkbüro Beispiel", "law": "BGG und BITV 2.0", "assessed": "2026-01-15", "made": "2026-01-15",
    "barriers-de": "Filme ohne Audiodeskription.", "email": "buero@example.org", "phone": "+49 30 23125 000",
    "enforcement": "Schlichtungsstelle BGG, Berlin",
}  # fmt: skip
NOTICE = {
    "source-de": "Verteiler des Netzwerkbüros", "categories-de": "Name und E-Mail-Adresse", "law": "§ 3 BDSG",
    "controllers": "Netzwerkbüro Beispiel, Musterweg 1", "email": "buero@example.org",
}  # fmt: skip
LEGAL = {"imprint": IMPRINT, "privacy": PRIVACY, "accessibility": ACCESSIBILITY, "notice": NOTICE}
MODERATED = ("begruessung", "podium", "forum-1", "forum-2", "forum-3", "abschluss")


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        await opened.close()


def table() -> bytes:
    """30 people: one who moderates everywhere, two who speak for initiatives, 27 others."""
    text = io.StringIO()
    rows = csv.writer(text, delimiter=";")
    rows.writerow(["Name", "E-Mail", "Organisation", "Land", "Rolle"])
    rows.writerow(["Mona Beispiel", "mona@example.org", "", "", ", ".join(f"moderator:{slug}" for slug in MODERATED)])
    rows.writerow(["Wanda Beispiel", "wanda@example.org", "Wendland lebt", "Niedersachsen", "initiative"])
    rows.writerow(["Timo Beispiel", "timo@example.org", "Thüringen ruft", "Thüringen", "initiative"])
    for number in range(27):
        rows.writerow([f"Änne Muster {number:02}", f"aenne{number}@example.org", "", "", ""])
    return text.getvalue().encode("utf-8-sig")


async def press(page: Page, name: str) -> None:
    """The button of this name in the page's own part, until the page behind it is there."""
    async with page.expect_navigation():
        await page.locator("main").get_by_role("button", name=name, exact=True).first.click()


async def send(page: Page, field: str) -> None:
    """The main button of the form with this field."""
    async with page.expect_navigation():
        await page.locator(f'main form:has([name="{field}"]) .button.main').first.click()


async def fill(page: Page, fields: dict[str, str]) -> None:
    for name, text in fields.items():
        await page.fill(f'main [name="{name}"]', text)


async def created(page: Page, link: str) -> str:
    """Sign in, fill in the one form; the address of the desk."""
    await page.goto(link)
    await page.click("main form button")
    await page.locator("main").get_by_role("link", name="Neue Veranstaltung").click()
    day = (date.today() + timedelta(days=AHEAD)).isoformat()  # noqa: DTZ011 -- any day to come
    await fill(
        page, {"title": TITLE, "day": day, "host": "Netzwerkbüro Beispiel", "contact": "Netzwerkbüro", "phone": "+49 30 1"}
    )
    await press(page, "Veranstaltung anlegen")
    assert "als Entwurf angelegt" in await page.inner_text("main")
    return page.url.partition("?")[0]


async def invited(page: Page, desk: str) -> None:
    await page.goto(f"{desk}/people/import")
    await page.set_input_files("#file", {"name": "personen.csv", "mimeType": "text/csv", "buffer": table()})
    await press(page, "Prüfen")
    assert "30" in await page.inner_text("main .lead")
    await page.check("#create")
    await press(page, "30 Personen übernehmen")
    await page.goto(f"{desk}/people")
    assert "30 Personen" in await page.inner_text("main")


async def asked_in_forums(page: Page, desk: str) -> None:
    for number in (1, 2, 3):
        await page.goto(f"{desk}/program/forum-{number}")
        await page.fill("#question_de", f"Was hilft Initiativen in Forum {number}?")
        await send(page, "question_de")


async def written(page: Page, desk: str) -> None:
    for name, fields in LEGAL.items():
        await page.goto(f"{desk}/legal/{name}")
        await fill(page, fields)
        await send(page, "email" if "email" in fields else "dpo")
        assert await page.locator("main [aria-invalid=true]").count() == 0, name
    for name in ("easy", "signed"):
        await page.goto(f"{desk}/legal/{name}")
        await page.fill("#reason-de", "Für dieses Treffen gibt es noch keine Fassung; sie folgt im nächsten Jahr.")
        await send(page, "reason-de")


def film() -> bytes:
    """Two seconds without sound, as a phone would send them."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=10, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for index in range(20):
            frame = av.VideoFrame(640, 360, "yuv420p")
            for plane, value in zip(frame.planes, (60 + 5 * index, 128, 128), strict=True):
                plane.update(bytes([value]) * plane.buffer_size)
            frame.pts, frame.time_base = index, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return out.getvalue()


async def link_of(page: Page, desk: str, name: str) -> str:
    """A personal link, made on the person's page."""
    await page.goto(f"{desk}/people?q={name}")
    await page.locator("main table a").first.click()
    async with page.expect_navigation():
        await page.locator('main button[value="link"]').click()
    found = re.search(r"http://\S+/sign-in/[\w-]+", await page.content())
    assert found
    return found[0]


async def brought(browser: Browser, link: str, file: bytes) -> None:
    """The owner brings a film and agrees to what a public card needs."""
    context = await browser.new_context(locale="de-DE")
    page = await context.new_page()
    page.set_default_timeout(30_000)
    await page.goto(link)
    await page.click("main form button")
    await page.get_by_role("link", name="Ihre Video-Visitenkarte").first.click()
    await page.wait_for_url("**/own")
    await page.set_input_files("#film", {"name": "film.mp4", "mimeType": "video/mp4", "buffer": file})
    await page.wait_for_selector("#own-film .ready", timeout=120_000)
    await page.goto(f"{page.url}/consent")
    # Not that it stays after closing: with the card its consents would stay as well.
    for box in await page.locator("main .consent-question input[type=checkbox]:not([name=remains])").all():
        await box.check()
    await page.fill("#name", "Wanda Beispiel")
    await page.locator("main form:has(#name) .button.main").click()
    await page.wait_for_selector("main .consent-held")
    await context.close()


async def cards(page: Page, browser: Browser, desk: str) -> None:
    """Two initiatives bring their films; the office watches and releases them."""
    file = film()
    for name in ("Wanda", "Timo"):
        await brought(browser, await link_of(page, desk, name), file)
    for _ in range(2):
        await page.goto(f"{desk}/cards?show=waits")
        await page.locator("main .reviewed .who a").first.click()
        async with page.expect_navigation():
            await page.locator('main button[value="publish"]').click()
    await page.goto(f"{desk}/cards?show=published")
    assert await page.locator("main .reviewed > li").count() == 2


class ServersClock:
    """What all processes of the server take for the time; they look once a second."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self._file.write_text("+0")
        self.environment = {
            "LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(self._file), "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }  # fmt: skip

    def go_to(self, moment: datetime) -> None:
        """A server that runs sees it within two seconds."""
        self._file.write_text(f"+{moment.timestamp() - time.time():.0f}")


def german(address: str) -> httpx2.Response:
    return httpx2.get(address, headers={"accept-language": "de"}, follow_redirects=True)


def times_of(home: str) -> dict[str, datetime]:
    """When each session begins, by its title."""
    days = httpx2.get(f"{home}/schedule.json").json()["schedule"]["conference"]["days"]
    events = [event for day in days for room in day["rooms"].values() for event in room]
    return {event["slug"]: datetime.fromisoformat(event["date"]) for event in events}


async def held(page: Page, browser: Browser, desk: str, link: str) -> None:
    """Somebody is in the first forum, and the run console counts them there."""
    home = desk.replace("/desk", "")
    context = await browser.new_context(locale="de-DE")
    attendee = await context.new_page()
    attendee.set_default_timeout(120_000)  # with a moved clock each of a hundred scripts may take a second
    await attendee.goto(link)
    await attendee.click("main form button")
    await attendee.goto(f"{home}/sessions/forum-1")
    await attendee.locator("main").get_by_role("link", name="Jetzt teilnehmen").first.click()
    await attendee.wait_for_selector("#bar:not([hidden])")
    await page.goto(f"{desk}/run/rooms/forum-1")
    await page.get_by_text("Änne Muster").first.wait_for()
    await page.goto(f"{desk}/after")
    assert "noch nicht vorbei" in await page.inner_text("main")
    await context.close()


async def ended(page: Page, desk: str, data: Path) -> None:
    """Closed by the clock, looked at from outside, and everybody deleted ahead of time."""
    await page.goto(f"{desk}/after/check")
    while await page.get_by_text("Alles ist geschlossen").count() == 0:
        again = page.locator("main").get_by_role("button", name="Jetzt prüfen")
        assert await page.get_by_text("antwortet nicht").count() == 0, await page.inner_text("main")
        if await again.count():
            await again.click()
        else:
            await page.reload()
    await page.goto(f"{desk}/after/purge")
    await press(page, "Ja, sie ist gesichert")
    await page.locator("main a.danger").click()
    await page.fill("#typed", desk.rpartition("/")[2])
    async with page.expect_navigation():
        await page.locator("main form.typed button").click()
    await page.goto(f"{desk}/after/purge")
    while await page.get_by_text("sind gelöscht").count() == 0:
        await page.reload()
    await page.goto(f"{desk}/after/record")
    assert "30" in await page.inner_text("main")


def people_on(disk: Path) -> list[str]:
    """Files that still name somebody."""
    return [str(file.relative_to(disk)) for file in disk.rglob("*") if file.is_file() and named(file.read_bytes())]


def named(content: bytes) -> bool:
    return any(each in content for each in ("Änne Muster".encode(), b"aenne", b"Wanda Beispiel", b"mona@"))


@pytest.mark.skipif(LONG and FAKETIME is None, reason="libfaketime is not installed")
async def test_from_an_empty_folder_to_a_deleted_conference(tmp_path: Path, browser: Browser, axe_core: str) -> None:
    port, media_port, clock = free_port(), free_port(socket.SOCK_DGRAM), ServersClock(tmp_path)
    environ = environment(tmp_path / "data", port=port, media_port=media_port)
    environ |= clock.environment if LONG else {}
    base, log = f"http://127.0.0.1:{port}", tmp_path / "serve.log"

    def ready() -> bool:
        try:
            return httpx2.get(f"{base}/readyz").status_code == 200
        except httpx2.HTTPError:
            return False

    with running(["-m", "conference", "serve"], environ, log):
        until(ready, 60, "everything answers")
        assert "meetingpoint organiser" in log.read_text()
        assert "meetingpoint organiser" in httpx2.get(base).text
        link = finished(["organiser", "olga@example.org"], environ).stdout.strip()
        context = await browser.new_context(locale="de-DE", viewport={"width": 1280, "height": 900})
        page = await context.new_page()
        page.set_default_timeout(15_000)
        desk = await created(page, link)
        await invited(page, desk)
        await asked_in_forums(page, desk)
        await written(page, desk)
        await cards(page, browser, desk)
        await page.goto(f"{desk}/ready")
        # No mail server here: what is red is waived with a reason.
        for _ in range(await page.get_by_text("Trotzdem").count()):
            waiver = page.locator("details:has([name=reason])").first
            await waiver.locator("summary").click()
            await waiver.locator("[name=reason]").fill("Wir laden aus dem eigenen Postfach ein.")
            async with page.expect_navigation():
                await waiver.locator('button[value="waive"]').click()
        assert await violations(page, axe_core) == []
        await press(page, "Jetzt veröffentlichen")
        home = desk.replace("/desk", "")
        stranger = german(f"{home}/")
        assert (stranger.status_code, TITLE in stranger.text) == (200, True)
        program = german(f"{home}/program").text
        assert all(f"in Forum {number}?" in program for number in (1, 2, 3))
        if not LONG:
            return

        attendee = await link_of(page, desk, "Änne")
        begins = times_of(home)["forum-1"]
        clock.go_to(begins + timedelta(minutes=5))
        until(
            lambda: "/sign-in" in german(f"{home}/").text and german(f"{home}/sessions/forum-1").status_code == 200,
            30,
            "it is the day",
        )
        await held(page, browser, desk, attendee)
        clock.go_to(begins + timedelta(days=16))
        until(lambda: german(f"{home}/").status_code == 410, 30, "it is closed")
        await ended(page, desk, tmp_path / "data")
        await context.close()
    assert people_on(tmp_path / "data") == []
    assert [each.name for each in (tmp_path / "data" / "objects").rglob("*") if each.is_file()] == []
