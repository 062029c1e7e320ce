"""Which settings a command works with: those of the environment, or those of a demo's folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from conference.base.errors import SettingsError
from conference.base.settings import Settings, read_settings
from conference.demo.folder import ENVIRONMENT, demo_settings, is_demo

Command = TypeVar("Command", bound=Callable[..., Any])


def data_option(command: Command) -> Command:
    """The option `--data DIR` of commands that work on stored conferences, also those of a demo."""
    option = click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help="The data folder, also a demo's (else MEETINGPOINT_DATA_DIR).",
    )
    return option(command)


def settings_of(data: Path | None = None) -> Settings:
    """The settings for a command on stored data. A demo's folder brings its own, shifted clock included. Raises SettingsError."""
    if data is not None and is_demo(data):
        return demo_settings(data.absolute(), os.environ)
    return read_settings(os.environ, **({"data_dir": data} if data is not None else {}))


def settings_of_part() -> Settings:
    """The settings for a process that serves: a demo's only if the demo itself started it. Raises SettingsError."""
    folder = os.environ.get(ENVIRONMENT)
    if folder:
        return demo_settings(Path(folder), os.environ)
    settings = read_settings(os.environ)
    if is_demo(settings.data_dir):
        raise SettingsError(f"{settings.data_dir} is the folder of a demo. Choose another MEETINGPOINT_DATA_DIR.")
    return settings
