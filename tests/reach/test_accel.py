"""Objects sent by the web server in front: the files of `deploy/` in a real nginx and a real Caddy, the folder store behind."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conference.base.storage import FolderStorage
from tests.results.house import CAPTIONS, SLUG, House, house_at, small_pdf, small_poster
from tests.services import child, free_ports, skip_or_fail, wait_for_port

DEPLOY = Path(__file__).parents[2] / "deploy"
FILM = bytes(range(256)) * 20_000
KEY = "cards/film.mp4"
OF_THE_FRONT = {"accept-ranges", "server", "connection", "date", "x-request-id", "vary", "alt-svc"}


def replaced(name: str, *pairs: tuple[str, object]) -> str:
    text = (DEPLOY / name).read_text()
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, str(new))
    return text


@contextmanager
def nginx(folder: Path, objects: Path, front: int, behind: int) -> Iterator[None]:
    """`deploy/nginx.conf` without its certificates."""
    if shutil.which("nginx") is None:
        skip_or_fail("nginx is not installed")
    (plain,) = free_ports()
    kept = [
        line
        for line in replaced(
            "nginx.conf", ("/var/lib/meetingpoint/objects", objects), ("127.0.0.1:8000", f"127.0.0.1:{behind}"),
            ("/var/log/nginx/", ""), ("listen 80", f"listen 127.0.0.1:{plain}"),
            ("listen 443 ssl http2", f"listen 127.0.0.1:{front}"),
        ).splitlines()
        if "ssl_" not in line and "listen [::]" not in line
    ]  # fmt: skip
    head = f"user root;\ndaemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
    types = "types { text/html html; }\n"
    (folder / "nginx.conf").write_text(head + "http {\naccess_log off;\n" + types + "\n".join(kept) + "\n}\n")
    argv = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    with child(argv, folder / "nginx.log") as process:
        wait_for_port(front, process, folder / "nginx.log")
        yield


@contextmanager
def caddy(folder: Path, objects: Path, front: int, behind: int) -> Iterator[None]:
    """`deploy/Caddyfile` without its certificates."""
    if shutil.which("caddy") is None:
        skip_or_fail("Caddy is not installed")
    text = replaced(
        "Caddyfile", ("/var/lib/meetingpoint/objects", objects), ("127.0.0.1:8000", f"127.0.0.1:{behind}"),
        ("meetingpoint.example.org {", f"http://127.0.0.1:{front} {{"),
    )  # fmt: skip
    (folder / "Caddyfile").write_text("{\n\tadmin off\n\tauto_https off\n}\n" + text)
    argv = ["env", f"HOME={folder}", "caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]
    with child(argv, folder / "caddy.log") as process:
        wait_for_port(front, process, folder / "caddy.log")
        yield


FRONTS = {"nginx": nginx, "caddy": caddy}


class Counting:
    """How many bytes of bodies came out of Python."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.sent = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counted(message: Message) -> None:
            self.sent += len(message.get("body", b""))
            await send(message)

        await self._app(scope, receive, counted)


@dataclass
class Front:
    house: House
    storage: FolderStorage
    python: Counting
    line: httpx2.AsyncClient
    own_etags: bool

    def own_etag(self, answer: httpx2.Response) -> dict[str, str]:
        """Older Caddys make an ETag of their own, out of the file's time and size."""
        return {"etag": answer.headers["etag"]} if self.own_etags else {}

    async def get(self, path: str, method: str = "GET", **headers: str) -> httpx2.Response:
        sent = {"accept-encoding": "identity", **{name.replace("_", "-"): value for name, value in headers.items()}}
        return await self.line.request(method, path, headers=sent)

    async def both(self, path: str, method: str = "GET", **headers: str) -> httpx2.Response:
        """By the front, after it was compared with what Python itself answers."""
        self.storage.accel = ""
        plain = await self.get(path, method, **headers)
        self.storage.accel, before = "/accel/", self.python.sent
        answer = await self.get(path, method, **headers)
        assert self.python.sent == before
        assert answer.status_code == plain.status_code
        if answer.status_code != 416:  # a page of its own
            assert answer.content == plain.content
            assert kept(answer) == kept(plain) | self.own_etag(answer)
        assert "x-accel-redirect" not in answer.headers
        for name in ("content-security-policy", "x-content-type-options", "cross-origin-resource-policy"):
            assert answer.headers[name] == plain.headers[name]
        return answer


def kept(answer: httpx2.Response) -> dict[str, str]:
    return {name: value for name, value in sorted(answer.headers.items()) if name not in OF_THE_FRONT}


@pytest.fixture(scope="module", params=FRONTS)
async def front(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Front]:
    folder = tmp_path_factory.mktemp(request.param)
    port, behind = free_ports(2)
    async with house_at(folder, "folder", port=port) as house:
        storage = house.services.storage
        assert isinstance(storage, FolderStorage)
        await storage.put(KEY, FILM, "video/mp4")
        python = Counting(house.app)
        async with serving(python, behind):
            with FRONTS[request.param](folder, folder / "objects", port, behind):
                async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as line:
                    yield Front(house, storage, python, line, request.param == "caddy")


@asynccontextmanager
async def serving(app: ASGIApp, port: int) -> AsyncIterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, port=port, lifespan="off", log_level="warning"))
    running = asyncio.create_task(server.serve())
    try:
        while not server.started:
            await asyncio.sleep(0.02)
        yield
    finally:
        server.should_exit = True
        await running


async def test_a_film(front: Front) -> None:
    address = front.storage.sign_get(KEY, 600)
    whole = await front.both(address)
    assert (whole.status_code, whole.content) == (200, FILM)
    assert whole.headers["content-type"] == "video/mp4"
    assert whole.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert whole.headers["cache-control"] == "private, no-store"
    part = await front.both(address, range="bytes=1000-1999")
    assert (part.status_code, part.content) == (206, FILM[1000:2000])
    assert (await front.both(address, range="bytes=-7")).content == FILM[-7:]
    assert (await front.both(address, range=f"bytes={len(FILM)}-")).status_code == 416
    head = await front.both(address, "HEAD")
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(FILM)), b"")


async def test_conditions(front: Front) -> None:
    address = front.storage.sign_get(KEY, 600)
    head = (await front.get(address, "HEAD")).headers
    etag, date = head["etag"], head["last-modified"]
    ours = f'"{(await front.storage.head(KEY)).etag}"'
    assert etag == ours or front.own_etags
    assert (await front.both(address, if_none_match=ours)).status_code == 304
    assert (await front.get(address, if_none_match=etag)).status_code == 304
    assert (await front.both(address, if_none_match='"other"')).status_code == 200
    assert (await front.get(address, if_range=etag, range="bytes=0-1")).status_code == 206
    assert (await front.both(address, if_range=date, range="bytes=0-1")).status_code == 206
    assert (await front.both(address, if_range='"other"', range="bytes=0-1")).status_code == 200


async def test_names_and_types(front: Front) -> None:
    saved = await front.both(front.storage.sign_get(KEY, 600, filename="Grüße.mp4", content_type="application/octet-stream"))
    assert saved.headers["content-type"] == "application/octet-stream"
    assert "Gr%C3%BC%C3%9Fe.mp4" in saved.headers["content-disposition"]
    captions = await front.both(f"/{SLUG}/cards/heimat/media/captions.de.vtt")
    assert (captions.content, captions.headers["content-type"]) == (CAPTIONS, "text/vtt; charset=utf-8")
    poster = await front.both(f"/{SLUG}/cards/heimat/media/poster.webp")
    assert (poster.content, poster.headers["content-type"]) == (small_poster(), "image/webp")
    assert poster.headers["cache-control"] == "private, max-age=300"
    sheet = await front.both(f"/{SLUG}/sessions/forum-1/results/ergebnisse.pdf")
    assert (sheet.content, sheet.headers["content-type"]) == (small_pdf("forum-1"), "application/pdf")


async def test_nobody_else_gets_there(front: Front) -> None:
    _facts, inner = await front.storage.located(KEY)
    assert inner.startswith("/accel/cards/film.mp4+/1-")
    asked = [inner, "/accel/", "/accel/../accel/fresh=/", f"/{SLUG}/../{inner}", "/objects/" + KEY]
    assert [(await front.get(path)).status_code for path in asked] == [404, 404, 404, 404, 403]
    expired = front.storage.sign_get(KEY, 1)
    front.house.clock.advance(seconds=2)
    assert (await front.get(expired)).status_code == 403
    await front.storage.put("cards/gone.mp4", b"x", "video/mp4")
    address = front.storage.sign_get("cards/gone.mp4", 600)
    await front.storage.delete("cards/gone.mp4")
    assert (await front.get(address)).status_code == 404
