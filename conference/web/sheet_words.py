"""The refusals of a sheet's editor and of its release, in plain words."""

from __future__ import annotations

from collections.abc import Callable


def sheet_words(_: Callable[[str], str]) -> dict[str, str]:
    """A sentence for each code."""
    return {
        "sheet_editors": _("Only the moderation, the minutes and the organisers of this session work at its sheet."),
        "sheet_people": _("A sheet names at most 20 people."),
        "sheet_initiatives": _("Please enter a whole number of at most four digits, or nothing."),
        "sheet_expected": _("Please enter a day such as 2021-05-05, or nothing."),
        "sheet_no_approver": _("Please name somebody who is to approve the sheet first."),
        "sheet_approvers": _("At most 20 people can be asked for their approval."),
        "sheet_approval": _("You have not been asked for your approval of this sheet, or not any more."),
        "sheet_not_in_review": _("This sheet is being worked on again. You get a letter when it is ready for you."),
        "sheet_other_text": _("The sheet has been changed since you opened this page. Please read it again and then approve it."),
        "sheet_comment": _("This comment is not there any more."),
        "sheet_comments": _("There are 500 comments on this sheet already. Please talk to each other directly."),
    }
