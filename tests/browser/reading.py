"""Reading pages without a browser: what they contain, where they lead, and a walk over everything that is linked."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin

import httpx2

QUERIES = 8  # addresses of one path that a walk follows
SOMEBODY = re.compile(r"(?<=/people/)[\w-]{22}(?=/|$)")
VOID = frozenset(("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"))

DATA = ("application/json", "application/ld+json")  # types of scripts that nothing runs


class Content(HTMLParser):
    """links: of <a>; loads: what the page itself fetches; headings: levels in order; facts: what <dd>s say;
    inline: script or style in the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.headings: list[int] = []
        self.ids: Counter[str] = Counter()
        self.refers: list[str] = []
        self.marks: Counter[str] = Counter()
        self.inline: list[str] = []
        self.images_without_alt = 0
        self.facts: list[str] = []
        self.lang = ""
        self.title = ""
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.marks[tag] += 1
        if tag not in VOID:
            self._open.append(tag)
        if tag == "html":
            self.lang = told.get("lang", "")
        if tag == "a" and "href" in told:
            self.links.append(told["href"])
        if tag in ("link", "use") and "href" in told and told.get("rel") != "canonical":
            self.loads.append(told["href"])
        self.loads += [told[name] for name in ("src", "poster") if name in told]
        if tag == "img" and "alt" not in told:
            self.images_without_alt += 1
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.headings.append(int(tag[1]))
        if "id" in told:
            self.ids[told["id"]] += 1
        for name in ("aria-labelledby", "aria-describedby", "aria-controls", "for"):
            self.refers += told.get(name, "").split()
        self.inline += [f"{tag} {name}" for name in told if name == "style" or name.startswith("on")]
        if (tag == "script" and "src" not in told and told.get("type") not in DATA) or tag == "style":
            self.inline.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "title" and "svg" not in self._open:
            self.title += data
        if self._open and self._open[-1] == "dd":
            self.facts.append(data.strip())

    def faults(self) -> list[str]:
        """What is wrong with the page for those who do not see it, and what the content policy would refuse."""
        wrong = [f"inline {what}" for what in self.inline]
        if self.headings.count(1) != 1:
            wrong.append(f"{self.headings.count(1)} headings of level 1")
        levels = [0, *self.headings]
        wrong += [f"heading {b} after {a}" for a, b in itertools.pairwise(levels) if b > a + 1]
        wrong += [f"id {name} {count} times" for name, count in self.ids.items() if count > 1]
        wrong += [f"nothing has the id {name}" for name in self.refers if name not in self.ids]
        wrong += [f"{self.marks[tag]} <{tag}>" for tag in ("main",) if self.marks[tag] != 1]
        if self.images_without_alt:
            wrong.append(f"{self.images_without_alt} images without alt")
        if not self.title.strip() or not self.lang:
            wrong.append("no title or no language")
        return wrong


@dataclass
class Seen:
    """One answer of the walk. by: the page that led there first."""

    status: int
    kind: str
    by: str
    content: Content | None = None
    headers: dict[str, str] = field(default_factory=dict)
    main: str = ""  # the part that is the page's own, as it came


async def walk(client: httpx2.AsyncClient, starts: list[str], known: Collection[str] = ()) -> dict[str, Seen]:
    """Everything that is linked, from `starts` on: path (with query) -> what it answered. Nothing is posted.

    known: what need not be asked for. Of one path that differs by its query alone, as the gallery does by what is filtered, some
    are asked for, those that were found first; so it is with the pages of single people at the desk.
    """
    base = str(client.base_url).rstrip("/")
    waiting = dict.fromkeys(starts, "")
    queries: Counter[str] = Counter()
    seen: dict[str, Seen] = {}
    while waiting:
        path = next(iter(waiting))
        by = waiting.pop(path)
        answer = await client.get(path)
        kind = answer.headers.get("content-type", "").partition(";")[0]
        found = seen[path] = Seen(answer.status_code, kind, by, headers=dict(answer.headers))
        targets = [answer.headers["location"]] if "location" in answer.headers else []
        if kind == "text/html":
            found.content = Content(answer.text)
            found.main = answer.text.partition("<main")[2].partition("</main>")[0]
            targets += found.content.links + found.content.loads
        for target in targets:
            address = urldefrag(urljoin(f"{base}{path}", target)).url
            inside = address.removeprefix(base)
            if address.startswith(base + "/") and not (inside in seen or inside in waiting or inside in known):
                bare, _, query = inside.partition("?")
                bare, somebody = SOMEBODY.subn("somebody", bare)
                queries[bare] += bool(query or somebody)
                if queries[bare] <= QUERIES:
                    waiting[inside] = path
    return seen
