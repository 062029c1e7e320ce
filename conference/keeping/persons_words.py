"""What goes when somebody is deleted, and what stays and why, as sentences for who asks."""

from __future__ import annotations

from conference.keeping.persons_gone import Traces
from conference.web.texts import Language


def goes(traces: Traces, language: Language) -> list[str]:
    """With counts; what there is nothing of is not spoken of."""
    _, it = language.gettext, traces
    counted = [
        (it.devices, language.ngettext("The sign-in on {n} device.", "The sign-ins on {n} devices.", it.devices)),
        (it.registered, _("The registration, with chosen sessions and needs. The place goes to whoever waits.")),
        (it.rooms, language.ngettext("The seat in {n} room.", "The seats in {n} rooms.", it.rooms)),
        (it.said, language.ngettext("{n} question or line of the chat.", "{n} questions and lines of the chat.", it.said)),
        (it.letters, language.ngettext("The proof of {n} letter.", "The proofs of {n} letters.", it.letters)),
    ]
    return [
        _("Name, address and everything else that is kept of the person; all personal links."),
        *_said(counted),
        _("Open pages and calls of the person end at once."),
    ]


def stays(traces: Traces, language: Language, *, chosen: bool = False) -> list[str]:
    """chosen: for organisers, who are asked beside this whether the name stays in the program. They are not told whether the
    person has answered the survey: who looks at its results before and after would know what."""
    _, it = language.gettext, traces
    counted = [
        (it.findings, language.ngettext("{n} finding, without a name.", "{n} findings, without a name.", it.findings)),
        (
            0 if chosen else it.program,
            _("The name in the program, which is the hosts’ text. They can take it out on request."),
        ),
        (1 if chosen else it.answered, _("The answers to the survey, from which nothing leads to the person.")),
        (
            it.consents,
            _(
                "Consents for a video card, with the name: they prove that the card may be shown, and go with it. Whoever gave"
                " one can take it back, by the link in the letter about it."
            ),
        ),
    ]
    return [
        *_said(counted),
        _("What others wrote, published results, and that something was done, without the name."),
        _("Backups of the operator, until they are deleted."),
    ]


def _said(counted: list[tuple[int, str]]) -> list[str]:
    return [text.format(n=count) for count, text in counted if count]
