"""The demo's data folder: throw-away, stable between runs, with the few facts that its processes agree on."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conference.base.errors import SettingsError
from conference.base.settings import PREFIX, Settings, read_settings

ENVIRONMENT = "_MEETINGPOINT_DEMO"  # tells the demo's own processes their folder; no setting


def default_folder(environ: Mapping[str, str]) -> Path:
    """Where the demo lives unless it is told otherwise: the user's cache, or the temporary folder without a home."""
    cache = environ.get("XDG_CACHE_HOME") or (os.path.join(environ["HOME"], ".cache") if environ.get("HOME") else "")
    if cache and os.access(os.path.dirname(cache.rstrip("/")) or "/", os.W_OK):
        return Path(cache) / "meetingpoint" / "demo"
    return Path(tempfile.gettempdir()) / f"meetingpoint-demo-{os.getuid()}"


def is_demo(folder: Path) -> bool:
    return _facts_file(folder).is_file()


def make_folder(folder: Path, host: str, port: int) -> None:
    """Make `folder` the home of a demo that is reached at host and port. Its key is made once and kept (mode 0600).

    Raises SettingsError when the folder holds an installation that is no demo, or cannot be written.
    """
    if not is_demo(folder) and (folder / "meetingpoint.sqlite3").exists():
        raise SettingsError(f"{folder} holds an installation that is no demo. Choose another folder with --data.")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = _facts(folder)["secret_key"] if is_demo(folder) else secrets.token_urlsafe(48)
        write_private(_facts_file(folder), {"secret_key": key, "host": host, "port": port})
    except OSError as error:
        raise SettingsError(
            f"The folder {folder} cannot be written: {error.strerror}. Choose another one with --data."
        ) from error


def demo_settings(folder: Path, environ: Mapping[str, str]) -> Settings:
    """The settings of the demo in `folder`: its own facts, and what else MEETINGPOINT_... variables say. Raises SettingsError."""
    facts = _facts(folder)
    fixed: dict[str, Any] = {"data_dir": folder, "demo": True, "host": facts["host"], "port": facts["port"]}
    if PREFIX + "BASE_URL" not in environ:
        fixed["base_url"] = origin(facts["host"], facts["port"])
    if not any(PREFIX + name in environ for name in ("SECRET_KEY", "SECRET_KEY_FILE")):
        fixed["secret_key"] = facts["secret_key"]
    return read_settings(environ, **fixed)


def origin(host: str, port: int) -> str:
    """What a browser on this machine types."""
    if host in ("", "0.0.0.0", "::"):  # noqa: S104 -- compared, not bound
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def write_private(path: Path, value: object) -> None:
    """Write `value` as JSON that only the owner can read; whoever reads meanwhile sees the old file or the new one."""
    fresh = path.with_suffix(".tmp")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        json.dump(value, stream, ensure_ascii=False, indent=1)
    fresh.replace(path)


def _facts_file(folder: Path) -> Path:
    return folder / "demo.json"


def _facts(folder: Path) -> dict[str, Any]:
    try:
        facts: dict[str, Any] = json.loads(_facts_file(folder).read_text())
        return {"host": str(facts["host"]), "port": int(facts["port"]), "secret_key": str(facts["secret_key"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError(f"{_facts_file(folder)} cannot be read. Delete the folder and start the demo again.") from error
