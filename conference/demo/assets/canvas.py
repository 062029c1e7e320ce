"""A drawing surface of 640x360 units: cairo for shapes, Pillow for lettering."""

import math
from collections.abc import Iterable
from functools import lru_cache

import cairocffi as cairo  # type: ignore[import-untyped,import-not-found,unused-ignore]
from PIL import Image, ImageDraw, ImageFont

from .palette import Colour
from .typefaces import font_file

WIDTH, HEIGHT = 640, 360
Point = tuple[float, float]


@lru_cache(maxsize=64)
def _font(weight: str, size: float) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(font_file(weight), size)


def text_width(text: str, size: float, weight: str = "Regular") -> float:
    """Width of ``text`` in units."""
    return float(_font(weight, size).getlength(text))


def lines_of(text: str, width: float, size: float, weight: str = "Regular") -> list[str]:
    """``text`` broken at spaces into lines of at most ``width`` units."""
    lines: list[str] = []
    for word in text.split():
        if lines and text_width(f"{lines[-1]} {word}", size, weight) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


@lru_cache(maxsize=256)
def _letters(text: str, size: float, weight: str) -> tuple[cairo.ImageSurface, int]:
    """The text as an alpha mask, and the distance from its top to the base line."""
    font = _font(weight, size)
    above, below = math.ceil(size * 1.1), math.ceil(size * 0.4)
    across = (math.ceil(font.getlength(text)) + 8) // 4 * 4
    picture = Image.new("L", (across, above + below))
    ImageDraw.Draw(picture).text((1, above), text, fill=255, font=font, anchor="ls")
    data = bytearray(picture.tobytes())
    surface = cairo.ImageSurface(cairo.FORMAT_A8, across, above + below, data, across)
    return surface, above


class Canvas:
    """Draws in units of 1/640 of the width; ``scale`` pixels per unit."""

    def __init__(self, scale: int = 1) -> None:
        self.scale = scale
        self.surface = cairo.ImageSurface(cairo.FORMAT_ARGB32, WIDTH * scale, HEIGHT * scale)
        self.pen = cairo.Context(self.surface)
        self.pen.scale(scale, scale)
        self.pen.set_line_cap(cairo.LINE_CAP_ROUND)
        self.pen.set_line_join(cairo.LINE_JOIN_ROUND)

    def paint(self, tone: Colour, alpha: float = 1) -> None:
        """Fill what was outlined with ``tone`` and forget the outline."""
        self.pen.set_source_rgba(*tone, alpha)
        self.pen.fill()

    def stroke(self, tone: Colour, width: float, alpha: float = 1) -> None:
        """Draw the outline itself, ``width`` units thick."""
        self.pen.set_source_rgba(*tone, alpha)
        self.pen.set_line_width(width)
        self.pen.stroke()

    def ground(self, tone: Colour) -> None:
        """Cover everything."""
        self.box(0, 0, WIDTH, HEIGHT, tone)

    def box(self, x: float, y: float, width: float, height: float, tone: Colour, alpha: float = 1) -> None:
        """A rectangle."""
        self.pen.rectangle(x, y, width, height)
        self.paint(tone, alpha)

    def round_box(self, x: float, y: float, width: float, height: float, radius: float, tone: Colour) -> None:
        """A rectangle with round corners."""
        pen, quarter = self.pen, math.pi / 2
        left, right, top, bottom = x + radius, x + width - radius, y + radius, y + height - radius
        corners = ((right, top, -1), (right, bottom, 0), (left, bottom, 1), (left, top, 2))
        pen.new_sub_path()
        for across, down, turn in corners:
            pen.arc(across, down, radius, turn * quarter, (turn + 1) * quarter)
        pen.close_path()
        self.paint(tone)

    def disc(self, x: float, y: float, radius: float, tone: Colour, alpha: float = 1) -> None:
        """A circle."""
        self.oval(x, y, radius, radius, tone, alpha)

    def oval(self, x: float, y: float, across: float, down: float, tone: Colour, alpha: float = 1) -> None:
        """An ellipse with half axes ``across`` and ``down``."""
        pen = self.pen
        pen.save()
        pen.translate(x, y)
        pen.scale(across, max(down, 0.01))
        pen.new_sub_path()
        pen.arc(0, 0, 1, 0, 2 * math.pi)
        pen.restore()
        self.paint(tone, alpha)

    def shape(self, points: Iterable[Point], tone: Colour, alpha: float = 1) -> None:
        """A polygon."""
        for point in points:
            self.pen.line_to(*point)
        self.pen.close_path()
        self.paint(tone, alpha)

    def line(self, points: Iterable[Point], tone: Colour, width: float, alpha: float = 1) -> None:
        """Straight lines from point to point."""
        for point in points:
            self.pen.line_to(*point)
        self.stroke(tone, width, alpha)

    def write(self, x: float, y: float, text: str, size: float, tone: Colour, weight: str = "Regular", alpha: float = 1) -> None:
        """``text`` with its base line at ``y``."""
        letters, above = _letters(text, size * self.scale, weight)
        pen = self.pen
        pen.save()
        pen.scale(1 / self.scale, 1 / self.scale)
        pen.set_source_rgba(*tone, alpha)
        pen.mask_surface(letters, round(x * self.scale) - 1, round(y * self.scale) - above)
        pen.restore()

    def tag(self, x: float, y: float, text: str, ground: Colour, tone: Colour) -> float:
        """A small label with round ends whose top is at ``y``; returns its width."""
        width = text_width(text, 14, "SemiBold") + 22
        self.round_box(x, y, width, 24, 12, ground)
        self.write(x + 11, y + 17, text, 14, tone, "SemiBold")
        return width

    def pixels(self) -> bytes:
        """The picture as BGRA, row after row."""
        self.surface.flush()
        return bytes(self.surface.get_data())

    def picture(self) -> Image.Image:
        """The picture as RGB for Pillow."""
        size = (WIDTH * self.scale, HEIGHT * self.scale)
        return Image.frombytes("RGBA", size, self.pixels(), "raw", "BGRA").convert("RGB")
