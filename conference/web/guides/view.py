"""What the pages of the help show: the list of guides, one guide, what was found. The same for the office and for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conference.web.guides.reading import Guide
from conference.web.guides.rules import LONGEST_QUERY, search


def help_of(guides: Sequence[Guide], base: str, query: str) -> dict[str, Any]:
    """base: address of the help, which the others begin with. found: None when nothing was asked for, else what was found."""
    asked = " ".join(query[:LONGEST_QUERY].split())
    return {
        "action": base,
        "query": asked,
        "longest": LONGEST_QUERY,
        "guides": [guide_of(guide, base) for guide in guides],
        "found": found_in(guides, base, asked) if asked else None,
    }


def guide_of(guide: Guide, base: str) -> dict[str, Any]:
    """name, title, lead, href; sections: [{href, anchor, title, level, html}]."""
    href = f"{base}/{guide.name}"
    sections = [
        {"href": f"{href}#{each.anchor}", "anchor": each.anchor, "title": each.title, "level": each.level, "html": each.html}
        for each in guide.sections
    ]
    return {"name": guide.name, "title": guide.title, "lead": guide.lead, "href": href, "sections": sections}


def found_in(guides: Sequence[Guide], base: str, query: str) -> list[dict[str, Any]]:
    """[{href, title, guide, snippet: [(text, looked for)]}], the best first."""
    titles = {guide.name: guide.title for guide in guides}
    places = [place for guide in guides for place in guide.places]
    return [
        {
            "href": f"{base}/{found.place.guide}#{found.place.anchor}",
            "title": found.place.title,
            "guide": titles[found.place.guide],
            "snippet": found.snippet,
        }
        for found in search(places, query)
    ]
