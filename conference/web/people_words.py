"""The refusals of people, tables and registration, in plain words."""

from __future__ import annotations

from collections.abc import Callable


def people_words(_: Callable[[str], str]) -> dict[str, str]:
    """A sentence for each code."""
    return {
        "table_unreadable": _("This file cannot be read as a table. Please save it as CSV or XLSX and try once more."),
        "table_too_large": _("This table is larger than 10 MB. Please split it."),
        "table_rows": _("More than 10,000 people stand in this table. Please split it."),
        "people_table": _("This table is not there any more: it was taken over, or an hour has passed. Please choose it again."),
        "email_factor": _("The account of this address has a second factor. Please add its owner as a new person instead."),
        "email_taken": _("Somebody else has this address already. Everybody needs an address of their own."),
        "last_organiser": _("At least one person has to organise the conference."),
        "same_person": _("These are not two entries."),
        "both_there": _("Both have been in the same room or worked at the same sheet, so they cannot become one any more."),
        "registration_closed": _("One cannot register any more. If you have questions, please write to the hosts."),
        "registration_state": _("This registration is in another state by now. Please look at the list again."),
        "registration": _("There is no registration of yours. You can register as long as that is open."),
        "own_organiser": _("Nobody can take their own right to organise away. Please ask the other organisers."),
    }
