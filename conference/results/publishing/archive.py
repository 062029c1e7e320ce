"""All results of a conference in one file, as far as the visitor may see them."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Sequence
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from conference.base.errors import NotFound
from conference.base.log import logger
from conference.doors.guard import page
from conference.doors.visit import Visit, standing_of
from conference.results.rules import hidden, is_public
from conference.results.store import SET_PDF, Outcome, outcomes_for_viewing
from conference.web.services import Services

MOST_BYTES = 256 * 1024 * 1024
"""What is more than this stays out: a results PDF is some hundred kilobytes."""
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
    data = await packed(visit.services, files)
    return Response(
        data,
        media_type="application/zip",
        headers={
            "Cache-Control": "private, no-cache",
            "Content-Disposition": f'attachment; filename="{visit.conference.slug}-results.zip"',
        },
    )


def files_of(outcome: Outcome, now: datetime) -> list[tuple[str, str]]:
    """(name in the archive, key in the store) of one session's public PDFs."""
    slug, version = outcome.session.slug, outcome.version
    documents = [document for document in outcome.documents if is_public(document, now)]
    files = [(f"{slug}-{document.document}.pdf", document.object_key) for document in documents]
    if version is not None and version.object_key and all(one.document != SET_PDF for one in documents):
        files.insert(0, (f"{slug}-{SET_PDF}.pdf", version.object_key))
    return files


async def packed(services: Services, files: Sequence[tuple[str, str]]) -> bytes:
    """PDFs are compressed already, so they are only put together. The same results give the same bytes. Raises Unavailable."""
    read, size = [], 0
    for name, key in files:
        try:
            data = await services.storage.get(key)
        except NotFound:  # forgotten meanwhile
            log.warning("result_without_file", name=name)
            continue
        size += len(data)
        if size > MOST_BYTES:
            log.warning("results_too_large", left_out=name)
            break
        read.append((name, data))
    return await asyncio.to_thread(_zip, read)


def _zip(files: Sequence[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files:
            archive.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), data)
    return out.getvalue()


routes: list[Route] = [page("/{c}/results.zip", "results.zip", results_zip)]
