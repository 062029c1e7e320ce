"""Colours of HDR films for ordinary screens: a table (.cube) from BT.2100 (HLG, PQ) or wide BT.2020 to BT.709. Pure.

Diffuse white, 203 nits (ITU-R BT.2408, 2.2), becomes 94 % of the signal, an 18 % grey card what it is in an ordinary film; what
shines more is compressed above it instead of cut off.
"""

from __future__ import annotations

from math import exp, log

STEPS = 33
WHITE = 203.0
PEAK = 1000.0
KNEE = 0.6
DISPLAY_GAMMA = 2.4
LUMINANCE = (0.2627, 0.6780, 0.0593)
# Linear BT.2020 to BT.709 (ITU-R BT.2407, annex 1).
NARROWED = ((1.6605, -0.5876, -0.0728), (-0.1246, 1.1329, -0.0083), (-0.0182, -0.1006, 1.1187))

Colour = tuple[float, float, float]


def cube(transfer: str, steps: int = STEPS) -> str:
    """The table for pictures with this transfer function ("hlg", "pq", "sdr" with BT.2020 primaries): red runs fastest."""
    axis = [_light(transfer, index / (steps - 1)) for index in range(steps)]
    lines = [f"LUT_3D_SIZE {steps}"]
    for blue in axis:
        for green in axis:
            lines += ["%.5f %.5f %.5f" % mapped(transfer, (red, green, blue)) for red in axis]  # noqa: UP031  (half the time)
    return "\n".join(lines) + "\n"


def mapped(transfer: str, light: Colour) -> Colour:
    """The BT.709 signal (0..1) of a BT.2020 colour, as `_light` gives it."""
    if transfer == "hlg":
        # The display's part of HLG (ITU-R BT.2100, table 5): gamma 1.2 on the luminance, for a screen of 1000 nits.
        scene = sum(part * one for part, one in zip(LUMINANCE, light, strict=True))
        factor = PEAK / WHITE * scene**0.2
        light = (light[0] * factor, light[1] * factor, light[2] * factor)
    narrow = [max(0.0, sum(part * one for part, one in zip(row, light, strict=True))) for row in NARROWED]
    brightest = max(narrow)
    # One factor for all three: hues stay.
    factor = (min(1.0, brightest) if transfer == "sdr" else _compressed(brightest)) / max(brightest, 1e-9)
    red, green, blue = ((one * factor) ** (1 / DISPLAY_GAMMA) for one in narrow)
    return red, green, blue


def _compressed(light: float) -> float:
    return light if light <= KNEE else KNEE + (1 - KNEE) * (1 - exp(-(light - KNEE) / (1 - KNEE)))


def _light(transfer: str, signal: float) -> float:
    """Light of one channel: PQ and SDR in units of diffuse white, HLG of the scene (0..1)."""
    if transfer == "hlg":
        return _hlg(signal)
    return _pq(signal) / WHITE if transfer == "pq" else signal**DISPLAY_GAMMA


def _hlg(signal: float) -> float:
    """ITU-R BT.2100, table 5, the inverse OETF."""
    a, b = 0.17883277, 0.28466892
    c = 0.5 - a * log(4 * a)
    return signal * signal / 3 if signal <= 0.5 else (exp((signal - c) / a) + b) / 12


def _pq(signal: float) -> float:
    """ITU-R BT.2100, table 4, the EOTF: nits."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    powered = pow(signal, 1 / m2)
    return 10_000.0 * float(pow(max(powered - c1, 0.0) / (c2 - c3 * powered), 1 / m1))
