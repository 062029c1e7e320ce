"""Nobody else is asked: no page, script, style or SDP of ours names a foreign host, and no code fetches what people name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXTS = [
    *(ROOT / "templates").rglob("*.html"),
    *(path for ending in ("js", "css", "svg") for path in (ROOT / "conference" / "static").rglob(f"*.{ending}")),
]
CODE = [*(ROOT / "conference").rglob("*.py"), *(ROOT / "media").rglob("*.py")]
# Names of vocabularies and documents, which nothing fetches; and the names reserved for examples (RFC 2606).
NAMES = re.compile(
    r"https?://(www\.w3\.org/|(www\.)?rfc-editor\.org/|[\w.-]*example\.(org|com|net)\b|(localhost|127\.0\.0\.1)\b)"
)
ADDRESS = re.compile(r"(?:https?|wss?|stuns?|turns?):(?://)?[\w\[]", re.IGNORECASE)
PROTOCOL_RELATIVE = re.compile(r"""(?:src|href|action|poster|url\()\s*=?\s*["']?//\w""")
# What can reach another machine, and the few places that do: what they reach was set by the operator, never by a visitor.
CLIENTS = frozenset(
    {
        "urllib.request",
        "http.client",
        "httpx",
        "httpx2",
        "requests",
        "aiohttp",
        "socket",
        "boto3",
        "botocore",
        "aiosmtplib",
        "redis",
        "websockets",
        "asyncpg",
        "smtplib",
        "ftplib",
    }
)
MAY = {
    "conference/base/mail.py": {"aiosmtplib"},  # MAIL_URL
    "conference/base/mail_line.py": {"aiosmtplib"},  # MAIL_URL
    "conference/base/storage/s3.py": {"boto3", "botocore"},  # STORAGE_URL
    "conference/base/db.py": {"asyncpg"},  # DATABASE_URL
    "conference/doors/oidc/provider.py": {"httpx2"},  # OIDC_ISSUER, and what its configuration names
    "conference/live/redis_bus.py": {"redis"},  # BUS_URL
    "conference/demo/guests.py": {"http.client", "websockets"},  # the demo's invented people come to its own address
    "conference/keeping/checking/probing.py": {"http.client"},  # BASE_URL and the store's public address
    "media/play.py": {"http.client"},  # WHIP addresses of a plan that the operator or the demo wrote
    "conference/doctor/examine.py": {"redis", "smtplib", "http.client", "urllib.request"},  # the operator's own settings
}
SERVERS = {"socket", "websockets"}  # these also listen; that they only do is looked at below


def foreign(text: str) -> Iterator[str]:
    for line in text.splitlines():
        rest = NAMES.sub("", line)
        for found in [*ADDRESS.finditer(rest), *PROTOCOL_RELATIVE.finditer(rest)]:
            yield rest[max(0, found.start() - 20) : found.end() + 60].strip()


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_that_is_served_names_a_foreign_host(path: Path) -> None:
    if "vendor" in path.parts and path.name == "LICENSE":
        return
    assert list(foreign(path.read_text(encoding="utf-8"))) == []


def test_the_node_has_no_server_but_its_own() -> None:
    """aiortc asks a public STUN server unless it is told not to; our node's answers carry its own addresses alone."""
    for path in (ROOT / "media").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"[\"']stuns?:|\.l\.google|RTCPeerConnection\(", text), path
        tree = ast.parse(text)
        names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
        assert not names & {"RTCPeerConnection", "RTCIceGatherer", "RTCConfiguration"}, path


def modules_of(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {known for known in CLIENTS for name in found if name == known or name.startswith(known + ".")}


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_who_can_reach_other_machines_is_listed(path: Path) -> None:
    relative = str(path.relative_to(ROOT))
    asked = modules_of(path) - MAY.get(relative, set()) - SERVERS
    assert asked == set(), f"{relative} can fetch: is what it fetches named by people?"


def test_nothing_connects_but_to_what_the_operator_set() -> None:
    """Calls that open a connection, wherever they stand."""
    call = re.compile(r"\b(open_connection|create_connection|open_unix_connection|urlopen|connect_tcp|sock_connect)\(")
    found = {
        str(path.relative_to(ROOT)): sorted(set(call.findall(path.read_text(encoding="utf-8"))))
        for path in CODE
        if call.search(path.read_text(encoding="utf-8"))
    }
    unknown = {path: calls for path, calls in found.items() if path not in KNOWN}
    assert unknown == {}


# path -> what it connects to
KNOWN = {
    "conference/doctor/examine.py": "what the operator's settings name",
    "conference/doctor/media.py": "the addresses that our own nodes announce",
    "conference/doctor/relay.py": "TURN_URL",
    "conference/live/unix_bus.py": "the supervisor's Unix socket",
    "conference/supervisor/serving.py": "our own listening socket",
    "media/remote.py": "a media node's Unix socket",
    "media/play.py": "WHIP addresses of a plan file that the operator or the demo wrote",
}
