"""What is agreed to, in both languages: two texts and four questions, each with a number that grows with its wording.

Model texts: the hosts' data protection officer should read them. They do not lie in the gettext files because what somebody
agreed to must stay readable as it was: a changed wording is a new Text behind the old one, never an edit (a test holds the
digests). `{hosts}` becomes the names of the conference's hosts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conference.base.words import Words, say
from conference.cards.model import ConsentKind


@dataclass(frozen=True)
class Text:
    """title: its heading; tick: the sentence beside the box; paragraphs: what is agreed to."""

    version: int
    title: Words
    tick: Words
    paragraphs: tuple[Words, ...] = ()


def current(kind: ConsentKind) -> Text:
    """The wording that is asked for today."""
    return TEXTS[kind][-1]


def text_of(kind: ConsentKind, version: int) -> Text | None:
    """The wording of that number, for showing what somebody agreed to then."""
    return next((text for text in TEXTS[kind] if text.version == version), None)


def filled(words: Words, language: str, hosts: Sequence[str]) -> str:
    """The words in that language with the hosts' names in them; without names the brackets for them go."""
    if not hosts:
        return say(words, language).replace(" ({hosts})", "")
    names = [", ".join(hosts[:-1]), hosts[-1]] if len(hosts) > 1 else hosts
    return say(words, language).replace("{hosts}", {"de": " und ", "en": " and "}[language].join(names))


_LICENCE = Text(
    1,
    {"de": "Nutzungserlaubnis der Initiative", "en": "The initiative's permission"},
    {
        "de": "Wir sind die Initiative oder dürfen für sie sprechen, und wir geben diese Erlaubnis.",
        "en": "We are the initiative or may speak for it, and we give this permission.",
    },
    (
        {
            "de": "Wir dürfen über den Film verfügen. Musik, Bilder und Ausschnitte darin sind unsere eigenen, frei nutzbar, "
            "oder wir haben die Erlaubnis dafür.",
            "en": "The film is ours to give. Music, pictures and excerpts in it are our own, free to use, or we have permission.",
        },
        {
            "de": "Wir erlauben den Veranstaltenden ({hosts}), den Film mit Untertiteln, Standbild und Texten unentgeltlich zu "
            "speichern, technisch umzuwandeln und dort zu zeigen, wo wir weiter unten zustimmen. Verändert wird er sonst "
            "nicht. Alle übrigen Rechte behalten wir.",
            "en": "We allow the hosts ({hosts}) to store the film with captions, poster and texts, to convert it technically and "
            "to show it where we agree further below, free of charge. It is not changed otherwise. We keep all other rights.",
        },
        {
            "de": "Die Erlaubnis gilt, bis die Karte gelöscht wird. Wir können sie jederzeit zurücknehmen, ohne Gründe zu "
            "nennen; für die Zeit davor bleibt sie gültig.",
            "en": "The permission holds until the card is deleted. We may take it back at any time without giving reasons; "
            "for the time before, it stays valid.",
        },
    ),
)
_PEOPLE = Text(
    1,
    {"de": "Einwilligung der gezeigten Menschen", "en": "Consent of the people shown"},
    {
        "de": "Alle Menschen, die man im Film erkennt, sind einverstanden.",
        "en": "All people who can be recognised in the film agree.",
    },
    (
        {
            "de": "Alle, die man im Film an Bild, Stimme oder Namen erkennt, wissen, dass und wo er gezeigt wird, und sind damit "
            "einverstanden. Wir können das belegen. Bei Kindern und Jugendlichen haben auch die Sorgeberechtigten zugestimmt.",
            "en": "Everybody who can be recognised in the film by picture, voice or name knows that it is shown and where, "
            "and agrees. We can prove it. For minors, those who have custody have agreed as well.",
        },
        {
            "de": "Wir haben ihnen gesagt, dass sie ihre Einwilligung jederzeit bei uns zurücknehmen können, ohne Nachteile. "
            "Dann ziehen wir die Karte zurück oder tauschen den Film aus.",
            "en": "We have told them that they can take their consent back from us at any time, without disadvantage. We then "
            "withdraw the card or exchange the film.",
        },
        {
            "de": "Wer verantwortlich ist und welche Rechte es gibt, steht in der Datenschutzerklärung. Diese Erklärung wird mit "
            "Namen, Zeit und Fassung so lange aufbewahrt wie die Karte.",
            "en": "The privacy statement says who is responsible and which rights there are. This declaration is kept with name, "
            "time and version as long as the card.",
        },
    ),
)
_PLATFORM = Text(
    1,
    {"de": "In der Galerie dieser Veranstaltung", "en": "In the gallery of this conference"},
    {
        "de": "Die Karte darf in der Galerie auf dieser Plattform gezeigt werden, bis die Veranstaltung geschlossen wird.",
        "en": "The card may be shown in the gallery on this platform until the conference is closed.",
    },
)
_SITE = Text(
    1,
    {"de": "Auf der Website der Veranstaltenden", "en": "On the hosts' website"},
    {
        "de": "Die Karte darf auch auf den Websites der Veranstaltenden ({hosts}) gezeigt werden.",
        "en": "The card may also be shown on the websites of the hosts ({hosts}).",
    },
)
_SOCIAL = Text(
    1,
    {"de": "In sozialen Medien", "en": "In social media"},
    {
        "de": "Die Karte darf auch auf Kanälen der Veranstaltenden in sozialen Medien gezeigt werden. Deren Betreiber "
        "verarbeiten Daten nach eigenen Regeln, auch außerhalb der EU. Was dort geteilt wurde, "
        "lässt sich nicht sicher zurückholen.",
        "en": "The card may also be shown on the hosts' channels in social media. Those who run them process data by their own "
        "rules, outside of the EU as well; what was shared there cannot be got back for certain.",
    },
)
_REMAINS = Text(
    1,
    {"de": "Nach der Schließung", "en": "After closing"},
    {
        "de": "Die Karte darf nach der Schließung bei den Veranstaltenden ({hosts}) bleiben, damit sie in einem Verzeichnis von "
        "Initiativen wieder gezeigt werden kann, bis wir das zurücknehmen. Ohne dieses Häkchen wird sie gelöscht.",
        "en": "After closing the card may stay with the hosts ({hosts}), so that it can be shown again in a register of "
        "initiatives, until we take this back. Without this tick it is deleted.",
    },
)
TEXTS: dict[ConsentKind, tuple[Text, ...]] = {
    ConsentKind.LICENCE: (_LICENCE,),
    ConsentKind.PEOPLE: (_PEOPLE,),
    ConsentKind.PLATFORM: (_PLATFORM,),
    ConsentKind.SITE: (_SITE,),
    ConsentKind.SOCIAL: (_SOCIAL,),
    ConsentKind.REMAINS: (_REMAINS,),
}
"""Every wording there ever was of each kind, the newest last."""
