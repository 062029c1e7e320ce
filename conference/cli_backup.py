"""`backup` and `restore`: a whole installation in one file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conference.cli_desk import with_services
from conference.cli_settings import data_option, settings_of
from conference.cli_words import say

if TYPE_CHECKING:
    from conference.backup.shape import Counts
    from conference.web.services import Services

_YES = frozenset({"y", "yes", "j", "ja"})


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@data_option
def backup(file: Path, data: Path | None) -> None:
    """Write everything into FILE: all tables as of one moment and all objects of the store. Beside a running server."""

    async def act(services: Services) -> None:
        from conference.backup.writing import write_backup

        written = await write_backup(services, file)
        click.echo(say("{rows} rows and {objects} files are in {file}.", rows=written.rows, objects=written.objects, file=file))

    with _refusals():
        with_services(data, act)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Delete everything that is there now, after asking.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_option
def restore(file: Path, replace: bool, yes: bool, data: Path | None) -> None:
    """Bring the backup FILE back into an empty database (`migrate` makes one) and its store. Nothing may run on them."""

    async def act(services: Services) -> None:
        from conference.backup.alone import nobody_connected
        from conference.backup.reading import check_revision, opened, rows_there
        from conference.backup.reading import restore as bring_back

        with opened(file) as found:
            await check_revision(services, found)
            await nobody_connected(services)
            there = await rows_there(services)
            if there and not replace:
                raise click.ClickException(
                    say("The database is not empty ({rows} rows). --replace deletes them all.", rows=there)
                )
            if there and not yes:
                question = say("{rows} rows and the store's files are deleted, and what {file} holds takes their place. Go on?",
                               rows=there, file=file)  # fmt: skip
                _agreed(question)
            _say(await bring_back(services, found, replace=bool(there)))

    from conference.backup.alone import held

    with _refusals(), held(settings_of(data)):
        with_services(data, act)


def _agreed(question: str) -> None:
    """Yes, in the terminal's language or in English; anything else raises click.Abort."""
    answer: str = click.prompt(f"{question} {say('[y/N]')}", default="", show_default=False)
    if answer.strip().casefold() not in _YES:
        raise click.Abort


def _say(done: Counts) -> None:
    click.echo(say("{rows} rows and {objects} files were brought back.", rows=done.rows, objects=done.objects))
    if done.waiting:
        click.echo(
            say(
                "{count} letters had not been sent when the backup was made. They go out once the worker runs.",
                count=done.waiting,
            )
        )
    if done.other_key:
        click.echo(
            say(
                "MEETINGPOINT_SECRET_KEY is another one than when the backup was made. Links that withdraw cards do not work, and"
                " second factors by app have to be set up anew."
            )
        )


@contextmanager
def _refusals() -> Iterator[None]:
    from conference.backup.shape import BackupRefused

    try:
        yield
    except BackupRefused as refused:
        raise click.ClickException(say(refused.sentence, **refused.facts)) from refused


COMMANDS = (backup, restore)
