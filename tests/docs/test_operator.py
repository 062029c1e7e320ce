"""What the operators' guide tells to set, to watch and to type exists."""

from __future__ import annotations

import re

import click
import pytest

from conference.base.settings import PREFIX, Settings
from conference.cli_backup import COMMANDS as BACKUP
from conference.cli_desk import COMMANDS as DESK
from conference.cli_parts import COMMANDS as PARTS
from conference.cli_purge import COMMANDS as PURGE
from conference.health import COUNTERS, GAUGES
from conference.health import PREFIX as FIGURES
from tests.docs.test_guides import text_of

LANGUAGES = ("de", "en")
COMMANDS = {command.name: command for command in (*DESK, *PARTS, *PURGE, *BACKUP)}
OTHERS = {"meetingpoint_card_files_missing", "meetingpoint_live_sockets", "meetingpoint_live_last_row"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_setting_it_names_is_one(language: str) -> None:
    named = {name.removeprefix(PREFIX).lower() for name in re.findall(rf"\b{PREFIX}[A-Z_]+\b", text_of("operator", language))}
    assert named - set(Settings.model_fields) == set()
    assert len(named) > 10


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_it_watches_is_told(language: str) -> None:
    named = set(re.findall(r"`(meetingpoint_[a-z_]+)`", text_of("operator", language)))
    assert named - {f"{FIGURES}{name}" for name in (*GAUGES, *COUNTERS)} - OTHERS == set()
    assert len(named) > 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_and_option_it_types_is_there(language: str) -> None:
    typed = re.findall(r"(?:^|`)run ([a-z]+(?: [a-z]+)?)([^`\n#]*)", text_of("operator", language), flags=re.M)
    for words, rest in typed:
        first, _, second = words.partition(" ")
        command = COMMANDS[first]
        if isinstance(command, click.Group):
            command = command.commands[second]
        options = {option for parameter in command.params for option in parameter.opts}
        assert set(re.findall(r"(?<!\S)(--?[a-z][a-z-]*)", rest)) - options == set(), words
    assert {words.partition(" ")[0] for words, _ in typed} >= {"organiser", "people", "doctor", "backup", "restore", "purge"}
