"""One person's data for the organisers: taken out when the person asks for it, and deleted."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.base import audit
from conference.base.errors import Conflict, NotAllowed
from conference.desk.people.store import person_of
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.visit import Visit, by_of
from conference.keeping.persons_gone import delete_person, traces_of
from conference.keeping.persons_out import file_of, json_file
from conference.keeping.persons_words import goes, stays
from conference.web.errors import explain
from conference.web.render import rendered
from conference.web.typed import Asked, typed_fault

NOT_STORED = {"Cache-Control": "no-store"}


async def data(request: Request, visit: Visit) -> Response:
    """GET shows what there is; POST with the typed name deletes (`program`: out of the program as well)."""
    base, person_id = f"/desk/{visit.conference.slug}/people", request.path_params["p"]
    async with visit.services.db.read() as session:
        person = await person_of(session, visit.conference.id, person_id)
        traces = await traces_of(session, person_id)
    words, error, form = visit.services.texts[visit.language], None, dict[str, str]()
    if request.method == "POST":
        form = await form_of(request)
        error = typed_fault(form, person.name, words)
        if error is None:
            try:
                async with visit.services.registering, visit.services.db.work() as work:
                    from_program = form.get("program") == "yes"
                    await delete_person(work, visit.services, person_id, by=by_of(visit), from_program=from_program)
            except (Conflict, NotAllowed) as refused:
                error = explain(refused, words)
            else:
                return RedirectResponse(f"{base}?done=deleted", 303)
    return await rendered(
        request,
        "desk/person_data.html",
        status=422 if error else 200,
        title=words.gettext("Data of {name}").format(name=person.name),
        headers=NOT_STORED,
        error=error,
        person={"name": person.name, "href": f"{base}/{person_id}", "file": f"{base}/{person_id}/data.json"},
        in_program=traces.program,
        program=form.get("program") == "yes",
        asked=Asked(
            action=request.url.path,
            word=person.name,
            label=words.gettext("Delete this person"),
            back=f"{base}/{person_id}",
            goes=goes(traces, words),
            stays=stays(traces, words, chosen=True),
        ),
        base=base,
    )


async def data_file(request: Request, visit: Visit) -> Response:
    """Everything that is kept of the person in this conference; that it was taken is written down."""
    async with visit.services.db.work() as work:
        person = await person_of(work.session, visit.conference.id, request.path_params["p"])
        words = visit.services.texts[visit.language]
        file = await file_of(work.session, [person], words, made=visit.now, own=False)
        about = {"conference_id": visit.conference.id, "person_id": by_of(visit), "person": person.id}
        audit.record(work, "person data taken", **about)
        if "access_needs" in file["conferences"][0]:
            audit.record(work, "access needs read", conference_id=visit.conference.id, person_id=by_of(visit))
    return json_file(file, "person-data.json")


routes: list[Route] = [
    page("/desk/{c}/people/{p}/data", "desk.people.data", data, ("GET", "POST")),
    page("/desk/{c}/people/{p}/data.json", "desk.people.data.file", data_file),
]
