"""What the demo's processes know of each other: who plays whom, by which link. A private file in the data folder."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from conference.demo.folder import write_private


@dataclass(frozen=True)
class Seat:
    """Somebody simulated: the link's secret, the session's id; a captioner's lines: name of who speaks -> file of the words."""

    link: str
    session: str
    name: str
    lines: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Played:
    """A clip that is played in as a person. session: id; slug: of the session; clip: path without ending; spoken: with sound."""

    session: str
    slug: str
    person: str
    name: str
    clip: str
    spoken: bool


@dataclass(frozen=True)
class Contribution:
    """A finding that somebody simulated adds. link: the person's secret; slug: of the session; client: the finding's name, so
    that it is added once, whatever is tried again."""

    link: str
    slug: str
    heading: str
    text: str
    client: str


@dataclass(frozen=True)
class Cast:
    """digest: of the conference files that this came from; slug: of the conference that the demo lives through; times: its
    instants (ISO 8601) as the file has them; forum: slug of the visitor's; plenary: slug and start (ISO 8601) of the closing one;
    persons: key -> ids in every conference; links: key -> the link's secret."""

    digest: str
    slug: str
    times: dict[str, str | None]
    forum: str
    plenary: dict[str, str] | None
    persons: dict[str, list[str]]
    links: dict[str, str]
    attendees: list[Seat]
    captioners: list[Seat]
    played: list[Played]
    contributions: list[Contribution]


def write_cast(data_dir: Path, cast: Cast) -> None:
    write_private(data_dir / "cast.json", asdict(cast))


def read_cast(data_dir: Path) -> Cast | None:
    """The cast of the demo in this folder; None when it has none that this version understands."""
    try:
        raw = json.loads((data_dir / "cast.json").read_text(encoding="utf-8"))
        return Cast(
            **{
                **raw,
                "attendees": [Seat(**row) for row in raw["attendees"]],
                "captioners": [Seat(**row) for row in raw["captioners"]],
                "played": [Played(**row) for row in raw["played"]],
                "contributions": [Contribution(**row) for row in raw["contributions"]],
            }
        )
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
