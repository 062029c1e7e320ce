"""Static files under an address that carries the digest of them all, so that browsers may keep them for ever.

One digest for the whole folder: ES modules import each other by relative paths and stay in one version.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parents[1] / "static"


def digest_of(folder: Path) -> str:
    """16 hex digits over names and contents of all files."""
    total = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            total.update(str(file.relative_to(folder)).encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()[:16]


class Assets:
    """Maps `css/app.css` to `/static/DIGEST/css/app.css`. What the disk said once is kept: the digest is of then as well."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder
        self.digest = digest_of(folder)
        self._addresses: dict[str, str] = {}
        self._modules: dict[tuple[str, ...], list[str]] = {}

    def address(self, path: str) -> str:
        """Raises FileNotFoundError for a file that is not there: a template's typo must not reach a browser."""
        if path not in self._addresses:
            if not (self.folder / path).is_file():
                raise FileNotFoundError(path)
            self._addresses[path] = f"/static/{self.digest}/{path}"
        return self._addresses[path]

    def modules(self, *folders: str) -> list[str]:
        """Addresses of all scripts below these folders, in the order of their names: what a page with one entry point imports."""
        if folders not in self._modules:
            found = (file for folder in folders for file in sorted((self.folder / folder).rglob("*.js")))
            self._modules[folders] = [self.address(str(file.relative_to(self.folder))) for file in found]
        return self._modules[folders]


class DigestFiles(StaticFiles):
    """Serves `/static/DIGEST/path`; a former digest gets the file of today, but not for keeps."""

    def __init__(self, assets: Assets) -> None:
        super().__init__(directory=assets.folder)
        self._digest = assets.digest

    async def get_response(self, path: str, scope: Scope) -> Response:
        digest, _, rest = path.partition("/")
        if not rest:
            raise HTTPException(404)
        response = await super().get_response(rest, scope)
        kept = "public, max-age=31536000, immutable" if digest == self._digest else "no-cache"
        response.headers["Cache-Control"] = kept
        return response
