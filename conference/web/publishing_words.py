"""The refusals of publishing results, in plain words."""

from __future__ import annotations

from collections.abc import Callable


def publishing_words(_: Callable[[str], str]) -> dict[str, str]:
    """A sentence for each code."""
    return {
        "publish_at": _("Please choose a moment that is still to come."),
        "publishers_only": _("Only the moderation and the organisers can publish results."),
        "sheet_empty": _("There is nothing on this sheet yet. Please add a finding or a summary first."),
        "sheet_changed": _("Somebody is changing this sheet at the moment. Please try again in a few seconds."),
    }
