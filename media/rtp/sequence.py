"""Arithmetic on numbers that wrap: 16-bit sequence numbers, 32-bit timestamps, 15-bit picture ids (RFC 3550 A.1)."""


def extend(reference: int, value: int, bits: int = 16) -> int:
    """The integer nearest to `reference` whose low `bits` are `value`; never negative steps lost at a wrap.

    `reference` is an already extended number (any int), `value` is what the wire carried. A distance of exactly half
    the range counts as forward.
    """
    size = 1 << bits
    step = (value - reference) & (size - 1)
    return reference + step if step <= size >> 1 else reference + step - size


def lost_between(highest: int, arrived: int) -> range:
    """The extended numbers that are missing when `arrived` follows `highest` (empty for a late or repeated one)."""
    return range(highest + 1, arrived)
