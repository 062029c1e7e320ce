"""How an object lies in a folder: `KEY+/` with one file, whose bytes are the object's and whose name says the rest.

So a web server in front can hand the file out as it is. A new object is a folder that is made elsewhere and renamed; it
takes only a free place. A new version is a file of the next generation that is renamed into that folder; readers take the
highest, so that they and crashes see the old version or the new one, never half of either. Keys have no `+`: `a` and
`a/b` can both exist. Modes are the group's to read, for that web server; who may come that far is said by the folders above.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from errno import EEXIST, ENOTEMPTY
from pathlib import Path
from typing import BinaryIO, Self
from urllib.parse import quote, unquote

from conference.base.errors import Conflict, NotFound
from conference.base.storage.port import ObjectFacts

MARK = "+"
DIRECTORY_MODE, FILE_MODE = 0o750, 0o640
TRIES = 100
"""A reader or writer that loses a race against others tries again; so often nobody loses."""
_NAME = re.compile(r"(\d+)-(\d+)-(\d+)-([0-9a-f]{32})-([A-Za-z0-9~._-]*)", re.ASCII)


@dataclass(frozen=True, order=True)
class Name:
    """generation: from 1, counts the versions; modified: seconds since 1970.

    As a text it is percent-encoded with ~ for %, so that it is the same in an address: not every server decodes those.
    """

    generation: int
    modified: int
    size: int
    etag: str
    content_type: str

    @classmethod
    def read(cls, text: str) -> Self | None:
        match = _NAME.fullmatch(text)
        if match is None:
            return None
        generation, modified, size, etag, content_type = match.groups()
        return cls(int(generation), int(modified), int(size), etag, unquote(content_type.replace("~", "%")))

    def __str__(self) -> str:
        content_type = quote(self.content_type, safe="").replace("~", "%7E").replace("%", "~")
        return f"{self.generation}-{self.modified}-{self.size}-{self.etag}-{content_type}"

    @property
    def facts(self) -> ObjectFacts:
        return ObjectFacts(self.size, self.content_type, self.etag, datetime.fromtimestamp(self.modified, UTC))


def newest(path: Path) -> Name:
    """Raises NotFound("object"); OSError when this is no object's folder."""
    try:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        raise NotFound("object") from None
    try:
        return _newest(folder)
    finally:
        os.close(folder)


def opened(path: Path) -> tuple[Name, BinaryIO]:
    """The newest version, unbuffered. Raises NotFound("object"); OSError when this is no object's folder."""
    for _ in range(TRIES):
        name = newest(path)
        with suppress(FileNotFoundError):  # replaced between the two looks
            return name, os.fdopen(os.open(path / str(name), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb", buffering=0)
    raise OSError("this object is replaced faster than it can be read")


def place(data: Path, path: Path, facts: ObjectFacts, root: Path, *, if_absent: bool = False) -> None:
    """Make the durable file `data`, alone in a folder of its own below `root`, the object at `path`.

    Raises Conflict("object_exists") when `if_absent` and there is one.
    """
    fresh, modified = data.parent, int(facts.modified.timestamp())
    name = Name(1, modified, facts.size, facts.etag, facts.content_type)
    os.utime(data, (modified, modified))
    file = data.rename(fresh / str(name))
    sync(fresh)
    for _ in range(TRIES):
        with suppress(FileNotFoundError):  # a folder on the way was removed with its last object this very moment
            _make_way(path.parent, root)
            try:
                fresh.rename(path)  # succeeds where nothing is, or a folder that was emptied
            except OSError as error:
                if error.errno not in (EEXIST, ENOTEMPTY):
                    raise
                if if_absent:
                    raise Conflict("object_exists") from None
                with suppress(NotFound):
                    _replace(file, path, name)
                    return
            else:
                sync(path.parent)
                return
    raise OSError("this object is deleted and replaced faster than it can be written")


def remove(path: Path, root: Path) -> None:
    """Delete the object, and the folders above it that are empty then. It need not have been there."""
    with suppress(FileNotFoundError):
        for name in _names(os.listdir(path)):  # the oldest first: what is there is never an older version
            (path / str(name)).unlink(missing_ok=True)
        with suppress(OSError):  # put again this very moment
            path.rmdir()
        sync(path.parent)
    for folder in path.parents:
        if folder == root:
            break
        try:
            folder.rmdir()
        except OSError:
            break


def keys(root: Path, prefix: str) -> list[str]:
    """Keys of objects that begin so, in order."""
    found = []
    for folder, folders, _files in os.walk(root / prefix.rpartition("/")[0]):
        inner = Path(folder).relative_to(root).as_posix()
        start = "" if inner == "." else inner + "/"
        found += [start + name[:-1] for name in folders if name.endswith(MARK) and _holds_one(Path(folder, name))]
        folders[:] = [name for name in folders if name[-1] not in "+="]  # neither objects nor what is ours
    return sorted(key for key in found if key.startswith(prefix))


def sync(folder: Path) -> None:
    """What was renamed in it stays so when the power fails."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(path: Path) -> Path:
    """Raises FileExistsError."""
    path.mkdir()
    path.chmod(DIRECTORY_MODE)  # whatever the umask says
    return path


def _make_way(folder: Path, root: Path) -> None:
    missing = [each for each in (folder, *folder.parents) if each.is_relative_to(root) and not each.exists()]
    for each in reversed(missing):
        with suppress(FileExistsError):
            make_folder(each)
        sync(each.parent)


def _replace(file: Path, path: Path, name: Name) -> None:
    following = Name(newest(path).generation + 1, name.modified, name.size, name.etag, name.content_type)
    file.rename(path / str(following))
    with suppress(FileNotFoundError):  # deleted again already
        sync(path)
        for older in _names(os.listdir(path))[:-1]:  # of two that replace at the same time one wins, for both the same
            (path / str(older)).unlink(missing_ok=True)
    file.parent.rmdir()


def _holds_one(path: Path) -> bool:
    with suppress(FileNotFoundError):
        return bool(_names(os.listdir(path)))
    return False


def _newest(folder: int) -> Name:
    found = os.listdir(folder)
    names = _names(found)
    if names:
        return names[-1]
    if found:
        raise OSError("this folder was not written by the object store")
    raise NotFound("object")


def _names(found: list[str]) -> list[Name]:
    return sorted(name for name in map(Name.read, found) if name is not None)
