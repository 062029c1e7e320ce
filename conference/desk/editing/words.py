"""What things of the program are called at the desk."""

from __future__ import annotations

from collections.abc import Callable

from conference.program.casting import Part
from conference.program.clashes import Finding, Matter
from conference.program.model import Floor, Place

Say = Callable[[str], str]


def floor_words(_: Say) -> dict[Floor, str]:
    return {
        Floor.STAGE: _("Stage: few speak, all see them"),
        Floor.DISCUSSION: _("Discussion: cameras for all, the microphone for whoever has the floor"),
        Floor.OPEN_ROUND: _("Open round: up to 25 people, microphones free"),
    }


def place_words(_: Say) -> dict[Place, str]:
    return {
        Place.ONLINE: _("Online"),
        Place.ON_SITE: _("On site"),
        Place.BOTH: _("On site and online"),
    }


def part_words(_: Say) -> dict[Part, str]:
    return {
        Part.MODERATOR: _("Moderation"),
        Part.IMPULSE: _("Impulse"),
        Part.SPEAKER: _("Speaker"),
        Part.GREETING: _("Greeting"),
        Part.PANEL: _("On the panel"),
        Part.HOST: _("Host"),
        Part.NOTES: _("Minutes"),
        Part.INTERPRETER: _("Sign language interpreting"),
        Part.CAPTIONER: _("Written interpreting"),
    }


def finding_sentence(_: Say, finding: Finding, titles: dict[str, str]) -> str:
    """titles: slug -> title."""
    sentences = {
        Matter.ROOM: _("“{one}” and “{other}” are in the same room at the same time: {room}."),
        Matter.PERSON: _("{name} is named in “{one}” and in “{other}”, which take place at the same time."),
        Matter.FULL: _("“{one}” has {places} places, and {taken} people have one."),
        Matter.OUTSIDE: _("“{one}” takes place while the rooms are closed. Move it, or change the times of the conference."),
        Matter.GAP: _("Between “{one}” and “{other}” nothing takes place for {minutes} minutes."),
        Matter.NO_MODERATOR: _("“{one}” has no moderation."),
        Matter.NO_QUESTION: _("“{one}” has no guiding question."),
        Matter.NO_SPEAKER: _("“{one}” has nobody for the impulse."),
        Matter.NO_ROUNDS: _("“{one}” is a theme room without rounds."),
    }
    one, other = titles[finding.sessions[0]], titles[finding.sessions[-1]]
    return sentences[finding.matter].format(one=one, other=other, **finding.facts)
