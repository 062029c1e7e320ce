"""The refusals of the hand-over pack, in plain words."""

from __future__ import annotations

from collections.abc import Callable


def handover_words(_: Callable[[str], str]) -> dict[str, str]:
    """A sentence for each code."""
    return {
        "handover": _("There is no pack at the moment. Please have one made."),
        "handover_old": _("Something has changed since the pack was made. Please have a new one made."),
        "handover_on_its_way": _("The pack is being made already. It will be there in a few minutes."),
        "handover_too_large": _("The pack would be larger than 3 GB. Please ask whoever runs the platform for the films."),
    }
