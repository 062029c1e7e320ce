"""The picture of all fixtures: corners of known colours on grey. Each film shows whether it is upright and rightly coloured."""

from __future__ import annotations

from pathlib import Path

Colour = tuple[float, float, float]

# Clockwise from the upper left corner, as one shall see them.
CORNERS: tuple[Colour, ...] = ((0.8, 0.1, 0.1), (0.1, 0.7, 0.1), (0.1, 0.1, 0.8), (0.9, 0.9, 0.9))
GREY: Colour = (0.5, 0.5, 0.5)
# The signals of BT.2408 for an 18 % grey card and for diffuse white, and the primaries as bright as that white.
HLG_CORNERS: tuple[Colour, ...] = ((0.75, 0.0, 0.0), (0.0, 0.75, 0.0), (0.0, 0.0, 0.75), (0.75, 0.75, 0.75))
HLG_GREY: Colour = (0.38, 0.38, 0.38)
PQ_CORNERS: tuple[Colour, ...] = ((0.58, 0.0, 0.0), (0.0, 0.58, 0.0), (0.0, 0.0, 0.58), (0.58, 0.58, 0.58))
PQ_GREY: Colour = (0.38, 0.38, 0.38)
# The corner patches end here, in parts of width and height.
PATCH = 0.25


def coded(corners: tuple[Colour, ...], turns: int, mirrored: bool) -> tuple[Colour, ...]:
    """The corners of the coded picture that looks upright once it is mirrored (if so) and turned clockwise."""
    turned = tuple(corners[(place + turns) % 4] for place in range(4))
    return (turned[1], turned[0], turned[3], turned[2]) if mirrored else turned


def write(path: Path, width: int, height: int, corners: tuple[Colour, ...], grey: Colour) -> Path:
    """A PPM of 16 bits for each channel."""
    wide, high = round(width * PATCH), round(height * PATCH)
    middle = _pixels(grey, width - 2 * wide)
    top = _pixels(corners[0], wide) + middle + _pixels(corners[1], wide)
    bottom = _pixels(corners[3], wide) + middle + _pixels(corners[2], wide)
    with path.open("wb") as file:
        file.write(f"P6 {width} {height} 65535\n".encode())
        file.write(top * high + _pixels(grey, width) * (height - 2 * high) + bottom * high)
    return path


def _pixels(colour: Colour, count: int) -> bytes:
    return b"".join(round(part * 65535).to_bytes(2, "big") for part in colour) * count
