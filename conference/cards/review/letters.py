"""Letters to an initiative's people about their card, in both languages, each with the person's own link to their page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from conference.access.letters import in_one, reply_to, sender
from conference.base.db import Work
from conference.base.mail import Letter, post
from conference.base.words import LANGUAGES, Words, say
from conference.cards.model import CardTerms
from conference.cards.review.rules import last_minute
from conference.cards.rules import length_text
from conference.people.actions import issue_link
from conference.people.model import Person
from conference.web.services import Services
from conference.web.texts import Language


@dataclass(frozen=True)
class About:
    """What a letter is about. contact: as the conference has it; next: the path that the link leads to."""

    initiative: str
    conference: Words
    contact: Mapping[str, Any]
    next: str


Write = Callable[[Language, dict[str, str]], tuple[str, list[str]]]
"""A letter in one language: its subject and its paragraphs. It is given `initiative` and `conference`, the names, and `link`."""


def change_asked(reason: str, film: str, *, new: bool) -> Write:
    """film: the name of its file, "" unknown; new: it waits beside one that is public and stays so."""

    def write(language: Language, said: dict[str, str]) -> tuple[str, list[str]]:
        _ = language.gettext
        return _("Please change the video card of {initiative}").format(**said), [
            _("the organisers of “{conference}” have looked at the video card of {initiative} and ask you for a change:").format(
                **said
            ),
            "\n".join(f"    {line}" for line in reason.splitlines()),
            *_which(_, film, new=new),
            _("On your page you can bring a new film, write captions or change the texts:"),
            said["link"],
        ]

    return write


def _which(_: Callable[[str], str], film: str, *, new: bool) -> list[str]:
    """Which film is meant, where it has a name or there are two."""
    said = [_("It is about the film “{file}”.").format(file=film)] if film else []
    if new:
        said.append(_("It is about your new film; the one that is public stays until this one is released."))
    return [" ".join(said)] if said else []


def published(language: Language, said: dict[str, str]) -> tuple[str, list[str]]:
    _ = language.gettext
    return _("The video card of {initiative} is released").format(**said), [
        _("the organisers of “{conference}” have released the video card of {initiative}. Thank you for bringing it.").format(
            **said
        ),
        _("On your page you see where it stands, and you can withdraw it at any time:"),
        said["link"],
    ]


def put_back(language: Language, said: dict[str, str]) -> tuple[str, list[str]]:
    _ = language.gettext
    text = _(
        "the organisers of “{conference}” have put the texts of the video card of {initiative} back to those of the release."
    )
    return _("Texts of the video card of {initiative} were put back").format(**said), [
        text.format(**said),
        _("If you have questions, please write to the organisers."),
        said["link"],
    ]


def taken_down(language: Language, said: dict[str, str]) -> tuple[str, list[str]]:
    _ = language.gettext
    text = _("the organisers of “{conference}” have taken down the video card of {initiative}. Its film and texts are deleted.")
    subject = _("The video card of {initiative} was taken down").format(**said)
    return subject, [text.format(**said), _("If you have questions, please write to the organisers.")]


def reminder(terms: CardTerms, until: datetime) -> Write:
    """until: the deadline as a local time."""

    def write(language: Language, said: dict[str, str]) -> tuple[str, list[str]]:
        _ = language.gettext
        limits = _("The film: at most {length} minutes, at most {size} MB, at least {height} pixels high.")
        return _("The video card of {initiative} is still missing").format(**said), [
            _("{initiative} has no video card yet for “{conference}”: a short film in which you introduce yourselves.").format(
                **said
            ),
            _("You can bring it until {deadline}. A phone is all you need.").format(deadline=language.moment(last_minute(until))),
            limits.format(length=length_text(terms.most_seconds), size=terms.most_bytes // 1_000_000, height=terms.least_height),
            "\n".join([_("What makes a good card:"), *(f"- {hint}" for hint in _hints(_))]),
            _("Your personal link leads straight to your page. It is meant for you alone; links that you have stay valid."),
            said["link"],
        ]

    return write


def _hints(_: Callable[[str], str]) -> list[str]:
    return [
        _("Say in the first sentence who you are and what you are looking for."),
        _("Hold the phone sideways and steady, by daylight, in a quiet room."),
        _("Say aloud what one would only see otherwise: names, places, signs."),
        _("Captions: you can bring them, or write them on your page."),
        _("Show only people, pictures and music that you may show."),
    ]


def text_of(services: Services, write: Write, about: About, link: str) -> tuple[str, str]:
    """Subject and text, German first."""
    written = []
    for code in LANGUAGES:
        language = services.texts[code]
        said = {"initiative": about.initiative, "conference": say(about.conference, code), "link": link}
        subject, paragraphs = write(language, said)
        written.append((subject, "\n\n".join([language.gettext("Good day,"), *paragraphs, *sender(about.contact, code)])))
    return in_one(written)


async def send_to(
    services: Services, work: Work, person: Person, write: Write, about: About, *, unique_key: str | None = None
) -> None:
    """One letter with a fresh personal link, sent once this unit of work is committed; links given out before stay valid."""
    secret = await issue_link(work, services.ids, person.id)
    subject, text = text_of(services, write, about, f"{services.settings.base_url}/sign-in/{secret}?next={about.next}")
    letter = Letter(to=person.email, subject=subject, text=text, reply_to=reply_to(about.contact))
    await post(work, letter, unique_key=unique_key)
