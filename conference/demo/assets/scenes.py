"""Five drawn landscapes behind the speaking people of the cards.

The sky stays light and empty above y = 195 and x = 400, where name and aim stand. Few things move, and slowly.
"""

import math

from .canvas import HEIGHT, WIDTH, Canvas
from .palette import INK, PAPER, Colour, colour, mixed

SUN, BRICK, WOOD = colour("#F6DDA4"), colour("#A65E45"), colour("#7B5536")


def _sky(canvas: Canvas, top: Colour, low: Colour) -> None:
    for row in range(0, HEIGHT, 8):
        canvas.box(0, row, WIDTH, 8, mixed(top, low, min(1.0, row / 240)))


def _cloud(canvas: Canvas, x: float, y: float, size: float) -> None:
    for across, down, radius in ((-30, 4, 13), (-12, -4, 19), (12, -1, 16), (30, 5, 11)):
        canvas.disc(x + across * size, y + down * size, radius * size, PAPER)
    canvas.round_box(x - 43 * size, y + 3 * size, 84 * size, 13 * size, 6.4 * size, PAPER)


def _ridge(canvas: Canvas, shift: float, base: float, tall: float, stretch: float, tone: Colour) -> None:
    """A soft line of hills down to the lower edge."""
    points = [(0.0, float(HEIGHT))]
    for x in range(0, WIDTH + 8, 8):
        turn = 2 * math.pi * (x + shift) / stretch
        points.append((float(x), base - tall * (0.6 * math.sin(turn) + 0.4 * math.sin(2 * turn + 1.3))))
    canvas.shape([*points, (WIDTH + 8.0, float(HEIGHT))], tone)


def _house(canvas: Canvas, x: float, y: float, wide: float, roof: Colour, beams: Colour | None = None) -> None:
    """A gabled house standing on ``y``."""
    wall, top = 0.62 * wide, 0.52 * wide
    canvas.box(x, y - wall, wide, wall, PAPER)
    canvas.shape([(x - 4, y - wall + 1), (x + wide / 2, y - wall - top), (x + wide + 4, y - wall + 1)], roof)
    light = mixed(INK, PAPER, 0.25)
    for share in (0.18, 0.6):
        canvas.box(x + share * wide, y - 0.44 * wide, 0.2 * wide, 0.2 * wide, light)
    if beams:
        for share in (0.03, 0.5, 0.97):
            canvas.line([(x + share * wide, y), (x + share * wide, y - wall)], beams, 3)
        canvas.line([(x, y - 0.5 * wall), (x + wide, y - 0.5 * wall)], beams, 3)
        canvas.line([(x + 0.03 * wide, y), (x + 0.5 * wide, y - 0.5 * wall), (x + 0.97 * wide, y)], beams, 3)


def _turbine(canvas: Canvas, x: float, y: float, tall: float, turn: float) -> None:
    white = colour("#A9BAC2")
    canvas.line([(x, y), (x, y - tall)], white, 3)
    for blade in range(3):
        angle = turn + blade * 2 * math.pi / 3
        canvas.line([(x, y - tall), (x + 0.55 * tall * math.cos(angle), y - tall + 0.55 * tall * math.sin(angle))], white, 2.6)
    canvas.disc(x, y - tall, 2.6, white)


def coast(canvas: Canvas, t: float, tone: Colour) -> None:
    """Sea with a sail and wind turbines, a lighthouse on a dune."""
    _sky(canvas, colour("#D3E6EC"), colour("#F6EFE0"))
    canvas.disc(600, 66, 24, SUN)
    _cloud(canvas, 586 + 1.2 * t, 124, 0.75)
    sea = mixed(tone, colour("#8FC0CC"), 0.55)
    for number, x in enumerate((210, 262, 314)):
        _turbine(canvas, x, 236, 40 - 3 * number, 0.5 * t + number)
    canvas.box(0, 234, WIDTH, 126, sea)
    for row in range(4):
        shift = 10 * math.sin(2 * math.pi * t / 14 + row)
        for wave in range(-1, 7):
            canvas.box(wave * 110 + shift + row * 37, 246 + row * 17, 40 - row * 3, 2, PAPER, 0.45)
    sail = 236 + 2.2 * t
    canvas.shape([(sail, 222), (sail + 32, 276), (sail, 276)], PAPER)
    canvas.shape([(sail - 5, 234), (sail - 5, 276), (sail - 26, 276)], colour("#E9C9A0"))
    canvas.shape([(sail - 36, 280), (sail + 42, 280), (sail + 29, 291), (sail - 25, 291)], mixed(tone, INK, 0.3))
    _ridge(canvas, 330, 322, 20, 700, colour("#E4D2AA"))
    canvas.shape([(66, 318), (73, 222), (95, 222), (102, 318)], PAPER)
    for top, half in ((246, 12.8), (286, 15.8)):
        canvas.shape([(84 - half, top + 20), (84 - half + 1.5, top), (84 + half - 1.5, top), (84 + half, top + 20)], BRICK)
    canvas.box(70, 217, 28, 5, INK)
    canvas.box(75, 202, 18, 15, mixed(SUN, PAPER, 0.5 + 0.5 * math.sin(2 * math.pi * t / 4)))
    canvas.shape([(72, 203), (84, 192), (96, 203)], BRICK)
    for number in range(16):
        x, sway = 14 + 26 * number, 1.5 * math.sin(0.9 * t + number)
        low = 344 + 4 * (number % 3)
        for blade in (-5, 0, 6):
            canvas.line([(x, low), (x + blade + sway, low - 20 - 4 * (number % 2))], colour("#8FA36B"), 2)


def hills(canvas: Canvas, t: float, tone: Colour) -> None:
    """Three rows of hills, a village with a church in the valley."""
    _sky(canvas, colour("#DCE9EE"), colour("#F7F1E3"))
    canvas.disc(604, 74, 24, SUN)
    _cloud(canvas, 586 + 1.2 * t, 124, 0.75)
    _ridge(canvas, 90, 232, 22, 640, mixed(tone, PAPER, 0.62))
    _ridge(canvas, 330, 262, 20, 560, mixed(tone, PAPER, 0.42))
    for number in range(12):
        x = 12 + 34 * number + 9 * (number % 3)
        canvas.disc(x, 262 + 6 * math.sin(number * 1.7), 9 + 2 * (number % 3), mixed(tone, PAPER, 0.16 + 0.08 * (number % 2)))
    canvas.box(196, 236, 20, 62, PAPER)
    canvas.shape([(193, 237), (206, 192), (219, 237)], colour("#4A5D68"))
    canvas.disc(206, 252, 5, mixed(INK, PAPER, 0.2))
    for x, y, wide in ((120, 298, 40), (226, 300, 48), (70, 304, 36), (286, 303, 38)):
        _house(canvas, x, y, wide, colour("#B9775A"))
    _ridge(canvas, 120, 306, 12, 640, mixed(tone, PAPER, 0.14))
    for number, x in enumerate((36, 172, 330, 384)):
        canvas.box(x - 2, 318, 4, 22, WOOD)
        canvas.disc(x, 308 + number % 2 * 4, 17, mixed(tone, INK, 0.18))
    for number in range(3):
        bird, high = 330 + 7 * t + 26 * number, 214 - 8 * (number % 2) - 0.6 * t
        beat = 3 * math.sin(5 * t + number)
        canvas.line([(bird - 7, high - beat), (bird, high), (bird + 7, high - beat)], mixed(INK, PAPER, 0.3), 1.8)


def lake(canvas: Canvas, t: float, tone: Colour) -> None:
    """A wood of pines behind a lake, a jetty, a rocking boat, reeds."""
    _sky(canvas, colour("#D9E8EA"), colour("#F5F1E4"))
    canvas.disc(598, 70, 24, SUN)
    _cloud(canvas, 586 + 1.2 * t, 124, 0.75)
    _ridge(canvas, 60, 232, 10, 700, mixed(colour("#3E6B57"), PAPER, 0.45))
    for number in range(34):
        x, tall = number * 20 - 12, 34 + (number * 37) % 24
        green = mixed(colour("#3E6B57"), PAPER, 0.08 + 0.09 * (number % 3))
        for step in range(3):
            half, foot = 12 - 2.6 * step, 250 - step * tall / 4
            canvas.shape([(x - half, foot), (x, foot - tall * 0.6), (x + half, foot)], green)
    canvas.box(0, 248, WIDTH, 112, mixed(tone, colour("#B4D0D8"), 0.72))
    for row in range(5):
        canvas.box(60 + 84 * row + 10 * math.sin(t / 2 + row), 262 + 18 * row, 90, 2, PAPER, 0.55)
    for x in (30, 90, 150):
        canvas.box(x, 306, 7, 46, WOOD)
    canvas.box(0, 300, 176, 9, colour("#9B6F4A"))
    rock = 1.6 * math.sin(2 * math.pi * t / 4.5)
    hull = [(214, 306 + rock), (322, 306 - rock), (302, 328), (232, 328)]
    canvas.shape(hull, mixed(tone, INK, 0.25))
    canvas.line([(240, 312 + rock), (296, 312 - rock)], colour("#E8D9B8"), 4)
    canvas.line([(176, 306), (214, 308 + rock)], INK, 1.6)
    for number in range(11):
        x, sway = 336 + 9 * number, 1.6 * math.sin(0.8 * t + number)
        tall = 40 + 13 * (number % 3)
        canvas.line([(x, 360), (x + sway, 360 - tall)], colour("#6E8B5A"), 2.4)
        if number % 2:
            canvas.oval(x + sway, 356 - tall, 3, 9, WOOD)


def _winding_tower(canvas: Canvas, t: float, steel: Colour) -> None:
    """The headframe of a pit: two legs, struts and a turning wheel."""
    legs = ((206, 302), (236, 214), (256, 214), (266, 302))
    canvas.line([legs[0], legs[1]], steel, 6)
    canvas.line([legs[3], legs[2]], steel, 6)
    canvas.line([(231, 214), (261, 214)], steel, 6)
    for low, high, left, right in ((302, 272, (206, 216), (266, 262)), (272, 242, (216, 226), (262, 259))):
        canvas.line([(left[0], low), (right[1], high)], steel, 2.6)
        canvas.line([(right[0], low), (left[1], high)], steel, 2.6)
        canvas.line([(left[1], high), (right[1], high)], steel, 2.6)
    canvas.pen.new_sub_path()
    canvas.pen.arc(246, 206, 17, 0, 2 * math.pi)
    canvas.stroke(steel, 4)
    for spoke in range(3):
        angle = 0.4 * t + spoke * math.pi / 3
        across, down = 16 * math.cos(angle), 16 * math.sin(angle)
        canvas.line([(246 - across, 206 - down), (246 + across, 206 + down)], steel, 2)


def district(canvas: Canvas, t: float, tone: Colour) -> None:
    """Halls with saw-tooth roofs and a headframe on the shore of a lake where coal was."""
    _sky(canvas, colour("#E6E4EE"), colour("#F9F0E4"))
    canvas.disc(600, 72, 24, SUN)
    _cloud(canvas, 586 + 1.2 * t, 124, 0.75)
    _ridge(canvas, 140, 262, 12, 720, mixed(colour("#7E9A86"), PAPER, 0.45))
    brick = mixed(tone, PAPER, 0.32)
    for left, teeth, tall in ((24, 5, 54), (290, 4, 46)):
        canvas.box(left, 302 - tall, teeth * 30, tall, brick)
        for tooth in range(teeth):
            x = left + tooth * 30
            canvas.shape([(x, 302 - tall), (x + 30, 284 - tall), (x + 30, 303 - tall)], mixed(tone, INK, 0.15))
            canvas.box(x + 7, 316 - tall, 16, 20, SUN)
    canvas.box(180, 226, 12, 76, mixed(tone, INK, 0.25))
    _winding_tower(canvas, t, mixed(colour("#41506B"), INK, 0.2))
    canvas.box(0, 300, WIDTH, 60, mixed(colour("#A9CBD6"), tone, 0.1))
    canvas.box(0, 300, WIDTH, 4, colour("#E4D2AA"))
    for row in range(4):
        canvas.box(30 + 104 * row + 10 * math.sin(t / 2 + row), 318 + 10 * (row % 3), 80, 2, PAPER, 0.6)
    sail = 60 + 2 * t
    canvas.shape([(sail, 304), (sail + 17, 334), (sail, 334)], PAPER)
    canvas.shape([(sail - 16, 336), (sail + 24, 336), (sail + 16, 343), (sail - 10, 343)], mixed(tone, INK, 0.3))


def _sheep(canvas: Canvas, x: float, y: float, size: float, grazing: float) -> None:
    for leg in (-9, -4, 5, 10):
        canvas.line([(x + leg * size, y), (x + leg * size, y + 13 * size)], INK, 2.4 * size)
    for across, down in ((-10, -2), (-4, -7), (4, -7), (10, -2), (0, 1), (-7, 3), (7, 3)):
        canvas.disc(x + across * size, y + down * size, 8 * size, PAPER)
    canvas.oval(x - 19 * size, y + (-6 + 9 * grazing) * size, 5.4 * size, 7 * size, mixed(INK, PAPER, 0.12))


def heath(canvas: Canvas, t: float, tone: Colour) -> None:
    """A half-timbered house, birches, heather in bloom and grazing sheep."""
    _sky(canvas, colour("#E5EAF0"), colour("#FAF0E8"))
    canvas.disc(600, 70, 24, SUN)
    _cloud(canvas, 586 + 1.2 * t, 124, 0.75)
    _ridge(canvas, 40, 244, 14, 800, mixed(colour("#7E9A86"), PAPER, 0.4))
    _ridge(canvas, 420, 266, 10, 640, mixed(colour("#7E9A86"), PAPER, 0.12))
    _house(canvas, 58, 290, 92, BRICK, beams=WOOD)
    for number, x in enumerate((196, 222, 254)):
        canvas.line([(x, 296), (x + 2, 218 + 6 * number)], PAPER, 6)
        for mark in range(4):
            canvas.line([(x - 1, 240 + 13 * mark), (x + 2, 240 + 13 * mark)], INK, 1.8)
        sway = 1.2 * math.sin(0.8 * t + number)
        for across, down in ((0, 214), (-12, 230), (13, 232), (0, 236)):
            canvas.oval(x + across + sway, down + 4 * number, 13, 17, mixed(colour("#86A86B"), PAPER, 0.1 * number))
    heather = mixed(tone, PAPER, 0.42)
    _ridge(canvas, 200, 298, 8, 640, heather)
    for number in range(90):
        x, y = (number * 97) % 660 - 10, 302 + (number * 53) % 58
        bloom = mixed(tone, colour("#D79AC0"), 0.35 + 0.15 * (number % 4))
        canvas.oval(x, y, 7 + number % 4, 4, bloom)
    for number, (x, y, size) in enumerate(((300, 300, 0.9), (352, 316, 1.1), (150, 322, 1.25))):
        _sheep(canvas, x + 3 * math.sin(t / 6 + number), y, size, 0.5 + 0.5 * math.sin(0.7 * t + 2 * number))
