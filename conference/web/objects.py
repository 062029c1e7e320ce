"""Objects over HTTP: the page behind the signed addresses of stores of our own, and the answer that other pages reuse.

GET and HEAD with one Range, ETag, If-None-Match, If-Range (RFC 9110, sections 13 and 14); PUT takes a part of an upload.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from conference.base.clock import Clock
from conference.base.errors import Invalid, TooMany, Unavailable
from conference.base.storage import Chunks, FolderStorage, LocalStorage, ObjectFacts, ObjectStorage, disposition

LARGEST_PART = 64 * 1024 * 1024
HEADERS = {
    "Accept-Ranges": "bytes",
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
CONDITIONS = frozenset({"if-none-match", "if-range"})
NOWHERE = 10**15
"""Where no object reaches: the last zero bytes of one."""
_RANGE = re.compile(r"bytes=(?:(\d{1,15})-(\d{0,15})|-(\d{1,15}))", re.ASCII)

Endpoint = Callable[[Request], Awaitable[Response]]


def objects_routes(storage: ObjectStorage, clock: Clock) -> list[Route]:
    """`/objects/KEY`, when the store's signed addresses lead to us; nothing for an S3 store."""
    if not isinstance(storage, LocalStorage):
        return []
    return [Route("/objects/{key:path}", objects_page(storage, clock), methods=["GET", "HEAD", "PUT"], name="objects")]


def objects_page(storage: LocalStorage, clock: Clock) -> Endpoint:
    """The endpoint. It raises NotAllowed (not our address, or expired), NotFound, Unavailable."""

    async def page(request: Request) -> Response:
        key, query = request.path_params["key"], request.query_params
        if request.method == "PUT":
            part = storage.verify_part(key, query, clock.real())
            return await _take_part(request, storage, key, part.upload_id, part.number)
        grant = storage.verify(key, query, clock.real())
        return await send_object(request, storage, key, filename=grant.filename, content_type=grant.content_type)

    return page


async def send_object(
    request: Request,
    storage: ObjectStorage,
    key: str,
    *,
    filename: str | None = None,
    content_type: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The object as the answer to a GET or HEAD whose viewer may have it: 200, 206, 304 or 416, streamed.

    With a folder that a web server in front reads as well, that one sends the bytes and minds the range.
    filename: browsers save it under that name; without one they show it. content_type: instead of the stored one.
    headers: win over those of this module. Raises NotFound, Unavailable.
    """
    shown = {**HEADERS, "Content-Disposition": disposition(filename), **(headers or {})}
    if isinstance(storage, FolderStorage) and storage.accel:
        facts, address = await storage.located(key)
        if known := _known(request, facts, shown):
            return known
        del shown["Accept-Ranges"]  # the other server says so itself
        more = {"Content-Type": content_type or facts.content_type, "X-Accel-Redirect": address}
        return Response(headers={**shown, **_validators(facts), **more})
    asked = _asked(request)
    if request.method == "HEAD" or not CONDITIONS.isdisjoint(request.headers) or (asked and asked[0] < 0):
        facts = await storage.head(key)
        if known := _known(request, facts, shown):
            return known
        if request.method == "HEAD":
            more = {"Content-Type": content_type or facts.content_type, "Content-Length": str(facts.size)}
            return Response(headers={**shown, **_validators(facts), **more})
        asked = _settled(request, asked, facts)
    start, end = asked or (0, None)
    try:
        facts, chunks = await storage.open_range(key, start, end)
    except Invalid as error:
        return _unsatisfiable(error.facts["size"], shown)
    end = min(end or facts.size, facts.size)
    if asked and start >= end:
        await chunks.aclose()
        return _unsatisfiable(facts.size, shown)
    shown |= _validators(facts)
    shown["Content-Type"] = content_type or facts.content_type
    if asked:
        shown["Content-Range"] = f"bytes {start}-{end - 1}/{facts.size}"
    return _ObjectResponse(chunks, end - start, 206 if asked else 200, shown)


class _ObjectResponse(Response):
    """Streams; stops and closes the object when the browser goes away.

    Starlette's own starts a group of tasks for each answer, which costs as much as half a megabyte.
    """

    def __init__(self, chunks: Chunks, length: int, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(status_code=status)
        self.init_headers({**headers, "Content-Length": str(length)})
        self._chunks = chunks
        self._left = length

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        gone = asyncio.create_task(_gone(receive))
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            if not self._left:
                await send({"type": "http.response.body", "body": b""})
            async for data in self._chunks:
                self._left -= len(data)
                await send({"type": "http.response.body", "body": data, "more_body": self._left > 0})
                if gone.done():
                    return
            if self._left:  # it became shorter: the connection ends, so that nobody takes it for whole
                raise Unavailable("store", reason="short_object")
        finally:
            gone.cancel()
            await self._chunks.aclose()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _validators(facts: ObjectFacts) -> dict[str, str]:
    return {"ETag": f'"{facts.etag}"', "Last-Modified": format_datetime(facts.modified, usegmt=True)}


def _unsatisfiable(size: int, headers: Mapping[str, str]) -> Response:
    return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"})


def _known(request: Request, facts: ObjectFacts, headers: Mapping[str, str]) -> Response | None:
    """304, when the browser has it already (RFC 9110, 13.1.2: the weak comparison)."""
    tags = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    has_it = "*" in tags or f'"{facts.etag}"' in tags
    return Response(status_code=304, headers={**headers, **_validators(facts)}) if has_it else None


def _asked(request: Request) -> tuple[int, int | None] | None:
    """start and end (exclusive); a negative start counts from the end. None: the whole.

    What is not one plain range is ignored, as RFC 9110, 14.2 allows.
    """
    match = _RANGE.fullmatch(request.headers.get("range", "").replace(" ", ""))
    if request.method != "GET" or match is None:
        return None
    first, last, suffix = match.groups()
    if suffix is not None:
        return (-int(suffix), None) if int(suffix) else (NOWHERE, None)
    if last and int(last) < int(first):
        return None
    return int(first), int(last) + 1 if last else None


def _settled(request: Request, asked: tuple[int, int | None] | None, facts: ObjectFacts) -> tuple[int, int | None] | None:
    """The range of this very object."""
    if asked is None or not _still(request.headers.get("if-range"), facts):
        return None
    start, _end = asked
    return (max(0, facts.size + start), None) if start < 0 else asked


def _still(if_range: str | None, facts: ObjectFacts) -> bool:
    """RFC 9110, 13.1.5: whether the rest of the object that the browser has a part of is still the same."""
    if if_range is None or if_range == f'"{facts.etag}"':
        return True
    return _date(if_range) == facts.modified.replace(microsecond=0)


def _date(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None


async def _take_part(request: Request, storage: LocalStorage, key: str, upload_id: str, number: int) -> Response:
    async def pieces() -> AsyncIterator[bytes]:
        size = 0
        async for data in request.stream():
            size += len(data)
            if size > LARGEST_PART:
                raise TooMany("part_too_large", limit=LARGEST_PART)
            yield data

    part = await storage.take_part(key, upload_id, number, pieces())
    return Response(headers={"ETag": f'"{part.etag}"', "Cache-Control": "no-store"})
