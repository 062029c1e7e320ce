"""Privacy notice: Articles 12 to 14 and 26 GDPR, section 25 of the TDDDG. What the platform does with data stands in `DOES`."""

from __future__ import annotations

from collections.abc import Mapping

DOES = {
    "de": [
        ("## Seiten ansehen", "Beim Aufruf einer Seite verarbeitet der Server die IP-Adresse Ihres Geräts, um zu "
        "antworten und sich "
         "gegen Missbrauch zu schützen. {logs} Vor der Anmeldung wird kein Cookie gesetzt, es gibt keine "
         "Reichweitenmessung, und keine "
         "Anfrage geht an Dritte. Nach der Anmeldung hält ein notwendiges Cookie Sie angemeldet (§ 25 Absatz 2 Nummer 2 "
         "TDDDG)."),
        ("## Einladung und Anmeldung", "Von eingeladenen und angemeldeten Personen verarbeiten wir Name, E-Mail-Adresse, "
        "Organisation, "
         "Land und Aufgabe in der Veranstaltung, um einzuladen, Räume zu öffnen und Fragen zu beantworten. {basis} Ohne "
         "diese Angaben "
         "ist nur das offen, was ohne Anmeldung zu sehen ist."),
        ("## Bedarf zur Teilnahme", "Was Sie zur Teilnahme brauchen (etwa Untertitel oder Gebärdensprache), geben Sie "
        "freiwillig an. "
         "Rechtsgrundlage ist Ihre Einwilligung (Artikel 9 Absatz 2 Buchstabe a DSGVO), die Sie jederzeit widerrufen "
         "können. Nur das "
         "Organisationsteam sieht die Angaben; sie werden früher gelöscht als alles andere."),
        ("## In den Räumen", "Bild und Ton werden weitergeleitet und nicht aufgezeichnet. Kamera und Mikrofon bleiben "
        "aus, bis Sie sie "
         "einschalten. Fragen, Beiträge und Umfragen in einem Raum sehen die Anwesenden. {basis}"),
        ("## Videokarten, Ergebnisse, Fotos", "Videokarten und Fotos werden mit Einwilligung veröffentlicht (Artikel 6 "
        "Absatz 1 "
         "Buchstabe a DSGVO). Sie können sie jederzeit mit Wirkung für die Zukunft zurücknehmen. Ergebnisse nennen "
         "Personen nur, soweit "
         "diese im Programm stehen."),
        ("## Briefe", "Wir schreiben Ihnen zu dieser Veranstaltung. Einladungen zu späteren Treffen senden wir nur mit Ihrer "
         "Einwilligung."),
    ],
    "en": [
        ("## Looking at pages", "When you open a page, the server processes the IP address of your device to answer and "
        "to protect "
         "itself against misuse. {logs} No cookie is set before sign-in, nothing measures your visit, and no request goes "
         "to third "
         "parties. After sign-in one necessary cookie keeps you signed in (section 25 (2) no. 2 TDDDG)."),
        ("## Invitation and registration", "Of people who are invited or register we process name, e-mail address, "
        "organisation, Land and "
         "role in the conference, to invite them, open rooms and answer questions. {basis} Without these details only "
         "that is open "
         "which can be seen without sign-in."),
        ("## Needs for taking part", "What you need to take part (such as captions or sign language) you tell us of your "
        "own accord. The "
         "legal basis is your consent (Article 9 (2) (a) GDPR), which you can withdraw at any time. Only the organisers "
         "see it; it is "
         "deleted earlier than all else."),
        ("## In the rooms", "Picture and sound are forwarded and not recorded. Camera and microphone stay off until you "
        "switch them on. "
         "Questions, contributions and polls in a room are seen by those present. {basis}"),
        ("## Video cards, results, photos", "Video cards and photos are published with consent (Article 6 (1) (a) GDPR). "
        "It can be taken "
         "back at any time with effect for the future. Results name people only as far as they stand in the program."),
        ("## Letters", "We write to you about this conference. Invitations to later meetings we send only with your consent."),
    ],
}  # fmt: skip
WORDS = {
    "de": {
        "who": "## Wer verantwortlich ist",
        "joint": "Die Genannten sind gemeinsam verantwortlich (Artikel 26 DSGVO). Das Wesentliche der Vereinbarung: "
        "{essence} Ihre Rechte "
        "können Sie bei jeder von ihnen geltend machen.",
        "dpo": "Datenschutzbeauftragte Person: {dpo}",
        "public": "Rechtsgrundlage ist die Wahrnehmung einer öffentlichen Aufgabe (Artikel 6 Absatz 1 Buchstabe e DSGVO "
        "in Verbindung "
        "mit {law}).",
        "interest": "Rechtsgrundlage ist unser berechtigtes Interesse daran, die Veranstaltung durchzuführen (Artikel 6 "
        "Absatz 1 "
        "Buchstabe f DSGVO).",
        "logs": "Protokolle des Webservers werden nach {log_days} Tagen gelöscht.",
        "no_logs": "Die IP-Adresse wird nicht gespeichert.",
        "processors": "## Wer in unserem Auftrag arbeitet",
        "processors_lead": "Mit ihnen gibt es Verträge nach Artikel 28 DSGVO. Daten werden nicht in Länder außerhalb des "
        "Europäischen "
        "Wirtschaftsraums übermittelt.",
        "alone": "Wir betreiben diese Seiten selbst. Niemand sonst erhält Daten.",
        "how_long": "## Wie lange",
        "until": "Die Seiten sind bis zu dem Tag öffentlich, der am Ende jeder Seite steht. Spätestens {purge_days} Tage "
        "danach werden "
        "alle personenbezogenen Daten der Veranstaltung gelöscht. Es bleibt nur, was ausdrücklich bleiben soll: "
        "veröffentlichte Ergebnisse und Karten mit Einwilligung.",
        "rights": "## Ihre Rechte",
        "rights_text": "Sie haben das Recht auf Auskunft, Berichtigung, Löschung, Einschränkung der Verarbeitung und "
        "Übertragung Ihrer Daten "
        "(Artikel 15 bis 20 DSGVO) sowie auf Widerspruch aus Gründen, die sich aus Ihrer besonderen Situation ergeben "
        "(Artikel 21 "
        "DSGVO). Einwilligungen können Sie jederzeit widerrufen. Unter „Mein Bereich“ können Sie alles, was zu Ihnen "
        "gespeichert ist, als Datei mitnehmen und löschen. Sie "
        "können sich bei der Aufsichtsbehörde beschweren: {authority}.",
        "automated": "Es gibt keine automatisierten Entscheidungen und kein Profiling.",
    },
    "en": {
        "who": "## Who is responsible",
        "joint": "Those named are joint controllers (Article 26 GDPR). The essence of their arrangement: {essence} You "
        "can exercise your "
        "rights against each of them.",
        "dpo": "Data protection officer: {dpo}",
        "public": "The legal basis is a task carried out in the public interest (Article 6 (1) (e) GDPR together with {law}).",
        "interest": "The legal basis is our legitimate interest in holding the conference (Article 6 (1) (f) GDPR).",
        "logs": "Logs of the web server are deleted after {log_days} days.",
        "no_logs": "The IP address is not stored.",
        "processors": "## Who works on our behalf",
        "processors_lead": "There are contracts with them under Article 28 GDPR. No data are transferred to countries "
        "outside the European "
        "Economic Area.",
        "alone": "We run these pages ourselves. Nobody else receives data.",
        "how_long": "## How long",
        "until": "The pages are public until the day that is named at the end of each page. At the latest {purge_days} "
        "days later all "
        "personal data of the conference are deleted. Only that stays which is meant to stay: published results, and "
        "cards with consent.",
        "rights": "## Your rights",
        "rights_text": "You have the right of access, rectification, erasure, restriction of processing and data "
        "portability (Articles 15 "
        "to 20 GDPR), and the right to object on grounds relating to your particular situation (Article 21 GDPR). You can "
        "withdraw "
        "consent at any time. In “My area” you can take along as a file all that is stored about you, and delete it. You can "
        "complain to the supervisory authority: {authority}.",
        "automated": "There are no automated decisions and there is no profiling.",
    },
}


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def basis_of(fields: Mapping[str, str], code: str) -> str:
    return WORDS[code]["public" if fields["basis"] == "public" else "interest"].format_map({"law": "", **fields})


def text(fields: Mapping[str, str], code: str) -> str:
    words = WORDS[code]
    parts = [words["who"], "\n".join(f"- {line}" for line in lines_of(fields["controllers"]))]
    if fields.get("joint") == "yes":
        parts.append(words["joint"].format(essence=fields.get(f"essence-{code}") or fields["essence-de"]))
    parts.append(words["dpo"].format_map(fields))
    logs = words["no_logs" if fields["log_days"] == "0" else "logs"].format_map(fields)
    for heading, does in DOES[code]:
        parts += [heading, does.format(logs=logs, basis=basis_of(fields, code))]
    processors = lines_of(fields.get("processors", ""))
    if processors:
        parts += [words["processors"], words["processors_lead"], "\n".join(f"- {line}" for line in processors)]
    else:
        parts.append(words["alone"])
    parts += [words["how_long"], words["until"].format_map(fields)]
    return "\n\n".join([*parts, words["rights"], words["rights_text"].format_map(fields), words["automated"]])
