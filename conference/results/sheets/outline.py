"""A sheet as a row of plain blocks in one language, which every kind of file draws in its own way: pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from conference.base.words import say
from conference.results.content import Content, Entry


@dataclass(frozen=True, slots=True)
class Labels:
    """The words around the findings, in the language of the file. round: with {n}; initiatives: the whole sentence or ""."""

    round: str
    key: str
    initiatives: str
    roles: dict[str, str]


@dataclass(frozen=True, slots=True)
class Head:
    """What the sheet does not say of itself. title: "Ergebnisse von Fachforum 1"; language: "de", "en"."""

    language: str
    title: str
    conference: str
    day: str
    labels: Labels


@dataclass(frozen=True, slots=True)
class Title:
    """level from 1, as in HTML."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Short lines that belong together."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bullets:
    """key: what a star means, in words, before a key finding; "" before the others."""

    points: tuple[tuple[str, str], ...]


Block = Title | Paragraph | Facts | Bullets


@dataclass(frozen=True, slots=True)
class Outline:
    head: Head
    blocks: tuple[Block, ...]


def outline_of(content: Content, head: Head) -> Outline:
    """Headings without findings are left out, so that no file ends in an empty chapter."""
    language = head.language
    question, title = say(content.question, language), say(content.title, language)
    lines = [head.title, *([title] if question else []), head.conference, head.day]
    lines += [_person(one.role, say(one.text, language), head.labels) for one in content.people]
    lines += [head.labels.initiatives]
    blocks: list[Block] = [Title(1, question or title), Facts(tuple(line for line in lines if line))]
    blocks += [Paragraph(part) for part in paragraphs(say(content.summary, language))]
    for group in content.groups:
        if group.entries:
            blocks.append(Title(2, say(group.title, language)))
            blocks += _lists(group.entries, head)
    return Outline(head, tuple(blocks))


def _lists(entries: Sequence[Entry], head: Head) -> list[Block]:
    """The findings of one heading; those of a round under a title of their own."""
    blocks: list[Block] = []
    for number, some in groupby(entries, key=lambda entry: entry.round):
        if number is not None:
            blocks.append(Title(3, head.labels.round.format(n=number)))
        blocks.append(Bullets(tuple((head.labels.key if one.key else "", say(one.text, head.language)) for one in some)))
    return blocks


def _person(role: str, text: str, labels: Labels) -> str:
    word = labels.roles.get(role, role)
    return f"{word}: {text}" if word else text


def paragraphs(text: str) -> list[str]:
    """Parts between empty lines, each on one line."""
    return [" ".join(part.split()) for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]
