"""Letters about consents: to the owners what they agreed to and how to take it back, to the hosts what was taken back."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from conference.access.model import Conference
from conference.access.store import conference_by_id
from conference.base.db import Work
from conference.base.errors import Invalid
from conference.base.mail import Letter, post
from conference.base.words import LANGUAGES, say
from conference.cards.consent.links import withdrawal_address
from conference.cards.consent.rules import in_force
from conference.cards.consent.store import name_of, owners_of
from conference.cards.consent.texts import current
from conference.cards.model import Card, ConsentKind
from conference.cards.store import consents_of
from conference.web.services import Services


async def tell_owners(services: Services, work: Work, card: Card, code: str) -> None:
    """To each person of the initiative, in language `code`: all that they agree to now, and the link to withdraw."""
    conference = await conference_by_id(work.session, card.conference_id)
    language, initiative = services.texts[code], await name_of(work.session, card)
    _ = language.gettext
    lines = []
    for kind, consent in in_force(await consents_of(work.session, card.id)).items():
        moment = language.moment(_local(conference, consent.given))
        title = say(current(kind).title, code)
        lines.append(_("- {title}: version {n}, {moment}").format(title=title, n=consent.version, moment=moment))
    paragraphs = [
        _("Good day,"),
        _("this is what you have agreed to for the video card of {initiative} at “{conference}”:").format(
            initiative=initiative, conference=say(conference.title, code)
        ),
        "\n".join(lines),
        _("With this link the card can be withdrawn at any time, also after closing, by anybody who has it:"),
        withdrawal_address(services, conference.slug, card.id),
    ]
    subject = _("What you agreed to: the video card of {initiative}").format(initiative=initiative)
    for person in await owners_of(work.session, card):
        await _post(work, person.email, subject, paragraphs)


async def tell_hosts_taken_back(services: Services, work: Work, card: Card, kind: ConsentKind) -> None:
    """So that they take the card down where the platform cannot."""
    conference = await conference_by_id(work.session, card.conference_id)
    _ = services.texts[LANGUAGES[0]].gettext
    initiative = await name_of(work.session, card)
    said = {"initiative": initiative, "title": say(current(kind).title, LANGUAGES[0])}
    paragraphs = [
        _("Good day,"),
        _("{initiative} no longer agrees to this for its video card: {title}.").format(**said),
        {
            ConsentKind.SITE: _("Please remove the card from your websites if it is shown there."),
            ConsentKind.SOCIAL: _("Please remove the card from your channels in social media if it was shared there."),
            ConsentKind.REMAINS: _("The card will be deleted here on the day of deletion; please delete copies as well."),
        }.get(kind, _("On the platform the card is not public any more; please do not show it elsewhere either.")),
    ]
    subject = _("Consent taken back: {initiative}").format(**said)
    await _post(work, conference.contact.get("email", ""), subject, paragraphs)


async def tell_hosts_withdrawn(services: Services, work: Work, card: Card, initiative: str) -> None:
    """Copies elsewhere are theirs to delete."""
    conference = await conference_by_id(work.session, card.conference_id)
    _ = services.texts[LANGUAGES[0]].gettext
    paragraphs = [
        _("Good day,"),
        _(
            "{initiative} has withdrawn its video card. Its films, pictures, captions and texts are deleted on the platform."
        ).format(initiative=initiative),
        _("If you have used it elsewhere, please delete it there as well."),
    ]
    subject = _("Video card withdrawn: {initiative}").format(initiative=initiative)
    await _post(work, conference.contact.get("email", ""), subject, paragraphs)


async def _post(work: Work, address: str, subject: str, paragraphs: list[str]) -> None:
    try:
        letter = Letter(to=address, subject=subject, text="\n\n".join(paragraphs) + "\n")
    except Invalid:  # an address nobody can write to is no reason to refuse what somebody decided
        return
    await post(work, letter)


def _local(conference: Conference, instant: datetime) -> datetime:
    return instant.astimezone(ZoneInfo(conference.zone))
