"""The refusals of the run console, in plain words."""

from __future__ import annotations

from collections.abc import Callable


def run_words(_: Callable[[str], str]) -> dict[str, str]:
    """A sentence for each code."""
    return {
        "end_moved": _("This session ends at another time by now; it stands above. Nothing was changed."),
        "session_over": _("This session is over already."),
        "nobody_to_move": _("Please choose the people, and another room."),
    }
