"""What becomes of a film: sizes, rate, filters. Pure: what the probe found goes in, what ffmpeg's filters are to do comes out."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

# The longer and the shorter side of a rendition at most, for lying and standing pictures alike.
BEST = (1920, 1080)
SAVING = (640, 360)
MOST_RATE = 30
USUAL_RATES = tuple(Fraction(rate) for rate in ("24000/1001", "24", "25", "30000/1001", "30"))

# CRF and the cap of the bit rate (bits per second) by the longer side; x264's preset is the same for all.
QUALITIES = ((1280, 23, 5_000_000), (640, 23, 2_500_000), (0, 25, 900_000))
# BT.709 and the two of standard definition: what a browser reads rightly from the tags of a film.
PLAIN_MATRICES = frozenset({"bt709", "smpte170m", "bt470bg"})

Filter = tuple[str, str]


@dataclass(frozen=True)
class Found:
    """What the probe found out.

    width, height: coded pixels; aspect: of one pixel; turns: quarter turns clockwise until it is upright, after it was mirrored
    (left to right) if mirrored; average: pictures per second; quickest: their rate where they come fastest; steady: all of them
    equally; begins, seconds: of picture and sound together; shown: seconds until the last picture; transfer: sdr, hlg or pq;
    wide: BT.2020 primaries; matrix: ffmpeg's name, "" unknown; picture, sound: stream indices.
    """

    kind: str
    width: int
    height: int
    aspect: Fraction
    turns: int
    mirrored: bool
    average: Fraction
    quickest: Fraction
    steady: bool
    begins: float
    seconds: float
    shown: float
    transfer: str
    wide: bool
    matrix: str
    interlaced: bool
    picture: int
    sound: int | None


@dataclass(frozen=True)
class Plan:
    """sizes: upright, best first; filters: from the decoded picture to the best rendition (a tone map is named
    ("lut3d", "") and gets its file later); saving: from there to the second one, if there are two; matrix: of the results."""

    sizes: tuple[tuple[int, int], ...]
    rate: Fraction
    filters: tuple[Filter, ...]
    saving: tuple[Filter, ...]
    matrix: str


def plan_of(found: Found) -> Plan:
    """The plan for a film."""
    width, height = upright(found)
    best = fitted(width, height, BEST)
    small = fitted(width, height, SAVING)
    rate = rate_of(found.average, found.quickest, found.steady)
    matrix = matrix_of(found)
    filters = (
        *((("bwdif", "mode=send_frame:deint=interlaced"),) if found.interlaced else ()),
        ("setpts", f"PTS-{found.begins:.6f}/TB"),
        ("fps", f"fps={rate}:start_time=0"),
        *_pictures(found, best, matrix),
    )
    saving = (("scale", f"{small[0]}:{small[1]}:flags=bicubic"),)
    return Plan((best, small) if small != best else (best,), rate, filters, saving if small != best else (), matrix)


def upright(found: Found) -> tuple[float, float]:
    """Width and height as one sees it, in square pixels; the width is what pixels that are not square change."""
    width, height = found.width * float(found.aspect), float(found.height)
    return (height, width) if found.turns % 2 else (width, height)


def fitted(width: float, height: float, most: tuple[int, int]) -> tuple[int, int]:
    """The largest even size of this shape that is within `most` (longer, shorter side) and not above the source."""
    scale = min(1.0, most[0] / max(width, height), most[1] / min(width, height))
    return _even(width * scale), _even(height * scale)


def _even(pixels: float) -> int:
    # A hair's breadth below an even number is that number: 1920 * (1080 / 1920) is not always 1080.
    return max(2, int((pixels + 0.01) / 2) * 2)


def rate_of(average: Fraction, quickest: Fraction, steady: bool) -> Fraction:
    """The constant rate of a film: its own or a half, a quarter of it, so that it is at most 30; one that varies gets the rate of
    its quickest part."""
    rate = average if steady else max(average, quickest)
    # 30.02 is a phone's 30, 60.3 its 60.
    while rate > MOST_RATE * Fraction(102, 100):
        rate /= 2
    near = min(USUAL_RATES, key=lambda usual: abs(usual - rate))
    # 23.976 and 24 are 0.1 % apart: only a film that is not steady is drawn to the nearest from afar.
    if abs(near - rate) <= near * (Fraction(1, 2000) if steady else Fraction(4, 100)):
        return near
    return min(Fraction(MOST_RATE), max(Fraction(1), rate.limit_denominator(1001)))


def orientation(matrix: bytes) -> tuple[int, bool]:
    """Quarter turns clockwise and whether it is mirrored before, of a display matrix (ISO/IEC 14496-12, 6.2.2: nine int32 in
    ffmpeg's byte order; a, b, c, d map the picture's axes). Anything else than quarter turns is the nearest one."""
    if len(matrix) != 36:
        return 0, False
    a, b, _, c, d = struct.unpack("=5i", matrix[:20])
    mirrored = a * d - b * c < 0
    if mirrored:
        # The picture's own x axis is turned round first.
        a, b = -a, -b
    if abs(a) >= abs(b):
        return (0 if a >= 0 else 2), mirrored
    return (1 if b > 0 else 3), mirrored


def matrix_of(found: Found) -> str:
    """The colour matrix of the results: the source's where browsers know it, else the usual one for its size."""
    if found.transfer != "sdr" or found.wide:
        return "bt709"
    if found.matrix in PLAIN_MATRICES:
        return found.matrix
    return "bt709" if min(found.width, found.height) >= 720 or found.matrix else "smpte170m"


def _pictures(found: Found, best: tuple[int, int], matrix: str) -> tuple[Filter, ...]:
    """Shrunk first, turned and recoloured then: each costs by the pixel."""
    size = f"{best[1]}:{best[0]}" if found.turns % 2 else f"{best[0]}:{best[1]}"
    limited = f"out_color_matrix={matrix}:out_range=tv"
    if found.transfer == "sdr" and not found.wide:
        known = found.matrix or matrix
        colours: tuple[Filter, ...] = (
            (
                "scale",
                f"{size}:flags=bicubic:in_color_matrix={known}:{limited}" if known in PLAIN_MATRICES else f"{size}:{limited}",
            ),
        )
    else:
        colours = (
            ("scale", f"{size}:flags=bicubic:in_color_matrix=bt2020:out_range=pc"),
            ("format", "gbrp10le"),
            ("lut3d", ""),
            ("scale", limited),
        )
    return (*colours, ("format", "yuv420p"), *_turned(found.turns, found.mirrored), ("setsar", "1"))


def _turned(turns: int, mirrored: bool) -> tuple[Filter, ...]:
    flip: tuple[Filter, ...] = (("hflip", ""),) if mirrored else ()
    turn: tuple[tuple[Filter, ...], ...] = (
        (),
        (("transpose", "clock"),),
        (("hflip", ""), ("vflip", "")),
        (("transpose", "cclock"),),
    )
    return (*flip, *turn[turns])


def quality(width: int, height: int) -> tuple[int, int]:
    """CRF and most bits per second of a rendition."""
    longer = max(width, height)
    return next((crf, most) for least, crf, most in QUALITIES if longer > least)


def gaps(times: Sequence[float]) -> tuple[Fraction, Fraction, bool]:
    """(average rate, quickest rate, steady) of the moments of a film's pictures in seconds, in any order. The
    quickest one is that of a tenth of all distances, so that two pictures that fell together do not make it."""
    ordered = sorted(set(times))
    distances = sorted(later - earlier for earlier, later in pairwise(ordered))
    if not distances:
        return Fraction(1), Fraction(1), True
    usual = distances[len(distances) // 2]
    # Milliseconds of WebM and the ticks of AVI make distances of 33 and 34; one gap in a film is not a rate of its own.
    near = [distance for distance in distances if abs(distance - usual) <= max(0.002, 0.1 * usual)]
    steady = len(near) >= 0.9 * len(distances)
    average = len(near) / sum(near) if steady else len(distances) / (ordered[-1] - ordered[0])
    quickest = 1 / distances[len(distances) // 10]
    return Fraction(average).limit_denominator(100_000), Fraction(quickest).limit_denominator(100_000), steady
