"""Letters that came back into the hosts' own mailbox: the mails about them, as files, and what they say."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from conference.doors.guard import cookie_of
from conference.doors.pages import client_of
from conference.doors.visit import Visit
from conference.mailing.actions import take_return
from conference.mailing.bounces import LONGEST_BYTES, read_return
from conference.mailing.store import unreachable_of
from conference.people.model import Person
from conference.web.render import rendered

MOST_FILES = 50
UPLOADS_PER_MINUTE = 20


@dataclass
class Read:
    """What the files say. people: ids of those whose letters came back."""

    people: list[str]
    late: int = 0
    strange: int = 0


async def returns(request: Request, visit: Visit) -> Response:
    """GET shows whose letters come back; POST reads files (`mails`, several)."""
    if request.method != "POST":
        return await _page(request, visit, None)
    visit.services.limits.check(
        "returns", cookie_of(request, visit.services) or client_of(request), per_minute=UPLOADS_PER_MINUTE
    )
    form = await request.form(max_files=MOST_FILES, max_fields=10)
    files = [each for each in form.getlist("mails") if isinstance(each, UploadFile) and each.filename]
    contents = [await each.read(LONGEST_BYTES) for each in files]
    await form.close()
    if not contents:
        return RedirectResponse(request.url.path, 303)
    return await _page(request, visit, await _take(visit, contents))


async def _take(visit: Visit, contents: list[bytes]) -> Read:
    person = visit.viewer.person
    read = Read([])
    for content in contents:
        returned = read_return(content)
        async with visit.services.db.work() as work:
            for each in returned:
                by = person.id if person else None
                found = await take_return(work, visit.services, visit.conference.id, each, by=by)
                if found is not None:
                    read.people.append(found)
                elif each.final:
                    read.strange += 1
                else:
                    read.late += 1
        if not returned:
            read.strange += 1
    return read


async def _page(request: Request, visit: Visit, read: Read | None) -> Response:
    words = visit.services.texts[visit.language]
    _ = words.gettext
    base = f"/desk/{visit.conference.slug}"
    async with visit.services.db.read() as session:
        bounced = await unreachable_of(session, visit.conference.id)
    names = {person.id: person.name for person in bounced}
    return await rendered(
        request,
        "desk/letters_returns.html",
        title=_("Letters that came back"),
        headers={"Cache-Control": "no-store"},
        returns={
            "action": request.url.path,
            "most": MOST_FILES,
            "read": {"names": [names.get(each, "") for each in read.people], "late": read.late, "strange": read.strange}
            if read
            else None,
            "people": [_row(visit, base, person) for person in bounced],
        },
        above=[{"label": _("Letters"), "href": f"{base}/letters"}],
    )


def _row(visit: Visit, base: str, person: Person) -> dict[str, object]:
    return {
        "name": person.name,
        "email": person.email,
        "href": f"{base}/people/{person.id}",
        "at": visit.local(person.bounced) if person.bounced else None,
    }
