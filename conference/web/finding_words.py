"""The sentences for what is refused when findings are collected."""

from __future__ import annotations

from collections.abc import Callable


def finding_words(_: Callable[[str], str]) -> dict[str, str]:
    """The refusals of collecting findings."""
    return {
        "finding": _("This finding is not there any more."),
        "findings": _("This session has 1,000 findings already. Please put some of them together instead."),
        "findings_own": _("You have added 60 findings to this session already, which is as many as one person can."),
        "findings_ever": _(
            "So many findings have been added to this session that there is no room for more. Those that are there stay."
        ),
        "key_findings": _("A session has at most five key findings. Please take the star off another one first."),
        "findings_chosen": _("Please choose at least two findings to put together."),
        "nothing_to_undo": _("This cannot be undone any more."),
        "finding_changed": _("Somebody else has changed this finding meanwhile. Please look at it again."),
        "finding_person": _(
            "Somebody else has signed in in this browser meanwhile, so your finding was not added. Your text stays here."
        ),
        "findings_closed": _("No findings can be added here at the moment. What is there can still be read."),
        "findings_not_yet": _("Findings can be added from the beginning of the session on."),
        "editors_only": _("Only the moderation and whoever takes the minutes can do this."),
        "finding_headings": _("Please name one to eight different headings of at most 60 characters each."),
    }
