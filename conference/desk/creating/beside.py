"""Files that lie beside a conference file, in its folder or its zip: there or not, how large, sound or not, and their bytes.

All of it waits for a disk or unpacks, so callers on the event loop do it in a thread.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Protocol

from conference.base.errors import Invalid

DAMAGE = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, UnicodeDecodeError)
"""What reading a zip raises that is cut, bent, or of a kind that is not known."""
KNOWN = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""How files are packed by everybody."""
_ENCRYPTED = 0x1  # the flag of a file (APPNOTE.TXT 4.4.4)
_PIECE = 1024 * 1024


class Read(Protocol):
    """Calling it gives the bytes of a file by its path. All raise FileNotFoundError, or Invalid for a damaged zip."""

    def __call__(self, name: str) -> bytes: ...

    def size(self, name: str) -> int:
        """Bytes, without reading them."""
        ...

    def check(self, name: str) -> None:
        """Whether it can be read to its end, piece by piece."""
        ...


class Folder:
    """Files in a folder, and in none above it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def __call__(self, name: str) -> bytes:
        return self._path(name).read_bytes()

    def size(self, name: str) -> int:
        return self._path(name).stat().st_size

    def check(self, name: str) -> None:
        if not self._path(name).is_file():
            raise FileNotFoundError(name)

    def _path(self, name: str) -> Path:
        path = (self._folder / name).resolve()
        if not path.is_relative_to(self._folder):
            raise FileNotFoundError(name)
        return path


class Archive:
    """Files in a zip, at most `largest` bytes of them when unpacked. Raises Invalid."""

    def __init__(self, path: Path, largest: int) -> None:
        self._path = path
        try:
            self._archive = zipfile.ZipFile(path)
        except DAMAGE as error:
            raise self._damaged() from error
        if sum(member.file_size for member in self._archive.infolist()) > largest:
            raise Invalid("conference_file", faults=[f"{path}: unpacks to more than {largest // 1024**2} MB"])

    def __call__(self, name: str) -> bytes:
        member = self._member(name)
        try:
            return self._archive.read(member)
        except DAMAGE as error:
            raise self._damaged(name) from error

    def size(self, name: str) -> int:
        return self._member(name).file_size

    def check(self, name: str) -> None:
        member = self._member(name)
        try:
            with self._archive.open(member) as file:
                while file.read(_PIECE):
                    pass
        except DAMAGE as error:
            raise self._damaged(name) from error

    def _member(self, name: str) -> zipfile.ZipInfo:
        try:
            member = self._archive.getinfo(name)
        except KeyError:
            raise FileNotFoundError(name) from None
        inside = 0 <= member.header_offset < self._path.stat().st_size  # elsewhere zipfile seeks to where no file can be
        if not inside or member.flag_bits & _ENCRYPTED or member.compress_type not in KNOWN:
            raise self._damaged(name)
        return member

    def _damaged(self, name: str = "") -> Invalid:
        damaged = "is damaged, encrypted or packed in an unknown way"
        what = f"{name} in it {damaged}" if name else f"this zip {damaged}"
        return Invalid("conference_file", faults=[f"{self._path}: {what}"])
