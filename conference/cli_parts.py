"""Commands that run the processes: all of them supervised, or one alone; and the migration of the database."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from typing import TYPE_CHECKING

import click

from conference.cli_settings import data_option, settings_of, settings_of_part
from conference.cli_words import say

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
def serve() -> None:
    """Run all parts on this machine: web, media and worker. Migrates the database first."""
    from conference.base.log import logger
    from conference.supervisor.serving import serve_all

    settings = settings_of_part()
    serve_all(settings, os.environ, say_ready=lambda: logger("serve").info("ready", address=settings.base_url))


@click.command()
@click.option("--fd", type=int, hidden=True, help="A listening socket, inherited from the supervisor.")
def web(fd: int | None) -> None:
    """Run the web part alone. Several machines can share PostgreSQL, an S3 store and Redis."""
    from conference.cli_process import in_large_pages

    in_large_pages()
    gc.disable()
    from conference.cli_web import run_web

    run_web(settings_of_part(), fd)


@click.command()
@click.option("--node", type=click.IntRange(min=0), default=0, show_default=True, help="Which of the MEDIA_NODES this is.")
def media(node: int) -> None:
    """Run one media node alone."""
    from conference.supervisor.parts import media_argv

    settings = settings_of_part()
    if node >= settings.media_nodes:
        last = settings.media_nodes - 1
        raise click.UsageError(say("MEETINGPOINT_MEDIA_NODES is {nodes}, so the last node is {last}.", nodes=last + 1, last=last))
    settings.run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    sys.stdout.flush()
    argv = media_argv(settings, node)
    os.execv(argv[0], argv)  # noqa: S606 -- our own interpreter; the media plane is a program of its own


@click.command()
def worker() -> None:
    """Run the worker part alone: mail, and whatever takes longer than a request may."""
    gc.disable()
    from conference.cli_worker import run_worker_part

    run_worker_part(settings_of_part())


@click.command()
@data_option
def migrate(data: Path | None) -> None:
    """Bring the database to the newest revision."""
    from conference.migrate import lacks_organiser, upgrade

    settings = settings_of(data)
    asyncio.run(upgrade(settings))
    if asyncio.run(lacks_organiser(settings)):
        click.echo(
            say("There is no organiser yet. `meetingpoint organiser YOUR@ADDRESS` prints your personal link: open it to begin.")
        )


COMMANDS = (serve, web, media, worker, migrate)
