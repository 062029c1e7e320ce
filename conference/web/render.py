"""Templates to HTML. One Jinja environment per language, built once; what every page may use is documented in the layout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from starlette.requests import Request
from starlette.responses import HTMLResponse

from conference.base.words import LANGUAGES
from conference.web.prose import prose
from conference.web.static import Assets
from conference.web.texts import Language, Texts

_PACKAGE = Path(__file__).parents[1]
# A wheel carries the templates inside of the package; a checkout has them beside it.
TEMPLATES = _PACKAGE / "templates" if (_PACKAGE / "templates").is_dir() else _PACKAGE.parent / "templates"

SHELLS = 100
HOLE = "what-is-ones-own"


@dataclass(frozen=True)
class Page:
    """What the layout says about the page: its title, its path without the origin, the kind for styling."""

    title: str
    path: str
    kind: str


@dataclass(frozen=True)
class Site:
    name: str
    demo: bool


class Rendering:
    """Renders templates by name; `fragment` for parts that are also pushed live."""

    def __init__(self, texts: Texts, assets: Assets, *, demo: bool = False) -> None:
        self._environments = {code: _environment(texts[code], assets) for code in LANGUAGES}
        self.site = Site("Meetingpoint", demo)
        self._shells: dict[tuple[str, str, str], str] = {}

    def shell(self, template: str, language: str, **context: Any) -> str:
        """As `html`, kept: the same words and facts give the same text. For a page that is one for all but for a hole in it."""
        key = template, language, repr(context)
        if key not in self._shells:
            if len(self._shells) >= SHELLS:
                self._shells.clear()
            self._shells[key] = self.html(template, language, **context)
        return self._shells[key]

    def html(self, template: str, language: str, **context: Any) -> str:
        return self._environments[language].get_template(template).render(**context)


def _environment(language: Language, assets: Assets) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        language.gettext, language.ngettext, newstyle=True
    )
    environment.globals.update(lang=language.code, asset=assets.address, modules=assets.modules)
    environment.filters["prose"] = prose
    environment.filters.update(
        time=_time, day=language.day, date=language.date, moment=language.moment, iso=_iso, size=size_text, paragraphs=_paragraphs
    )
    return environment


def _time(value: datetime) -> str:
    return value.strftime("%H:%M")


def _iso(value: date) -> str:
    return value.isoformat()


def _paragraphs(text: str) -> list[str]:
    return [" ".join(part.split()) for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]


def size_text(size: int) -> str:
    """96 KB, 1.2 MB: as links to files say it (1 KB = 1024 bytes, rounded up below 1 MB)."""
    if size < 1024 * 1024:
        return f"{max(1, -(-size // 1024))} KB"
    return f"{size / (1024 * 1024):.1f} MB"


async def rendered(
    request: Request, template: str, *, status: int = 200, headers: dict[str, str] | None = None, title: str = "", **context: Any
) -> HTMLResponse:
    """The page in the language of the request. `title` goes to the layout; the visit's view and the demo bar are added."""
    rendering: Rendering = request.app.state.rendering
    language: str = request.state.language
    view = getattr(request.state, "view", None)
    demo_bar = request.app.state.demo_bar
    html = rendering.html(
        template,
        language,
        page=Page(title, request.url.path, template.rpartition("/")[2].removesuffix(".html")),
        site=rendering.site,
        visit=view() if view else None,
        demo=demo_bar(request) if demo_bar else None,
        request_path=request.url.path,
        **context,
    )
    return HTMLResponse(html, status, {"Content-Language": language, **(headers or {})})


async def rendered_around(
    request: Request, template: str, own: Mapping[str, Any], *, title: str, view: object, **context: Any
) -> HTMLResponse:
    """A page that is the same for all readers but for the facts `own`: it is rendered once, and they are put in where its data
    island (`tojson`) has the entry HOLE: HOLE. view: the visit as a stranger of whom nothing is known would have it, so that
    nothing of a reader can be in what others get. Raises ValueError when the template has no such island."""
    rendering: Rendering = request.app.state.rendering
    language: str = request.state.language
    demo_bar = request.app.state.demo_bar
    shell = rendering.shell(
        template,
        language,
        page=Page(title, request.url.path, template.rpartition("/")[2].removesuffix(".html")),
        site=rendering.site,
        visit=view,
        demo=demo_bar(request) if demo_bar else None,
        request_path=request.url.path,
        **context,
    )
    before, hole, after = shell.partition(f'"{HOLE}": "{HOLE}"')
    if not hole:
        raise ValueError(f"{template} has no place for what is the reader's own")
    island = str(htmlsafe_json_dumps(own))[1:-1]
    return HTMLResponse(before + island + after, 200, {"Content-Language": language})
