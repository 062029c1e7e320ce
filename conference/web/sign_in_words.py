"""The refusals of sign-in, second factors and rights, in plain words."""

from __future__ import annotations

from collections.abc import Callable


def sign_in_words(_: Callable[[str], str]) -> dict[str, str]:
    """A sentence for each code."""
    return {
        "second_factor": _("Organisers of this conference need a second factor. Please load the desk again to show yours."),
        "factor_tries": _("Those were too many wrong codes. Please open your personal link again."),
        "factors": _("Ten second factors are enough. Please remove one first."),
        "factor": _("This second factor is not there any more."),
        "factor_first": _("Please show your second factor first."),
        "role_of_conference": _("This role cannot be given in a whole conference."),
        "own_role": _("You cannot take your own right to organise away. Another organiser can."),
        "last_organiser": _("This is the last organiser of the conference. Please invite another one first."),
    }
