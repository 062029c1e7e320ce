"""Letters to an initiative's people: their film is ready, cannot be used, or could not be prepared.

Nobody has told us in which language a person reads mail, so that each letter has both.
"""

from __future__ import annotations

from collections.abc import Callable

from conference.access.store import conference_by_id
from conference.base.db import Work
from conference.base.errors import Invalid
from conference.base.mail import Letter, post
from conference.base.words import LANGUAGES, say
from conference.cards.consent.store import owners_of
from conference.cards.films.refusals import sentence
from conference.cards.model import Card, CardFilm, CardState
from conference.initiatives.model import Initiative
from conference.web.services import Services
from conference.web.texts import Language

Say = Callable[[Language], tuple[str, list[str]]]


async def tell_ready(services: Services, work: Work, card: Card, film: CardFilm, *, taken_over: bool) -> None:
    """taken_over: captions or texts of it were written for the film before."""

    def say_it(language: Language) -> tuple[str, list[str]]:
        _ = language.gettext
        lines = [_("the film “{file}” is ready, and you can look at it.").format(file=film.name)]
        if card.state is CardState.PUBLISHED and not film.shown:
            lines.append(_("Your card shows the film before until the organisers have released this one."))
        if taken_over:
            lines.append(_("Captions and texts of the film before were kept. Please look whether they fit this one."))
        return _("Your film is ready: {initiative}"), lines

    await _send(services, work, card, "ready", film, say_it)


async def tell_refused(services: Services, work: Work, card: Card, film: CardFilm) -> None:
    def say_it(language: Language) -> tuple[str, list[str]]:
        _ = language.gettext
        lines = [_("no card can be made of the film “{file}”.").format(file=film.name)]
        lines.append(sentence(film.refusal or "", film.facts, language))
        return _("Your film cannot be used: {initiative}"), lines

    await _send(services, work, card, "refused", film, say_it)


async def tell_failed(services: Services, work: Work, card: Card, film: CardFilm) -> None:
    def say_it(language: Language) -> tuple[str, list[str]]:
        _ = language.gettext
        lines = [_("the film “{file}” could not be prepared. That is our fault, not your film's.").format(file=film.name)]
        lines.append(_("It is still there: on the page of your card you can have it tried again."))
        return _("Your film could not be prepared: {initiative}"), lines

    await _send(services, work, card, "failed", film, say_it)


async def _send(services: Services, work: Work, card: Card, what: str, film: CardFilm, say_it: Say) -> None:
    conference = await conference_by_id(work.session, card.conference_id)
    initiative = await work.session.get(Initiative, card.initiative_id)
    if conference is None or initiative is None:
        return
    address = f"{services.settings.base_url}/{conference.slug}/cards/{initiative.slug}/own"
    subjects, parts = [], []
    for code in LANGUAGES:
        language = services.texts[code]
        subject, lines = say_it(language)
        subjects.append(subject.format(initiative=initiative.name))
        greeting = language.gettext("Good day,")
        parts.append("\n\n".join([greeting, *lines, f"{say(conference.title, code)}\n{address}"]))
    for person in await owners_of(work.session, card):
        try:
            letter = Letter(to=person.email, subject=" / ".join(subjects), text="\n\n---\n\n".join(parts) + "\n")
        except Invalid:  # an address nobody can write to does not stop the film
            continue
        await post(work, letter, unique_key=f"film {what} {film.id} {person.id}")
