"""The list of cases names tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

MEDIA = Path(__file__).parents[1]


def test_every_test_of_the_list_exists() -> None:
    named = re.findall(r"`([\w/]+\.py)::(\w+)`", (MEDIA / "README.md").read_text())
    assert len(named) > 30
    missing = [f"{path}::{name}" for path, name in named if f"def {name}(" not in (MEDIA / path).read_text()]
    assert missing == []
