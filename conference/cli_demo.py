"""`meetingpoint demo`: a data folder, both conferences in it, a shifted clock, one link per role, and all parts running."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conference.base.settings import PREFIX
from conference.cli_settings import settings_of_part
from conference.cli_words import say
from conference.demo.folder import ENVIRONMENT, default_folder, demo_settings, make_folder, origin, write_private

if TYPE_CHECKING:
    from conference.base.settings import Settings
    from conference.demo.cast import Cast
    from conference.supervisor.parts import Part
    from conference.web.services import Services

MOMENTS = ("before", "live", "plenary", "archive", "closed")
MEDIA_PORT = 8443
ROLES = ("organiser", "moderator", "speaker", "initiative", "attendee", "interpreter", "captioner")


def _moment(_context: click.Context, _parameter: click.Parameter, value: str) -> str:
    if value in MOMENTS:
        return value
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter(say("before, live, plenary, archive, closed or a time such as 2021-05-04T11:30+02:00")) from None
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).isoformat()


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where pages are served.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="Where pages are served.")
@click.option(
    "--at",
    default="live",
    show_default=True,
    callback=_moment,
    metavar="MOMENT",
    help="before, live, plenary, archive or closed of the 2021 conference, or an ISO 8601 time (UTC unless it says otherwise).",
)
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="A throw-away data folder.")
def demo(host: str, port: int, at: str, data: Path | None) -> None:
    """Open a living conference in a throw-away data folder: no settings, no servers needed."""
    from conference.supervisor.ports import free_media_port
    from conference.supervisor.serving import serve_all

    folder = (data or default_folder(os.environ)).expanduser().absolute()
    make_folder(folder, host, port)
    environ = {**os.environ, ENVIRONMENT: str(folder)}
    # A newcomer has not chosen the media port, so one that is taken is no reason to refuse.
    environ.setdefault(f"{PREFIX}MEDIA_PORT", str(free_media_port(MEDIA_PORT)))
    settings = demo_settings(folder, environ)
    click.echo(say("Meetingpoint demo: preparing two conferences in {folder} ...", folder=folder), err=True)
    with (folder / "demo.log").open("wb") as log:
        serve_all(
            settings,
            environ,
            prepare=("demo-prepare", "--at", at),
            extra=lambda: _actors(folder),
            say_ready=lambda: _print_links(folder),
            log=log,
        )


def _actors(folder: Path) -> list[Part]:
    """Who is played in the demo: clips sent as publishers, attendees and captions."""
    from conference.supervisor.parts import Part

    return [
        Part("play", (sys.executable, "-m", "media.play", "--plan", str(folder / "play.json"), "--follow-parent")),
        Part("actors", (sys.executable, "-m", "conference.demo.actors")),
    ]


def _print_links(folder: Path) -> None:
    links = json.loads((folder / "links.json").read_text(encoding="utf-8"))
    words = {
        "organiser": say("Organisation"),
        "moderator": say("Moderation"),
        "speaker": say("Speaker"),
        "initiative": say("Initiative"),
        "attendee": say("Attendee"),
        "interpreter": say("Sign language interpreting"),
        "captioner": say("Live captions"),
    }
    lines = ["", say("Meetingpoint is open: {address}", address=links["start"]), "", say("Personal links:")]
    lines += [f"  {words[role]:<27} {links[role]}" for role in ROLES]
    lines += ["", say("The bar on top of each page switches moment and role. Ctrl-C ends the demo.")]
    lines += [say("What the parts log: {file}", file=folder / "demo.log"), ""]
    click.echo("\n".join(lines))


@click.command(hidden=True)
@click.option("--at", required=True)
def demo_prepare(at: str) -> None:
    """Migrate, import, set the clock and write the links. The demo runs this before it serves."""
    settings = settings_of_part()
    if not settings.demo:
        raise click.UsageError("demo-prepare is a part of `meetingpoint demo`.")
    asyncio.run(_prepare(settings, at))


async def _prepare(settings: Settings, at: str) -> None:
    from conference.demo.cast import read_cast
    from conference.demo.script import FOLDERS, digest_of
    from conference.migrate import metadata_of_all
    from conference.wiring import open_services

    metadata_of_all()  # tables refer to each other across features
    digest = digest_of(FOLDERS)
    cast = read_cast(settings.data_dir)
    if cast is None or cast.digest != digest:
        _wipe(settings)
        cast = None
    try:
        await _upgrade(settings)
    except Exception:
        # The folder may come from another version. It is a throw-away folder: make it anew, once.
        _wipe(settings)
        cast = None
        await _upgrade(settings)
    async with open_services(settings, "command") as services:
        if cast is None:
            cast = await _fill(services, digest)
        await _set_clock(services, cast, at)
        await _write_plan(services, cast)
    write_private(
        settings.data_dir / "links.json",
        {
            "base": settings.base_url,
            "start": f"{settings.base_url}/{cast.slug}/",
            "data": str(settings.data_dir),
            **{role: f"{settings.base_url}/sign-in/{cast.links[role]}" for role in ROLES},
        },
    )


async def _upgrade(settings: Settings) -> None:
    from conference.migrate import upgrade

    await upgrade(settings)


def _wipe(settings: Settings) -> None:
    """Delete what the demo itself put into its folder. A database or store elsewhere is left alone."""
    for path in settings.data_dir.glob("meetingpoint.sqlite3*"):
        path.unlink()
    shutil.rmtree(settings.data_dir / "objects", ignore_errors=True)
    for name in ("cast.json", "links.json", "play.json", "clock.json"):
        (settings.data_dir / name).unlink(missing_ok=True)


async def _fill(services: Services, digest: str) -> Cast:
    from conference.demo.actions import put_cast, shift
    from conference.demo.cards import stage_cards, when_brought
    from conference.demo.cast import write_cast
    from conference.demo.results import stage_results
    from conference.demo.script import FOLDERS, read_script
    from conference.desk.importing import import_conference, open_conference_file

    # What the visitor brings must be newer than what the files bring, so each file comes in the days of its conference.
    days = [when_brought(open_conference_file(folder)[0].times) for folder in FOLDERS]
    for folder, day in zip(FOLDERS, days, strict=True):
        shift(services, day)
        await import_conference(services, folder)
    shift(services, days[0] + timedelta(hours=1))  # people agree to a film after it came
    cast = await put_cast(services, [read_script(folder) for folder in FOLDERS], digest)
    await stage_cards(services, cast)
    await stage_results(services, cast)
    write_cast(services.settings.data_dir, cast)
    return cast


async def _set_clock(services: Services, cast: Cast, at: str) -> None:
    from conference.demo.actions import go_to, instant_in

    if at in MOMENTS:
        async with services.db.read() as session:
            instant = await instant_in(session, cast.slug, at)
    else:
        instant = datetime.fromisoformat(at)
    await go_to(services, cast, instant)


async def _write_plan(services: Services, cast: Cast) -> None:
    """What is played into the forums: one WHIP publisher per clip."""
    from conference.demo.actions import mint_play_tokens

    settings = services.settings
    here = origin(settings.host, settings.port)
    streams = []
    for played, token in zip(cast.played, await mint_play_tokens(services, cast), strict=True):
        clip = f"{played.clip}.webm"
        whip = f"{here}/{cast.slug}/sessions/{played.slug}/whip"
        streams.append(
            {"whip": whip, "token": token, "video": clip, "audio": clip if played.spoken else None, "name": played.name}
        )
    write_private(settings.data_dir / "play.json", {"streams": streams})


COMMANDS = (demo, demo_prepare)
