"""Colours of the drawings: those of the interface, and muted tones for landscapes and faces. Values are 0..1 triples."""

Colour = tuple[float, float, float]


def colour(code: str) -> Colour:
    """``#RRGGBB`` as three numbers from 0 to 1."""
    red, green, blue = bytes.fromhex(code.removeprefix("#"))
    return red / 255, green / 255, blue / 255


def mixed(first: Colour, second: Colour, share: float) -> Colour:
    """``first`` with ``share`` (0..1) of ``second`` in it."""
    return (
        first[0] + (second[0] - first[0]) * share,
        first[1] + (second[1] - first[1]) * share,
        first[2] + (second[2] - first[2]) * share,
    )


PAPER = colour("#FBFAF7")
INK = colour("#1B2430")
PETROL = colour("#0B5563")
VIOLET = colour("#6B3FA0")
OCHRE = colour("#8A4B08")
BLUE = colour("#1F5FBF")
FORUM = {1: PETROL, 2: VIOLET, 3: OCHRE, 4: BLUE}
