"""The project's typeface as static TrueType files, which cairo's and Typst's text engines want.

The browser gets Atkinson Hyperlegible Next (SIL Open Font License 1.1) as one variable WOFF2; here three weights are cut
out of it. The cut files are committed, so this runs only when the vendored face changes.
"""

from pathlib import Path

from fontTools.ttLib import TTFont  # type: ignore[import-untyped,import-not-found,unused-ignore]
from fontTools.varLib import instancer  # type: ignore[import-untyped,import-not-found,unused-ignore]

from .places import FONTS, ROOT

FAMILY = "Atkinson Hyperlegible Next"
WEIGHTS = {"Regular": 400, "SemiBold": 600, "Bold": 700}


def font_file(weight: str) -> Path:
    """Path of the static face of ``weight``, one of ``WEIGHTS``."""
    return FONTS / f"AtkinsonHyperlegibleNext-{weight}.ttf"


def cut_typefaces() -> None:
    """Write the static faces of all ``WEIGHTS`` into the fonts folder."""
    source = next((ROOT / "conference" / "static" / "vendor").glob("atkinson-*/latin-wght-normal.woff2"))
    FONTS.mkdir(exist_ok=True)
    for weight, axis in WEIGHTS.items():
        face = instancer.instantiateVariableFont(TTFont(source, recalcTimestamp=False), {"wght": axis})
        face.flavor = None
        _rename(face, weight)
        face["OS/2"].usWeightClass = axis
        face.save(font_file(weight))


def _rename(face: TTFont, weight: str) -> None:
    # Names 16 and 17 group the weights into one family; 1 and 2 know only regular and bold.
    names = {1: f"{FAMILY} {weight}", 2: "Regular", 4: f"{FAMILY} {weight}", 16: FAMILY, 17: weight}
    names[6] = f"AtkinsonHyperlegibleNext-{weight}"
    for number, value in names.items():
        face["name"].setName(value, number, 3, 1, 0x409)
