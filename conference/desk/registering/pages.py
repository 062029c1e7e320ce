"""How one registers for this conference, and how many have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.base.errors import Conflict
from conference.base.words import LANGUAGES, Words
from conference.desk.editions import changed_meanwhile
from conference.desk.people.words import state_words
from conference.desk.registering import needs, people
from conference.doors.entered import entered_instant
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.visit import Visit, by_of
from conference.people.model import PersonConsentKind
from conference.program.model import Session
from conference.registration.model import RegistrationTerms
from conference.registration.rules import ASKS, MOST_KEPT, MOST_PLACES, ends_at, is_open
from conference.registration.store import choosable, counts_of, demand, terms_of
from conference.registration.terms import Wanted, set_terms
from conference.web.render import rendered

LONGEST_TEXT = 8000
LONGEST_QUESTION = 300
NOT_STORED = {"Cache-Control": "no-store"}


async def registration(request: Request, visit: Visit) -> Response:
    """GET shows terms and numbers; POST sets the terms."""
    async with visit.services.db.read() as session:
        terms = await terms_of(session, visit.conference.id)
    terms = terms or RegistrationTerms(conference_id=visit.conference.id, asks=list(ASKS), version=0)
    if request.method != "POST":
        return await _page(request, visit, terms, _as_entered(visit, terms), {})
    form = await form_of(request)
    wanted, errors = _wanted(visit, terms, form)
    if wanted is None:
        return await _page(request, visit, terms, form, errors)
    try:
        async with visit.services.db.work() as work:
            await set_terms(work, visit.services, visit.conference.id, wanted, seen=form.get("version"), by=by_of(visit))
    except Conflict as error:
        async with visit.services.db.read() as session:
            sentence = await changed_meanwhile(session, visit, error)
            terms = await terms_of(session, visit.conference.id) or terms
        return await _page(request, visit, terms, form, {"open": sentence}, status=409)
    return RedirectResponse(f"{request.url.path}?done", 303)


def _as_entered(visit: Visit, terms: RegistrationTerms) -> dict[str, str]:
    return {
        "open": "yes" if terms.is_open else "",
        "until": visit.local(terms.until).strftime("%Y-%m-%dT%H:%M") if terms.until else "",
        "places": "" if terms.places is None else str(terms.places),
        "kept": str(terms.needs_kept),
        **{f"asks-{word}": "yes" for word in terms.asks},
        **{f"wish-{code}": terms.wishes.get(code, "") for code in LANGUAGES},
        **{f"intro-{code}": terms.intro.get(code, "") for code in LANGUAGES},
    }


def _wanted(visit: Visit, terms: RegistrationTerms, form: Mapping[str, str]) -> tuple[Wanted | None, dict[str, str]]:
    """What was entered instead of `terms`, or a sentence for each field that cannot be."""
    _ = visit.services.texts[visit.language].gettext
    errors: dict[str, str] = {}
    until = entered_instant(form.get("until", ""), visit) if form.get("until") else None
    if form.get("until") and until is None:
        errors["until"] = _("Please enter a date and a time that exist in the conference's zone.")
    elif until is not None and until > visit.conference.live:
        errors["until"] = _("The deadline cannot lie behind the beginning of the day.")
    elif until is not None and until != terms.until and until <= visit.now:
        errors["until"] = _("This point in time is over. To end the registration now, untick the first box.")
    places, kept = _number(form.get("places", ""), MOST_PLACES), _number(form.get("kept", "") or "0", MOST_KEPT)
    if form.get("places", "").strip() and places is None:
        errors["places"] = _("Please enter a number of places up to {most}, or nothing.").format(most=MOST_PLACES)
    if kept is None:
        errors["kept"] = _("Please enter a number of days up to {most}.").format(most=MOST_KEPT)
    wishes, intro = _words(form, "wish"), _words(form, "intro")
    without = {
        "wish": _("Your own question needs a German text too."),
        "intro": _("The text above the form is needed in German too."),
    }
    for name, words, longest in (("wish", wishes, LONGEST_QUESTION), ("intro", intro, LONGEST_TEXT)):
        for code, text in words.items():
            if len(text) > longest:
                errors[f"{name}-{code}"] = _("At most {most} characters, please.").format(most=longest)
        if words and "de" not in words:
            errors[f"{name}-de"] = without[name]
    if errors or kept is None:
        return None, errors
    asks = tuple(word for word in ASKS if form.get(f"asks-{word}") == "yes")
    return Wanted(form.get("open") == "yes", until, places, asks, wishes, intro, kept), {}


def _words(form: Mapping[str, str], name: str) -> Words:
    texts = {code: form.get(f"{name}-{code}", "").replace("\r\n", "\n").strip() for code in LANGUAGES}
    return {code: text for code, text in texts.items() if text}


def _number(text: str, most: int) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 and int(text) <= most else None


async def _page(
    request: Request, visit: Visit, terms: RegistrationTerms, entered: Mapping[str, str], errors: dict[str, str],
    *, status: int = 422,
) -> Response:  # fmt: skip
    words = visit.services.texts[visit.language]
    _ = words.gettext
    async with visit.services.db.read() as session:
        counts = await counts_of(session, visit.conference.id)
        slots = await choosable(session, visit.conference.id)
        wanted = await demand(session, visit.conference.id)
    base = f"/desk/{visit.conference.slug}/registration"
    return await rendered(
        request,
        "desk/registration.html",
        status=status if errors else 200,
        title=_("Registration"),
        headers=NOT_STORED,
        flash=_("Saved.") if "done" in request.query_params and not errors else None,
        now={
            "open": is_open(terms, visit.times, visit.now),
            "wanted": terms.is_open,
            "until": visit.local(ends_at(terms, visit.times)),
            "href": f"/{visit.conference.slug}/register",
        },
        counts=[{"label": label, "n": counts[state], "href": f"{base}/people?state={state.value}"}
                for state, label in state_words(words).items()],
        sessions=[_session(visit, each, wanted.get(each.id, (0, 0)), base) for slot in slots for each in slot],
        asks=[{"value": word, "label": label} for word, label in _ask_words(visit).items()],
        languages=[{"code": code, "label": {"de": _("in German"), "en": _("in English")}[code]} for code in LANGUAGES],
        longest={"wish": LONGEST_QUESTION, "intro": LONGEST_TEXT},
        zone=visit.conference.zone,
        action=base,
        version=terms.version,
        entered=entered,
        errors=errors,
    )  # fmt: skip


def _session(visit: Visit, session: Session, numbers: Sequence[int], base: str) -> dict[str, Any]:
    return {
        "title": visit.say(session.title),
        "places": session.places,
        "placed": numbers[0],
        "waiting": numbers[1],
        "href": f"{base}/people?session={session.slug}",
    }


def _ask_words(visit: Visit) -> dict[str, str]:
    _ = visit.services.texts[visit.language].gettext
    words = {
        "organisation": _("Organisation"),
        "land": _("Land"),
        "choices": _("which forum or theme room (first and second wish)"),
        "needs": _("what people need to take part, with their consent"),
        PersonConsentKind.ATTENDANCE.value: _("consent: a proof of attendance"),
        PersonConsentKind.LISTED.value: _("consent: name in the list for all who take part"),
        PersonConsentKind.LATER.value: _("consent: invitations to later meetings"),
    }
    return {word: words[word] for word in ASKS}


routes: list[Route] = [
    page("/desk/{c}/registration", "desk.registration", registration, ("GET", "POST")),
    *people.routes,
    *needs.routes,
]
