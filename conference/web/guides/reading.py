"""Guides from Markdown (docs/README.md says how they are written). The only place that imports markdown-it."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup

from conference.base.words import LANGUAGES
from conference.web.guides.rules import Place, place

_PACKAGE = Path(__file__).parents[2]
# A wheel carries the guides inside of the package; a checkout has them beside it.
DOCS = _PACKAGE / "docs" if (_PACKAGE / "docs").is_dir() else _PACKAGE.parent / "docs"
PICTURES = DOCS / "pictures"
ORGANISER, MODERATOR, INITIATIVE, ATTENDEE, OPERATOR = NAMES = ("organiser", "moderator", "initiative", "attendee", "operator")

_ANCHOR = re.compile(r"\s*\{#([a-z0-9]+(?:-[a-z0-9]+)*)\}\s*$")
_OTHER = re.compile(rf"(?:\.\./(?:{'|'.join(LANGUAGES)})/)?({'|'.join(NAMES)})\.md(#[a-z0-9-]+)?")
_PICTURE = re.compile(r"\.\./pictures/([a-z]{2}/[a-z0-9-]+\.png)")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with an anchor and what stands below it, up to the next. text: without heading and markup, in one line; html: all
    of it."""

    anchor: str
    title: str
    level: int
    text: str
    html: Markup


@dataclass(frozen=True, slots=True)
class Guide:
    """name: as in addresses; lead: the paragraphs before the first section, without markup; places: what is searched."""

    name: str
    title: str
    lead: str
    sections: tuple[Section, ...]
    places: tuple[Place, ...]


class Guides:
    """All guides of a folder; a guide is read when it is asked for, and kept. pictures: where browsers find `docs/pictures`."""

    def __init__(self, folder: Path = DOCS, *, pictures: str) -> None:
        self.folder = folder
        self._pictures = pictures
        self._read: dict[tuple[str, str], Guide] = {}

    def guide(self, name: str, language: str) -> Guide | None:
        """None when there is no such guide in this language."""
        key = name, language
        if key not in self._read:
            file = self.folder / language / f"{name}.md"
            if name not in NAMES or not file.is_file():
                return None
            self._read[key] = read_guide(name, file.read_text(encoding="utf-8"), self.folder / "pictures", self._pictures)
        return self._read[key]

    def of(self, names: Sequence[str], language: str) -> list[Guide]:
        """Those of these guides that there are, in this order."""
        return [found for name in names if (found := self.guide(name, language)) is not None]


def read_guide(name: str, text: str, folder: Path, pictures: str) -> Guide:
    """folder: where the pictures lie, for their sizes; pictures: the address that stands for it. Markup that is HTML is text."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    markdown.add_render_rule("fence", _fence)
    markdown.add_render_rule("image", _image)
    markdown.add_render_rule("table_open", _table_open)
    markdown.add_render_rule("table_close", _table_close)
    title, tokens = _titled(markdown.parse(text))
    lead: list[Token] = []
    parts: list[tuple[str, str, list[Token]]] = []  # anchor, title, its tokens
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "heading_open" and after is not None:
            anchor, heading = _anchored(after)
            if anchor:
                token.attrSet("id", anchor)
                parts.append((anchor, heading, []))
        elif token.type == "inline":
            _linked(token, folder, pictures)
        elif token.type == "table_open":
            token.meta["name"] = parts[-1][1] if parts else title
        (parts[-1][2] if parts else lead).append(token)
    sections = [
        Section(anchor, heading, int(of[0].tag[1:]), _text(of[3:]), Markup(markdown.renderer.render(of, markdown.options, {})))  # noqa: S704
        for anchor, heading, of in parts  # (our own files, and HTML in them is text)
    ]
    places = tuple(place(name, each.anchor, each.title, each.text) for each in sections)
    return Guide(name, title, _text(lead), tuple(sections), places)


def _titled(tokens: Sequence[Token]) -> tuple[str, list[Token]]:
    """The first heading, and what follows it. Raises ValueError when a guide begins with anything else."""
    if len(tokens) < 3 or tokens[0].type != "heading_open" or tokens[0].tag != "h1":
        raise ValueError("a guide begins with its title: # Title")
    return _words(tokens[1]), list(tokens[3:])


def _text(tokens: Sequence[Token]) -> str:
    """In one line, the cells of tables with a dot between them."""
    said: list[str] = []
    for token in tokens:
        if token.type == "inline" and (words := _words(token)):
            said.append(words)
        elif token.type in ("th_close", "td_close"):
            said.append("·")
    return " ".join(said).removesuffix(" ·")


def _anchored(heading: Token) -> tuple[str, str]:
    """The anchor of a heading ("" for none) and its words; the anchor's text is taken out."""
    last = (heading.children or [])[-1:]
    found = _ANCHOR.search(last[0].content) if last and last[0].type == "text" else None
    if found is not None:
        last[0].content = last[0].content[: found.start()]
    return (found[1] if found else ""), _words(heading)


def _words(inline: Token) -> str:
    """The text of an inline token; alternatives of pictures are not part of it."""
    children = inline.children or []
    said = (" " if child.type in ("softbreak", "hardbreak") else child.content for child in children if child.type != "image")
    return " ".join("".join(said).split())


def _linked(inline: Token, folder: Path, pictures: str) -> None:
    """Links and pictures as the program has them. What it does not have becomes plain text, or is left out."""
    children = inline.children or []
    opened: list[Token] = []
    for child in children:
        if child.type == "link_open":
            opened.append(child)
            _led(child)
        elif child.type == "link_close":
            child.tag = opened.pop().tag
    inline.children = [child for child in children if child.type != "image" or _pictured(child, folder, pictures)]


def _led(link: Token) -> None:
    href = str(link.attrGet("href") or "")
    if other := _OTHER.fullmatch(href):
        link.attrs = {"href": f"{other[1]}{other[2] or ''}"}
    elif href.startswith("https://"):
        link.attrs = {"href": href, "rel": "external"}
    elif not href.startswith(("#", "mailto:")):
        link.tag, link.attrs = "span", {}


def _pictured(image: Token, folder: Path, pictures: str) -> bool:
    """Whether there is such a picture; its address and size are put in, so that nothing moves while it comes."""
    found = _PICTURE.fullmatch(str(image.attrGet("src") or ""))
    if found is None or not (folder / found[1]).is_file():
        return False
    width, height = size_of((folder / found[1]).read_bytes()[:24])
    image.attrs = {
        "src": f"{pictures}/{found[1]}", "alt": "", "width": width, "height": height, "loading": "lazy", "decoding": "async"
    }  # fmt: skip
    return True


def size_of(png: bytes) -> tuple[int, int]:
    """Width and height out of the first 24 bytes of a PNG (section 11.2.2 of its specification). Raises ValueError."""
    if not png.startswith(b"\x89PNG\r\n\x1a\n") or len(png) < 24:
        raise ValueError("not a PNG")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def _image(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: EnvType) -> str:
    """A picture, which leads to itself: on a phone one wants it larger."""
    return f'<a class="picture" href="{Markup.escape(tokens[at].attrs["src"])}">{renderer.image(tokens, at, options, env)}</a>'


def _fence(_renderer: object, tokens: Sequence[Token], at: int, *_rest: object) -> str:
    """Within reach of the keyboard, since it scrolls where it is wider than its page."""
    return f'<pre tabindex="0"><code>{Markup.escape(tokens[at].content)}</code></pre>\n'


def _table_open(_renderer: object, tokens: Sequence[Token], at: int, *_rest: object) -> str:
    name = Markup.escape(tokens[at].meta["name"])
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{name}"><table class="table">\n'


def _table_close(*_rest: object) -> str:
    return "</table></div>\n"
