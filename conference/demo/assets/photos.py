"""Two drawn pictures for the report of 2021, which say so: what stands there is where a host's photos would be."""

from . import scenes
from .canvas import HEIGHT, WIDTH, Canvas
from .cards import SCENES
from .figures import bust, living
from .palette import INK, OCHRE, PAPER, mixed
from .places import DEMO

_GAP = 8


def make_photos() -> None:
    """Write them, named as the conference file names them."""
    folder = DEMO / "2021" / "report"
    folder.mkdir(exist_ok=True)
    for name, canvas in {"01": _people(), "02": _place()}.items():
        canvas.picture().convert("RGB").save(folder / f"{name}.jpg", quality=84, optimize=True, subsampling="4:2:0")


def _people() -> Canvas:
    """Five people on a screen, as they met, and the sixth place free."""
    canvas = Canvas(2)
    canvas.ground(mixed(INK, PAPER, 0.08))
    wide, tall = (WIDTH - 4 * _GAP) / 3, (HEIGHT - 3 * _GAP) / 2
    for place, scene in enumerate([*SCENES.values(), None]):
        x, y = _GAP + (place % 3) * (wide + _GAP), _GAP + (place // 3) * (tall + _GAP)
        canvas.pen.save()
        canvas.pen.rectangle(x, y, wide, tall)
        canvas.pen.clip()
        if scene is None:
            canvas.box(x, y, wide, tall, mixed(INK, PAPER, 0.2))
            canvas.tag(x + wide / 2 - 42, y + tall / 2 - 12, "Beispiel", OCHRE, PAPER)
        else:
            canvas.box(x, y, wide, tall, mixed(scene.tone, PAPER, 0.72))
            moment = living(place * 3.1, 28.0, 0.4 * (place % 2), shift=place)
            bust(canvas, x + wide / 2, y + tall * 0.46, 38, scene.looks, moment)
        canvas.pen.restore()
    return canvas


def _place() -> Canvas:
    """The hills where the next meeting could be."""
    canvas = Canvas(2)
    scene = SCENES["heimathuegel-beispieltal"]
    scenes.hills(canvas, 6.0, scene.tone)
    canvas.tag(32, 26, "Beispiel", scene.tone, PAPER)
    return canvas
