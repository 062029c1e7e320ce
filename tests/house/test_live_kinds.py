"""What travels on `/live` is drawn by somebody and described in PROTOCOL.md."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conference.app import build_app
from conference.base.settings import read_settings
from conference.live.socket import LiveEndpoint
from conference.web.services import Services
from conference.wiring import open_services
from tests.house.source import ROOT, calls, constants, files, name_of, tree

# Told so that processes learn of a change; pages learn of it in another way or not at all.
SILENT = {
    "browser.changed": "sockets that came with that cookie are checked again",
    "roles.changed": "each web process looks again what the people in its rooms may do",
    "person.revoked": "the person's sockets are checked again",
    "device.ended": "each web process ends what that browser has connected in its rooms",
    "announcement.changed": "each web process tells its rooms what stands now (talk.announcements)",
    "closing.changed": "each web process looks up what is on and tells its pages (closing.now)",
    "slides.changed": "each web process looks up what is shown and tells its people, each as they may know it (slides.now)",
    "talk.changed": "each web process looks up what is new and tells its people, each as they may know it (talk.changes)",
    "room.invited": "the web process where that page is connected asks it over (room.invited)",
    "talk.gone": "the same, of what was deleted with whoever said it (talk.changes)",
    "conference.deleted": "its pages are gone with it; processes forget what they keep of it",
    "room.changed": "each web process looks the room up and tells its people what is new (room.people, room.floor)",
}
DEMO = "conference/demo/"  # simulated people are the other side
NOT_LIVE = {
    **dict.fromkeys(
        ("http.disconnect", "http.response.start", "http.response.body", "websocket.send", "websocket.close"),
        "between server and application",
    ),
}
DOCUMENTED = re.compile(r"[`\"]([a-z][a-z_]*(?:\.[a-z_]+)*)[`\"]")


def kinds() -> dict[str, set[str]]:
    """Kind -> files that tell it: the third argument of `outbox.tell(work, topic, kind, ...)`."""
    found: dict[str, set[str]] = {}
    for file in files("conference"):
        for call in calls(file):
            if isinstance(call.func, ast.Attribute) and call.func.attr == "tell" and _of_outbox(call):
                told = constants(call.args[2]) or _named(file, call.args[2])
                assert told, f"{name_of(file)}:{call.lineno}: which kind is this?"
                for kind in told:
                    found.setdefault(kind, set()).add(name_of(file))
    return found


def _of_outbox(call: ast.Call) -> bool:
    return ast.unparse(call.func).endswith("outbox.tell") and len(call.args) == 3


def _named(file: Path, kind: ast.expr) -> set[str]:
    """A constant of the module, or what a loop gives the name."""
    name = ast.unparse(kind)
    loops = (node for node in ast.walk(tree(file)) if isinstance(node, ast.For) and ast.unparse(node.target) == name)
    looped = {text for loop in loops if isinstance(loop.iter, ast.Tuple) for each in loop.iter.elts for text in constants(each)}
    value = getattr(importlib.import_module(name_of(file).removesuffix(".py").replace("/", ".")), name, None)
    return looped | ({value} if isinstance(value, str) else set())


def said_by_the_server() -> dict[str, str]:
    """Message type -> a file in which a `{"type": "..."}` with it stands."""
    found = {}
    for file in files("conference"):
        if name_of(file).startswith(DEMO):
            continue
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.Dict):
                for key, value in zip(node.keys, node.values, strict=True):
                    if key is not None and constants(key) == {"type"}:
                        found.update(dict.fromkeys(constants(value) - NOT_LIVE.keys(), name_of(file)))
    return found


def said_by_pages() -> dict[str, str]:
    """Message type -> the script that sends it (`{ type: "a.b" }` handed to send or ask)."""
    pattern = re.compile(r"(?:send|ask|stringify)\(\{ type: \"([a-z._]+)\"")
    return {
        kind: name_of(file) for file in files("conference/static/js", ends="js") for kind in pattern.findall(file.read_text())
    }


@pytest.fixture
async def services(tmp_path: Path) -> AsyncIterator[Services]:
    fixed = {"data_dir": tmp_path, "secret_key": "k" * 40, "bus_url": "memory:", "mail_url": "memory:", "storage_url": "memory:"}
    async with open_services(read_settings({}, **fixed), "web") as opened:
        yield opened


def endpoint_of(app: object) -> LiveEndpoint:
    """The /live endpoint inside of a built app."""
    seen = [app]
    while seen:
        one = seen.pop()
        if isinstance(one, LiveEndpoint):
            return one
        seen += [getattr(one, name) for name in ("_app", "app", "endpoint") if hasattr(one, name)]
        seen += getattr(one, "routes", None) or []
    raise AssertionError("no /live in the app")


def protocol() -> set[str]:
    return set(DOCUMENTED.findall((ROOT / "PROTOCOL.md").read_text(encoding="utf-8")))


async def test_every_live_event_is_drawn_or_silent_on_purpose(services: Services) -> None:
    build_app(services)
    assert kinds().keys() - services.renderers.keys() == SILENT.keys()
    assert services.renderers.keys() - kinds().keys() == set()


async def test_every_message_of_a_page_is_described(services: Services) -> None:
    handled = {"hello", *endpoint_of(build_app(services))._handlers}
    assert handled - protocol() == set()


async def test_pages_send_what_is_handled(services: Services) -> None:
    handled = {"hello", *endpoint_of(build_app(services))._handlers}
    assert said_by_pages().keys() - handled == set()
    assert len(said_by_pages()) > 10


def test_every_message_of_the_server_is_described() -> None:
    assert said_by_the_server().keys() - protocol() == set()


def test_every_drawn_kind_is_described() -> None:
    assert kinds().keys() - SILENT.keys() - protocol() == set()
