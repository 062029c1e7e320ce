"""All results of a conference in one file, as far as the visitor may see them."""

from __future__ import annotations

import asyncio
import os
import tempfile
import zipfile
from collections.abc import Sequence
from contextlib import aclosing
from datetime import datetime
from typing import IO

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from conference.base.errors import NotFound
from conference.base.log import logger
from conference.doors.guard import page
from conference.doors.visit import Visit, standing_of
from conference.results.rules import hidden, is_public
from conference.results.store import SET_PDF, Outcome, outcomes_for_viewing
from conference.web.services import Services

MOST_BYTES = 256 * 1024 * 1024
"""What is more than this stays out: a results PDF is some hundred kilobytes."""
PIECE = 256 * 1024
PER_MINUTE = 60  # of one address, which may be that of an office

log = logger("results")


async def results_zip(request: Request, visit: Visit) -> Response:
    """PDFs of all public results: of every session the set one or the one in its place, and what stands beside it."""
    async with visit.services.db.read() as db:
        outcomes = await outcomes_for_viewing(db, visit.conference, visit.state, standing_of(visit.viewer), visit.now)
    files = [(name, key) for outcome in outcomes for name, key in files_of(outcome, visit.now)]
    if not files:
        raise hidden(visit.state, visit.conference.slug)
    client = request.client.host if request.client else ""
    visit.services.limits.check("results zip", client, per_minute=PER_MINUTE)
    return _Sent(await packed(visit.services, files), f"{visit.conference.slug}-results.zip")


class _Sent(Response):
    """A file that has no name any more, piece by piece: however many visitors fetch it, none of it is held in memory."""

    media_type = "application/zip"

    def __init__(self, file: IO[bytes], filename: str) -> None:
        super().__init__()
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        self.headers["Cache-Control"] = "private, no-cache"
        self.headers["Content-Disposition"] = f'attachment; filename="{filename}"'
        self.headers["Content-Length"] = str(size)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            while data := await asyncio.to_thread(self._file.read, PIECE):
                await send({"type": "http.response.body", "body": data, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            self._file.close()


def files_of(outcome: Outcome, now: datetime) -> list[tuple[str, str]]:
    """(name in the archive, key in the store) of one session's public PDFs."""
    slug, version = outcome.session.slug, outcome.version
    documents = [document for document in outcome.documents if is_public(document, now)]
    files = [(f"{slug}-{document.document}.pdf", document.object_key) for document in documents]
    if version is not None and version.object_key and all(one.document != SET_PDF for one in documents):
        files.insert(0, (f"{slug}-{SET_PDF}.pdf", version.object_key))
    return files


async def packed(services: Services, files: Sequence[tuple[str, str]]) -> IO[bytes]:
    """A file on disk that goes when it is closed. PDFs are compressed already, so they are only put together. The same results
    give the same bytes. Raises Unavailable."""
    out = await asyncio.to_thread(tempfile.TemporaryFile)
    try:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
            size = 0
            for name, key in files:
                try:
                    facts, chunks = await services.storage.open_range(key)
                except NotFound:  # forgotten meanwhile
                    log.warning("result_without_file", name=name)
                    continue
                async with aclosing(chunks):
                    size += facts.size
                    if size > MOST_BYTES:
                        log.warning("results_too_large", left_out=name)
                        break
                    with archive.open(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), "w") as entry:
                        async for data in chunks:
                            await asyncio.to_thread(entry.write, data)
    except BaseException:
        out.close()
        raise
    return out


routes: list[Route] = [page("/{c}/results.zip", "results.zip", results_zip)]
