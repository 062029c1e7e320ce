"""A conference as a file in the browser: taken along as a zip, read in as a new one, or into the one that is there."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlmodel import select
from starlette.background import BackgroundTask
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from conference.access.model import Conference
from conference.base import audit
from conference.base.errors import Conflict, Invalid
from conference.cards.model import CardState
from conference.cards.store import cards_in
from conference.desk.conference_file import ConferenceFile
from conference.desk.creating.beside import Read
from conference.desk.creating.changes import Changes, changes_between
from conference.desk.creating.onto import Onto, drafted_slugs, edition_with_program, within
from conference.desk.creating.rules import slug_of
from conference.desk.creating.who import creator_of
from conference.desk.editions import changed_meanwhile
from conference.desk.exporting import conference_as_file, export_conference
from conference.desk.file_words import fault_in
from conference.desk.importing import open_conference_file, put_conference_file
from conference.doors.guard import installation_page, page
from conference.doors.visit import Visit, by_of
from conference.initiatives.store import initiatives_in
from conference.program.drafts import program_planned
from conference.web.render import rendered
from conference.web.services import Services
from conference.web.typed import typed_fault

NOT_STORED = {"Cache-Control": "no-store"}
LARGEST = 500 * 1024 * 1024
PER_MINUTE = 6
_PIECE = 1024 * 1024
_SHOWN = 20  # faults of a file


async def export(request: Request, visit: Visit) -> Response:
    """The page; with `?file` the zip, put together on disk and sent piece by piece."""
    if "file" not in request.query_params:
        return await _page(request, visit)
    services, slug = visit.services, visit.conference.slug
    services.limits.check("conference file", by_of(visit) or "", per_minute=PER_MINUTE)
    descriptor, name = tempfile.mkstemp(suffix=".zip")
    os.close(descriptor)
    target = Path(name)
    with ExitStack() as unless_sent:
        unless_sent.callback(target.unlink, missing_ok=True)
        await export_conference(services, slug, target)
        async with services.db.work() as work:
            audit.record(work, "conference exported", conference_id=visit.conference.id, person_id=by_of(visit))
        unless_sent.pop_all()
    gone = BackgroundTask(target.unlink, missing_ok=True)
    return FileResponse(target, filename=f"{slug}.zip", media_type="application/zip", headers=NOT_STORED, background=gone)


async def bring(request: Request, visit: Visit) -> Response:
    """POST: with `do=look` what the file would change; with `do=take` it is read in. The file is this conference, whatever its
    own address says. Where initiatives or cards would go, taking wants the conference's address typed."""
    if request.method != "POST":
        return RedirectResponse(f"/desk/{visit.conference.slug}/export", 303)
    visit.services.limits.check("conference file", by_of(visit) or "", per_minute=PER_MINUTE)
    language = visit.services.texts[visit.language]
    async with request.form(max_files=1, max_fields=5, max_part_size=16 * 1024) as form:
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        try:
            async with _opened(form) as (file, read):
                changes, edition = await _changes(visit, file)
                if form.get("do") != "take":
                    return await _page(request, visit, changes=changes, edition=edition)
                if changes.takes_away and (fault := typed_fault(fields, visit.conference.slug, language)):
                    return await _page(request, visit, changes=changes, edition=edition, typed=fault)
                onto = Onto(visit.conference.id, fields.get("edition", ""))
                try:
                    await put_conference_file(visit.services, file, read, by=by_of(visit), onto=onto)
                except Conflict as error:
                    async with visit.services.db.read() as session:
                        said = await changed_meanwhile(session, visit, error)
                    return await _page(request, visit, changes=changes, edition=edition, meanwhile=said)
        except Invalid as error:
            return await _page(request, visit, faults=faults_of(error))
    return RedirectResponse(f"/desk/{visit.conference.slug}/export?taken", 303)


async def _changes(visit: Visit, file: ConferenceFile) -> tuple[Changes, str]:
    """What the file would change, and the edition that it would change."""
    async with visit.services.db.read() as session:
        present = await session.get_one(Conference, visit.conference.id)
        edition = edition_with_program(present, await program_planned(session, present.id))
        drafted = await drafted_slugs(session, present.id)
    now = await conference_as_file(visit.services, visit.conference.slug)
    async with visit.services.db.read() as session:
        cards = await cards_in(session, visit.conference.id)
        has_card = {card.initiative_id for card in cards if card.state is not CardState.WITHDRAWN}
        with_card = {each.slug for each in await initiatives_in(session, visit.conference.id) if each.id in has_card}
    taken = within(file, present)
    return replace(changes_between(now, taken, with_card, drafted), times_kept=taken.times != file.times), edition


async def new_from_file(request: Request) -> Response:
    """POST: a new conference out of a file, as a draft, beside whatever stands at the file's address."""
    services: Services = request.app.state.services
    person = await creator_of(request)
    if request.method != "POST":
        return await _new_page(request, [])
    services.limits.check("conference file", person.id, per_minute=PER_MINUTE)
    async with request.form(max_files=1, max_fields=5, max_part_size=16 * 1024) as form:
        try:
            async with _opened(form) as (file, read):
                async with services.db.read() as session:
                    taken = set(await session.exec(select(Conference.slug)))
                conference = await put_conference_file(services, _as_draft(file, taken), read, by=person.id)
        except Invalid as error:
            return await _new_page(request, faults_of(error))
    return RedirectResponse(f"/desk/{conference.slug}?made", 303)


def _as_draft(file: ConferenceFile, taken: set[str]) -> ConferenceFile:
    facts = file.conference
    if facts.slug in taken:
        facts = facts.model_copy(update={"slug": slug_of(facts.title["de"], file.times.live.year, taken)})
    return replace(file, conference=facts, times=replace(file.times, announced=None))


@asynccontextmanager
async def _opened(form: FormData) -> AsyncIterator[tuple[ConferenceFile, Read]]:
    """What was brought in the field "file", from disk. Raises Invalid."""
    brought = form.get("file")
    if not isinstance(brought, UploadFile) or not brought.filename:
        raise Invalid("conference_file", faults=["no_file"])
    with tempfile.TemporaryDirectory() as folder:
        # In a folder of its own, so that a lone YAML file names nothing that lies beside it.
        path = Path(folder) / "brought"
        with path.open("wb") as target:
            while piece := await brought.read(_PIECE):
                await asyncio.to_thread(target.write, piece)
        yield await asyncio.to_thread(open_conference_file, path, LARGEST)


def faults_of(error: Invalid) -> list[str]:
    """What is wrong with the file. Raises other refusals again."""
    if error.code != "conference_file":
        raise error
    # The place on our disk is nobody's business.
    return [str(fault).rpartition("/brought: ")[2] for fault in error.facts["faults"]]


async def _new_page(request: Request, faults: list[str]) -> Response:
    _ = request.app.state.services.texts[request.state.language].gettext
    return await rendered(
        request,
        "desk/file_new.html",
        status=422 if faults else 200,
        title=_("New conference from a file"),
        headers=NOT_STORED,
        faults=_said(request, faults),
    )


async def _page(
    request: Request, visit: Visit, *, changes: Changes | None = None, faults: list[str] | None = None, typed: str | None = None,
    edition: str = "", meanwhile: str | None = None,
) -> Response:  # fmt: skip
    """typed: what is wrong with the word that was typed; meanwhile: that somebody was faster, and who."""
    _ = visit.services.texts[visit.language].gettext
    base = f"/desk/{visit.conference.slug}"
    return await rendered(
        request,
        "desk/file.html",
        status=409 if meanwhile else 422 if faults or typed else 200,
        title=_("File of the conference"),
        headers=NOT_STORED,
        flash=_("The file was read in.") if "taken" in request.query_params else None,
        file={"zip": f"{base}/export?file", "action": f"{base}/import", "copy": f"{base}/copy"},
        changes=_shown(visit, changes) if changes is not None else None,
        faults=_said(request, faults or []),
        word=visit.conference.slug if changes is not None and changes.takes_away else None,
        typed=typed,
        edition=edition,
        meanwhile=meanwhile,
    )


def _said(request: Request, faults: list[str]) -> list[str]:
    _ = request.app.state.services.texts[request.state.language].gettext
    said = [_("Please choose a file first.") if fault == "no_file" else fault_in(_, fault) for fault in faults[:_SHOWN]]
    return said + ([_("… and {n} more.").format(n=len(faults) - _SHOWN)] if len(faults) > _SHOWN else [])


def _shown(visit: Visit, changes: Changes) -> dict[str, Any]:
    _ = visit.services.texts[visit.language].gettext
    words = {
        "title": _("Title"), "motto": _("Motto"), "purpose": _("What it is about"), "zone": _("Time zone"), "place": _("Place"),
        "people_expected": _("Who is expected"), "hosts": _("Hosts"), "contact": _("Contact"), "times": _("Times"),
        "legal": _("Legal pages"), "terms": _("Terms for video cards"), "report": _("Report"),
        "survey": _("Survey"),
    }  # fmt: skip
    lists = {name: [visit.say(title) for title in getattr(changes, name)] for name in ("new", "other", "kept", "drafts")}
    return {
        "any": bool(changes), "fields": [words[name] for name in changes.fields], "initiatives": changes.initiatives,
        "leaving": changes.leaving, "cards": changes.cards, "times_kept": changes.times_kept, **lists,
    }  # fmt: skip


routes: list[Route] = [
    installation_page("/desk/new/file", "desk.new", new_from_file, ("GET", "POST")),
    page("/desk/{c}/export", "desk.export", export),
    page("/desk/{c}/import", "desk.import", bring, ("GET", "POST")),
]
