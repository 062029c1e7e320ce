"""The survey as people answer it: three clicks, perhaps a sentence, one button."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.base.errors import Invalid, NotAllowed
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.visit import Visit
from conference.survey.actions import answer
from conference.survey.model import Survey
from conference.survey.rules import LONGEST_COMMENT, VALUES, answers_to, is_open, questions_from
from conference.survey.store import has_answered, is_asked, may_answer, survey_of
from conference.survey.words import scale_words
from conference.web.errors import explain
from conference.web.render import rendered

NOT_STORED = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
FORMS_PER_MINUTE = 20


async def survey(request: Request, visit: Visit) -> Response:
    """The questions; whoever has answered is thanked. Organisers see at any time how it looks."""
    async with visit.services.db.read() as session:
        found = await survey_of(session, visit.conference.id)
        person = visit.viewer.person
        answered = person is not None and await has_answered(session, person.id)
    if request.method == "POST":
        return await _answer(request, visit, found)
    if answered:
        return await _said(request, visit, "thanks")
    if found is not None and is_open(found.open_from, visit.times, visit.now) and may_answer(visit):
        return await _form(request, visit, found, {}, {})
    if found is not None and visit.viewer.organiser:
        return await _form(request, visit, found, {}, {}, preview=True)
    return await _said(request, visit, "closed")


async def _answer(request: Request, visit: Visit, found: Survey | None) -> Response:
    person = visit.viewer.person
    if person is None or not may_answer(visit):
        raise NotAllowed("role")
    visit.services.limits.check("survey", person.id, per_minute=FORMS_PER_MINUTE)
    words = visit.services.texts[visit.language]
    form = await form_of(request)
    answers = answers_to(questions_from(found.questions), form) if found is not None else {}
    comment = form.get("comment", "").replace("\r\n", "\n").strip()
    errors = {}
    if len(comment) > LONGEST_COMMENT:
        errors["comment"] = words.gettext("At most {most} characters, please.").format(most=LONGEST_COMMENT)
    elif found is not None and not answers and not comment:
        errors[f"{found.questions[0]['key']}-5"] = words.gettext("Please answer at least one question.")
    if errors and found is not None:
        return await _form(request, visit, found, form, errors)
    try:
        async with visit.services.db.work() as work:
            await answer(work, visit.services, visit.conference.id, person.id, answers, comment)
    except Invalid as error:
        return await _said(request, visit, "closed", explain(error, words))
    return RedirectResponse(request.url.path, 303)


async def _form(
    request: Request, visit: Visit, found: Survey, entered: Mapping[str, str], errors: dict[str, str], *, preview: bool = False
) -> Response:
    words = visit.services.texts[visit.language]
    questions = [
        {
            "key": each.key,
            "text": visit.say(each.text),
            "options": [
                {"value": str(value), "label": label}
                for value, label in sorted(zip(VALUES, scale_words(words, each.scale), strict=True), reverse=True)
            ],
        }
        for each in questions_from(found.questions)
    ]
    return await rendered(
        request,
        "survey/survey.html",
        status=422 if errors else 200,
        title=words.gettext("How was it?"),
        headers=NOT_STORED,
        survey={"questions": questions, "comment": found.comment, "longest": LONGEST_COMMENT, "preview": preview,
                "action": request.url.path},
        entered=entered,
        errors=errors,
    )  # fmt: skip


async def _said(request: Request, visit: Visit, what: str, sentence: str = "") -> Response:
    _ = visit.services.texts[visit.language].gettext
    said: dict[str, Any] = {
        "thanks": {
            "title": _("Thank you"),
            "text": [_("Your answers are kept without your name, and nothing leads from them to you. That is also why nobody can "
                       "change them any more.")],
        },
        "closed": {
            "title": _("The survey is not open"),
            "text": [sentence or _("One cannot answer at the moment. When it opens, the start page says so.")],
        },
    }[what]  # fmt: skip
    said |= {"href": f"/{visit.conference.slug}/", "label": _("To the start page")}
    return await rendered(request, "layout/said.html", title=said["title"], headers=NOT_STORED, said=said)


async def survey_line(session: AsyncSession, visit: Visit) -> dict[str, str] | None:
    """For pages that people come to afterwards: the way to the survey, for who could answer it and has not."""
    if not await is_asked(session, visit):
        return None
    _ = visit.services.texts[visit.language].gettext
    return {
        "href": f"/{visit.conference.slug}/survey",
        "label": _("How was it? Three clicks, without your name"),
        "icon": "list-checks",
    }


routes: list[Route] = [page("/{c}/survey", "survey", survey, ("GET", "POST"))]
