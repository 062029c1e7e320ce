"""A built wheel is complete: it opens its own templates, texts, static files, revisions and demo without the checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.house.source import ROOT

FOLDERS = {"conference": "conference", "docs": "conference/docs", "media": "media", "templates": "conference/templates"}
PROBE = """
import asyncio, pathlib, sys
from conference import migrate
from conference.demo.script import FOLDERS
from conference.web.guides.reading import DOCS, NAMES, Guides
from conference.web.render import TEMPLATES, Rendering
from conference.web.static import Assets
from conference.web.texts import read_texts
from alembic.script import ScriptDirectory
from conference.results.content import Content, Group, HEADINGS, Entry
from conference.results.setting import press
from conference.results.setting.drawing import drawn
from conference.results.setting.shape import Look, Occasion
from datetime import datetime, UTC
texts, here = read_texts(), pathlib.Path(sys.argv[1])
assert texts["de"].gettext("Not possible") != "Not possible"
assert TEMPLATES.is_relative_to(here), TEMPLATES
assert DOCS.is_relative_to(here), DOCS
assert len(Guides(pictures="/x").of(NAMES, "de")) == len(NAMES)
assert migrate.FOLDER.is_relative_to(here), migrate.FOLDER
assert all(pathlib.Path(folder).is_relative_to(here) for folder in FOLDERS), FOLDERS
assert len(ScriptDirectory(str(migrate.FOLDER)).get_heads()) == 1
assert press.TEMPLATE.is_relative_to(here) and press.FONTS.is_relative_to(here), (press.TEMPLATE, press.FONTS)
occasion = Occasion("de", "Treffen", "Forum", 1, "heute", "online", datetime(2021, 5, 4, tzinfo=UTC))
groups = tuple(Group(key, title, (Entry(key, {"de": "Łódź, Αθήνα, София → ✓"}),)) for key, title in HEADINGS.items())
sheet, missing = drawn(Content({"de": "Blatt"}, {}, {}, (), None, groups), occasion, Look(face="noto-serif"), texts["de"])
(pdf,), pages = asyncio.run(press.press(sheet, made=occasion.made))
assert pdf.startswith(b"%PDF-") and (pages, missing) == (1, ())
rendering = Rendering(texts, Assets())
for language in ("de", "en"):
    for name in TEMPLATES.rglob("*.html"):
        rendering._environments[language].get_template(name.relative_to(TEMPLATES).as_posix())
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    argv = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "wheel",
        "--no-deps",
        "--quiet",
        "-w",
        str(folder),
        str(ROOT),
    ]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(folder.glob("meetingpoint-*.whl"))


def in_the_checkout() -> set[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *FOLDERS],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    files = [name for name in listed if (ROOT / name).is_file()]
    return {f"{FOLDERS[name.partition('/')[0]]}/{name.partition('/')[2]}" for name in files}


def test_the_wheel_holds_every_file_of_the_program(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    compiled = {"media/rtc/_fanout.so"} if sys.platform == "linux" and shutil.which("cc") else set()
    assert names == in_the_checkout() | compiled


def test_the_wheel_brings_its_terms_and_its_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        info = {name.partition(".dist-info/")[2]: name for name in archive.namelist() if ".dist-info/" in name}
        assert archive.read(info["licenses/LICENSE"]) == (ROOT / "LICENSE").read_bytes()
        assert "meetingpoint = conference.cli:main" in archive.read(info["entry_points.txt"]).decode()


def test_the_wheel_works_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    environ = {**os.environ, "PYTHONPATH": str(tmp_path)}
    argv = [sys.executable, "-W", "error", "-c", PROBE, str(tmp_path)]
    done = subprocess.run(argv, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
