"""Which layer each slot of one receiver gets, out of what its tiles need and its connection can take. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from media.gateway import Tile

DEFAULT_HEIGHT = 360  # of a source that the page has said nothing about yet
SIGNING_HEIGHT = 240  # pixels below which signing cannot be read
ENOUGH = 0.8  # a layer of this share of the tile's height is sharp enough
NOTHING = -1
RAISED_AFTER, RAISED_AFTER_MOST = 4.0, 32.0  # seconds after a step down for want of bandwidth, twice as many each time
SOON = 10.0  # that it comes so many seconds after a step up
PAUSED_AFTER = 2.0  # seconds for which even the smallest layer has been too much


@dataclass(frozen=True, slots=True)
class Wish:
    """costs: bit/s of each layer, the smallest first. most: the largest layer worth having, NOTHING for a hidden tile.
    kept: a layer that goes before everything else, and of which at least the smallest one flows in any case; or NOTHING."""

    costs: Sequence[float]
    most: int
    kept: int = NOTHING


def largest_useful(heights: Sequence[int], tile: Tile | None) -> int:
    """The smallest layer that fills a tile, or the largest there is; NOTHING for a hidden tile. None: not known yet."""
    if tile is not None and (tile.width <= 0 or tile.height <= 0):
        return NOTHING
    needed = ENOUGH * (tile.height if tile is not None else DEFAULT_HEIGHT)
    return next((layer for layer, height in enumerate(heights) if height >= needed), len(heights) - 1)


def readable(heights: Sequence[int]) -> int:
    """The smallest layer in which signing can be read, or the largest there is."""
    return next((layer for layer, height in enumerate(heights) if height >= SIGNING_HEIGHT), len(heights) - 1)


def allocate(wishes: Sequence[Wish], budget: float) -> list[int]:
    """A layer for each wish, the most important first; NOTHING for hidden ones and for those that nothing is left for.

    What is kept comes first. Then everybody gets the smallest layer before anybody gets more, and each in order all it can use.
    """
    layers = [NOTHING] * len(wishes)
    left = budget
    for index, wish in enumerate(wishes):
        if NOTHING < wish.kept <= wish.most:
            fitting = [layer for layer in range(wish.kept + 1) if wish.costs[layer] <= left]
            layers[index] = max(fitting, default=0)
            left -= wish.costs[layers[index]]
    for index, wish in enumerate(wishes):
        if wish.most > NOTHING and layers[index] == NOTHING and wish.costs[0] <= left:
            layers[index] = 0
            left -= wish.costs[0]
    for index, wish in enumerate(wishes):
        while NOTHING < layers[index] < wish.most:
            layer = layers[index]
            more = wish.costs[layer + 1] - wish.costs[layer]
            if more > left:
                break
            layers[index] = layer + 1
            left -= max(0.0, more)
    return layers


class Steps:
    """A slot's steps between layers: down at once, paused a little later, up again after a while. A layer's rate rises with each
    keyframe and falls again, so beside a tight budget it would be left and taken twice a second, each time with a keyframe."""

    def __init__(self) -> None:
        self._lowered_at = self._raised_at = -math.inf
        self._wait = RAISED_AFTER
        self._short_since: float | None = None

    def taken(self, current: int, chosen: int, most: int, now: float) -> int:
        """The layer to show. current: what was aimed at; chosen: what the budget allows; most: what the tile can use."""
        if chosen == NOTHING < min(current, most):
            self._short_since = now if self._short_since is None else self._short_since
            chosen = 0 if now - self._short_since < PAUSED_AFTER else NOTHING
        else:
            self._short_since = None
        if chosen < min(current, most):
            self._wait = min(RAISED_AFTER_MOST, 2 * self._wait) if now - self._raised_at < SOON else RAISED_AFTER
            self._lowered_at = now
        elif chosen > current and most > NOTHING:
            if now - self._lowered_at < self._wait:
                return current
            self._raised_at = now
        return chosen
