"""The README's table of settings and the program's settings are the same, each secret with its file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic_core import PydanticUndefined

from conference.base.errors import SettingsError
from conference.base.settings import PREFIX, SECRETS, Settings, read_settings
from tests.house.source import ROOT

ROW = re.compile(rf"^\|[^|]*`({PREFIX}[A-Z_]+)`[^|]*\|.*\|\s*$", re.M)
NAME = re.compile(rf"\b{PREFIX}[A-Z][A-Z_]*\b")
NOT_OF_THE_ENVIRONMENT = {"demo"}  # only the demo command sets it


def expected() -> set[str]:
    return {PREFIX + name.upper() for name in Settings.model_fields.keys() - NOT_OF_THE_ENVIRONMENT}


def rows() -> dict[str, str]:
    """Setting -> its row of the table in README.md; a row may name several together."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return {name: row[0] for row in ROW.finditer(readme) for name in NAME.findall(row[0].split("|")[1])}


def test_the_readme_lists_every_setting_and_no_other() -> None:
    assert rows().keys() == expected()


def test_the_readme_says_which_settings_may_stand_in_a_file() -> None:
    filed = {name for name, row in rows().items() if "_FILE`" in row}
    secrets = {PREFIX + name.upper() for name in SECRETS}
    assert secrets - filed == set()
    for name in filed - secrets:  # named in one row with a secret: the row must say that only the secret has a file
        assert "the secret also" in rows()[name], name


def test_every_secret_is_read_from_its_file(tmp_path: Path) -> None:
    for name in SECRETS:
        (tmp_path / name).write_text(f"{name} {'x' * 40}\n")
    variables = {f"{PREFIX}{name.upper()}_FILE": str(tmp_path / name) for name in SECRETS}
    settings = read_settings(variables)
    for name in SECRETS:
        assert getattr(settings, name).get_secret_value() == f"{name} {'x' * 40}"
    assert "xxx" not in repr(settings)


def test_the_readme_says_what_each_is_for() -> None:
    for name, row in rows().items():
        cells = [cell.strip() for cell in row.strip().strip("|").split("|")]
        assert len(cells) == 3, name
        assert len(cells[-1]) > 5, name


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
            assert {name.removesuffix("_FILE") for name in spoken} - expected() == set(), text


def test_an_unknown_setting_is_refused_by_its_name() -> None:
    with pytest.raises(SettingsError, match=f"{PREFIX}BASEX_URL"):
        read_settings({f"{PREFIX}BASEX_URL": "x"})
