"""What is played into the demo forums: two speakers for each, who take turns, and a signing tile.

The two clips of one forum have the same length: in the first half the impulse speaks while the moderator listens, in the
second half the other way round. Started together and looped together they are a calm conversation.
"""

import math
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .canvas import HEIGHT, WIDTH, Canvas, text_width
from .captions import write_timing
from .figures import Looks, arm, between, bust, hand, living
from .film import FPS, write_clip
from .palette import FORUM, INK, PAPER, PETROL, Colour, colour, mixed
from .places import CLIPS
from .speech import Speech, Voice, sentences_of, speak

LENGTH = 20.0  # seconds
_SIGNING = 16.0


@dataclass(frozen=True)
class Part:
    """One played speaker."""

    forum: int
    role: str
    name: str
    plate: str
    begins: float
    voice: Voice
    looks: Looks
    text: str


WARM, TAN, DEEP, PALE = colour("#E8B998"), colour("#C98F66"), colour("#8A5A3C"), colour("#F2CFB4")
BROWN, GREY, BLACK, SAND = colour("#5B3A24"), colour("#9AA0A6"), colour("#26201E"), colour("#B98A4E")

PARTS = (
    Part(
        *(1, "impulse", "Frieda Beispiel", "Beispiel: Impuls", 0.7),
        Voice("de+f3", 152, 52),
        Looks(PALE, SAND, "bob", colour("#2E7D7A"), collar=True),
        "Dies ist ein Beispiel. Als alles zu war, trafen wir uns im Netz. Plötzlich spielte die Entfernung keine Rolle mehr.",
    ),
    Part(
        *(1, "moderator", "Anton Beispiel", "Beispiel: Moderation", 10.4),
        Voice("de+m3", 152, 38),
        Looks(DEEP, BLACK, "short", colour("#D8DEE3"), beard=True),
        "Auch ich bin ein Beispiel und moderiere. Was war bei Ihnen die größte Hürde? Melden Sie sich gern zu Wort.",
    ),
    Part(
        *(2, "impulse", "Bruno Beispiel", "Beispiel: Impuls", 0.7),
        Voice("de+m1", 154, 46),
        Looks(WARM, GREY, "short", colour("#41506B"), glasses=True, collar=True),
        "Dies ist ein Beispiel. Freitags steht bei uns eine lange Bank vor der Bäckerei. "
        "Nach einer Stunde reden alle miteinander.",
    ),
    Part(
        *(2, "moderator", "Clara Beispiel", "Beispiel: Moderation", 10.4),
        Voice("de+f2", 152, 58),
        Looks(TAN, BLACK, "bun", colour("#C7A6E8")),
        "Danke für dieses Beispiel. Was braucht ein gutes Miteinander bei Ihnen? Notieren Sie Ihre Idee gleich als Beitrag.",
    ),
    Part(
        *(3, "impulse", "Leni Beispiel", "Beispiel: Impuls", 0.7),
        Voice("de+f4", 154, 48),
        Looks(DEEP, BLACK, "curls", colour("#E3C46B"), glasses=True),
        "Dies ist ein Beispiel. Unser bester Beitrag war ein Foto vom alten Freibad. Darunter erzählten alle von früher.",
    ),
    Part(
        *(3, "moderator", "Emil Beispiel", "Beispiel: Moderation", 10.4),
        Voice("de+m7", 152, 44),
        Looks(PALE, BROWN, "short", colour("#7A8F5A"), collar=True),
        "Auch das ist nur ein Beispiel. Welche Kanäle lohnen sich, und wo stolpert man? Drei Wortmeldungen habe ich schon.",
    ),
)


def make_clips() -> None:
    """Write all clips and their caption timings."""
    CLIPS.mkdir(exist_ok=True)
    for part in PARTS:
        name = f"forum-{part.forum}-{part.role}"
        with tempfile.TemporaryDirectory() as folder:
            speech = speak(sentences_of(part.text), part.voice, Path(folder) / "s.wav", part.begins, gap=0.35, length=LENGTH)
            write_clip(_speaking(part, speech), speech.file, CLIPS / f"{name}.webm")
        write_timing(speech.cues, CLIPS / f"{name}.captions.json")
    write_clip(_signing(), None, CLIPS / "interpreter.webm")


def _speaking(part: Part, speech: Speech) -> Iterator[bytes]:
    levels = speech.levels(FPS)
    for index in range(round(LENGTH * FPS)):
        yield speaker_picture(part, index / FPS, levels[index] if index < len(levels) else 0).pixels()


def speaker_picture(part: Part, t: float, level: float) -> Canvas:
    """One picture of a speaker at second ``t``."""
    canvas = Canvas()
    tone = FORUM[part.forum]
    _room(canvas, tone, shelved=part.role == "moderator")
    moment = living(t, LENGTH, level if level > 0.08 else 0, shift=part.forum + part.begins)
    bust(canvas, WIDTH / 2, 162, 66, part.looks, moment)
    _plate(canvas, part.name, part.plate, tone)
    return canvas


def _room(canvas: Canvas, tone: Colour, shelved: bool) -> None:
    """A wall in the forum's colour with a window or a shelf, and a plant."""
    wall = mixed(tone, PAPER, 0.80)
    canvas.ground(wall)
    leaf = mixed(tone, colour("#3E7B57"), 0.7)
    if shelved:
        _shelf(canvas, tone, wall)
        _plant(canvas, 78, leaf)
    else:
        _window(canvas, tone, wall)
        _plant(canvas, 566, leaf)


def _window(canvas: Canvas, tone: Colour, wall: Colour) -> None:
    frame = mixed(wall, PAPER, 0.75)
    canvas.round_box(452, 46, 150, 166, 4, frame)
    canvas.box(460, 54, 134, 150, mixed(wall, colour("#BFD9E6"), 0.7))
    canvas.pen.rectangle(460, 54, 134, 150)
    canvas.pen.save()
    canvas.pen.clip()
    canvas.disc(562, 92, 17, colour("#F3DFA8"))
    canvas.oval(480, 216, 74, 52, mixed(colour("#5E8F73"), wall, 0.35))
    canvas.oval(588, 222, 70, 42, mixed(colour("#3E7B57"), wall, 0.35))
    canvas.pen.restore()
    canvas.box(524, 54, 6, 150, frame)
    canvas.box(446, 208, 162, 8, mixed(tone, wall, 0.55))


def _shelf(canvas: Canvas, tone: Colour, wall: Colour) -> None:
    board = mixed(tone, wall, 0.5)
    tones = [mixed(tone, wall, share) for share in (0.2, 0.55, 0.35, 0.7, 0.1)]
    tones[1:1] = [colour("#D9B36A"), colour("#8FA9B5"), PAPER]
    for row, top in enumerate((118, 208)):
        left = 462.0
        for book in range(7 if row else 6):
            width, height = 13 + (book * 7 + row * 5) % 9, 46 + (book * 11 + row * 17) % 20
            canvas.box(left, top - height, width, height, tones[(book * 3 + row * 2) % len(tones)])
            left += width + 2
        canvas.box(446, top, 168, 7, board)


def _plant(canvas: Canvas, x: float, leaf: Colour) -> None:
    canvas.shape([(x - 24, 306), (x + 24, 306), (x + 18, 360), (x - 18, 360)], colour("#B9775A"))
    for lean, tall in ((-46, 58), (-22, 84), (4, 96), (30, 80), (50, 54)):
        canvas.pen.move_to(x, 308)
        canvas.pen.curve_to(x + lean * 0.1 - 12, 308 - tall * 0.6, x + lean - 10, 308 - tall * 0.8, x + lean, 308 - tall)
        canvas.pen.curve_to(x + lean + 8, 308 - tall * 0.5, x + lean * 0.3 + 12, 308 - tall * 0.3, x, 308)
        canvas.paint(mixed(leaf, INK, 0.12 if lean < 0 else 0))


def _plate(canvas: Canvas, name: str, role: str, tone: Colour) -> None:
    """Name and the word Beispiel at the top left, clear of what the room lays over the lower edge."""
    width = max(text_width(name, 21, "Bold"), text_width(role, 16, "SemiBold")) + 34
    canvas.round_box(24, 24, width, 62, 6, PAPER)
    canvas.box(24, 30, 5, 50, tone)
    canvas.write(42, 50, name, 21, INK, "Bold")
    canvas.write(42, 73, role, 16, tone, "SemiBold")


# Wrists left x y, right x y, then angle and spread of the left and the right hand. Invented movements, no real signs.
_POSES = (
    (250, 262, 390, 262, -0.5, 0.2, -2.6, 0.2),
    (236, 196, 398, 236, -1.2, 1.0, -2.4, 0.6),
    (258, 232, 420, 182, -0.6, 0.7, -1.7, 1.0),
    (284, 238, 356, 238, -0.9, 1.0, -2.2, 1.0),
    (214, 240, 426, 240, -1.5, 1.0, -1.6, 1.0),
    (288, 214, 372, 256, -1.3, 0.0, -2.7, 1.0),
    (262, 256, 350, 204, -0.4, 1.0, -1.9, 0.0),
    (228, 176, 412, 176, -1.3, 1.0, -1.8, 1.0),
    (282, 226, 382, 214, -0.7, 0.3, -2.2, 1.0),
    (250, 240, 348, 150, -0.6, 0.2, -2.0, 1.0),
    (296, 246, 344, 246, -0.8, 0.1, -2.3, 0.1),
    (222, 214, 390, 250, -1.2, 0.9, -2.6, 0.3),
    (264, 206, 376, 206, -1.4, 1.0, -1.7, 1.0),
    (276, 252, 414, 204, -0.5, 0.5, -1.8, 1.0),
    (240, 232, 366, 232, -1.0, 0.2, -2.2, 0.9),
    (266, 250, 402, 196, -0.6, 1.0, -1.7, 0.1),
    (292, 222, 348, 222, -1.2, 1.0, -1.9, 1.0),
    (246, 254, 394, 254, -0.6, 0.4, -2.5, 0.4),
)


def _signing() -> Iterator[bytes]:
    for index in range(round(_SIGNING * FPS)):
        yield signing_picture(index / FPS).pixels()


def signing_picture(t: float) -> Canvas:
    """One picture of the signing tile at second ``t``: plain ground, dark clothes, light hands, nothing else moving."""
    canvas = Canvas()
    canvas.ground(colour("#D5E0E2"))
    canvas.oval(WIDTH / 2, HEIGHT + 40, 250, 130, colour("#C4D3D6"))
    looks = Looks(WARM, BROWN, "short", colour("#23313F"))
    pose = between(_POSES, t / _SIGNING)
    # The mouth forms words as interpreters do; no sound is meant.
    moment = living(t, _SIGNING, max(0.0, pose[5] - 0.35) * 0.7, shift=1)
    canvas.pen.save()
    canvas.pen.translate(0, 6)
    bust(canvas, WIDTH / 2, 108, 48, looks, moment)
    sleeve = colour("#2B3B4B")
    for outward, wrist, angle, spread in ((-1, pose[0:2], pose[4], pose[5]), (1, pose[2:4], pose[6], pose[7])):
        shoulder = (WIDTH / 2 + outward * 84, 226)
        cuff = (wrist[0] - 13 * math.cos(angle), wrist[1] - 13 * math.sin(angle))
        arm(canvas, shoulder, cuff, outward, sleeve)
        hand(canvas, (wrist[0], wrist[1]), angle, spread, looks.skin)
    canvas.pen.restore()
    _plate(canvas, "Beispiel", "Gebärdensprache", PETROL)
    return canvas
