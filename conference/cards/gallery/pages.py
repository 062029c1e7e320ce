"""The gallery: all initiatives as posters, with filters that are plain links and a search that is a plain form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from conference.cards.gallery.rules import DIMENSIONS, YES, Facts, Wish, counts, fitting, fold, key_of, wish_of
from conference.cards.model import FileRole
from conference.cards.shown import exhibits_of_day, films_come_later, language_name, tiles
from conference.cards.store import Exhibit
from conference.doors.guard import page
from conference.doors.preview import preview_of
from conference.doors.visit import Visit
from conference.initiatives.model import LAENDER
from conference.web.render import rendered

NOT_STORED = {"Cache-Control": "private, no-cache"}


@dataclass(frozen=True)
class Entry(Facts):
    """An exhibit with its facts, and the labels of its keys in the reader's language."""

    exhibit: Exhibit | None = None
    labels: tuple[tuple[tuple[str, str], str], ...] = ()


async def cards(request: Request, visit: Visit) -> Response:
    """All initiatives as tiles, those that fit what the address asks for."""
    _ = visit.services.texts[visit.language].gettext
    entries = [entry_of(visit, exhibit) for exhibit in await exhibits_of_day(visit)]
    wish = wish_of(request.query_params, entries)
    chosen = [entry.exhibit for entry in fitting(entries, wish) if entry.exhibit is not None]
    base = f"/{visit.conference.slug}/cards"
    gallery = {
        "tiles": tiles(visit, chosen),
        "count": len(chosen),
        "total": len(entries),
        "films": sum(exhibit.plays for exhibit in chosen),
        "choices": _choices(visit, entries, wish, base),
        "chosen": _chosen(visit, entries, wish, base),
        "search": {"text": wish.text, "kept": [(name, key) for name, key in wish.values.items()]},
        "href": base,
        "opens": visit.local(visit.times.archive) if films_come_later(visit) else None,
    }
    return await rendered(
        request,
        "cards/gallery.html",
        title=_("Video cards"),
        headers=NOT_STORED,
        gallery=gallery,
        preview=preview_of(visit, "/cards", _("Video cards"), intro(visit)),
    )


def intro(visit: Visit) -> str:
    return visit.services.texts[visit.language].gettext(
        "Initiatives introduce themselves, most of them in less than three minutes."
    )


def entry_of(visit: Visit, exhibit: Exhibit) -> Entry:
    """What of an exhibit this viewer may filter and search by: of its card nothing that the viewer may not see."""
    initiative, card = exhibit.initiative, exhibit.card
    labels = {("land", initiative.land): LAENDER[initiative.land]}
    for words in initiative.topics:
        labels["topic", key_of(words.get("de", ""))] = visit.say(words)
    if initiative.kind:
        labels["kind", key_of(initiative.kind.get("de", ""))] = visit.say(initiative.kind)
    texts = [initiative.name, *initiative.aim.values(), *initiative.about.values(), *initiative.kind.values()]
    texts += [LAENDER[initiative.land], *(text for words in initiative.topics for text in words.values())]
    if card is not None and exhibit.of(FileRole.RENDITION):
        if not card.unspoken:
            labels["language", card.language] = language_name(card.language)
        if card.signed:
            labels["signed", YES] = ""
        if exhibit.of(FileRole.CAPTIONS):
            labels["captions", YES] = ""
        texts += [*card.words.values(), *card.seen.values()]
    values: dict[str, set[str]] = {}
    for dimension, key in labels:
        values.setdefault(dimension, set()).add(key)
    frozen = {dimension: frozenset(keys) for dimension, keys in values.items()}
    return Entry(exhibit.slug, frozen, "\n".join(texts), exhibit, tuple(labels.items()))


def _choices(visit: Visit, entries: Sequence[Entry], wish: Wish, base: str) -> list[dict[str, Any]]:
    """One list of links for each dimension that parts the initiatives at all; a single link for what is only yes or no."""
    _ = visit.services.texts[visit.language].gettext
    labels = {place: label for entry in entries for place, label in entry.labels}
    shown = []
    for dimension in DIMENSIONS:
        keys = {key for entry in entries for key in entry.values.get(dimension, ())}
        parts = len(keys) > 1 or any(dimension not in entry.values for entry in entries)
        if not keys or not (parts or dimension in wish.values):
            continue
        number = counts(entries, wish, dimension)
        mine = wish.values.get(dimension)
        options = [
            {
                "href": wish.having(dimension, key).address(base),
                "label": labels[dimension, key],
                "count": number[key],
                "current": key == mine,
            }
            for key in sorted(keys, key=lambda key: fold(labels[dimension, key]))
            if number[key] or key == mine
        ]
        shown.append(
            {
                "label": _("Language") if dimension == "language" else dimension_label(visit, dimension),
                "single": dimension in ("captions", "signed"),
                "chosen": labels.get((dimension, mine)) if mine else None,
                "all": {"href": wish.without(dimension).address(base), "count": len(fitting(entries, wish.without(dimension)))},
                "options": options,
            }
        )
    return [choice for choice in shown if choice["options"]]


def dimension_label(visit: Visit, dimension: str) -> str:
    _ = visit.services.texts[visit.language].gettext
    return {
        "land": _("Land"),
        "topic": _("Topic"),
        "kind": _("Kind"),
        "language": _("Language of the film"),
        "captions": _("With captions"),
        "signed": _("In German Sign Language"),
    }[dimension]


def _chosen(visit: Visit, entries: Sequence[Entry], wish: Wish, base: str) -> list[dict[str, str]]:
    """What is asked for, each with the link that takes it away."""
    labels = {place: label for entry in entries for place, label in entry.labels}
    found = [
        {"label": labels[name, key] or dimension_label(visit, name), "href": wish.without(name).address(base)}
        for name, key in wish.values.items()
    ]
    if wish.text:
        quoted = f"„{wish.text}“" if visit.language == "de" else f"“{wish.text}”"
        found.append({"label": quoted, "href": Wish(wish.values).address(base)})
    return found


routes = [page("/{c}/cards", "cards", cards)]
