"""One initiative's card at the desk: what there is to watch and to know, and what can be decided."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from conference.base.db import Work
from conference.base.errors import Invalid, NotFound
from conference.base.words import Words
from conference.cards.consent.rules import FROM_FILE
from conference.cards.consent.texts import current, text_of
from conference.cards.films.refusals import megabytes
from conference.cards.fitting import Changed, mark_of, released_texts, texts_for
from conference.cards.model import Card, CardConsent, CardFile, CardFilm, CardState, FileRole, FilmState
from conference.cards.review.actions import (
    accept_changes,
    ask_change,
    end_change,
    put_texts_back,
    release_card,
    take_down,
    unpublish_card,
)
from conference.cards.review.rules import LONGEST_REASON, Reviewed, publishing_fault, same_name
from conference.cards.review.store import reviewed_one
from conference.cards.rules import length_text, public_name
from conference.cards.shown import language_name
from conference.cards.store import card_of, consents_of, files_of_film
from conference.desk.card_words import changed_words, detail_of, film_state, missing_texts, shown_light
from conference.doors.guard import page
from conference.doors.pages import form_of
from conference.doors.visit import Visit
from conference.initiatives.model import LAENDER
from conference.initiatives.store import initiative_in
from conference.people.model import Person
from conference.web.render import rendered

Act = Callable[[Visit, Work, Card, dict[str, str], str | None], Awaitable[object]]


async def card(request: Request, visit: Visit) -> Response:
    """GET shows everything; POST decides (`act`: publish with `film`, unpublish, change with `reason`, unchange, accept with
    `seen`, texts-back, withdraw with `name`)."""
    if request.method != "POST":
        return await _page(request, visit, done=request.query_params.get("done", ""))
    form = await form_of(request)
    act = ACTS.get(form.get("act", ""))
    if act is None:
        raise NotFound("page")
    slug, person = request.path_params["initiative"], visit.viewer.person
    try:
        async with visit.services.db.work() as work:
            initiative = await initiative_in(work.session, visit.conference.id, slug)
            found = await card_of(work.session, visit.conference.id, initiative.id) if initiative else None
            if initiative is None or found is None:
                raise NotFound("card", slug=slug)
            if form["act"] == "withdraw" and not same_name(form.get("name", ""), initiative.name):
                raise Invalid("card_name")
            await act(visit, work, found, form, person.id if person else None)
    except Invalid as error:
        return await _page(request, visit, entered=form, error=error.code)
    return RedirectResponse(f"{request.url.path}?done={form['act']}", 303)


async def _publish(visit: Visit, work: Work, found: Card, form: dict[str, str], by: str | None) -> None:
    await release_card(visit.services, work, found.id, by=by, film_id=form.get("film", ""))


async def _unpublish(visit: Visit, work: Work, found: Card, _form: dict[str, str], by: str | None) -> None:
    await unpublish_card(visit.services, work, found.id, by=by)


async def _change(visit: Visit, work: Work, found: Card, form: dict[str, str], by: str | None) -> None:
    await ask_change(visit.services, work, found.id, form.get("reason", ""), by=by)


async def _unchange(visit: Visit, work: Work, found: Card, _form: dict[str, str], by: str | None) -> None:
    await end_change(visit.services, work, found.id, by=by)


async def _withdraw(visit: Visit, work: Work, found: Card, _form: dict[str, str], by: str | None) -> None:
    await take_down(visit.services, work, found.id, by=by)


async def _accept(visit: Visit, work: Work, found: Card, form: dict[str, str], by: str | None) -> None:
    await accept_changes(visit.services, work, found.id, form.get("seen", ""), by=by)


async def _texts_back(visit: Visit, work: Work, found: Card, form: dict[str, str], by: str | None) -> None:
    await put_texts_back(visit.services, work, found.id, form.get("seen", ""), by=by)


ACTS: dict[str, Act] = {
    "accept": _accept, "texts-back": _texts_back,
    "publish": _publish, "unpublish": _unpublish, "change": _change, "unchange": _unchange, "withdraw": _withdraw
}  # fmt: skip


async def _page(
    request: Request, visit: Visit, *, done: str = "", entered: dict[str, str] | None = None, error: str = ""
) -> Response:
    _ = visit.services.texts[visit.language].gettext
    async with visit.services.db.read() as session:
        each = await reviewed_one(session, visit.conference.id, request.path_params["initiative"])
        consents = await consents_of(session, each.card.id) if each.card else []
        films = [film for film in (each.shown, each.waiting) if film is not None]
        shown = [_film(visit, each, film, await files_of_film(session, film.id)) for film in films]
        coming = each.coming
        brought = [film for film in (*films, coming) if film is not None]
        people = {key: await session.get(Person, key) for key in {film.by for film in brought if film.by}}
    base, slug = f"/desk/{visit.conference.slug}", each.initiative.slug
    return await rendered(
        request,
        "desk/cards_one.html",
        status=422 if error else 200,
        title=each.initiative.name,
        headers={"Cache-Control": "no-store"},
        card={
            "name": each.initiative.name,
            "land": LAENDER[each.initiative.land],
            "desk": base,
            "back": f"{base}/cards",
            "action": request.url.path,
            "own": f"/{visit.conference.slug}/cards/{slug}/own",
            "public": f"/{visit.conference.slug}/cards/{slug}",
            "light": shown_light(visit, each),
            "detail": detail_of(visit, each),
            "done": _done(visit, done),
            "films": shown,
            "coming": film_state(visit, coming) if coming else None,
            "words": _words(visit, each),
            "changes": _changes(visit, each),
            "consents": [_consent(visit, consent) for consent in consents],
            "brought": [_brought(visit, film, people) for film in brought],
            **_acts(visit, each),
        },
        form={"entered": entered or {}, "errors": _errors(visit, error)},
    )


def _acts(visit: Visit, each: Reviewed) -> dict[str, Any]:
    """What can be decided now. publish: the version's id; hindered: why it cannot be published."""
    _ = visit.services.texts[visit.language].gettext
    card, candidate = each.card, each.candidate
    if card is None or card.state is CardState.WITHDRAWN:
        return {"publish": None, "exchange": False, "hindered": None, "poster_only": False, "public_now": False, "askable": False,
                "change": "", "unpublishes": False, "withdrawable": False, "longest": LONGEST_REASON}  # fmt: skip
    public_now = card.state is CardState.PUBLISHED
    open_ = candidate is not None and (not public_now or each.waiting is not None) and card.state is not CardState.CHANGE_ASKED
    fault = publishing_fault(each) if open_ else None
    hindered = _("These consents are still missing: {texts}.").format(texts=missing_texts(visit, each)) if fault else None
    return {
        "publish": candidate.id if open_ and fault is None and candidate else None,
        "exchange": each.waiting is not None and public_now,
        "hindered": hindered,
        "poster_only": candidate is not None and each.lacks_captions(candidate),
        "public_now": public_now,
        "askable": candidate is not None,
        "change": each.change,
        "unpublishes": public_now and each.waiting is None,
        "withdrawable": True,
        "longest": LONGEST_REASON,
    }


def _film(visit: Visit, each: Reviewed, film: CardFilm, files: Sequence[CardFile]) -> dict[str, Any]:
    """A version of the film: `player` for cards/_player.html (None: nothing to play), and what is known of it."""
    _ = visit.services.texts[visit.language].gettext
    label = _("Version that is shown") if film.shown else _("New version")
    named = {role: [file for file in files if file.role is role and public_name(file)] for role in FileRole}
    return {
        "label": label,
        "player": _player(visit, each, film, named, label) if named[FileRole.RENDITION] else None,
        "length": length_text(film.seconds),
        "captions": ", ".join(language_name(file.language) for file in named[FileRole.CAPTIONS]),
        "lacks_captions": each.lacks_captions(film),
        "size": f"{film.width} × {film.height}" if film.width else None,
    }


def _player(
    visit: Visit, each: Reviewed, film: CardFilm, files: Mapping[FileRole, Sequence[CardFile]], label: str
) -> dict[str, Any]:
    base = f"/{visit.conference.slug}/cards/{each.initiative.slug}"
    folder = f"{base}/media" if film.shown else f"{base}/films/{film.id}"

    def address(file: CardFile) -> str:
        return f"{folder}/{public_name(file)}?v={file.etag[:8]}"

    large, *smaller = files[FileRole.RENDITION]
    played = {
        "src": address(large),
        "type": large.content_type,
        "small": address(smaller[-1]) if smaller else None,
        "tall": film.height > film.width,
        "seconds": round(film.seconds, 1),
        "tracks": [
            {"src": address(file), "language": file.language, "label": language_name(file.language)}
            for file in files[FileRole.CAPTIONS]
        ],
    }
    return {
        "name": f"{each.initiative.name}, {label}",
        "length": length_text(film.seconds),
        "poster": next((address(file) for file in files[FileRole.POSTER]), None),
        "plays_href": None,
        "film": played,
    }


def _words(visit: Visit, each: Reviewed) -> dict[str, Any] | None:
    if each.card is None or each.card.state is CardState.WITHDRAWN:
        return None
    texts = texts_for(each.card, each.candidate)
    return {
        "said": _paragraphs(texts.words),
        "seen": _paragraphs(texts.seen),
        "language": language_name(texts.language),
        "unspoken": texts.unspoken,
        "signed": texts.signed,
        "remains": each.card.remains,
        "of_new": each.waiting is not None,
    }


def _paragraphs(words: Words) -> list[dict[str, str]]:
    return [{"language": code, "label": language_name(code), "text": text} for code, text in words.items() if text]


def _changes(visit: Visit, each: Reviewed) -> dict[str, Any] | None:
    """What its people have changed of the public card since the release, and how the texts were then."""
    if each.card is None or each.shown is None or not each.changed:
        return None
    texts = released_texts(each.shown)
    changed = {Changed.WORDS, Changed.SEEN, Changed.SPEECH}.intersection(each.changed)
    return {
        "what": changed_words(visit, each),
        "seen": mark_of(each.card, each.shown, each.files),
        "before": [*_paragraphs(texts.words), *_paragraphs(texts.seen)] if texts and changed else [],
        "texts": bool(changed),
    }


def _consent(visit: Visit, consent: CardConsent) -> dict[str, Any]:
    """wording: which text it was; what a conference file says was agreed to elsewhere, in words that we do not have."""
    _ = visit.services.texts[visit.language].gettext
    text = text_of(consent.kind, consent.version)
    wording = _("version {number}, {language}").format(number=consent.version, language=language_name(consent.language))
    return {
        "title": visit.say((text or current(consent.kind)).title),
        "wording": wording if text else _("outside of the platform"),
        "given": visit.local(consent.given),
        "by": _("conference file") if consent.by_name == FROM_FILE else consent.by_name,
        "ended": visit.local(consent.ended) if consent.ended else None,
    }


def _brought(visit: Visit, film: CardFilm, people: dict[str, Person | None]) -> dict[str, Any]:
    """What is known of the file that a film was made of."""
    _ = visit.services.texts[visit.language].gettext
    person = people.get(film.by or "")
    label = _("Version that is shown") if film.shown else _("New version")
    return {
        "label": label if film.state is FilmState.READY else film_state(visit, film),
        "name": film.name,
        "size": megabytes(film.size) if film.size else None,
        "begun": visit.local(film.begun),
        "arrived": visit.local(film.arrived) if film.arrived else None,
        "by": person.name if person else None,
    }


def _done(visit: Visit, act: str) -> str | None:
    _ = visit.services.texts[visit.language].gettext
    return {
        "publish": _("The card is published. Its people get a letter."),
        "accept": _("The changes stay as they are."),
        "texts-back": _("The texts are those of the release again."),
        "unpublish": _("The card is not public any more. It waits for you again."),
        "change": _("The initiative is asked for the change, by letter and on its page."),
        "unchange": _("The request is taken back. The card waits for you again."),
        "withdraw": _("The card is taken down. Its film and texts are deleted."),
    }.get(act)


def _errors(visit: Visit, code: str) -> dict[str, str]:
    _ = visit.services.texts[visit.language].gettext
    if code == "card_change_text":
        return {"reason": _("Please say what should change, in at most {longest} characters.").format(longest=LONGEST_REASON)}
    return {"name": _("Please type the name of the initiative as it stands above.")} if code else {}


routes: list[Route] = [page("/desk/{c}/cards/{initiative}", "desk.card", card, ("GET", "POST"))]
