"""Commands on stored conferences and people. They work beside a running server, on the same database and store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conference.cli_settings import data_option, settings_of
from conference.cli_words import say

if TYPE_CHECKING:
    from conference.web.services import Services


def with_services(data: Path | None, act: Callable[[Services], Awaitable[None]]) -> None:
    """Run `act` on opened services. Raises ConferenceError, ClickException when the database is not of this version."""

    async def run() -> None:
        async with _opened(data) as services:
            await act(services)

    asyncio.run(run())


@asynccontextmanager
async def _opened(data: Path | None) -> AsyncIterator[Services]:
    from sqlalchemy.exc import DBAPIError

    from conference.base.errors import Unavailable
    from conference.migrate import metadata_of_all, pending
    from conference.wiring import open_services

    settings = settings_of(data)
    metadata_of_all()  # tables refer to each other across features
    try:
        behind = _no_file_yet(settings.database_url) or await pending(settings)
    except (DBAPIError, OSError) as error:
        raise Unavailable("database", reason=str(error).partition("\n")[0]) from error
    if behind:
        raise click.ClickException(say("The database is not of this version yet. Run `meetingpoint migrate` first."))
    async with open_services(settings, "command") as services:
        yield services


def _no_file_yet(database_url: str) -> bool:
    """Looking would make an empty one."""
    return database_url.startswith("sqlite:///") and not Path(database_url.removeprefix("sqlite:///")).exists()


@click.command()
@click.argument("email")
@click.option("--without-factor", is_flag=True, help="Remove their second factors: app and recovery codes are lost.")
@data_option
def organiser(email: str, without_factor: bool, data: Path | None) -> None:
    """Make an organiser of the installation and print a sign-in link."""

    async def act(services: Services) -> None:
        from conference.people.accounts.actions import forget_factors
        from conference.people.actions import make_organiser

        async with services.db.work() as work:
            if without_factor:
                await forget_factors(work, services.outbox, email)
            secret = await make_organiser(work, services.ids, email)
        click.echo(f"{services.settings.base_url}/sign-in/{secret}")

    with_services(data, act)


@click.group("conference")
def conference_group() -> None:
    """A whole conference as one file."""


@conference_group.command("import")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@data_option
def conference_import(file: Path, data: Path | None) -> None:
    """Read a conference from FILE: YAML, or a folder or zip with its documents and videos. Doing it again brings up to date."""

    async def act(services: Services) -> None:
        from conference.desk.importing import import_conference

        imported = await import_conference(services, file)
        click.echo(f"{services.settings.base_url}/{imported.slug}/")

    with_services(data, act)


@conference_group.command("export")
@click.argument("slug")
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Else SLUG.zip here.")
@data_option
def conference_export(slug: str, output: Path | None, data: Path | None) -> None:
    """Write the conference SLUG as a zip with its documents and videos, or as .yaml alone. Importing it gives the same."""

    async def act(services: Services) -> None:
        from conference.desk.exporting import export_conference

        target = output or Path(f"{slug}.zip")
        await export_conference(services, slug, target)
        click.echo(str(target))

    with_services(data, act)


@click.group("people")
def people_group() -> None:
    """Invited people."""


@people_group.command("import")
@click.argument("slug")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--links", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write a mail-merge CSV with links."
)
@click.option("--dry-run", is_flag=True, help="Look only; change nothing.")
@data_option
def people_import(slug: str, file: Path, links: Path | None, dry_run: bool, data: Path | None) -> None:
    """Read people of the conference SLUG from FILE (CSV or XLSX: name, email, initiative, land, roles).

    The whole table is checked first; while a row has a fault, nothing is changed.
    """

    async def act(services: Services) -> None:
        from conference.desk.people.terminal import check_people, import_people, write_links

        people = await check_people(services, slug, file)
        if not people.faults and dry_run:
            click.echo(say("{count} people could be read in; nothing was changed.", count=len(people.rows)))
            return
        merged = await import_people(services, slug, people, links=links is not None)
        if links is not None:
            write_links(links, merged)
        click.echo(say("{count} people were read in.", count=len(merged)))

    with_services(data, act)


@people_group.command("revoke")
@click.argument("slug")
@click.argument("email")
@data_option
def people_revoke(slug: str, email: str, data: Path | None) -> None:
    """Make all links and signed-in browsers of EMAIL in the conference SLUG worthless, at once."""

    async def act(services: Services) -> None:
        from conference.access.store import conference_by_slug
        from conference.base.errors import NotFound
        from conference.people.actions import revoke
        from conference.people.store import person_in

        async with services.db.work() as work:
            conference = await conference_by_slug(work.session, slug)
            person = await person_in(work.session, conference.id, email)
            if person is None:
                raise NotFound("person")
            await revoke(work, services.outbox, person.id)
        click.echo(say("All links of {email} are worthless now.", email=email))

    with_services(data, act)


@people_group.command("data")
@click.argument("slug")
@click.argument("email")
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Else to the terminal.")
@data_option
def people_data(slug: str, email: str, output: Path | None, data: Path | None) -> None:
    """Write all that is kept of EMAIL in the conference SLUG as JSON."""

    async def act(services: Services) -> None:
        from conference.keeping.persons_terminal import data_of, write_file

        text = await data_of(services, slug, email)
        if output is None:
            click.echo(text, nl=False)
            return
        write_file(output, text)
        click.echo(str(output))

    with_services(data, act)


@people_group.command("delete")
@click.argument("slug")
@click.argument("email")
@click.option("--from-program", is_flag=True, help="Take the name out of the program and its published versions as well.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@data_option
def people_delete(slug: str, email: str, from_program: bool, yes: bool, data: Path | None) -> None:
    """Delete EMAIL from the conference SLUG, with all that leads there. It cannot be undone."""

    async def act(services: Services) -> None:
        from conference.keeping.persons_terminal import delete_by_email

        await delete_by_email(services, slug, email, from_program=from_program)
        click.echo(say("{email} is deleted.", email=email))

    if not yes and click.prompt(say("Please type the address once more to delete this person")).strip() != email.strip():
        raise click.ClickException(say("Nothing was changed."))
    with_services(data, act)


@click.command()
@click.argument("slug")
@click.argument("session")
@click.option("--role", type=click.Choice(["publisher", "viewer", "captioner"]), required=True, help="WHIP, WHEP or captions.")
@click.option("--hours", type=float, default=12.0, show_default=True, help="How long the token is valid.")
@click.option(
    "--feed",
    type=click.Choice(["stage", "signing", "deputy"]),
    help="A studio's stream: the stage, the signing person, or what stands in when the stage's stream fails.",
)
@click.option("--label", default="command line", help="What the room shows as its name.")
@data_option
def token(slug: str, session: str, role: str, hours: float, feed: str | None, label: str, data: Path | None) -> None:
    """Print a bearer token for WHIP, WHEP or captions in one session of the conference SLUG; it stands on the last line."""

    async def act(services: Services) -> None:
        from conference.access.store import conference_by_slug
        from conference.people.actions import mint_token
        from conference.people.model import Feed
        from conference.program.store import session_by_slug

        async with services.db.work() as work:
            conference = await conference_by_slug(work.session, slug)
            found = await session_by_slug(work.session, conference.id, session)
            secret = await mint_token(
                work,
                services.ids,
                services.clock,
                conference_id=conference.id,
                session_id=found.id,
                role=role,
                hours=hours,
                label=label,
                feed=Feed(feed) if feed is not None else None,
            )
        protocol = {"publisher": "whip", "viewer": "whep", "captioner": "captions/lines"}[role]
        click.echo(f"{services.settings.base_url}/{slug}/sessions/{session}/{protocol}")
        click.echo(secret)

    with_services(data, act)


@click.command()
@click.option(
    "--capacity",
    type=(click.IntRange(1), click.IntRange(1), click.IntRange(1)),
    metavar="AUDIENCE DISCUSSION ALL",
    help="Only note what was measured: people in an audience, in a discussion, in all rooms together.",
)
@data_option
def doctor(capacity: tuple[int, int, int] | None, data: Path | None) -> None:
    """Look at everything that serving needs, one line each; exit code 1 if something is wrong."""
    from conference.doctor.examine import examine

    if capacity is not None:
        _note_capacity(settings_of(data).data_dir, capacity)
        return
    healthy = asyncio.run(examine(settings_of(data), click.echo))
    raise click.exceptions.Exit(0 if healthy else 1)


def _note_capacity(folder: Path, people: tuple[int, int, int]) -> None:
    from datetime import UTC, datetime

    from conference.desk.readiness.capacity import write_capacity
    from conference.desk.readiness.shapes import Capacity

    audience, discussion, installation = people
    folder.mkdir(parents=True, exist_ok=True)
    write_capacity(folder, Capacity(discussion=discussion, audience=audience, installation=installation, at=datetime.now(UTC)))
    click.echo(say("Noted. The readiness page compares each room with it."))


COMMANDS = (organiser, conference_group, people_group, token, doctor)
