"""The short form of `tests/load/soak_letters.py`."""

from __future__ import annotations

from pathlib import Path

from tests.mailing.killing import letters_under_kills


async def test_none_twice_none_lost(tmp_path: Path) -> None:
    outcome = await letters_under_kills(tmp_path, 40, 4, seed=7, longest=0.4)
    assert (outcome.twice, outcome.lost) == (0, 0)
    assert outcome.sent + outcome.uncertain == outcome.letters == 40
    assert outcome.uncertain <= outcome.kills
