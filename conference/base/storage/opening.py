"""Which store an installation has: the scheme of STORAGE_URL says it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from conference.base.clock import Clock
from conference.base.settings import Settings
from conference.base.storage.folder import FolderStorage
from conference.base.storage.memory import MemoryStorage
from conference.base.storage.port import ObjectStorage


def open_storage(settings: Settings, clock: Clock) -> ObjectStorage:
    """The store that STORAGE_URL names: `file://PATH`, `s3://BUCKET?endpoint=URL&region=R`, `memory:`.

    Raises SettingsError when an S3 store lacks its bucket or keys. Asks the store nothing yet (`ping` does).
    """
    parts = urlsplit(settings.storage_url)
    if parts.scheme == "file":
        root = Path(unquote(parts.netloc + parts.path)).absolute()
        return FolderStorage(root, settings.key, clock, settings.storage_accel)
    if parts.scheme == "memory":
        return MemoryStorage(settings.key, clock)
    from conference.base.storage.s3 import open_s3  # boto3 weighs 30 MiB; a folder does without

    return open_s3(settings, clock)
