"""What may be brought: real PDFs and films, good ones and all kinds of bad ones, looked at by content."""

from __future__ import annotations

from pathlib import Path

import pytest

from conference.base import inspecting, inspection
from conference.base.captions import LARGEST as LARGEST_CAPTIONS
from conference.base.errors import Invalid
from conference.forums.slides import checking, rules
from conference.forums.slides.checking import check_file
from conference.forums.slides.model import PieceKind
from conference.web.middleware import LONGEST_UPLOAD, longest_body
from tests.forums.slides import files


async def refusal(folder: Path, data: bytes) -> str:
    path = folder / "file"
    path.write_bytes(data)
    with pytest.raises(Invalid) as refused:
        await check_file(path)
    return refused.value.code


async def test_a_deck_is_known_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "einladung.exe"
    path.write_bytes(files.deck(4))
    checked = await check_file(path)
    assert (checked.kind, checked.content_type, checked.pages) == (PieceKind.DECK, "application/pdf", 4)
    path.write_bytes(files.linking())
    assert (await check_file(path)).pages == 2


@pytest.mark.parametrize(("kind", "codec"), [("mp4", "libx264"), ("webm", "libvpx"), ("webm", "libvpx-vp9")])
async def test_a_clip_is_known_by_its_content(tmp_path: Path, kind: str, codec: str) -> None:
    path = tmp_path / "film.bin"
    path.write_bytes(files.film(kind, codec=codec))
    checked = await check_file(path)
    assert (checked.kind, checked.content_type, checked.width, checked.height) == (PieceKind.CLIP, f"video/{kind}", 160, 90)
    assert checked.seconds == pytest.approx(2, abs=0.15)


@pytest.mark.parametrize("data", [b"", b"hello", b"<html>", b"PK\x03\x04" + bytes(40), b"#EXTM3U\nhttp://127.0.0.1/\n"])
async def test_what_is_neither_is_refused(tmp_path: Path, data: bytes) -> None:
    assert await refusal(tmp_path, data) == "slides_type"


async def test_protected_pdfs_are_refused(tmp_path: Path) -> None:
    assert await refusal(tmp_path, files.encrypted()) == "deck_encrypted"
    assert await refusal(tmp_path, files.encrypted(user="nur mit Wort")) == "deck_encrypted"


@pytest.mark.parametrize("how", ["script", "names", "launch", "later", "attached", "film", "form"])
async def test_pdfs_that_act_are_refused(tmp_path: Path, how: str) -> None:
    assert await refusal(tmp_path, files.acting(how)) == "deck_active"


async def test_broken_pdfs_are_refused(tmp_path: Path) -> None:
    good = files.deck(2)
    for data in (b"%PDF-1.7\n%%EOF", good[:60], b"%PDF-1.7\n" + bytes(5000) + b"\n%%EOF"):
        assert await refusal(tmp_path, data) == "deck_no_pdf"


async def test_limits_of_decks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await refusal(tmp_path, files.deck(rules.MOST_PAGES + 1)) == "deck_too_many_pages"
    monkeypatch.setitem(checking.LIMITS, PieceKind.DECK, 500)
    assert await refusal(tmp_path, files.deck(2)) == "deck_too_large"


async def test_films_that_not_all_browsers_play_are_refused(tmp_path: Path) -> None:
    assert await refusal(tmp_path, files.film("mp4", 1, codec="mpeg4")) == "clip_type"
    assert await refusal(tmp_path, files.film("mp4", 0.5, size=(2048, 1152))) == "clip_type"
    assert await refusal(tmp_path, files.film("mp4")[:700]) == "clip_damaged"
    assert await refusal(tmp_path, b"\x00\x00\x00\x20ftypisom" + bytes(400)) == "clip_damaged"


async def test_limits_of_clips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "LONGEST_CLIP", 1)
    assert await refusal(tmp_path, files.film("mp4")) == "clip_too_long"
    monkeypatch.setitem(checking.LIMITS, PieceKind.CLIP, 500)
    assert await refusal(tmp_path, files.film("mp4")) == "clip_too_large"


async def test_a_file_that_breaks_its_reader_breaks_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "reader.py"
    broken.write_text("import os; os.abort()")
    monkeypatch.setattr(inspecting, "__file__", str(broken))
    assert await refusal(tmp_path, files.deck()) == "deck_no_pdf"
    broken.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(inspection, "TIMEOUT", 0.3)
    assert await refusal(tmp_path, files.film()) == "clip_damaged"


def test_what_may_be_brought_passes_the_edge() -> None:
    assert max(rules.LARGEST_CLIP, rules.LARGEST_DECK) + LARGEST_CAPTIONS < LONGEST_UPLOAD
    assert longest_body("/treffen/sessions/forum-1/slides") == LONGEST_UPLOAD
    assert longest_body("/treffen/sessions/forum-1/slides/abc") < LONGEST_UPLOAD
    assert longest_body("/treffen/sessions/forum-1/room") < LONGEST_UPLOAD
