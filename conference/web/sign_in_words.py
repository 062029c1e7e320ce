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
        "own_address": _("Please type the code first that we send to your address."),
        "provider": _("Your organisation’s sign-in does not answer at the moment. Your personal link works as well."),
        "oidc_over": _("This sign-in is over or was begun in another browser. Please begin anew."),
        "oidc_refused": _(
            "Your organisation’s sign-in did not confirm who you are. Please try again, or use your personal link."
        ),
        "oidc_unverified": _(
            "Your organisation’s sign-in does not vouch for your e-mail address. Please use your personal link."
        ),
        "oidc_unknown": _(
            "Nobody with this e-mail address is invited here. Please use the address to which your invitation went."
        ),
        "oidc_other": _("This e-mail address belongs to another account by now. Please write to the hosts."),
        "role_of_conference": _("This role cannot be given in a whole conference."),
        "own_role": _("You cannot take your own right to organise away. Another organiser can."),
        "last_organiser": _("This is the last organiser of the conference. Please invite another one first."),
    }
