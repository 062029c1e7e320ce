"""Films from phones, recorders and cutting rooms become upright cards that every browser plays."""

from __future__ import annotations

import asyncio
from fractions import Fraction
from pathlib import Path

import pytest

from media.video import Limits, Picture, Prepared, Refused, posters, prepare
from tests.media.browsers.length import LONG
from tests.media.video import drawing
from tests.media.video.fixtures import GOOD, make
from tests.media.video.seeing import CLOSE, Seen, alike, boxes, seen, still

# Each tells something that no other one does; all of them in the long runs.
SHORT = [
    *("hevc hlg 4k rotated", "hevc pq", "portrait", "mirrored", "vp9 webm odd size", "vp8 recorded", "prores"),
    *("mpeg4 avi", "varying rate", "sound 5.1", "mono, quiet", "silence", "pal"),
]
# What an encoder for small films does to a patch, and a tone map to primaries of another gamut.
HDR_SHOWN = ((0.93, 0.2, 0.2), (0.2, 0.93, 0.2), (0.2, 0.2, 0.93), (0.93, 0.93, 0.93))


class Told:
    def __init__(self) -> None:
        self.said: list[tuple[str, float]] = []

    def __call__(self, stage: str, part: float) -> None:
        self.said.append((stage, part))

    @property
    def stages(self) -> list[str]:
        return list(dict.fromkeys(stage for stage, _ in self.said))


async def prepared(film: Path, workdir: Path, limits: Limits | None = None) -> Prepared:
    workdir.mkdir()
    told = Told()
    result = await prepare(film, workdir, limits or Limits(), told)
    assert told.stages == ["probe", "transcode", "poster"]
    assert all(0 <= part <= 1 for _, part in told.said)
    made = {one.path for one in (*result.renditions, *result.posters)}
    assert {path for path in workdir.rglob("*") if path.is_file()} == made
    return result


@pytest.mark.parametrize("name", GOOD if LONG else SHORT)
async def test_a_good_film_becomes_an_upright_card(name: str, films: Path, tmp_path: Path) -> None:
    film = GOOD[name]
    path = await asyncio.to_thread(make, films, name)
    result = await prepared(path, tmp_path / "work")
    for rendition in result.renditions:
        shown = await asyncio.to_thread(seen, rendition.path)
        assert (shown.width, shown.height, rendition.path.stat().st_size) == (rendition.width, rendition.height, rendition.size)
        assert boxes(rendition.path)[:2] == ["ftyp", "moov"]
        check_picture(name, shown)
        check_time(name, shown, result.seconds)
        check_sound(name, shown, result.sound)
        assert not {"location", "make", "creation_time", "com.apple.quicktime.make"} & shown.tags.keys()
    width, height = film.upright()
    best = result.renditions[0]
    assert best.width / best.height == pytest.approx(width / height, rel=0.01)
    assert best.width <= width + 1
    assert best.height <= height
    check_posters(name, result)


def check_picture(name: str, shown: Seen) -> None:
    film = GOOD[name]
    assert (shown.profile, shown.pix_fmt) == ("High", "yuv420p")
    if film.corners is drawing.CORNERS:
        assert alike(shown.corners, film.corners), shown.corners
        assert alike([shown.grey], [film.grey]), shown.grey
        return
    # Of HDR: the white and the grey card exactly; the primaries are recognisable.
    assert alike(shown.corners[3:], HDR_SHOWN[3:], 0.03), shown.corners
    assert alike([shown.grey], [(0.42, 0.42, 0.42)], 0.03), shown.grey
    for place in range(3):
        own = shown.corners[place][place]
        assert all(part < own - 0.3 for other, part in enumerate(shown.corners[place]) if other != place), shown.corners


def check_time(name: str, shown: Seen, seconds: float) -> None:
    film = GOOD[name]
    rate = {"60": Fraction(30)}.get(film.rate, Fraction(film.rate))
    assert shown.distances == {1 / rate}, shown.distances
    assert shown.seconds == pytest.approx(film.seconds, abs=0.15)
    assert seconds == pytest.approx(shown.seconds, abs=0.05)
    assert shown.keyframes[0] == 0


def check_sound(name: str, shown: Seen, sound: bool) -> None:
    heard = GOOD[name].noise is not None and name != "silence"
    assert sound is heard
    assert shown.sound == (("aac", 48_000, "stereo") if heard else None)
    if GOOD[name].seconds >= 3:
        assert shown.loud == pytest.approx(-16, abs=0.7)
    elif heard:
        assert shown.loud > -21


def check_posters(name: str, result: Prepared) -> None:
    assert [poster.content_type for poster in result.posters] == ["image/webp", "image/jpeg"]
    assert 0 < result.poster_at < result.seconds
    check_stills(name, result.posters)


def check_stills(name: str, stills: list[Picture]) -> None:
    film = GOOD[name]
    for poster in stills:
        corners, grey, size = still(poster.path)
        assert size == (poster.width, poster.height)
        if film.corners is drawing.CORNERS:
            assert alike(corners, film.corners, CLOSE + 0.01), (poster, corners)
            assert alike([grey], [film.grey])


@pytest.mark.parametrize("name", ["mov_text", "subrip", "ass", "webvtt"] if LONG else ["mov_text", "ass"])
async def test_subtitles_are_taken_out(name: str, films: Path, tmp_path: Path) -> None:
    path = await asyncio.to_thread(make, films, name)
    (track,) = (await prepared(path, tmp_path / "work")).captions
    assert track.language == "de"
    begins, first, second = track.vtt_text.split("\n\n")
    assert begins == "WEBVTT"
    assert first.splitlines() == ["00:00:00.200 --> 00:00:00.800", "Guten Tag"]
    assert second.splitlines() == ["00:00:00.900 --> 00:00:01.100", "Eins &amp; zwei"]


async def test_stills_of_another_moment(films: Path, tmp_path: Path) -> None:
    path = await asyncio.to_thread(make, films, "silent")
    for moment in (0.0, 0.7, 99.0):
        check_stills("silent", await posters(path, moment, tmp_path))
    with pytest.raises(Refused) as refused:
        await posters(path.with_name("none.mp4"), 0.0, tmp_path)
    assert refused.value.code == "film_damaged"


@pytest.mark.parametrize(
    ("limits", "code", "facts"),
    [
        (Limits(most_bytes=1000), "film_too_large", {"limit": 1000}),
        (Limits(most_seconds=0.6), "film_too_long", {"limit": 0.6}),
        (Limits(least_height=480), "film_too_small", {"height": 360, "limit": 480}),
    ],
)
async def test_limits_are_the_callers(limits: Limits, code: str, facts: dict[str, float], films: Path, tmp_path: Path) -> None:
    path = await asyncio.to_thread(make, films, "silent")
    with pytest.raises(Refused) as refused:
        await prepare(path, tmp_path, limits, Told())
    assert refused.value.code == code
    assert facts.items() <= refused.value.facts.items()
    assert list(tmp_path.iterdir()) == []
