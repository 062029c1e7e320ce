"""How a backup lies in its file: a zip with `manifest.json`, `tables/NAME.jsonl`, `objects.jsonl` and `objects/KEY`.

A line of a table is one row as a JSON object; what is NULL is left out, so that it differs from JSON's own null. Instants are
written in ISO 8601 with their zone, bytes in base64. Lines of `objects.jsonl`: key, type, size, sha256.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Date, DateTime, Enum, LargeBinary, String, Table, column, table
from sqlalchemy.sql.expression import ColumnClause, TableClause
from sqlalchemy.types import TypeEngine

from conference.base.db import Instant

FORMAT = 1
MANIFEST, OBJECTS = "manifest.json", "objects.jsonl"
BATCH = 500
"""Rows that are in memory at a time."""
PIECE = 256 * 1024


class BackupRefused(Exception):
    """It cannot be done. sentence: English, with {places} for the facts; the command line says it in its own language."""

    def __init__(self, sentence: str, **facts: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.facts = facts


@dataclass(frozen=True)
class Manifest:
    """revision: of the database; made: real time, ISO 8601; tables: name -> {"rows", "sha256"}; objects: {"count", "bytes",
    "sha256"} (of their list); numbers: table -> the highest number that was ever given out; settings: names of those that were
    set; key: a seal by SECRET_KEY over `made`, by which another key is noticed; gone: objects that were deleted meanwhile."""

    revision: str
    made: str
    program: str
    database: str
    tables: dict[str, dict[str, Any]]
    objects: dict[str, Any]
    numbers: dict[str, int]
    settings: list[str]
    key: str
    gone: int = 0
    format: int = FORMAT


@dataclass(frozen=True)
class Counts:
    """What a backup holds, or what was restored. waiting: letters that were still to be sent when it was made."""

    rows: int
    tables: int
    objects: int
    size: int
    waiting: int = 0
    other_key: bool = field(default=False, kw_only=True)


def member_of(name: str) -> str:
    return f"tables/{name}.jsonl"


def object_member(key: str) -> str:
    return f"objects/{key}"


def plain(model: Table) -> TableClause:
    """The table without what Python makes of its values: words stay text, and NULL is told from JSON's null."""
    return table(model.name, *(column(each.name, _plain_type(each)) for each in model.columns))


def _plain_type(each: Column[Any]) -> TypeEngine[Any]:
    if isinstance(each.type, Enum):
        return String()
    return JSON(none_as_null=True) if isinstance(each.type, JSON) else each.type


def holds_json(each: ColumnClause[Any]) -> bool:
    return isinstance(each.type, JSON)


def line_of(row: Mapping[str, Any]) -> bytes:
    """row: without what is NULL."""
    plain_values = {name: _written(value) for name, value in row.items()}
    return json.dumps(plain_values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def row_of(line: bytes, into: TableClause) -> dict[str, Any]:
    """The row with every column, for `insert`. Raises ValueError for what is none of this table."""
    found = json.loads(line)
    if not isinstance(found, dict) or found.keys() - into.columns.keys():
        raise ValueError("not a row of this table")
    return {each.name: _read(each, found[each.name]) if each.name in found else None for each in into.columns}


def _written(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, date) else value


def _read(each: ColumnClause[Any], value: Any) -> Any:
    if holds_json(each):
        return JSON.NULL if value is None else value
    if isinstance(each.type, Instant | DateTime):
        return datetime.fromisoformat(value)
    if isinstance(each.type, Date):
        return date.fromisoformat(value)
    return base64.b64decode(value) if isinstance(each.type, LargeBinary) else value
