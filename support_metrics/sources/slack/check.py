"""What `doctor` finds by asking Slack: whether the token works, what it may read, and whether the app is in the channels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from support_metrics.errors import SourceError
from support_metrics.settings import Settings
from support_metrics.sources.base import Known
from support_metrics.sources.slack.api import is_closed, lost, wanted_channels, without
from support_metrics.sources.slack.client import Api
from support_metrics.sources.slack.places import channels_landed, is_finished, read_live
from support_metrics.sources.slack.refusals import NotAdmitted

# What each scope is for; without the last two the rest still works.
SCOPES = {
    "channels:read": "to find public channels",
    "channels:history": "to read public channels",
    "groups:read": "to find private channels",
    "groups:history": "to read private channels",
    "users:read": "to tell people from bots, and their names",
    "users:read.email": "to recognise people who ask elsewhere, too",
    "team:read": "to check the workspace's domain",
}
USEFUL = {"users:read.email", "team:read"}
ADD = "add it at https://api.slack.com/apps under OAuth & Permissions, and install the app again"
Found = tuple[str, str, str]


def check(settings: Settings, known: Known) -> Iterator[Found]:
    """Level, what it says, what to do; `known` is what landing holds. Raises SourceError where Slack refuses."""
    api = Api(settings, replace(known, wait=_no_patience))
    answer = api.ask("auth.test")
    team, app = str(answer.body.get("team_id") or "?"), str(answer.body.get("user") or "the app")
    yield "ok", f"the token is for the workspace {answer.body.get('team')} ({team}) and speaks as @{app}", ""
    granted = set(re.findall(r"[\w.:-]+", answer.headers.get("x-oauth-scopes", "")))
    for scope, purpose in SCOPES.items():
        if granted and scope not in granted:
            level = "note" if scope in USEFUL else "wrong"
            yield level, f"the token lacks the scope {scope}, needed {purpose}", ADD
    if not granted:
        yield "note", "Slack does not say which scopes the token has", ""
    if settings.slack.files and settings.slack.team_id not in ("T0", team):
        yield (
            "wrong",
            f"slack.team_id is {settings.slack.team_id!r}, the token's workspace is {team!r}",
            f'set team_id = "{team}" under [slack]',
        )
    if "team:read" in granted:
        yield from _domain(api, settings)
    if {"channels:read", "groups:read"} <= granted or not granted:
        yield from _channels(api, settings, team, app)


def _domain(api: Api, settings: Settings) -> Iterator[Found]:
    team = api.ask("team.info").body.get("team")
    domain = team.get("domain") if isinstance(team, dict) else None
    if domain and domain != settings.slack.domain:
        yield "note", f"slack.domain is {settings.slack.domain!r}, so links lead elsewhere", f'set domain = "{domain}" under [slack]'


def _channels(api: Api, settings: Settings, team: str, app: str) -> Iterator[Found]:
    wanted, landed = wanted_channels(api, settings, read_live(api.known)), channels_landed(api.known, team)
    for gone in lost(settings, wanted, landed, api.known):
        yield "wrong", gone.problem, gone.mend
    for channel in wanted.channels:
        name = f"#{channel['name']}"
        if is_closed(channel) and is_finished(api.known, channel["id"], wanted.archived_at(channel, landed)):
            yield "note", f"{name} is archived: what was read of it counts on", ""
        elif is_closed(channel):
            refusal = NotAdmitted("is_archived")
            yield "wrong", f"{name}: {refusal.problem}", refusal.mend
        elif channel.get("is_member") is False:
            yield "wrong", f"@{app} is not in {name}", f"write /invite @{app} there{without(channel, settings)}"
    yield "ok", "channels: " + ", ".join(f"#{channel['name']} ({channel['id']})" for channel in wanted.channels), ""


def _no_patience(seconds: float, why: str) -> None:
    """Whoever asks what is wrong wants to know it now."""
    raise SourceError(
        why, "run `support-metrics doctor` again in a minute; if it stays so, see whether slack.api_url is right and can be reached"
    )
