"""Imprint: section 5 of the Digitale-Dienste-Gesetz (DDG), section 18 (2) of the Medienstaatsvertrag (MStV)."""

from __future__ import annotations

from collections.abc import Mapping

WORDS = {
    "de": {
        "provider": "## Anbieterin dieser Seiten",
        "represented": "Vertreten durch: {represented}",
        "contact": "## Kontakt",
        "mail": "E-Mail: {email}",
        "phone": "Telefon: {phone}",
        "supervision": "Aufsicht: {supervision}",
        "register": "Register: {register}",
        "vat": "Umsatzsteuer-Identifikationsnummer: {vat}",
        "responsible": "## Verantwortlich für den Inhalt nach § 18 Absatz 2 MStV",
        "pictures": "## Nachweis der Bilder",
        "technology": "Diese Seiten laufen mit der freien Software Meetingpoint.",
    },
    "en": {
        "provider": "## Provider of these pages",
        "represented": "Represented by: {represented}",
        "contact": "## Contact",
        "mail": "E-mail: {email}",
        "phone": "Phone: {phone}",
        "supervision": "Supervisory body: {supervision}",
        "register": "Register: {register}",
        "vat": "VAT identification number: {vat}",
        "responsible": "## Responsible for the content under section 18 (2) MStV",
        "pictures": "## Picture credits",
        "technology": "These pages run on the free software Meetingpoint.",
    },
}


def text(fields: Mapping[str, str], code: str) -> str:
    words = WORDS[code]
    parts = [
        words["provider"],
        f"{fields['body']}, {fields['street']}, {fields['town']}",
        words["represented"].format_map(fields),
    ]
    parts += [words[name].format_map(fields) for name in ("supervision", "register", "vat") if fields.get(name)]
    parts += [words["contact"], words["mail"].format_map(fields), words["phone"].format_map(fields)]
    if fields.get("responsible"):
        parts += [words["responsible"], fields["responsible"]]
    if fields.get("pictures"):
        parts += [words["pictures"], fields["pictures"]]
    return "\n\n".join([*parts, words["technology"]])
