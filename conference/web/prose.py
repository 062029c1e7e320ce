"""Long texts of the hosts as blocks: headings ("## "), lists ("- "), paragraphs parted by blank lines. Nothing else is markup."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Block:
    """kind: heading, list, paragraph; lines: one, but for lists."""

    kind: str
    lines: tuple[str, ...]


def prose(text: str) -> list[Block]:
    """The blocks of a text, each line's spaces made single. A "## " or "- " in the middle of a paragraph is text."""
    parts = [part.strip() for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]
    return [_block([line.strip() for line in part.split("\n") if line.strip()]) for part in parts]


def _block(lines: list[str]) -> Block:
    if len(lines) == 1 and lines[0].startswith("## "):
        return Block("heading", (_plain(lines[0][3:]),))
    if all(line.startswith("- ") for line in lines):
        return Block("list", tuple(_plain(line[2:]) for line in lines))
    return Block("paragraph", (_plain(" ".join(lines)),))


def _plain(text: str) -> str:
    return " ".join(text.split())
