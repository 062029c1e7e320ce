"""Captions of what is spoken: WebVTT for films, a list of times for running captions."""

import json
from collections.abc import Sequence
from pathlib import Path

from .speech import Cue

_LINE = 42  # characters; two lines of this length can be read in the time of a sentence


def write_webvtt(cues: Sequence[Cue], sentences: Sequence[str], target: Path) -> None:
    """One cue per sentence; ``sentences`` are the same in the language of the file.

    Each cue stays until shortly before the next one, so that slow readers have the pauses, too.
    """
    if len(cues) != len(sentences):
        raise ValueError(f"{target.name}: {len(sentences)} sentences for {len(cues)} spoken ones")
    blocks = ["WEBVTT"]
    for index, (cue, sentence) in enumerate(zip(cues, sentences, strict=True)):
        end = cues[index + 1].start - 0.05 if index + 1 < len(cues) else cue.end + 0.6
        blocks.append(f"{index + 1}\n{_stamp(cue.start)} --> {_stamp(end)}\n{_broken(sentence)}")
    target.write_text("\n\n".join(blocks) + "\n", "utf-8")


def write_timing(cues: Sequence[Cue], target: Path) -> None:
    """``[{"at": seconds, "text": sentence}, ...]`` for captions that run beside a live clip."""
    rows = [{"at": cue.start, "text": cue.text} for cue in cues]
    target.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _stamp(seconds: float) -> str:
    thousandths = round(seconds * 1000)
    return f"00:{thousandths // 60_000:02}:{thousandths // 1000 % 60:02}.{thousandths % 1000:03}"


def _broken(sentence: str) -> str:
    """Two lines of about the same length if one is not enough."""
    if len(sentence) <= _LINE:
        return sentence
    spaces = [at for at, letter in enumerate(sentence) if letter == " "]
    middle = min(spaces, key=lambda at: abs(at - len(sentence) / 2))
    return f"{sentence[:middle]}\n{sentence[middle + 1 :]}"
