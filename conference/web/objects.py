"""Objects over HTTP: the page behind the signed addresses of stores of our own, and the answer that other pages reuse.

GET and HEAD with one Range, ETag, If-None-Match, If-Range (RFC 9110, sections 13 and 14); PUT takes a part of an upload.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from conference.base.clock import Clock
from conference.base.errors import Invalid, TooMany
from conference.base.storage import Chunks, LocalStorage, ObjectFacts, ObjectStorage, disposition

LARGEST_PART = 64 * 1024 * 1024
HEADERS = {
    "Accept-Ranges": "bytes",
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
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

    filename: browsers save it under that name; without one they show it. content_type: instead of the stored one.
    headers: win over those of this module. Raises NotFound, Unavailable.
    """
    facts = await storage.head(key)
    shown = {**HEADERS, "Content-Disposition": disposition(filename), **(headers or {}), **_validators(facts)}
    if _has_it(request.headers.get("if-none-match"), facts.etag):
        return Response(status_code=304, headers=shown)
    start, end, partial = _wanted(request, facts)
    if start >= end and partial:
        return _unsatisfiable(facts.size, shown)
    shown["Content-Type"] = content_type or facts.content_type
    if request.method == "HEAD":
        return Response(headers={**shown, "Content-Length": str(facts.size)})
    try:
        facts, chunks = await storage.open_range(key, start, end if partial else None)
    except Invalid as error:  # it was replaced by a shorter one meanwhile
        return _unsatisfiable(error.facts["size"], shown)
    end = min(end, facts.size) if partial else facts.size
    shown |= {**_validators(facts), "Content-Length": str(end - start)}
    if partial:
        shown["Content-Range"] = f"bytes {start}-{end - 1}/{facts.size}"
    return _ObjectResponse(chunks, 206 if partial else 200, shown)


class _ObjectResponse(StreamingResponse):
    """Streams, and closes the object when the browser goes away."""

    def __init__(self, chunks: Chunks, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(chunks, status, headers)
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._chunks.aclose()


def _validators(facts: ObjectFacts) -> dict[str, str]:
    return {"ETag": f'"{facts.etag}"', "Last-Modified": format_datetime(facts.modified, usegmt=True)}


def _unsatisfiable(size: int, headers: Mapping[str, str]) -> Response:
    return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"})


def _has_it(if_none_match: str | None, etag: str) -> bool:
    """RFC 9110, 13.1.2: the weak comparison."""
    if if_none_match is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in tags or f'"{etag}"' in tags


def _wanted(request: Request, facts: ObjectFacts) -> tuple[int, int, bool]:
    """start, end (exclusive) and whether it is a part. What is not one plain range is ignored, as RFC 9110, 14.2 allows."""
    match = _RANGE.fullmatch(request.headers.get("range", "").replace(" ", ""))
    if request.method != "GET" or match is None or not _still(request.headers.get("if-range"), facts):
        return 0, facts.size, False
    first, last, suffix = match.groups()
    if suffix is not None:
        return max(0, facts.size - int(suffix)), facts.size if int(suffix) else 0, True
    if last and int(last) < int(first):
        return 0, facts.size, False
    return int(first), min(facts.size, int(last) + 1) if last else facts.size, True


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


async def _take_part(request: Request, storage: ObjectStorage, key: str, upload_id: str, number: int) -> Response:
    size = 0
    with tempfile.NamedTemporaryFile(prefix="meetingpoint-part-") as file:
        async for data in request.stream():
            size += len(data)
            if size > LARGEST_PART:
                raise TooMany("part_too_large", limit=LARGEST_PART)
            await asyncio.to_thread(file.write, data)
        await asyncio.to_thread(file.flush)
        part = await storage.put_part(key, upload_id, number, Path(file.name))
    return Response(headers={"ETag": f'"{part.etag}"', "Cache-Control": "no-store"})
