"""Films are made once for all tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which fixtures.make and hostile put their files."""
    return tmp_path_factory.mktemp("films")
