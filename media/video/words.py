"""Subtitles that lie in a film, as WebVTT. Pure: packets of the four usual codecs go in, text comes out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

CODECS = frozenset({"mov_text", "subrip", "webvtt", "ass"})
MOST_CUES = 5000
LONGEST_CUE = 2000
# A cue of which the film does not say how long it stands (seconds).
USUAL_SECONDS = 4.0

# ISO 639-2 in both spellings, as films say it, to ISO 639-1; a film in another language keeps its three letters.
# fmt: off
LANGUAGES = {
    "ger": "de", "deu": "de", "eng": "en", "fre": "fr", "fra": "fr", "spa": "es", "ita": "it", "por": "pt",
    "dut": "nl", "nld": "nl", "pol": "pl", "cze": "cs", "ces": "cs", "slo": "sk", "slk": "sk", "slv": "sl",
    "hrv": "hr", "srp": "sr", "bos": "bs", "mac": "mk", "mkd": "mk", "alb": "sq", "sqi": "sq", "bul": "bg",
    "rum": "ro", "ron": "ro", "hun": "hu", "gre": "el", "ell": "el", "tur": "tr", "rus": "ru", "ukr": "uk",
    "bel": "be", "lit": "lt", "lav": "lv", "est": "et", "fin": "fi", "swe": "sv", "dan": "da", "nor": "no",
    "nob": "nb", "nno": "nn", "ice": "is", "isl": "is", "gle": "ga", "mlt": "mt", "cat": "ca", "baq": "eu",
    "eus": "eu", "glg": "gl", "ara": "ar", "heb": "he", "per": "fa", "fas": "fa", "kur": "ku", "chi": "zh",
    "zho": "zh", "jpn": "ja", "kor": "ko", "vie": "vi", "tha": "th", "hin": "hi", "urd": "ur", "pus": "ps",
    "som": "so", "tir": "ti", "amh": "am",
}
# fmt: on
_TAG = re.compile(r"<[^<>]{0,200}>|\{\\[^{}]{0,200}\}")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class Piece:
    """One packet of a subtitle stream. begins, seconds: of its cue; None when the film does not say."""

    begins: float
    seconds: float | None
    data: bytes


def language_of(name: str | None) -> str:
    """ISO 639-1 where there is one, "" for unknown."""
    low = (name or "").strip().lower().replace("_", "-").split("-")[0]
    if low in ("", "und", "mis", "mul", "zxx") or not (2 <= len(low) <= 3 and low.isascii() and low.isalpha()):
        return ""
    return LANGUAGES.get(low, low)


def vtt(codec: str, pieces: Iterable[Piece], begins: float = 0.0) -> str | None:
    """The WebVTT file of a stream whose film begins at `begins`; None when nothing is said in it. Markup of the source is
    dropped: a caption is words."""
    cues: list[tuple[float, float, str]] = []
    for piece in pieces:
        text = _plain(codec, piece.data)
        start = max(0.0, piece.begins - begins)
        length = USUAL_SECONDS if piece.seconds is None or not 0 < piece.seconds < 3600 else piece.seconds
        if text and len(cues) < MOST_CUES:
            cues.append((start, start + length, text))
    cues.sort(key=lambda cue: cue[:2])
    blocks = [f"{_clock(start)} --> {_clock(end)}\n{text}\n" for start, end, text in cues]
    return "\n".join(["WEBVTT\n", *blocks]) if blocks else None


def _plain(codec: str, data: bytes) -> str:
    """The words of one packet, ready for WebVTT: no markup, no empty line, no "-->"."""
    if codec == "mov_text":
        # 3GPP TS 26.245, 5.17: two bytes of length, the text, boxes of style.
        data = data[2 : 2 + int.from_bytes(data[:2], "big")]
    text = data.decode("utf-16" if data[:2] in (b"\xfe\xff", b"\xff\xfe") else "utf-8", "replace")
    if codec == "ass":
        # ReadOrder, Layer, Style, Name, MarginL, MarginR, MarginV, Effect, Text (the Matroska mapping of ASS).
        text = text.split(",", 8)[-1].replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " ")
    text = _CONTROL.sub(" ", _TAG.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))
    if codec == "webvtt":
        text = text.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    lines = [" ".join(line.split()) for line in text[:LONGEST_CUE].split("\n")]
    joined = "\n".join(line for line in lines if line)
    return joined.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clock(seconds: float) -> str:
    millis = round(seconds * 1000)
    return f"{millis // 3_600_000:02}:{millis // 60_000 % 60:02}:{millis // 1000 % 60:02}.{millis % 1000:03}"
