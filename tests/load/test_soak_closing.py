"""A short version of the long run: whoever is inside when the closing date is moved to now is out, and all pages say farewell."""

from __future__ import annotations

import pytest

from tests.load.soak_closing import soak
from tests.media.browsers.length import in_soak


@in_soak
@pytest.mark.slow
async def test_nobody_stays_when_the_closing_date_is_moved() -> None:
    report = await soak(people=30)
    assert report.broken == []
    assert (report.inside, sum(report.codes.values())) == (30, 30)
