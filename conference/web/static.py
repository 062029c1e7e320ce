"""Static files under an address that carries the digest of them all, so that browsers may keep them for ever.

One digest for the whole folder: ES modules import each other by relative paths and stay in one version.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parents[1] / "static"
# What a module names at its top, on as many lines as it likes; types are named in comments and are never loaded.
_IMPORT = re.compile(r'^(?:import|export)\b(?:[^"\';]*\bfrom)?\s*"(\.[^"]+)"', re.MULTILINE)
_SMALL = 128 * 1024  # bytes: all scripts and styles; a page of the live room asks for a hundred of them at once


def digest_of(folder: Path) -> str:
    """16 hex digits over names and contents of all files."""
    total = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            total.update(str(file.relative_to(folder)).encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()[:16]


class Assets:
    """Maps `css/app.css` to `/static/DIGEST/css/app.css`. What the disk said once is kept: the digest is of then as well."""

    def __init__(self, folder: Path = FOLDER, address: str = "/static") -> None:
        self.folder = folder
        self.digest = digest_of(folder)
        self.root = f"{address}/{self.digest}"
        self._addresses: dict[str, str] = {}
        self._modules: dict[str, list[str]] = {}

    def address(self, path: str) -> str:
        """Raises FileNotFoundError for a file that is not there: a template's typo must not reach a browser."""
        if path not in self._addresses:
            if not (self.folder / path).is_file():
                raise FileNotFoundError(path)
            self._addresses[path] = f"{self.root}/{path}"
        return self._addresses[path]

    def modules(self, entry: str) -> list[str]:
        """Addresses of a script and of all that it imports, those first that are learnt of last. Raises FileNotFoundError."""
        if entry not in self._modules:
            found: dict[Path, None] = {}
            waiting = [self.folder / entry]
            while waiting:
                file = waiting.pop().resolve()
                if file not in found:
                    found[file] = None
                    waiting += [file.parent / name for name in _IMPORT.findall(file.read_text("utf-8"))]
            folder = self.folder.resolve()
            self._modules[entry] = [self.address(file.relative_to(folder).as_posix()) for file in reversed(found)]
        return self._modules[entry]


class DigestFiles(StaticFiles):
    """Serves `/static/DIGEST/path`; a former digest gets the file of today, but not for keeps. Small files are answered from
    memory once they were asked for: three looks at the disk for each of a hundred scripts are what people would wait for."""

    def __init__(self, assets: Assets) -> None:
        super().__init__(directory=assets.folder)
        self._digest = assets.digest
        self._small: dict[str, tuple[bytes, dict[str, str]]] = {}

    async def get_response(self, path: str, scope: Scope) -> Response:
        digest, _, rest = path.partition("/")
        if not rest:
            raise HTTPException(404)
        asked = {name for name, _value in scope["headers"]}
        whole = (
            scope["method"] == "GET" and digest == self._digest and not asked & {b"range", b"if-none-match", b"if-modified-since"}
        )
        if whole and rest in self._small:
            content, headers = self._small[rest]
            return Response(content, headers=headers)
        response = await super().get_response(rest, scope)
        kept = "public, max-age=31536000, immutable" if digest == self._digest else "no-cache"
        response.headers["Cache-Control"] = kept
        if whole and isinstance(response, FileResponse) and int(response.headers["content-length"]) <= _SMALL:
            content = Path(response.path).read_bytes()  # noqa: ASYNC240 -- small, and once
            self._small[rest] = (content, {**response.headers, "content-length": str(len(content))})
        return response
