"""What is wrong with captions, in plain words: what was found, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable

from conference.base.captions import Fault, FaultKind, time_text
from conference.web.render import size_text
from conference.web.texts import Language


def fault_sentence(fault: Fault, language: Language, *, where: bool = True) -> str:
    """One or two sentences. where: with the line of the file, for those who see the file and not single captions."""
    _ = language.gettext
    sentence = _patterns(_)[fault.kind].format(
        quote=fault.quote,
        cue=fault.cue,
        value=_measured(fault.kind, fault.value),
        limit=_measured(fault.kind, fault.limit),
    )
    return _("Line {line}: {sentence}").format(line=fault.line, sentence=sentence) if where and fault.line else sentence


def _patterns(_: Callable[[str], str]) -> dict[FaultKind, str]:
    return {
        FaultKind.SIZE: _("This file has {value}, and captions at most {limit}. Please check whether it is the right file."),
        FaultKind.ENCODING: _("The letters cannot be read here. Please save the captions as text in UTF-8 and try once more."),
        FaultKind.BINARY: _(
            "This is no plain text. Please save the captions as WebVTT (.vtt) or SubRip (.srt) and try once more."
        ),
        FaultKind.FORMAT: _(
            "There are no times in this text. Each caption needs a line such as 00:00:01.000 --> 00:00:04.000 above its text."
        ),
        FaultKind.TIME: _("The times “{quote}” cannot be read. Please write them as in 00:00:01.000 --> 00:00:04.000."),
        FaultKind.ORDER: _("The caption ends before it begins (“{quote}”). Please let the second time be later than the first."),
        FaultKind.LATE: _("“{quote}” lies after {limit}, where the film is over. Please check whether these are its captions."),
        FaultKind.STRAY: _("“{quote}” has no times. Please write them above it, or remove the empty line before it."),
        FaultKind.LONG: _("This caption has {value} characters, at most {limit} are possible. Please split it."),
        FaultKind.MANY: _("These are {value} captions, at most {limit} are possible. Please join short ones."),
        FaultKind.EMPTY: _("There is no caption with a text in it yet. Please write one, or choose another file."),
    }


def _measured(kind: FaultKind, value: int) -> str:
    if kind is FaultKind.SIZE:
        return size_text(value)
    return time_text(value).removeprefix("00:").partition(".")[0] if kind is FaultKind.LATE else str(value)
