"""Object storage behind one port: a folder (one machine), an S3 store (several), memory (tests)."""

from __future__ import annotations

from conference.base.storage.folder import FolderStorage
from conference.base.storage.local import LocalStorage
from conference.base.storage.opening import open_storage
from conference.base.storage.port import (
    LONGEST_ADDRESS,
    Chunks,
    ObjectFacts,
    ObjectStorage,
    OpenUpload,
    Part,
    check_key,
    disposition,
)

__all__ = [
    "LONGEST_ADDRESS",
    "Chunks",
    "FolderStorage",
    "LocalStorage",
    "ObjectFacts",
    "ObjectStorage",
    "OpenUpload",
    "Part",
    "check_key",
    "disposition",
    "open_storage",
]
