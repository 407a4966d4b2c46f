"""Chance that gives the same throws under every Python: only `random()` of a seeded generator is used."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """A stream of throws of its own per name, so that more throws in one room do not change another."""

    def __init__(self, seed: int, name: str) -> None:
        self._random = random.Random(f"{seed}:{name}")

    def share(self) -> float:
        """A number in [0, 1)."""
        return self._random.random()

    def chance(self, probability: float) -> bool:
        return self.share() < probability

    def between(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self.share() * (high - low + 1))

    def pick(self, items: Sequence[T]) -> T:
        return items[int(self.share() * len(items))]

    def weighted(self, items: Sequence[T], weights: Sequence[float]) -> T:
        left = self.share() * sum(weights)
        for item, weight in zip(items, weights, strict=True):
            left -= weight
            if left < 0:
                return item
        return items[-1]

    def some(self, items: Sequence[T], count: int) -> list[T]:
        """Up to `count` different items."""
        rest = list(items)
        return [rest.pop(int(self.share() * len(rest))) for _ in range(min(count, len(rest)))]

    def along(self, points: Sequence[tuple[float, float]]) -> float:
        """A value from a distribution given by its quantiles: (share of all, value), straight lines between."""
        share = self.share()
        for (left, low), (right, high) in itertools.pairwise(points):
            if share < right:
                return low + (high - low) * (share - left) / (right - left)
        return points[-1][1]
