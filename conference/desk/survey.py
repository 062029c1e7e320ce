"""The organisers' side of the survey: open and close it, what it asks, what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from babel.numbers import format_decimal
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.base.errors import Conflict, Invalid
from conference.base.tables import write_table
from conference.base.words import LANGUAGES
from conference.desk.editions import changed_meanwhile
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.view import open_until
from conference.doors.visit import Visit, by_of
from conference.survey.actions import Wanted, close_survey, discard_answers, open_survey, set_survey
from conference.survey.model import Survey
from conference.survey.rules import (
    KEYS,
    LEAST,
    LONGEST_QUESTION,
    SCALES,
    Question,
    Told,
    is_open,
    may_open,
    question_faults,
    questions_from,
)
from conference.survey.store import Outcome, count_of, outcome_of, survey_of
from conference.survey.words import group_word, scale_word, shipped_questions
from conference.web.errors import explain
from conference.web.render import rendered
from conference.web.typed import Asked, typed_fault

NOT_STORED = {"Cache-Control": "no-store"}
SHOWN = 200  # comments on the page; the table has all


async def survey(request: Request, visit: Visit) -> Response:
    """GET shows state, results and questions; POST does what `do` says: open, close, discard, or keeps the questions."""
    if request.method != "POST":
        return await _page(request, visit, None, {})
    form = await form_of(request)
    _ = visit.services.texts[visit.language].gettext
    try:
        if form.get("do") in ("open", "close"):
            async with visit.services.db.work() as work:
                if form["do"] == "open":
                    await open_survey(work, visit.services, visit.conference.id, by=by_of(visit))
                else:
                    await close_survey(work, visit.conference.id, by=by_of(visit))
            return RedirectResponse(f"{request.url.path}?done={form['do']}", 303)
        if "typed" in form:
            return await _discard(request, visit, form)
        wanted, errors = _wanted(visit, form)
        if errors:
            return await _page(request, visit, form, errors)
        async with visit.services.db.work() as work:
            await set_survey(work, visit.services, visit.conference.id, wanted, seen=form.get("version"), by=by_of(visit))
    except Invalid as error:
        return await _page(request, visit, None, {"state": explain(error, visit.services.texts[visit.language])})
    except Conflict as error:
        return await _conflict(request, visit, form, error)
    return RedirectResponse(f"{request.url.path}?done=saved", 303)


async def _discard(request: Request, visit: Visit, form: Mapping[str, str]) -> Response:
    fault = typed_fault(form, visit.conference.slug, visit.services.texts[visit.language])
    if fault is not None:
        return await _page(request, visit, None, {"typed": fault})
    async with visit.services.db.work() as work:
        await discard_answers(work, visit.conference.id, by=by_of(visit))
    return RedirectResponse(f"{request.url.path}?done=discarded", 303)


async def _conflict(request: Request, visit: Visit, form: dict[str, str], error: Conflict) -> Response:
    if error.code == "survey_answered":
        sentence = explain(error, visit.services.texts[visit.language])
        return await _page(request, visit, None, {"state": sentence}, status=409)
    async with visit.services.db.read() as session:
        sentence = await changed_meanwhile(session, visit, error)
    entered = {**form, "version": str(error.facts["version"])}
    return await _page(request, visit, entered, {"text-first-de": sentence}, status=409)


def _wanted(visit: Visit, form: Mapping[str, str]) -> tuple[Wanted, dict[str, str]]:
    """What was entered, and a sentence for each field that cannot be. A question without any text is none."""
    _ = visit.services.texts[visit.language].gettext
    questions = []
    for key in KEYS:
        texts = {code: " ".join(form.get(f"text-{key}-{code}", "").split()) for code in LANGUAGES}
        scale = form.get(f"scale-{key}", "")
        if any(texts.values()):
            text = {code: text for code, text in texts.items() if text}
            questions.append(Question(key, text, scale if scale in SCALES else SCALES[0]))
    sentences = {
        "german": _("Question {n}: a German text is missing."),
        "long": _("Question {n}: at most {most} characters, please."),
    }
    errors = {
        f"text-{key}-de": sentences[fault].format(n=KEYS.index(key) + 1, most=LONGEST_QUESTION)
        for key, fault in question_faults(questions).items()
    }
    return Wanted(questions, form.get("comment") == "yes"), errors


async def _page(
    request: Request, visit: Visit, entered: Mapping[str, str] | None, errors: dict[str, str], *, status: int = 422
) -> Response:
    """entered: a form that came back; None: what is kept."""
    words = visit.services.texts[visit.language]
    async with visit.services.db.read() as session:
        found = await survey_of(session, visit.conference.id)
        outcome = await outcome_of(session, found) if found is not None else None
        answered = await count_of(session, visit.conference.id) > 0
    asked = found or Survey(conference_id=visit.conference.id, questions=[], version=0)
    base = f"/desk/{visit.conference.slug}"
    return await rendered(
        request,
        "desk/after_survey.html",
        status=status if errors else 200,
        title=words.gettext("Survey"),
        headers=NOT_STORED,
        flash=_done(visit, request.query_params.get("done", "")) if not errors else None,
        survey={
            "open": is_open(asked.open_from, visit.times, visit.now),
            "switched": asked.open_from is not None,
            "may_open": may_open(visit.times, visit.now),
            "begins": visit.local(visit.conference.live),
            "until": open_until(visit),
            "version": asked.version,
            "answered": answered,
            "href": f"/{visit.conference.slug}/survey" if found is not None else None,
            "letter": f"{base}/letters/new?kind=survey",
            "table": f"{base}/after/survey.csv",
            "report": f"{base}/report",
            "action": request.url.path,
            "questions": [
                {"key": key, "number": number, "languages": LANGUAGES} for number, key in enumerate(KEYS, 1)
            ],
            "scales": [{"value": scale, "label": scale_word(words, scale)} for scale in SCALES],
            "longest": LONGEST_QUESTION,
            "least": LEAST,
        },
        results=_results(visit, outcome),
        entered=entered if entered is not None else _as_entered(visit, found),
        errors=errors,
        asked=_asked(visit, request.url.path),
    )  # fmt: skip


def _as_entered(visit: Visit, found: Survey | None) -> dict[str, str]:
    """What is asked, or what would be if it were opened now."""
    questions = questions_from(found.questions) if found else shipped_questions(visit.services.texts)
    entered = {"comment": "yes" if found is None or found.comment else "", "version": str(found.version if found else 0)}
    for question in questions:
        entered |= {f"text-{question.key}-{code}": question.text.get(code, "") for code in LANGUAGES}
        entered[f"scale-{question.key}"] = question.scale
    return entered


def _results(visit: Visit, outcome: Outcome | None) -> dict[str, Any] | None:
    """None: of fewer than five answers nothing is told."""
    if outcome is None or outcome.count is None:
        return None
    return {
        "count": outcome.count,
        "questions": [
            {"text": visit.say(question.text), **_told(visit, question, told)}
            for question, told in zip(outcome.questions, outcome.told, strict=True)
        ],
        "comments": outcome.comments[:SHOWN],
        "more": max(0, len(outcome.comments) - SHOWN),
    }


def _told(visit: Visit, question: Question, told: Told | None) -> dict[str, Any]:
    """count (None: too few), parts: [{name, value}], most (the largest), mean ("4,3", or None where the parts say more)."""
    words = visit.services.texts[visit.language]
    groups = reversed(told.groups) if told else ()
    parts = [{"name": group_word(words, question.scale, group), "value": count} for group, count in groups]
    most = max((count for _, count in told.groups), default=0) if told else 0
    mean = format_decimal(told.mean, format="0.0", locale=words.code) if told and told.mean is not None else None
    return {
        "count": told.count if told else None,
        "parts": parts,
        "most": most,
        "mean": mean,
        "scale": scale_word(words, question.scale),
    }


def _done(visit: Visit, what: str) -> str | None:
    _ = visit.services.texts[visit.language].gettext
    return {
        "open": _("The survey is open. People who take part see it on the start page; you can also write to them."),
        "close": _("The survey is closed. You can open it again."),
        "saved": _("Saved."),
        "discarded": _("All answers are deleted. You can ask anew."),
    }.get(what)


def _asked(visit: Visit, action: str) -> Asked:
    _ = visit.services.texts[visit.language].gettext
    return Asked(
        action=action,
        word=visit.conference.slug,
        label=_("Discard all answers"),
        back=action,
        goes=[
            _("All answers and comments are deleted, and the survey is closed."),
            _("Whoever has answered may answer once more."),
        ],
        stays=[_("The questions stay, and can be changed then.")],
    )


async def table(_request: Request, visit: Visit) -> Response:
    """What may be told, as a table: question, answer, how many."""
    async with visit.services.db.read() as session:
        found = await survey_of(session, visit.conference.id)
        outcome = await outcome_of(session, found) if found is not None else None
    words = visit.services.texts[visit.language]
    _ = words.gettext
    results = _results(visit, outcome)
    rows: list[Sequence[object]] = []
    for each in results["questions"] if results else ():
        if each["count"] is None:
            rows.append([each["text"], _("fewer than five answers"), ""])
        elif each["mean"] is not None:
            rows.append([each["text"], _("Mean, 1 to 5 {scale}").format(scale=each["scale"]), each["mean"]])
        rows += [[each["text"], part["name"], part["value"]] for part in each["parts"]]
    rows += [[_("In their own words"), comment, ""] for comment in (outcome.comments if outcome else ())]
    headers = {**NOT_STORED, "Content-Disposition": 'attachment; filename="survey.csv"'}
    head = [_("Question"), _("Answer"), _("How many")]
    return Response(write_table(head, rows), media_type="text/csv; charset=utf-8", headers=headers)


routes: list[Route] = [
    page("/desk/{c}/after/survey", "desk.after.survey", survey, ("GET", "POST")),
    page("/desk/{c}/after/survey.csv", "desk.after.survey.csv", table),
]
