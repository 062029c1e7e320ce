"""The refusals of the run console, in plain words."""

from __future__ import annotations

from collections.abc import Callable


def run_words(_: Callable[[str], str]) -> dict[str, str]:
    """A sentence for each code."""
    return {
        "emergency_text": _("The text has between 1 and 300 characters, and a German text in any case."),
        "doors_draft": _("The conference is not announced yet. Its doors open only after that."),
        "doors_open": _("The doors are open already."),
        "doors_closed": _("The doors are closed already."),
        "doors_over": _("The pages of the conference are closed. Please move the closing date first."),
        "end_moved": _("This session ends at another time by now; it stands above. Nothing was changed."),
        "session_over": _("This session is over already."),
        "nobody_to_move": _("Please choose the people, and another room."),
    }
