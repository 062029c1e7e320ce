"""What this machine was measured to bear, kept beside the database as `capacity.json`."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from conference.desk.readiness.shapes import Capacity

NAME = "capacity.json"


def capacity_in(folder: Path) -> Capacity | None:
    """What `write_capacity` put there; None when there is nothing, or nothing that can be read."""
    try:
        read = json.loads((folder / NAME).read_text(encoding="utf-8"))
        counts = {name: int(read[name]) for name in ("discussion", "audience", "installation")}
        return Capacity(**counts, at=datetime.fromisoformat(read["at"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_capacity(folder: Path, capacity: Capacity) -> None:
    """Take the place of what stood there."""
    before = folder / f"{NAME}.part"
    before.write_text(json.dumps({**asdict(capacity), "at": capacity.at.isoformat()}, indent=1) + "\n", encoding="utf-8")
    before.replace(folder / NAME)
