"""Notice for people whose data did not come from themselves: Article 14 GDPR."""

from __future__ import annotations

from collections.abc import Mapping

from conference.desk.legal.wording.privacy import lines_of

WORDS = {
    "de": [
        "Sie wurden zu dieser Veranstaltung eingeladen, ohne sich selbst angemeldet zu haben. Hier steht, woher wir Ihre "
        "Angaben haben.",
        "## Woher die Angaben kommen",
        "{source}",
        "## Welche Angaben es sind",
        "{categories}",
        "## Wofür und mit welchem Recht",
        "Wir laden Sie damit ein und öffnen Ihnen die Räume. {basis}",
        "## Wer verantwortlich ist",
        "{controllers}",
        "## Wie lange",
        "Die Angaben werden spätestens {purge_days} Tage nach dem Ende der öffentlichen Zeit gelöscht.",
        "## Wenn Sie das nicht möchten",
        "Schreiben Sie an {email}. Wir löschen Ihre Angaben dann und laden Sie nicht wieder ein. Ihre weiteren Rechte und die "
        "Aufsichtsbehörde nennt die Seite „Datenschutz“.",
    ],
    "en": [
        "You were invited to this conference without having registered yourself. This page says where we have your details from.",
        "## Where the details come from",
        "{source}",
        "## Which details they are",
        "{categories}",
        "## What for, and by what right",
        "We invite you with them and open the rooms to you. {basis}",
        "## Who is responsible",
        "{controllers}",
        "## How long",
        "The details are deleted at the latest {purge_days} days after the end of the public time.",
        "## If you do not want this",
        "Write to {email}. We then delete your details and do not invite you again. Your other rights and the supervisory "
        "authority "
        "stand on the page “Privacy”.",
    ],
}
BASIS = {
    "de": {
        "public": "Rechtsgrundlage ist die Wahrnehmung einer öffentlichen Aufgabe (Artikel 6 Absatz 1 Buchstabe e DSGVO "
        "in Verbindung "
        "mit {law}).",
        "interest": "Rechtsgrundlage ist unser berechtigtes Interesse daran, zu dieser Veranstaltung einzuladen (Artikel "
        "6 Absatz 1 "
        "Buchstabe f DSGVO).",
    },
    "en": {
        "public": "The legal basis is a task carried out in the public interest (Article 6 (1) (e) GDPR together with {law}).",
        "interest": "The legal basis is our legitimate interest in inviting people to this conference (Article 6 (1) (f) GDPR).",
    },
}


def text(fields: Mapping[str, str], code: str) -> str:
    basis = BASIS[code]["public" if fields["basis"] == "public" else "interest"].format_map({"law": "", **fields})
    known = {name: fields.get(f"{name}-{code}") or fields.get(f"{name}-de", "") for name in ("source", "categories")}
    controllers = "\n".join(f"- {line}" for line in lines_of(fields["controllers"]))
    facts = {**fields, **known, "basis": basis, "controllers": controllers}
    return "\n\n".join(part.format_map(facts) for part in WORDS[code])
