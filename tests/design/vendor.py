"""Take typeface, icons and the PDF renderer out of unpacked npm packages: `python -m tests.design.vendor NODE_MODULES`.

Writes `static/vendor/<name>-<version>/`, the sprite `static/img/icons.svg` and `static/vendor/vendor.toml`
(name, version, licence, sha256 of each file), so that a reader can repeat by hand what was taken from where.
"""

import hashlib
import json
import re
import shutil
import sys
from pathlib import Path

STATIC = Path(__file__).parents[2] / "conference" / "static"
FONT = "@fontsource-variable/atkinson-hyperlegible-next"
ICONS = "lucide-static"
PDF = "pdfjs-dist"
# The build for browsers of the last years, its worker, the fonts that PDFs may leave out, and decoders that need no
# WebAssembly, which our content policy does not allow.
PDF_FILES = (
    "LICENSE",
    "legacy/build/pdf.min.mjs",
    "legacy/build/pdf.worker.min.mjs",
    "standard_fonts/*",
    "wasm/*_nowasm_fallback.js",
)
PDF_TERMS = ("wasm/LICENSE_JBIG2", "wasm/LICENSE_OPENJPEG", "wasm/LICENSE_PDFJS_JBIG2", "wasm/LICENSE_PDFJS_OPENJPEG")

# Only what a template or the room uses; a name here is the name in `icon("...")`.
NAMES = """
accessibility arrow-down arrow-left arrow-right arrow-up badge-check bell book-open-text building-2 calendar-days
calendar-plus captions
captions-off check chevron-down chevron-right circle-alert circle-check circle-question-mark circle-x clock contrast
copy download ear ellipsis external-link eye file-text film gavel globe hand hand-heart handshake headphones history
house info keyboard languages laugh layout-grid lightbulb link list list-checks lock log-in log-out mail map-pin
maximize menu message-circle-question-mark message-square mic mic-off minimize monitor monitor-up monitor-x network
party-popper pause pencil phone picture-in-picture-2 pin pin-off play plus presentation printer quote radio refresh-cw
rotate-ccw search send settings shield-check signal-high signal-low signal-medium signal-zero signpost
sliders-horizontal star thumbs-up timer trash-2 triangle-alert type undo-2 upload user user-check user-plus users
video video-off volume-2 volume-x wifi wifi-off x zoom-in
""".split()  # noqa: SIM905

INNER = re.compile(r"<svg[^>]*>(.*)</svg>", re.S)


def version_of(package: Path) -> str:
    """The version a package states about itself."""
    return str(json.loads((package / "package.json").read_text())["version"])


def sprite(package: Path) -> str:
    """One SVG with a symbol per icon; stroke and size are set by the stylesheet."""
    symbols = []
    for name in sorted(NAMES):
        found = INNER.search((package / "icons" / f"{name}.svg").read_text())
        if found is None:
            raise SystemExit(f"no drawing in {name}.svg")
        inner = re.sub(r"\s*\n\s*", "", found.group(1)).replace(" />", "/>")
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{inner}</symbol>')
    head = f"<!-- Drawings: Lucide {version_of(package)}, ISC licence, see ../vendor/ -->"
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{head}\n' + "\n".join(symbols) + "\n</svg>\n"


def entry(name: str, version: str, licence: str, files: list[Path]) -> str:
    """One `[[package]]` of vendor.toml."""
    lines = ["[[package]]", f'name = "{name}"', f'version = "{version}"', f'licence = "{licence}"']
    lines.append("[package.sha256]")
    lines += [f'"{f.relative_to(STATIC)}" = "{hashlib.sha256(f.read_bytes()).hexdigest()}"' for f in files]
    return "\n".join(lines) + "\n"


def copy_pdf(package: Path) -> list[Path]:
    """The renderer's files in `vendor/pdfjs-dist-<version>/`, kept in their folders below it (build, standard_fonts, wasm)."""
    folder = STATIC / "vendor" / f"{PDF}-{version_of(package)}"
    for pattern in (*PDF_FILES, *PDF_TERMS):
        for file in package.glob(pattern):
            target = folder / file.relative_to(package).as_posix().removeprefix("legacy/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
    return sorted(file for file in folder.rglob("*") if file.is_file())


def main(modules: Path) -> None:
    """Copy the files, draw the sprite, write vendor.toml."""
    font, lucide = modules / FONT, modules / ICONS
    face = STATIC / "vendor" / f"atkinson-hyperlegible-next-{version_of(font)}"
    drawn = STATIC / "vendor" / f"lucide-{version_of(lucide)}"
    for folder in (face, drawn):
        folder.mkdir(parents=True, exist_ok=True)
    for woff in (font / "files").glob("*.woff2"):
        shutil.copyfile(woff, face / woff.name.replace("atkinson-hyperlegible-next-", ""))
    shutil.copyfile(font / "LICENSE", face / "LICENSE")
    shutil.copyfile(lucide / "LICENSE", drawn / "LICENSE")
    icons = STATIC / "img" / "icons.svg"
    icons.write_text(sprite(lucide))
    text = "# What stands in this folder (and in img/icons.svg) was written by others; sha256 of every file.\n\n"
    text += entry(FONT, version_of(font), "OFL-1.1", sorted(face.iterdir()))
    text += "\n" + entry(ICONS, version_of(lucide), "ISC", [*sorted(drawn.iterdir()), icons])
    text += "\n" + entry(PDF, version_of(modules / PDF), "Apache-2.0", copy_pdf(modules / PDF))
    (STATIC / "vendor" / "vendor.toml").write_text(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
