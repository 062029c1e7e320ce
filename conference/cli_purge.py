"""The command that deletes the personal data of conferences: of all whose day has come, or of one before its day."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conference.cli_desk import with_services
from conference.cli_settings import data_option
from conference.cli_words import say, terminal_language

if TYPE_CHECKING:
    from conference.access.model import Conference
    from conference.keeping.model import PurgeRecord
    from conference.web.services import Services


@click.command()
@click.argument("slug", required=False)
@click.option("--yes", is_flag=True, help="Ask nothing.")
@data_option
def purge(slug: str | None, yes: bool, data: Path | None) -> None:
    """Delete the personal data of every conference whose day has come, or at once that of SLUG, and print what went."""

    async def act(services: Services) -> None:
        if slug is None:
            await _purge_due(services)
        else:
            await _purge_one(services, slug, yes=yes)

    with_services(data, act)


async def _purge_due(services: Services) -> None:
    from conference.access.store import conference_by_id
    from conference.purging import purge_due

    records = await purge_due(services)
    for record in records:
        async with services.db.read() as db:
            conference = await conference_by_id(db, record.conference_id)
        _print(services, conference, record)
    if not records:
        click.echo(say("There is nothing to delete: no conference has come to its day."))


async def _purge_one(services: Services, slug: str, *, yes: bool) -> None:
    from conference.access.store import conference_by_slug
    from conference.keeping.ending import purge_early
    from conference.purging import purge

    async with services.db.read() as db:
        conference = await conference_by_slug(db, slug)
    if services.clock.now() < conference.purge:
        if not yes:
            await _ask(services, conference)
        async with services.db.work() as work:
            await purge_early(work, services.outbox, conference.id, by=None, unanswered=yes)
    _print(services, conference, await purge(services, conference.id))


async def _ask(services: Services, conference: Conference) -> None:
    """What would go, the question that organisers are asked as well, and the name. Raises ClickException, Abort, Conflict."""
    from conference.base.errors import Conflict
    from conference.desk.afterwards.record import parted
    from conference.keeping.ending import answer_list
    from conference.keeping.model import ListKept
    from conference.keeping.records import counts_in, going, record_of

    if services.clock.now() < conference.archive:
        raise Conflict("day_not_over")
    async with services.db.read() as db:
        counts, record = await counts_in(db, conference.id), await record_of(db, conference.id)
    for part in parted(services.texts[terminal_language(os.environ)], going(counts)):
        click.echo(f"{part.label}: " + ", ".join(f"{label} {count}" for label, count in part.rows))
    if record is None or record.kept_list is None:
        question = say("Is the list of participants saved for the proof of how the money was used?")
        said = click.prompt(question, type=click.Choice([each.value for each in ListKept]))
        async with services.db.work() as work:
            await answer_list(work, conference.id, ListKept(said), by=None)
    typed = click.prompt(say("This cannot be undone. Please type {slug}", slug=conference.slug))
    if typed.strip() != conference.slug:
        raise click.ClickException(say("Nothing was deleted: that was another name."))


def _print(services: Services, conference: Conference, record: PurgeRecord) -> None:
    from conference.desk.afterwards.record import text_of, told_of

    language = services.texts[terminal_language(os.environ)]
    click.echo(text_of(language, told_of(language, conference, record)))
    if record.ended is None:
        raise click.ClickException(say("Not everything could be deleted; the log says what is left. Please try again."))


COMMANDS = (purge,)
