"""The refusals of making and setting up conferences."""

from __future__ import annotations

from collections.abc import Callable


def desk_words(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "installation_organisers_only": _("Only organisers of the whole installation make, copy and delete conferences."),
    }
