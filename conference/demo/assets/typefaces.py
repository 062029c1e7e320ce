"""The typefaces that results sheets are set in and example cards are drawn with, as static TrueType files.

They are cut out of the npm packages @expo-google-fonts/* that `SOURCES` names (each with the SIL Open Font License 1.1): Atkinson
Hyperlegible Next as it is, Noto for the scripts and signs that it lacks. The cut files are committed, so this runs only when a
face changes: `python -m conference.demo.assets.typefaces FOLDER`, where FOLDER holds the unpacked packages by their names
(noto-sans, ...). It writes `coverage.py` too.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from unicodedata import category, is_normalized

from fontTools import subset  # type: ignore[import-untyped,unused-ignore]
from fontTools.ttLib import TTFont  # type: ignore[import-untyped,unused-ignore]

from .places import FONTS, ROOT

WEIGHTS = {"Regular": "400Regular", "SemiBold": "600SemiBold", "Bold": "700Bold"}
# Package -> version, file name, weights.
SOURCES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "atkinson-hyperlegible-next": ("0.4.1", "AtkinsonHyperlegibleNext", tuple(WEIGHTS)),
    "noto-sans": ("0.4.2", "NotoSans", tuple(WEIGHTS)),
    "noto-serif": ("0.4.2", "NotoSerif", tuple(WEIGHTS)),
    "noto-sans-math": ("0.4.2", "NotoSansMath", ("Regular",)),
    "noto-sans-symbols-2": ("0.4.1", "NotoSansSymbols2", ("Regular",)),
}
# Latin with its extensions, single combining marks, Greek, Cyrillic, punctuation, currencies, letterlike signs and fractions.
LETTERS = [
    *(*range(0x20, 0x7F), *range(0xA0, 0x250), 0x2BC, 0x2C6, 0x2C7, *range(0x2D8, 0x2DE), *range(0x300, 0x30D)),
    *(0x30F, 0x311, 0x31B, *range(0x323, 0x329), 0x32D, 0x32E, 0x330, 0x331, *range(0x370, 0x400), *range(0x400, 0x500)),
    *(*range(0x1E00, 0x1F00), *range(0x2000, 0x2028), 0x202F, *range(0x2030, 0x205F), *range(0x2070, 0x20A0)),
    *(*range(0x20A0, 0x20C1), *range(0x2100, 0x2190), 0x25CC, 0x2212),
]
SIGNS = {"noto-sans-math": [*range(0x2190, 0x2300), *range(0x27F5, 0x2800)], "noto-sans-symbols-2": [*range(0x25A0, 0x27BF)]}
# Format characters, controls, what Unicode has not given out, ends of lines and paragraphs.
UNSEEN = frozenset({"Cf", "Cc", "Cn", "Co", "Cs", "Zl", "Zp"})
COVERAGE = ROOT / "conference" / "results" / "coverage.py"
HEAD = '''"""The characters that the shipped typefaces can show in each weight: first and last code point of each run.

Written by `conference.demo.assets.typefaces`; tests compare it with the fonts.
"""

from __future__ import annotations

# fmt: off
RUNS: tuple[tuple[int, int], ...] = (
'''


def font_file(weight: str) -> Path:
    """Path of the project's typeface in ``weight``, one of ``WEIGHTS``."""
    return FONTS / f"AtkinsonHyperlegibleNext-{weight}.ttf"


def cut_typefaces(folder: Path) -> None:
    """Write all faces, the hashes of where they come from, their licences and the table of what they can show."""
    FONTS.mkdir(parents=True, exist_ok=True)
    listed = [
        "# What stands in this folder was made by others; typefaces.py cuts it out of these packages. sha256 of every file.\n"
    ]
    for package, (version, name, weights) in SOURCES.items():
        shutil.copyfile(folder / package / "LICENSE_FONT", FONTS / f"OFL-{name}.txt")
        for weight in weights:
            source = folder / package / WEIGHTS[weight] / f"{name}_{WEIGHTS[weight]}.ttf"
            target = FONTS / f"{name}-{weight}.ttf"
            if package.startswith("noto"):
                _cut(source, target, SIGNS.get(package, LETTERS))
            else:
                shutil.copyfile(source, target)
        names = [f"OFL-{name}.txt", *(f"{name}-{weight}.ttf" for weight in weights)]
        sums = [f'"{one}" = "{hashlib.sha256((FONTS / one).read_bytes()).hexdigest()}"' for one in names]
        head = [f'name = "@expo-google-fonts/{package}"', f'version = "{version}"', 'licence = "OFL-1.1"', "[package.sha256]"]
        listed.append("\n".join(["[[package]]", *head, *sums, ""]))
    (FONTS / "fonts.toml").write_text("\n".join(listed), "utf-8")
    write_coverage()


def write_coverage() -> None:
    """Let the table be what the fonts have."""
    COVERAGE.write_text(HEAD + "".join(f"    ({first:#06x}, {last:#06x}),\n" for first, last in runs(covered())) + ")\n", "utf-8")


def covered() -> set[int]:
    """The code points that a text of any face and weight can be set in, all faces falling back on the others; only those that
    NFC leaves as they are."""
    points = {point for file in FONTS.glob("*-Regular.ttf") for point in TTFont(file).getBestCmap()}
    return {point for point in points if category(chr(point)) not in UNSEEN and is_normalized("NFC", chr(point))}


def runs(points: Iterable[int]) -> list[tuple[int, int]]:
    """(first, last) of each run of code points, ascending."""
    found = []
    for _, group in groupby(enumerate(sorted(points)), lambda pair: pair[1] - pair[0]):
        run = [point for _, point in group]
        found.append((run[0], run[-1]))
    return found


def _cut(source: Path, target: Path, points: list[int]) -> None:
    """Keep these characters and the shaping that they need; without instructions for pixels, which no PDF reader uses."""
    options = subset.Options(hinting=False, layout_features=["ccmp", "locl", "mark", "mkmk", "kern"], notdef_outline=True)
    face = TTFont(source, recalcTimestamp=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=points)
    cutter.subset(face)
    face.save(target)


if __name__ == "__main__":
    cut_typefaces(Path(sys.argv[1]))
