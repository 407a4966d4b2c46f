"""How long a listing will still take, judged by how fast it went so far. Waiting for a rate limit is part of how fast that is."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

# Fewer steps, or a shorter time, say nothing of the rest.
STEPS, SECONDS = 3, 10.0
MINUTE, HOUR, DAY = 60, 3_600, 86_400

seconds = time.monotonic


class TimeLeft:
    """The time left of one listing. `clock` tells seconds, counted from anywhere."""

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        self._clock = clock or seconds
        self._begun: tuple[float, float] | None = None
        self._steps = 0

    def after(self, place: float, end: float | None, least: float = 0.0) -> str:
        """`, about 3 min left`, for the end of a line; nothing as long as no estimate would mean anything, or the end is not known.

        `place` is how far the listing has come and `end` how far it goes, both in one unit (pages, objects, seconds of what is listed) and
        counted from anywhere, so that a listing which goes on where another was cut short is judged by its own steps. `least` is the
        seconds which the rest takes at least, where the pace allowed is known.
        """
        now = self._clock()
        if self._begun is None:
            self._begun = (now, place)
        else:
            self._steps += 1
        if end is None or place >= end:
            return ""
        took, came = now - self._begun[0], place - self._begun[1]
        means_something = self._steps >= STEPS and took >= SECONDS and came > 0
        left = max(took / came * (end - place) if means_something else 0.0, least)
        return f", {in_words(left)} left" if left else ""


def in_words(left: float) -> str:
    """Seconds as people say them: rounded up, in one unit."""
    if left <= MINUTE:
        return "less than a minute" if left < MINUTE else "about 1 min"
    if left <= 90 * MINUTE:
        return f"about {math.ceil(left / MINUTE)} min"
    return f"about {math.ceil(left / HOUR)} h" if left <= 2 * DAY else f"about {math.ceil(left / DAY)} days"
