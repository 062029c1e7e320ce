"""How many people this machine bears, for the readiness page: CPU of the media node by receivers and packets, as people.

    python -m tests.load.bench_capacity [--data FOLDER] [--nodes N]

Writes capacity.json into the data folder (else MEETINGPOINT_DATA_DIR, else ./data where it is). A minute on a quiet machine.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conference.desk.readiness.capacity import capacity_from, write_capacity
from tests.load import media_clip
from tests.load.bench_media import Bench, Shape, fit

SHAPES: tuple[Shape, ...] = ((1, 50), (1, 150), (4, 50), (4, 100))


def run(folder: Path | None = None, nodes: int = 1, seconds: float = 6.0) -> list[dict[str, Any]]:
    """One result, as `make bench` tells it. Raises RuntimeError when a run breaks off."""
    with tempfile.TemporaryDirectory(prefix="meetingpoint-capacity-") as kept:
        bench = Bench(media_clip.write(Path(kept) / "clip.webm"), seconds=seconds)
        runs = [bench.load("node", shape) for shape in SHAPES]
    (each, packet), rest = fit(runs, "receivers", "delivered")
    measured = capacity_from(each, packet, nodes, datetime.now(UTC))
    target = folder or _data_folder()
    if target is not None:
        write_capacity(target, measured)
    return [
        {
            "name": "capacity: people that this machine bears",
            "audience": measured.audience,
            "discussion": measured.discussion,
            "installation": measured.installation,
            "a_ms_per_second": round(1000 * each, 3),
            "b_us": round(1e6 * packet, 2),
            "residuals": rest,
            "written_to": str(target) if target else "nowhere: name a data folder",
            "limit": "none",
            "passed": True,
        }
    ]


def _data_folder() -> Path | None:
    folder = Path(os.environ.get("MEETINGPOINT_DATA_DIR") or "data")
    return folder if folder.is_dir() else None


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench_capacity")
    parser.add_argument("--data", type=Path, help="data folder of the installation")
    parser.add_argument("--nodes", type=int, default=1, help="media nodes, each with a core of its own")
    parser.add_argument("--seconds", type=float, default=6.0, help="measured window of each run")
    options = parser.parse_args()
    for result in run(options.data, options.nodes, options.seconds):
        for name, value in result.items():
            print(f"{name}: {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
