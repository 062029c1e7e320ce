"""What is missing of the pages that the law asks for. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from conference.access.model import Page
from conference.base.mail import deliverable
from conference.desk.readiness.shapes import Facts, Missing
from conference.web.texts import Language

OWED = (Page.IMPRINT, Page.PRIVACY, Page.ACCESSIBILITY)
ALTERNATIVES = (Page.EASY, Page.SIGNED)
REVIEWED_FOR = timedelta(days=365)
"""For so long a review counts, as the EU's model of the accessibility statement has it (2018/1523, Annex, section 1)."""


def titles(language: Language) -> dict[Page, str]:
    _ = language.gettext
    return {
        Page.IMPRINT: _("Imprint"),
        Page.PRIVACY: _("Privacy"),
        Page.ACCESSIBILITY: _("Accessibility"),
        Page.EASY: _("Easy language"),
        Page.SIGNED: _("Sign language"),
        Page.NOTICE: _("Notice for people from lists"),
    }


def form_of(facts: Facts, page: Page) -> str:
    """Where the page is written."""
    return f"{facts.desk}/legal/{page.value}"


def pages_missing(facts: Facts, language: Language) -> Iterator[Missing]:
    """Imprint, privacy and accessibility, each."""
    _ = language.gettext
    for page in OWED:
        if not written(facts.conference.legal.get(page.value)):
            sentence = _("The page “{page}” is missing.").format(page=titles(language)[page])
            yield Missing(sentence, form_of(facts, page), page.value)


def alternatives_missing(facts: Facts, language: Language) -> Iterator[Missing]:
    """Leichte Sprache and sign language: what is there, or the recorded reason why it is not."""
    _ = language.gettext
    for page in ALTERNATIVES:
        entry = facts.conference.legal.get(page.value) or {}
        form = facts.pages.get(page)
        filmed = form is not None and form.film_key is not None
        if not (filmed or written(entry.get("text")) or written(entry.get("reason"))):
            sentence = _("For “{page}” there is neither a version nor a reason.").format(page=titles(language)[page])
            yield Missing(sentence, form_of(facts, page), page.value)


def notice_missing(facts: Facts, language: Language) -> Iterator[Missing]:
    """People whose data came in a list learn that from a page (Art. 14 GDPR)."""
    if facts.from_lists and not written(facts.conference.legal.get(Page.NOTICE.value)):
        _ = language.gettext
        detail = _("Article 14 of the GDPR: who did not give their data themselves learns where they came from.")
        yield Missing(_("People came from a list, and there is no notice for them."), form_of(facts, Page.NOTICE), detail=detail)


def english_missing(facts: Facts, language: Language) -> Iterator[Missing]:
    _ = language.gettext
    for page in OWED:
        words = facts.conference.legal.get(page.value) or {}
        if written(words) and not str(words.get("en") or "").strip():
            sentence = _("The page “{page}” is in German only.").format(page=titles(language)[page])
            yield Missing(sentence, form_of(facts, page), page.value)


def reviews_due(facts: Facts, language: Language) -> Iterator[Missing]:
    """Pages whose last review is more than a year ago."""
    _ = language.gettext
    for page, form in sorted(facts.pages.items()):
        if form.reviewed is not None and review_due(form.reviewed, facts.now.date()):
            sentence = _("“{page}” was reviewed more than a year ago.").format(page=titles(language)[page])
            yield Missing(sentence, form_of(facts, page), page.value)


def review_due(reviewed: date, today: date) -> bool:
    return today - reviewed > REVIEWED_FOR


def contact_missing(facts: Facts, language: Language) -> Iterator[Missing]:
    """An address to which letters can go, and a number for those whom the internet fails."""
    _ = language.gettext
    contact = facts.conference.contact
    if not deliverable(contact.get("email", "")):
        yield Missing(_("The conference has no address that letters can be sent to."), _settings(facts), "email")
    if not contact.get("phone", "").strip():
        yield Missing(_("The conference has no phone number for people who do not get in."), _settings(facts), "phone")


def _settings(facts: Facts) -> str:
    return f"{facts.desk}/settings#contact-email"


def written(words: Any) -> bool:
    """Whether there is a German text, which all others are translations of."""
    return isinstance(words, dict) and bool(str(words.get("de") or "").strip())
