"""What the page of a card's words shows: the film, what is missing, captions by language, the texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from babel import Locale, UnknownLocaleError

from conference.base.captions import Cue, Fault, plain_text, read_captions, webvtt
from conference.base.words import LANGUAGES as INTERFACE
from conference.cards.captions.rules import (
    LANGUAGES,
    LONGEST_WORDS,
    Missing,
    Texts,
    film_for_words,
    is_language,
    missing,
)
from conference.cards.fitting import old_captions, old_texts, texts_for
from conference.cards.model import Card, CardFile, CardFilm, CardState, FileRole
from conference.cards.rules import length_text, public_name
from conference.cards.steps import Own
from conference.cards.store import files_of_film, films_of
from conference.doors.visit import Visit
from conference.web.caption_faults import fault_sentence
from conference.web.texts import Language


async def words_page(
    visit: Visit,
    own: Own,
    base: str,
    *,
    film: str,
    language: str,
    text: str | None,
    texts: Texts | None,
    faults: tuple[Fault, ...],
) -> dict[str, Any]:
    """The context `words` of cards/words.html. film, language: chosen ones, or "" for the first that there is something to do
    for. text, texts, faults: what a form brought that could not be taken."""
    films: Sequence[CardFilm] = ()
    files: list[CardFile] = []
    of_shown: list[CardFile] = []
    if own.card is not None:
        async with visit.services.db.read() as db:
            films = await films_of(db, own.card.id)
            chosen = film_for_words(films, film)
            files = await files_of_film(db, chosen.id) if chosen else []
            shown = next((each for each in films if each.shown), None)
            of_shown = await files_of_film(db, shown.id) if shown and chosen and not chosen.shown else []
    chosen = film_for_words(films, film)
    captions = [file for file in files if file.role is FileRole.CAPTIONS]
    stored = texts_for(own.card, chosen) if own.card else Texts()
    said = texts or stored
    spoken = said.language if is_language(said.language) else LANGUAGES[0]
    offered = dict.fromkeys((*LANGUAGES, *(file.language for file in captions), spoken))
    language = language if language in offered else spoken
    return {
        "action": base,
        "open": own.card is not None and own.card.state is not CardState.WITHDRAWN,
        "missing": _missing(visit, own.card, chosen, captions),
        "from_before": _from_before(visit, own.card, chosen, captions),
        "texts_wait": own.card is not None and own.card.state is CardState.PUBLISHED and chosen is not None and not chosen.shown,
        "film": _film(visit, own, chosen, files) if chosen else None,
        "films": _films(visit, base, films, chosen),
        "tracks": [_track(visit, base, own, chosen, file, language) for file in captions] if chosen else [],
        "take_over": _names(visit, of_shown, captions),
        "editing": await _editing(visit, language, captions, text, faults),
        "languages": [{"value": code, "label": name_of(code, visit.language)} for code in offered],
        "texts": said,
        "texts_mark": stored.mark,
        "takeable": [file.language for file in captions if file.language in INTERFACE and not said.words.get(file.language)],
        "longest_words": LONGEST_WORDS,
    }


async def said_in(visit: Visit, card: Card, language: str, chosen: str = "") -> str:
    """What the captions of the chosen film, or of the newest, say in a language, as running text; empty where there are none."""
    async with visit.services.db.read() as db:
        film = film_for_words(await films_of(db, card.id), chosen)
        files = await files_of_film(db, film.id) if film else []
    for file in files:
        if file.role is FileRole.CAPTIONS and file.language == language:
            return plain_text(read_captions(await visit.services.storage.get(file.key)).cues)
    return ""


def fault_for(fault: Fault, language: Language) -> dict[str, Any]:
    """As the editor's script learns it: the sentence without the line, which nobody sees there."""
    return {"line": fault.line, "cue": fault.cue, "text": fault_sentence(fault, language, where=False)}


def name_of(code: str, language: str) -> str:
    """A language's name in the reader's language."""
    try:
        name = Locale(language).languages.get(code)
    except UnknownLocaleError:
        name = None
    return name[:1].upper() + name[1:] if name else code


def _missing(visit: Visit, card: Card | None, film: CardFilm | None, captions: Sequence[CardFile]) -> list[dict[str, str]]:
    _ = visit.services.texts[visit.language].gettext
    sentences = {
        Missing.FILM: _("First bring the film. Once it has been prepared, captions can be written here."),
        Missing.CAPTIONS: _("Captions are missing: without them the film is not shown in public."),
        Missing.WORDS: _("The text of what is said is missing. It helps those who would rather read than watch."),
        Missing.SEEN: _("Nothing says yet what only the picture tells. People who do not see it need it."),
    }
    return [{"key": each.value, "text": sentences[each]} for each in missing(card, film, {file.language for file in captions})]


def _from_before(visit: Visit, card: Card | None, film: CardFilm | None, captions: Sequence[CardFile]) -> str:
    """What was written for the film before and may not fit this one; "" for nothing."""
    if card is None or film is None:
        return ""
    _ = visit.services.texts[visit.language].gettext
    languages, texts = old_captions(film, captions), old_texts(film, card)
    if not languages:
        return _("The texts were written for the film before.") if texts else ""
    named = ", ".join(name_of(code, visit.language) for code in languages)
    if texts:
        return _("The captions ({languages}) and the texts were written for the film before.").format(languages=named)
    return _("The captions ({languages}) were written for the film before.").format(languages=named)


def _film(visit: Visit, own: Own, film: CardFilm, files: Sequence[CardFile]) -> dict[str, Any]:
    renditions = [file for file in files if file.role is FileRole.RENDITION]
    posters = [file for file in files if file.role is FileRole.POSTER]
    return {
        "id": film.id,
        "seconds": round(film.seconds, 1),
        "length": length_text(film.seconds),
        # The smallest is enough beside the text, and jumps about in it faster.
        "sources": [{"src": _address(visit, own, film, file), "type": file.content_type} for file in renditions[-1:]],
        "poster": _address(visit, own, film, posters[0]) if posters else None,
    }


def _films(visit: Visit, base: str, films: Sequence[CardFilm], chosen: CardFilm | None) -> list[dict[str, Any]]:
    """Both, where a new film waits beside the public one."""
    _ = visit.services.texts[visit.language].gettext
    new, shown = film_for_words(films), next((film for film in films if film.shown), None)
    if new is None or shown is None or new.id == shown.id:
        return []
    pairs = [(_("The new film, which waits for its release"), new), (_("The film that is public now"), shown)]
    return [{"label": label, "href": f"{base}?film={film.id}", "current": film is chosen} for label, film in pairs]


def _track(visit: Visit, base: str, own: Own, film: CardFilm | None, file: CardFile, language: str) -> dict[str, Any]:
    assert film is not None
    return {
        "language": file.language,
        "label": name_of(file.language, visit.language),
        "size": file.size,
        "etag": file.etag,
        "href": f"{base}?film={film.id}&language={file.language}#captions",
        "file": _address(visit, own, film, file),
        "current": file.language == language,
    }


def _names(visit: Visit, of_shown: Sequence[CardFile], captions: Sequence[CardFile]) -> list[str]:
    own = {file.language for file in captions}
    theirs = [file.language for file in of_shown if file.role is FileRole.CAPTIONS and file.language not in own]
    return [name_of(code, visit.language) for code in theirs]


async def _editing(
    visit: Visit, language: str, captions: Sequence[CardFile], text: str | None, faults: tuple[Fault, ...]
) -> dict[str, Any]:
    """The captions in one language: as cues for the editor, as text for the form."""
    speech = visit.services.texts[visit.language]
    file = next((file for file in captions if file.language == language), None)
    cues: Sequence[Cue] = ()
    if text is None and file is not None:
        cues = read_captions(await visit.services.storage.get(file.key)).cues
    elif text is not None:
        cues = read_captions(text.encode()).cues
    return {
        "language": language,
        "label": name_of(language, visit.language),
        "etag": file.etag if file else "",
        "text": text if text is not None else webvtt(cues) if cues else "",
        "cues": [{"start": cue.start, "end": cue.end, "text": cue.text} for cue in cues],
        "came": text is not None,
        "faults": [{"line": fault.line, "text": fault_sentence(fault, speech)} for fault in faults],
    }


def _address(visit: Visit, own: Own, film: CardFilm, file: CardFile) -> str:
    """Of a file of a film that need not be public."""
    name = public_name(file) or ""
    return f"/{visit.conference.slug}/cards/{own.initiative.slug}/films/{film.id}/{name}?v={file.etag[:8]}"
