"""The words of each kind of letter: those that are shipped, or the hosts' own."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from conference.base.errors import Conflict, Invalid, NotFound
from conference.base.words import LANGUAGES
from conference.desk.editions import changed_meanwhile
from conference.desk.letters.editing import words_from
from conference.desk.letters.words import fault_sentence, placeholder_words
from conference.doors.pages import form_of
from conference.doors.visit import Visit
from conference.mailing.actions import forget_template, put_template
from conference.mailing.composing import Draft, text_of
from conference.mailing.model import LetterKind, LetterTemplate
from conference.mailing.rules import LONGEST_BODY, LONGEST_SUBJECT
from conference.mailing.shipped import kind_word, shipped
from conference.mailing.store import template_of
from conference.people.model import Person
from conference.web.render import rendered


async def template(request: Request, visit: Visit) -> Response:
    """GET shows the words; POST keeps them, or (`act` "shipped") goes back to those that are shipped. Raises NotFound."""
    try:
        kind = LetterKind(request.path_params["kind"])
    except ValueError:
        raise NotFound("page") from None
    if request.method != "POST":
        return await _page(request, visit, kind, None, {}, saved="saved" in request.query_params)
    form = await form_of(request)
    person = visit.viewer.person
    by = person.id if person else None
    try:
        async with visit.services.db.work() as work:
            if form.get("act") == "shipped":
                await forget_template(work, visit.conference.id, kind, by=by)
            else:
                subject, body = words_from(form)
                seen = int(form["version"]) if form.get("version", "").isdigit() else 0
                await put_template(work, visit.services, visit.conference.id, kind, subject, body, by=by, seen=seen)
    except Invalid as error:
        words = visit.services.texts[visit.language]
        errors = {name: fault_sentence(words, *fault) for name, fault in error.facts["faults"].items()}
        return await _page(request, visit, kind, form, errors)
    except Conflict as error:
        form["version"] = str(error.facts["version"])
        async with visit.services.db.read() as session:
            clash = await changed_meanwhile(session, visit, error)
        return await _page(request, visit, kind, form, {}, clash=clash)
    return RedirectResponse(f"{request.url.path}?saved", 303)


async def _page(
    request: Request,
    visit: Visit,
    kind: LetterKind,
    entered: Mapping[str, str] | None,
    errors: dict[str, str],
    *,
    saved: bool = False,
    clash: str | None = None,
) -> Response:
    words = visit.services.texts[visit.language]
    _ = words.gettext
    async with visit.services.db.read() as session:
        own = await template_of(session, visit.conference.id, kind)
    now = _entered(visit, kind, own)
    return await rendered(
        request,
        "desk/letters_template.html",
        status=409 if clash else 422 if errors else 200,
        title=kind_word(words, kind),
        headers={"Cache-Control": "no-store"},
        letter={
            "action": request.url.path,
            "own": own is not None,
            "back": f"/desk/{visit.conference.slug}/letters",
            "longest_subject": LONGEST_SUBJECT,
            "longest_body": LONGEST_BODY,
            "placeholders": placeholder_words(words, session=False),
            "clash": clash,
            "now": {code: (now[f"subject_{code}"], now[f"body_{code}"]) for code in LANGUAGES} if clash else None,
            "example": None if errors else _example(visit, kind, entered or now),
        },
        form={"entered": entered or now, "errors": errors},
        flash=_("Kept. Letters that have not begun yet take these words.") if saved else None,
        above=[{"label": _("Letters"), "href": f"/desk/{visit.conference.slug}/letters"}],
    )


def _entered(visit: Visit, kind: LetterKind, own: LetterTemplate | None) -> dict[str, str]:
    subject, body = (own.subject, own.body) if own else shipped(visit.services.texts, kind)
    return {
        "version": str(own.version if own else 0),
        **{f"subject_{code}": subject.get(code, "") for code in LANGUAGES},
        **{f"body_{code}": body.get(code, "") for code in LANGUAGES},
    }


def _example(visit: Visit, kind: LetterKind, entered: Mapping[str, str]) -> dict[str, str]:
    """The letter as an invented person without a language of their own would get it."""
    _ = visit.services.texts[visit.language].gettext
    subject, body = words_from(entered)
    reader = Person(id="", conference_id=None, name=_("Kim Example"), email="", created=visit.now)
    draft = Draft(kind, visit.conference, None, subject, body, False)
    written = text_of(visit.services, draft, reader, _("[here stands each person's own link]"))
    return dict(zip(("subject", "text"), written, strict=True))
