"""What a report may say and show: limits, order, when somebody else was faster. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from conference.base.errors import Invalid
from conference.base.words import LANGUAGES, Words

LONGEST_TITLE = 160
LONGEST_BODY = 20_000
LONGEST_CREDIT = 120
LONGEST_ALT = 300
LONGEST_CAPTION = 300
MOST_PHOTOS = 24
LARGEST_PHOTO = 30 * 1024 * 1024
"""Bytes of what may be brought; what is kept is much smaller."""


class Placed(Protocol):
    @property
    def id(self) -> str: ...


Item = TypeVar("Item", bound=Placed)


def words_of(said: Mapping[str, str]) -> Words:
    """Texts by language, those that are empty left out."""
    return {language: said[language] for language in LANGUAGES if said.get(language)}


def check_publishable(title: Words, body: Words) -> None:
    """Raises Invalid: report_title, report_body where the German text is missing, which every page falls back to."""
    if not title.get("de"):
        raise Invalid("report_title")
    if not body.get("de"):
        raise Invalid("report_body")


def check_photo_words(credit: str, alt: Words) -> None:
    """Raises Invalid: photo_credit, photo_alt. Nobody shows a picture without saying whose it is and what is to be seen."""
    if not credit:
        raise Invalid("photo_credit")
    if not alt.get("de"):
        raise Invalid("photo_alt")


def moved(items: Sequence[Item], item_id: str, up: bool) -> list[Item]:
    """The same in the new order; unchanged at the ends and for what is not there."""
    order = list(items)
    at = next((place for place, item in enumerate(order) if item.id == item_id), None)
    to = None if at is None else at + (-1 if up else 1)
    if at is not None and to is not None and 0 <= to < len(order):
        order[at], order[to] = order[to], order[at]
    return order


def credits_of(photos: Iterable[str]) -> list[str]:
    """Each photographer once, in the order of the pictures."""
    return list(dict.fromkeys(credit for credit in photos if credit))
