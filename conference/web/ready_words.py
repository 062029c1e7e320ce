"""The refusals of the readiness page and of the forms of legal pages, in plain words."""

from __future__ import annotations

from collections.abc import Callable


def ready_words(_: Callable[[str], str]) -> dict[str, str]:
    """A sentence for each code."""
    return {
        "rule": _("There is no such point on the list. Please load the page again."),
        "waiver_reason": _("Please say why, in 3 to 300 characters."),
        "statement": _("Please enter between 1 and 300 characters."),
        "not_ready": _("Some points in red are still open. Please solve them, or say why they may stay as they are."),
        "announced": _("The conference is public already."),
        "signed_film": _("Please choose a film: MP4 or WebM, at most 200 MB and 10 minutes."),
        "signed_too_large": _("This film is larger than 200 MB. Please export it smaller and try once more."),
        "signed_too_long": _("The film of the page in sign language has at most 10 minutes."),
        "announced_too_late": _("Please choose a moment to come, before the doors open."),
    }
