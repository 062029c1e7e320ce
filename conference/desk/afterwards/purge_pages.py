"""The deletion of a conference's data: what goes and what stays, the question before, deleting earlier, and the record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from conference.access.model import State
from conference.base.errors import Conflict, Invalid, NotFound
from conference.desk.afterwards.record import parted, text_of, told_of
from conference.desk.afterwards.store import staying_in
from conference.desk.afterwards.words import kept_word, word_of
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.visit import Visit, by_of
from conference.keeping.ending import answer_list, purge_early
from conference.keeping.model import ListKept, PurgeRecord
from conference.keeping.records import answered_by, counts_in, going, record_of
from conference.web.errors import explain
from conference.web.render import rendered
from conference.web.typed import Asked, typed_fault

NOT_STORED = {"Cache-Control": "no-store"}


async def purge(request: Request, visit: Visit) -> Response:
    """GET says when what goes; POST `kept` answers the question about the list of participants."""
    if request.method != "POST":
        return await _page(request, visit)
    kept = (await form_of(request)).get("kept", "")
    if kept not in list(ListKept):
        raise Invalid("field", field="kept")
    try:
        async with visit.services.db.work() as work:
            await answer_list(work, visit.conference.id, ListKept(kept), by=by_of(visit))
    except Invalid as error:
        return await _page(request, visit, error=explain(error, visit.services.texts[visit.language]))
    return RedirectResponse(f"{request.url.path}?answered", 303)


async def _page(request: Request, visit: Visit, *, error: str | None = None) -> Response:
    words = visit.services.texts[visit.language]
    _ = words.gettext
    async with visit.services.db.read() as db:
        record = await record_of(db, visit.conference.id)
        answered = await answered_by(db, visit.conference.id)
        counts = await counts_in(db, visit.conference.id)
        stays = await staying_in(db, visit.conference) if visit.state is not State.PURGED else {}
    base = f"/desk/{visit.conference.slug}"
    goes = going(counts, stays)
    kept = record.kept_list if record is not None else None
    return await rendered(
        request,
        "desk/after_purge.html",
        status=422 if error else 200,
        title=_("Deletion of the data"),
        headers=NOT_STORED,
        above=[{"label": _("After the day"), "href": f"{base}/after"}],
        flash=_("Your answer is noted.") if "answered" in request.query_params else None,
        purge={
            "action": request.url.path,
            "error": error,
            "state": _state(visit, record),
            "when": visit.local(visit.times.purge),
            "kept": kept.value if kept is not None else None,
            "answer": kept_word(words, kept),
            "answered": {"when": visit.local(answered[0]), "who": answered[1] or _("the command line")} if answered else None,
            "going": parted(words, goes),
            "staying": [(word_of(words, name), count) for name, count in stays.items() if count],
            "closing": f"{base}/closing",
            "list": f"{base}/after/attendance",
            "early": f"{base}/after/purge/now" if visit.now >= visit.times.archive and kept is not None else None,
            "over": visit.now >= visit.times.archive,
            "part": _part_done(record, goes),
            "record": f"{base}/after/record",
            "demo": visit.services.settings.demo,
        },
    )


def _state(visit: Visit, record: PurgeRecord | None) -> str:
    """before, waits, goes, done."""
    if visit.state is not State.PURGED:
        return "before"
    if record is None or record.begun is None:
        return "waits"
    return "done" if record.ended is not None else "goes"


def _part_done(record: PurgeRecord | None, left: Mapping[str, int]) -> int:
    """Per cent of the rows that are gone, while it is under way."""
    if record is None or record.begun is None or record.ended is not None:
        return 0
    whole, still = sum(going(record.rows).values()), sum(going(left).values())
    return max(0, round(100 * (whole - still) / whole)) if whole else 0


async def early(request: Request, visit: Visit) -> Response:
    """GET names what goes; POST ends the conference and its data now, when its address was typed.

    The answer to the POST is a page of its own, since organisers of this conference are nobody to it in a moment.
    """
    language = visit.services.texts[visit.language]
    async with visit.services.db.read() as db:
        record = await record_of(db, visit.conference.id)
        counts = await counts_in(db, visit.conference.id)
        stays = await staying_in(db, visit.conference)
    if visit.state is State.PURGED or record is None or record.kept_list is None or visit.now < visit.times.archive:
        return RedirectResponse(f"/desk/{visit.conference.slug}/after/purge", 303)
    goes = going(counts, stays)
    if request.method != "POST":
        return await _ask(request, visit, goes, stays, None)
    if fault := typed_fault(await form_of(request), visit.conference.slug, language):
        return await _ask(request, visit, goes, stays, fault)
    try:
        if visit.services.settings.demo:
            raise Conflict("purge_demo")
        async with visit.services.db.work() as work:
            await purge_early(work, visit.services.outbox, visit.conference.id, by=by_of(visit))
    except (Invalid, Conflict) as error:
        return await _ask(request, visit, goes, stays, explain(error, language))
    return await _begun(request, visit)


async def _ask(
    request: Request, visit: Visit, deleted: Mapping[str, int], stays: Mapping[str, int], error: str | None
) -> Response:
    words = visit.services.texts[visit.language]
    _ = words.gettext
    base = f"/desk/{visit.conference.slug}"
    goes = [
        f"{part.label}: {', '.join(f'{label} {count}' for label, count in part.rows)}." for part in parted(words, deleted)
    ] or [_("Nothing is left to delete.")]
    return await rendered(
        request,
        "desk/after_typed.html",
        status=422 if error else 200,
        title=_("Delete the data now"),
        headers=NOT_STORED,
        above=[
            {"label": _("After the day"), "href": f"{base}/after"},
            {"label": _("Deletion of the data"), "href": f"{base}/after/purge"},
        ],
        asked=Asked(
            action=request.url.path,
            word=visit.conference.slug,
            label=_("Delete the data now"),
            back=f"{base}/after/purge",
            goes=[
                _("The conference closes at once, for everybody, and cannot be opened again."),
                *goes,
                _("Its organisers are deleted as well, also you, unless you organise the whole installation."),
            ],
            stays=[f"{word_of(words, name)}: {count}" for name, count in stays.items() if count]
            + [_("Title, hosts and times, the legal pages, and the record of the deletion without names.")],
        ),
        error=error,
    )  # fmt: skip


async def _begun(request: Request, visit: Visit) -> Response:
    _ = visit.services.texts[visit.language].gettext
    return await rendered(
        request,
        "desk/after_begun.html",
        title=_("The data is being deleted"),
        headers=NOT_STORED,
        begun={
            "purge": f"/desk/{visit.conference.slug}/after/purge",
            "stays": visit.viewer.person is not None and visit.viewer.person.conference_id is None,
            "contact": visit.conference.contact.get("email", ""),
        },
    )


async def record(request: Request, visit: Visit) -> Response:
    """What was deleted when, and what stays."""
    words = visit.services.texts[visit.language]
    _ = words.gettext
    found, answered = await _record(visit)
    base = f"/desk/{visit.conference.slug}"
    return await rendered(
        request,
        "desk/after_record.html",
        title=_("Record of the deletion"),
        headers=NOT_STORED,
        above=[{"label": _("After the day"), "href": f"{base}/after"}],
        record=told_of(words, visit.conference, found, answered),
        file=f"{base}/after/record.txt",
        audit=f"{base}/audit",
        finished=found.ended is not None,
    )


async def record_text(_request: Request, visit: Visit) -> Response:
    """The same as plain text, to be kept."""
    found, answered = await _record(visit)
    language = visit.services.texts[visit.language]
    name = language.gettext("record-of-the-deletion")
    headers = NOT_STORED | {"Content-Disposition": f'attachment; filename="{visit.conference.slug}-{name}.txt"'}
    return PlainTextResponse(text_of(language, told_of(language, visit.conference, found, answered)), headers=headers)


async def _record(visit: Visit) -> tuple[PurgeRecord, datetime | None]:
    """Raises NotFound while nothing was deleted."""
    async with visit.services.db.read() as db:
        found = await record_of(db, visit.conference.id)
        answered = await answered_by(db, visit.conference.id)
    if found is None or found.begun is None:
        raise NotFound("purge_record")
    return found, answered[0] if answered else None


routes: list[Route] = [
    page("/desk/{c}/after/purge", "desk.after.purge", purge, ("GET", "POST")),
    page("/desk/{c}/after/purge/now", "desk.after.purge.now", early, ("GET", "POST")),
    page("/desk/{c}/after/record", "desk.after.record", record),
    page("/desk/{c}/after/record.txt", "desk.after.record.txt", record_text),
]
