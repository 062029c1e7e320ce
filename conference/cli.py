"""The command line `meetingpoint`. Exit codes: 0 done, 1 failed, 2 wrong use or settings; a refusal is one clear line.

Commands live in `cli_parts` (processes), `cli_desk` (conferences and people) and `cli_demo`; each imports what is heavy only
when it runs, so that `--help` is quick and the supervisor stays small.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import click

from conference.base.errors import ConferenceError, SettingsError
from conference.cli_words import say, say_again, terminal_language
from conference.supervisor.errors import AlreadySaid, StartRefused

DONE, FAILED, WRONG_USE = 0, 1, 2


@click.group(name="meetingpoint", context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="meetingpoint", message="Meetingpoint %(version)s")
def commands() -> None:
    """Hosts short digital networking meetings. Settings come from MEETINGPOINT_... variables; the README lists them."""


def _register() -> None:
    from conference import cli_backup, cli_demo, cli_desk, cli_parts, cli_purge

    for module in (cli_demo, cli_parts, cli_backup, cli_desk, cli_purge):
        for command in module.COMMANDS:
            commands.add_command(command)


def main() -> None:
    """Run the command that the arguments name and leave with its exit code. What it logs goes to stderr, since what it prints
    (a record, a person's data) is to be kept; commands that stay configure the log anew."""
    from conference.base.log import configure_logging

    configure_logging(os.environ.get("MEETINGPOINT_LOG_FORMAT", "text"), "command")
    _register()
    sys.exit(outcome(lambda: commands.main(prog_name="meetingpoint", standalone_mode=False)))


def outcome(run: Callable[[], object]) -> int:
    """What `run` returned as an exit code (None: done); a refusal becomes its line on stderr and its code."""
    try:
        code = run()
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.exceptions.NoArgsIsHelpError as shown:
        shown.show()
        return WRONG_USE
    except (click.Abort, KeyboardInterrupt):
        return _refused(say("Stopped."), FAILED)
    except click.UsageError as error:
        return _refused(_one_line(error), WRONG_USE)
    except click.ClickException as error:
        return _refused(_one_line(error), FAILED)
    except SettingsError as error:
        return _refused(say_again(error.line), WRONG_USE)
    except StartRefused as error:
        return _refused(say(error.sentence, **error.facts), FAILED)
    except AlreadySaid as error:
        return error.code if error.code > 0 else FAILED
    except ConferenceError as error:
        return _refused(refusal(error), FAILED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the reader of our output went away; say nothing at exit
        return FAILED
    return code if isinstance(code, int) else DONE


def _one_line(error: click.ClickException) -> str:
    return say_again(" ".join(error.format_message().split()))


def _refused(line: str, code: int) -> int:
    click.echo(line, err=True)
    return code


def refusal(error: ConferenceError) -> str:
    """The sentence for an error of the domain that reached the terminal; a file's faults one by one below it."""
    faults = error.facts.get("faults")
    if isinstance(faults, list):
        return "\n  ".join([say("The file cannot be used, and nothing was changed:"), *(_fault(str(fault)) for fault in faults)])
    sentence = SENTENCES.get(error.code) or SENTENCES.get(type(error).__name__)
    try:
        return say(sentence, **error.facts) if sentence else str(error)
    except (KeyError, IndexError):
        return str(error)


def _fault(line: str) -> str:
    from conference.desk.file_words import fault_in
    from conference.web.texts import read_texts

    return fault_in(read_texts()[terminal_language(os.environ)].gettext, say_again(line))


SENTENCES = {
    "database": "The database does not answer ({reason}). Check MEETINGPOINT_DATABASE_URL; `meetingpoint doctor` looks closer.",
    "email": "{value} is no e-mail address.",
    "hours": "--hours must be more than 0 and at most {longest}.",
    "conference": "There is no conference of that name.",
    "session": "There is no session of that name in the conference.",
    "person": "There is nobody with that address in the conference.",
    "day_not_over": "The day of the conference is not over yet. Its data can be deleted once it is.",
    "purge_demo": "In the demo nothing is deleted: its clock is moved back again.",
}
