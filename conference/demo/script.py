"""The `demo:` section of a conference file: invented people, what is played into the forums, and what they write there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
FOLDERS = (HERE / "2021", HERE / "2024")  # the first is the one whose day the demo lives through
FILE = "conference.yaml"


@dataclass(frozen=True, slots=True)
class Invented:
    """An invented person. roles: (role, slug of the session or None); key: who the visitor becomes; forum: where a simulated
    attendee sits."""

    name: str
    email: str
    initiative: str | None
    land: str
    roles: tuple[tuple[str, str | None], ...]
    key: str | None
    simulated: bool
    forum: str | None


@dataclass(frozen=True, slots=True)
class Stream:
    """A clip that is played as this person into a session. clip: path without ending; captions: its spoken lines."""

    session: str
    email: str
    clip: Path
    captions: Path | None


@dataclass(frozen=True, slots=True)
class Said:
    """A finding that a simulated attendee of the session adds while the demo lives."""

    session: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Script:
    slug: str
    people: tuple[Invented, ...]
    streams: tuple[Stream, ...]
    findings: tuple[Said, ...]


def read_script(folder: Path) -> Script:
    """The script of the conference file in `folder`."""
    content = yaml.safe_load((folder / FILE).read_text(encoding="utf-8"))
    demo = content.get("demo") or {}
    return Script(
        slug=content["conference"]["slug"],
        people=tuple(_invented(row) for row in demo.get("people") or ()),
        streams=tuple(_stream(row) for row in demo.get("streams") or ()),
        findings=tuple(Said(row["session"], row["heading"], row["text"]) for row in demo.get("findings") or ()),
    )


def _invented(row: dict[str, Any]) -> Invented:
    return Invented(
        name=row["name"],
        email=row["email"],
        initiative=row.get("initiative"),
        land=row.get("land") or "",
        roles=tuple((held["role"], held.get("session")) for held in row["roles"]),
        key=row.get("key"),
        simulated=bool(row.get("simulated")),
        forum=row.get("forum"),
    )


def _stream(row: dict[str, Any]) -> Stream:
    captions = row.get("captions")
    return Stream(row["session"], row["person"], HERE / row["clip"], HERE / captions if captions else None)


def digest_of(folders: Iterable[Path]) -> str:
    """Changes whenever a file below `folders` does."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            digest.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
