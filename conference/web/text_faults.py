"""What is wrong with a text that somebody typed, in plain words: what was found, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable

from conference.base.errors import ConferenceError
from conference.web.texts import Language


def text_faults(error: ConferenceError | None, language: Language) -> dict[str, str]:
    """A sentence for each code of `results.text.clean` and `results.setting`; with facts that of `error`."""
    _ = language.gettext
    general = {**_general(_), **_setting_words(_)}
    if error is not None and error.code == "look_contrast" and error.facts:
        sentence = _("This colour stands out from white by {contrast} : 1, and {least} : 1 are needed. {better} would do.")
        ratios = {name: _decimal(error.facts[name], language) for name in ("contrast", "least")}
        return {**general, error.code: sentence.format(better=error.facts["better"], **ratios)}
    if error is None or error.code not in _general(_) or not error.facts:
        return general
    facts = {**error.facts, "where": _where(error, _)}
    return {**general, error.code: _patterns(_, bool(facts.get("character")))[error.code].format(**facts)}


def _decimal(value: float, language: Language) -> str:
    return str(value).replace(".", ",") if language.code == "de" else str(value)


def _general(_: Callable[[str], str]) -> dict[str, str]:
    return {
        "text_missing": _("Please write something here."),
        "text_too_long": _("This text is too long. Please shorten it."),
        "text_character": _("There is a character in this text that cannot be printed. Please write it in words."),
        "text_control": _("There is an invisible control character in this text. Please type that place again."),
    }


def _setting_words(_: Callable[[str], str]) -> dict[str, str]:
    """The refusals of setting a sheet as PDF, and of its look."""
    return {
        "look_colour": _("Please choose a colour such as #0b5563."),
        "look_contrast": _("This colour is too pale on white paper. Please choose a darker one."),
        "look_face": _("Please choose one of the typefaces."),
        "logo_too_large": _("This logo is larger than 100 KB. An SVG, or a PNG about 600 pixels wide, is enough."),
        "logo_type": _("Please choose an SVG or a PNG file."),
        "logo_sides": _("This logo has more than 4,000 pixels on one side. About 600 pixels are enough."),
        "logo_svg": _("This SVG leads to other files or holds scripts. Please export it as a plain SVG."),
        "logo_damaged": _("This logo cannot be read. Please export it again and try once more."),
        "logo_heavy": _(
            "This logo is too intricate or too large; every PDF would become much larger. Please choose a smaller or simpler one."
        ),
        "logo_alt": _("Please write what the logo says, in German, for all who cannot see it."),
        "setting": _("The PDF cannot be made at the moment. Your texts are saved; please try again in a few minutes."),
        "sheet_too_long": _("This sheet is too long for a PDF. Please shorten it, or put findings together."),
    }


def _patterns(_: Callable[[str], str], seen: bool) -> dict[str, str]:
    character = _("The character “{character}” ({point}) {where} cannot be printed. Please write it in words.")
    nameless = _("The character {point} {where} cannot be printed. Please write it in words.")
    return {
        "text_missing": _("Please write something here."),
        "text_too_long": _("This text has {length} characters, at most {most} are possible. Please shorten it."),
        "text_character": character if seen else nameless,
        "text_control": _("There is a control character ({point}) {where}. Please type that place again."),
    }


def _where(error: ConferenceError, _: Callable[[str], str]) -> str:
    if not error.facts.get("before", "").strip():
        return _("at the beginning")
    return _("after “{before}”").format(before=error.facts["before"].strip())
