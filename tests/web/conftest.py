"""A whole site in this process, asked in raw ASGI: what no well-behaved client would send gets through to it unchanged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from conference.base.settings import Settings
from tests import site as sites
from tests.site import Site, open_site, settings_for

HTTPS = "https://meetingpoint.example.org"
HOST = "127.0.0.1:8000"


@dataclass
class Answer:
    """What came back; headers in order, names in lower case."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def all(self, name: str) -> list[str]:
        return [value for known, value in self.headers if known == name]

    def get(self, name: str) -> str:
        return next(iter(self.all(name)), "")


async def ask(
    app: Any,
    path: str,
    *,
    method: str = "GET",
    query: bytes = b"",
    headers: Iterable[tuple[str, str]] | Mapping[str, str] = (),
    host: str | None = HOST,
    body: bytes | Iterable[bytes] = b"",
    hangs_up: bool = False,
    client: str = "127.0.0.1",
    scheme: str = "http",
) -> Answer:
    """One request as a server hands it over. body: bytes, or pieces without a Content-Length. host None: no such header.
    hangs_up: the client goes away after the last piece instead of waiting for the answer."""
    told = list(headers.items() if isinstance(headers, Mapping) else headers)
    raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in told]
    if host is not None:
        raw.insert(0, (b"host", host.encode("latin-1")))
    pieces = iter([body] if isinstance(body, bytes) else body)
    if isinstance(body, bytes) and body:
        raw.append((b"content-length", str(len(body)).encode()))
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": scheme, "path": path,
        "raw_path": path.encode("utf-8", "surrogateescape"), "query_string": query, "root_path": "", "headers": raw,
        "client": (client, 40000), "server": ("127.0.0.1", 8000), "state": {},
    }  # fmt: skip
    answer, over = Answer(), asyncio.Event()
    piece = next(pieces, None)

    async def receive() -> dict[str, Any]:
        nonlocal piece
        if piece is None:
            if not hangs_up:
                await over.wait()
            return {"type": "http.disconnect"}
        now, piece = piece, next(pieces, None)
        await asyncio.sleep(0)
        return {"type": "http.request", "body": now, "more_body": piece is not None or hangs_up}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in message["headers"]]
        else:
            answer.body += message.get("body", b"")
            if not message.get("more_body"):
                over.set()

    try:
        await app(scope, receive, send)
    except Exception:
        # Starlette raises a bug again once it has answered, for the server's log; here the answer alone is looked at.
        if answer.status < 500:
            raise
    return answer


@pytest_asyncio.fixture(scope="session")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """Reached by http on loopback. Its clock stands in the middle of the forums; a test that moves it moves it back."""
    async with open_site(tmp_path_factory.mktemp("site")) as site:
        yield site


@asynccontextmanager
async def site_with(folder: Path, patch: pytest.MonkeyPatch, database_url: str = "", **more: Any) -> AsyncIterator[Site]:
    """A site with other settings."""

    def settings(folder: Path, database_url: str = "") -> Settings:
        return settings_for(folder, database_url).model_copy(update=more)

    with patch.context() as patched:
        patched.setattr(sites, "settings_for", settings)
        async with open_site(folder, database_url) as site:
            yield site


@pytest_asyncio.fixture
async def secure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """Reached by https, with a token for the metrics."""
    async with site_with(tmp_path, monkeypatch, base_url=HTTPS) as site:
        yield site
