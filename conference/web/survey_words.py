"""The refusals of survey and proof of attendance, in plain words."""

from __future__ import annotations

from collections.abc import Callable


def survey_words(_: Callable[[str], str]) -> dict[str, str]:
    """A sentence for each code."""
    return {
        "survey_closed": _("The survey is not open any more. Nothing of what you entered was kept."),
        "attendance": _("There is no proof: nothing is known of being in a room, or nobody has agreed to it."),
        "survey_over": _("The pages of the conference are closed, so nobody could answer any more."),
        "survey_answered": _("There are answers already, so the questions stay as they are. Whoever discards the answers can ask "
                             "anew."),
    }  # fmt: skip
