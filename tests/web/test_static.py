"""Scripts and styles: which ones a page names, and what their addresses answer."""

from __future__ import annotations

import re
from pathlib import Path

import httpx2
import pytest

from conference.web.static import Assets, DigestFiles
from tests.site import MOMENTS, SLUG_2021, open_site

SCRIPTS = {
    "entry.js": """import { a } from "./one.js";
import {
  b,
  c,
} from "./deep/two.js";
import "./three.js";
const late = () => import("./late.js");
""",
    "one.js": 'export * from "./three.js";\n// import { no } from "./comment.js";\n',
    "deep/two.js": '/** @typedef {import("../types.js").Type} Type */\nimport { d } from "../one.js";\n',
    "three.js": "export const three = 3;\n",
    "late.js": "",
    "types.js": "",
    "comment.js": "",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in SCRIPTS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_page_names_what_its_script_imports_and_nothing_else(folder: Path) -> None:
    assets = Assets(folder)
    named = [address.removeprefix(f"{assets.root}/") for address in assets.modules("entry.js")]
    assert sorted(named) == ["deep/two.js", "entry.js", "one.js", "three.js"]
    assert named[-1] == "entry.js"
    with pytest.raises(FileNotFoundError):
        assets.modules("nothing.js")


async def test_a_file_is_whole_and_for_keeps_also_the_second_time(folder: Path) -> None:
    assets = Assets(folder)
    transport = httpx2.ASGITransport(app=DigestFiles(assets))
    async with httpx2.AsyncClient(transport=transport, base_url="http://x") as client:
        path = f"/{assets.digest}/one.js"
        first, again = await client.get(path), await client.get(path)
        assert first.text == again.text == SCRIPTS["one.js"]
        assert again.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert again.headers["content-type"].startswith("text/javascript")
        assert dict(first.headers) == dict(again.headers)
        assert (await client.get(path, headers={"if-none-match": first.headers["etag"]})).status_code == 304
        part = await client.get(path, headers={"range": "bytes=0-3"})
        assert (part.status_code, part.text) == (206, SCRIPTS["one.js"][:4])
        assert (await client.head(path)).text == ""
        assert (await client.get("/former/one.js")).headers["cache-control"] == "no-cache"


async def test_the_way_into_a_room_fetches_its_scripts_ahead_and_no_other_page_does(tmp_path: Path) -> None:
    async with open_site(tmp_path) as site:
        site.clock.jump_to(MOMENTS["live"])
        attendee = await site.signed_in("Änne Muster")
        session = (await attendee.get(f"/{SLUG_2021}/sessions/forum-1")).text
        room = (await attendee.get(f"/{SLUG_2021}/sessions/forum-1/room?join")).text
        ahead = set(re.findall(r'rel="prefetch" href="([^"]+)"', session))
        needed = set(re.findall(r'rel="modulepreload" href="([^"]+)"', room))
        assert needed
        assert needed <= ahead
        assert 'rel="prefetch"' not in (await attendee.get(f"/{SLUG_2021}/program")).text
        site.clock.jump_to(MOMENTS["announced"])
        assert 'rel="prefetch"' not in (await attendee.get(f"/{SLUG_2021}/sessions/forum-1")).text
