"""Shortcut from its REST API v3 (https://developer.shortcut.com/api/rest/v3).

Stories come from `POST /stories/search`: it takes exact instants, has no cap and no pages, and its slim stories hold all that is read here.
`GET /search/stories` has an index of its own that lags, knows days only, and refuses what lies beyond 1,000 results.
Members, labels and workflows come in one answer each.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from support_metrics.errors import SourceError
from support_metrics.settings import Settings
from support_metrics.sources.base import Coverage, Damaged, Held, Known, Progress, Record, Sweep, Unit
from support_metrics.sources.calls import Answer, TryAgain, secret_token
from support_metrics.sources.files import Span
from support_metrics.sources.reading import BadRecord, decode, instant
from support_metrics.sources.shortcut.files import HISTORY, read
from support_metrics.sources.shortcut.history import fetch_history
from support_metrics.sources.timeleft import TimeLeft
from support_metrics.sources.web import IMPATIENT, Pace, Web, is_list, is_object, said_at

CALLS_A_MINUTE = 200
# All stories are listed by when they were created, which never changes, a year of the workspace at a time.
YEAR = timedelta(days=365)
# Where an answer does not say when the workspace began: soon after Shortcut itself did, as Clubhouse.
BEGINNING = datetime(2015, 1, 1, tzinfo=UTC)
GONE_AT_ONCE, CONFIRMED_AT_ONCE = 20, 100
STORIES = ("stories", "*")
# Without `slim`, labels carry counts of their stories, which would be news at every sync.
LABELS = {"slim": "true"}
COUNTS = ("num_stories", "num_story_templates")
MENDS = {
    401: "make an API token in Shortcut (Settings → Your account → API tokens) and put it into SHORTCUT_API_TOKEN",
    403: "let someone who sees the whole workspace make the token in SHORTCUT_API_TOKEN",
    404: "correct shortcut.api_url; it ends in /api/v3",
}


def open_web(settings: Settings, known: Known) -> Web:
    api_token = secret_token("SHORTCUT_API_TOKEN", "a Shortcut API token", "shortcut.live")
    return Web(
        "shortcut",
        settings.shortcut.api_url,
        known,
        "shortcut.api_url",
        headers={"Shortcut-Token": api_token},
        secrets=(api_token,),
        mends=MENDS,
        pace=Pace(CALLS_A_MINUTE),
    )


def fetch_live(settings: Settings, streams: Sequence[str], known: Known) -> Iterator[Unit]:
    """Members, labels and workflows, stories changed since the last sync, now and then all stories, to notice those that are gone; then histories."""
    web = open_web(settings, known)
    if "members" in streams:
        yield _whole(web, known, "members")
    if "labels" in streams:
        yield _whole(web, known, "labels", **LABELS)
    if "workflows" in streams:
        yield _whole(web, known, "workflows")
    until = known.cursors.get(STORIES)
    if "stories" in streams:
        until = yield from _stories(settings, web, known)
    if HISTORY in streams and until:
        yield from fetch_history(settings, web, known, until)


def check(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Whether the token is good, whose workspace it is, and whether it has the label that makes a story a ticket."""
    web = open_web(settings, IMPATIENT)
    name = _workspace(web).workspace.get("url_slug")
    yield "ok", f"shortcut.live: the token is good{f', for the workspace {name!r}' if name else ''}", ""
    yield _label(settings, web)


def _label(settings: Settings, web: Web) -> tuple[str, str, str]:
    wanted = settings.shortcut.label
    listed = [each for each in web.get("labels", "labels", is_list, **LABELS).body if isinstance(each, dict)]
    found = [each for each in listed if str(each.get("name")).strip().lower() == wanted.strip().lower()]
    if not found:
        return (
            "wrong",
            f"shortcut.label: the workspace has no label {wanted!r}, or has it no more",
            "write its name as it is now, or put it on a first story; a renamed label goes on counting only where it was read under its former name",
        )
    archived = ", which is archived" if all(each.get("archived") for each in found) else ""
    return ("note" if archived else "ok"), f"shortcut.label: {wanted!r} is label {found[0].get('id')}{archived}", ""


class _Home(NamedTuple):
    """The workspace the token belongs to, and when Shortcut said so."""

    workspace: dict[str, Any]
    said_at: datetime


def _workspace(web: Web) -> _Home:
    answer = web.get("member", "who the token belongs to", is_object)
    workspace = answer.body.get("workspace2")
    return _Home(workspace if isinstance(workspace, dict) else {}, said_at(answer))


def _begun(workspace: dict[str, Any]) -> datetime:
    with suppress(BadRecord):
        return instant(workspace, "created_at") or BEGINNING
    return BEGINNING


def _whole(web: Web, known: Known, stream: str, **asked: str) -> Unit:
    """All of a stream in one answer, disabled members and archived labels too. What is no longer there is kept: older stories name it."""
    answer = web.get(stream, stream, is_list, **asked)
    span = Span()
    items = [read(value, stream, f"GET /{stream}, item {number}", span) for number, value in enumerate(answer.body, 1)]
    if stream == "workflows":
        held = {each.key: _uncounted(decode(each.payload.encode(), each.key)) for each in known.held(stream, "shortcut:", "shortcut;")}
        items = [item for item in items if isinstance(item, Damaged) or item.key not in held or _uncounted(item.payload) != held[item.key]]
    until = said_at(answer)
    since = known.cursors.get((stream, "*")) or span.oldest or until
    return Unit(f"shortcut: {stream}", [*items, Coverage(stream, "*", min(since, until), until)], observed_at=until)


def _uncounted(workflow: Any) -> Any:
    """A workflow without how many stories stand in its states, which is no news of the workflow."""
    if not isinstance(workflow, dict) or not isinstance(workflow.get("states"), list):
        return workflow
    states = [
        {name: value for name, value in each.items() if name not in COUNTS} if isinstance(each, dict) else each
        for each in workflow["states"]
    ]
    return {**workflow, "states": states}


def _stories(settings: Settings, web: Web, known: Known) -> Generator[Unit, None, datetime]:
    """Returns the moment until which all stories are known."""
    swept, cursor, unfinished = known.swept.get(STORIES), known.cursors.get(STORIES), known.unfinished.get(STORIES)
    complete_from = settings.midnight(settings.shortcut.covered_from)
    if swept is None or cursor is None or unfinished:
        return (yield from _all_stories(web, known, unfinished, complete_from))
    since = cursor - timedelta(minutes=settings.shortcut.overlap_minutes)
    found = _Found()
    answers = found.ask(web, {"updated_at_start": _text(since)}, "stories changed")
    began_at = said_at(answers[0])
    yield Unit("shortcut: stories changed", [*found.items, Coverage(*STORIES, since, max(since, began_at))], observed_at=began_at)
    if began_at - swept >= timedelta(days=settings.shortcut.sweep_days):
        return (yield from _all_stories(web, known, None, complete_from))
    return began_at


class _Found:
    """What one question brought, and the keys of everything seen in this sync."""

    def __init__(self) -> None:
        self.items: list[Record | Damaged] = []
        self.keys: set[str] = set()
        self.span = Span()

    def ask(self, web: Web, question: dict[str, Any], what: str) -> list[Answer]:
        """Ask for stories in sight first, then for archived ones: one archived in between is in either answer."""
        questions = [{**question, "archived": archived} for archived in (False, True)]
        answers = [web.post("stories/search", what, partial(_is_answer, each), each) for each in questions]
        values = [value for answer in answers for value in answer.body]
        self.items = [read(value, "stories", f"{what}, item {number}", self.span) for number, value in enumerate(values, 1)]
        self.keys |= {item.key for item in self.items if isinstance(item, Record)}
        return answers


def _is_answer(question: dict[str, Any], body: Any) -> bool:
    """Whether a body is a list; raises TryAgain where a story in it was not asked for, as when a proxy sends an earlier answer again."""
    if is_list(body) and not all(_was_asked_for(question, story) for story in body if isinstance(story, dict)):
        raise TryAgain("the answer is to another question")
    return is_list(body)


def _was_asked_for(question: dict[str, Any], story: dict[str, Any]) -> bool:
    """Going by what a story says of itself; moments are asked for in whole seconds."""
    if isinstance(story.get("archived"), bool) and story["archived"] != question["archived"]:
        return False
    for field in ("created_at", "updated_at"):
        with suppress(BadRecord):
            at, start, end = instant(story, field), instant(question, f"{field}_start"), instant(question, f"{field}_end")
            if at and ((start and at < start) or (end and at > end + timedelta(seconds=1))):
                return False
    return True


def _all_stories(web: Web, known: Known, unfinished: Progress | None, complete_from: datetime | None) -> Generator[Unit, None, datetime]:
    """Every story there is, by year of creation. One changed meanwhile, in a year already read, is in the next sync's changes."""
    found = _Found()
    if unfinished:
        began_at = unfinished.began_at
        year, _, oldest = unfinished.position.partition(" ")
        start, end = datetime.fromisoformat(year), datetime.fromisoformat(year) + YEAR
        if oldest:
            found.span.see(datetime.fromisoformat(oldest))
    else:
        home = _workspace(web)
        began_at, start, end = home.said_at, None, _begun(home.workspace)
    left = TimeLeft()
    while True:
        question = {"created_at_start": _text(start)} if start else {}
        what = f"stories from {start:%Y-%m-%d} on" if start else "the oldest stories"
        is_last = end > began_at
        answers = found.ask(web, question if is_last else {**question, "created_at_end": _text(end)}, what)
        observed_at = said_at(answers[-1])
        up_to = min(end, began_at)
        known.tell(
            f"shortcut: {len(found.keys):,} stories, read up to {up_to:%Y-%m-%d}{left.after(up_to.timestamp(), began_at.timestamp())}"
        )
        if is_last:
            break
        position = f"{end.isoformat()} {found.span.oldest.isoformat() if found.span.oldest else ''}".strip()
        yield Unit(f"shortcut: {what}", [*found.items, Progress(*STORIES, began_at, position)], observed_at=observed_at)
        start, end = end, end + YEAR
    since = complete_from or found.span.oldest or began_at
    yield Unit(f"shortcut: {what}", [*found.items, Coverage(*STORIES, min(since, began_at), began_at)], observed_at=observed_at)
    if not unfinished:
        yield from _gone(web, known, found.keys, began_at)
    return began_at


def _gone(web: Web, known: Known, seen: set[str], began_at: datetime) -> Iterator[Unit]:
    """Tombstones of what is held and no longer there, each confirmed by asking for that very story."""
    held = list(known.held("stories", "shortcut:story:", "shortcut:story;"))
    missing = [story for story in held if story.key not in seen]
    if len(missing) > max(GONE_AT_ONCE, len(held) / 5):
        raise SourceError(
            f"shortcut: {len(missing):,} of {len(held):,} stories are no longer there; so many at once are not believed, and nothing is deleted",
            "see whether SHORTCUT_API_TOKEN belongs to the same workspace, and to someone who sees all of it",
        )
    for first in range(0, len(missing), CONFIRMED_AT_ONCE):
        confirmed = [_confirmed(web, story) for story in missing[first : first + CONFIRMED_AT_ONCE]]
        yield Unit("shortcut: stories that are gone", [item for item, _ in confirmed], observed_at=confirmed[-1][1])
    yield Unit("shortcut: sweep", [Sweep(*STORIES, began_at)], observed_at=began_at)


def _confirmed(web: Web, story: Held) -> tuple[Record | Damaged, datetime]:
    number = story.key.rpartition(":")[2]
    answer = web.find(f"stories/{number}", f"story {number}")
    if answer.status < 400:
        return read(answer.body, "stories", f"GET /stories/{number}", Span()), said_at(answer)
    return Record("stories", story.key, decode(story.payload.encode(), story.key), deleted=True), said_at(answer)


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
