"""What is larger than the web servers in front let through by default passes where Meetingpoint takes it, and nowhere else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conference.web.middleware import LONGEST_PART, longest_body

DEPLOY = Path(__file__).parents[2] / "deploy"
WHERE = {"nginx.conf": r"location ~ (\S+) \{\s*client_max_body_size 2g;", "Caddyfile": r"@forms path_regexp (\S+)"}
LARGE = (
    "/treffen-2021/sessions/forum-1/slides",
    "/treffen-2021/cards/initiative/own/film",
    "/desk/new/file",
    "/desk/treffen-2021/import",
    "/desk/treffen-2021/legal/signed/film",
)
SMALL = (
    "/treffen-2021/register",
    "/desk/treffen-2021/people/import",
    "/desk/treffen-2021/settings",
    "/objects/cards/film.mp4",
    "/sign-in",
)


@pytest.mark.parametrize("name", WHERE)
def test_large_forms_pass_the_front(name: str) -> None:
    text = (DEPLOY / name).read_text(encoding="utf-8")
    found = re.search(WHERE[name], text)
    assert found is not None
    assert [path for path in LARGE if longest_body(path) <= LONGEST_PART or not re.search(found[1], path)] == []
    assert [path for path in SMALL if longest_body(path) > LONGEST_PART or re.search(found[1], path)] == []


def test_both_fronts_let_the_same_through() -> None:
    nginx, caddy = (set(re.findall(r"\^/\(\[a-z0-9-\]\S+\$", (DEPLOY / name).read_text(encoding="utf-8"))) for name in WHERE)
    assert nginx == caddy
    assert len(nginx) == 1
