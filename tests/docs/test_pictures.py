"""Each picture of the guides can be taken anew from the program as it is; and a palette keeps what it shows."""

from __future__ import annotations

import io
from pathlib import Path

import av
import pytest

from tests.browser.conftest import demo
from tests.docs.pictures import LARGEST, LOCALES, smallest, take, with_palette
from tests.docs.shots import SHOTS
from tests.docs.test_guides import used
from tests.media.browsers.length import in_soak

PICTURE = Path(__file__).parents[1] / "browser" / "screenshot.png"


def test_the_rig_takes_what_the_guides_show() -> None:
    assert sorted(used("de")) == sorted(f"{shot.name}.png" for shot in SHOTS)


def test_a_palette_keeps_the_size_and_the_look() -> None:
    before = PICTURE.read_bytes()
    after = with_palette(before, 256)
    assert len(after) < len(before) / 2
    assert len(smallest(before)) <= LARGEST
    with av.open(io.BytesIO(before)) as old, av.open(io.BytesIO(after)) as new:
        (first,), (second,) = list(old.decode(video=0)), list(new.decode(video=0))
    assert (first.width, first.height) == (second.width, second.height)
    assert second.format.name == "pal8"


@in_soak
@pytest.mark.slow
@pytest.mark.browser
async def test_all_pictures_can_be_taken(tmp_path: Path) -> None:
    with demo(tmp_path / "demo") as site:
        written = await take(site, tmp_path / "pictures", SHOTS)
    assert len(written) == len(SHOTS) * len(LOCALES)
