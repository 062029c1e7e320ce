"""A photo is what it is by its content, comes out upright, small and without what the camera wrote, and cannot do harm."""

from __future__ import annotations

from pathlib import Path

import pytest

from conference.base.errors import Invalid
from conference.results.report.photos import developed
from tests.results.report.pictures import clear_png, jpeg, png, png_of, seen, webp, with_exif

DARK = 41


async def made(tmp_path: Path, data: bytes) -> bytes:
    file = tmp_path / "brought.exe"
    file.write_bytes(data)
    return (await developed(file)).data


async def refusal(tmp_path: Path, data: bytes) -> str:
    with pytest.raises(Invalid) as refused:
        await made(tmp_path, data)
    return refused.value.code


@pytest.mark.parametrize("brought", [jpeg(), png(), webp()], ids=["jpeg", "png", "webp"])
async def test_each_kind_becomes_a_jpeg_whatever_its_name_says(tmp_path: Path, brought: bytes) -> None:
    data = await made(tmp_path, brought)
    assert data[:3] == b"\xff\xd8\xff"
    width, height, (corner, *others) = seen(data)
    assert (width, height) == (640, 360)
    assert abs(corner - DARK) < 8
    assert all(abs(other - 150) < 8 for other in others)


@pytest.mark.parametrize(
    ("turned", "size", "dark"), [(1, (640, 360), 0), (3, (640, 360), 3), (6, (360, 640), 1), (8, (360, 640), 2)]
)
async def test_it_stands_upright_and_nothing_of_the_camera_stays(
    tmp_path: Path, turned: int, size: tuple[int, int], dark: int
) -> None:
    brought = with_exif(jpeg(), turned)
    assert b"SecretCamera" in brought
    data = await made(tmp_path, brought)
    assert b"Exif" not in data
    assert b"SecretCamera" not in data
    width, height, quarters = seen(data)
    assert (width, height) == size
    assert quarters.index(min(quarters)) == dark


async def test_it_is_made_smaller_and_never_larger(tmp_path: Path) -> None:
    width, height, _ = seen(await made(tmp_path, jpeg(3000, 1500)))
    assert (width, height) == (2000, 1000)


async def test_a_photo_of_ours_is_kept_as_it_is(tmp_path: Path) -> None:
    """Out of a file of an installation into another one it loses nothing; with anything beside the picture it is made anew."""
    once = await made(tmp_path, with_exif(jpeg(2400, 1200), 6))
    assert await made(tmp_path, once) == once
    for touched in (with_exif(once), once + b"more", once[:2] + b"\xff\xfe\x00\x08secret" + once[2:]):
        again = await made(tmp_path, touched)
        assert again != touched
        assert not any(word in again for word in (b"Exif", b"more", b"secret"))


async def test_what_shines_through_is_white(tmp_path: Path) -> None:
    *_, quarters = seen(await made(tmp_path, clear_png(300, 300)))
    assert min(quarters) > 250


@pytest.mark.parametrize(
    ("brought", "code"),
    [
        (b"GIF89a" + bytes(500), "photo_type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo_type"),
        (b"%PDF-1.7", "photo_type"),
        (b"", "photo_type"),
        (b"\xff\xd8\xff" + b"junk" * 4000, "photo_damaged"),
        (jpeg()[:3000], "photo_damaged"),
        (png_of(60_000, 60_000, pixels=bytes(1_000_000)), "photo_damaged"),
        (png_of(1000, 1000, pixels=b"\0"), "photo_damaged"),
        (jpeg(640, 120), "photo_small"),
    ],
    ids=["gif", "svg", "pdf", "empty", "junk", "cut off", "bomb", "short", "small"],
)
async def test_what_is_no_photo_is_refused(tmp_path: Path, brought: bytes, code: str) -> None:
    assert await refusal(tmp_path, brought) == code


async def test_a_file_that_is_too_large_is_not_even_looked_at(tmp_path: Path) -> None:
    file = tmp_path / "large"
    with file.open("wb") as out:
        out.truncate(31 * 1024 * 1024)
    with pytest.raises(Invalid) as refused:
        await developed(file)
    assert refused.value.code == "photo_too_large"
