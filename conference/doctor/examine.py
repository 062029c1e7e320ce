"""`meetingpoint doctor`: looks at everything that serving needs, one line each, in the language of the terminal."""

from __future__ import annotations

import asyncio
import os
import secrets
import smtplib
import socket
import time
import urllib.error
import urllib.request
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, closing
from email.utils import parsedate_to_datetime
from http.client import HTTPResponse
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from conference.access.model import Conference, State
from conference.access.rules import state_at
from conference.access.store import conferences, times_of
from conference.base.errors import ConferenceError
from conference.base.settings import Settings
from conference.base.storage import ObjectStorage
from conference.doctor.finding import WITHIN, Finding, Result, failed, note, ok, reason_of
from conference.doctor.media import media_findings, open_nodes
from conference.doctor.turn import turn_findings
from conference.migrate import pending
from conference.web.services import Services
from conference.wiring import open_services

SKEW = 5.0  # seconds that two clocks may differ by
PAGES = ("imprint", "privacy", "accessibility")
EXPLAINED = ("easy", "signed")  # may be missing with a recorded reason


async def examine(settings: Settings, tell: Callable[[str], Any]) -> bool:
    """Tell each finding as a line, as soon as it is known; whether nothing failed."""
    healthy = True
    async with open_services(settings, "command") as services, aclosing(findings(services)) as found:
        async for finding in found:
            tell(finding.line())
            healthy = healthy and finding.result is not Result.FAILED
    return healthy


async def findings(services: Services) -> AsyncGenerator[Finding, None]:
    settings = services.settings
    yield settings_finding(settings)
    database = await database_finding(services)
    yield database
    if database.result is Result.OK:
        yield await migration_finding(settings)
    async for finding in store_findings(services.storage, settings.base_url):
        yield finding
    yield await asyncio.to_thread(mail_finding, settings)
    yield await bus_finding(settings)
    yield await asyncio.to_thread(web_port_finding, settings)
    async with open_nodes(settings) as nodes:
        for finding in await asyncio.to_thread(lambda: list(media_findings(settings, nodes))):
            yield finding
        for url in settings.turn_urls:
            for finding in await asyncio.to_thread(turn_findings, settings, url, nodes):
                yield finding
    yield clock_finding()
    if database.result is Result.OK and not await pending(settings):
        async for finding in legal_findings(services):
            yield finding


def settings_finding(settings: Settings) -> Finding:
    parts = urlsplit(settings.base_url)
    if not os.access(_nearest(settings.data_dir), os.W_OK):
        return failed(
            "Settings", "the data folder {folder} cannot be written. Check MEETINGPOINT_DATA_DIR.", folder=settings.data_dir
        )
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        return failed(
            "Settings",
            "MEETINGPOINT_BASE_URL is {address}. Browsers give camera and microphone only to https pages (or localhost).",
            address=settings.base_url,
        )
    return ok("Settings", "complete; people reach us at {address}", address=settings.base_url)


def _nearest(path: Any) -> Any:
    """The folder itself, or what of its path exists."""
    return next(parent for parent in (path, *path.parents) if parent.exists())


async def database_finding(services: Services) -> Finding:
    started = time.monotonic()
    try:
        async with asyncio.timeout(WITHIN):
            await services.db.ping()
    except (ConferenceError, OSError, TimeoutError) as error:
        return failed("Database", "does not answer ({reason}). Check MEETINGPOINT_DATABASE_URL.", reason=reason_of(error))
    milliseconds = round((time.monotonic() - started) * 1000)
    return ok("Database", "{kind} answers ({milliseconds} ms)", kind=services.db.dialect, milliseconds=milliseconds)


async def migration_finding(settings: Settings) -> Finding:
    if await pending(settings):
        return failed("Migrations", "some are missing. Run `meetingpoint migrate`.")
    return ok("Migrations", "the newest revision")


async def store_findings(storage: ObjectStorage, base_url: str) -> AsyncIterator[Finding]:
    key = f"doctor/{secrets.token_urlsafe(16)}"
    content = b"Meetingpoint looks whether it can write here."
    try:
        await storage.put(key, content, "text/plain")
        try:
            _, chunks = await storage.open_range(key, 5, 20)
            if await chunks.all() != content[5:20]:
                yield failed("Store", "answers a Range request with the wrong bytes. Videos need Range.")
                return
            yield ok("Store", "writing, reading a range and deleting work")
            if storage.public_origin:
                part = storage.sign_part(key, "doctor", 1, 60)
                for finding in await asyncio.to_thread(_public_findings, storage.sign_get(key, 60), part, base_url):
                    yield finding
        finally:
            await storage.delete(key)
    except (ConferenceError, OSError) as error:
        yield failed("Store", "does not work ({reason}). Check MEETINGPOINT_STORAGE_URL and its keys.", reason=reason_of(error))


def _public_findings(address: str, part: str, base_url: str) -> list[Finding]:
    """What a browser meets at a signed address of an S3 store: Range, nothing without the signature, and CORS, also for the
    parts of films, which pages put there (`part`: such an address)."""
    status, headers = _ask("GET", address, {"Origin": base_url, "Range": "bytes=0-3"})
    bare, _ = _ask("GET", address.partition("?")[0], {})
    found = [
        ok("Store", "signed addresses answer Range requests at {address}", address=_origin(address))
        if status == 206
        else failed(
            "Store", "a signed address answers {status} instead of 206. Check MEETINGPOINT_STORAGE_PUBLIC_URL.", status=status
        ),
        ok("Store", "nothing is read without a signature")
        if bare in (401, 403)
        else failed("Store", "an address without signature answers {status}. Make the bucket private.", status=bare),
        ok("Store", "CORS lets our pages in")
        if _lets_in(address, "GET", base_url) and _lets_in(part, "PUT", base_url)
        else failed(
            "Store", "CORS does not let pages of {address} in. Allow GET, HEAD and PUT for this origin.", address=base_url
        ),
    ]
    if "Date" in headers and (skew := abs(parsedate_to_datetime(headers["Date"]).timestamp() - time.time())) > SKEW:
        found.append(
            failed("Clock", "differs from the store's by {seconds} seconds. Set the machine's time.", seconds=round(skew))
        )
    return found


def _lets_in(address: str, method: str, base_url: str) -> bool:
    """Whether the store answers a browser's question before a request of our pages (CORS preflight)."""
    asked = {"Origin": base_url, "Access-Control-Request-Method": method}
    if method == "GET":
        asked["Access-Control-Request-Headers"] = "range"
    status, allowed = _ask("OPTIONS", address, asked)
    methods = {each.strip().upper() for each in allowed.get("Access-Control-Allow-Methods", method).split(",")}
    return 0 < status < 400 and allowed.get("Access-Control-Allow-Origin") in ("*", base_url) and bool(methods & {method, "*"})


def _ask(method: str, address: str, headers: dict[str, str]) -> tuple[int, dict[str, str]]:
    """Status and headers; 0 when nobody answers."""
    request = urllib.request.Request(address, method=method, headers=headers)  # noqa: S310 -- the operator's own address
    try:
        answer: HTTPResponse
        with urllib.request.urlopen(request, timeout=WITHIN) as answer:  # noqa: S310
            return answer.status, dict(answer.headers.items())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers.items())
    except OSError:
        return 0, {}


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def mail_finding(settings: Settings) -> Finding:
    if not settings.mail_url.startswith("smtp"):
        return note("Mail", "letters are printed only. Set MEETINGPOINT_MAIL_URL to send them.")
    parts = urlsplit(settings.mail_url)
    host = parts.hostname or ""
    try:
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=WITHIN)
        else:
            server = smtplib.SMTP(host, parts.port or 25, timeout=WITHIN)
        with server:
            server.ehlo()
            if parts.scheme == "smtp" and parts.username:
                server.starttls()
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.noop()
    except (OSError, smtplib.SMTPException) as error:
        return failed(
            "Mail", "{host} does not take letters ({reason}). Check MEETINGPOINT_MAIL_URL.", host=host, reason=reason_of(error)
        )
    return ok("Mail", "{host} takes letters", host=host)


async def bus_finding(settings: Settings) -> Finding:
    if not settings.bus_url.startswith("redis"):
        return ok("Bus", "the supervisor's own socket, on this machine")
    from redis.asyncio import Redis
    from redis.exceptions import RedisError

    client = Redis.from_url(settings.bus_url, socket_timeout=WITHIN, socket_connect_timeout=WITHIN)
    try:
        await client.ping()
    except (RedisError, OSError) as error:
        return failed("Bus", "Redis does not answer ({reason}). Check MEETINGPOINT_BUS_URL.", reason=reason_of(error))
    finally:
        await client.aclose()
    return ok("Bus", "Redis answers")


def web_port_finding(settings: Settings) -> Finding:
    """Free, or held by a Meetingpoint that answers."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(settings.host, settings.host)  # noqa: S104
    shown = f"[{host}]" if ":" in host else host
    status, _ = _ask("GET", f"http://{shown}:{settings.port}/healthz", {})
    if status == 200:
        return ok("Web", "Meetingpoint answers on TCP port {port}", port=settings.port)
    try:
        with closing(socket.create_server((host, settings.port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)):
            return ok("Web", "TCP port {port} is free", port=settings.port)
    except OSError as error:
        return failed(
            "Web",
            "TCP port {port} cannot be used ({reason}). Check MEETINGPOINT_PORT.",
            port=settings.port,
            reason=reason_of(error),
        )


def clock_finding() -> Finding:
    try:
        ZoneInfo("Europe/Berlin")
    except ZoneInfoNotFoundError:
        return failed("Clock", "the time zones are missing. Install the Python package tzdata.")
    if time.gmtime().tm_year < 2025:
        return failed("Clock", "it says {year}. Set the machine's time.", year=time.gmtime().tm_year)
    return ok("Clock", "{now} UTC", now=time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()))


async def legal_findings(services: Services) -> AsyncIterator[Finding]:
    """The pages that each conference needs before it goes live."""
    async with services.db.read() as session:
        every = await conferences(session)
    for conference in every:
        if state_at(times_of(conference), services.clock.now()) in (State.CLOSED, State.PURGED):
            continue
        missing = missing_pages(conference)
        if missing:
            yield failed("Legal pages", "{slug} lacks {pages}", slug=conference.slug, pages=", ".join(missing))
        else:
            yield ok("Legal pages", "{slug} has them all", slug=conference.slug)


def missing_pages(conference: Conference) -> list[str]:
    """Pages without text; Leichte Sprache and sign language may have a recorded reason instead."""
    missing = [page for page in PAGES if not _filled(conference.legal.get(page))]
    for page in EXPLAINED:
        entry = conference.legal.get(page) or {}
        if not _filled(entry.get("text")) and not _filled(entry.get("reason")):
            missing.append(page)
    return missing


def _filled(words: Any) -> bool:
    return isinstance(words, dict) and bool(str(words.get("de") or "").strip())
