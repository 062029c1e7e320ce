"""The video business cards of the invented initiatives: a drawn landscape, a person who speaks, name and aim in the sky.

Texts come from the conference file, so that what is said, what the captions show and what the page prints are the same.
The lower third stays free of lettering: there the player shows the captions.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import scenes
from .canvas import Canvas, lines_of, text_width
from .captions import write_webvtt
from .clips import BLACK, BROWN, DEEP, GREY, PALE, SAND, TAN, WARM
from .figures import Looks, bust, living
from .film import FPS, write_card
from .palette import BLUE, INK, OCHRE, PAPER, PETROL, VIOLET, Colour, colour
from .places import DEMO, conference_of, land_name
from .speech import Cue, Speech, Voice, sentences_of, speak

LENGTH = 28.0  # seconds; the conference file says the same
_POSTER = 2.6  # the second whose picture becomes the poster
_LEFT, _WIDE = 32, 350


@dataclass(frozen=True)
class Scene:
    """How one card looks and sounds. ``points`` are the words that stay of its last three sentences."""

    tone: Colour
    land: Callable[[Canvas, float, Colour], None]
    voice: Voice
    looks: Looks
    points: tuple[str, str, str]


SCENES = {
    "rueckenwind-beispielkueste": Scene(
        PETROL,
        scenes.coast,
        Voice("de+f3", 156, 50),
        Looks(PALE, SAND, "bun", PETROL, collar=True),
        ("Arbeit, Wohnung, Kita", "Küstenabend jeden Monat", "Der Wind steht gut"),
    ),
    "heimathuegel-beispieltal": Scene(
        colour("#2F6B4A"),
        scenes.hills,
        Voice("de+m3", 156, 40),
        Looks(WARM, BROWN, "short", colour("#D9B36A"), beard=True),
        ("Aufgewachsen im Beispieltal", "Betriebe und Menschen an einem Tisch", "Probeweise heimkommen"),
    ),
    "wieder-da-beispielland": Scene(
        BLUE,
        scenes.lake,
        Voice("de+f2", 156, 55),
        Looks(TAN, BLACK, "long", colour("#E8E4D8")),
        ("Patenschaft für hundert Tage", "Bootssteg und Sportverein", "Eine Adresse wird ein Zuhause"),
    ),
    "werkbank-beispielrevier": Scene(
        OCHRE,
        scenes.district,
        Voice("de+m1", 160, 44),
        Looks(PALE, GREY, "bald", colour("#41506B"), glasses=True, beard=True),
        ("Offene Werkstätten", "Einen Nachmittag ausprobieren", "Zehn Minuten bis zum See"),
    ),
    "landleben-beispielheide": Scene(
        VIOLET,
        scenes.heath,
        Voice("de+f4", 158, 50),
        Looks(DEEP, BLACK, "curls", colour("#E3C46B")),
        ("Schule, Bus, Internet, Nachbarn", "Das passende Dorf, der passende Betrieb", "Wo alles begann"),
    ),
}


def make_cards() -> None:
    """Write films, captions and posters of all invented initiatives; those of 2024 are the same files."""
    for initiative in conference_of("2021")["initiatives"]:
        if initiative["card"] is not None:
            make_card(initiative, DEMO / "2021")
    for initiative in conference_of("2024")["initiatives"]:
        for file in files_of(initiative["card"]):
            (DEMO / "2024" / file).parent.mkdir(exist_ok=True)
            shutil.copyfile(DEMO / "2021" / file, DEMO / "2024" / file)


def files_of(card: dict[str, Any] | None) -> list[str]:
    """All files that the ``card`` of a conference file names."""
    if card is None:
        return []
    return [card["video"], *card["posters"], *(captions["file"] for captions in card["captions"])]


def make_card(initiative: dict[str, Any], folder: Path) -> None:
    """Write the files of one card, named as the conference file names them, below ``folder``."""
    card, scene = initiative["card"], SCENES[initiative["slug"]]
    (folder / card["video"]).parent.mkdir(exist_ok=True)
    sentences = {language: sentences_of(text) for language, text in card["words"].items()}
    with tempfile.TemporaryDirectory() as temporary:
        speech = speak(sentences["de"], scene.voice, Path(temporary) / "s.wav", lead=0.8, gap=0.25, length=LENGTH)
        write_card(_pictures(initiative, scene, speech), speech.file, folder / card["video"])
    for captions in card["captions"]:
        write_webvtt(speech.cues, sentences[captions["language"]], folder / captions["file"])
    poster = card_picture(initiative, scene, speech.cues, _POSTER, 0, scale=2).picture()
    for file in card["posters"]:
        if file.endswith(".webp"):
            poster.save(folder / file, quality=76, method=6)
        else:
            poster.save(folder / file, quality=80, optimize=True, progressive=True)


def _pictures(initiative: dict[str, Any], scene: Scene, speech: Speech) -> Iterator[bytes]:
    levels = speech.levels(FPS)
    for index in range(round(LENGTH * FPS)):
        level = levels[index] if index < len(levels) else 0
        yield card_picture(initiative, scene, speech.cues, index / FPS, level).pixels()


def card_picture(
    initiative: dict[str, Any], scene: Scene, cues: tuple[Cue, ...], t: float, level: float, scale: int = 1
) -> Canvas:
    """One picture at second ``t`` with the mouth at ``level`` (0..1)."""
    canvas = Canvas(scale)
    scene.land(canvas, t, scene.tone)
    moment = living(t, LENGTH, level if level > 0.08 else 0, shift=len(initiative["name"]))
    bust(canvas, 506, 202, 60, scene.looks, moment)
    tag = canvas.tag(_LEFT, 26, "Beispiel", scene.tone, PAPER)
    canvas.write(_LEFT + tag + 12, 43, land_name(initiative["land"]), 15, INK, "SemiBold")
    canvas.write(_LEFT, 92, initiative["name"], _fitting(initiative["name"]), INK, "Bold")
    _words(canvas, initiative["aim"]["de"], scene, cues, t)
    return canvas


def _fitting(name: str) -> float:
    """The largest size up to 34 at which ``name`` fits beside the person."""
    return next(size / 2 for size in range(68, 40, -1) if text_width(name, size / 2, "Bold") <= _WIDE + 26)


def _words(canvas: Canvas, aim: str, scene: Scene, cues: tuple[Cue, ...], t: float) -> None:
    """The aim at first; it gives way to the points, each of which appears with its sentence."""
    turn = cues[-3].start
    for number, line in enumerate(lines_of(aim, _WIDE, 18)):
        canvas.write(_LEFT, 124 + 24 * number, line, 18, INK, alpha=1 - _eased((t - turn + 0.5) / 0.5))
    for number, (point, cue) in enumerate(zip(scene.points, cues[-3:], strict=True)):
        seen = _eased((t - cue.start) / 0.5)
        canvas.disc(_LEFT + 4, 118 + 26 * number, 4, scene.tone, seen)
        canvas.write(_LEFT + 18, 124 + 26 * number, point, 18, INK, "SemiBold", seen)


def _eased(share: float) -> float:
    share = min(1.0, max(0.0, share))
    return share * share * (3 - 2 * share)
