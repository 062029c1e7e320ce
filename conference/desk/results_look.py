"""How a host's results sheets look: colour, typeface, logo, and a sample sheet that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.base.errors import Invalid
from conference.base.logos import LARGEST_LOGO, LONGEST_ALT
from conference.base.words import LANGUAGES
from conference.doors.guard import page
from conference.doors.visit import Visit
from conference.results.setting.actions import Wanted, save_look
from conference.results.setting.drawing import TONES
from conference.results.setting.press import set_pictures
from conference.results.setting.sample import sample_content, sample_occasion
from conference.results.setting.shape import FACES
from conference.results.setting.store import look_of, look_row
from conference.web.errors import explain
from conference.web.render import rendered

SAVED_PER_MINUTE = 20
NOT_STORED = {"Cache-Control": "no-store"}
# Where a refusal belongs; the others stand at the logo.
FIELD_OF = {"look_colour": "colour", "look_contrast": "colour", "look_face": "face", "logo_alt": "alt-de"}


@dataclass(frozen=True)
class Entered:
    """The form as somebody sent it, or as it stands."""

    own: bool
    colour: str
    face: str
    alt: dict[str, str]


async def look(request: Request, visit: Visit) -> Response:
    """GET shows the look with a sample; POST keeps another one."""
    if request.method != "POST":
        return await _page(request, visit)
    person = visit.viewer.person
    visit.services.limits.check("look", person.id if person else "", per_minute=SAVED_PER_MINUTE)
    async with request.form(max_files=1, max_fields=20, max_part_size=16 * 1024) as form:
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        file = form.get("logo")
        # One byte more than may be is enough to see that it is too much.
        brought = await file.read(LARGEST_LOGO + 1) if isinstance(file, UploadFile) and file.filename else None
    alt = {code: fields.get(f"alt-{code}", "") for code in LANGUAGES}
    entered = Entered(fields.get("own") == "yes", fields.get("colour", ""), fields.get("face", ""), alt)
    colour = entered.colour if entered.own else ""
    wanted = Wanted(colour, entered.face, brought, alt, keep_logo=fields.get("do") != "remove")
    try:
        await save_look(visit.services, visit.conference, wanted, by=person.id if person else None)
    except Invalid as error:
        sentence = explain(error, visit.services.texts[visit.language])
        where = "alt-de" if error.code.startswith("text_") else FIELD_OF.get(error.code, "logo")
        return await _page(request, visit, entered, {where: sentence})
    return RedirectResponse(f"{request.url.path}?done={'remove' if fields.get('do') == 'remove' else 'save'}", 303)


async def sheet(request: Request, visit: Visit) -> Response:
    """The first page of a sample sheet as a picture."""
    language = visit.services.texts[visit.language]
    async with visit.services.db.read() as db:
        look = await look_of(db, visit.services.storage, visit.conference.id, visit.language)
    occasion, content = sample_occasion(visit.conference, language), sample_content(language)
    pictures = await set_pictures(visit.services, content, occasion, look, ppi=110)
    return Response(pictures[0], media_type="image/png", headers=NOT_STORED)


async def _page(request: Request, visit: Visit, entered: Entered | None = None, errors: dict[str, str] | None = None) -> Response:
    _ = visit.services.texts[visit.language].gettext
    async with visit.services.db.read() as db:
        row = await look_row(db, visit.conference.id)
    alt = {code: row.logo_alt.get(code, "") for code in LANGUAGES}
    entered = entered or Entered(row.colour is not None, row.colour or TONES[0].lower(), row.face or "atkinson", alt)
    base = f"/desk/{visit.conference.slug}"
    return await rendered(
        request,
        "desk/results_look.html",
        status=422 if errors else 200,
        title=_("Look of the results sheets"),
        headers=NOT_STORED,
        look={
            "desk": base,
            "action": request.url.path,
            "sample": f"{request.url.path}/sheet.png",
            "has_logo": row.logo_key is not None,
            "faces": [{"key": key, "name": name, "hint": _hints(visit)[key]} for key, name in FACES.items()],
            "largest": LARGEST_LOGO,
            "longest_alt": LONGEST_ALT,
            "done": _done(visit, request.query_params.get("done", "")),
        },
        entered=entered,
        errors=errors or {},
    )


def _hints(visit: Visit) -> dict[str, str]:
    _ = visit.services.texts[visit.language].gettext
    return {
        "atkinson": _("As on these pages; made for easy reading."),
        "noto-sans": _("Plain, for many scripts."),
        "noto-serif": _("With serifs, as in books and newspapers."),
    }


def _done(visit: Visit, what: str) -> str | None:
    _ = visit.services.texts[visit.language].gettext
    sentences: dict[str, Any] = {
        "save": _("The look is saved. The sample below shows it; sheets that are public already stay as they are."),
        "remove": _("The logo is taken away. Sheets that are public already stay as they are."),
    }
    return sentences.get(what)


routes: list[Route] = [
    page("/desk/{c}/results/look", "desk.results.look", look, ("GET", "POST")),
    page("/desk/{c}/results/look/sheet.png", "desk.results.look.sheet", sheet),
]
