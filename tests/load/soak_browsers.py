"""`make soak`: the browser tests of the media node in full: both browsers everywhere, twenty reloads, two hundred switches, a
minute under loss; and its forums with anything in any order, two thousand times. A film's way killed at each of its points;
all films of all kinds, a hundred hostile ones among them; our tables in LibreOffice.

    python -m tests.load.soak_browsers [pytest arguments]
"""

from __future__ import annotations

import os
import subprocess
import sys


def main(arguments: list[str]) -> int:
    """Exit code of pytest. What it measured is printed."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-s",
        "--durations=20",
        "tests/base/test_tables.py",
        "tests/media/browsers",
        "tests/media/video",
        "tests/media/sfu/test_chaos.py",
        "tests/browser/test_check_connection.py",
        "tests/browser/test_firefox_plenary.py",
        "tests/browser/test_four_browsers.py",
        "tests/browser/test_journeys.py",
        "tests/browser/test_layouts.py",
        "tests/browser/test_moderation.py",
        "tests/browser/test_pages.py",
        "tests/browser/test_plenary.py",
        "tests/browser/test_room_connection.py",
        "tests/browser/test_room_loss.py",
        "tests/browser/test_slides.py",
        "tests/browser/test_staying.py",
        "tests/browser/test_talk.py",
        "tests/browser/test_words.py",
        "tests/cards/test_firefox.py",
        "tests/cards/test_kill_points.py",
        "tests/desk/handover/test_browser.py",
        "tests/desk/run/test_browser.py",
        "tests/desk/test_every_page.py",
        "tests/desk/test_first_journey.py",
        "tests/load/test_room_talk.py",
        "tests/reach",
        "tests/web/test_poison.py",
        "tests/browser/test_room_media.py",
        "tests/cards/test_gallery_browser.py",
        "tests/results/collecting/test_journey.py",
        "tests/results/report/test_browser.py",
        "tests/results/sheets/test_journey.py",
        *arguments,
    ]
    return subprocess.run(command, env={**os.environ, "MEETINGPOINT_SOAK": "1"}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
