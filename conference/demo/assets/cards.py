"""The video business cards of the invented initiatives: a landscape that drifts by, a person who speaks, three short scenes.

Texts come from the conference file, so that what is said, what the captions show and what the page prints are the same.
"""

import math
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .canvas import HEIGHT, WIDTH, Canvas, lines_of, text_width
from .captions import write_webvtt
from .clips import BLACK, BROWN, DEEP, GREY, PALE, SAND, TAN, WARM
from .figures import Looks, bust, living
from .film import FPS, write_card
from .palette import INK, PAPER, QUIET, Colour, colour, mixed
from .places import DEMO, YEARS, conference_of, land_name
from .speech import Speech, Voice, sentences_of, speak

LENGTH = 28.0  # seconds
_TITLE, _END = 3.2, 25.0  # when the title gives way to the person, and the person to the last word


@dataclass(frozen=True)
class Scene:
    """How one card looks and sounds."""

    tone: Colour
    voice: Voice
    looks: Looks
    land: Callable[[Canvas, float, Colour], None]


def _sky(canvas: Canvas, top: Colour, low: Colour) -> None:
    for row in range(0, HEIGHT, 12):
        canvas.box(0, row, WIDTH, 12, mixed(top, low, row / HEIGHT))


def _ridge(canvas: Canvas, drift: float, base: float, tall: float, stretch: float, tone: Colour) -> None:
    """A soft line of hills; it repeats after `stretch` units."""
    points = [(0.0, float(HEIGHT))]
    for x in range(0, WIDTH + 16, 16):
        turn = 2 * math.pi * (x + drift) / stretch
        points.append((float(x), base - tall * (0.6 * math.sin(turn) + 0.4 * math.sin(2 * turn + 1.3))))
    canvas.shape([*points, (WIDTH + 16.0, float(HEIGHT))], tone)


def _coast(canvas: Canvas, t: float, tone: Colour) -> None:
    _sky(canvas, colour("#CFE3EA"), colour("#F4EBDD"))
    canvas.disc(500, 96, 34, colour("#F6DDA4"))
    canvas.box(0, 206, WIDTH, 90, mixed(tone, colour("#8FC0CC"), 0.55))
    for row in range(4):
        shift = 22 * math.sin(2 * math.pi * t / 14 + row)
        for wave in range(-1, 7):
            canvas.box(wave * 110 + shift + row * 37, 216 + row * 19, 46 - row * 3, 3, PAPER, 0.5)
    sail = 120 + 6 * t
    canvas.shape([(sail, 150), (sail + 40, 214), (sail, 214)], PAPER)
    canvas.shape([(sail - 6, 166), (sail - 6, 214), (sail - 32, 214)], colour("#E9C9A0"))
    canvas.shape([(sail - 44, 219), (sail + 52, 219), (sail + 36, 232), (sail - 30, 232)], mixed(tone, INK, 0.3))
    _ridge(canvas, 8 * t, 312, 12, 560, colour("#E4D2AA"))
    for x in range(20, 640, 70):
        canvas.line([(x, 330), (x + 7 + 2 * math.sin(t + x), 298)], colour("#8FA36B"), 3)


def _hills(canvas: Canvas, t: float, tone: Colour) -> None:
    _sky(canvas, colour("#DCE9EE"), colour("#F7F1E3"))
    canvas.disc(120, 84, 28, colour("#F4D79A"))
    for number, (base, tall) in enumerate(((214, 30), (252, 26), (300, 20))):
        _ridge(canvas, (3 + 4 * number) * t + 90 * number, base, tall, 640, mixed(tone, PAPER, 0.6 - 0.22 * number))
    for number, x in enumerate((410, 452, 500)):
        canvas.box(x, 268 - 6 * number, 30, 34, PAPER)
        canvas.shape([(x - 5, 268 - 6 * number), (x + 15, 246 - 6 * number), (x + 35, 268 - 6 * number)], colour("#B9775A"))


def _lake(canvas: Canvas, t: float, tone: Colour) -> None:
    _sky(canvas, colour("#D7E6E6"), colour("#F3EFE2"))
    for number in range(14):
        x, tall = number * 50 - 2 * t % 50, 66 + (number * 37) % 44
        canvas.shape([(x, 220), (x + 17, 220 - tall), (x + 34, 220)], mixed(colour("#3E6B57"), PAPER, 0.15 + 0.1 * (number % 3)))
    canvas.box(0, 218, WIDTH, 142, mixed(tone, colour("#A9CBD6"), 0.65))
    for row in range(5):
        canvas.box(60 + 90 * row + 14 * math.sin(t / 2 + row), 240 + 22 * row, 120, 2, PAPER, 0.6)
    canvas.box(360, 286, 180, 10, colour("#9B6F4A"))
    for x in (378, 438, 498):
        canvas.box(x, 292, 7, 48, colour("#7B5536"))


def _district(canvas: Canvas, t: float, tone: Colour) -> None:
    _sky(canvas, colour("#E4E1EE"), colour("#F8EFE4"))
    _ridge(canvas, 5 * t, 246, 14, 720, mixed(tone, PAPER, 0.62))
    for x, wide, tall in ((60, 110, 96), (176, 84, 66), (430, 150, 84)):
        canvas.box(x, 268 - tall, wide, tall, mixed(tone, PAPER, 0.3))
        for window in range(int(wide // 26)):
            canvas.box(x + 9 + window * 26, 282 - tall, 14, 18, colour("#F6DDA4"), 0.85)
        for tooth in range(int(wide // 28)):
            left = x + tooth * 28
            canvas.shape([(left, 268 - tall), (left + 28, 252 - tall), (left + 28, 268 - tall)], mixed(tone, INK, 0.2))
    wheel = (330.0, 146.0)
    canvas.line([(306, 268), wheel, (354, 268)], mixed(tone, INK, 0.35), 6)
    for spoke in range(6):
        turn = t * 0.5 + spoke * math.pi / 3
        canvas.line([wheel, (wheel[0] + 26 * math.cos(turn), wheel[1] + 26 * math.sin(turn))], mixed(tone, INK, 0.35), 3)
    canvas.box(0, 268, WIDTH, 92, mixed(colour("#A9CBD6"), tone, 0.18))
    for row in range(3):
        canvas.box(80 + 160 * row + 16 * math.sin(t / 2 + row), 290 + 20 * row, 110, 2, PAPER, 0.6)


def _heath(canvas: Canvas, t: float, tone: Colour) -> None:
    _sky(canvas, colour("#E3E8EE"), colour("#F9EEE6"))
    _ridge(canvas, 3 * t, 230, 16, 800, mixed(colour("#7E9A86"), PAPER, 0.35))
    _ridge(canvas, 6 * t + 200, 270, 16, 640, mixed(tone, PAPER, 0.45))
    for number in range(40):
        x, y = (number * 97 - 6 * t) % 680 - 20, 286 + (number * 53) % 70
        canvas.disc(x, y, 4 + number % 3, mixed(tone, colour("#D79AC0"), 0.5 + 0.1 * (number % 4)), 0.9)
    for number, x in enumerate((96, 132, 560)):
        canvas.oval(x, 244 + 5 * number, 12, 40, colour("#4E6B54"))
    canvas.box(392, 204, 96, 56, PAPER)
    canvas.shape([(380, 206), (440, 156), (500, 206)], colour("#A65E45"))
    for x in (404, 452):
        canvas.box(x, 220, 22, 22, mixed(tone, INK, 0.2))


SCENES = {
    "rueckenwind-beispielkueste": Scene(
        colour("#0B5563"), Voice("de+f3", 156, 50), Looks(PALE, SAND, "bun", colour("#0B5563"), collar=True), _coast
    ),
    "heimathuegel-beispieltal": Scene(
        colour("#3E7B57"), Voice("de+m3", 156, 40), Looks(WARM, BROWN, "short", colour("#D9B36A"), beard=True), _hills
    ),
    "wieder-da-beispielland": Scene(
        colour("#1F5FBF"), Voice("de+f2", 156, 55), Looks(TAN, BLACK, "long", colour("#E8E4D8")), _lake
    ),
    "werkbank-beispielrevier": Scene(
        colour("#8A4B08"), Voice("de+m1", 160, 44), Looks(PALE, GREY, "bald", colour("#41506B"), glasses=True, beard=True), _district
    ),
    "landleben-beispielheide": Scene(
        colour("#6B3FA0"), Voice("de+f4", 158, 50), Looks(DEEP, BLACK, "curls", colour("#E3C46B")), _heath
    ),
}


def make_cards() -> None:
    """Write films, captions and posters of all invented initiatives, for each conference in which they take part."""
    for year in YEARS:
        folder = DEMO / year / "cards"
        for initiative in conference_of(year)["initiatives"]:
            if initiative["card"] is not None:
                folder.mkdir(exist_ok=True)
                _make_card(initiative, folder)


def _make_card(initiative: dict[str, Any], folder: Path) -> None:
    slug, words = initiative["slug"], initiative["card"]["words"]
    scene = SCENES[slug]
    sentences = {language: sentences_of(text) for language, text in words.items()}
    with tempfile.TemporaryDirectory() as temporary:
        speech = speak(sentences["de"], scene.voice, Path(temporary) / "s.wav", lead=0.8, gap=0.25, length=LENGTH)
        write_card(_pictures(initiative, scene, speech), speech.file, folder / f"{slug}.mp4")
    for language, said in sentences.items():
        write_webvtt(speech.cues, said, folder / f"{slug}.{language}.vtt")
    poster = card_picture(initiative, scene, _TITLE - 1, 0, scale=2).picture()
    poster.save(folder / f"{slug}.webp", quality=72, method=6)
    poster.resize((WIDTH, HEIGHT)).save(folder / f"{slug}.jpg", quality=78, optimize=True, progressive=True)


def _pictures(initiative: dict[str, Any], scene: Scene, speech: Speech) -> Iterator[bytes]:
    levels = speech.levels(FPS)
    for index in range(round(LENGTH * FPS)):
        yield card_picture(initiative, scene, index / FPS, levels[index] if index < len(levels) else 0).pixels()


def card_picture(initiative: dict[str, Any], scene: Scene, t: float, level: float, scale: int = 1) -> Canvas:
    """One picture at second ``t``: title, then the speaking person beside the aim, at the end the name again."""
    canvas = Canvas(scale)
    scene.land(canvas, t, scene.tone)
    away = 1 - _eased((t - _TITLE) / 0.8) + _eased((t - _END) / 0.8)
    bust(canvas, 470, 196 + 10 * away, 62, scene.looks, living(t, LENGTH, level if level > 0.08 else 0, shift=len(initiative["name"])))
    _words(canvas, initiative, scene, away)
    canvas.tag(24, 24, "Beispiel", PAPER, scene.tone)
    return canvas


def _words(canvas: Canvas, initiative: dict[str, Any], scene: Scene, away: float) -> None:
    """Name and Land on a sheet of paper at the left; the aim appears below once the person speaks."""
    name = lines_of(initiative["name"], 270, 30, "Bold")
    aim = lines_of(initiative["aim"]["de"], 270, 17)
    shown = 1 - min(1.0, max(0.0, away))
    tall = 42 + 34 * len(name) + (22 * len(aim) + 12) * shown
    top = 330 - tall
    canvas.round_box(24, top, 312, tall, 6, PAPER)
    canvas.box(24, top + 12, 5, tall - 24, scene.tone)
    y = top + 40
    for line in name:
        canvas.write(46, y, line, 30, INK, "Bold")
        y += 34
    canvas.write(46, y - 8, land_name(initiative["land"]), 16, scene.tone, "SemiBold")
    if shown > 0.98:
        for number, line in enumerate(aim):
            assert text_width(line, 17) <= 280  # noqa: S101  else the drawing is wrong
            canvas.write(46, y + 20 + 22 * number, line, 17, QUIET)


def _eased(share: float) -> float:
    share = min(1.0, max(0.0, share))
    return share * share * (3 - 2 * share)
