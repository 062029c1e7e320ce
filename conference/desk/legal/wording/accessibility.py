"""Accessibility statement: section 12b BGG, section 7 BITV 2.0, model of the Implementing Decision (EU) 2018/1523."""

from __future__ import annotations

from collections.abc import Mapping

WORDS = {
    "de": {
        "lead": "{body} ist bemüht, diese Seiten barrierefrei zugänglich zu machen. Rechtsgrundlage: {law}. Diese "
        "Erklärung gilt für die "
        "Seiten dieser Veranstaltung.",
        "status": "## Wie barrierefrei diese Seiten sind",
        "full": "Diese Seiten sind mit den Anforderungen vollständig vereinbar (EN 301 549, WCAG 2.1 Stufe AA).",
        "partial": "Diese Seiten sind mit den Anforderungen teilweise vereinbar (EN 301 549, WCAG 2.1 Stufe AA).",
        "not": "Diese Seiten sind mit den Anforderungen nicht vereinbar (EN 301 549, WCAG 2.1 Stufe AA).",
        "self": "Grundlage ist eine Selbstbewertung vom {assessed}.",
        "external": "Grundlage ist eine Prüfung durch Dritte vom {assessed}.",
        "barriers": "## Was nicht barrierefrei ist",
        "alternatives": "## Was es stattdessen gibt",
        "offers": "In den Räumen gibt es laufende Untertitel, ein Bild für die Gebärdensprachdolmetschung, das seinen "
        "Platz behält, und die "
        "Möglichkeit, schriftlich statt mündlich beizutragen.",
        "feedback": "## Barriere melden und Kontakt",
        "feedback_text": "Ist Ihnen eine Barriere aufgefallen, oder brauchen Sie einen Inhalt in anderer Form? Schreiben "
        "Sie uns über das "
        "Formular auf dieser Seite oder an {email}. Telefon: {phone}",
        "enforcement": "## Schlichtung",
        "enforcement_text": "Wenn wir Ihnen nicht weiterhelfen, können Sie sich an diese Stelle wenden; das Verfahren "
        "kostet nichts: "
        "{enforcement}",
        "made": "Diese Erklärung wurde am {made} erstellt und zuletzt am {reviewed} überprüft.",
    },
    "en": {
        "lead": "{body} strives to make these pages accessible. Legal basis: {law}. This statement applies to the pages "
        "of this conference.",
        "status": "## How accessible these pages are",
        "full": "These pages are fully compliant with the requirements (EN 301 549, WCAG 2.1 level AA).",
        "partial": "These pages are partially compliant with the requirements (EN 301 549, WCAG 2.1 level AA).",
        "not": "These pages are not compliant with the requirements (EN 301 549, WCAG 2.1 level AA).",
        "self": "This is based on a self-assessment of {assessed}.",
        "external": "This is based on an assessment by a third party of {assessed}.",
        "barriers": "## What is not accessible",
        "alternatives": "## What there is instead",
        "offers": "The rooms have running captions, a sign-language picture that keeps its place, and a way to contribute "
        "in writing instead "
        "of speaking.",
        "feedback": "## Report a barrier, contact",
        "feedback_text": "Have you met a barrier, or do you need something in another form? Write to us with the form on "
        "this page, or to "
        "{email}. Phone: {phone}",
        "enforcement": "## Arbitration",
        "enforcement_text": "If we cannot help you, you can turn to this body; the procedure is free of charge: {enforcement}",
        "made": "This statement was made on {made} and last reviewed on {reviewed}.",
    },
}


def text(fields: Mapping[str, str], code: str) -> str:
    words = WORDS[code]
    parts = [words["lead"].format_map(fields), words["status"]]
    parts.append(f"{words[fields['status']]} {words[fields['assessment']].format_map(fields)}")
    if fields["status"] != "full":
        parts += [words["barriers"], fields.get(f"barriers-{code}") or fields["barriers-de"]]
    parts += [words["alternatives"], words["offers"], words["feedback"], words["feedback_text"].format_map(fields)]
    return "\n\n".join(
        [*parts, words["enforcement"], words["enforcement_text"].format_map(fields), words["made"].format_map(fields)]
    )
