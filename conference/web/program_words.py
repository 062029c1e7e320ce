"""The refusals of the program's editor, in words."""

from __future__ import annotations

from collections.abc import Callable


def program_words(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "sessions": _("A program can have at most 200 sessions."),
        "session_slug": _("There is a session with this address already. Please send the form once more."),
        "session_people": _("A session can name at most 30 people."),
        "nothing_to_publish": _("There is nothing to publish: readers see the program as it is planned."),
        "program_order": _("This session is not there any more. Please look at the list again."),
        "shift": _("The program cannot be moved like that. Please choose other minutes."),
        "schedule_file": _("This file cannot be read as a schedule. Please export it again as schedule.xml or schedule.json."),
        "schedule_large": _("This file is larger than 5 MB."),
    }
