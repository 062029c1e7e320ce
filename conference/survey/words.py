"""The questions that the program ships, and what the answers of each scale are called."""

from __future__ import annotations

from collections.abc import Sequence

from conference.base.words import LANGUAGES, Words
from conference.survey.rules import KEYS, SCALES, Question
from conference.web.texts import Language, Texts


def shipped_questions(texts: Texts) -> list[Question]:
    """Three that fit any conference, in all languages."""
    spoken = {code: _asked(texts[code]) for code in LANGUAGES}
    return [
        Question(key, {code: spoken[code][number] for code in LANGUAGES}, scale)
        for number, (key, scale) in enumerate(zip(KEYS, SCALES, strict=True))
    ]


def _asked(language: Language) -> list[str]:
    """One for each scale, in the order of SCALES."""
    _ = language.gettext
    return [
        _("How was the conference for you as a whole?"),
        _("I take ideas or contacts with me that help me in my work."),
        _("Would you take part in such a conference again?"),
    ]


def scale_words(language: Language, scale: str) -> list[str]:
    """What 1 to 5 mean, in this order."""
    _ = language.gettext
    return {
        "quality": [_("very bad"), _("rather bad"), _("middling"), _("rather good"), _("very good")],
        "agreement": [_("not at all true"), _("rather not true"), _("partly true"), _("rather true"), _("entirely true")],
        "likelihood": [_("certainly not"), _("probably not"), _("perhaps"), _("probably"), _("certainly")],
    }[scale]


def scale_word(language: Language, scale: str) -> str:
    """What the scale itself is called, for who chooses one."""
    words = scale_words(language, scale)
    return language.gettext("from “{least}” to “{most}”").format(least=words[0], most=words[-1])


def group_word(language: Language, scale: str, group: Sequence[int]) -> str:
    """What answers are called that are told together: "bad or very bad"."""
    words = scale_words(language, scale)
    return language.gettext(" or ").join(words[value - 1] for value in group)


def group_words(texts: Texts, scale: str, group: Sequence[int]) -> Words:
    """The same in all languages."""
    return {code: group_word(texts[code], scale, group) for code in LANGUAGES}
