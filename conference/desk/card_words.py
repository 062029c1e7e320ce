"""What the desk's pages say about cards: the light, what is missing, why a film came to nothing."""

from __future__ import annotations

from conference.cards.consent.texts import current
from conference.cards.films.refusals import sentence
from conference.cards.fitting import Changed
from conference.cards.model import CardFilm, CardState, FilmState
from conference.cards.review.rules import IN_VAIN, Light, Reviewed, light_of
from conference.doors.visit import Visit

LOOKS = {
    Light.NONE: ("off", "circle-x"),
    Light.ARRIVING: ("busy", "upload"),
    Light.REFUSED: ("bad", "circle-alert"),
    Light.CONSENT: ("warn", "handshake"),
    Light.CAPTIONS: ("warn", "captions-off"),
    Light.WAITS: ("act", "eye"),
    Light.SUCCESSOR: ("act", "refresh-cw"),
    Light.CHANGE: ("warn", "pencil"),
    Light.PUBLISHED: ("ok", "circle-check"),
    Light.WITHDRAWN: ("off", "undo-2"),
}
"""Of each light the tone and the drawing."""


def shown_light(visit: Visit, each: Reviewed) -> dict[str, str]:
    """The light as desk/_light.html draws it: tone, drawing, word."""
    _ = visit.services.texts[visit.language].gettext
    light = light_of(each)
    words = {
        Light.NONE: _("No card yet"),
        Light.ARRIVING: _("Film on its way"),
        Light.REFUSED: _("Film refused"),
        Light.CONSENT: _("Consent missing"),
        Light.CAPTIONS: _("Captions missing"),
        Light.WAITS: _("Waits for you"),
        Light.SUCCESSOR: _("New version waits for you"),
        Light.CHANGE: _("Change asked for"),
        Light.PUBLISHED: _("Published"),
        Light.WITHDRAWN: _("Withdrawn"),
    }
    word = words[light]
    if light is Light.REFUSED and each.coming is not None and each.coming.state is FilmState.FAILED:
        word = _("Preparation failed")
    tone, drawing = LOOKS[light]
    return {"tone": tone, "drawing": drawing, "word": word}


def detail_of(visit: Visit, each: Reviewed) -> str:
    """What one must know beside the light, in a sentence or two; "" for nothing."""
    _ = visit.services.texts[visit.language].gettext
    card, said = each.card, []
    if card is None or card.state is CardState.WITHDRAWN:
        return ""
    if each.coming is not None:
        said.append(film_state(visit, each.coming))
    if each.change:
        said.append(each.change)
    if each.candidate is not None:
        if card.state is CardState.PUBLISHED and card.published:
            since = visit.services.texts[visit.language].moment(visit.local(card.published))
            said.append(_("Public since {moment}.").format(moment=since))
        elif each.lacking:
            said.append(_("To be agreed to: {texts}.").format(texts=missing_texts(visit, each)))
        if each.lacks_captions(each.candidate) and light_of(each) is not Light.CAPTIONS:
            of_new = each.waiting is not None
            said.append(_("The new version has no captions yet.") if of_new else _("Captions are missing as well."))
        elif light_of(each) is Light.CAPTIONS:
            said.append(_("Until they come, only poster and facts are shown."))
    return " ".join([*said, *_of_before(visit, each), *_changed(visit, each)])


def _of_before(visit: Visit, each: Reviewed) -> list[str]:
    _ = visit.services.texts[visit.language].gettext
    captions, texts = each.from_before
    said = [_("Captions were taken over from the earlier film: please check.")] if captions else []
    return [*said, _("The texts were written for the earlier film: please check.")] if texts else said


def _changed(visit: Visit, each: Reviewed) -> list[str]:
    _ = visit.services.texts[visit.language].gettext
    if not each.changed:
        return []
    return [_("Changed since the release: {what}.").format(what=", ".join(changed_words(visit, each)))]


def changed_words(visit: Visit, each: Reviewed) -> list[str]:
    """What was changed since the release, in words."""
    _ = visit.services.texts[visit.language].gettext
    words = {
        Changed.CAPTIONS: _("captions"),
        Changed.WORDS: _("what is said in the film"),
        Changed.SEEN: _("what only the picture tells"),
        Changed.SPEECH: _("language of the film"),
        Changed.POSTER: _("picture of the card"),
    }
    return [words[change] for change in each.changed]


def missing_texts(visit: Visit, each: Reviewed) -> str:
    """The titles of the consents that are missing."""
    return ", ".join(visit.say(current(kind).title) for kind in each.lacking)


def film_state(visit: Visit, film: CardFilm) -> str:
    """Where a film is on its way, or why it came to nothing."""
    _ = visit.services.texts[visit.language].gettext
    if film.state in IN_VAIN:
        return sentence(film.refusal or "", film.facts, visit.services.texts[visit.language])
    begun = visit.services.texts[visit.language].moment(visit.local(film.begun))
    percent = round(100 * film.progress)
    return {
        FilmState.UPLOADING: _("Being brought since {moment}.").format(moment=begun),
        FilmState.WAITING: _("It waits for its preparation."),
        FilmState.PREPARING: _("Being prepared, {percent}\u202f% done.").format(percent=percent),
        FilmState.READY: _("Ready."),
    }[film.state]
