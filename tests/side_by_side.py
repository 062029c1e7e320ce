"""What runs at the same time when the tests are spread over two processes: files beside files, but one room after another.

Two rooms full of browsers that encode and draw need more than two cores, and then wait for each other instead of for the program.
Browsers that only read and write pages bear a room beside them, but not one another.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

WITH_ROOMS = ("tests/browser/", "tests/media/", "tests/reach/")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Asked by pytest-xdist, where tests are spread."""
    from xdist.scheduler import LoadFileScheduling

    class SideBySide(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file = str(super()._split_scope(nodeid))
            if not _drives_a_browser(config.rootpath / file):
                return file
            return "rooms" if file.startswith(WITH_ROOMS) else "pages"

    return SideBySide(config, log)


def _drives_a_browser(file: Path) -> bool:
    """Whether a file of tests has the mark."""
    return "mark.browser" in file.read_text(encoding="utf-8")
