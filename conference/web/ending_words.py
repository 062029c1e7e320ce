"""The refusals of ending a conference and deleting its data."""

from __future__ import annotations

from collections.abc import Callable


def ending_words(_: Callable[[str], str]) -> dict[str, str]:
    """A sentence for each code."""
    return {
        "list_unanswered": _("Please answer the question about the list of participants first."),
        "day_not_over": _("The day is not over yet. Its data can be deleted once it is."),
        "purge_begun": _("The data of this conference is deleted, or is being deleted."),
        "purge_not_due": _("The day on which this data is deleted has not come yet."),
        "purge_record": _("Nothing has been deleted yet, so there is no record of it."),
        "purge_demo": _("In the demo nothing is deleted: its clock is moved back again."),
    }
