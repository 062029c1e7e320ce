"""The README's table of settings and the program's settings are the same, each secret with its file."""

from __future__ import annotations

import re

import pytest
from pydantic_core import PydanticUndefined

from conference.base.errors import SettingsError
from conference.base.settings import PREFIX, SECRETS, Settings, read_settings
from tests.house.source import ROOT

ROW = re.compile(rf"^\|[^|]*`({PREFIX}[A-Z_]+)`[^|]*\|.*\|\s*$", re.M)
NAME = re.compile(rf"\b{PREFIX}[A-Z][A-Z_]*\b")
NOT_OF_THE_ENVIRONMENT = {"demo"}  # only the demo command sets it


def expected() -> set[str]:
    names = Settings.model_fields.keys() - NOT_OF_THE_ENVIRONMENT
    return {PREFIX + name.upper() for name in names} | {f"{PREFIX}{name.upper()}_FILE" for name in SECRETS}


def rows() -> dict[str, str]:
    """Setting -> its row of a table in README.md; a row may name a secret and its file together."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return {name: row[0] for row in ROW.finditer(readme) for name in NAME.findall(row[0].split("|")[1])}


def test_the_readme_lists_every_setting_and_no_other() -> None:
    assert rows().keys() == expected()


def test_the_readme_says_what_each_is_for() -> None:
    for name, row in rows().items():
        cells = [cell.strip() for cell in row.strip().strip("|").split("|")]
        assert len(cells) >= 2, name
        assert len(cells[-1]) > 10, name


def test_the_readme_names_the_defaults() -> None:
    told = rows()
    for name, info in Settings.model_fields.items():
        value = info.default
        if name in NOT_OF_THE_ENVIRONMENT or value is PydanticUndefined or not str(value) or name in SECRETS:
            continue
        assert str(value) in told[PREFIX + name.upper()], name


def test_every_secret_is_a_secret() -> None:
    assert {name for name, info in Settings.model_fields.items() if "Secret" in str(info.annotation)} == SECRETS


@pytest.mark.parametrize("file", ["README.md", "deploy", "conference", "templates"])
def test_settings_that_are_spoken_of_exist(file: str) -> None:
    path = ROOT / file
    texts = [path] if path.is_file() else [each for each in path.rglob("*") if each.suffix not in (".pyc", ".woff2", ".webm")]
    for text in texts:
        if text.is_file():
            spoken = set(NAME.findall(text.read_text(encoding="utf-8", errors="ignore")))
            assert spoken - expected() == set(), text


def test_an_unknown_setting_is_refused_by_its_name() -> None:
    with pytest.raises(SettingsError, match=f"{PREFIX}BASEX_URL"):
        read_settings({f"{PREFIX}BASEX_URL": "x"})
