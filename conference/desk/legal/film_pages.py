"""Bringing and removing the film of the page in sign language."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.access.model import Page
from conference.base.errors import Invalid
from conference.desk.legal.film import LARGEST_CAPTIONS, bring_film, remove_film
from conference.desk.legal.pages import form_page
from conference.doors.guard import page
from conference.doors.visit import Visit, by_of
from conference.web.errors import explain

BROUGHT_PER_MINUTE = 4


async def film(request: Request, visit: Visit) -> Response:
    """POST brings a film (fields: film, captions), or removes it (do: remove)."""
    visit.services.limits.check("signed film", visit.conference.id, per_minute=BROUGHT_PER_MINUTE)
    back = f"/desk/{visit.conference.slug}/legal/signed"
    async with request.form(max_files=2, max_fields=5) as form:
        if form.get("do") == "remove":
            async with visit.services.db.work() as work:
                await remove_film(visit.services, work, visit.conference.id, by_of(visit))
            return RedirectResponse(f"{back}?done=removed", 303)
        try:
            await _bring(visit, form)
        except Invalid as error:
            said = explain(error, visit.services.texts[visit.language])
            return await form_page(request, visit, Page.SIGNED, errors={"film": said})
    return RedirectResponse(f"{back}?done=film", 303)


async def _bring(visit: Visit, form: FormData) -> None:
    file, captions = form.get("film"), form.get("captions")
    if not isinstance(file, UploadFile) or not file.filename:
        raise Invalid("signed_film")
    said = await captions.read(LARGEST_CAPTIONS + 1) if isinstance(captions, UploadFile) and captions.filename else None
    with tempfile.NamedTemporaryFile(prefix="meetingpoint-signed-") as kept:
        await asyncio.to_thread(_copy, file, kept)
        await bring_film(visit.services, visit.conference.id, Path(kept.name), said, by_of(visit))


def _copy(file: UploadFile, kept: Any) -> None:
    shutil.copyfileobj(file.file, kept)
    kept.flush()


routes: list[Route] = [page("/desk/{c}/legal/signed/film", "desk.legal.film", film, ("POST",))]
