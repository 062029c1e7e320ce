"""What the form of each page asks for, what cannot be, and the text that comes of it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from conference.access.model import Page
from conference.base.mail import deliverable
from conference.base.words import LANGUAGES, Words
from conference.desk.legal.wording import accessibility, imprint, notice, privacy
from conference.web.texts import Language

LONGEST_LINE, LONGEST_TEXT = 300, 8000
Say = Callable[[str], str]


class Kind(StrEnum):
    """line: one line; text: several; words: several, in each language (the other ones may be missing); choice: one of `options`;
    tick: "yes" or ""; day: an ISO date; email: an address that letters can go to; days: a number of days."""

    LINE = "line"
    TEXT = "text"
    WORDS = "words"
    CHOICE = "choice"
    TICK = "tick"
    DAY = "day"
    EMAIL = "email"
    DAYS = "days"


@dataclass(frozen=True)
class Field:
    """options: (value, label); when: (name, values): needed only where that field has one of these values."""

    name: str
    kind: Kind
    label: str
    hint: str = ""
    required: bool = True
    options: Sequence[tuple[str, str]] = ()
    when: tuple[str, tuple[str, ...]] | None = None

    @property
    def names(self) -> list[str]:
        """Names of its inputs."""
        return [f"{self.name}-{code}" for code in LANGUAGES] if self.kind is Kind.WORDS else [self.name]


def fields_of(page: Page, language: Language) -> list[Field]:
    """Of a page that has a template; none for those whose text the hosts write."""
    forms = {Page.IMPRINT: _imprint, Page.PRIVACY: _privacy, Page.ACCESSIBILITY: _accessibility, Page.NOTICE: _notice}
    return forms[page](language.gettext) if page in forms else []


def _imprint(_: Say) -> list[Field]:
    return [
        Field("body", Kind.LINE, _("Name of the public body"), _("As in official letters, such as “Bundesministerium für …”.")),
        Field("street", Kind.LINE, _("Street and number")),
        Field("town", Kind.LINE, _("Postcode and town")),
        Field("represented", Kind.LINE, _("Represented by"), _("Name and function of whoever may sign for it.")),
        Field("email", Kind.EMAIL, _("E-mail address")),
        Field("phone", Kind.LINE, _("Phone")),
        Field("supervision", Kind.LINE, _("Supervisory body"), required=False),
        Field("register", Kind.LINE, _("Register and number"), _("For associations and companies."), required=False),
        Field("vat", Kind.LINE, _("VAT identification number"), _("Only where there is one."), required=False),
        Field("responsible", Kind.LINE, _("Responsible for the content"), _("Name and address."), required=False),
        Field("pictures", Kind.TEXT, _("Picture credits"), required=False),
    ]  # fmt: skip


def _basis(_: Say) -> list[Field]:
    options = [
        ("public", _("A public task (Art. 6 (1) (e) GDPR)")),
        ("interest", _("A legitimate interest (Art. 6 (1) (f) GDPR)")),
    ]
    return [
        Field("basis", Kind.CHOICE, _("Legal basis"), _("Public authorities use the first in performing their tasks."),
              options=options),
        Field("law", Kind.LINE, _("The law that gives the task"), _("Such as “§ 3 BDSG”, or a law of the Land."),
              when=("basis", ("public",))),
    ]  # fmt: skip


def _privacy(_: Say) -> list[Field]:
    return [
        Field("controllers", Kind.TEXT, _("Who is responsible"), _("Each on a line of its own: name, address, e-mail.")),
        Field("joint", Kind.TICK, _("They are joint controllers (Art. 26 GDPR)"), required=False),
        Field("essence", Kind.WORDS, _("The essence of their arrangement"), _("Who does what, and to whom people turn."),
              when=("joint", ("yes",))),
        Field("dpo", Kind.TEXT, _("Data protection officer"), _("Name or office, address, e-mail.")),
        *_basis(_),
        Field("processors", Kind.TEXT, _("Processors"), 
              _("Each on a line of its own: name, place, what they do. Empty: you run all of it yourselves."), required=False),
        Field("log_days", Kind.DAYS, _("Days until the web server's logs are deleted"), _("0: it stores no IP addresses.")),
        Field("authority", Kind.LINE, _("Supervisory authority for data protection"), _("Name and address.")),
    ]  # fmt: skip


def _accessibility(_: Say) -> list[Field]:
    based = [("self", _("A self-assessment")), ("external", _("A test by others"))]
    statuses = [("partial", _("Partially")), ("full", _("Fully")), ("not", _("Not at all"))]
    return [
        Field("body", Kind.LINE, _("Name of the public body")),
        Field("law", Kind.LINE, _("Legal basis"), _("Such as “BGG und BITV 2.0” for federal bodies, or the law of the Land.")),
        Field("status", Kind.CHOICE, _("How far the pages meet the requirements"), options=statuses),
        Field("assessment", Kind.CHOICE, _("Based on"), options=based),
        Field("assessed", Kind.DAY, _("Assessed on")),
        Field("barriers", Kind.WORDS, _("What is not accessible, and why"), when=("status", ("partial", "not"))),
        Field("email", Kind.EMAIL, _("Address for reports of barriers"), _("The form on that page writes there.")),
        Field("phone", Kind.LINE, _("Phone")),
        Field("enforcement", Kind.TEXT, _("Arbitration body"), _("Name, address, e-mail, phone.")),
        Field("made", Kind.DAY, _("First made on")),
    ]  # fmt: skip


def _notice(_: Say) -> list[Field]:
    return [
        Field("source", Kind.WORDS, _("Where the list comes from"), _("Such as “from the mailing list of the network office”.")),
        Field("categories", Kind.WORDS, _("What stands in it")),
        *_basis(_),
        Field("controllers", Kind.TEXT, _("Who is responsible"), _("Each on a line of its own: name, address, e-mail.")),
        Field("email", Kind.EMAIL, _("Where to object")),
    ]  # fmt: skip


def read_fields(page: Page, entered: Mapping[str, str], language: Language) -> tuple[dict[str, str], dict[str, str]]:
    """What was entered, cleaned, and a sentence for each field that cannot be so."""
    values: dict[str, str] = {}
    errors: dict[str, str] = {}
    for field in fields_of(page, language):
        for name in field.names:
            values[name] = _clean(field.kind, entered.get(name, ""))
        fault = _fault(field, values, language.gettext)
        if fault:
            errors[field.names[0]] = fault
    return values, errors


def _clean(kind: Kind, text: str) -> str:
    if kind in (Kind.TEXT, Kind.WORDS):
        return text.replace("\r\n", "\n").strip()
    return " ".join(text.split())


def _fault(field: Field, values: Mapping[str, str], _: Say) -> str | None:
    text = values[field.names[0]]
    wanted = field.required and (field.when is None or values.get(field.when[0]) in field.when[1])
    if not text:
        return _("This is needed.") if wanted else None
    longest = LONGEST_TEXT if field.kind in (Kind.TEXT, Kind.WORDS) else LONGEST_LINE
    if any(len(values[name]) > longest for name in field.names):
        return _("At most {n} characters, please.").format(n=longest)
    if field.kind is Kind.CHOICE and text not in [value for value, _label in field.options]:
        return _("Please choose one of the options.")
    if field.kind is Kind.EMAIL and not deliverable(text):
        return _("Please enter an address such as name@example.org.")
    if field.kind is Kind.DAY and day_of(text) is None:
        return _("Please enter a date.")
    if field.kind is Kind.DAYS and not (text.isascii() and text.isdigit() and len(text) < 4):
        return _("Please enter a number of days.")
    return None


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def composed(page: Page, fields: Mapping[str, str], reviewed: date, languages: Mapping[str, Language]) -> Words:
    """The page in all languages, of complete fields (`read_fields` and `purge_days`). reviewed: the day of the last review."""
    texts = {
        Page.IMPRINT: imprint.text,
        Page.PRIVACY: privacy.text,
        Page.ACCESSIBILITY: accessibility.text,
        Page.NOTICE: notice.text,
    }
    return {code: texts[page]({**fields, **_days(fields, reviewed, language)}, code) for code, language in languages.items()}


def _days(fields: Mapping[str, str], reviewed: date, language: Language) -> dict[str, str]:
    """Dates as each language writes them."""
    days = {name: day_of(fields[name]) for name in ("assessed", "made") if name in fields}
    return {name: language.date(day) for name, day in {**days, "reviewed": reviewed}.items() if day is not None}
