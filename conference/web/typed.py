"""Acts that nobody can undo are asked for by typing a name, so that no tired hand does them by accident."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conference.web.texts import Language


@dataclass(frozen=True)
class Asked:
    """What `desk/_typed.html` shows. word: to be typed (a slug or a name); label: of the button; back: where nothing happens;
    goes, stays: sentences, with counts."""

    action: str
    word: str
    label: str
    back: str
    goes: Sequence[str]
    stays: Sequence[str] = ()


def typed_fault(form: Mapping[str, str], word: str, language: Language) -> str | None:
    """None when `word` was typed, in any case and with any spaces; else the sentence for its field."""
    if _plain(form.get("typed", "")) == _plain(word):
        return None
    return language.gettext("Nothing was changed: please type “{word}”.").format(word=word)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
