"""Folders of the first version: an object was the file `KEY=`, its bytes followed by a line of JSON and that line's length.

They become objects of today when the store is opened. Nothing is copied: the bytes get their new name, then the end is cut
off. Wherever a crash interrupts it, the next opening goes on; several processes may do it at the same time.
"""

from __future__ import annotations

import json
import os
import struct
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from conference.base.errors import NotFound
from conference.base.ids import RandomIds
from conference.base.storage.folder_files import DIRECTORY_MODE, FILE_MODE, MARK, make_folder, newest, place
from conference.base.storage.port import ObjectFacts

MARK_BEFORE = "="
LENGTH = struct.Struct(">I")
LONGEST_TRAILER = 4096


def adopt(root: Path, fresh: Path) -> None:
    """Let all objects of the first version be objects of today. Files that are none stay as they are."""
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name[-1] not in "+="]
        for name in files:
            if name.endswith(MARK_BEFORE):
                with suppress(FileNotFoundError):  # another process was faster
                    _adopt(Path(folder, name), root, fresh)


def _adopt(old: Path, root: Path, fresh: Path) -> None:
    path = old.with_name(old.name[:-1] + MARK)
    facts = _facts(old)
    if facts is not None and not _is_at(path, old):
        linked = make_folder(fresh / RandomIds().secret()) / "data"
        linked.hardlink_to(old)
        place(linked, path, facts, root)
    if _is_at(path, old):
        name = newest(path)
        os.truncate(path / str(name), name.size)
        (path / str(name)).chmod(FILE_MODE)
        for folder in path.parents[: len(path.relative_to(root).parts) - 1]:
            folder.chmod(DIRECTORY_MODE)
        old.unlink()


def _is_at(path: Path, old: Path) -> bool:
    with suppress(NotFound):
        return (path / str(newest(path))).samefile(old)
    return False


def _facts(old: Path) -> ObjectFacts | None:
    """What the end of the file says; None when it is no object's, or its end was cut off already."""
    with old.open("rb") as file:
        whole = file.seek(0, os.SEEK_END)
        file.seek(max(0, whole - LENGTH.size))
        length = LENGTH.unpack(file.read(LENGTH.size).rjust(LENGTH.size, b"\0"))[0]
        size = whole - LENGTH.size - length
        if not 0 < length <= LONGEST_TRAILER or size < 0:
            return None
        file.seek(size)
        try:
            facts = json.loads(file.read(length))
            return ObjectFacts(size, facts["type"], facts["etag"], datetime.fromtimestamp(facts["modified"], UTC))
        except (ValueError, KeyError, TypeError):
            return None
