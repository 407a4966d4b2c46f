"""One listing of a sync, and where it goes on after it was cut short."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from support_metrics.sources.base import Progress
from support_metrics.sources.github.paging import Position, Way

BY_SINCE = ("issues", "comments")


@dataclass(frozen=True)
class Leg:
    """One listing of a sync. `since`: only what changed from then on, None for everything. `oldest` of what was seen so far."""

    stream: str
    since: datetime | None = None
    at: Position | None = None
    began_at: datetime | None = None
    oldest: datetime | None = None

    @property
    def turn(self) -> Way:
        """How numbered pages are read.

        Events, and releases back to those held, come from the newest on: whatever is new moves the others onto later pages. What changed
        since a moment may join the others anywhere; where everything is listed, hardly anything joins but at the end.
        """
        if self.stream == "events" or (self.since and self.stream == "releases"):
            return Way.FORTH
        return Way.BOTH if self.since else Way.BACK

    def position(self, onward: Position) -> str:
        moments = {"since": self.since, "oldest": self.oldest}
        return json.dumps({**asdict(onward), **{name: moment.isoformat() if moment else None for name, moment in moments.items()}})

    @classmethod
    def resumed(cls, progress: Progress) -> Leg:
        """The leg that left the progress; earlier versions left no way, and read forth only."""
        said = json.loads(progress.position)
        since, oldest = (datetime.fromisoformat(said[name]) if said[name] else None for name in ("since", "oldest"))
        at = Position(said["url"], Way(said.get("way", Way.FORTH)), said.get("newest", 0))
        return cls(progress.stream, since, at, progress.began_at, oldest)
