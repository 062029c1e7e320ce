"""The program page of 40 sessions against a bare "hello", and how old a page can be after a commit.

Both servers are uvicorn with the same options on the same core; the page is served by the real web part on SQLite. Rounds
alternate. The rate is counted by the load, CPU per request by the kernel.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPMessage
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import yaml

from conference.web.texts import read_texts
from tests.load.machine import child, cpu_seconds, pinned
from tests.processes.running import environment, finished, until

SESSIONS = 40
ROUNDS = 7
SECONDS = 1.5
CONNECTIONS = 16
SLUG = "bench"
LEAST = 0.5


def conference_file(motto: str = "Erstes Motto") -> str:
    """A conference of 40 sessions that is on right now."""
    now = datetime.now(UTC).replace(second=0, microsecond=0)

    def at(**ahead: float) -> str:
        return (now + timedelta(**ahead)).isoformat()

    def text(words: str) -> dict[str, str]:
        return {"de": words, "en": f"{words} (en)"}

    sessions = [
        {
            "slug": f"sitzung-{number}",
            "kind": "forum" if number % 4 else "plenary",
            "number": number if number % 4 else None,
            "title": text(f"Sitzung {number}: Was Initiativen voneinander lernen"),
            "question": text("Wie gelingt der Neustart, und wer hilft dabei am besten?"),
            "summary": text("Der Impuls erzählt aus der Praxis; danach sprechen alle miteinander."),
            "starts": at(hours=number // 4, minutes=5),
            "ends": at(hours=number // 4, minutes=50),
            "floor": "discussion",
            "place": "online",
            "people": [{"name": f"Beispiel Person {number}", "role": "impulse", "affiliation": text("Beispielinitiative")}],
        }
        for number in range(SESSIONS)
    ]
    times = {
        "announced": at(days=-9),
        "doors": at(hours=-2),
        "live": at(hours=-1),
        "archive": at(hours=12),
        "closes": at(days=3),
        "purge": at(days=30),
    }
    facts = {
        "slug": SLUG,
        "title": text("Treffen mit vielen Sitzungen"),
        "motto": text(motto),
        "zone": "Europe/Berlin",
        "contact": {"name": text("Büro")},
        "times": times,
    }
    return yaml.safe_dump({"meetingpoint": 1, "conference": facts, "sessions": sessions}, allow_unicode=True)


def hello(port: int) -> None:
    """The reference: Starlette and nothing else, under the same uvicorn."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    from conference.live.server import uvicorn_options

    async def say(_request: Any) -> PlainTextResponse:
        return PlainTextResponse("hello")

    app = Starlette(routes=[Route("/", say)])
    options = {"server_header": False, "access_log": False, "log_config": None, "proxy_headers": False, **uvicorn_options()}
    uvicorn.run(app, host="127.0.0.1", port=port, http="httptools", loop="uvloop", lifespan="off", **options)


# --- Rates


def _load(port: int, path: str) -> dict[str, float]:
    if shutil.which("wrk"):
        return _wrk(port, path)
    argv = [*pinned(1), sys.executable, "-m", "tests.load.http_load", str(port), path, str(CONNECTIONS), str(SECONDS)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise RuntimeError(done.stderr[-1000:])
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def _wrk(port: int, path: str) -> dict[str, float]:
    head = ["-H", "Accept: text/html", "-H", "Accept-Language: de"]
    argv = [
        *pinned(1),
        "wrk",
        "-t",
        "1",
        "-c",
        str(CONNECTIONS),
        "-d",
        f"{SECONDS:.0f}s",
        *head,
        f"http://127.0.0.1:{port}{path}",
    ]
    said = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(said)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert rate is not None, said
    return {"per_second": float(rate[1])}


def _measured(port: int, path: str, pid: int) -> dict[str, float]:
    """One round: answers per second, and the server's CPU milliseconds per answer."""
    before = cpu_seconds(pid)
    started = time.monotonic()
    round_ = _load(port, path)
    # The load's own start is idle time for the server; its CPU seconds are divided by what it answered, not by the clock.
    busy = cpu_seconds(pid) - before
    answered = round_["per_second"] * SECONDS
    return {**round_, "cpu_ms": 1000 * busy / answered, "server_busy": busy / SECONDS, "took": time.monotonic() - started}


def page_rate(folder: Path, port: int, web: subprocess.Popen[str]) -> dict[str, Any]:
    """Requests per second of the page and of "hello", in alternating rounds."""
    bare_port = int(environment(folder)["MEETINGPOINT_PORT"])
    with child(["-m", "tests.load.bench_page", "hello", str(bare_port)], environment(folder), folder / "hello.log", 0) as bare:
        until(lambda: _fetch(bare_port, "/")[0] == 200, 20, "the bare server")
        rounds = []
        for number in range(ROUNDS + 1):
            pair = _measured(bare_port, "/", bare.pid), _measured(port, f"/{SLUG}/program", web.pid)
            if number:  # the first warms both up
                rounds.append(pair)
    middle = {
        name: [statistics.median(pair[side].get(name, 0.0) for pair in rounds) for side in (0, 1)]
        for name in ("per_second", "cpu_ms", "server_busy", "load_busy")
    }
    ratios = [page["per_second"] / plain["per_second"] for plain, page in rounds]
    return {
        "name": f"program page of {SESSIONS} sessions, requests per second against a bare Starlette hello",
        "load": "wrk" if shutil.which("wrk") else "tests.load.http_load",
        "bytes": int(rounds[0][1].get("bytes", 0)),
        "bare_per_second": round(middle["per_second"][0]),
        "page_per_second": round(middle["per_second"][1]),
        "bare_cpu_ms": round(middle["cpu_ms"][0], 4),
        "page_cpu_ms": round(middle["cpu_ms"][1], 4),
        "server_busy": [round(value, 2) for value in middle["server_busy"]],
        "load_busy": [round(value, 2) for value in middle["load_busy"]],
        "ratio": round(statistics.median(ratios), 2),
        "ratios": [round(value, 2) for value in ratios],
        "cpu_ratio": round(middle["cpu_ms"][0] / middle["cpu_ms"][1], 2),
        "read_as": "requests" if max(ratios) < 1.5 * min(ratios) else "the machine was busy: cpu_ratio is the steadier figure",
        "limit": LEAST,
        "passed": statistics.median(ratios) >= LEAST,
    }


# --- Age


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req: Any, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str) -> None:
        return None


_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Stay)


def _fetch(port: int, path: str, form: bytes | None = None, cookie: str = "") -> tuple[int, str, list[str]]:
    """Status (0: nobody there), text, cookies."""
    head = {
        "Accept": "text/html",
        "Accept-Language": "de",
        "Sec-Fetch-Site": "same-origin",
        **({"Cookie": cookie} if cookie else {}),
    }
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}", form, head, method="POST" if form is not None else "GET")
    try:
        with _DIRECT.open(asked, timeout=10) as answer:
            return answer.status, answer.read().decode(), answer.headers.get_all("Set-Cookie") or []
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), error.headers.get_all("Set-Cookie") or []
    except OSError:
        return 0, "", []


def _fresh_after(port: int, path: str, shown: Callable[[int, str], bool], seconds: float) -> float:
    """When the page first showed it (time.time())."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        status, text, _ = _fetch(port, path)
        if shown(status, text):
            return time.time()
        time.sleep(0.002)  # between two looks: short, as it is the error of what is measured
    raise RuntimeError(f"{path} did not change within {seconds} s")


def _newest(database: Path) -> int:
    """The newest live event that a reader of the database sees."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return int(connection.execute("SELECT coalesce(max(id), 0) FROM outbox").fetchone()[0])


def age(folder: Path, port: int, environ: dict[str, str]) -> dict[str, Any]:
    """How long a stranger still read the old page: after a change through this web part, and after one by the command line."""
    other = [_after_another_process(folder, port, environ, f"Motto Nummer {number}") for number in range(5)]
    same = [_after_this_process(port, environ, days) for days in range(4, 10)]
    return {
        "name": "age of a kept page after a commit, seconds",
        "same_process": [round(value, 3) for value in same],
        "other_process": [round(value, 3) for value in other],
        "limit": {"same_process": 0.0, "other_process": 1.0},
        "passed": max(same) == 0.0 and max(other) <= 1.0,
    }


def _after_another_process(folder: Path, port: int, environ: dict[str, str], motto: str) -> float:
    file, database = folder / "bench.yaml", folder / "data" / "meetingpoint.sqlite3"
    file.write_text(conference_file(motto))
    if motto in _fetch(port, f"/{SLUG}/")[1]:
        raise RuntimeError("the motto is there already")
    before = _newest(database)
    argv = [sys.executable, "-m", "conference", "conference", "import", str(file)]
    with subprocess.Popen(argv, env=environ, stdout=subprocess.DEVNULL) as importing:
        until(lambda: _newest(database) > before, 30, "the import's commit")
        committed = time.time()
        seen = _fresh_after(port, f"/{SLUG}/", lambda status, text: motto in text, 20)
        importing.wait(20)
    return seen - committed


def _after_this_process(port: int, environ: dict[str, str], days: int) -> float:
    """An organiser moves the closing date, which every page names; 0 when the first page read after the answer has it."""
    link = finished(["organiser", "bench@example.org"], environ).stdout.strip()
    _, _, cookies = _fetch(port, "/" + link.split("/", 3)[3], b"")
    cookie = "; ".join(one.partition(";")[0] for one in cookies)
    closes = (datetime.now(UTC) + timedelta(days=days)).astimezone(ZoneInfo("Europe/Berlin"))
    named = read_texts()["de"].moment(closes)
    form = urlencode({"until": f"{closes:%Y-%m-%dT%H:%M}", "reason": "bench"}).encode()
    if named in _fetch(port, f"/{SLUG}/program")[1]:
        raise RuntimeError("the date is there already")
    status, text, _ = _fetch(port, f"/desk/{SLUG}/closing", form, cookie)
    answered = time.time()
    if status != 303:
        raise RuntimeError(f"closing was not moved: {status}\n{text[-600:]}")
    if named in _fetch(port, f"/{SLUG}/program")[1]:
        return 0.0
    return _fresh_after(port, f"/{SLUG}/program", lambda _status, page: named in page, 20) - answered


def run() -> list[dict[str, Any]]:
    """Both measurements."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environ = environment(folder / "data", bus_url="memory:")
        port = int(environ["MEETINGPOINT_PORT"])
        (folder / "bench.yaml").write_text(conference_file())
        for argv in (["migrate"], ["conference", "import", str(folder / "bench.yaml")]):
            done = finished(argv, environ)
            if done.returncode:
                raise RuntimeError(done.stderr)
        with child(["-m", "conference", "web"], environ, folder / "web.log", 0) as web:
            until(lambda: _fetch(port, "/healthz")[0] == 200, 20, "the web part")
            status, text, _ = _fetch(port, f"/{SLUG}/program")
            if status != 200 or any(f"Sitzung {number}:" not in text for number in range(SESSIONS)):
                raise RuntimeError(f"the page is not whole: {status}")
            return [page_rate(folder, port, web), age(folder, port, environ)]


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["hello", port]:
            hello(int(port))
        case _:
            print(json.dumps(run(), indent=1))
