"""The refusals around the slides of a closing plenary, in plain words."""

from __future__ import annotations

from collections.abc import Callable


def closing_words(_: Callable[[str], str]) -> dict[str, str]:
    """A sentence for each code."""
    return {
        "closing_lead": _("Only the moderation of this plenary and the organisers can show the slides of the key findings."),
        "closing_turn": _("The slide of another forum is on now. You can turn the slides while your own one is on."),
        "closing_off": _("The slides are not shown at the moment."),
        "closing_empty": _("No forum comes before this plenary, so there are no slides to show."),
        "closing_slide": _("This slide is not there any more. Please load the page again."),
    }
