"""The two languages of the interface. English stands in the source; German in gettext files, one per area, merged here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

from babel.dates import format_date, format_datetime
from babel.messages.pofile import read_po

from conference.base.words import LANGUAGES

LOCALES = Path(__file__).parents[1] / "locale"


class Language:
    """One language: translation and the formatting of dates."""

    def __init__(self, code: str, messages: dict[str, str | tuple[str, ...]]) -> None:
        self.code = code
        self._messages = messages

    def gettext(self, message: str) -> str:
        found = self._messages.get(message)
        return found if isinstance(found, str) and found else message

    def ngettext(self, one: str, many: str, n: int) -> str:
        found = self._messages.get(one)
        if isinstance(found, tuple):
            return found[0 if n == 1 else 1]
        return one if n == 1 else many

    def day(self, value: date) -> str:
        """Tuesday, 4 May 2021 / Dienstag, 4. Mai 2021."""
        return format_date(value, "EEEE, d. MMMM y" if self.code == "de" else "EEEE, d MMMM y", locale=self.code)

    def date(self, value: date) -> str:
        """4 May 2021 / 4. Mai 2021."""
        return format_date(value, "d. MMMM y" if self.code == "de" else "d MMMM y", locale=self.code)

    def time(self, value: datetime) -> str:
        """10:00 / 10:00 Uhr."""
        return format_datetime(value, "HH:mm 'Uhr'" if self.code == "de" else "HH:mm", tzinfo=value.tzinfo, locale=self.code)

    def moment(self, value: datetime) -> str:
        """4 May 2021, 10:00 / 4. Mai 2021, 10:00 Uhr."""
        pattern = "d. MMMM y, HH:mm 'Uhr'" if self.code == "de" else "d MMMM y, HH:mm"
        return format_datetime(value, pattern, tzinfo=value.tzinfo, locale=self.code)


class Texts:
    """All languages; `texts["de"]`."""

    def __init__(self, languages: Iterable[Language]) -> None:
        self._languages = {language.code: language for language in languages}

    def __getitem__(self, code: str) -> Language:
        return self._languages[code]


def read_texts(folder: Path = LOCALES) -> Texts:
    """Read and merge `folder/LANGUAGE/*.po`; where two files say the same text, a test sees to it that they agree."""
    languages = []
    for code in LANGUAGES:
        messages: dict[str, str | tuple[str, ...]] = {}
        for file in sorted((folder / code).glob("*.po")):
            with file.open("rb") as stream:
                for message in read_po(stream, locale=code):
                    if not message.id or not message.string:
                        continue
                    key = message.id[0] if isinstance(message.id, (tuple, list)) else message.id
                    text = tuple(message.string) if isinstance(message.string, (tuple, list)) else message.string
                    messages.setdefault(key, text)
        languages.append(Language(code, messages))
    return Texts(languages)


def preferred_language(accept: str, chosen: str = "") -> str:
    """The language to answer in: what the reader chose, else the best of Accept-Language, else German."""
    if chosen in LANGUAGES:
        return chosen
    best, best_weight = LANGUAGES[0], 0.0
    for part in accept.split(",")[:20]:
        tag, _, parameter = part.strip().partition(";")
        code = tag.strip().lower().partition("-")[0]
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        if code in LANGUAGES and weight > best_weight:
            best, best_weight = code, weight
    return best
