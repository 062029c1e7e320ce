"""Abstract, friendly people: a bust that speaks, looks and blinks, and one that signs with both hands."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .canvas import Canvas, Point
from .palette import INK, Colour, colour, mixed


@dataclass(frozen=True)
class Looks:
    """How a drawn person looks. ``hair``: short, bob, bun, curls, bald or long."""

    skin: Colour
    hair_tone: Colour
    hair: str
    top: Colour
    glasses: bool = False
    beard: bool = False
    collar: bool = False


@dataclass(frozen=True)
class Moment:
    """What a face does: mouth 0..1 open, eyes 0..1 open, a lean of the head in units, a nod in units."""

    mouth: float = 0
    eyes: float = 1
    lean: float = 0
    nod: float = 0


def living(t: float, length: float, mouth: float, shift: float = 0) -> Moment:
    """A calm living face at second ``t`` of a film of ``length`` seconds; the end joins the beginning."""
    turn = 2 * math.pi * t / length
    rounds = max(1, round(length / 5))
    since_blink = (t + shift) % (length / max(1, round(length / 3.7)))
    eyes = abs(since_blink - 0.1) / 0.1 if since_blink < 0.2 else 1.0
    lean = 3.2 * math.sin(rounds * turn + shift) + 1.4 * math.sin((2 * rounds + 1) * turn)
    nod = 1.6 * math.sin((rounds + 1) * turn + 2 * shift) + 1.8 * mouth
    return Moment(mouth, eyes, lean, nod)


def bust(canvas: Canvas, x: float, y: float, size: float, looks: Looks, moment: Moment) -> None:
    """A person from the chest up; ``(x, y)`` is the middle of the face, ``size`` half of its width."""
    pen = canvas.pen
    pen.save()
    pen.translate(x, y)
    pen.scale(size / 50, size / 50)
    _hair_behind(canvas, looks, moment)
    _shoulders(canvas, looks)
    pen.translate(moment.lean, moment.nod)
    pen.rotate(moment.lean * 0.008)
    _head(canvas, looks)
    _face(canvas, looks, moment)
    _hair_before(canvas, looks)
    pen.restore()


def _shoulders(canvas: Canvas, looks: Looks) -> None:
    pen = canvas.pen
    pen.move_to(-112, 260)
    pen.curve_to(-112, 130, -96, 102, -44, 88)
    pen.line_to(-30, 84)
    pen.line_to(30, 84)
    pen.line_to(44, 88)
    pen.curve_to(96, 102, 112, 130, 112, 260)
    pen.close_path()
    canvas.paint(looks.top)
    shade = mixed(looks.skin, INK, 0.16)
    pen.move_to(-19, 30)
    pen.line_to(19, 30)
    pen.line_to(19, 70)
    pen.curve_to(22, 84, 30, 84, 34, 86)
    pen.curve_to(20, 108, -20, 108, -34, 86)
    pen.curve_to(-30, 84, -22, 84, -19, 70)
    pen.close_path()
    canvas.paint(shade)
    if looks.collar:
        light = mixed(looks.top, colour("#FFFFFF"), 0.8)
        canvas.shape([(-36, 84), (-20, 78), (0, 106), (-16, 124)], light)
        canvas.shape([(36, 84), (20, 78), (0, 106), (16, 124)], light)


def _head(canvas: Canvas, looks: Looks) -> None:
    pen = canvas.pen
    canvas.oval(-48, 8, 9, 13, mixed(looks.skin, INK, 0.1))
    canvas.oval(48, 8, 9, 13, mixed(looks.skin, INK, 0.1))
    pen.move_to(-48, -14)
    pen.curve_to(-48, -76, 48, -76, 48, -14)
    pen.curve_to(48, 34, 30, 62, 0, 62)
    pen.curve_to(-30, 62, -48, 34, -48, -14)
    pen.close_path()
    canvas.paint(looks.skin)


def _face(canvas: Canvas, looks: Looks, moment: Moment) -> None:
    dark = mixed(looks.hair_tone, INK, 0.6)
    if looks.beard:
        _beard(canvas, looks)
    for side in (-1, 1):
        canvas.oval(side * 20, 2, 4.6, 5.6 * max(0.12, moment.eyes), INK)
        lift = -16 - 2.2 * moment.mouth
        canvas.pen.move_to(side * 12, lift)
        canvas.pen.curve_to(side * 17, lift - 4, side * 24, lift - 4, side * 29, lift + 1)
        canvas.stroke(dark, 3.4)
        canvas.oval(side * 31, 20, 8, 5, colour("#C8553D"), 0.16)
    canvas.pen.move_to(1, 6)
    canvas.pen.curve_to(4, 14, 7, 19, -1, 20)
    canvas.stroke(mixed(looks.skin, INK, 0.3), 2.6)
    _mouth(canvas, looks, moment.mouth)
    if looks.glasses:
        for side in (-1, 1):
            canvas.pen.new_sub_path()
            canvas.pen.arc(side * 20, 2, 14.5, 0, 2 * math.pi)
            canvas.stroke(INK, 2.6)
            canvas.line([(side * 34, 0), (side * 47, -3)], INK, 2.6)
        canvas.line([(-6, 0), (6, 0)], INK, 2.6)


def _mouth(canvas: Canvas, looks: Looks, wide: float) -> None:
    if wide < 0.06:
        canvas.pen.move_to(-14, 35)
        canvas.pen.curve_to(-7, 42, 7, 42, 14, 35)
        canvas.stroke(mixed(looks.skin, colour("#6B1E1E"), 0.75), 3.2)
        return
    half = 13 - 3.5 * wide
    down = 2.5 + 11 * wide
    canvas.oval(0, 37 + 2 * wide, half, down, colour("#5A1A1E"))
    canvas.oval(0, 37 + 2 * wide + down * 0.55, half * 0.62, down * 0.36, colour("#C4676B"))
    canvas.pen.move_to(-half * 0.7, 37 - down * 0.35)
    canvas.pen.line_to(half * 0.7, 37 - down * 0.35)
    canvas.stroke(colour("#FBFAF7"), 1.2 + 1.6 * wide)


def _beard(canvas: Canvas, looks: Looks) -> None:
    pen = canvas.pen
    pen.move_to(-47, 4)
    pen.curve_to(-46, 46, -28, 66, 0, 66)
    pen.curve_to(28, 66, 46, 46, 47, 4)
    pen.curve_to(40, 26, 28, 26, 0, 25)
    pen.curve_to(-28, 26, -40, 26, -47, 4)
    pen.close_path()
    canvas.paint(looks.hair_tone)


def _hair_behind(canvas: Canvas, looks: Looks, moment: Moment) -> None:
    pen = canvas.pen
    if looks.hair == "long":
        pen.move_to(-58 + moment.lean, -10)
        pen.curve_to(-62, -92, 62, -92, 58 + moment.lean, -10)
        pen.curve_to(60, 40, 66, 78, 58, 104)
        pen.line_to(-58, 104)
        pen.curve_to(-66, 78, -60, 40, -58 + moment.lean, -10)
        pen.close_path()
        canvas.paint(looks.hair_tone)
    elif looks.hair == "bob":
        pen.move_to(-57 + moment.lean, -6)
        pen.curve_to(-62, -90, 62, -90, 57 + moment.lean, -6)
        pen.curve_to(60, 30, 58, 46, 46, 52)
        pen.line_to(-46, 52)
        pen.curve_to(-58, 46, -60, 30, -57 + moment.lean, -6)
        pen.close_path()
        canvas.paint(looks.hair_tone)
    elif looks.hair == "bun":
        canvas.disc(6 + moment.lean, -72 + moment.nod, 22, looks.hair_tone)
    elif looks.hair == "curls":
        for step in range(11):
            angle = math.pi * (0.92 + 1.16 * step / 10)
            canvas.disc(moment.lean + 48 * math.cos(angle), -18 + 44 * math.sin(angle), 21, looks.hair_tone)


def _hair_before(canvas: Canvas, looks: Looks) -> None:
    """The part over the forehead."""
    pen = canvas.pen
    if looks.hair == "bald":
        return
    low = -30 if looks.hair == "curls" else -26
    pen.move_to(-51, 2)
    pen.curve_to(-58, -88, 58, -88, 51, 2)
    pen.curve_to(48, -14, 44, -22, 40, low)
    if looks.hair in ("long", "bob"):
        pen.curve_to(24, -42, 6, -48, -8, -46)
        pen.curve_to(-22, -42, -40, -32, -51, 2)
    elif looks.hair == "bun":
        pen.curve_to(22, -48, -22, -48, -40, low)
        pen.curve_to(-44, -22, -48, -14, -51, 2)
    else:
        pen.curve_to(20, -34, -10, -34, -28, -44)
        pen.curve_to(-40, -32, -46, -18, -51, 2)
    pen.close_path()
    canvas.paint(looks.hair_tone)


def hand(canvas: Canvas, at: Point, angle: float, spread: float, tone: Colour) -> None:
    """A hand whose fingers point to ``angle`` (radians); ``spread`` 0 is a fist, 1 is open."""
    pen = canvas.pen
    pen.save()
    pen.translate(*at)
    pen.rotate(angle)
    edge = mixed(tone, INK, 0.28)
    canvas.oval(0, 0, 17, 15, tone)
    for finger, reach in ((-1.5, 26), (-0.5, 31), (0.5, 30), (1.5, 24)):
        length = 9 + reach * spread
        lean = finger * (0.10 + 0.12 * spread)
        tip = (8 + length * math.cos(lean), finger * 6.4 + length * math.sin(lean))
        canvas.line([(6, finger * 6.4), tip], edge, 8.4)
        canvas.line([(6, finger * 6.4), tip], tone, 6.6)
    canvas.line([(-4, -11), (8 + 6 * spread, -19 - 9 * spread)], edge, 9.2)
    canvas.line([(-4, -11), (8 + 6 * spread, -19 - 9 * spread)], tone, 7.4)
    canvas.oval(-1, 0, 15, 13, tone)
    pen.restore()


def arm(canvas: Canvas, shoulder: Point, wrist: Point, outward: int, sleeve: Colour) -> None:
    """An arm from ``shoulder`` to ``wrist``; ``outward`` is -1 for the one at the left, else 1.

    The upper arm hangs, the forearm is as long as it looks: one that points to the viewer is short.
    """
    reach = outward * (wrist[0] - shoulder[0])
    elbow = (shoulder[0] + outward * (22 + 0.1 * reach), shoulder[1] + 74 + 0.16 * (wrist[1] - shoulder[1]))
    for tone, width in ((mixed(sleeve, INK, 0.5), 39), (sleeve, 36)):
        canvas.line([shoulder, elbow, wrist], tone, width)


def between(poses: Sequence[Sequence[float]], turn: float) -> list[float]:
    """The pose at ``turn`` (0..1) of a closed round through ``poses``: held for a while, then a smooth change."""
    at = turn * len(poses)
    index = int(at) % len(poses)
    share = min(1.0, max(0.0, (at % 1 - 0.25) / 0.75))
    share = share * share * (3 - 2 * share)
    return [a + (b - a) * share for a, b in zip(poses[index], poses[(index + 1) % len(poses)], strict=True)]
