"""A short version of the long run: people collect while the web part is killed, and nothing that was acknowledged is lost."""

from __future__ import annotations

import pytest

from tests.load.soak_findings import soak
from tests.media.browsers.length import in_soak


@in_soak
@pytest.mark.slow
def test_findings_survive_kills() -> None:
    report = soak(people=8, each=3, seconds=3, kills=1)
    assert report.broken == []
    assert (report.acknowledged, report.stored) == (24, 24)
    assert sum(report.kills.values()) == 1
