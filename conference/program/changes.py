"""What differs between two versions of the program, as readers would tell it. Pure: sessions as `plan.public_json` has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Facts = Mapping[str, Any]

# What counts as one change, and what is shown of it before and after.
_PARTS: tuple[tuple[str, Callable[[Facts], Any]], ...] = (
    ("moved", lambda facts: [facts["starts"], facts["ends"]]),
    ("title", lambda facts: facts["title"]),
    ("question", lambda facts: facts["question"]),
    ("place", lambda facts: [facts["place"], facts["where"], facts["room"]]),
    ("rounds", lambda facts: facts["rounds"]),
    ("people", lambda facts: facts["people"]),
    ("details", lambda facts: [facts[name] for name in ("summary", "kind", "number", "floor", "guests", "places")]),
)


def changes_between(before: Sequence[Facts], after: Sequence[Facts]) -> list[dict[str, Any]]:
    """[{"what", "session" (slug), "title": Words, "before", "after"}] in the order of the day.

    what: "added", "removed", "moved" (before, after: [starts, ends]), "title", "question" (Words), "place", "people" (names),
    "rounds", "details" (no more said).
    """
    known, now = {each["slug"]: each for each in before}, {each["slug"]: each for each in after}
    changes = []
    for facts in sorted([*now.values(), *(each for slug, each in known.items() if slug not in now)], key=_order):
        slug = facts["slug"]
        if slug not in now:
            changes.append(_change("removed", facts, [facts["starts"], facts["ends"]], None))
        elif slug not in known:
            changes.append(_change("added", facts, None, [facts["starts"], facts["ends"]]))
        else:
            changes += _of_one(known[slug], facts)
    return changes


def _of_one(old: Facts, new: Facts) -> list[dict[str, Any]]:
    found = []
    for what, part in _PARTS:
        if part(old) != part(new):
            found.append(_change(what, new, _shown(what, part(old)), _shown(what, part(new))))
    return found


def _shown(what: str, value: Any) -> Any:
    if what == "people":
        return [named["name"] for named in value]
    return None if what in ("details", "rounds") else value


def _change(what: str, facts: Facts, before: Any, after: Any) -> dict[str, Any]:
    return {"what": what, "session": facts["slug"], "title": facts["title"], "before": before, "after": after}


def _order(facts: Facts) -> tuple[str, int, str]:
    return facts["starts"], facts["position"], facts["slug"]
