"""`meetingpoint demo` as a newcomer meets it: one command, links that open, a bar that switches moment and role."""

from __future__ import annotations

import http.client
import json
import re
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.processes.running import Running, environment, finished, free_port, running, until

ROLES = ("organiser", "moderator", "speaker", "initiative", "attendee", "interpreter", "captioner")
PEOPLE = {
    "organiser": "Olga Beispiel",
    "moderator": "Milan Beispiel",
    "speaker": "Selma Beispiel",
    "initiative": "Ines Beispiel",
    "attendee": "Mara Beispiel",
    "interpreter": "Gero Beispiel",
    "captioner": "Uta Beispiel",
}
START = 60.0
SLUG = "vernetzungstreffen-2021"


class Browser:
    """Keeps cookies and follows nothing by itself."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, **form: str) -> tuple[int, dict[str, str], str]:
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        headers = {"Accept-Language": "de", "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if not self.cookies:
            del headers["Cookie"]
        if method == "POST":
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://127.0.0.1:{self._port}"}
        try:
            line.request(method, path, urlencode(form) if method == "POST" else None, headers)
            answer = line.getresponse()
            for header in answer.headers.get_all("Set-Cookie") or ():
                for name, cookie in SimpleCookie(header).items():
                    self.cookies[name] = cookie.value
                    if not cookie.value or cookie["max-age"] == "0":
                        del self.cookies[name]
            return answer.status, dict(answer.headers), answer.read().decode(errors="replace")
        finally:
            line.close()

    def get(self, path: str) -> tuple[int, str]:
        status, _, body = self.ask("GET", path)
        return status, body

    def press(self, path: str, **form: str) -> str:
        """A button; where it leads."""
        status, headers, body = self.ask("POST", path, **form)
        assert status == 303, body
        return {name.lower(): value for name, value in headers.items()}["location"]


def pressed(page: str) -> list[str]:
    """The buttons of the bar that are down."""
    return re.findall(r'<button name="(?:moment|role)" value="(\w+)"[^>]*aria-pressed="true"', page)


def demo(folder: Path, port: int, *arguments: str, **settings: object) -> Iterator[Running]:
    data = folder / "data"
    environ = environment(data, data_dir=None, secret_key=None, port=None, base_url=None, **settings)
    argv = ["-m", "conference", "demo", "--port", str(port), "--data", str(data), *arguments]
    with running(argv, environ, folder / "log") as started:
        until(lambda: started.process.poll() is not None or "Ctrl-C" in started.text(), START, "the links are printed")
        assert started.process.poll() is None, started.text()
        yield started


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def started(folder: Path, port: int) -> Iterator[Running]:
    yield from demo(folder, port)


@pytest.fixture(scope="module")
def links(started: Running, folder: Path) -> dict[str, Any]:
    written: dict[str, Any] = json.loads((folder / "data/links.json").read_text())
    return written


@pytest.fixture
def browser(started: Running, port: int) -> Browser:
    return Browser(port)


def test_links_are_complete_printed_and_private(links: dict[str, Any], started: Running, folder: Path, port: int) -> None:
    assert set(links) == {"base", "start", "data", *ROLES}
    assert links["base"] == f"http://127.0.0.1:{port}"
    assert links["data"] == str(folder / "data")
    assert all(links[role] in started.text() for role in ROLES)
    for name in ("links.json", "demo.json", "cast.json", "play.json"):
        assert stat.S_IMODE((folder / "data" / name).stat().st_mode) == 0o600


@pytest.mark.parametrize("role", ROLES)
def test_each_link_names_its_person_and_signs_in(links: dict[str, Any], browser: Browser, role: str) -> None:
    path = links[role].removeprefix(links["base"])
    status, page = browser.get(path)
    assert (status, PEOPLE[role] in page) == (200, True)
    assert browser.cookies == {}
    status, page = browser.get(browser.press(path))
    assert (status, PEOPLE[role] in page) == (200, True)


def test_it_opens_in_the_middle_of_the_forums(browser: Browser) -> None:
    status, page = browser.get(f"/{SLUG}/")
    assert status == 200
    assert pressed(page) == ["live", "stranger"]
    status, page = browser.get("/")
    assert status == 200
    assert [f'href="/{slug}/"' in page for slug in (SLUG, "meetingpoint-2024")] == [True, True]


@pytest.mark.parametrize("role", ROLES)
def test_the_bar_makes_the_visitor_somebody_else_and_nobody_again(browser: Browser, role: str) -> None:
    where = browser.press("/demo/role", role=role, next=f"/{SLUG}/program")
    assert where == f"/{SLUG}/program"
    status, page = browser.get(where)
    assert (status, PEOPLE[role] in page) == (200, True)
    assert pressed(page) == ["live", role]
    browser.press("/demo/role", role="stranger", next="/")
    assert browser.cookies == {}


def test_the_moments(browser: Browser) -> None:
    home, results = f"/{SLUG}/", f"/{SLUG}/sessions/forum-1/results"
    seen = {}
    for moment in ("before", "archive", "closed", "plenary", "live"):
        assert browser.press("/demo/moment", moment=moment, next=home) == home
        status, page = browser.get(home)
        seen[moment] = (status, browser.get(results)[0])
        assert pressed(page)[:1] == [moment]
    assert seen["before"][0] == seen["archive"][0] == seen["plenary"][0] == seen["live"][0] == 200
    assert seen["archive"][1] == 200
    assert 200 not in (seen["before"][1], seen["plenary"][1], seen["live"][1])
    assert seen["closed"][0] == 410


def test_from_findings_that_attendees_add_to_a_public_sheet_with_its_pdf_and_the_closing_slides(browser: Browser) -> None:
    findings, sheet, slides, results = (
        f"/{SLUG}/sessions/{rest}" for rest in ("forum-1/findings", "forum-1/sheet", "abschluss/closing", "forum-1/results")
    )
    assert browser.press("/demo/step", step="collect") == findings
    until(
        lambda: "Online-Treffen am Mittag werden angenommen (Beispiel)." in browser.get(findings)[1], 40, "an attendee's finding"
    )
    status, page = browser.get(findings)
    assert (status, pressed(page)) == (200, ["live", "attendee"])
    assert page.count("Online-Treffen am Mittag") == 1
    assert 'value="collect" aria-describedby="demo-step" aria-current="step"' in page

    assert browser.press("/demo/step", step="sheet") == sheet
    status, page = browser.get(sheet)
    assert (status, pressed(page)) == (200, ["live", "moderator"])
    assert "Online-Treffen am Mittag" in page
    assert browser.press(f"{sheet}/publish", do="publish").startswith(f"{sheet}/publish?done=")
    assert browser.press("/demo/step", step="sheet") == sheet  # the clock runs on
    browser.press("/demo/role", role="organiser", next="/")
    assert "Online-Treffen am Mittag" in browser.get(results)[1]

    assert browser.press("/demo/step", step="slides") == slides
    status, page = browser.get(slides)
    assert (status, pressed(page)) == (200, ["plenary", "organiser"])
    assert page.count('data-slide="forum-') == 3
    assert "Zwei Familien lernten sich vor der Rückkehr online kennen" in page

    assert browser.press("/demo/step", step="results") == results
    status, page = browser.get(results)
    assert (status, pressed(page)) == (200, ["archive", "stranger"])
    assert "Online-Treffen am Mittag" in page
    assert "Einträge mit dem Wort „Beispiel“ sind" in page
    pdf = re.search(rf'href="({results}/[a-z0-9-]+\.pdf)"', page)
    assert pdf is not None
    status, headers, body = browser.ask("GET", pdf[1])
    assert (status, headers.get("content-type") or headers.get("Content-Type"), body[:5]) == (200, "application/pdf", "%PDF-")

    browser.press("/demo/moment", moment="live", next="/")  # as if it had not been published yet
    browser.press("/demo/role", role="attendee", next="/")
    assert browser.get(results)[0] == 404
    assert 'name="text"' in browser.get(findings)[1]
    browser.press("/demo/role", role="stranger", next="/")


def test_cards_stand_at_different_places_and_the_initiative_has_one_of_its_own(browser: Browser) -> None:
    browser.press("/demo/role", role="organiser", next="/")
    status, page = browser.get(f"/desk/{SLUG}/cards")
    assert status == 200
    lights = set(re.findall(r'<span class="traffic \w+">.*?<span>([^<]+)</span>', page, re.DOTALL))
    assert lights == {"Noch keine Karte", "Wartet auf Sie", "Neue Fassung wartet auf Sie", "Änderung erbeten", "Freigegeben"}
    assert "Freigegeben seit 29. März 2021" in page
    browser.press("/demo/role", role="initiative", next="/")
    own = browser.ask("GET", f"/{SLUG}/my-card")[1]["location"]
    assert own == f"/{SLUG}/cards/rueckenwind-beispielkueste/own"
    status, page = browser.get(own)
    assert (status, page.count('<li class="done">')) == (200, 4)
    assert "Ines Beispiel, Fassung 1" in browser.get(f"{own}/consent")[1]
    assert "Hier fehlt nichts." in browser.get(f"{own}/words")[1]


def test_a_wrong_moment_or_role_is_refused_and_no_redirect_leads_away(browser: Browser) -> None:
    assert browser.ask("POST", "/demo/moment", moment="tomorrow")[0] == 422
    assert browser.ask("POST", "/demo/role", role="guest")[0] == 422
    assert browser.ask("POST", "/demo/step", step="dance")[0] == 422
    assert browser.press("/demo/role", role="attendee", next="https://example.org/") == f"/{SLUG}/"
    assert browser.press("/demo/role", role="attendee", next="//example.org/") == f"/{SLUG}/"


def test_a_token_for_the_running_demo(links: dict[str, Any], folder: Path, port: int) -> None:
    made = finished(
        ["token", SLUG, "forum-1", "--role", "viewer", "--data", str(folder / "data")],
        environment(folder, data_dir=None, secret_key=None, port=None, base_url=None),
    )
    assert made.returncode == 0, made.stderr
    address, token = made.stdout.splitlines()
    assert address == f"http://127.0.0.1:{port}/{SLUG}/sessions/forum-1/whep"
    assert len(token) == 43


def test_attendees_are_in_the_forum(links: dict[str, Any], folder: Path, browser: Browser) -> None:
    """The moderator's page of the room is served; who is there is the browser tests' to see."""
    browser.press("/demo/role", role="moderator", next="/")
    assert browser.get(f"/{SLUG}/sessions/forum-1/room")[0] == 200


def test_no_process_ends_unasked(links: dict[str, Any], started: Running) -> None:
    assert "starting again" not in started.text()


def stored(data: Path) -> set[tuple[str, str]]:
    """Who and what a start puts in, by what is drawn anew each time: people with their ids, files of cards with their keys."""
    with closing(sqlite3.connect(f"file:{data}/meetingpoint.sqlite3?mode=ro", uri=True)) as database:
        return {*database.execute("SELECT 'person', id FROM person"), *database.execute("SELECT 'file', key FROM cardfile")}


def test_a_second_start_puts_nothing_in_anew_keeps_the_links_and_goes_to_the_moment_asked_for(tmp_path: Path) -> None:
    port = free_port()
    for first in demo(tmp_path, port):
        before, links = stored(tmp_path / "data"), json.loads((tmp_path / "data/links.json").read_text())
        assert {kind for kind, _ in before} == {"person", "file"}
        assert first.end() < 10
        assert first.none_left()
    (tmp_path / "log").unlink()
    for _ in demo(tmp_path, port, "--at", "2021-05-06T12:00+02:00"):
        assert stored(tmp_path / "data") == before
        assert json.loads((tmp_path / "data/links.json").read_text()) == links
        assert pressed(Browser(port).get(f"/{SLUG}/")[1]) == ["archive", "stranger"]


def test_outside_of_a_demo_there_is_no_trace_of_it(tmp_path: Path) -> None:
    environ = environment(tmp_path / "data")
    port = int(environ["MEETINGPOINT_PORT"])
    with running(["-m", "conference", "serve"], environ, tmp_path / "log") as served:
        until(lambda: served.process.poll() is not None or " ready " in served.text(), START, "ready")
        browser = Browser(port)
        assert browser.ask("POST", "/demo/moment", moment="live")[0] == 404
        assert browser.ask("POST", "/demo/role", role="organiser")[0] == 404
        assert "/demo/" not in browser.get("/")[1]


def test_a_demo_does_not_touch_an_installation_and_serve_not_a_demo(tmp_path: Path, folder: Path, started: Running) -> None:
    (tmp_path / "meetingpoint.sqlite3").touch()
    refused = finished(["demo", "--data", str(tmp_path)], environment(tmp_path, data_dir=None, secret_key=None))
    assert (refused.returncode, refused.stderr) == (
        2,
        f"{tmp_path} holds an installation that is no demo. Choose another folder with --data.\n",
    )
    refused = finished(["serve"], environment(folder / "data"))
    assert (refused.returncode, refused.stderr) == (
        2,
        f"{folder}/data is the folder of a demo. Choose another MEETINGPOINT_DATA_DIR.\n",
    )


def test_a_busy_port_is_one_line(tmp_path: Path, port: int, started: Running) -> None:
    refused = finished(
        ["demo", "--port", str(port), "--data", str(tmp_path / "other")],
        environment(tmp_path, data_dir=None, secret_key=None, port=None, base_url=None),
    )
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1].startswith(f"TCP port {port} is in use by another program.")
