"""The floor plan is law: import-linter reads it, and notices what it must notice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import ROOT, files, name_of

# What somebody might write, where, and the contract that says no.
TRESPASSES = [
    ("conference/base/ids.py", "from conference.web import texts", "Imports go down only"),
    ("conference/cards/rules.py", "from conference.results import rules", "Imports go down only"),
    ("conference/people/store.py", "from conference.doors import visit", "Imports go down only"),
    ("conference/front/home.py", "from conference.desk import store", "Imports go down only"),
    ("conference/mailing/model.py", "from conference.registration import model", "Imports go down only"),
    ("conference/cards/purge.py", "from conference.keeping import fates", "Imports go down only"),
    ("conference/doors/guard.py", "from conference import app", "Imports go down only"),
    ("conference/unplanned.py", "", "Imports go down only"),
    ("conference/forums/store.py", "from media import node", "The street door"),
    ("conference/base/clock.py", "import media.sfu.forum", "The street door"),
    ("conference/cards/actions.py", "from media.video import plan", "The street door"),
    ("media/gateway.py", "from conference.base import ids", "The annexe stands alone"),
    ("media/rtp/opus.py", "from media.sfu import voice", "Inside of media"),
    ("media/sfu/forum.py", "from media import video", "Inside of media"),
    ("media/unplanned.py", "", "Inside of media"),
    ("conference/access/rules.py", "from time import time", "Rules ask no clock"),
    ("conference/program/rules.py", "import asyncio", "Rules ask no clock"),
    ("conference/results/rules.py", "from os import path", "Rules ask no clock"),
    ("media/sfu/forum.py", "import random", "The middle of media is pure"),
    ("media/video/plan.py", "import os", "The middle of media is pure"),
    ("media/rtp/vp8.py", "from aiortc import codecs", "aiortc stays at one address"),
    ("conference/forums/ice.py", "import aiortc", "aiortc stays at one address"),
    ("media/node.py", "import pylibsrtp", "aiortc stays at one address"),
    ("conference/web/objects.py", "from botocore import exceptions", "boto3 stays at one address"),
]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    argv = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--config", str(ROOT / ".importlinter")]
    environ = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "300"}
    return subprocess.run(argv, cwd=folder, env=environ, capture_output=True, text=True, timeout=60)


def broken(said: str) -> list[str]:
    """The names of the contracts that are reported as broken."""
    return [line.partition(" BROKEN")[0] for line in said.splitlines() if " BROKEN" in line]


def test_every_import_goes_down() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of the project, to trespass in."""
    folder = tmp_path_factory.mktemp("house")
    for file in files("conference", "media"):
        (folder / name_of(file)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, folder / name_of(file))
    return folder


@pytest.mark.parametrize(("file", "line", "contract"), TRESPASSES, ids=[f"{file}: {line}" for file, line, _ in TRESPASSES])
def test_a_trespass_is_noticed(copy: Path, file: str, line: str, contract: str) -> None:
    path = copy / file
    before = path.read_text() if path.exists() else None
    try:
        path.write_text(f"{before or ''}\n{line}\n")
        said = broken(lint(copy).stdout)
        assert any(one.startswith(contract) for one in said), said
    finally:
        path.unlink() if before is None else path.write_text(before)
