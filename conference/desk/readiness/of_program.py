"""What a program lacks. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from conference.desk.readiness.shapes import Facts, Missing
from conference.web.texts import Language


def empty(facts: Facts, language: Language) -> Iterator[Missing]:
    """No session at all."""
    _ = language.gettext
    if not facts.sessions:
        yield Missing(_("The program is empty."), f"{facts.front}/program")
