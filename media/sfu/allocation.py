"""Which layer each slot of one receiver gets, out of what its tiles need and its connection can take. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from media.gateway import Tile

DEFAULT_HEIGHT = 360  # of a source that the page has said nothing about yet
ENOUGH = 0.8  # a layer of this share of the tile's height is sharp enough
NOTHING = -1


@dataclass(frozen=True, slots=True)
class Wish:
    """costs: bit/s of each layer, the smallest first. most: the largest layer worth having, NOTHING for a hidden tile."""

    costs: Sequence[float]
    most: int


def largest_useful(heights: Sequence[int], tile: Tile | None) -> int:
    """The smallest layer that fills a tile, or the largest there is; NOTHING for a hidden tile. None: not known yet."""
    if tile is not None and (tile.width <= 0 or tile.height <= 0):
        return NOTHING
    needed = ENOUGH * (tile.height if tile is not None else DEFAULT_HEIGHT)
    return next((layer for layer, height in enumerate(heights) if height >= needed), len(heights) - 1)


def allocate(wishes: Sequence[Wish], budget: float) -> list[int]:
    """A layer for each wish, the most important first; NOTHING for hidden ones and for those that nothing is left for.

    Everybody gets the smallest layer before anybody gets more; then each in order gets all it can use.
    """
    layers = []
    left = budget
    for wish in wishes:
        fits = wish.most > NOTHING and wish.costs[0] <= left
        layers.append(0 if fits else NOTHING)
        left -= wish.costs[0] if fits else 0.0
    for index, wish in enumerate(wishes):
        while NOTHING < layers[index] < wish.most:
            layer = layers[index]
            more = wish.costs[layer + 1] - wish.costs[layer]
            if more > left:
                break
            layers[index] = layer + 1
            left -= max(0.0, more)
    return layers
