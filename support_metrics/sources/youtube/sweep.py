"""What a listing of all comment threads lacks. It may be gone, or the listing has moved while it was read: only asking for it tells."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from support_metrics.errors import SourceError
from support_metrics.sources.base import Known
from support_metrics.sources.reading import decode
from support_metrics.sources.youtube.files import part

THREADS, KIND = "comment_threads", "youtube:thread:"
KEYS = (KIND, KIND[:-1] + ";")
FEWEST, SHARE = 20, 5


def unlisted(known: Known, channel: str, listed: Collection[str]) -> dict[str, Any]:
    """By id the payloads of the channel's threads that landing holds and whose keys are not among those `listed`.

    Raises SourceError where they are more than people delete.
    """
    lacking, count = dict[str, Any](), 0
    for held in known.held(THREADS, *KEYS):
        count += 1
        if held.key not in listed:
            payload = decode(held.payload.encode(), held.key)
            # A file may hold another channel's threads.
            if part(payload, "snippet").get("channelId") in (None, channel):
                lacking[held.key.removeprefix(KIND)] = payload
    if len(lacking) > max(FEWEST, count // SHARE):
        raise SourceError(
            f"youtube: {len(lacking):,} of {count:,} comment threads have disappeared at once; so many are not believed, and none is deleted",
            "see whether youtube.channel_id is still right and comments are turned on; if they were really deleted, "
            "raise youtube.sweep_days to go on without looking for deletions",
        )
    return lacking
