"""The sources, by name. To add one: its connector here, its staging model and case file, and its arm in core."""

from support_metrics.sources.base import Source
from support_metrics.sources.email import Email
from support_metrics.sources.github import GitHub
from support_metrics.sources.handoff import Handoff
from support_metrics.sources.shortcut import Shortcut
from support_metrics.sources.slack import Slack
from support_metrics.sources.x import X
from support_metrics.sources.youtube import YouTube

_ALL: tuple[Source, ...] = (Slack(), GitHub(), Shortcut(), Handoff(), Email(), X(), YouTube())
SOURCES: dict[str, Source] = {source.name: source for source in _ALL}
