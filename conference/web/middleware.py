"""What every request passes, as one pure ASGI wrapper: a name for it, limits, the same-origin check, headers, one log line."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conference.base.clock import Clock
from conference.base.ids import Ids
from conference.base.log import logger, redact
from conference.base.settings import Settings

log = logger("web")
LONGEST_BODY = 2 * 1024 * 1024
LONGEST_PART = 64 * 1024 * 1024
LONGEST_UPLOAD = 160 * 1024 * 1024
LONGEST_SIGNED = 201 * 1024 * 1024
LONGEST_PHOTO = 32 * 1024 * 1024
LONGEST_TABLE = 11 * 1024 * 1024
LONGEST_SCHEDULE = 6 * 1024 * 1024
LONGEST_CONFERENCE = 501 * 1024 * 1024
LONGEST_FILM = 2 * 1024 * 1024 * 1024
LONGEST_ADDRESS = 4096
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_UPLOADS = re.compile(r"/[a-z0-9-]+/sessions/[a-z0-9-]+/slides")  # decks and clips, whose page lets nobody else begin
_FILMS = re.compile(r"/[a-z0-9-]+/cards/[a-z0-9-]+/own/film")  # of a card: its page asks whose it is before it reads, and counts

_DOCUMENTS = re.compile(r"/[a-z0-9-]+/sessions/[a-z0-9-]+/sheet/document")  # PDFs of results; the page asks who publishes
_SCHEDULES = re.compile(r"/desk/[a-z0-9-]+/program/schedule")
_CONFERENCES = re.compile(r"/desk/(new/file|[a-z0-9-]+/import)")  # whole ones as files, for organisers alone
_TABLES = re.compile(r"/desk/[a-z0-9-]+/people/import")  # of people, for organisers alone
_SIGNED = re.compile(r"/desk/[a-z0-9-]+/legal/signed/film")  # in sign language, for organisers alone
_PHOTOS = re.compile(r"/desk/[a-z0-9-]+/report/photos")  # of the report, for organisers alone


def security_headers(bucket: str, *, secure: bool) -> list[tuple[bytes, bytes]]:
    """Headers of every answer. `bucket`: origin of the object store ("" for the folder)."""
    bucket = f" {bucket}" if bucket else ""
    policy = (
        f"default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:{bucket}; "
        f"media-src 'self' blob:{bucket}; connect-src 'self'{bucket}; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'; manifest-src 'self'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self), geolocation=(), interest-cohort=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


class Edge:
    """Outermost wrapper around the app. Refuses before any route: bad paths, foreign hosts, foreign origins, large bodies."""

    def __init__(self, app: ASGIApp, settings: Settings, clock: Clock, ids: Ids, bucket: str) -> None:
        self._app = app
        self._clock = clock
        self._ids = ids
        self._headers = security_headers(bucket, secure=settings.secure)
        base = urlsplit(settings.base_url)
        self._hosts = {base.netloc}
        self._origins = {settings.base_url}
        if settings.demo:  # a demo is opened under whatever name its machine has on loopback
            for host in ("127.0.0.1", "localhost", "[::1]"):
                self._hosts.add(f"{host}:{settings.port}")
                self._origins.add(f"http://{host}:{settings.port}")
        self._probe_hosts = {"127.0.0.1", "localhost", "[::1]"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refuse(scope, headers)
        name = self._ids.new()
        scope.setdefault("state", {})["request_id"] = name
        started = self._clock.monotonic()
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                present = {header[0].lower() for header in message.get("headers", ())}
                message["headers"] = [
                    *message.get("headers", ()),
                    *(header for header in self._headers if header[0] not in present),
                    (b"x-request-id", name.encode()),
                ]
                if b"cache-control" not in present:
                    message["headers"].append((b"cache-control", b"private, no-cache"))
            await send(message)

        limited = _Limited(receive, longest_body(scope["path"]))
        if refusal is not None:
            await refusal(scope, receive, answer)
        else:
            await self._app(scope, limited, answer)
        if status >= 500 or self._clock.monotonic() - started > 1:
            log.warning(
                "slow or failed", request=name, method=scope["method"], path=redact(scope["path"]), status=status,
                ms=round((self._clock.monotonic() - started) * 1000),
            )  # fmt: skip

    def _refuse(self, scope: Scope, headers: Headers) -> PlainTextResponse | None:
        path: str = scope["path"]
        query: bytes = scope["query_string"]
        if _CONTROL.search(path) or not query.isascii() or len(scope.get("raw_path") or b"") + len(query) > LONGEST_ADDRESS:
            return _plain("Please check this address.", "Bitte prüfen Sie diese Adresse.", 400)
        if len(headers.getlist("host")) > 1:  # RFC 9112, section 3.2
            return PlainTextResponse("Which host?", 400)
        host = headers.get("host", "").lower()
        if host not in self._hosts and not (
            path in ("/healthz", "/readyz", "/metrics") and host.rpartition(":")[0] in self._probe_hosts
        ):
            return PlainTextResponse("Unknown host. The operator sets MEETINGPOINT_BASE_URL.", 421)
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > longest_body(path):
            return _plain("Too large. Please send less.", "Zu groß. Bitte senden Sie weniger.", 413)
        if scope["method"] not in SAFE and not self._own_page(headers):
            return _plain(
                "Only pages of this site may send this. Please load the page again.",
                "Das dürfen nur Seiten dieser Website senden. Bitte laden Sie die Seite neu.",
                403,
            )
        return None

    def _own_page(self, headers: Headers) -> bool:
        """Unsafe methods come from our own pages, or from a program with a bearer token: no foreign page can add one
        but where the address allows it (CORS), and never beside a cookie."""
        bearer = headers.get("authorization", "").lower().startswith("bearer ")
        if bearer and "cookie" not in headers:
            return True
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in ("same-origin", "none")
        origin = headers.get("origin")
        if origin is not None:
            return origin in self._origins
        return bearer or "cookie" not in headers


def longest_body(path: str) -> int:
    """Bytes: forms are small; only parts of uploads, which the store's page checks by their signature, and what is brought to
    a session are large."""
    if _UPLOADS.fullmatch(path):
        return LONGEST_UPLOAD
    if _SIGNED.fullmatch(path):
        return LONGEST_SIGNED
    if _FILMS.fullmatch(path):
        return LONGEST_FILM
    if _PHOTOS.fullmatch(path) or _DOCUMENTS.fullmatch(path):
        return LONGEST_PHOTO
    if _SCHEDULES.fullmatch(path):
        return LONGEST_SCHEDULE
    if _CONFERENCES.fullmatch(path):
        return LONGEST_CONFERENCE
    if _TABLES.fullmatch(path):
        return LONGEST_TABLE
    return LONGEST_PART if path.startswith("/objects/") else LONGEST_BODY


def _plain(english: str, german: str, status: int) -> PlainTextResponse:
    """What is refused before anybody knows the reader's language is said in both."""
    return PlainTextResponse(f"{german}\n{english}\n", status)


class _Limited:
    """A `receive` that ends a body longer than was allowed, whatever its Content-Length said."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._left = limit

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                return {"type": "http.disconnect"}
        return message
