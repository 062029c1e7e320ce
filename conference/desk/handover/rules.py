"""Where things lie in the pack, how they link to each other, and how long a pack is kept. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from posixpath import dirname, relpath

from markupsafe import Markup

from conference.base.words import Words

KEPT = timedelta(days=7)
"""A pack is a copy of what may be taken back; whoever needs it later has it made anew."""
GIVEN_UP = timedelta(hours=2)
"""Nobody works on a pack any more that was asked for so long ago."""
MOST_BYTES = 3 * 1024**3
PREFIX = "handover/"


def page_path(name: str, language: str) -> str:
    """German pages lie at the top, those of other languages in a folder of their own."""
    return name if language == "de" else f"{language}/{name}"


@dataclass(frozen=True)
class Here:
    """A page of the pack in its language. languages: name of each page -> the languages that it is there in."""

    name: str
    language: str
    languages: Mapping[str, frozenset[str]]

    @property
    def path(self) -> str:
        return page_path(self.name, self.language)

    def to(self, name: str) -> Markup:
        """The address of another page, and its language where it is not there in this one: `href="..." hreflang="de"`."""
        language = self.language if self.language in self.languages[name] else "de"
        address = Markup('href="{}"').format(self._relative(page_path(name, language)))
        return address if language == self.language else address + Markup(' hreflang="{}"').format(language)

    def file(self, path: str) -> str:
        """The address of a file that all languages share."""
        return self._relative(path)

    def other(self, language: str) -> str | None:
        """This page in another language, None where there is none."""
        return self._relative(page_path(self.name, language)) if language in self.languages[self.name] else None

    def _relative(self, path: str) -> str:
        return relpath(path, dirname(self.path) or ".")


def languages_of(*words: Words | None) -> frozenset[str]:
    """German always; another language where any of these texts has it."""
    return frozenset({"de"}).union(*(each.keys() for each in words if each))


def digest_of(pages: Mapping[str, str], files: Iterable[tuple[str, str]]) -> str:
    """Of everything that a pack shows: 32 hex digits. files: (path, key in the store)."""
    total = hashlib.sha256()
    for path, what in [*sorted(pages.items()), *sorted(files)]:
        total.update(f"{len(path)} {path} {len(what)} {what}".encode())
    return total.hexdigest()[:32]


def key_of(digest: str, secret: str) -> str:
    """In the store a pack's name begins with what it shows, so that one with something taken back is told from a current one."""
    return f"{PREFIX}{digest}-{secret}.zip"


def shows(key: str, digest: str) -> bool:
    """Whether the pack of this key shows this."""
    return key.startswith(f"{PREFIX}{digest}-")


def expires(made: datetime) -> datetime:
    return made + KEPT
