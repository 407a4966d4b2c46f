"""Shortcut's stories: found by their external link, made, and changed (REST API v3)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from support_metrics.errors import PostingError, SettingsError, SourceError, SourceUnavailable
from support_metrics.exterminator.issue_urls import parse_link, site_of
from support_metrics.exterminator.listing import Listing, all_stories
from support_metrics.exterminator.story import Story
from support_metrics.settings import Settings
from support_metrics.sources.base import Known
from support_metrics.sources.calls import Answer, TryAgain, call, sendable
from support_metrics.sources.reading import BadRecord, instant
from support_metrics.sources.shortcut.live import BEGINNING, CALLS_A_MINUTE, MENDS
from support_metrics.sources.web import Pace, Web, is_list, is_object, said_at

AGAIN = "run the same command again: it finds what was done and goes on from there"
NOT_TAKEN = "Shortcut does not take this story: see whether the workflow, state and team in [exterminator] belong together"
MAY_WRITE = "let someone who may write to the workspace make the token in SHORTCUT_API_TOKEN"


@dataclass(frozen=True)
class Place:
    """Where stories go: a state of a workflow, and a team."""

    state_id: int
    group_id: str | None
    words: str


class _Writer(Web):
    """A Web that may write. One attempt each; who calls decides what may be tried again."""

    def once(self, method: str, path: str, what: str, json: Any = None, *, may_lack: bool = False) -> Answer:
        return self._once(method, path, what, lambda body: body is None or isinstance(body, dict | list), json=json, may_lack=may_lack)

    def _refused(self, answer: Answer, what: str) -> Exception | None:
        return None if answer.status == 204 else super()._refused(answer, what)


@dataclass
class Stories:
    """A workspace. Reads are tried again as every source does; a write whose answer was lost is looked for before it is made again."""

    settings: Settings
    known: Known
    web: _Writer = field(init=False)
    _workflows: list[dict[str, Any]] = field(default_factory=list)
    _place: Place | None = None
    _home: Answer | None = None
    _listing: Listing | None = None

    def __post_init__(self) -> None:
        token = os.environ.get("SHORTCUT_API_TOKEN", "").strip()
        if not token:
            raise SourceError(
                "the environment holds no SHORTCUT_API_TOKEN (a Shortcut API token)",
                "make one in Shortcut (Settings → Your account → API tokens) and set SHORTCUT_API_TOKEN",
            )
        self.web = _Writer(
            "shortcut",
            self.settings.shortcut.api_url,
            self.known,
            "shortcut.api_url",
            headers={"Shortcut-Token": sendable(token, "SHORTCUT_API_TOKEN")},
            secrets=(token,),
            mends={**MENDS, 400: NOT_TAKEN, 403: MAY_WRITE, 422: NOT_TAKEN},
            pace=Pace(CALLS_A_MINUTE),
        )

    # Finding

    def linked_to(self, urls: Iterable[str]) -> list[Story]:
        """Every story with one of these addresses among its external links, the earliest first."""
        found: dict[int, Story] = {}
        for url in dict.fromkeys(urls):
            for story in self._linked(self.web.get("external-link/stories", "stories of a link", is_list, external_link=url), url):
                found[story.id] = story
        return sorted(found.values(), key=lambda story: story.order)

    def _linked(self, answer: Answer, url: str) -> list[Story]:
        """Those that are of this link, however Shortcut keeps it."""
        site = site_of(self.settings)
        wanted = parse_link(url, site)
        stories = list(map(Story, answer.body))
        return [each for each in stories if url in each.links or (wanted and wanted.key in {link.key for link in each.issues(site)})]

    @property
    def listing(self) -> Listing:
        """All stories, listed once."""
        if self._listing is None:
            begun = BEGINNING
            with suppress(BadRecord):
                begun = instant(self._workspace, "created_at") or BEGINNING
            self._listing = Listing(all_stories(self.web, begun, said_at(self._member)), site_of(self.settings), self.label)
        return self._listing

    @property
    def _member(self) -> Answer:
        if self._home is None:
            self._home = self.web.get("member", "who the token belongs to", is_object)
        return self._home

    @property
    def _workspace(self) -> dict[str, Any]:
        return self._member.body.get("workspace2") or {}

    def find(self, number: int) -> Story | None:
        """A story in full, unless it is gone."""
        answer = self.web.find(f"stories/{number}", f"story {number}")
        return Story(answer.body) if answer.status < 400 else None

    # Writing

    def create(self, body: Mapping[str, Any], url: str) -> Story:
        """A new story. If its answer is lost, it is looked for by its link before it is asked for again."""
        tried = False

        def do() -> Story:
            nonlocal tried
            if tried:
                answer = self.web.once("GET", f"external-link/stories?external_link={_quoted(url)}", "stories of a link")
                ours = [story for story in self._linked(answer, url) if story.mark == body["external_id"]]
                if ours:
                    return min(ours, key=lambda story: story.order)
            tried = True
            answer = self.web.once("POST", "stories", "new story", body)
            if not isinstance(answer.body, dict) or "id" not in answer.body:
                raise TryAgain("answered in a form that nobody knows")
            return Story(answer.body)

        made: Story = self._written("new story", do)
        return made

    def add_label(self, number: int) -> None:
        """Add the label and touch no other, also if somebody else changes them at the same time."""
        body = {"story_ids": [number], "labels_add": [{"name": self.label}]}
        self._written(f"label of story {number}", lambda: self.web.once("PUT", "stories/bulk", f"label of story {number}", body))

    def add_link(self, number: int, url: str) -> None:
        """Add an address to the story's links. Shortcut takes whole lists only, so they are read right before."""
        story = self.find(number)
        if story and url not in story.links:
            self._change(number, {"external_links": [*story.links, url]}, "links")

    def move(self, number: int, state_id: int) -> None:
        self._change(number, {"workflow_state_id": state_id}, "state")

    def archive(self, number: int) -> None:
        self._change(number, {"archived": True}, "archiving")

    def delete(self, number: int) -> None:
        """Remove a story; that it is gone already is as good."""
        what = f"removing story {number}"
        self._written(what, lambda: self.web.once("DELETE", f"stories/{number}", what, may_lack=True))

    def _change(self, number: int, body: Mapping[str, Any], what: str) -> None:
        what = f"{what} of story {number}"
        self._written(what, lambda: self.web.once("PUT", f"stories/{number}", what, body))

    def _written(self, what: str, do: Callable[[], Any]) -> Any:
        try:
            return call(self.known, f"shortcut: {what}", do)
        except SourceUnavailable as error:
            raise PostingError(error.problem, AGAIN) from error
        except SourceError as error:
            raise PostingError(error.problem, error.mend) from error

    # Where stories go

    @property
    def label(self) -> str:
        return self.settings.shortcut.label

    @property
    def workflows(self) -> list[dict[str, Any]]:
        if not self._workflows:
            self._workflows = list(self.web.get("workflows", "workflows", is_list).body)
        if not self._workflows:
            raise SourceError(
                "shortcut: the workspace has no workflow, or hides all of them from the token, and a story needs one",
                "make a workflow in Shortcut (Settings → Workflows), or let someone who sees the whole workspace make the token in SHORTCUT_API_TOKEN",
            )
        return self._workflows

    @property
    def place(self) -> Place:
        """Where [exterminator] says that new stories go. Raises SettingsError, with what there is, if it names nothing."""
        if self._place is None:
            self._place = self._find_place()
        return self._place

    def _find_place(self) -> Place:
        wanted = self.settings.exterminator
        if wanted.workflow == "":
            default = (each for each in self.workflows if each["id"] == self._workspace.get("default_workflow_id"))
            workflow: Mapping[str, Any] = next(default, self.workflows[0])
        else:
            workflow = _named(self.workflows, wanted.workflow, "workflow")
        key = wanted.state if wanted.state != "" else workflow.get("default_state_id", "")
        state = _named(workflow["states"], key, "state")
        words = f"{workflow['name']}: {state['name']}"
        if wanted.team == "":
            return Place(state["id"], None, words)
        team = _named(self.web.get("groups", "teams", is_list).body, wanted.team, "team")
        return Place(state["id"], str(team["id"]), f"{words}, team {team['name']}")

    def done_state(self, story: Story) -> tuple[int, str]:
        """Id and name of the state that finishes a story of this workflow."""
        workflow = next((each for each in self.workflows if each["id"] == story.raw.get("workflow_id")), self.workflows[0])
        wanted = self.settings.exterminator.done_state
        state = next((each for each in workflow["states"] if wanted != "" and _is(each, wanted)), None)
        state = state or next((each for each in workflow["states"] if each.get("type") == "done"), None)
        if state is None:
            raise SettingsError(f"the workflow {workflow['name']!r} has no state of type done", "set exterminator.done_state")
        return int(state["id"]), str(state["name"])


def _quoted(url: str) -> str:
    from urllib.parse import quote

    return quote(url, safe="")


def _is(thing: Mapping[str, Any], wanted: str | int) -> bool:
    names = {str(thing.get(key, "")).casefold() for key in ("id", "name", "mention_name")} - {""}
    return str(wanted).strip().removeprefix("@").casefold() in names


def _named(things: Iterable[Mapping[str, Any]], wanted: str | int, kind: str) -> Mapping[str, Any]:
    """The one thing with this name or id."""
    held = [each for each in things if not each.get("archived")]
    found = [each for each in held if _is(each, wanted)]
    if len(found) == 1:
        return found[0]
    if found:
        raise SettingsError(
            f"exterminator.{kind}: Shortcut has {len(found)} with the name {wanted!r}", f"name one by its id: {_listed(found, 'id')}"
        )
    raise SettingsError(f"exterminator.{kind}: Shortcut has none with the name or id {wanted!r}", f"write one of: {_listed(held, 'name')}")


def _listed(things: Iterable[Mapping[str, Any]], key: str) -> str:
    return ", ".join(str(each.get(key)) for each in things)
