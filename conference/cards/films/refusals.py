"""Why a film was not taken, in words: the limit, the value that was found, and what helps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from conference.cards.model import CardTerms
from conference.cards.rules import length_text
from conference.web.texts import Language

Gettext = Callable[[str], str]
OURS = frozenset({"film_type", "film_empty", "film_too_large", "film_under_way", "film_gone"})
"""Codes of refusals by pages whose sentences stand here, since they name limits and values."""


def sentence(code: str, facts: Mapping[str, Any], language: Language) -> str:
    """For a refusal of `media.video`, of the worker or of the rules here; a general one for a code that nobody knows."""
    _ = language.gettext
    words = {**_of_files(_), **_of_pictures(_)}
    text = words.get(code) or _("No card can be made of this film. Please export it as MP4 (H.264) and bring it once more.")
    return text.format_map(_Told(facts, language))


def _of_files(_: Gettext) -> dict[str, str]:
    return {
        "film_type": _(
            "This file is no film that we can read. Films come as MP4, MOV, 3GP, WebM, MKV or AVI; phones and editing programs "
            "save them so by themselves. Please choose another file."
        ),
        "film_empty": _("This file is empty. Please choose another one."),
        "film_too_large": _(
            "The film has {size}, and at most {limit} are possible. Please export it smaller, say in 1080p, or shorten it."
        ),
        "film_codec": _(
            "The film is packed in a way that cannot be read here ({codec}). Please export it once more as MP4 with H.264."
        ),
        "film_damaged": _(
            "The film is incomplete or damaged. Please look whether it plays to its end on your device, export it anew and bring "
            "it once more."
        ),
        "film_too_heavy": _("Preparing the film takes more than any film may. Please export it as MP4 (H.264) in 1080p."),
        "film_gone": _("What had arrived of the film is no longer there. Please choose the file once more."),
        "film_under_way": _("There is an unfinished upload of “{name}”. Shall this film take its place?"),
        "film_failed": _("The film could not be prepared. That is our fault, not your film's. Please try again."),
    }


def _of_pictures(_: Gettext) -> dict[str, str]:
    return {
        "film_too_long": _("The film is {seconds} long, and at most {limit} are possible. Please shorten it."),
        "film_too_short": _("The film is {seconds} long, and at least {limit} are needed. Please choose a longer one."),
        "film_too_small": _(
            "The picture is {height} pixels high, and at least {limit} are needed. Please film or export it in a better quality."
        ),
        "film_too_wide": _(
            "The picture has {width} × {height} pixels, more than we can prepare. Please export it in 1080p or 4K."
        ),
        "film_too_fast": _(
            "The film has {rate} pictures in a second, and at most {limit} are possible. Please export it with 30 of them."
        ),
        "film_without_picture": _("This file has sound, but no picture. Please choose a film."),
    }


class _Told(dict[str, str]):
    """The facts as people say them; what is missing is left open."""

    def __init__(self, facts: Mapping[str, Any], language: Language) -> None:
        super().__init__()
        is_size, is_time = "size" in facts, "seconds" in facts
        for name, value in facts.items():
            if name == "size" or (name == "limit" and is_size):
                self[name] = megabytes(value)
            elif name == "seconds" or (name == "limit" and is_time):
                self[name] = duration(value, language)
            else:
                self[name] = f"{value:.0f}" if isinstance(value, float) else str(value)

    def __missing__(self, key: str) -> str:
        return "…"


def megabytes(size: int) -> str:
    """612 MB (1 MB = 1,000,000 bytes, as phones and cards count), rounded up so that too much never looks like enough."""
    return f"{max(1, -(-int(size) // 1_000_000))} MB"


def duration(seconds: float, language: Language) -> str:
    """45 seconds; 3 minutes; 3:25 minutes. Rounded as clocks show it."""
    whole = max(1, round(seconds)) if seconds >= 0.5 else 0
    if whole < 60:
        return language.ngettext("{n} second", "{n} seconds", whole).format(n=whole)
    if whole % 60 == 0:
        return language.ngettext("{n} minute", "{n} minutes", whole // 60).format(n=whole // 60)
    return language.gettext("{length} minutes").format(length=length_text(whole))


def limits_text(terms: CardTerms, language: Language) -> str:
    """What a film may be, in one sentence."""
    return language.gettext(
        "At most {length} and {size}, at least {height} pixels high, as MP4, MOV, 3GP, WebM, MKV or AVI."
    ).format(length=duration(terms.most_seconds, language), size=megabytes(terms.most_bytes), height=terms.least_height)
