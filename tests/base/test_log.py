"""Logs: one line per event, and nothing in it that lets a reader act as somebody else."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog

from conference.base.log import configure_logging, logger, redact

TOKEN = "S3cr3t-_token"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"GET /sign-in/{TOKEN} 200", "GET /sign-in/… 200"),
        (f"/sign-in/{TOKEN}?next=/a", "/sign-in/…?next=/a"),
        (f'"GET /objects/cards/{TOKEN}.mp4?expires=1&sig={TOKEN}&name=x"', '"GET /objects/…?expires=1&sig=…&name=x"'),
        (
            f"https://s3.example/b/key?X-Amz-Credential={TOKEN}%2Fa&X-Amz-Signature={TOKEN}",
            "https://s3.example/b/key?X-Amz-Credential=…&X-Amz-Signature=…",
        ),
        (f"Authorization: Bearer {TOKEN}", "Authorization: Bearer …"),
        (f"bearer  {TOKEN}", "bearer  …"),
        (f"/whip?token={TOKEN}", "/whip?token=…"),
        ("/a/program?day=2 nothing secret", "/a/program?day=2 nothing secret"),
    ],
)
def test_secrets_are_taken_out(text: str, expected: str) -> None:
    assert redact(text) == expected


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], list[str]]]:
    """Configures the logs within the test (pytest changes stderr between its phases); what was logged since."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def read() -> list[str]:
        return capsys.readouterr().err.splitlines()

    yield read
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


def test_one_line_of_json_from_both_libraries(lines: Callable[[], list[str]]) -> None:
    configure_logging("json", "web")
    logger("a").info("signed_in", path=f"/sign-in/{TOKEN}", number=3)
    logging.getLogger("b").warning("GET %s", f"/objects/{TOKEN}?sig={TOKEN}")
    logging.getLogger("aiortc").info("noise")
    first, second = [json.loads(line) for line in lines()]
    assert (first["event"], first["path"], first["number"], first["level"]) == ("signed_in", "/sign-in/…", 3, "info")
    assert (first["process"], second["process"]) == ("web", "web")
    assert (second["event"], second["level"]) == ("GET /objects/…?sig=…", "warning")


def test_tracebacks_too_are_one_line_without_secrets(lines: Callable[[], list[str]]) -> None:
    configure_logging("json", "web")
    try:
        raise ValueError(f"cannot read /sign-in/{TOKEN}")
    except ValueError:
        logger("a").exception("broken")
        logging.getLogger("b").exception("broken")
    logged = lines()
    assert TOKEN not in "".join(logged)
    assert [json.loads(line)["event"] for line in logged] == ["broken", "broken"]


def test_values_inside_values_are_redacted(lines: Callable[[], list[str]]) -> None:
    configure_logging("json", "web")
    logger("a").info("event", headers={"path": [f"/sign-in/{TOKEN}"]}, link=(f"/sign-in/{TOKEN}",))
    (line,) = lines()
    assert TOKEN not in line
    assert json.loads(line)["headers"] == {"path": ["/sign-in/…"]}


def test_line_feeds_cannot_forge_a_line(lines: Callable[[], list[str]]) -> None:
    configure_logging("json", "web")
    logger("a").info("event", name="a\n{}")
    assert len(lines()) == 1
