"""What the office says about letters: states, faults, placeholders."""

from __future__ import annotations

from conference.mailing.model import DeliveryState, MailingState
from conference.web.texts import Language


def state_word(language: Language, state: MailingState) -> str:
    _ = language.gettext
    return {
        MailingState.DRAFT: _("Draft of a letter"),
        MailingState.PLANNED: _("Planned"),
        MailingState.SENDING: _("Being sent"),
        MailingState.SENT: _("Sent"),
        MailingState.STOPPED: _("Stopped"),
        MailingState.STANDING: _("One by one"),
    }[state]


STATE_TONES = {
    MailingState.DRAFT: "quiet",
    MailingState.PLANNED: "info",
    MailingState.SENDING: "live",
    MailingState.SENT: "ok",
    MailingState.STOPPED: "warn",
    MailingState.STANDING: "info",
}


def delivery_word(language: Language, state: DeliveryState, *, uncertain: bool) -> str:
    _ = language.gettext
    if uncertain:
        return _("Uncertain")
    return {
        DeliveryState.WAITING: _("Waits"),
        DeliveryState.HANDED: _("Being handed over"),
        DeliveryState.SENT: _("Taken by the mail server"),
        DeliveryState.BOUNCED: _("Came back"),
        DeliveryState.FAILED: _("Given up"),
        DeliveryState.SKIPPED: _("Left out"),
    }[state]


def fault_sentence(language: Language, code: str, facts: dict[str, str]) -> str:
    """For a field of a letter's form (`mailing.rules.text_faults`)."""
    _ = language.gettext
    sentence = {
        "empty": _("Please write something here. In German a letter needs subject and text; in English either both or none."),
        "long": _("At most {longest} characters."),
        "placeholder": _("{word} stands for nothing. The list below the field has those that there are."),
        "address": _("A letter has one link, the personal one. Please leave out web addresses."),
        "link": _("The word {{link}} has to stand in the text once; here it stands {count} times."),
    }[code]
    return sentence.format(**facts)


def placeholder_words(language: Language, *, session: bool) -> list[tuple[str, str]]:
    """Placeholders and what they stand for."""
    _ = language.gettext
    known = [
        ("{link}", _("the person's own link")),
        ("{name}", _("the person's name")),
        ("{conference}", _("title of the conference")),
        ("{day}", _("its day")),
        ("{begins}", _("when it begins")),
        ("{place}", _("its place")),
        ("{until}", _("until when all is open")),
    ]
    return known + ([("{session}", _("the session")), ("{session_begins}", _("when it begins"))] if session else [])
