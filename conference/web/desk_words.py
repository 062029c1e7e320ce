"""The refusals of making and setting up conferences."""

from __future__ import annotations

from collections.abc import Callable


def desk_words(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "installation_organisers_only": _("Only organisers of the whole installation make, copy and delete conferences."),
        "looking": _("You are looking at the pages as others will see them. Rooms stay shut, and nothing can be changed."),
        "not_over": _("Only a draft, or a conference whose personal data is deleted, can be deleted wholly."),
        "not_closed": _("The conference is not closed yet, so there is nothing to check."),
        "times_order": _("These times are not in the order of a day."),
    }
