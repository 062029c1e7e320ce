"""What is wrong with a conference file, in the reader's language.

Faults are made where a part of the file is read, as English lines "place in the file: what is wrong"; here is each of these
sentences once more, with its places, to find its translation by.
"""

from __future__ import annotations

from collections.abc import Callable

from conference.base.saying import said_again


def _(sentence: str) -> str:
    """Marks what is to be translated."""
    return sentence


# Those that begin or end like another come before it.
FAULTS = (
    # any part (initiatives/file.py)
    _("is missing"),
    _("is not known here; check the spelling"),
    _("is not known; there are {names}"),
    _("must be a text; put it in quotation marks"),
    _("may have only small letters a to z, digits and single hyphens"),
    _("must be true or false"),
    _("must be a whole number"),
    _("must be a number"),
    _("must be a list"),
    _("must have names and values"),
    _("must be one of {values}"),
    _("is too long; at most {most}"),
    _("must not be empty"),
    _("must be more than {number}"),
    _("must be at least {number}"),
    _("must be at most {number}"),
    _("must be a date such as 2026-05-17, or a date with a time"),
    _("must be a text, or {de: a text, en: a text}"),
    _("has no language {names}; there are {known}"),
    _("has {number} characters; {most} are allowed"),
    _("contains control characters"),
    _("needs a German text"),
    _("must be one line of at most {most} characters"),
    _("must be the path of a file beside the conference file, such as results/forum-1.pdf"),
    _("must be a web address that begins with https://"),
    _("{value} is there twice"),
    # the conference and its program
    _("this is not YAML: it is nested too deeply"),
    _("this is not YAML: {problem}"),
    _("must be {number}, the version of the format"),
    _("must be a time zone such as Europe/Berlin"),
    _("{value} is a word that addresses of the platform itself need"),
    _("logo_alt.de: must say what the logo shows"),
    _("must be what JSON can hold: texts, numbers, lists and the like"),
    _("{earlier} must not be after {later}"),
    _("{time} does not exist in {zone}: the clocks go forward over it"),
    _("must have keys such as slug and title"),
    _("must be after starts"),
    _("must lie within {number} years of conference.times.live"),
    _("must lie within the session"),
    # parts of features
    _("must be the short name of a language, such as de"),
    _("must have at most {most} characters"),
    _("there is no round {number}"),
    _("must be a colour such as #1f4e79 that can be read on white; {better} can be read on white"),
    _("must be a colour such as #1f4e79 that can be read on white"),
    _("at most {most}"),
    _("cannot be used as a photo ({code})"),
    _("the same photo twice"),
    _("needs a text"),
    _("is no content of a sheet"),
    _("{name} is no language of the interface"),
    _("{word} stands for nothing"),
    _("a letter has one link, the personal one; leave out web addresses"),
    _("has to have the word for the personal link once; here it stands {number} times"),
    _("cannot be shown in a room ({code})"),
    # the file itself and those beside it
    _("is not UTF-8 text"),
    _("has no readable {name}"),
    _("{name} is larger than {number} MB"),
    _("is larger than {number} MB"),
    _("is larger than {number} KB"),
    _("unpacks to more than {number} MB"),
    _("this zip is damaged, encrypted or packed in an unknown way"),
    _("{name} in it is damaged, encrypted or packed in an unknown way"),
    _("there is no such file beside the conference file"),
    _("{name} is no PNG or SVG that may be used ({code})"),
)


def fault_in(gettext: Callable[[str], str], fault: str) -> str:
    """A fault in the language of `gettext`. One of a library that nobody has translated stays as it is."""
    place, colon, text = fault.partition(": ")
    for known in FAULTS:
        said = said_again(text if colon else place, known, gettext(known))
        if said is not None:
            return f"{_place_in(gettext, place)}: {said}" if colon else said
    return fault


def _place_in(gettext: Callable[[str], str], place: str) -> str:
    line = said_again(place, "line {number}", gettext(_("line {number}")))
    return line or (gettext(_("the file")) if place == "the file" else place)
