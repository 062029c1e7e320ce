"""What this machine was measured to bear, kept beside the database as `capacity.json`."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from conference.desk.readiness.shapes import Capacity

NAME = "capacity.json"
BUSY = 0.7
"""So much of its core a media node may be busy: what is left is for joins, keyframes and a bad moment."""
AUDIENCE_PACKETS, DISCUSSION_PACKETS = 250, 500
"""What one person gets a second: the stage and the signing person; four people with picture and sound."""


def capacity_from(each: float, packet: float, nodes: int, at: datetime) -> Capacity:
    """People by what a media node costs. each: seconds of CPU a second for one receiver; packet: seconds for one packet that goes
    out; nodes: of the installation, each with a core of its own. A room lies on one node."""
    audience = int(BUSY / (each + packet * AUDIENCE_PACKETS))
    discussion = int(BUSY / (each + packet * DISCUSSION_PACKETS))
    return Capacity(discussion=discussion, audience=audience, installation=nodes * discussion, at=at)


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
