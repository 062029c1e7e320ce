"""Three papers for the data protection officer, filled from the conference and the settings: the record of processing (Article 30
GDPR), the deletion concept, and technical and organisational measures (Article 32 GDPR). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from conference.access.model import Conference
from conference.base.settings import Settings
from conference.base.words import say
from conference.desk.legal.fate_words import fate_word, why_words
from conference.desk.legal.wording.privacy import basis_of, lines_of
from conference.keeping.fates import FATES, Fate
from conference.results.sheets.outline import Block, Bullets, Facts, Head, Labels, Outline, Paragraph, Title
from conference.web.texts import Language

NAMES = ("records", "deletion", "measures")


@dataclass(frozen=True)
class Known:
    """What the papers are filled from. fields: of the privacy page's form (empty: it was not filled in); times: the name of a
    moment and when, local; organisers: how many; today: as the language writes it."""

    conference: Conference
    settings: Settings
    fields: Mapping[str, str] = field(default_factory=dict)
    times: Sequence[tuple[str, datetime]] = ()
    organisers: int = 0
    today: str = ""


def title_of(name: str, language: Language) -> str:
    _ = language.gettext
    return {
        "records": _("Record of processing activities (Article 30 GDPR)"),
        "deletion": _("Deletion concept"),
        "measures": _("Technical and organisational measures (Article 32 GDPR)"),
    }[name]


def paper(name: str, known: Known, language: Language) -> Outline:
    """One of NAMES, in the language."""
    conference = say(known.conference.title, language.code)
    head = Head(language.code, title_of(name, language), conference, known.today, Labels("", "", "", {}))
    body = {"records": _records, "deletion": _deletion, "measures": _measures}[name](known, language)
    made = language.gettext("Made from the settings on {day}. Please complete and check it before you file it.")
    return Outline(head, (Title(1, head.title), Facts((conference, made.format(day=known.today))), *body))


def _bullets(*lines: str) -> Bullets:
    return Bullets(tuple(("", line) for line in lines if line))


def _records(known: Known, language: Language) -> list[Block]:
    _ = language.gettext
    fields = known.fields
    open_ = _("(still to be entered on the page “Privacy”)")
    basis = basis_of(fields, language.code) if fields.get("basis") else open_
    return [
        Title(2, _("Controllers")),
        _bullets(*(lines_of(fields.get("controllers", "")) or [open_])),
        Facts((_("Data protection officer: {who}").format(who=" ".join(fields.get("dpo", open_).split())),)),
        Title(2, _("Purposes")),
        _bullets(
            _("Inviting to the conference, registration, sign-in by personal links"),
            _("Live rooms with picture, sound, captions and written contributions; nothing is recorded"),
            _("Publishing program, video cards, results and report until the closing date"),
            _("Letters about the conference; a survey without names; proof of attendance on wish"),
        ),
        Title(2, _("Legal basis")),
        Paragraph(basis),
        Paragraph(
            _("Consent for video cards, photos, access needs, proof of attendance and later invitations "
              "(Articles 6 (1) (a), 9 (2) (a)).")
        ),
        Title(2, _("Whose data, and which")),
        _bullets(
            _("Invited and registered people: name, e-mail address, organisation, Land, role, consents"),
            _("Access needs: only with consent, seen by organisers alone"),
            _("Guests: the name that they give"),
            _("Speakers and moderators: name, function and organisation in the program"),
            _("Organisers: acts that change access or data, by person and time"),
            _("Everybody: the IP address while a connection lasts"),
        ),
        Title(2, _("Recipients")),
        _bullets(*(lines_of(fields.get("processors", "")) or [_("None outside of the controllers.")]), *_hosts(known, language)),
        Title(2, _("Transfers to third countries")),
        Paragraph(_("There are none.")),
        Title(2, _("When data are deleted")),
        *_times(known),
        Title(2, _("Measures")),
        Paragraph(_("See “Technical and organisational measures”.")),
    ]  # fmt: skip


def _hosts(known: Known, language: Language) -> list[str]:
    """Machines that the settings name."""
    _ = language.gettext
    settings = known.settings
    mail, store = urlsplit(settings.mail_url).hostname, urlsplit(settings.storage_public_url).hostname
    return [
        _("Server of the pages: {host}").format(host=urlsplit(settings.base_url).hostname or ""),
        _("Mail server: {host}").format(host=mail) if mail else "",
        _("Object store: {host}").format(host=store) if store else "",
        _("Sign-in of organisers: {host}").format(host=urlsplit(settings.oidc_issuer).hostname) if settings.oidc_issuer else "",
        _("Relay for strict networks: {host}").format(host=", ".join(settings.turn_urls)) if settings.turn_urls else "",
    ]


def _times(known: Known) -> list[Block]:
    return [Facts(tuple(f"{name}: {at:%d.%m.%Y %H:%M}" for name, at in known.times))]


def _deletion(known: Known, language: Language) -> list[Block]:
    _ = language.gettext
    days = (known.conference.purge - known.conference.closes).days
    blocks: list[Block] = [
        Title(2, _("Moments")),
        *_times(known),
        Paragraph(_("From the closing date on only organisers reach anything; the server's clock decides that at each request.")),
        Paragraph(_("{days} days later the server deletes the data by itself. Moving one moves the other.").format(days=days)),
        Title(2, _("What becomes of each kind of data")),
    ]  # fmt: skip
    words = why_words(language)
    for fate in Fate:
        groups: dict[str, list[str]] = {}
        for table, entry in FATES.items():
            if entry.fate is fate:
                groups.setdefault(words.get(entry.why, entry.why), []).append(table)
        if groups:
            blocks.append(Title(3, fate_word(fate, language)))
            lines = [
                f"{why[:1].upper()}{why[1:]} ({', '.join(tables)})" if why else ", ".join(tables)
                for why, tables in groups.items()
            ]
            blocks.append(_bullets(*lines))
    return [
        *blocks,
        Title(2, _("Earlier than that")),
        _bullets(
            _("Access needs: on the day that the terms of registration name"),
            _("Tables of people that were brought and not taken over: after an hour"),
            _("Tasks of the server and what was told to open pages: after a day"),
            _("Hand-over packs: after a week"),
            _("Whoever wants to is deleted at once, by themselves or by the organisers"),
        ),
        Title(2, _("Files, copies, proof")),
        _bullets(
            _("Files lie under names that nobody can guess and go with their rows; both are compared every ten minutes."),
            _("Backups of database and files are the operator's: their copies are to be deleted after the same time."),
            _("Each deletion leaves a record with counts, without persons."),
        ),
    ]


def _measures(known: Known, language: Language) -> list[Block]:
    _ = language.gettext
    settings = known.settings
    factor = (
        _("Organisers show a second factor (passkey or one-time code).") if known.conference.second_factor
        else _("A second factor for organisers is possible, and not demanded in this conference.")
    )  # fmt: skip
    secure = (
        _("All pages and sockets by TLS; browsers are told to use nothing else.") if settings.secure
        else _("The address of the pages is not https: this installation is not fit for personal data.")
    )  # fmt: skip
    database = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}.get(settings.database_url.partition(":")[0], "")
    return [
        Title(2, _("Confidentiality")),
        _bullets(
            secure,
            _("Picture and sound by DTLS-SRTP between each device and the server; the server forwards and does not record."),
            _("Sign-in by personal links of 256 bits, stored as hashes; they can be revoked at once."),
            factor,
            _("{n} people have the role of organisers in this conference.").format(n=known.organisers),
            _("One table says who sees which page in which state of the conference; it is asked at each request."),
            _("Signed addresses of files are good for 15 minutes at most and never beyond closing."),
        ),
        Title(2, _("Integrity")),
        _bullets(
            _("Acts that change access or data are written down with person and time."),
            _("Films, photos and PDFs that are brought are read by processes of their own with limits of memory and time."),
            _("Content policy without foreign hosts, inline scripts and frames; forms are taken from our own pages only."),
        ),
        Title(2, _("Availability")),
        _bullets(
            _("Database: {kind}").format(kind=database),
            _("Files: {kind}").format(
                kind=_("object store (S3)") if settings.storage_url.startswith("s3") else _("folder of the server")
            ),
            _("A process that fails is started again; a media node that fails takes only its own rooms along."),
            _("Limits of rate by network, address and person."),
        ),
        Title(2, _("Data minimisation")),
        _bullets(
            _("No cookie before sign-in, no measuring of visits, no request to third parties."),
            _("Logs hold no contents, names or addresses."),
            _("Figures leave out groups of fewer than five."),
        ),
        Title(2, _("To be completed by the operator")),
        _bullets(
            _("Admission to the machines, backups and their test, updates, contracts, training"),
        ),
    ]
