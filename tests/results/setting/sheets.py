"""Sheets to set: one as forums make it, and parts of it for others."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from datetime import UTC, datetime

from conference.base.words import Words
from conference.results.content import HEADINGS, Content, Entry, Group, Named
from conference.results.setting.drawing import drawn
from conference.results.setting.press import press
from conference.results.setting.shape import Look, Occasion, Pdf
from conference.web.texts import read_texts

MADE = datetime(2021, 5, 4, 10, tzinfo=UTC)
OCCASION = Occasion("de", "Vernetzungstreffen der Initiativen", "Forum", 2, "Dienstag, 4. Mai 2021", "online", MADE)
LINE = "Rückkehrinitiativen brauchen eine Finanzierung, die über mehrere Jahre hinweg verlässlich bleibt ({n})"


def lines(prefix: str, number: int, *, stars: int = 0, rounds: int = 0) -> tuple[Entry, ...]:
    """Entries with texts of their own; the first `stars` are key findings; spread over `rounds` rounds, in order."""
    each = -(-number // rounds) if rounds else number
    return tuple(
        Entry(f"{prefix}{n}", {"de": LINE.format(n=f"{prefix} {n}")}, n < stars, n // each + 1 if rounds else None)
        for n in range(number)
    )


def full(number: int = 6, *, rounds: int = 0, text: Words | None = None) -> Content:
    """A full sheet: three headings with `number` lines each, five stars in all, people, summary; `text` as a line of its own."""
    groups = [
        Group(key, title, lines(key, number, stars=2 - at // 2, rounds=rounds))
        for at, (key, title) in enumerate(HEADINGS.items())
    ]
    if text is not None:
        groups[0] = replace(groups[0], entries=(Entry("text", text), *groups[0].entries))
    return Content(
        title={"de": "Zusammenarbeit auf Bundesebene"},
        question={"de": "Wie finden Rückkehrende und Regionen zueinander?"},
        summary={"de": "Kurz gesagt: gemeinsam geht es besser.\n\nDarüber waren sich alle einig."},
        people=(Named("impulse", {"de": "Ada Beispiel, Agentur Beispiel"}), Named("moderator", {"de": "Bert Beispiel"})),
        initiatives=17,
        groups=tuple(groups),
    )


async def pdf_of(content: Content, occasion: Occasion = OCCASION, look: Look | None = None) -> Pdf:
    data, missing = drawn(content, occasion, look or Look(), read_texts()[occasion.language])
    files, pages = await press(data, made=occasion.made)
    return Pdf(files[0], pages, missing)


def png(width: int = 24, height: int = 12, rows: bytes | None = None) -> bytes:
    """A picture of one colour, or of these rows (each a zero and then red, green and blue of its pixels)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = rows or b"".join(b"\0" + b"\x0b\x55\x63" * width for _ in range(height))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
