"""A shorter version of the long run, on both databases."""

from __future__ import annotations

from pathlib import Path

from tests.mailing.killing import letters_under_kills
from tests.media.browsers.length import in_soak


@in_soak
async def test_letters_survive_kills(tmp_path: Path, database_url: str) -> None:
    outcome = await letters_under_kills(tmp_path, 150, 6, seed=11, database_url=database_url, longest=0.8)
    assert (outcome.twice, outcome.lost) == (0, 0)
    assert outcome.sent + outcome.uncertain == outcome.letters == 150
