"""The guides hold together: both languages have the same places, links and pictures lead somewhere, pages lead to sections."""

from __future__ import annotations

import functools
import re

import pytest
from jinja2 import Environment, FileSystemLoader

from conference.desk.help import GUIDES
from conference.desk.readiness.rules import RULES
from conference.front.help import GUIDES as PUBLIC
from conference.web.guides.reading import DOCS, ORGANISER, PICTURES, Guide, Guides, size_of
from conference.web.render import TEMPLATES

LANGUAGES = ("de", "en")
LARGEST, ALL_OF_THEM = 150 * 1024, 3 * 1024 * 1024
PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]*)\)")


def text_of(name: str, language: str) -> str:
    return (DOCS / language / f"{name}.md").read_text(encoding="utf-8")


@functools.cache
def guide(name: str, language: str) -> Guide:
    found = Guides(pictures="/pictures").guide(name, language)
    assert found is not None, f"docs/{language}/{name}.md is missing"
    return found


def anchors(name: str, language: str) -> list[tuple[str, int]]:
    return [(each.anchor, each.level) for each in guide(name, language).sections]


@pytest.mark.parametrize("name", GUIDES)
def test_both_languages_have_the_same_sections_in_the_same_order(name: str) -> None:
    german = anchors(name, "de")
    assert german == anchors(name, "en")
    assert len(german) == len(dict(german)), "an anchor stands twice"
    assert all(level in (2, 3) for _, level in german)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", GUIDES)
def test_every_link_leads_to_a_section(name: str, language: str) -> None:
    there = {f"{other}#{anchor}" for other in GUIDES for anchor, _ in anchors(other, language)}
    for section in guide(name, language).sections:
        for href in re.findall(r'<a [^>]*href="([^"]+)"', section.html):
            if href.startswith(("https://", "mailto:", "/pictures/")):
                continue
            other, _, anchor = href.partition("#")
            assert not anchor or f"{other or name}#{anchor}" in there, f"{section.anchor}: {href}"
            assert (other or name) in (PUBLIC if name in PUBLIC else GUIDES), f"{section.anchor}: {href} is not for its readers"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", GUIDES)
def test_every_section_has_an_anchor_and_no_html(name: str, language: str) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", text_of(name, language), flags=re.S)
    assert re.findall(r"^## (?!.*\{#[a-z0-9-]+\}$).*$", text, flags=re.M) == []
    assert re.findall(r"</?[a-z][^>]*>", text) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_the_office_has_its_section(language: str) -> None:
    environment = Environment(loader=FileSystemLoader(TEMPLATES), extensions=["jinja2.ext.i18n"], autoescape=True)
    environment.install_null_translations()  # type: ignore[attr-defined]
    places = environment.get_template("desk/_help.html").module.places  # type: ignore[attr-defined]
    there = {anchor for anchor, _ in anchors(ORGANISER, language)}
    assert {section for _, section in places} - there == set()
    rooms = [address for _, group in environment.get_template("desk/_rooms.html").module.groups for address, _ in group]  # type: ignore[attr-defined]
    assert [room for room in rooms if room not in dict(places) and room != "/help"] == []
    assert len(rooms) == len(set(rooms)), "a room stands twice in the list"
    assert len(places) == len(dict(places))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_of_readiness_is_explained(language: str) -> None:
    there = {anchor for anchor, _ in anchors(ORGANISER, language)}
    assert {rule.key: rule.help for rule in RULES if rule.help not in there} == {}


def used(language: str) -> dict[str, str]:
    """Pictures that the guides of a language show: name -> what is said in their place."""
    found: dict[str, str] = {}
    for name in GUIDES:
        for said, address in PICTURE.findall(text_of(name, language)):
            assert address.startswith(f"../pictures/{language}/"), f"{name}: {address}"
            found[address.removeprefix(f"../pictures/{language}/")] = said
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_is_there_described_and_used(language: str) -> None:
    named = used(language)
    assert set(named) == {file.name for file in (PICTURES / language).glob("*")}
    assert [name for name, said in named.items() if len(said.split()) < 4] == []
    assert used("de").keys() == used("en").keys()


def test_pictures_are_small() -> None:
    files = list(PICTURES.glob("*/*.png"))
    assert {file.name: file.stat().st_size for file in files if file.stat().st_size > LARGEST} == {}
    assert sum(file.stat().st_size for file in files) < ALL_OF_THEM
    assert {file.name for file in files if size_of(file.read_bytes()[:24])[0] != 1280} == set()
