"""Initiatives in a conference file, and how any part of such a file is read: pure, with faults in plain words.

A text is a plain string (German) or {de: ..., en: ...}; null where there is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from conference.base.errors import Invalid
from conference.base.words import LANGUAGES, Words
from conference.initiatives.model import LAENDER

LONGEST_TEXT = 20_000
LONGEST_LABEL = 60
MOST_TOPICS = 6
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"


def _words(value: Any) -> Words:
    if value is None:
        return {}
    if isinstance(value, str):
        value = {"de": value}
    if not isinstance(value, dict):
        raise ValueError("must be a text, or {de: a text, en: a text}")
    if unknown := [str(key) for key in value if key not in LANGUAGES]:
        raise ValueError(f"has no language {', '.join(unknown)}; there are {', '.join(LANGUAGES)}")
    texts = {key: _clean(text) for key, text in value.items() if text is not None}
    return {key: text for key, text in texts.items() if text}


def _clean(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a text; put it in quotation marks")
    text = value.strip()
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"has {len(text)} characters; {LONGEST_TEXT} are allowed")
    if _CONTROL.search(text.replace("\r\n", "\n")):
        raise ValueError("contains control characters")
    return text


def _some(words: Words) -> Words:
    if "de" not in words:
        raise ValueError("needs a German text")
    return words


def _short(words: Words) -> Words:
    for text in words.values():
        if len(text) > LONGEST_LABEL or "\n" in text:
            raise ValueError(f"must be one line of at most {LONGEST_LABEL} characters")
    return words


def _line(value: Any) -> str:
    return "" if value is None else _clean(value)


def _path(value: str) -> str:
    if re.search(r"[\\:\x00-\x1f]", value) or any(part in ("", ".", "..") for part in value.split("/")):
        raise ValueError("must be the path of a file beside the conference file, such as results/forum-1.pdf")
    return value


def is_web_address(value: str) -> bool:
    return re.fullmatch(r"https?://[^\s/?#@\\]+([/?#]\S*)?", value) is not None


def _web_address(value: str) -> str:
    if not is_web_address(value):
        raise ValueError("must be a web address that begins with https://")
    return value


Text = Annotated[Words, BeforeValidator(_words)]
"""Words, possibly none."""
FullText = Annotated[Words, BeforeValidator(_words), AfterValidator(_some)]
"""Words with German at least."""
Label = Annotated[Words, BeforeValidator(_words), AfterValidator(_short)]
"""A few words, possibly none."""
FullLabel = Annotated[Words, BeforeValidator(_words), AfterValidator(_some), AfterValidator(_short)]
"""A few words with German at least."""
Line = Annotated[str, BeforeValidator(_line)]
"""One language, possibly empty (null)."""
Slug = Annotated[str, Field(pattern=_SLUG, max_length=80)]
RelativePath = Annotated[str, Field(max_length=300), AfterValidator(_path)]
WebAddress = Annotated[str, Field(max_length=500), AfterValidator(_web_address)]


def _land(value: str) -> str:
    if value not in LAENDER:
        raise ValueError(f"must be one of {', '.join(LAENDER)}")
    return value


Land = Annotated[str, AfterValidator(_land)]


class Entry(BaseModel):
    """A part of a conference file: nothing unknown in it, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class InitiativeFacts(Entry):
    """kind, topics: what the gallery filters by. reachable: by the conference's form (None: as it was, at first yes)."""

    slug: Slug
    name: Annotated[str, AfterValidator(_clean), Field(min_length=1, max_length=200)]
    land: Land
    aim: Text = Field(default_factory=dict)
    about: Text = Field(default_factory=dict)
    kind: Label = Field(default_factory=dict)
    topics: Annotated[list[FullLabel], Field(max_length=MOST_TOPICS)] = Field(default_factory=list)
    url: WebAddress | None = None
    reachable: bool | None = None
    example: bool = False


Value = TypeVar("Value")


def read_entry(shape: type[Value] | Any, value: Any, where: str) -> Any:
    """`value` as `shape` (an Entry, or a list of them). Raises Invalid("conference_file", faults=[one sentence each])."""
    try:
        return TypeAdapter(shape).validate_python(value)
    except ValidationError as error:
        raise Invalid("conference_file", faults=faults_of(error, where)) from None


def unlike(entries: Sequence[Any], name: str, where: str) -> None:
    """Refuse two entries with the same value of field `name`: Invalid("conference_file")."""
    seen: set[Any] = set()
    for index, entry in enumerate(entries):
        value = getattr(entry, name)
        if value in seen:
            raise Invalid("conference_file", faults=[f"{where}[{index}].{name}: {value} is there twice"])
        seen.add(value)


def faults_of(error: ValidationError, where: str = "") -> list[str]:
    """Each fault as "path in the file: what is wrong", e.g. "initiatives[3].land: must be one of BB, BE"."""
    return [
        f"{_place(where, fault['loc'])}: {_in_words(fault)}" for fault in error.errors(include_url=False, include_input=False)
    ]


def _place(where: str, location: Sequence[int | str]) -> str:
    for step in location:
        where += f"[{step}]" if isinstance(step, int) else f".{step}" if where else step
    return where or "the file"


_IN_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is not known here; check the spelling",
    "string_type": "must be a text; put it in quotation marks",
    "string_pattern_mismatch": "may have only small letters a to z, digits and single hyphens",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "list_type": "must be a list",
    "dict_type": "must have names and values",
    "model_type": "must have names and values",
    "model_attributes_type": "must have names and values",
}


def _in_words(fault: Any) -> str:
    facts = fault.get("ctx", {})
    match fault["type"]:
        case "literal_error" | "enum":
            return "must be one of " + str(facts["expected"]).replace("'", "").replace(" or ", ", ")
        case "string_too_long" | "too_long":
            return f"is too long; at most {facts['max_length']}"
        case "string_too_short" | "too_short":
            return "must not be empty"
        case "greater_than":
            return f"must be more than {facts['gt']:g}"
        case "greater_than_equal":
            return f"must be at least {facts['ge']:g}"
        case "less_than_equal":
            return f"must be at most {facts['le']:g}"
        case "value_error":
            return str(facts["error"])
        case kind if kind.startswith("date"):
            return "must be a date such as 2026-05-17, or a date with a time"
        case kind:
            return _IN_WORDS.get(kind) or str(fault["msg"])


def initiatives_from(value: Any, where: str = "initiatives") -> list[InitiativeFacts]:
    """The list of initiatives without their cards (`cards/file.py` reads both together)."""
    entries: list[InitiativeFacts] = read_entry(list[InitiativeFacts], value, where)
    unlike(entries, "slug", where)
    return entries


def initiative_to_file(initiative: Any) -> dict[str, Any]:
    """The entry of an initiative that takes part (TakingPart), without its card."""
    return {
        "slug": initiative.slug,
        "name": initiative.name,
        "land": initiative.land,
        "aim": initiative.aim or None,
        "about": initiative.about or None,
        "kind": initiative.kind or None,
        "topics": list(initiative.topics),
        "url": initiative.url,
        "reachable": initiative.reachable,
        "example": initiative.example,
    }
